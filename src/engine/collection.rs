//! What an engine stores under a key besides strings.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A type of value that has elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CollectionKind {
    /// Fields, each with a value.
    Hash,
    /// Distinct members.
    Set,
    /// Distinct members, each with a score that orders them.
    SortedSet,
    /// Elements in the order in which they were pushed.
    List,
}

impl CollectionKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Hash, Self::Set, Self::SortedSet, Self::List];

    /// As a workload file spells it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::Set => "set",
            Self::SortedSet => "sorted-set",
            Self::List => "list",
        }
    }

    /// As the engines' TYPE command answers.
    pub const fn answer(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::Set => "set",
            Self::SortedSet => "zset",
            Self::List => "list",
        }
    }
}

impl fmt::Display for CollectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
