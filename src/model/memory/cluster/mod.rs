//! A server of a cluster: what it holds of the cluster's keys, and what cluster mode adds.
//!
//! Keys per slot are counted from the real key names, so that a server's memory follows from the
//! slots it owns. Costs are summed up slot by slot once; any range of slots is a difference then.
//! Source: MODEL.md §1.11.

mod law;
mod radix;
mod range;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::engine::{Allocator, EngineVersion, SLOTS, SlotRange};
use crate::spec::KeyTemplate;
use crate::units::{Bytes, num};
use crate::workload::{SlotCounter, SlotCounts};

use super::blocks::block;
use super::class::StringClass;
use super::footprint::{ClassFootprint, Footprint, Layout, class_footprint};
use super::law::Law;
use super::overhead::LIST_NODE;
use super::parts::Parts;
use law::{ClusterLaw, cluster_law};
use range::{Sums, share};

pub use radix::Detail;

/// Counts of keys in a slot, from the least on, whose tables are looked up by place.
const NEAR_COUNTS: usize = 4_096;

/// Counts the keys of one class in each slot.
#[derive(Debug, Clone)]
pub struct ClassSlots {
    counter: Option<SlotCounter>,
}

impl ClassSlots {
    /// For the keys of `class`; only their names matter, not how many there are.
    pub fn new(class: &StringClass) -> Self {
        Self { counter: class.key.as_ref().map(SlotCounter::new) }
    }

    /// For keys of these names.
    pub fn of_template(template: &KeyTemplate) -> Self {
        Self { counter: Some(SlotCounter::new(template)) }
    }

    /// The slot of key number `id`; `None` where the names are not known.
    pub fn slot(&self, id: u64) -> Option<u16> {
        self.counter.as_ref().map(|counter| counter.slot(id))
    }

    /// How many of `keys` keys lie in each slot; evenly where their names are not known.
    pub fn count(&self, keys: u64) -> SlotCounts {
        self.counter.as_ref().map_or_else(|| SlotCounts::even(keys), |counter| counter.count(keys))
    }
}

/// Bytes that a table entry of a cluster's server asks for where they differ from a single
/// server's; `None` where they do not, and for a single server.
pub(super) fn entry_size(layout: &Layout) -> Option<u64> {
    layout.slots?;
    match cluster_law(layout.engine) {
        ClusterLaw::LinkedEntries { entry, .. } => Some(entry),
        ClusterLaw::RadixTree | ClusterLaw::TablePerSlot { .. } => None,
    }
}

/// The keys of a whole cluster by slot, costed for one engine and allocator.
#[derive(Debug, Clone)]
pub struct ClusterFootprint {
    baseline: Bytes,
    classes: Vec<ClassInSlots>,
    /// Tables of keys; of the whole server where `law` keeps one only.
    tables: Tables,
    law: Law,
    cluster: ClusterLaw,
    allocator: Allocator,
}

#[derive(Debug, Clone)]
struct ClassInSlots {
    whole: ClassFootprint,
    keys: Sums<u64>,
}

#[derive(Debug, Clone)]
enum Tables {
    One { filled: Sums<u64>, tree: Sums<f64> },
    PerSlot { main: Sums<f64>, expiry: Sums<f64>, rehash: Sums<f64>, headers: Sums<f64> },
}

/// `used_memory` of an empty server of a cluster.
pub(super) fn baseline(engine: EngineVersion) -> Bytes {
    law::baseline(engine)
}

/// What the classes cost on the server of a cluster that owns `slots`.
pub(super) fn footprint(classes: &[StringClass], layout: &Layout, slots: SlotRange) -> Footprint {
    let names: Vec<ClassSlots> = classes.iter().map(ClassSlots::new).collect();
    ClusterFootprint::new(classes, &names, layout, Detail::Fine).server(&[slots])
}

impl ClusterFootprint {
    /// Costs the classes of a whole cluster.
    ///
    /// * `names`: of each class, in the same order.
    /// * `layout`: its slots do not matter.
    /// * `detail`: of what is calculated by sample, the tree of Redis up to 6.2.
    pub fn new(
        classes: &[StringClass],
        names: &[ClassSlots],
        layout: &Layout,
        detail: Detail,
    ) -> Self {
        let counts: Vec<SlotCounts> =
            classes.iter().zip(names).map(|(class, names)| names.count(class.keys())).collect();
        Self::of_counts(classes, names, &counts, layout, detail)
    }

