//! What waits in the system's socket buffers.

use std::net::{IpAddr, SocketAddr};

use crate::units::Bytes;

/// A TCP connection's own address and its peer's.
pub type SocketPair = (SocketAddr, SocketAddr);

/// Bytes in the buffers of some connections, all together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketQueues {
    /// Written and not yet acknowledged by the other side: a network or a server that does not keep up.
    pub unsent: Bytes,
    /// Received and not yet read: a program that does not keep up.
    pub unread: Bytes,
}

/// Asks the system for one connection at a time, a few microseconds each. (`/proc/net/tcp` lists every
/// socket of the machine, which kept a core busy for 13 ms on one with 24 GB.)
#[cfg(target_os = "linux")]
pub struct SocketDiag(rustix::fd::OwnedFd);

/// Other systems have no such interface.
#[cfg(not(target_os = "linux"))]
pub struct SocketDiag;

impl SocketQueues {
    const NONE: Self = Self { unsent: Bytes::ZERO, unread: Bytes::ZERO };

    /// Both together.
    fn and(self, other: Self) -> Self {
        Self { unsent: self.unsent + other.unsent, unread: self.unread + other.unread }
    }

    /// The larger of each.
    pub fn max(self, other: Self) -> Self {
        Self { unsent: self.unsent.max(other.unsent), unread: self.unread.max(other.unread) }
    }
}

/// `SOCK_DIAG_BY_FAMILY`, `NLM_F_REQUEST` and `IPPROTO_TCP`. Source: `sock_diag(7)`, `netlink(7)`.
const BY_FAMILY: u16 = 20;
const REQUEST: u16 = 1;
const TCP: u8 = 6;
/// Bytes of `nlmsghdr`, and of it and `inet_diag_req_v2`.
const HEADER: usize = 16;
const REQUEST_LEN: usize = HEADER + 56;
/// Where `idiag_rqueue` and `idiag_wqueue` stand in an answer: after the header, four bytes, the socket's
/// identity of 48 and `idiag_expires`.
const UNREAD_AT: usize = HEADER + 4 + 48 + 4;

#[cfg(target_os = "linux")]
impl SocketDiag {
    /// `None` where the system has no such interface, or does not let this program use it.
    pub fn open() -> Option<Self> {
        use rustix::net::{AddressFamily, SocketFlags, SocketType, netlink, socket_with};
        let (family, kind) = (AddressFamily::NETLINK, SocketType::DGRAM);
        socket_with(family, kind, SocketFlags::CLOEXEC, Some(netlink::SOCK_DIAG)).ok().map(Self)
    }

    /// What waits in these connections by now; one that is gone holds nothing. `None` where the system does
    /// not tell.
    pub fn queues(&self, of: &[SocketPair]) -> Option<SocketQueues> {
        let one = |sum: SocketQueues, pair| Some(sum.and(self.ask(pair)?));
        of.iter().try_fold(SocketQueues::NONE, one)
    }

    fn ask(&self, pair: &SocketPair) -> Option<SocketQueues> {
        use rustix::net::{RecvFlags, SendFlags, netlink::SocketAddrNetlink, recv, sendto};
        let kernel = SocketAddrNetlink::new(0, 0);
        sendto(&self.0, &request(pair), SendFlags::empty(), &kernel).ok()?;
        let mut buffer = [0; 1024];
        let (_, len) = recv(&self.0, &mut buffer[..], RecvFlags::empty()).ok()?;
        answer(&buffer[..len.min(buffer.len())])
    }
}

#[cfg(not(target_os = "linux"))]
impl SocketDiag {
    /// Never.
    pub fn open() -> Option<Self> {
        None
    }

    /// Nothing is told.
    pub fn queues(&self, _of: &[SocketPair]) -> Option<SocketQueues> {
        None
    }
}

/// A request for one connection. Numbers are the machine's, ports and addresses the network's.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn request((own, peer): &SocketPair) -> Vec<u8> {
    const IPV4: u8 = 2;
    const IPV6: u8 = 10;
    let mut message = Vec::with_capacity(REQUEST_LEN);
    message.extend(u32::try_from(REQUEST_LEN).expect("72").to_ne_bytes());
    message.extend(BY_FAMILY.to_ne_bytes());
    message.extend(REQUEST.to_ne_bytes());
    message.extend([0; 8]); // number and sender
    message.extend([if own.is_ipv4() { IPV4 } else { IPV6 }, TCP, 0, 0]);
    message.extend(u32::MAX.to_ne_bytes()); // in any state
    message.extend(own.port().to_be_bytes());
    message.extend(peer.port().to_be_bytes());
    for address in [own.ip(), peer.ip()] {
        match address {
            IpAddr::V4(address) => {
                message.extend(address.octets());
                message.extend([0; 12]);
            }
            IpAddr::V6(address) => message.extend(address.octets()),
        }
    }
    message.extend([0; 4]); // over any interface
    message.extend([0xff; 8]); // whatever its cookie
    message
}

/// What an answer says; nothing waits in a connection that is not there any more.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn answer(message: &[u8]) -> Option<SocketQueues> {
    const ERROR: u16 = 2;
    const NOT_FOUND: i32 = -2;
    let word = |at: usize| Some(*message.get(at..)?.first_chunk::<4>()?);
    let kind = u16::from_ne_bytes(*message.get(4..)?.first_chunk()?);
    if kind == ERROR {
        return (i32::from_ne_bytes(word(HEADER)?) == NOT_FOUND).then_some(SocketQueues::NONE);
    }
    let bytes = |at| Some(Bytes::new(u32::from_ne_bytes(word(at)?).into()));
    let found = SocketQueues { unread: bytes(UNREAD_AT)?, unsent: bytes(UNREAD_AT + 4)? };
    (kind == BY_FAMILY).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_are_none_tell_nothing() {
        let message = |kind: u16, rest: &[u8]| {
            [&96_u32.to_ne_bytes()[..], &kind.to_ne_bytes(), &[0; 10], rest].concat()
        };
        let mut body = vec![0; 80];
        body[56] = 7;
        body[60] = 9;
        let told = answer(&message(20, &body)).unwrap();
        assert_eq!((told.unread, told.unsent), (Bytes::new(7), Bytes::new(9)));
        assert_eq!(answer(&message(20, &body[..63])), None, "cut");
        assert_eq!(answer(&message(2, &(-2_i32).to_ne_bytes())), Some(SocketQueues::NONE));
        assert_eq!(answer(&message(2, &(-1_i32).to_ne_bytes())), None, "forbidden");
        assert_eq!(answer(&[]), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_not_read_waits_in_the_buffer() {
        use std::io::{Read, Write};
        use std::net::{TcpListener, TcpStream};

        let Some(diag) = SocketDiag::open() else {
            return println!("skipped: this system does not let programs ask for sockets");
        };
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(host) else {
                println!("skipped: no {host}");
                continue;
            };
            let mut sender = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let mut receiver = listener.accept().unwrap().0;
            let pair = (receiver.local_addr().unwrap(), receiver.peer_addr().unwrap());
            sender.write_all(&[7; 1000]).unwrap();
            // A byte has arrived, and with it all of one write over loopback.
            receiver.read_exact(&mut [0]).unwrap();
            assert_eq!(diag.queues(&[pair]).unwrap().unread, Bytes::new(999));
            receiver.read_exact(&mut [0; 999]).unwrap();
            assert_eq!(diag.queues(&[pair]), Some(SocketQueues::NONE));
            drop(sender);
            drop(receiver);
            assert!(diag.queues(&[pair]).is_some(), "a connection that is gone");
        }
    }
}
