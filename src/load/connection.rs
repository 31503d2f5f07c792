//! One pooled connection of the load path: non-blocking, one request in flight.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Read, Write as _};
use std::net::{TcpStream as StdStream, ToSocketAddrs};
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use crate::target::Endpoint;

use super::scanner::{Reply, Scanner};

/// How long connecting and logging in may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A socket with what it still has to send and what it is receiving.
pub(super) struct Connection {
    stream: TcpStream,
    /// The request in flight; its capacity is reused.
    pub(super) request: Vec<u8>,
    /// How much of it the socket took.
    written: usize,
    scanner: Scanner,
}

impl Connection {
    /// Connects, logs in and hands the socket to the event loop.
    pub(super) fn open(endpoint: &Endpoint, registry: &Registry, token: Token) -> io::Result<Self> {
        let address =
            endpoint.socket().to_socket_addrs()?.next().ok_or(ErrorKind::AddrNotAvailable)?;
        let mut stream = StdStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        log_in(&mut stream, endpoint)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self { stream, request: Vec::new(), written: 0, scanner: Scanner::default() })
    }

    /// Sends what `request` holds, or as much of it as the socket takes now.
    pub(super) fn send(&mut self) -> io::Result<()> {
        self.written = 0;
        self.flush()
    }

    /// Sends what is left of the request.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while self.written < self.request.len() {
            match self.stream.write(&self.request[self.written..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) => self.written += n,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads until the reply in flight ends or nothing more has arrived.
    ///
    /// Events are edge-triggered: a reply that ended leaves nothing to read, because nothing else
    /// is in flight, and a short read means that the next bytes will raise a new event.
    pub(super) fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<Reply>> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(n) => {
                    let (used, reply) = self
                        .scanner
                        .feed(&buffer[..n])
                        .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
                    if used < n {
                        return Err(io::Error::new(ErrorKind::InvalidData, "an unasked reply"));
                    }
                    if reply.is_some() || n < buffer.len() {
                        return Ok(reply);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Sends AUTH and SELECT where needed and waits for their replies.
fn log_in(stream: &mut StdStream, endpoint: &Endpoint) -> io::Result<()> {
    if let Some(words) = endpoint.login() {
        // Servers quote the arguments of commands they refuse.
        ask(stream, &words).map_err(|error| {
            io::Error::new(error.kind(), endpoint.strike_out(&error.to_string()))
        })?;
    }
    if endpoint.database != 0 {
        ask(stream, &["SELECT", &endpoint.database.to_string()])?;
    }
    Ok(())
}

/// Sends one command and waits for its reply.
fn ask(stream: &mut StdStream, words: &[&str]) -> io::Result<()> {
    let mut request = format!("*{}\r\n", words.len());
    for word in words {
        let _ = write!(request, "${}\r\n{word}\r\n", word.len());
    }
    stream.write_all(request.as_bytes())?;
    let mut scanner = Scanner::default();
    let mut buffer = [0; 512];
    loop {
        let n = stream.read(&mut buffer)?;
        if n == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let (_, reply) = scanner
            .feed(&buffer[..n])
            .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        match reply {
            None => {}
            Some(Reply { error: None, .. }) => return Ok(()),
            Some(Reply { error: Some(error), .. }) => {
                return Err(io::Error::new(ErrorKind::PermissionDenied, error));
            }
        }
    }
}
