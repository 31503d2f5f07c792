//! Host memory that a save or full sync takes besides: pages the engine writes to while its child
//! still reads them exist twice. None of it is in `used_memory`.

use std::collections::BTreeMap;

use super::blocks::block;
use super::class::{StringClass, ValueShape};
use super::entry::DICT_ENTRY;
use super::footprint::{Footprint, Layout};
use super::law::Law;
use super::rewrite::{KeyBlock, PAGE, Rewrite, rewrite};
use super::table::TableLaw;
use crate::engine::Allocator;
use crate::model::Estimate;
use crate::units::{Bytes, num};

/// What a write of one element touches of its collection at the most: its header, a bucket, an entry and
/// a value, each on a page of its own; a compact form is moved as a whole. An upper bound, not measured.
const TOUCHED: u64 = 3 * PAGE;
/// Of a table to the first entry of a bucket, bytes.
const POINTER: u64 = 8;
/// Points of a save at which its copies are counted, evenly spaced, the end among them.
pub const MOMENTS: usize = 8;
/// `used_memory` that a child saves in a second on a core of its own, bytes: measured, MODEL.md
/// §1.12.
const BYTES_PER_SEC: Estimate = Estimate { value: 120e6, low: 110e6, high: 130e6 };

/// What SETs of a class write to on one server: all its keys, added up by size of block, so that
/// any number of them costs no more time than one.
#[derive(Debug, Clone, PartialEq)]
pub struct Writable {
    keys: f64,
    /// Keys whose SET writes the table of all keys, and that of expiries.
    in_main_table: f64,
    in_expiry_table: f64,
    /// By size of block; under one key where the allocator does not sort by size.
    blocks: BTreeMap<u64, WritableBlocks>,
}

/// All blocks of one size of a class.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct WritableBlocks {
    bytes: f64,
    /// Σ keys · pages written.
    pages_written: f64,
    released: f64,
    written_by_child: f64,
}

/// A class whose keys are written while a save runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rewritten<'a> {
    /// What is written to.
    pub class: &'a Writable,
    /// How many keys are stored; those of `class` in the same proportions.
    pub keys: u64,
    /// The share of its keys that no SET has reached, 0 to 1, at each of [`MOMENTS`] moments.
    pub left_alone: [f64; MOMENTS],
}

impl Rewritten<'_> {
    /// Logarithms of the shares left alone. The smallest number stands for zero, which has none.
    fn logs(&self) -> [f64; MOMENTS] {
        self.left_alone.map(|left_alone| left_alone.max(f64::MIN_POSITIVE).ln())
    }
}

/// Seconds that saving `used` bytes takes: best figure, least, most. Source: MODEL.md §1.12.
///
/// * `slower`: time on the node ÷ time on the measured machine.
pub fn save_secs(used: Bytes, slower: Estimate) -> Estimate {
    let secs = |speed: f64, slower: f64| used.float() * slower / speed;
    Estimate::new(
        secs(BYTES_PER_SEC.value, slower.value),
        secs(BYTES_PER_SEC.high, slower.low),
        secs(BYTES_PER_SEC.low, slower.high),
    )
}

impl Writable {
    /// For the keys of `class` on a server. The time taken grows with the number of shapes.
    pub fn of(class: &StringClass, layout: &Layout) -> Self {
        let mut writable =
            Self { keys: 0.0, in_main_table: 0.0, in_expiry_table: 0.0, blocks: BTreeMap::new() };
        let collections = class.collections.parts(layout);
        for &shape in &class.shapes {
            let mut written = rewrite(shape, class.ttl, layout);
            if let ValueShape::Collection(index) = shape.value {
                let size = collections[num::index(index.into())].total().get();
                written.blocks.push(KeyBlock::written(size, size.min(TOUCHED)));
            }
            writable.add(num::float(shape.count), &written, layout);
        }
        writable
    }

    fn add(&mut self, keys: f64, rewrite: &Rewrite, layout: &Layout) {
        self.keys += keys;
        self.in_main_table += if rewrite.writes_main_table { keys } else { 0.0 };
        self.in_expiry_table += if rewrite.writes_expiry_table { keys } else { 0.0 };
        for block in &rewrite.blocks {
            let size = if layout.allocator == Allocator::Libc { 0 } else { block.size };
            let blocks = self.blocks.entry(size).or_default();
            blocks.bytes += keys * num::float(block.size);
            blocks.pages_written += keys * block.pages_written();
            blocks.written_by_child += keys * num::float(block.written_by_child);
            if block.is_released {
                blocks.released += keys * block.whole_pages() * num::float(PAGE);
            }
        }
    }
}

