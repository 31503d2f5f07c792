//! A socket of the load path, plain or with TLS.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream as StdStream, ToSocketAddrs};
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use rustls::{ClientConnection, StreamOwned};

use crate::target::{Endpoint, SocketPair, Tls};

/// How long connecting, agreeing on TLS and logging in may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A non-blocking socket.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<Session>),
}

/// A TLS session over its socket.
pub(super) struct Session {
    socket: TcpStream,
    tls: ClientConnection,
}

impl Stream {
    /// Connects, does what `greet` wants, such as logging in, and hands the socket to the event loop.
    pub(super) fn open(
        endpoint: &Endpoint,
        tls: Option<&Tls>,
        greet: impl Fn(&mut dyn ReadWrite) -> io::Result<()>,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let address =
            endpoint.socket().to_socket_addrs()?.next().ok_or(ErrorKind::AddrNotAvailable)?;
        let mut socket = StdStream::connect_timeout(&address, PATIENCE)?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        let ready = |socket: StdStream| {
            socket.set_nonblocking(true)?;
            let mut socket = TcpStream::from_std(socket);
            registry.register(&mut socket, token, interest)?;
            io::Result::Ok(socket)
        };
        let Some(Tls { config, name }) = tls else {
            greet(&mut socket)?;
            return ready(socket).map(Self::Plain);
        };
        let session = ClientConnection::new(config.clone(), name.clone()).map_err(invalid)?;
        let mut stream = StreamOwned::new(session, socket);
        // Also where there is nothing to say: the first operation is not to wait for it.
        stream.conn.complete_io(&mut stream.sock)?;
        greet(&mut stream)?;
        Ok(Self::Tls(Box::new(Session { socket: ready(stream.sock)?, tls: stream.conn })))
    }

    /// Whether a read of `n` bytes into a buffer of `len` left nothing: events are edge-triggered,
    /// so a plain socket that fills less than it could raises a new one for what comes next.
    pub(super) fn is_drained(&self, n: usize, len: usize) -> bool {
        match self {
            Self::Plain(_) => n < len,
            Self::Tls(_) => false,
        }
    }

    /// Its own address and its peer's; `None` when it has none any more.
    pub(super) fn pair(&self) -> Option<SocketPair> {
        let socket = match self {
            Self::Plain(socket) => socket,
            Self::Tls(session) => &session.socket,
        };
        Some((socket.local_addr().ok()?, socket.peer_addr().ok()?))
    }

    /// Sends what an earlier write left behind.
    pub(super) fn push(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(session) => session.push(),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(session) => session.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(session) => session.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.push()
    }
}

impl Session {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.tls.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                outcome => return outcome,
            }
            match self.tls.read_tls(&mut self.socket) {
                Ok(0) => return Ok(0),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            self.tls.process_new_packets().map_err(invalid)?;
            self.push()?;
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.tls.writer().write(bytes)?;
        self.push()?;
        // The session keeps a bounded amount that the socket does not take.
        if taken == 0 { Err(ErrorKind::WouldBlock.into()) } else { Ok(taken) }
    }

    fn push(&mut self) -> io::Result<()> {
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut self.socket) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Both directions of a blocking stream.
pub(super) trait ReadWrite: Read + Write {}

impl<T: Read + Write> ReadWrite for T {}

fn invalid(error: rustls::Error) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error)
}
