//! Classes of keys in, `used_memory` out.

use serde::{Deserialize, Serialize};

use super::class::{Shape, StringClass, ValueShape};
use super::cluster;
use super::collection::Tracking;
use super::entry;
use super::law::{Law, law_for};
use super::parts::Parts;
use super::table::{Doubling, TableLaw};
use crate::engine::{Allocator, EngineVersion, SlotRange};
use crate::units::{Bytes, num};

/// The server that holds the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Engine and version; what it decides follows from [`law_for`].
    pub engine: EngineVersion,
    /// What the engine is linked with.
    pub allocator: Allocator,
    /// Whether integer values 0…9999 are shared between keys: only while `maxmemory` is 0 or its
    /// policy is neither LRU nor LFU, so never with `ElastiCache`'s defaults. Valkey 8.1 and later
    /// pay nothing for integers either way.
    pub shares_integers: bool,
    /// `used_memory` without keys.
    pub baseline: Bytes,
    /// What it owns of a cluster; `None` with cluster mode disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slots: Option<SlotRange>,
}

/// `used_memory` by class and purpose, once the server has settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footprint {
    /// `used_memory` without keys.
    pub baseline: Bytes,
    /// In the order asked for.
    pub classes: Vec<ClassFootprint>,
    /// The table of all keys, or all slots' tables.
    pub main_table: Bytes,
    /// The table of keys with a time to live, or all slots' tables of them, and those of hashes whose
    /// fields have one.
    pub expiry_table: Bytes,
    /// Old tables that exist besides while keys move to larger ones: the most that can come on
    /// top at this number of keys. It goes away after the load, with lookups and time.
    pub rehash: Bytes,
    /// What cluster mode adds to find the keys of a slot: longer entries, headers of tables, or a
    /// tree. Nothing with cluster mode disabled.
    #[serde(default)]
    pub slots: Bytes,
}

/// The keys of one class, tables apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassFootprint {
    /// The class.
    pub name: String,
    /// How many keys it has.
    pub keys: u64,
    /// How many of them expire: all or none.
    pub expiring: u64,
    /// How many stand in the table of hashes whose fields expire: all or none. None on engines
    /// without such a table.
    #[serde(default)]
    pub tracked: u64,
    /// All its bytes by purpose.
    pub parts: Parts,
}

impl Layout {
    /// What `ElastiCache` is assumed to run: an official build with a `maxmemory` and an LRU
    /// policy, and the baseline of [`law_for`].
    pub fn on_elasticache(engine: EngineVersion) -> Self {
        Self {
            engine,
            allocator: Allocator::JemallocQ8,
            shares_integers: false,
            baseline: law_for(engine).baseline,
            slots: None,
        }
    }

    /// The same for a shard of a cluster that owns `slots`, with the baseline of cluster mode.
    pub fn in_cluster(engine: EngineVersion, slots: SlotRange) -> Self {
        let baseline = cluster::baseline(engine);
        Self { baseline, slots: Some(slots), ..Self::on_elasticache(engine) }
    }

    /// The law this server follows.
    pub fn law(&self) -> Law {
        law_for(self.engine)
    }
}

/// What the classes cost together on one server; in a cluster, what the server's slots hold of
/// them, the classes being the whole cluster's.
///
/// Exact for keys written once with SET (and EX or EXPIRE where they expire); overwriting leaves
/// it unchanged except where values change their length. Sums saturate at 2^64. The time taken
/// grows with the number of shapes, not of keys. Source: MODEL.md §1.
pub fn footprint(classes: &[StringClass], layout: &Layout) -> Footprint {
    if let Some(slots) = layout.slots {
        return cluster::footprint(classes, layout, slots);
    }
    let law = layout.law();
    let classes: Vec<ClassFootprint> =
        classes.iter().map(|class| class_footprint(class, &law, layout)).collect();
    let keys = sum(classes.iter().map(|class| class.keys));
    let expiring = sum(classes.iter().map(|class| class.expiring));
    let tracked = sum(classes.iter().map(|class| class.tracked));
    let [main, expiry, tracked] = [keys, expiring, tracked].map(|n| law.settled_keys(n));
    let bytes = |n| law.table.bytes(n, layout.allocator);
    let replaced = |n| law.table.replaced(n, layout.allocator);
    Footprint {
        baseline: layout.baseline,
        classes,
        main_table: bytes(main),
        expiry_table: bytes(expiry) + bytes(tracked),
        rehash: replaced(main) + replaced(expiry) + replaced(tracked),
        slots: Bytes::ZERO,
    }
}

