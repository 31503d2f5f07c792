//! One key as a source sees it.
//!
//! Every source of a learned workload, a running server, a snapshot file, a capture, describes the keys
//! it comes across as [`SeenKey`]s and hands each to [`Gathered::add`](super::Gathered::add), which keeps
//! counts and spreads and drops the rest: no key's text and no value stays. How to feed it:
//!
//! 1. Fill in what the source tells and leave everything else `None`. `None` is "not told", never zero.
//! 2. A key of which only the name is known still counts: it has `value: None`. Within a template the
//!    keys with a value stand for those without, so whoever looks closer at some keys only must choose
//!    them at random among the keys of a template, but may choose more of one template than of another.
//! 3. Lengths are those a client would see: neither compressed nor padded, headers left out.
//! 4. Of a large collection some elements are enough, chosen at random; its `elements` is the whole count.
//! 5. Commands seen on keys go to [`Gathered::asked`](super::Gathered::asked).

use crate::engine::{CollectionKind, is_integer};
use crate::units::{Bytes, num};

/// What a source knows of one key.
#[derive(Debug, Clone, Copy)]
pub struct SeenKey<'a> {
    /// Its name; dropped as soon as its template is found.
    pub key: &'a [u8],
    /// What it holds; `None` where the source only names it.
    pub value: Option<SeenValue<'a>>,
    /// How long it lives; `None` where the source does not tell.
    pub life: Option<Life>,
    /// When or how often it was used; `None` where the source does not tell.
    pub used: Option<Used>,
    /// What `MEMORY USAGE` answers.
    pub memory_usage: Option<Bytes>,
}

/// What a key holds.
#[derive(Debug, Clone, Copy)]
pub struct SeenValue<'a> {
    /// Its type.
    pub kind: Kind,
    /// As `OBJECT ENCODING` names it: `int`, `embstr`, `raw`, `listpack`, `hashtable` …
    pub encoding: Option<&'a str>,
    /// Length of a string. `None` for collections.
    pub bytes: Option<u64>,
    /// How many elements a collection has. `None` for strings.
    pub elements: Option<u64>,
    /// Some of a collection's elements; empty where none was looked at.
    pub sample: &'a [SeenElement],
}

/// A type of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A string.
    String,
    /// A hash, set, sorted set or list.
    Collection(CollectionKind),
    /// A stream or a module's type, which a workload file cannot express: it is counted and reported.
    Other,
}

/// One element of a collection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SeenElement {
    /// The field of a hash, the member of a set or sorted set. `None` for lists.
    pub member: Option<SeenText>,
    /// The value of a field or the element of a list. `None` for sets and sorted sets.
    pub value: Option<SeenText>,
    /// The score as the engine prints it. `None` but for sorted sets.
    pub score: Option<SeenText>,
}

/// A text of which only this is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenText {
    /// Bytes.
    pub len: u64,
    /// Whether an engine can store it as a number: a decimal integer of 64 bits, spelled as the engine
    /// itself would print it.
    pub is_integer: bool,
}

/// How long a key lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// Until it is deleted.
    Stays,
    /// For so many more milliseconds when it was seen; an absolute time is turned into this with the
    /// source's own clock, zero once it has passed.
    LeftMs(u64),
}

/// When or how often a key was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Used {
    /// Seconds since it was last read or written, as `OBJECT IDLETIME` answers.
    IdleSecs(u64),
    /// The engine's logarithmic counter, as `OBJECT FREQ` answers.
    Frequency(u8),
}

impl<'a> SeenKey<'a> {
    /// A key of which the source knows nothing but its name.
    pub const fn named(key: &'a [u8]) -> Self {
        Self { key, value: None, life: None, used: None, memory_usage: None }
    }
}

impl SeenValue<'_> {
    /// A value of this type of which nothing else is known.
    pub const fn of(kind: Kind) -> Self {
        Self { kind, encoding: None, bytes: None, elements: None, sample: &[] }
    }
}

impl Kind {
    /// From what `TYPE` answers; `None` for `none`, the answer about a key that is gone.
    pub fn of_answer(answer: &str) -> Option<Self> {
        if answer == "none" {
            return None;
        }
        let collection = CollectionKind::ALL.into_iter().find(|kind| kind.answer() == answer);
        Some(match collection {
            Some(kind) => Self::Collection(kind),
            None if answer == "string" => Self::String,
            None => Self::Other,
        })
    }

    /// From an encoding that only one type has; `None` where several have it.
    pub fn of_encoding(encoding: &str) -> Option<Self> {
        Some(match encoding {
            "int" | "embstr" | "raw" => Self::String,
            "intset" => Self::Collection(CollectionKind::Set),
            "skiplist" => Self::Collection(CollectionKind::SortedSet),
            "quicklist" | "linkedlist" => Self::Collection(CollectionKind::List),
            "zipmap" | "listpackex" => Self::Collection(CollectionKind::Hash),
            "stream" => Self::Other,
            _ => return None,
        })
    }
}

impl SeenText {
    /// What is kept of `text`.
    pub fn of(text: &[u8]) -> Self {
        Self { len: num::count(text.len()), is_integer: is_integer(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_text_as_engines_do() {
        for number in ["0", "7", "-1", "9223372036854775807", "-9223372036854775808"] {
            assert!(SeenText::of(number.as_bytes()).is_integer, "{number}");
        }
        for text in ["", "-", "-0", "01", "1.5", "9223372036854775808", " 1", "+1", "a"] {
            assert!(!SeenText::of(text.as_bytes()).is_integer, "{text}");
        }
        assert_eq!(SeenText::of(b"abc").len, 3);
    }

    #[test]
    fn types_are_known_by_answers_and_most_encodings() {
        assert_eq!(Kind::of_answer("none"), None);
        assert_eq!(Kind::of_answer("zset"), Some(Kind::Collection(CollectionKind::SortedSet)));
        assert_eq!(Kind::of_answer("ReJSON-RL"), Some(Kind::Other));
        assert_eq!(Kind::of_encoding("embstr"), Some(Kind::String));
        assert_eq!(Kind::of_encoding("listpack"), None, "hashes, sets and sorted sets have it");
    }
}
