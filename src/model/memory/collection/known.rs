//! The collections of a class, with what they cost on the engines that were asked about.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::{Collection, collection};
use crate::engine::{Allocator, EngineVersion};
use crate::model::memory::{Layout, Parts};

/// A class's different collections; its keys have one of them each, by number.
///
/// Clones share them, and what they cost once it has been calculated: a search over many layouts
/// asks again and again.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Collection>", into = "Vec<Collection>")]
pub struct Collections {
    all: Arc<[Collection]>,
    known: Arc<Mutex<Known>>,
}

/// Parts of each collection, by what they depend on.
type Known = BTreeMap<(EngineVersion, Allocator), Arc<[Parts]>>;

impl Collections {
    /// Takes them in their order.
    pub fn new(all: Vec<Collection>) -> Self {
        Self { all: all.into(), known: Arc::default() }
    }

    /// The collections in their order.
    pub fn all(&self) -> &[Collection] {
        &self.all
    }

    /// What each of them costs, in their order.
    pub(in crate::model::memory) fn parts(&self, layout: &Layout) -> Arc<[Parts]> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let parts = known
            .entry((layout.law().of, layout.allocator))
            .or_insert_with(|| self.all.iter().map(|one| collection(one, layout)).collect());
        parts.clone()
    }
}

impl PartialEq for Collections {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl Eq for Collections {}

impl fmt::Debug for Collections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all.fmt(f)
    }
}

impl From<Vec<Collection>> for Collections {
    fn from(all: Vec<Collection>) -> Self {
        Self::new(all)
    }
}

impl From<Collections> for Vec<Collection> {
    fn from(collections: Collections) -> Self {
        collections.all.to_vec()
    }
}
