//! The values a class stores: a bounded pool of distinct ones that its keys share.
//!
//! Making every value anew would cost more than sending it, so a class has a pool of at most some
//! thousand values, and key n always has the same one of them. What memory needs to know of the
//! pool, lengths and counts, is part of the plan and of its artifact; the bytes are not, because
//! they may be somebody's data and because the plan's reader does not need them.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::artifact::Digest;
use crate::units::num;

use super::spelling::{Misspelt, misspelled};

/// The distinct values of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// What is stored, and how many values of the pool are stored so; in the order of the values.
    pub shares: Shares,
    /// What would be stored if whole numbers that are text to an engine were spelled as it spells
    /// them; `None` when there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plain_numbers: Option<PlainNumbers>,
    /// Of the values' bytes, to notice when a file or a generator has changed since.
    pub digest: Digest,
    /// The values themselves; gone after a detour through an artifact.
    #[serde(skip)]
    pub values: Loaded<PoolValues>,
}

/// A pool with its numbers spelled plainly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlainNumbers {
    /// As [`Pool::shares`], in the same order of the values.
    pub shares: Shares,
    /// How many values that concerns.
    pub misspelt: Misspelt,
}

/// What an engine makes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StoredAs {
    /// Bytes of this number.
    Text(u32),
    /// The decimal text of a whole number that fits 64 bits, spelled as the engine would.
    Integer {
        /// Length of that text.
        len: u32,
        /// Whether it lies in 0…9999.
        small: bool,
    },
}

/// Kinds of values and how many of each a pool has; at least one value. Written as text, as in
/// `"303*4000 306*96 int:5*12 small:1*3"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shares(Vec<(StoredAs, u32)>);

/// The bytes of values; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolValues {
    bytes: Vec<u8>,
    /// Where each value stands; places may overlap.
    places: Vec<Range<usize>>,
}

/// Something that is looked up in a file or made from it, and is no part of what was asked for:
/// two plans are equal with or without it.
#[derive(Clone)]
pub struct Loaded<T>(Option<Arc<T>>);

impl PlainNumbers {
    /// Of the values of a pool; `None` when none would be stored otherwise.
    pub fn of<V: AsRef<[u8]>>(values: &[V]) -> Option<Self> {
        let flaws = values.iter().map(|value| Some(misspelled(value.as_ref())?.1));
        let misspelt = Misspelt::count(flaws)?;
        let plain = |value: &V| StoredAs::plainly(value.as_ref());
        Some(Self { shares: Shares::of(values.iter().map(plain))?, misspelt })
    }
}

impl StoredAs {
    /// How an engine stores `value` (`string2ll` in the engines' util.c; longer texts than 20
    /// characters are not tried).
    pub fn of(value: &[u8]) -> Self {
        let len = u32::try_from(value.len()).expect("values are checked to fit 512 MB");
        let number =
            std::str::from_utf8(value).ok().filter(|text| text.len() <= 20).and_then(|text| {
                let number: i64 = text.parse().ok()?;
                // `+5`, `05` and `-0` are text to an engine.
                (number.to_string() == text).then_some(number)
            });
        match number {
            Some(number) => Self::Integer { len, small: (0..10_000).contains(&number) },
            None => Self::Text(len),
        }
    }

    /// How an engine would store `value` if the number it spells were spelled plainly; as it is
    /// where it spells none.
    pub fn plainly(value: &[u8]) -> Self {
        match misspelled(value) {
            Some((number, _)) => Self::of(number.to_string().as_bytes()),
            None => Self::of(value),
        }
    }

    /// Its length in bytes as clients send it.
    pub const fn n_bytes(self) -> u32 {
        match self {
            Self::Text(len) | Self::Integer { len, .. } => len,
        }
    }
}

impl Shares {
    /// Runs of equal kinds in the order of `values`; `None` when there are none.
    pub fn of(values: impl IntoIterator<Item = StoredAs>) -> Option<Self> {
        let mut runs: Vec<(StoredAs, u32)> = Vec::new();
        for value in values {
            match runs.last_mut() {
                Some((last, count)) if *last == value => *count += 1,
                _ => runs.push((value, 1)),
            }
        }
        (!runs.is_empty()).then_some(Self(runs))
    }

    /// The kinds with the number of values of each.
    pub fn runs(&self) -> &[(StoredAs, u32)] {
        &self.0
    }

