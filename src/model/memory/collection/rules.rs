//! Which forms an engine version uses, and where a collection's law is chosen.

use crate::engine::{Allocator, CollectionKind, EngineVersion, Product};
use crate::model::memory::entry::{Request, sds_header};
use crate::model::memory::{EntryLaw, Layout, Parts, TableLaw};

use super::compact::Compact;
use super::shape::CompactForm;
use super::{Collection, hash, list, set, sorted_set};

/// Elements of one writing command up to which the engines lay out a collection as if its elements
/// came one by one: `set-max-listpack-entries` and `zset-max-listpack-entries`. Larger commands make
/// engines from Redis 7.2 on size the table in advance. Source: `setTypeCreate`, `src/t_set.c:46`,
/// `zsetTypeCreate`, `src/t_zset.c:1177` (R 7.2.6).
pub const ELEMENTS_PER_COMMAND: usize = 128;

/// What a version does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) allocator: Allocator,
    pub(super) table: TableLaw,
    pub(super) entry: EntryLaw,
    /// Which engine and version the rules were read in.
    of: EngineVersion,
}

/// The bytes of one collection, without the object that holds it, the key and the expiry.
///
/// Exact but for what is random: levels of skiplist nodes and places in tables count with their
/// means. Source: MODEL.md §1.10.
pub fn collection(collection: &Collection, layout: &Layout) -> Parts {
    let rules = Rules::of(layout);
    match collection.kind {
        CollectionKind::Hash => hash::parts(collection, &rules),
        CollectionKind::Set => set::parts(collection, &rules),
        CollectionKind::SortedSet => sorted_set::parts(collection, &rules),
        CollectionKind::List => list::parts(collection, &rules),
    }
}

/// The compact form that the engine would give a collection if limits allowed it; `None` for
/// collections that have none.
pub(in crate::model::memory) fn compact_form(
    collection: &Collection,
    layout: &Layout,
) -> Option<CompactForm> {
    let rules = Rules::of(layout);
    let is_listpack = rules.has_listpacks();
    match collection.kind {
        // A compact hash of Valkey becomes a table with the first time to live of a field.
        CollectionKind::Hash if !hash::has_compact_form(collection, &rules) => None,
        CollectionKind::Hash if is_listpack => Some(CompactForm::HashListpack),
        CollectionKind::Hash => Some(CompactForm::HashZiplist),
        CollectionKind::Set if set::is_integers(collection) => Some(CompactForm::Intset),
        CollectionKind::Set => rules.is_at_least_7_2().then_some(CompactForm::SetListpack),
        CollectionKind::SortedSet if is_listpack => Some(CompactForm::SortedSetListpack),
        CollectionKind::SortedSet => Some(CompactForm::SortedSetZiplist),
        CollectionKind::List => None,
    }
}

/// The bytes of a collection in a compact form that it can have, whatever the limits say.
pub(in crate::model::memory) fn compact(
    collection: &Collection,
    form: CompactForm,
    layout: &Layout,
) -> Parts {
    let rules = Rules::of(layout);
    if form == CompactForm::Intset {
        return set::intset(collection, &rules);
    }
    if collection.kind == CollectionKind::Hash {
        return hash::compact(collection, &rules);
    }
    let mut compact = Compact::new(&rules);
    for (element, count) in collection.counted() {
        element.items().for_each(|item| compact.push_many(item, count));
    }
    compact.block(&rules)
}

/// Whether the default limits let the engine keep a hash, set or sorted set in one block.
pub(in crate::model::memory) fn is_compact(collection: &Collection, layout: &Layout) -> bool {
    let rules = Rules::of(layout);
    match collection.kind {
        CollectionKind::Hash => hash::is_compact(collection, &rules),
        CollectionKind::Set => set::is_compact(collection, &rules),
        CollectionKind::SortedSet => sorted_set::is_compact(collection),
        CollectionKind::List => false,
    }
}

impl Rules {
    pub(super) fn of(layout: &Layout) -> Self {
        let law = layout.law();
        Self { allocator: layout.allocator, table: law.table, entry: law.entry, of: law.of }
    }

    /// Whether the version is at least that Redis, or that Valkey.
    fn since(&self, redis: (u16, u16), valkey: (u16, u16)) -> bool {
        let least = if self.of.product == Product::Redis { redis } else { valkey };
        self.of.number() >= least
    }

    /// Ziplists until Redis 6.2, listpacks from 7.0 on.
    pub(super) fn has_listpacks(&self) -> bool {
        self.since((7, 0), (7, 2))
    }

    /// Whether small sets and short lists are listpacks, sets keep members without table entries
    /// where they can, and a sorted set that outgrows its listpack sizes its table in advance.
    pub(super) fn is_at_least_7_2(&self) -> bool {
        self.since((7, 2), (7, 2))
    }

    /// Whether list elements above the node limit get a node without a listpack.
    pub(super) fn has_plain_nodes(&self) -> bool {
        self.since((7, 4), (8, 0))
    }

    /// Lookups in its table that a write of a new field makes: a search, then the insertion, or
    /// both at once.
    pub(super) fn lookups_per_field(&self) -> u64 {
        let searches_first = self.of.product == Product::Redis
            && (self.of.number() < (7, 2) || self.of.number() >= (8, 0));
        if searches_first { 2 } else { 1 }
    }

    /// Whether a lookup in a growing dict moves the bucket it comes to before others.
    pub(super) fn moves_visited_buckets(&self) -> bool {
        self.since((7, 4), (8, 0))
    }

    /// The header of a field's name in a block of its own: from Redis 7.4 on names are strings that
    /// may hold a time (`mstr`, `src/mstr.h`; `mstrReqType`, `src/mstr.c:362` (R 7.4.1)).
    pub(super) fn name_header(&self, len: u64) -> u64 {
        let sds = sds_header(len, self.entry);
        let is_mstr = self.of.product == Product::Redis && self.of.number() >= (7, 4);
        if is_mstr && sds == 5 { 3 } else { sds }
    }

    /// The header of a table inside a value, `fields` for those of hashes.
    pub(super) fn table_header(&self, fields: bool) -> Request {
        let bytes = match self.table {
            TableLaw::Dict if self.has_listpacks() => 56,
            TableLaw::Dict => 96,
            TableLaw::Hashtable if fields && self.entry == EntryLaw::KeyInObject128 => 88,
            TableLaw::Hashtable if self.entry == EntryLaw::KeyInObject128 => 80,
            TableLaw::Hashtable => 72,
        };
        Request::entry(bytes)
    }

    /// A string of that length in a block of its own, counted as a value.
    pub(super) fn string(&self, len: u64) -> Parts {
        let around = sds_header(len, self.entry) + 1;
        self.taken(len, around)
    }

    /// A block that holds so many characters and other bytes.
    pub(super) fn taken(&self, value: u64, around: u64) -> Parts {
        Request { value, ..Request::entry(around) }.taken(self.allocator)
    }
}
