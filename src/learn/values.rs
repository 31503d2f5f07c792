//! What is kept of values.

use std::collections::BTreeMap;

use crate::engine::CollectionKind;
use crate::units::num;

use super::seen::{Kind, Life, SeenElement, SeenKey, SeenValue, Used};
use super::spread::Spread;

/// What keys hold. Strings that are numbers, and sets of numbers, are apart from others: an engine
/// stores them otherwise. Further encodings follow from lengths and counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Held {
    /// The type.
    pub kind: Kind,
    /// Whether it is stored as a number, or as a set of numbers.
    pub is_integer: bool,
}

/// What is known of the values of some keys.
#[derive(Debug, Clone, Default)]
pub struct Values {
    /// How many keys.
    pub keys: u64,
    /// Keys by encoding, as `OBJECT ENCODING` names them.
    pub encodings: BTreeMap<String, u64>,
    /// Lengths of strings.
    pub bytes: Spread,
    /// Elements of collections.
    pub elements: Spread,
    /// Fields of hashes, members of sets and sorted sets.
    pub members: Texts,
    /// Values of fields, elements of lists.
    pub items: Texts,
    /// Scores.
    pub scores: Texts,
    /// Keys whose lifetime is known.
    pub lives: u64,
    /// Seconds left to those of them that expire.
    pub left: Spread,
    /// What `MEMORY USAGE` said of some.
    pub memory_usage: Spread,
    /// Seconds since their last use.
    pub idle: Spread,
    /// Keys by the engine's logarithmic counter of uses.
    pub frequencies: BTreeMap<u8, u64>,
}

/// Texts within collections.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    /// Their lengths.
    pub lengths: Spread,
    /// How many of them are numbers.
    pub integers: u64,
}

impl Held {
    pub(super) fn of(value: &SeenValue<'_>) -> Self {
        let is_integer = match value.kind {
            Kind::String => value.encoding == Some("int"),
            Kind::Collection(CollectionKind::Set) => value.encoding == Some("intset"),
            Kind::Collection(_) | Kind::Other => false,
        };
        Self { kind: value.kind, is_integer }
    }
}

impl Values {
    pub(super) fn add(&mut self, seen: &SeenKey<'_>, value: &SeenValue<'_>) {
        self.keys += 1;
        if let Some(encoding) = value.encoding {
            match self.encodings.get_mut(encoding) {
                Some(count) => *count += 1,
                None => {
                    self.encodings.insert(encoding.to_owned(), 1);
                }
            }
        }
        value.bytes.into_iter().for_each(|bytes| self.bytes.add(bytes));
        value.elements.into_iter().for_each(|elements| self.elements.add(elements));
        for SeenElement { member, value, score } in value.sample {
            for (texts, text) in
                [(&mut self.members, member), (&mut self.items, value), (&mut self.scores, score)]
            {
                if let Some(text) = text {
                    texts.lengths.add(text.len);
                    texts.integers += u64::from(text.is_integer);
                }
            }
        }
        match seen.life {
            None => {}
            Some(Life::Stays) => self.lives += 1,
            Some(Life::LeftMs(ms)) => {
                self.lives += 1;
                self.left.add(ms.div_ceil(1000));
            }
        }
        seen.memory_usage.into_iter().for_each(|usage| self.memory_usage.add(usage.get()));
        match seen.used {
            None => {}
            Some(Used::IdleSecs(secs)) => self.idle.add(secs),
            Some(Used::Frequency(counter)) => *self.frequencies.entry(counter).or_default() += 1,
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.keys += other.keys;
        for (encoding, keys) in &other.encodings {
            *self.encodings.entry(encoding.clone()).or_default() += keys;
        }
        self.lives += other.lives;
        for (own, more) in [
            (&mut self.bytes, &other.bytes),
            (&mut self.elements, &other.elements),
            (&mut self.left, &other.left),
            (&mut self.memory_usage, &other.memory_usage),
            (&mut self.idle, &other.idle),
        ] {
            own.merge(more);
        }
        for (own, more) in [
            (&mut self.members, &other.members),
            (&mut self.items, &other.items),
            (&mut self.scores, &other.scores),
        ] {
            own.lengths.merge(&more.lengths);
            own.integers += more.integers;
        }
        for (counter, keys) in &other.frequencies {
            *self.frequencies.entry(*counter).or_default() += keys;
        }
    }

    /// The share of keys that expire; `None` where no lifetime is known.
    pub fn volatile_share(&self) -> Option<f64> {
        (self.lives > 0).then(|| num::float(self.left.count()) / num::float(self.lives))
    }
}

impl Texts {
    /// The share of them that are numbers; `None` without any.
    pub fn integer_share(&self) -> Option<f64> {
        let count = self.lengths.count();
        (count > 0).then(|| num::float(self.integers) / num::float(count))
    }
}

impl Held {
    /// What a class of such keys is called where its template has no word.
    pub fn word(self) -> &'static str {
        match (self.kind, self.is_integer) {
            (Kind::String, false) => "string",
            (Kind::String, true) => "number",
            (Kind::Collection(kind), _) => kind.word(),
            (Kind::Other, _) => "unknown",
        }
    }
}
