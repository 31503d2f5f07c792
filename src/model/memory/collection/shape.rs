//! Collections as the memory law sees them.

use serde::{Deserialize, Serialize};

use crate::engine::CollectionKind;

/// One collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collection {
    /// What it is.
    pub kind: CollectionKind,
    /// Elements with how many like it follow each other, in the order of writing. Only lists
    /// depend on that order.
    pub elements: Vec<(Element, u32)>,
    /// Whether every field of a hash has a time to live; for engines that know it
    /// ([`EngineVersion::expires_fields`](crate::engine::EngineVersion::expires_fields)).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fields_expire: bool,
}

/// One element of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Element {
    /// Field, member, or the element of a list.
    pub member: Item,
    /// The value of a field; the score of a member as the engine prints it; nothing in sets and
    /// lists.
    pub value: Option<Item>,
}

/// A form of a collection in one block, each with limits of its own in the parameter group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompactForm {
    /// Hashes until Redis 6.2.
    HashZiplist,
    /// And later.
    HashListpack,
    /// Sets of integers.
    Intset,
    /// Other sets, from Redis 7.2 on.
    SetListpack,
    /// Sorted sets until Redis 6.2.
    SortedSetZiplist,
    /// And later.
    SortedSetListpack,
}

/// A string inside a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// Text or binary of this many bytes.
    Text(u32),
    /// The decimal text of a number, spelled as the engine would.
    Integer(i64),
}

impl Collection {
    /// Joins neighbours that are alike; those of unordered kinds are put side by side first.
    pub fn new(kind: CollectionKind, elements: impl IntoIterator<Item = Element>) -> Self {
        let mut all: Vec<Element> = elements.into_iter().collect();
        if kind != CollectionKind::List {
            all.sort_unstable();
        }
        let mut runs: Vec<(Element, u32)> = Vec::new();
        for element in all {
            match runs.last_mut() {
                Some((last, count)) if *last == element => *count += 1,
                _ => runs.push((element, 1)),
            }
        }
        Self { kind, elements: runs, fields_expire: false }
    }

    /// The same hash, every field of which has a time to live.
    #[must_use]
    pub fn with_field_ttl(self) -> Self {
        Self { fields_expire: true, ..self }
    }

    /// The number of elements.
    pub fn len(&self) -> u64 {
        self.elements.iter().map(|(_, count)| u64::from(*count)).sum()
    }

    /// Whether it has no elements, as no stored collection does.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Characters of its longest member, field or value.
    pub(in crate::model::memory) fn longest_item(&self) -> u64 {
        let lengths = self.elements.iter().flat_map(|(element, _)| element.items());
        lengths.map(Item::text_len).max().unwrap_or(0)
    }

    /// Every kind of element with its count.
    pub(super) fn counted(&self) -> impl Iterator<Item = (Element, u64)> {
        self.elements.iter().map(|(element, count)| (*element, u64::from(*count)))
    }

    /// Whether every element passes a test.
    pub(super) fn all(&self, test: impl Fn(&Element) -> bool) -> bool {
        self.elements.iter().all(|(element, _)| test(element))
    }
}

impl Item {
    /// Length as text.
    pub fn text_len(self) -> u64 {
        match self {
            Self::Text(len) => len.into(),
            Self::Integer(number) => {
                let digits = number.unsigned_abs().checked_ilog10().unwrap_or(0) + 1;
                u64::from(digits) + u64::from(number < 0)
            }
        }
    }
}

impl Element {
    /// A member without a value.
    pub const fn of(member: Item) -> Self {
        Self { member, value: None }
    }

    /// A member with its value or score.
    pub const fn with(member: Item, value: Item) -> Self {
        Self { member, value: Some(value) }
    }

    /// What is stored of it: member, then value.
    pub(super) fn items(self) -> impl Iterator<Item = Item> {
        std::iter::once(self.member).chain(self.value)
    }
}
