//! How keys are spelled.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::units::num;

use super::KeyList;

/// The largest number that the first key may have: no number of a key has more than 19 digits.
const MOST_FIRST: u64 = 1_000_000_000_000_000_000;

/// How the keys of a class are spelled: with their numbers, or by the rows of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct KeyTemplate(Spelled);

/// What spells them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spelled {
    /// A place for their number.
    Numbered(Numbered),
    /// A file.
    Listed(Arc<KeyList>),
}

/// A key with a place for its number: `TESTING_PURPOSE_KEY_CLAIMS_{n}`; or, where numbers do not begin
/// with 0, with what they begin with: `order:{n+1000000}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// What stands before the number.
    pub prefix: String,
    /// What stands after it.
    pub suffix: String,
    /// What key 0 has in place of its number.
    pub first: u64,
}

/// As artifacts hold it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Numbered(String),
    Listed(KeyList),
}

impl KeyTemplate {
    /// Reads a template with a place for a number.
    ///
    /// # Errors
    /// When neither `{n}` nor `{n+…}` with a number stands in it exactly once.
    pub fn parse(text: &str) -> Result<Self, String> {
        Numbered::parse(text).map(|numbered| Self(Spelled::Numbered(numbered)))
    }

    /// Keys that a file spells.
    pub fn listed(list: KeyList) -> Self {
        Self(Spelled::Listed(Arc::new(list)))
    }

    /// What spells them.
    pub fn spelled(&self) -> &Spelled {
        &self.0
    }

    /// The keys of a file; `None` for keys with numbers.
    pub fn list(&self) -> Option<&KeyList> {
        match &self.0 {
            Spelled::Numbered(_) => None,
            Spelled::Listed(list) => Some(list),
        }
    }

    /// The same keys after `prefix`, which must not hold `{n}`.
    pub(super) fn with_prefix(&self, prefix: &str) -> Self {
        match &self.0 {
            Spelled::Numbered(numbered) => Self(Spelled::Numbered(Numbered {
                prefix: format!("{prefix}{}", numbered.prefix),
                ..numbered.clone()
            })),
            Spelled::Listed(list) => Self::listed(list.with_prefix(prefix)),
        }
    }

    /// Whether one of the first `keys` keys is one of the first `other_keys` of `other`; as far as only
    /// the numbers differ, where both have them.
    pub fn overlaps(&self, keys: u64, other: &Self, other_keys: u64) -> bool {
        match (&self.0, &other.0) {
            (Spelled::Numbered(own), Spelled::Numbered(other)) => {
                own.overlaps(keys, other, other_keys)
            }
            (Spelled::Listed(list), Spelled::Numbered(numbered)) => {
                list.overlaps_numbered(keys, numbered, other_keys)
            }
            (Spelled::Numbered(numbered), Spelled::Listed(list)) => {
                list.overlaps_numbered(other_keys, numbered, keys)
            }
            (Spelled::Listed(list), Spelled::Listed(other)) => {
                list.overlaps(keys, other, other_keys)
            }
        }
    }

    /// Appends key number `n` to `out`.
    ///
    /// # Panics
    /// As [`KeyList::name`].
    pub fn write(&self, n: u64, out: &mut Vec<u8>) {
        match &self.0 {
            Spelled::Numbered(numbered) => numbered.write(n, out),
            Spelled::Listed(list) => out.extend_from_slice(list.name(n)),
        }
    }

    /// Length of key number `n`.
    ///
    /// # Panics
    /// When the file has not that many.
    pub fn len(&self, n: u64) -> usize {
        match &self.0 {
            Spelled::Numbered(numbered) => numbered.len(n),
            Spelled::Listed(list) => num::index(u64::from(list.lengths()[num::index(n)])),
        }
    }

    /// Bytes of a key beside its number, or beside what stands in columns.
    pub fn name_len(&self) -> u32 {
        match &self.0 {
            Spelled::Numbered(numbered) => numbered.name_len(),
            Spelled::Listed(list) => list.name_len(),
        }
    }

    /// How many of the keys 0…`keys` have which length: (length, count). Where keys have numbers, in the
    /// order of the keys, and all keys of an entry have as many digits, counted from 0 as well as from
    /// the first number. Of a file, the shortest first; keys beyond its rows are as they are.
    pub fn lengths(&self, keys: u64) -> Vec<(usize, u64)> {
        match &self.0 {
            Spelled::Numbered(numbered) => numbered.lengths(keys),
            Spelled::Listed(list) => {
                let mut counts = BTreeMap::new();
                for len in list.lengths().iter().take(num::index(keys)) {
                    *counts.entry(num::index(u64::from(*len))).or_insert(0) += 1;
                }
                let to = num::in_proportion(counts.values().copied(), keys);
                counts.into_keys().zip(to).collect()
            }
        }
    }

    /// Appends key number `n` to `out`, or what stands in for it where it is a file's, whose names need
    /// not be there.
    pub fn write_stand_in(&self, n: u64, out: &mut Vec<u8>) {
        match &self.0 {
            Spelled::Numbered(numbered) => numbered.write(n, out),
            Spelled::Listed(list) => list.write_stand_in(n, out),
        }
    }
}

impl Numbered {
    fn parse(text: &str) -> Result<Self, String> {
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

    fn overlaps(&self, keys: u64, other: &Self, other_keys: u64) -> bool {
        let is_alike = self.prefix == other.prefix && self.suffix == other.suffix;
        let before = |one: &Self, keys: u64, other: &Self| one.first + keys <= other.first;
        is_alike && !before(self, keys, other) && !before(other, other_keys, self)
    }

    /// Which of the first `keys` keys `name` is, if it is one.
    pub(super) fn is_among(&self, keys: u64, name: &[u8]) -> bool {
        let number = || {
            let inner = name.strip_prefix(self.prefix.as_bytes())?;
            let digits = str::from_utf8(inner.strip_suffix(self.suffix.as_bytes())?).ok()?;
            digits.parse::<u64>().ok().filter(|number| number.to_string() == digits)
        };
        number().is_some_and(|number| number >= self.first && number - self.first < keys)
    }

    fn write(&self, n: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(self.prefix.as_bytes());
        push_decimal(self.first + n, out);
        out.extend_from_slice(self.suffix.as_bytes());
    }

    fn len(&self, n: u64) -> usize {
        self.prefix.len() + num::index(u64::from(digits(self.first + n))) + self.suffix.len()
    }

    fn name_len(&self) -> u32 {
        u32::try_from(self.prefix.len() + self.suffix.len()).expect("keys are far below 4 GiB")
    }

    fn lengths(&self, keys: u64) -> Vec<(usize, u64)> {
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
        match &self.0 {
            Spelled::Numbered(Numbered { prefix, suffix, first: 0 }) => {
                write!(f, "{prefix}{{n}}{suffix}")
            }
            Spelled::Numbered(Numbered { prefix, suffix, first }) => {
                write!(f, "{prefix}{{n+{first}}}{suffix}")
            }
            Spelled::Listed(list) => f.write_str(&list.written()),
        }
    }
}

impl From<KeyTemplate> for Written {
    fn from(template: KeyTemplate) -> Self {
        match &template.0 {
            Spelled::Numbered(_) => Self::Numbered(template.to_string()),
            Spelled::Listed(list) => Self::Listed(KeyList::clone(list)),
        }
    }
}

impl TryFrom<Written> for KeyTemplate {
    type Error = String;
    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match written {
            Written::Numbered(text) => Self::parse(&text),
            Written::Listed(list) => Ok(Self::listed(list)),
        }
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