impl Footprint {
    /// `used_memory` once every key has moved to the current tables.
    pub fn settled_total(&self) -> Bytes {
        self.baseline + self.records() + self.tables() + self.slots
    }

    /// `used_memory` while the old tables still exist.
    pub fn rehashing_total(&self) -> Bytes {
        self.settled_total() + self.rehash
    }

    /// The keys of all classes, without tables and baseline.
    pub fn records(&self) -> Bytes {
        self.classes.iter().map(|class| class.parts.total()).sum()
    }

    /// Both tables, old ones apart.
    pub fn tables(&self) -> Bytes {
        self.main_table + self.expiry_table
    }

    /// The number of keys.
    pub fn keys(&self) -> u64 {
        sum(self.classes.iter().map(|class| class.keys))
    }

    /// The number of keys with a time to live.
    pub fn expiring(&self) -> u64 {
        sum(self.classes.iter().map(|class| class.expiring))
    }

    /// The number of hashes that stand in the table of those whose fields expire.
    pub fn tracked(&self) -> u64 {
        sum(self.classes.iter().map(|class| class.tracked))
    }

    /// Bytes per key, tables and slots included and the baseline not; `None` without keys.
    pub fn bytes_per_key(&self) -> Option<f64> {
        let keys = self.keys();
        (keys > 0).then(|| (self.records() + self.tables() + self.slots) / Bytes::new(keys))
    }
}

impl Layout {
    /// The next doubling of the table of all keys, for a standalone server of `keys` keys; given
    /// the number of keys with a time to live, that of their table.
    pub fn next_doubling(&self, keys: u64) -> Doubling {
        let law = self.law();
        let doubling = law.table.next_doubling(law.settled_keys(keys), self.allocator);
        let full = doubling.at_keys - 1;
        let at_keys = if law.settled_keys(full) > full { full } else { doubling.at_keys };
        Doubling { at_keys, ..doubling }
    }
}

impl Law {
    /// The number of keys whose table, grown by insertions alone, is the one that `n` keys end up
    /// with after the server's timer has seen it. It passes over a dict of the smallest size.
    pub(super) fn settled_keys(&self, n: u64) -> u64 {
        let is_smallest = self.table == TableLaw::Dict && n <= self.table.capacity(1);
        if self.doubles_when_full && n > 0 && !is_smallest { n.saturating_add(1) } else { n }
    }
}

pub(super) fn class_footprint(class: &StringClass, law: &Law, layout: &Layout) -> ClassFootprint {
    let keys = class.keys();
    let collections = class.collections.parts(layout);
    let of_collection = |shape: Shape| match shape.value {
        ValueShape::Collection(index) => collections[num::index(index.into())],
        ValueShape::Raw(_) | ValueShape::Integer { .. } => Parts::default(),
    };
    let of_shape = |&shape: &Shape| {
        let one = entry::parts(shape, class.ttl, law.entry, layout);
        (one + of_collection(shape)) * shape.count
    };
    let mut parts: Parts = class.shapes.iter().map(of_shape).sum();
    let mut tracked = 0;
    if class.collections.all().iter().any(|one| one.fields_expire) {
        match Tracking::of(law.table, layout.allocator) {
            Tracking::Table => tracked = keys,
            Tracking::Tree(each) => {
                parts.expiry += Bytes::from_float(each * num::float(keys));
            }
        }
    }
    let expiring = if class.ttl { keys } else { 0 };
    ClassFootprint { name: class.name.clone(), keys, expiring, tracked, parts }
}

fn sum(counts: impl Iterator<Item = u64>) -> u64 {
    counts.fold(0, u64::saturating_add)
}
