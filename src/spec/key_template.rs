//! How keys are spelled.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::num;

/// A key with a place for its number: `TESTING_PURPOSE_KEY_CLAIMS_{n}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyTemplate {
    prefix: String,
    suffix: String,
}

impl KeyTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// When `{n}` does not stand in it exactly once.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split("{n}").collect::<Vec<_>>()[..] {
            [prefix, suffix] => Ok(Self { prefix: prefix.to_owned(), suffix: suffix.to_owned() }),
            _ => Err(format!("`{text}` must hold `{{n}}`, the key's number, exactly once")),
        }
    }

    /// The same keys after `prefix`, which must not hold `{n}`.
    pub(super) fn with_prefix(&self, prefix: &str) -> Self {
        Self { prefix: format!("{prefix}{}", self.prefix), suffix: self.suffix.clone() }
    }

    /// What stands before the number.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// What stands after the number.
    pub fn suffix(&self) -> &str {
        &self.suffix
    }

    /// Appends key number `n` to `out`.
    pub fn write(&self, n: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(self.prefix.as_bytes());
        push_decimal(n, out);
        out.extend_from_slice(self.suffix.as_bytes());
    }

    /// Length of key number `n`.
    pub fn len(&self, n: u64) -> usize {
        self.prefix.len() + num::index(u64::from(digits(n))) + self.suffix.len()
    }

    /// Bytes of a key beside its number.
    pub fn name_len(&self) -> u32 {
        u32::try_from(self.prefix.len() + self.suffix.len()).expect("keys are far below 4 GiB")
    }

    /// How many of the keys 0…`keys` have which length: (length, count), ascending.
    pub fn lengths(&self, keys: u64) -> Vec<(usize, u64)> {
        let mut lengths = Vec::new();
        let mut from = 0;
        while from < keys {
            let power = 10u64.checked_pow(digits(from)).unwrap_or(u64::MAX);
            let to = power.min(keys);
            lengths.push((self.len(from), to - from));
            from = to;
        }
        lengths
    }
}

/// Decimal digits of `n`; one for zero.
pub(super) const fn digits(n: u64) -> u32 {
    match n.checked_ilog10() {
        Some(log) => log + 1,
        None => 1,
    }
}

/// Appends `n` in decimal.
pub(crate) fn push_decimal(n: u64, out: &mut Vec<u8>) {
    let mut buffer = [0u8; 20];
    let mut rest = n;
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + u8::try_from(rest % 10).expect("a digit");
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&buffer[at..]);
}

impl fmt::Display for KeyTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{{n}}{}", self.prefix, self.suffix)
    }
}

impl From<KeyTemplate> for String {
    fn from(template: KeyTemplate) -> String {
        template.to_string()
    }
}

impl TryFrom<String> for KeyTemplate {
    type Error = String;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(template: &str, n: u64) -> String {
        let mut out = Vec::new();
        KeyTemplate::parse(template).unwrap().write(n, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_key_carries_its_number() {
        assert_eq!(spelled("a:{n}:b", 0), "a:0:b");
        assert_eq!(spelled("{n}", u64::MAX), u64::MAX.to_string());
        assert!(KeyTemplate::parse("a").is_err());
        assert!(KeyTemplate::parse("{n}{n}").is_err());
    }

    #[test]
    fn lengths_count_every_key_once() {
        let template = KeyTemplate::parse("K_{n}").unwrap();
        assert_eq!(
            template.lengths(200_000),
            [(3, 10), (4, 90), (5, 900), (6, 9000), (7, 90_000), (8, 100_000)]
        );
        assert_eq!(template.lengths(1), [(3, 1)]);
        assert_eq!(template.lengths(10), [(3, 10)]);
        for n in [0, 9, 10, 99_999, 100_000] {
            assert_eq!(template.len(n), spelled("K_{n}", n).len());
        }
    }
}
