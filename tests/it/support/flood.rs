//! A writer of many keys: requests without waiting for each reply, over one connection.

use ::cachefit::spec::KeyTemplate;

use super::Server;
use super::wire::{self, BATCH, connect, exchange, word};

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
    let mut stream = connect(server);
    let ids: Vec<u64> = (0..keys).collect();
    let (mut request, mut key) = (Vec::new(), Vec::new());
    for ids in ids.chunks(BATCH) {
        request.clear();
        for id in ids {
            key.clear();
            template.write(*id, &mut key);
            wire::command(&mut request, 2 + rest.len());
            word(&mut request, command.as_bytes());
            word(&mut request, &key);
            for text in rest {
                word(&mut request, text);
            }
        }
        exchange(&mut stream, &request, &reply.repeat(ids.len()));
    }
}
