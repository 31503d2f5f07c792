//! One connection of the load path: non-blocking, its requests answered in order.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, Read as _, Write as _};

use mio::{Registry, Token};

use crate::target::{Endpoint, SocketPair, Tls};
use crate::workload::Drawn;

use super::lanes::Node;
use super::queue::Waiting;
use super::scanner::{Reply, Scanner};
use super::stream::{ReadWrite, Stream};
use super::tally::InFlight;

/// A socket, what it still has to send, and the operations whose replies are to come.
pub(super) struct Connection {
    stream: Stream,
    /// Requests that the socket has not taken yet; its capacity is reused.
    out: Vec<u8>,
    /// How much of `out` the socket took.
    written: usize,
    scanner: Scanner,
    /// In the order they were sent, which is that of their replies; `None` for a command that is part
    /// of the operation that follows.
    in_flight: VecDeque<Option<InFlight>>,
    /// What such a command was refused with.
    refused: Option<String>,
    /// Operations among them.
    depth: usize,
}

impl Connection {
    /// Connects, logs in and hands the socket to the event loop.
    pub(super) fn open(
        node: &Node,
        tls: Option<&Tls>,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let stream =
            Stream::open(&node.endpoint, tls, |stream| log_in(stream, node), registry, token)?;
        Ok(Self {
            stream,
            out: Vec::new(),
            written: 0,
            scanner: Scanner::default(),
            in_flight: VecDeque::new(),
            refused: None,
            depth: 0,
        })
    }

    /// The addresses of its socket.
    pub(super) fn pair(&self) -> Option<SocketPair> {
        self.stream.pair()
    }

    /// How many operations wait for their reply.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Appends the request for an operation, which `encode` writes and which gets so many replies. It
    /// leaves with the next [`Self::flush`].
    pub(super) fn push(
        &mut self,
        op: Waiting,
        sent: u64,
        replies: u64,
        encode: impl FnOnce(Drawn, &mut Vec<u8>),
    ) {
        if self.written == self.out.len() {
            self.out.clear();
            self.written = 0;
        }
        let before = self.out.len();
        let Waiting { due, drawn, hops, asks } = op;
        if asks {
            self.out.extend_from_slice(ASKING);
            self.in_flight.push_back(None);
        }
        encode(drawn, &mut self.out);
        (1..replies).for_each(|_| self.in_flight.push_back(None));
        let request_bytes = self.out.len() - before;
        self.in_flight.push_back(Some(InFlight { drawn, due, sent, request_bytes, hops }));
        self.depth += 1;
    }

    /// Sends what is left of the requests, or as much as the socket takes now.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        while self.written < self.out.len() {
            match self.stream.write(&self.out[self.written..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(n) => self.written += n,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.stream.push()
    }

    /// Reads until nothing more has arrived and hands over every operation with its reply and what
    /// `clock` showed when that had been read.
    pub(super) fn receive(
        &mut self,
        buffer: &mut [u8],
        clock: impl Fn() -> u64,
        mut complete: impl FnMut(&InFlight, u64, Reply),
    ) -> io::Result<()> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(n) => {
                    let now = clock();
                    let mut rest = &buffer[..n];
                    while !rest.is_empty() {
                        let (used, reply) = self
                            .scanner
                            .feed(rest)
                            .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
                        rest = &rest[used..];
                        let Some(reply) = reply else { break };
                        let op = self.in_flight.pop_front().ok_or_else(|| {
                            io::Error::new(ErrorKind::InvalidData, "an unasked reply")
                        })?;
                        let Some(op) = op else {
                            self.refused = self.refused.take().or(reply.error);
                            continue;
                        };
                        self.depth -= 1;
                        let error = self.refused.take().or(reply.error);
                        complete(&op, now, Reply { error, ..reply });
                    }
                    if self.stream.is_drained(n, buffer.len()) {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The operations whose replies will not come.
    pub(super) fn abandon(self) -> impl Iterator<Item = InFlight> {
        self.in_flight.into_iter().flatten()
    }
}

/// Announces a request for a slot that is on its way to the server.
const ASKING: &[u8] = b"*1\r\n$6\r\nASKING\r\n";

/// Sends AUTH, SELECT and READONLY where needed and waits for their replies.
fn log_in(stream: &mut dyn ReadWrite, node: &Node) -> io::Result<()> {
    let endpoint: &Endpoint = &node.endpoint;
    if let Some(words) = endpoint.login() {
        // Servers quote the arguments of commands they refuse.
        ask(stream, &words).map_err(|error| {
            io::Error::new(error.kind(), endpoint.strike_out(&error.to_string()))
        })?;
    }
    if endpoint.database != 0 {
        ask(stream, &["SELECT".to_owned(), endpoint.database.to_string()])?;
    }
    if node.says_readonly {
        ask(stream, &["READONLY"])?;
    }
    Ok(())
}

/// Sends one command and waits for its reply.
fn ask(stream: &mut dyn ReadWrite, words: &[impl AsRef<str>]) -> io::Result<()> {
    let mut request = format!("*{}\r\n", words.len());
    for word in words.iter().map(AsRef::as_ref) {
        let _ = write!(request, "${}\r\n{word}\r\n", word.len());
    }
    stream.write_all(request.as_bytes())?;
    stream.flush()?;
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