    /// Values in the pool.
    pub fn n_values(&self) -> usize {
        self.0.iter().map(|(_, count)| num::index(u64::from(*count))).sum()
    }
}

impl PoolValues {
    /// Puts values one after the other.
    pub fn of<V: AsRef<[u8]>>(values: impl IntoIterator<Item = V>) -> Self {
        let (mut bytes, mut places) = (Vec::new(), Vec::new());
        for value in values {
            let start = bytes.len();
            bytes.extend_from_slice(value.as_ref());
            places.push(start..bytes.len());
        }
        Self { bytes, places }
    }

    /// Values that are parts of `bytes`, so that many long ones take little room.
    ///
    /// # Panics
    /// When a place is not within `bytes`.
    pub fn parts_of(bytes: Vec<u8>, places: Vec<Range<usize>>) -> Self {
        assert!(places.iter().all(|place| bytes.get(place.clone()).is_some()));
        Self { bytes, places }
    }

    /// Value number `index` of the pool.
    ///
    /// # Panics
    /// When there are not that many.
    pub fn get(&self, index: usize) -> &[u8] {
        &self.bytes[self.places[index].clone()]
    }

    /// All of them in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.places.iter().map(|place| &self.bytes[place.clone()])
    }
}

impl<T> Loaded<T> {
    /// It is there.
    pub fn new(value: T) -> Self {
        Self(Some(Arc::new(value)))
    }

    /// What is there, if it is.
    pub fn get(&self) -> Option<&Arc<T>> {
        self.0.as_ref()
    }
}

impl<T> Default for Loaded<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> PartialEq for Loaded<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Loaded<T> {}

impl<T> fmt::Debug for Loaded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "loaded" } else { "not loaded" })
    }
}

impl From<Shares> for String {
    fn from(shares: Shares) -> String {
        let one = |(stored, count): &(StoredAs, u32)| match stored {
            StoredAs::Text(len) => format!("{len}*{count}"),
            StoredAs::Integer { len, small: true } => format!("small:{len}*{count}"),
            StoredAs::Integer { len, small: false } => format!("int:{len}*{count}"),
        };
        shares.0.iter().map(one).collect::<Vec<_>>().join(" ")
    }
}

impl TryFrom<String> for Shares {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let one = |word: &str| {
            let (kind, count) = word.split_once('*')?;
            let count: u32 = count.parse().ok().filter(|count| *count > 0)?;
            let stored = match kind.split_once(':') {
                None => StoredAs::Text(kind.parse().ok()?),
                Some(("small", len)) => StoredAs::Integer { len: len.parse().ok()?, small: true },
                Some(("int", len)) => StoredAs::Integer { len: len.parse().ok()?, small: false },
                Some(_) => return None,
            };
            Some((stored, count))
        };
        let runs: Option<Vec<_>> = text.split_whitespace().map(one).collect();
        runs.filter(|runs| !runs.is_empty())
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a list like `303*4000 int:5*12`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_what_an_engine_takes_for_one() {
        let small = |len| StoredAs::Integer { len, small: true };
        let large = |len| StoredAs::Integer { len, small: false };
        for (text, expected) in [
            ("0", small(1)),
            ("9999", small(4)),
            ("10000", large(5)),
            ("-1", large(2)),
            ("-9223372036854775808", large(20)),
            ("9223372036854775808", StoredAs::Text(19)),
            ("+5", StoredAs::Text(2)),
            ("05", StoredAs::Text(2)),
            ("-0", StoredAs::Text(2)),
            ("", StoredAs::Text(0)),
            ("1.5", StoredAs::Text(3)),
            ("1 ", StoredAs::Text(2)),
        ] {
            assert_eq!(StoredAs::of(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn shares_read_back_as_written() {
        let values = [&b"aa"[..], b"bb", b"7", b"70000", b"70001"];
        let shares = Shares::of(values.map(StoredAs::of)).unwrap();
        let text = String::from(shares.clone());
        assert_eq!(text, "2*2 small:1*1 int:5*2");
        assert_eq!(Shares::try_from(text), Ok(shares.clone()));
        assert_eq!(shares.n_values(), 5);
        for bad in ["", "5", "5*0", "x*1", "odd:1*1"] {
            assert!(Shares::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_come_back_one_by_one() {
        let values = PoolValues::of([&b"one"[..], b"", b"three"]);
        assert!(values.iter().eq([&b"one"[..], b"", b"three"]));
    }
}
