//! The values of a class.

use serde_json::Value;

use crate::spec::{Class, Payload};

use super::encode::encode;

/// The tutorial's user claims in shape and size, with made-up contents.
const CLAIMS: &str = include_str!("payloads/claims.json");
/// The tutorial's OAuth token in shape and size, with made-up contents.
const M2M_TOKEN: &str = include_str!("payloads/m2m-token.json");

/// Every value of one class, already encoded.
///
/// All built-in payloads store the same object under every key, as the tutorial does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    value: Vec<u8>,
}

impl Values {
    /// The values of `class`.
    ///
    /// # Panics
    /// Never for a resolved plan: raw encoding goes with opaque bytes only.
    pub fn of(class: &Class) -> Self {
        let value = match &class.payload {
            Payload::Claims => encode(&object(CLAIMS), class.encoding),
            Payload::M2mToken => encode(&object(M2M_TOKEN), class.encoding),
            Payload::Size(len) => opaque(*len),
        };
        Self { value }
    }

    /// The value stored under key number `n`.
    pub fn get(&self, _n: u64) -> &[u8] {
        &self.value
    }

    /// How many of the keys 0…`keys` have a value of which length: (length, count).
    pub fn lengths(&self, keys: u64) -> Vec<(usize, u64)> {
        vec![(self.value.len(), keys)]
    }
}

fn object(json: &str) -> Value {
    serde_json::from_str(json).expect("built-in payloads are valid JSON")
}

/// Printable bytes that never look like an integer, whatever their number.
fn opaque(len: u32) -> Vec<u8> {
    b"cachefit-".iter().copied().cycle().take(len as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Encoding, identity_cache};

    #[track_caller]
    fn check(class: usize, encoding: Encoding, expected: usize) {
        let mut class = identity_cache().classes[class].clone();
        class.encoding = encoding;
        assert_eq!(Values::of(&class).get(0).len(), expected);
    }

    /// The tutorial's sizes, read off a run of its own code.
    #[test]
    fn built_in_objects_have_the_tutorials_sizes() {
        check(0, Encoding::PickleLiteral, 303);
        check(0, Encoding::Pickle, 306);
        check(0, Encoding::JsonCompact, 365);
        check(0, Encoding::Json, 397);
        check(1, Encoding::PickleLiteral, 1337);
        check(1, Encoding::Pickle, 1337);
        check(1, Encoding::JsonCompact, 1320);
        check(1, Encoding::Json, 1327);
    }
}
