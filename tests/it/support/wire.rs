//! The protocol by hand: requests without waiting for each reply, over one connection.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::{PATIENCE, Server};

/// Requests sent at once.
pub(super) const BATCH: usize = 1000;

pub(super) fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Begins a command of so many words.
pub(super) fn command(request: &mut Vec<u8>, n_words: usize) {
    write!(request, "*{n_words}\r\n").unwrap();
}

pub(super) fn word(request: &mut Vec<u8>, text: &[u8]) {
    write!(request, "${}\r\n", text.len()).unwrap();
    request.extend_from_slice(text);
    request.extend_from_slice(b"\r\n");
}

/// Sends requests and expects exactly these replies.
pub(super) fn exchange(stream: &mut TcpStream, request: &[u8], expected: &[u8]) {
    stream.write_all(request).unwrap();
    let mut replies = vec![0; expected.len()];
    stream.read_exact(&mut replies).unwrap();
    assert!(
        replies == expected,
        "{:?}",
        String::from_utf8_lossy(&replies[..80.min(replies.len())])
    );
}
