//! A writer of many keys: requests without waiting for each reply, over one connection.

use std::io::{Read, Write};
use std::net::TcpStream;

use ::cachefit::spec::KeyTemplate;

use super::{PATIENCE, Server};

/// Requests sent at once.
const BATCH: usize = 1000;

/// Sends one request for each key 0…`keys` and expects the same `reply` to each.
///
/// * `command`, `rest`: the words before and after the key.
pub(crate) fn flood(
    server: &Server,
    template: &KeyTemplate,
    keys: u64,
    command: &str,
    rest: &[&[u8]],
    reply: &[u8],
) {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let ids: Vec<u64> = (0..keys).collect();
    let expected = reply.repeat(BATCH);
    let (mut request, mut key) = (Vec::new(), Vec::new());
    let mut replies = vec![0; expected.len()];
    for ids in ids.chunks(BATCH) {
        request.clear();
        for id in ids {
            key.clear();
            template.write(*id, &mut key);
            write!(request, "*{}\r\n", 2 + rest.len()).unwrap();
            word(&mut request, command.as_bytes());
            word(&mut request, &key);
            for text in rest {
                word(&mut request, text);
            }
        }
        stream.write_all(&request).unwrap();
        let replies = &mut replies[..reply.len() * ids.len()];
        stream.read_exact(replies).unwrap();
        assert_eq!(replies, &expected[..replies.len()]);
    }
}

fn word(request: &mut Vec<u8>, text: &[u8]) {
    write!(request, "${}\r\n", text.len()).unwrap();
    request.extend_from_slice(text);
    request.extend_from_slice(b"\r\n");
}