/// The most memory that is held twice at any moment of a save.
///
/// Blocks of one size share pages, and so do the buckets of a table: a page stays shared with the
/// child as long as no SET has reached any of its keys.
///
/// `copied = Σ_sizes pages · (1 − Π_classes left_alone^(keys · pages written / pages))`
///
/// * `data`: the same keys' footprint on the same server, for the sizes of the tables.
///
/// Grows with keys and with writes. Where the child returns small strings as it goes (Valkey 8.1
/// and later) the law was up to 16 % above what was seen. Source: MODEL.md §1.12.
pub fn copied(classes: &[Rewritten<'_>], data: &Footprint, layout: &Layout) -> Bytes {
    let mut pages = Pages::new(data);
    for one in classes {
        pages.add(one);
    }
    pages.unlink(classes, data, layout);
    pages.most() + quiet(&layout.law(), layout.allocator)
}

/// What a save copies when nobody writes: the engine's own pages, rounded up from measurements
/// (MODEL.md §1.12).
fn quiet(law: &Law, allocator: Allocator) -> Bytes {
    match (allocator, law.table) {
        (Allocator::Libc, _) => Bytes::new(500_000),
        (_, TableLaw::Dict) => Bytes::new(1_100_000),
        (_, TableLaw::Hashtable) => Bytes::new(6_500_000),
    }
}

/// Pages that share their fate.
#[derive(Debug, Clone, Copy, Default)]
struct Population {
    bytes: f64,
    /// Σ keys · pages written · ln left alone, at each moment.
    log_shared: [f64; MOMENTS],
    /// Bytes that the child has given back by the end.
    released: f64,
    /// Bytes that the child has written to by the end.
    written_by_child: f64,
}

#[derive(Debug)]
struct Pages {
    main_table: Population,
    expiry_table: Population,
    /// By size of block; under one key where the allocator does not sort by size.
    blocks: BTreeMap<u64, Population>,
}

impl Population {
    fn of(bytes: Bytes) -> Self {
        Self { bytes: bytes.float(), ..Self::default() }
    }

    fn write(&mut self, pages: f64, log_left_alone: &[f64; MOMENTS]) {
        for (sum, log) in self.log_shared.iter_mut().zip(log_left_alone) {
            *sum += pages * log;
        }
    }

    /// Bytes that exist twice at a moment, counted from zero.
    fn copied(&self, moment: usize) -> f64 {
        if self.bytes <= 0.0 {
            return 0.0;
        }
        let shared = (self.log_shared[moment] * num::float(PAGE) / self.bytes).exp();
        let progress = num::float_len(moment + 1) / num::float_len(MOMENTS);
        let by_child = (self.written_by_child * progress).min(self.bytes);
        let others = (self.bytes - by_child - self.released * progress).max(0.0);
        by_child + others * (1.0 - shared)
    }
}

impl Pages {
    fn new(data: &Footprint) -> Self {
        Self {
            main_table: Population::of(data.main_table),
            expiry_table: Population::of(data.expiry_table),
            blocks: BTreeMap::new(),
        }
    }

    fn add(&mut self, one: &Rewritten<'_>) {
        let Writable { keys, in_main_table, in_expiry_table, blocks } = one.class;
        if *keys <= 0.0 {
            return;
        }
        let share = num::float(one.keys) / keys;
        let logs = one.logs();
        self.main_table.write(share * in_main_table, &logs);
        self.expiry_table.write(share * in_expiry_table, &logs);
        for (size, blocks) in blocks {
            let population = self.blocks.entry(*size).or_default();
            population.bytes += share * blocks.bytes;
            population.write(share * blocks.pages_written, &logs);
            population.written_by_child += share * blocks.written_by_child;
            population.released += share * blocks.released;
        }
    }

    /// Where a SET takes the expiry out of its chain before it adds it again, the entry before it is
    /// written to. One stands before it with 1 − (1 − e^−λ)/λ: as keys came one after the other and
    /// to the head of their chains, λ·u of λ entries a bucket on average came later, u uniform.
    fn unlink(&mut self, classes: &[Rewritten<'_>], data: &Footprint, layout: &Layout) {
        // libc's one population of all blocks counts more than was seen without it.
        if layout.law().table != TableLaw::Dict || layout.allocator == Allocator::Libc {
            return;
        }
        let expiring = |one: &&Rewritten<'_>| one.class.in_expiry_table > 0.0;
        let keys: u64 = classes.iter().filter(expiring).map(|one| one.keys).sum();
        let chained = num::float(keys) * num::float(POINTER) / data.expiry_table.float();
        if keys == 0 || chained <= 0.0 || !chained.is_finite() {
            return;
        }
        let share = 1.0 + (-chained).exp_m1() / chained;
        let size = block(layout.allocator, DICT_ENTRY);
        for one in classes.iter().filter(expiring) {
            let logs = one.logs();
            let written = num::float(one.keys) * one.class.in_expiry_table / one.class.keys;
            self.blocks.entry(size).or_default().write(written * share, &logs);
        }
    }

    fn most(&self) -> Bytes {
        let at = |moment: usize| -> f64 {
            let tables = self.main_table.copied(moment) + self.expiry_table.copied(moment);
            tables + self.blocks.values().map(|pages| pages.copied(moment)).sum::<f64>()
        };
        Bytes::from_float((0..MOMENTS).map(at).fold(0.0, f64::max))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::EngineVersion;
    use crate::model::memory::tests::class_of;
    use crate::model::memory::{Shape, ValueShape, decimal_key_lengths, footprint};

    fn classes(keys: u64) -> [StringClass; 2] {
        [("TESTING_PURPOSE_KEY_CLAIMS_", 303), ("TESTING_PURPOSE_KEY_M2M_", 1337)].map(
            |(prefix, len)| {
                let prefix_len = u32::try_from(prefix.len()).expect("short");
                let lengths = decimal_key_lengths(prefix_len, 0..keys);
                StringClass::from_lengths(prefix, true, &lengths, &[(ValueShape::Raw(len), 1)])
            },
        )
    }

    /// Uniform SETs over both classes, as many to each.
    fn uniform(keys: u64, writes: f64, layout: &Layout) -> Bytes {
        let classes = classes(keys);
        let data = footprint(&classes, layout);
        let at = |moment: usize| {
            let share = num::float_len(moment + 1) / num::float_len(MOMENTS);
            (-writes / 2.0 * share / num::float(keys)).exp()
        };
        let left_alone = std::array::from_fn(at);
        let writable = classes.each_ref().map(|class| Writable::of(class, layout));
        copied(
            &writable.each_ref().map(|class| Rewritten { class, keys, left_alone }),
            &data,
            layout,
        )
    }

    /// Worked in MODEL.md §1.12.
    #[test]
    fn the_tutorials_data_under_uniform_writes() {
        let q16 =
            |engine| Layout { allocator: Allocator::JemallocQ16, ..Layout::on_elasticache(engine) };
        let check = |engine, writes, expected: f64| {
            let copied = uniform(200_000, writes, &q16(engine)).float();
            assert!((copied / expected - 1.0).abs() < 1e-4, "{engine}: {copied}");
        };
        check(EngineVersion::redis(7, 0), 5_000.0, 52_028_995.0);
        check(EngineVersion::valkey(8, 1), 5_000.0, 43_139_629.0);
    }

    #[test]
    fn a_child_that_returns_pages_leaves_fewer_to_copy() {
        let large = Shape { key_len: 20, value: ValueShape::Raw(100_000), count: 1_000 };
        let class = class_of(large, false);
        let copied = |engine| {
            let layout = Layout::on_elasticache(engine);
            let data = footprint(std::slice::from_ref(&class), &layout);
            let left_alone = std::array::from_fn(|_| 0.0);
            let all = Rewritten { class: &Writable::of(&class, &layout), keys: 1_000, left_alone };
            copied(&[all], &data, &layout).float()
        };
        let all = copied(EngineVersion::redis(6, 2));
        assert!(all > 112e6, "{all}");
        assert!(copied(EngineVersion::redis(7, 0)) < 0.9 * all);
    }

    /// A tenth of the keys is what a class of a tenth of them would be.
    #[test]
    fn fewer_keys_keep_their_proportions() {
        let layout = Layout::on_elasticache(EngineVersion::redis(7, 0));
        let lengths = [(ValueShape::Raw(100), 3), (ValueShape::Raw(5_000), 7)];
        let class = |keys| StringClass::from_lengths("c", true, &[(20, keys)], &lengths);
        let left_alone = std::array::from_fn(|moment| 0.9 - 0.1 * num::float_len(moment));
        let data = footprint(&[class(1_000)], &layout);
        let of = |all| {
            let class = &Writable::of(&class(all), &layout);
            copied(&[Rewritten { class, keys: 1_000, left_alone }], &data, &layout)
        };
        assert_eq!(of(10_000), of(1_000));
        assert!(of(1_000) > quiet(&layout.law(), layout.allocator));
    }

    #[test]
    fn a_save_takes_as_long_as_its_bytes() {
        let secs = save_secs(Bytes::new(1_200_000_000), Estimate::new(1.0, 0.5, 2.0));
        assert!((secs.value - 10.0).abs() < 1e-9);
        assert!(secs.low < 5.0 && secs.high > 20.0);
    }

    proptest! {
        #[test]
        fn more_writes_and_more_keys_never_copy_less(
            keys in 1_000u64..1_000_000, more in 1.0..4.0, writes in 0.0..1e7,
        ) {
            for engine in [EngineVersion::redis(7, 0), EngineVersion::valkey(9, 1)] {
                let layout = Layout::on_elasticache(engine);
                let before = uniform(keys, writes, &layout);
                prop_assert!(before <= uniform(keys, writes * more, &layout));
                let larger = num::ceil(num::float(keys) * more);
                prop_assert!(before <= uniform(larger, writes * more, &layout));
                let data = footprint(&classes(keys), &layout).settled_total();
                prop_assert!(before <= data + quiet(&layout.law(), layout.allocator));
            }
        }
    }
}
