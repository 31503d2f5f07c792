//! How keys are spelled.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::num;

/// The largest number that the first key may have: no number of a key has more than 19 digits.
const MOST_FIRST: u64 = 1_000_000_000_000_000_000;

/// A key with a place for its number: `TESTING_PURPOSE_KEY_CLAIMS_{n}`; or, where numbers do not begin
/// with 0, with what they begin with: `order:{n+1000000}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyTemplate {
    prefix: String,
    suffix: String,
    /// What key 0 has in place of its number.
    first: u64,
}

impl KeyTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// When neither `{n}` nor `{n+…}` with a number stands in it exactly once.
    pub fn parse(text: &str) -> Result<Self, String> {
        let malformed = || {
            format!(
                "`{text}` must hold `{{n}}`, the key's number, exactly once, or `{{n+1000}}` where the \
                 first is 1000"
            )
        };
        let mut found = None;
        for (at, _) in text.match_indices("{n") {
            let rest = &text[at + 2..];
            let (first, len) = if rest.starts_with('}') {
                (0, 3)
            } else if let Some((digits, _)) = rest.strip_prefix('+').and_then(|r| r.split_once('}'))
            {
                let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
                let Some(first) = digits.parse().ok().filter(|_| is_number) else { continue };
                (first, digits.len() + 4)
            } else {
                continue;
            };
            if found.replace((first, at, at + len)).is_some() {
                return Err(malformed());
            }
        }
        let (first, from, to) = found.ok_or_else(malformed)?;
        if first > MOST_FIRST {
            return Err(format!("`{text}` may begin with 10^18 at most"));
        }
        Ok(Self { prefix: text[..from].to_owned(), suffix: text[to..].to_owned(), first })
    }

    /// The same keys after `prefix`, which must not hold `{n}`.
    pub(super) fn with_prefix(&self, prefix: &str) -> Self {
        Self { prefix: format!("{prefix}{}", self.prefix), ..self.clone() }
    }

    /// The number of the first key.
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// Whether one of the first `keys` keys is one of the first `other_keys` of `other`, as far as only
    /// the numbers differ.
    pub fn overlaps(&self, keys: u64, other: &Self, other_keys: u64) -> bool {
        let is_alike = self.prefix == other.prefix && self.suffix == other.suffix;
        let before = |one: &Self, keys: u64, other: &Self| one.first + keys <= other.first;
        is_alike && !before(self, keys, other) && !before(other, other_keys, self)
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
        push_decimal(self.first + n, out);
        out.extend_from_slice(self.suffix.as_bytes());
    }

    /// Length of key number `n`.
    pub fn len(&self, n: u64) -> usize {
        self.prefix.len() + num::index(u64::from(digits(self.first + n))) + self.suffix.len()
    }

    /// Bytes of a key beside its number.
    pub fn name_len(&self) -> u32 {
        u32::try_from(self.prefix.len() + self.suffix.len()).expect("keys are far below 4 GiB")
    }

    /// How many of the keys 0…`keys` have which length: (length, count), in the order of the keys. All
    /// keys of an entry have as many digits, counted from 0 as well as from the first number.
    pub fn lengths(&self, keys: u64) -> Vec<(usize, u64)> {
        let mut lengths = Vec::new();
        let mut from = 0;
        let power = |n| 10u64.checked_pow(digits(n)).unwrap_or(u64::MAX);
        while from < keys {
            let to = power(from).min(power(self.first + from) - self.first).min(keys);
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
        match self.first {
            0 => write!(f, "{}{{n}}{}", self.prefix, self.suffix),
            first => write!(f, "{}{{n+{first}}}{}", self.prefix, self.suffix),
        }
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
        assert_eq!(spelled("a:{n+1000}:b", 7), "a:1007:b");
        assert_eq!(spelled("{na}:{n+0}", 7), "{na}:7");
        for bad in ["{n+}", "{n+1}{n}", "{n+-1}", "{n+x}", "{n+1000000000000000001}"] {
            assert!(KeyTemplate::parse(bad).is_err(), "{bad}");
        }
        for text in ["a:{n}", "a:{n+17}:{b}"] {
            assert_eq!(KeyTemplate::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn keys_that_two_templates_spell_are_found() {
        let template = |text| KeyTemplate::parse(text).unwrap();
        let (low, high) = (template("K_{n}"), template("K_{n+100}"));
        assert!(low.overlaps(101, &high, 1) && high.overlaps(1, &low, 101));
        assert!(!low.overlaps(100, &high, 1) && !high.overlaps(1, &low, 100));
        assert!(!low.overlaps(1_000, &template("L_{n}"), 1_000));
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
        let later = KeyTemplate::parse("K_{n+95}").unwrap();
        assert_eq!(later.lengths(20), [(4, 5), (5, 5), (5, 10)]);
        for n in [0, 9, 10, 99_999, 100_000] {
            assert_eq!(template.len(n), spelled("K_{n}", n).len());
        }
    }
}
