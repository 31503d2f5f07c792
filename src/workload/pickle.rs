//! Python's pickle, protocol 5, for JSON-shaped data, byte for byte as `CPython`'s C pickler writes it.
//!
//! The format is Python's `pickletools` documentation: every container and string is memoised when
//! written, and a string that is the *same Python object* as an earlier one becomes a two-byte
//! reference. Which strings are the same object depends on where the data came from, so the caller
//! says ([`Sharing`]); on user claims the difference is 27 %.

use std::collections::HashMap;

use serde_json::{Number, Value};

/// Which equal strings are one Python object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sharing {
    /// Dictionary keys, as after `json.loads`.
    Keys,
    /// All equal strings, as for constants of one source file.
    Equal,
}

/// Items written between a mark and its batch opcode (`BATCHSIZE` in `CPython`'s Modules/_pickle.c).
const BATCH: usize = 1000;

/// The pickle of `object`, shorter than one 64 KiB frame.
pub(super) fn dumps(object: &Value, sharing: Sharing) -> Vec<u8> {
    let mut pickler = Pickler { out: Vec::new(), sharing, memo: 0, strings: HashMap::new() };
    pickler.save(object);
    pickler.out.push(b'.');
    let mut pickle = vec![0x80, 5];
    if pickler.out.len() >= 4 {
        pickle.push(0x95);
        pickle.extend_from_slice(&(pickler.out.len() as u64).to_le_bytes());
    }
    pickle.append(&mut pickler.out);
    pickle
}

struct Pickler<'v> {
    out: Vec<u8>,
    sharing: Sharing,
    /// Objects memoised so far.
    memo: u32,
    /// Memo index of the strings that later ones may refer to.
    strings: HashMap<&'v str, u32>,
}

impl<'v> Pickler<'v> {
    fn save(&mut self, value: &'v Value) {
        match value {
            Value::Null => self.out.push(b'N'),
            Value::Bool(true) => self.out.push(0x88),
            Value::Bool(false) => self.out.push(0x89),
            Value::Number(number) => self.number(number),
            Value::String(text) => self.string(text, self.sharing == Sharing::Equal),
            Value::Array(items) => {
                self.out.push(b']');
                self.memoize();
                self.batches(items.len(), b'a', b'e', items.iter(), Self::save);
            }
            Value::Object(fields) => {
                self.out.push(b'}');
                self.memoize();
                self.batches(fields.len(), b's', b'u', fields.iter(), |pickler, (key, value)| {
                    pickler.string(key, true);
                    pickler.save(value);
                });
            }
        }
    }

    /// One item gets its own opcode; more are written in marked batches.
    fn batches<T>(
        &mut self,
        len: usize,
        single: u8,
        many: u8,
        mut items: impl Iterator<Item = T>,
        save: impl Fn(&mut Self, T),
    ) {
        for _ in 0..len.div_ceil(BATCH) {
            if len > 1 {
                self.out.push(b'(');
            }
            items.by_ref().take(BATCH).for_each(|item| save(self, item));
            self.out.push(if len > 1 { many } else { single });
        }
    }

    fn string(&mut self, text: &'v str, shared: bool) {
        if shared {
            if let Some(&index) = self.strings.get(text) {
                return self.get(index);
            }
            self.strings.insert(text, self.memo);
        }
        if let Ok(len) = u8::try_from(text.len()) {
            self.out.extend_from_slice(&[0x8c, len]);
        } else {
            self.out.push(b'X');
            let len = u32::try_from(text.len()).expect("payload strings are far below 4 GiB");
            self.out.extend_from_slice(&len.to_le_bytes());
        }
        self.out.extend_from_slice(text.as_bytes());
        self.memoize();
    }

    fn get(&mut self, index: u32) {
        if let Ok(index) = u8::try_from(index) {
            self.out.extend_from_slice(&[b'h', index]);
        } else {
            self.out.push(b'j');
            self.out.extend_from_slice(&index.to_le_bytes());
        }
    }

    fn memoize(&mut self) {
        self.out.push(0x94);
        self.memo += 1;
    }

