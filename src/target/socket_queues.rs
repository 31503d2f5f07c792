//! What waits in the system's socket buffers.

use std::collections::BTreeSet;
use std::fs;

use crate::units::Bytes;

/// Local ports of TCP connections.
pub type SocketPorts = BTreeSet<u16>;

/// Bytes in the buffers of some connections, all together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketQueues {
    /// Written and not yet acknowledged by the other side: a network or a server that does not keep up.
    pub unsent: Bytes,
    /// Received and not yet read: a program that does not keep up.
    pub unread: Bytes,
}

impl SocketQueues {
    /// By now; `None` where the system does not tell, as it does on Linux alone.
    pub fn now(of: &SocketPorts) -> Option<Self> {
        let v4 = fs::read_to_string("/proc/net/tcp").ok()?;
        let v6 = fs::read_to_string("/proc/net/tcp6").unwrap_or_default();
        Some(Self::parse(&v4, of).and(Self::parse(&v6, of)))
    }

    /// Of lines `sl local_address rem_address st tx_queue:rx_queue …`, figures in hexadecimal. Source:
    /// `proc_net_tcp` of the kernel's networking documentation.
    fn parse(table: &str, of: &SocketPorts) -> Self {
        let none = Self { unsent: Bytes::ZERO, unread: Bytes::ZERO };
        table.lines().skip(1).filter_map(|line| queues(line, of)).fold(none, Self::and)
    }

    /// Both together.
    fn and(self, other: Self) -> Self {
        Self { unsent: self.unsent + other.unsent, unread: self.unread + other.unread }
    }

    /// The larger of each.
    pub fn max(self, other: Self) -> Self {
        Self { unsent: self.unsent.max(other.unsent), unread: self.unread.max(other.unread) }
    }
}

/// The queues of one line, where it is of one of the ports.
fn queues(line: &str, of: &SocketPorts) -> Option<SocketQueues> {
    let mut words = line.split_whitespace();
    let (_, port) = words.nth(1)?.rsplit_once(':')?;
    if !of.contains(&u16::from_str_radix(port, 16).ok()?) {
        return None;
    }
    let (sent, received) = words.nth(2)?.split_once(':')?;
    let bytes = |hex| u64::from_str_radix(hex, 16).ok().map(Bytes::new);
    Some(SocketQueues { unsent: bytes(sent)?, unread: bytes(received)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_are_those_of_the_ports_asked_for() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt\n\
             0: 0100007F:1F90 00000000:0000 0A 00000003:00000005 00:00000000 00000000\n\
             1: 0100007F:9C40 0100007F:18EB 01 0000001A:00000100 01:00000014 00000000\n\
             2: 0100007F:9C41 0100007F:18EB 01 00000001:00000002 00:00000000 00000000\n\
             3: torn\n";
        let queues = |ports: &[u16]| {
            let found = SocketQueues::parse(table, &ports.iter().copied().collect());
            (found.unsent.get(), found.unread.get())
        };
        assert_eq!(queues(&[40_000]), (26, 256));
        assert_eq!(queues(&[40_000, 40_001]), (27, 258));
        assert_eq!(queues(&[]), (0, 0));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_not_read_waits_in_the_buffer() {
        use std::io::{Read, Write};
        use std::net::{TcpListener, TcpStream};

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut sender = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut receiver = listener.accept().unwrap().0;
        let ports = [receiver.local_addr().unwrap().port()].into_iter().collect();
        sender.write_all(&[7; 1000]).unwrap();
        // A byte has arrived, and with it all of one write over loopback.
        receiver.read_exact(&mut [0]).unwrap();
        assert_eq!(SocketQueues::now(&ports).unwrap().unread, Bytes::new(999));
        receiver.read_exact(&mut [0; 999]).unwrap();
        assert_eq!(SocketQueues::now(&ports).unwrap().unread, Bytes::ZERO);
    }
}