    /// The same where keys per slot have been counted.
    pub fn of_counts(
        classes: &[StringClass],
        names: &[ClassSlots],
        counts: &[SlotCounts],
        layout: &Layout,
        detail: Detail,
    ) -> Self {
        let law = layout.law();
        let cluster = cluster_law(layout.engine);
        let mut keys = vec![0_u64; usize::from(SLOTS)];
        let mut expiring = keys.clone();
        let mut tracked = keys.clone();
        let add = |sums: &mut [u64], counts: &SlotCounts| {
            for (sum, count) in sums.iter_mut().zip(counts.by_slot()) {
                *sum = sum.saturating_add(*count);
            }
        };
        let wholes: Vec<ClassFootprint> =
            classes.iter().map(|class| class_footprint(class, &law, layout)).collect();
        for (class, counts) in wholes.iter().zip(counts) {
            add(&mut keys, counts);
            if class.expiring > 0 {
                add(&mut expiring, counts);
            }
            if class.tracked > 0 {
                add(&mut tracked, counts);
            }
        }
        let tables = match cluster {
            ClusterLaw::TablePerSlot { keys_header, expiry_header } => {
                let headers = [keys_header, expiry_header].map(|n| block(layout.allocator, n));
                Tables::per_slot([&keys, &expiring, &tracked], headers, &law, layout.allocator)
            }
            ClusterLaw::LinkedEntries { entry, standalone } => {
                let [linked, plain] = [entry, standalone].map(|n| block(layout.allocator, n));
                let links = num::float(linked - plain);
                Tables::one(&keys, keys.iter().map(|n| links * num::float(*n)))
            }
            ClusterLaw::RadixTree => {
                let tree = radix::by_slot(&named(classes, names, counts), detail, layout.allocator);
                Tables::one(&keys, tree.into_iter())
            }
        };
        let classes = wholes
            .into_iter()
            .zip(counts)
            .map(|(whole, counts)| ClassInSlots { whole, keys: Sums::of(counts.by_slot()) });
        let (baseline, allocator) = (layout.baseline, layout.allocator);
        Self { baseline, classes: classes.collect(), tables, law, cluster, allocator }
    }

    /// The server that owns `slots`, in any number of pieces. A class's lengths and values are taken as spread alike over
    /// the slots, so that its bytes go by its number of keys.
    pub fn server(&self, slots: &[SlotRange]) -> Footprint {
        let classes: Vec<ClassFootprint> =
            self.classes.iter().map(|class| class.in_slots(slots)).collect();
        let mut footprint = Footprint {
            baseline: self.baseline,
            classes,
            main_table: Bytes::ZERO,
            expiry_table: Bytes::ZERO,
            rehash: Bytes::ZERO,
            slots: self.added(slots),
        };
        match &self.tables {
            Tables::PerSlot { main, expiry, rehash, headers: _ } => {
                footprint.main_table = Bytes::from_float(main.over_all(slots));
                footprint.expiry_table = Bytes::from_float(expiry.over_all(slots));
                footprint.rehash = Bytes::from_float(rehash.over_all(slots));
            }
            Tables::One { .. } => {
                let tables = [footprint.keys(), footprint.expiring()].map(|n| self.one_table(n));
                [footprint.main_table, footprint.expiry_table] = tables.map(|table| table.0);
                footprint.rehash = tables[0].1 + tables[1].1;
            }
        }
        footprint
    }

    /// Of `shards` shards the one with the most memory while tables grow, records counted
    /// `correction` times; the first of equals.
    pub fn fullest(&self, shards: u32, correction: f64) -> SlotRange {
        let ranges = (0..shards.max(1)).map(|shard| SlotRange::of_shard(shard, shards));
        ranges
            .map(|slots| (self.bytes(slots, correction), slots))
            .reduce(|most, next| if next.0 > most.0 { next } else { most })
            .map_or(SlotRange::ALL, |(_, slots)| slots)
    }

    /// What [`Self::server`] adds up to while tables grow, without the baseline.
    fn bytes(&self, slots: SlotRange, correction: f64) -> f64 {
        let records: f64 = self
            .classes
            .iter()
            .map(|class| {
                let share =
                    num::float(class.keys.over(slots)) / num::float(class.whole.keys.max(1));
                class.whole.parts.total().float() * share
            })
            .sum();
        let tables = match &self.tables {
            Tables::PerSlot { main, expiry, rehash, headers: _ } => {
                main.over(slots) + expiry.over(slots) + rehash.over(slots)
            }
            Tables::One { .. } => {
                let of = |is_counted: fn(&ClassFootprint) -> bool| -> u64 {
                    let classes = self.classes.iter().filter(|class| is_counted(&class.whole));
                    classes.map(|class| class.keys.over(slots)).sum()
                };
                let sizes = [of(|_| true), of(|class| class.expiring > 0)];
                let tables = sizes.map(|n| self.one_table(n));
                tables.iter().map(|(table, old)| (*table + *old).float()).sum()
            }
        };
        records * correction + tables + self.added(&[slots]).float()
    }

    /// A table of the whole server, and what it replaced.
    fn one_table(&self, n: u64) -> (Bytes, Bytes) {
        let n = self.law.settled_keys(n);
        (self.law.table.bytes(n, self.allocator), self.law.table.replaced(n, self.allocator))
    }