    fn number(&mut self, number: &Number) {
        let Some(n) = number.as_i64() else {
            self.out.push(b'G');
            let float = number.as_f64().expect("JSON numbers are finite");
            self.out.extend_from_slice(&float.to_be_bytes());
            return;
        };
        if let Ok(n) = u8::try_from(n) {
            self.out.extend_from_slice(&[b'K', n]);
        } else if let Ok(n) = u16::try_from(n) {
            self.out.push(b'M');
            self.out.extend_from_slice(&n.to_le_bytes());
        } else if let Ok(n) = i32::try_from(n) {
            self.out.push(b'J');
            self.out.extend_from_slice(&n.to_le_bytes());
        } else {
            let bytes = n.to_le_bytes();
            let mut len = bytes.len();
            // Drop sign-extension bytes: the shortest two's complement that keeps the sign.
            let fill = if n < 0 { 0xff } else { 0 };
            while len > 1 && bytes[len - 1] == fill && (bytes[len - 2] ^ fill) & 0x80 == 0 {
                len -= 1;
            }
            self.out.extend_from_slice(&[0x8a, u8::try_from(len).expect("at most eight")]);
            self.out.extend_from_slice(&bytes[..len]);
        }
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[track_caller]
    fn check(json: &str, sharing: Sharing, expected: &[u8]) {
        let object: Value = serde_json::from_str(json).unwrap();
        assert_eq!(dumps(&object, sharing), expected, "{json}");
    }

    /// Each expectation was printed by `CPython` 3.11's `pickle.dumps(json.loads(text), 5)`.
    #[test]
    fn small_objects_match_cpython() {
        check("null", Sharing::Keys, b"\x80\x05N.");
        check("true", Sharing::Keys, b"\x80\x05\x88.");
        check("255", Sharing::Keys, b"\x80\x05K\xff.");
        check("256", Sharing::Keys, b"\x80\x05\x95\x04\0\0\0\0\0\0\0M\0\x01.");
        check("-1", Sharing::Keys, b"\x80\x05\x95\x06\0\0\0\0\0\0\0J\xff\xff\xff\xff.");
        check("2147483648", Sharing::Keys, b"\x80\x05\x95\x08\0\0\0\0\0\0\0\x8a\x05\0\0\0\x80\0.");
        check("[]", Sharing::Keys, b"\x80\x05]\x94.");
        let nested = b"\x80\x05\x95\x0d\0\0\0\0\0\0\0}\x94\x8c\x01a\x94]\x94K\x01as.";
        check("{\"a\":[1]}", Sharing::Keys, nested);
        let twice = b"\x80\x05\x95\x11\0\0\0\0\0\0\0]\x94(\x8c\x03xyz\x94\x8c\x03xyz\x94e.";
        check("[\"xyz\",\"xyz\"]", Sharing::Keys, twice);
        let once = b"\x80\x05\x95\x0d\0\0\0\0\0\0\0]\x94(\x8c\x03xyz\x94h\x01e.";
        check("[\"xyz\",\"xyz\"]", Sharing::Equal, once);
    }

    /// SHA-256 of the payload files' pickles as `CPython` 3.11 writes them.
    #[test]
    fn built_in_payloads_match_cpython() {
        const CLAIMS: &str = include_str!("payloads/claims.json");
        const TOKEN: &str = include_str!("payloads/m2m-token.json");
        for (json, sharing, sha256) in [
            (
                CLAIMS,
                Sharing::Keys,
                "11855097991534fd16f3c6b4726f5d59a57b80723c3a3b2c6596b7c7d631331e",
            ),
            (
                CLAIMS,
                Sharing::Equal,
                "bab832753ce19f9d9edf13704bc0892508f34b8078388fa74589ebd68cb96f9a",
            ),
            (
                TOKEN,
                Sharing::Keys,
                "24718d91a3aa8e72e69e6187eea0383f3c1d3262b0f487fe9d1d162f867e5337",
            ),
        ] {
            let object: Value = serde_json::from_str(json).unwrap();
            let digest = Sha256::digest(dumps(&object, sharing));
            let hex = digest.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
            assert_eq!(hex, sha256);
        }
    }
}
