//! Finds where RESP2 replies end, without storing them.
//!
//! Lengths are added up and payloads skipped, so a reply that lies about its length costs no
//! memory; a header that never ends is an error.

/// Longest header or error line that is accepted; engines cap theirs far below.
const MAX_LINE: usize = 16 * 1024;

/// What one whole reply was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reply {
    /// Its size on the wire.
    pub bytes: u64,
    /// Null bulk strings in it, or that it is an empty array: keys that were not found.
    pub nulls: u64,
    /// The error text, if it is one.
    pub error: Option<String>,
}

/// Why bytes are not a reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a RESP2 reply: {0}")]
pub(super) struct Malformed(&'static str);

/// The state between two reads of one connection.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    /// Payload bytes still to be skipped.
    skip: u64,
    /// Elements of arrays still to come; zero between replies.
    elements: u64,
    /// The part of a header line that has arrived.
    line: Vec<u8>,
    reply: Reply,
}

impl Scanner {
    /// Consumes bytes up to the end of the first reply in them.
    ///
    /// Returns how many bytes were consumed, and the reply if it ended.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(usize, Option<Reply>), Malformed> {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            if self.skip > 0 {
                let step = usize::try_from(self.skip).unwrap_or(usize::MAX).min(rest.len());
                self.skip -= step as u64;
                at += step;
            } else {
                let end = rest.iter().position(|&byte| byte == b'\n');
                let step = end.map_or(rest.len(), |end| end + 1);
                if self.line.len() + step > MAX_LINE {
                    return Err(Malformed("a header without an end"));
                }
                at += step;
                if end.is_none() {
                    self.line.extend_from_slice(rest);
                    break;
                }
                if self.line.is_empty() {
                    self.header(&rest[..step])?;
                } else {
                    let mut line = std::mem::take(&mut self.line);
                    line.extend_from_slice(&rest[..step]);
                    self.header(&line)?;
                }
            }
            if self.skip == 0 && self.elements == 0 {
                self.reply.bytes += at as u64;
                return Ok((at, Some(std::mem::take(&mut self.reply))));
            }
        }
        self.reply.bytes += at as u64;
        Ok((at, None))
    }

    /// Reads one header line, its `\r\n` included.
    fn header(&mut self, line: &[u8]) -> Result<(), Malformed> {
        let [kind, text @ .., b'\r', b'\n'] = line else {
            return Err(Malformed("a header without \\r\\n"));
        };
        let is_whole_reply = self.elements == 0;
        self.elements = self.elements.saturating_sub(1);
        match kind {
            b'+' | b':' => {}
            b'-' => self.reply.error = Some(String::from_utf8_lossy(text).into_owned()),
            b'$' => match length(text)? {
                None => self.reply.nulls += 1,
                Some(len) => self.skip = len + 2,
            },
            b'*' => {
                let len = length(text)?.unwrap_or(0);
                if len == 0 && is_whole_reply {
                    self.reply.nulls += 1;
                }
                let total = self.elements.checked_add(len);
                self.elements = total.ok_or(Malformed("an array without measure"))?;
            }
            _ => return Err(Malformed("an unknown type")),
        }
        Ok(())
    }
}

/// A length; `None` for −1.
fn length(text: &[u8]) -> Result<Option<u64>, Malformed> {
    if text == b"-1" {
        return Ok(None);
    }
    let digits = !text.is_empty() && text.len() <= 12 && text.iter().all(u8::is_ascii_digit);
    if !digits {
        return Err(Malformed("a length that is not a number"));
    }
    Ok(Some(text.iter().fold(0, |n, digit| n * 10 + u64::from(digit - b'0'))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::RngExt;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    /// All replies in `bytes`, fed in pieces of `piece` bytes.
    fn scan(bytes: &[u8], piece: usize) -> Result<Vec<Reply>, Malformed> {
        let mut scanner = Scanner::default();
        let mut replies = Vec::new();
        for mut chunk in bytes.chunks(piece) {
            while !chunk.is_empty() {
                let (used, reply) = scanner.feed(chunk)?;
                replies.extend(reply);
                chunk = &chunk[used..];
            }
        }
        Ok(replies)
    }

    #[test]
    fn replies_end_where_they_end_however_they_arrive() {
        let wire = b"+OK\r\n$-1\r\n$5\r\nhe\r\no\r\n*3\r\n$1\r\na\r\n$-1\r\n:7\r\n-ERR no\r\n*0\r\n$0\r\n\r\n";
        for piece in 1..=wire.len() {
            let replies = scan(wire, piece).unwrap();
            let sizes: Vec<u64> = replies.iter().map(|reply| reply.bytes).collect();
            assert_eq!(sizes, [5, 5, 11, 20, 9, 4, 6], "in pieces of {piece}");
            let nulls: Vec<u64> = replies.iter().map(|reply| reply.nulls).collect();
            assert_eq!(nulls, [0, 1, 0, 1, 0, 1, 0]);
            assert_eq!(replies[4].error.as_deref(), Some("ERR no"));
        }
    }

    #[test]
    fn nested_arrays_are_one_reply() {
        let wire = b"*2\r\n*2\r\n:1\r\n:2\r\n*1\r\n$2\r\nab\r\n+X\r\n";
        assert_eq!(scan(wire, 3).unwrap().len(), 2);
    }

    #[test]
    fn lies_end_in_an_error_not_in_memory() {
        assert!(scan(b"$99999999999999\r\n", 7).is_err());
        assert!(scan(b"$abc\r\n", 7).is_err());
        assert!(scan(b"?\r\n", 7).is_err());
        assert!(scan(b"+OK\n", 7).is_err());
        assert!(scan(&vec![b'+'; 100_000], 4096).is_err());
    }

    /// The corpus, whole and mutated: bytes changed, left out, repeated and cut off.
    #[test]
    fn a_corpus_of_replies_and_its_mutations_cost_no_memory() {
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/replies");
        let mut files: Vec<_> =
            std::fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(files.len() > 10, "{files:?}");
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for file in files {
            let whole = std::fs::read(&file).unwrap();
            for round in 0..3_000 {
                let mut bytes = whole.clone();
                for _ in 0..round % 5 {
                    let at = rng.random_range(0..bytes.len());
                    match rng.random_range(0..4) {
                        0 => bytes[at] = rng.random(),
                        1 => bytes[at] = b"$*+-:0123456789\r\n"[rng.random_range(0..17)],
                        2 => bytes.truncate(at + 1),
                        _ => bytes.extend_from_within(at..),
                    }
                    bytes.truncate(64 * 1024);
                }
                let mut scanner = Scanner::default();
                let piece = rng.random_range(1..=bytes.len());
                'connection: for mut chunk in bytes.chunks(piece) {
                    while !chunk.is_empty() {
                        let Ok((used, reply)) = scanner.feed(chunk) else { break 'connection };
                        assert!(used > 0 && used <= chunk.len(), "{file:?} {bytes:?}");
                        if let Some(Reply { error: Some(error), .. }) = reply {
                            let _ = super::super::lanes::Redirect::parse(&error);
                        }
                        chunk = &chunk[used..];
                    }
                }
                assert!(scanner.line.capacity() <= 2 * MAX_LINE, "{file:?} {bytes:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), piece in 1usize..50) {
            let _ = scan(&bytes, piece);
        }
    }
}
