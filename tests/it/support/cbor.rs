//! CBOR as CloudWatch speaks it (RFC 8949), to and from JSON.

use serde_json::{Map, Value};

/// A document as JSON; tags, as of times, are dropped. `None` for what is no CBOR.
pub(crate) fn decode(bytes: &[u8]) -> Option<Value> {
    Reader(bytes).value()
}

/// JSON as a document: what stands under `Timestamps` becomes times, what stands under `Values` floats.
pub(crate) fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(value, "", &mut bytes);
    bytes
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take(&mut self, n: usize) -> Option<&[u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn is_end(&mut self) -> bool {
        let is_end = self.0.first() == Some(&0xff);
        if is_end {
            self.0 = &self.0[1..];
        }
        is_end
    }

    fn value(&mut self) -> Option<Value> {
        let first = self.take(1)?[0];
        let (major, minor) = (first >> 5, first & 31);
        if major == 7 {
            return self.simple(minor);
        }
        // Without a number of its own, a list or map goes on to its end mark.
        let n = match minor {
            0..=23 => Some(u64::from(minor)),
            24..=27 => {
                let width = 1 << (minor - 24);
                Some(self.take(width)?.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
            }
            31 => None,
            _ => return None,
        };
        match major {
            0 => Some(n?.into()),
            1 => Some((-1 - i64::try_from(n?).ok()?).into()),
            3 => {
                let text = self.take(usize::try_from(n?).ok()?)?;
                Some(String::from_utf8(text.to_vec()).ok()?.into())
            }
            4 => {
                let mut items = Vec::new();
                while n.map_or_else(|| !self.is_end(), |n| (items.len() as u64) < n) {
                    items.push(self.value()?);
                }
                Some(items.into())
            }
            5 => {
                let mut entries = Map::new();
                while n.map_or_else(|| !self.is_end(), |n| (entries.len() as u64) < n) {
                    let key = self.value()?.as_str()?.to_owned();
                    entries.insert(key, self.value()?);
                }
                Some(entries.into())
            }
            6 => self.value(),
            _ => None,
        }
    }

    fn simple(&mut self, minor: u8) -> Option<Value> {
        Some(match minor {
            20 | 21 => (minor == 21).into(),
            22 => Value::Null,
            26 => f32::from_be_bytes(self.take(4)?.try_into().ok()?).into(),
            27 => f64::from_be_bytes(self.take(8)?.try_into().ok()?).into(),
            _ => return None,
        })
    }
}

fn head(major: u8, n: u64, bytes: &mut Vec<u8>) {
    bytes.push((major << 5) | 0x1b);
    bytes.extend(n.to_be_bytes());
}

fn float(x: f64, bytes: &mut Vec<u8>) {
    bytes.push(0xfb);
    bytes.extend(x.to_be_bytes());
}

fn write(value: &Value, under: &str, bytes: &mut Vec<u8>) {
    match value {
        Value::Null => bytes.push(0xf6),
        Value::Bool(flag) => bytes.push(if *flag { 0xf5 } else { 0xf4 }),
        Value::Number(n) if n.is_u64() && under != "Values" && under != "Timestamps" => {
            head(0, n.as_u64().unwrap(), bytes);
        }
        Value::Number(n) => {
            if under == "Timestamps" {
                bytes.push(0xc1);
            }
            float(n.as_f64().unwrap(), bytes);
        }
        Value::String(text) => {
            head(3, text.len() as u64, bytes);
            bytes.extend(text.as_bytes());
        }
        Value::Array(items) => {
            head(4, items.len() as u64, bytes);
            for item in items {
                write(item, under, bytes);
            }
        }
        Value::Object(entries) => {
            head(5, entries.len() as u64, bytes);
            for (key, value) in entries {
                write(&Value::from(key.as_str()), "", bytes);
                write(value, key, bytes);
            }
        }
    }
}
