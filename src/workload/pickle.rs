//! Python's pickle, protocol 5, for JSON-shaped data, byte for byte as `CPython`'s C pickler writes it.
//!
//! The format is Python's `pickletools` documentation, the order of bytes `CPython`'s
//! Modules/_pickle.c: every container and string is memoised when written, and a string that is
//! the *same Python object* as an earlier one becomes a two-byte reference. Which strings are the
//! same object depends on where the data came from, so the caller says ([`Sharing`]); on user
//! claims the difference is 27 %.

use std::collections::HashMap;

use serde_json::{Number, Value};

/// Which equal strings are one Python object.
///
/// Whatever is chosen, the empty string and every single character up to U+00FF are: `CPython` has
/// only one object for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sharing {
    /// No others, as after reading a database row by row.
    Nothing,
    /// Dictionary keys, as after `json.loads`.
    Keys,
    /// All equal strings, as for constants of one source file.
    Equal,
}

/// Items written between a mark and its batch opcode (`BATCHSIZE`).
const BATCH: usize = 1000;
/// A frame is closed before the next value once it holds this many bytes (`FRAME_SIZE_TARGET`);
/// strings from this length on are written between frames.
const FRAME_TARGET: usize = 64 * 1024;
/// Shorter frames have no header (`FRAME_SIZE_MIN`).
const FRAME_MIN: usize = 4;
/// Opcode and length of a frame.
const FRAME_HEADER: usize = 9;

/// The pickle of `object`.
pub(super) fn dumps(object: &Value, sharing: Sharing) -> Vec<u8> {
    let mut pickler = Pickler {
        out: vec![0x80, 5],
        frame: None,
        is_framing: true,
        sharing,
        memo: 0,
        strings: HashMap::new(),
    };
    pickler.save(object);
    pickler.write(b".");
    pickler.close_frame();
    pickler.out
}

struct Pickler<'v> {
    out: Vec<u8>,
    /// Where the open frame's header is to stand.
    frame: Option<usize>,
    is_framing: bool,
    sharing: Sharing,
    /// Objects memoised so far.
    memo: u32,
    /// Memo index of the strings that later ones may refer to.
    strings: HashMap<&'v str, u32>,
}

impl<'v> Pickler<'v> {
    fn save(&mut self, value: &'v Value) {
        self.close_full_frame();
        match value {
            Value::Null => self.write(b"N"),
            Value::Bool(true) => self.write(b"\x88"),
            Value::Bool(false) => self.write(b"\x89"),
            Value::Number(number) => self.number(number),
            Value::String(text) => self.string(text, self.sharing == Sharing::Equal),
            Value::Array(items) => {
                self.write(b"]");
                self.memoize();
                self.batches(items.len(), [b"a", b"e"], items.iter(), Self::save);
            }
            Value::Object(fields) => {
                self.write(b"}");
                self.memoize();
                self.batches(fields.len(), [b"s", b"u"], fields.iter(), |pickler, (key, value)| {
                    pickler.close_full_frame();
                    pickler.string(key, pickler.sharing != Sharing::Nothing);
                    pickler.save(value);
                });
                // The loop over a dictionary ends with the first batch that is not full.
                if fields.len() > 1 && fields.len() % BATCH == 0 {
                    self.write(b"(");
                    self.write(b"u");
                }
            }
        }
    }

    /// One item gets the first opcode; more are written in marked batches that get the second.
    fn batches<T>(
        &mut self,
        len: usize,
        [single, many]: [&[u8]; 2],
        mut items: impl Iterator<Item = T>,
        save: impl Fn(&mut Self, T),
    ) {
        for _ in 0..len.div_ceil(BATCH) {
            if len > 1 {
                self.write(b"(");
            }
            items.by_ref().take(BATCH).for_each(|item| save(self, item));
            self.write(if len > 1 { many } else { single });
        }
    }

    fn string(&mut self, text: &'v str, shared: bool) {
        if shared || is_singleton(text) {
            if let Some(&index) = self.strings.get(text) {
                return self.get(index);
            }
            self.strings.insert(text, self.memo);
        }
        let unframed = text.len() >= FRAME_TARGET;
        if unframed {
            self.close_frame();
            self.is_framing = false;
        }
        if let Ok(len) = u8::try_from(text.len()) {
            self.write(&[0x8c, len]);
        } else {
            let len = u32::try_from(text.len()).expect("payload strings are far below 4 GiB");
            self.write(b"X");
            self.write(&len.to_le_bytes());
        }
        self.write(text.as_bytes());
        self.is_framing = true;
        self.memoize();
    }

    fn get(&mut self, index: u32) {
        if let Ok(index) = u8::try_from(index) {
            self.write(&[b'h', index]);
        } else {
            self.write(b"j");
            self.write(&index.to_le_bytes());
        }
    }

    fn memoize(&mut self) {
        self.write(b"\x94");
        self.memo += 1;
    }

    fn number(&mut self, number: &Number) {
        if let Some(n) = number.as_i64() {
            self.integer(n);
        } else if let Some(n) = number.as_u64() {
            // Above 2^63 the sign needs a ninth byte.
            self.write(&[0x8a, 9]);
            self.write(&n.to_le_bytes());
            self.write(&[0]);
        } else {
            let float = number.as_f64().expect("JSON numbers are finite");
            self.write(b"G");
            self.write(&float.to_be_bytes());
        }
    }

    fn integer(&mut self, n: i64) {
        if let Ok(n) = u8::try_from(n) {
            self.write(&[b'K', n]);
        } else if let Ok(n) = u16::try_from(n) {
            self.write(b"M");
            self.write(&n.to_le_bytes());
        } else if let Ok(n) = i32::try_from(n) {
            self.write(b"J");
            self.write(&n.to_le_bytes());
        } else {
            let bytes = n.to_le_bytes();
            let mut len = bytes.len();
            // Drop sign-extension bytes: the shortest two's complement that keeps the sign.
            let fill = if n < 0 { 0xff } else { 0 };
            while len > 1 && bytes[len - 1] == fill && (bytes[len - 2] ^ fill) & 0x80 == 0 {
                len -= 1;
            }
            self.write(&[0x8a, u8::try_from(len).expect("at most eight")]);
            self.write(&bytes[..len]);
        }
    }

    /// Appends `bytes`, in a new frame where none is open.
    fn write(&mut self, bytes: &[u8]) {
        if self.is_framing && self.frame.is_none() {
            self.frame = Some(self.out.len());
            self.out.extend_from_slice(&[0; FRAME_HEADER]);
        }
        self.out.extend_from_slice(bytes);
    }

    fn close_full_frame(&mut self) {
        let len = self.frame.map_or(0, |start| self.out.len() - start - FRAME_HEADER);
        if len >= FRAME_TARGET {
            self.close_frame();
        }
    }

    /// Writes the header of the open frame, or takes its place away.
    fn close_frame(&mut self) {
        let Some(start) = self.frame.take() else { return };
        let content = start + FRAME_HEADER;
        let len = self.out.len() - content;
        if len >= FRAME_MIN {
            self.out[start] = 0x95;
            self.out[start + 1..content].copy_from_slice(&(len as u64).to_le_bytes());
        } else {
            self.out.drain(start..content);
        }
    }
}

/// Whether `CPython` has only one object of this text.
fn is_singleton(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next();
    characters.next().is_none() && first.is_none_or(|c| u32::from(c) < 0x100)
}

#[cfg(test)]
mod tests;