    /// What cluster mode adds to keys and their tables.
    fn added(&self, slots: &[SlotRange]) -> Bytes {
        match &self.tables {
            Tables::PerSlot { headers, .. } => Bytes::from_float(headers.over_all(slots)),
            Tables::One { filled, tree } => {
                let tree = Bytes::from_float(tree.over_all(slots));
                if self.cluster == ClusterLaw::RadixTree {
                    tree + Bytes::new(self.above_slots(filled, slots))
                } else {
                    tree
                }
            }
        }
    }

    fn above_slots(&self, filled: &Sums<u64>, slots: &[SlotRange]) -> u64 {
        let of_first_byte = (0..SLOTS / 256).map(|byte| {
            let within = |slots: &SlotRange| {
                let first = (byte * 256).clamp(slots.first, slots.past);
                let past = (byte * 256 + 256).clamp(slots.first, slots.past);
                filled.over(SlotRange { first, past })
            };
            slots.iter().map(within).sum()
        });
        radix::above_slots(of_first_byte, self.allocator)
    }
}

impl ClassInSlots {
    fn in_slots(&self, slots: &[SlotRange]) -> ClassFootprint {
        let (keys, all) = (self.keys.over_all(slots), self.whole.keys);
        let part = |bytes: Bytes| Bytes::new(share(bytes.get(), keys, all));
        let Parts { key, value, entry, expiry, waste } = self.whole.parts;
        ClassFootprint {
            name: self.whole.name.clone(),
            keys,
            expiring: if self.whole.expiring > 0 { keys } else { 0 },
            tracked: if self.whole.tracked > 0 { keys } else { 0 },
            parts: Parts {
                key: part(key),
                value: part(value),
                entry: part(entry),
                expiry: part(expiry),
                waste: part(waste),
            },
        }
    }
}

impl Tables {
    fn one(keys: &[u64], added: impl Iterator<Item = f64>) -> Self {
        let filled: Vec<u64> = keys.iter().map(|n| u64::from(*n > 0)).collect();
        Self::One { filled: Sums::of(&filled), tree: Sums::of_bytes(added) }
    }

    /// * `keys`: by slot, all, those with a time to live, and those whose fields have one.
    /// * `headers`: bytes of the header of a table of keys, and of one of the other two.
    fn per_slot(keys: [&[u64]; 3], headers: [u64; 2], law: &Law, allocator: Allocator) -> Self {
        let table = |n: u64| {
            let grown = law.settled_keys(n);
            let old = law.table.mean_replaced(grown, allocator);
            let listed = if old > 0.0 { num::float(block(allocator, LIST_NODE)) } else { 0.0 };
            (law.table.mean_bytes(n, grown, allocator), old + listed)
        };
        // Slots hold about as many keys as each other: most counts lie close together.
        let least = keys[0].iter().copied().filter(|n| *n > 0).min().unwrap_or(0);
        let mut near: Vec<Option<(f64, f64)>> = vec![None; NEAR_COUNTS];
        let mut far: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
        let mut known = |n: u64| {
            let place = n.checked_sub(least).map(num::index);
            match place.and_then(|place| near.get_mut(place)) {
                Some(near) => *near.get_or_insert_with(|| table(n)),
                None => *far.entry(n).or_insert_with(|| table(n)),
            }
        };
        let [main, expiry, tracked] =
            keys.map(|keys| keys.iter().map(|n| known(*n)).collect::<Vec<_>>());
        let header = |slot: usize| {
            let of = |keys: &[u64], header| if keys[slot] > 0 { header } else { 0 };
            let [keys_header, other] = headers;
            num::float(of(keys[0], keys_header) + of(keys[1], other) + of(keys[2], other))
        };
        let others = || expiry.iter().zip(&tracked).map(|(a, b)| (a.0 + b.0, a.1 + b.1));
        Self::PerSlot {
            main: Sums::of_bytes(main.iter().map(|table| table.0)),
            expiry: Sums::of_bytes(others().map(|tables| tables.0)),
            rehash: Sums::of_bytes(main.iter().zip(others()).map(|(a, b)| a.1 + b.1)),
            headers: Sums::of_bytes((0..main.len()).map(header)),
        }
    }
}

/// The classes whose names are known; a tree cannot be built of others, which cost nothing here.
fn named<'a>(
    classes: &'a [StringClass],
    names: &'a [ClassSlots],
    counts: &'a [SlotCounts],
) -> Vec<radix::Named<'a>> {
    let all = classes.iter().zip(names).zip(counts);
    all.filter_map(|((class, names), counts)| {
        Some(radix::Named {
            template: class.key.as_ref()?,
            counter: names.counter.as_ref()?,
            keys: class.keys(),
            by_slot: counts.by_slot(),
        })
    })
    .collect()
}
