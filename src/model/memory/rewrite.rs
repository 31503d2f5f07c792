//! Which blocks a key takes, and which of them a SET of that key writes to.

use super::blocks::block;
use super::class::{Shape, ValueShape};
use super::cluster;
use super::entry::{
    DICT_ENTRY, EMBEDDED_HEADER, EMBEDDED_MAX, EMBEDDING_ENTRY, KeyObject, OBJECT, Request,
    TERMINATOR, argument_header, key_object, sds_header,
};
use super::footprint::Layout;
use super::law::EntryLaw;
use super::table::TableLaw;
use crate::engine::{Allocator, Product};
use crate::units::num;

/// The kernel copies whole pages.
pub(super) const PAGE: u64 = 4096;
/// From this size on jemalloc starts a block at a random multiple of 64 within its first page.
/// Source: MODEL.md §1.12.
const LARGE: u64 = 16 << 10;

/// Up to this size Valkey 8.1 compresses strings in a buffer that it keeps.
const COMPRESSED_IN_PLACE: u64 = 8 << 10;
/// What it writes into freed blocks for each larger one: 6.6 to 8.4 KB measured with values of 9
/// to 20 KB that do not compress. Source: MODEL.md §1.12.
const CHILD_WRITES: u64 = 8_400;

/// One block of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyBlock {
    /// What the allocator hands out.
    pub(super) size: u64,
    /// How many of its bytes a SET writes, from its start; zero for none.
    pub(super) written: u64,
    /// Whether a save's child gives it back once it has written it out.
    pub(super) is_released: bool,
    /// How many of its bytes the child itself writes to.
    pub(super) written_by_child: u64,
}

/// The blocks of one key and the table pages its SET writes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rewrite {
    pub(super) blocks: Vec<KeyBlock>,
    pub(super) writes_main_table: bool,
    pub(super) writes_expiry_table: bool,
}

impl KeyBlock {
    fn kept(size: u64) -> Self {
        Self { size, written: 0, is_released: false, written_by_child: 0 }
    }

    pub(super) fn written(size: u64, written: u64) -> Self {
        Self { written: written.max(1), ..Self::kept(size) }
    }

    /// Pages that its written part lies on, on average over where blocks of this size start.
    ///
    /// Blocks of one size lie side by side, so that they start at multiples of
    /// g = gcd(size, 4096) within a page, each equally often: 1 + ⌊(written − 1) / g⌋ · g / 4096.
    pub(super) fn pages_written(self) -> f64 {
        let grain = self.grain();
        let crossed = self.written.saturating_sub(1) / grain;
        if self.written == 0 { 0.0 } else { 1.0 + num::float(crossed * grain) / num::float(PAGE) }
    }

    /// Whole pages inside the block, on average: those that can be given back.
    pub(super) fn whole_pages(self) -> f64 {
        let whole = (self.size + self.grain()).saturating_sub(PAGE);
        if self.size < PAGE { 0.0 } else { num::float(whole) / num::float(PAGE) }
    }

    fn grain(self) -> u64 {
        if self.size >= LARGE { 64 } else { 1 << self.size.trailing_zeros().min(12) }
    }
}

/// What a SET of a key that exists, with the same lifetime again, writes to. Source: MODEL.md §1.12.
pub(super) fn rewrite(shape: Shape, ttl: bool, layout: &Layout) -> Rewrite {
    let law = layout.law();
    let key = u64::from(shape.key_len);
    let expiry = || KeyBlock::kept(block(layout.allocator, DICT_ENTRY));
    match law.entry {
        EntryLaw::Separate => {
            let size = cluster::entry_size(layout).unwrap_or(DICT_ENTRY);
            let entry = block(layout.allocator, size);
            let name = sds_header(key, law.entry) + key + TERMINATOR;
            let mut blocks = vec![
                KeyBlock::written(entry, DICT_ENTRY),
                KeyBlock::kept(block(layout.allocator, name)),
            ];
            // It was allocated right after the entry and lies beside it.
            blocks.extend(ttl.then(expiry));
            blocks.extend(value_blocks(shape.value, layout));
            let adds_expiry_anew =
                law.of.product == Product::Redis && law.of.number() < (7, 2) && ttl;
            Rewrite { blocks, writes_main_table: false, writes_expiry_table: adds_expiry_anew }
        }
        EntryLaw::KeyInEntry => {
            let header = argument_header(key, law.entry, layout.allocator);
            let entry = block(layout.allocator, EMBEDDING_ENTRY + header + key + TERMINATOR);
            let mut blocks = vec![KeyBlock::written(entry, EMBEDDING_ENTRY)];
            blocks.extend(ttl.then(|| KeyBlock { written: DICT_ENTRY, ..expiry() }));
            blocks.extend(value_blocks(shape.value, layout));
            Rewrite { blocks, writes_main_table: false, writes_expiry_table: false }
        }
        EntryLaw::KeyInObject64 | EntryLaw::KeyInObject128 => {
            let object = key_object(key, shape.value, ttl, law.entry, layout.allocator);
            let is_embedded = object.outside.is_none() && matches!(shape.value, ValueShape::Raw(_));
            key_object_rewrite(&object, is_embedded, ttl, layout)
        }
    }
}

/// A value of its own is swapped into the object that holds the key, which stays where it is; an
/// embedded one takes a new object, and the tables are pointed at that.
fn key_object_rewrite(
    object: &KeyObject,
    is_embedded: bool,
    ttl: bool,
    layout: &Layout,
) -> Rewrite {
    let taken = |wanted| block(layout.allocator, wanted);
    let wanted = object.block.size();
    let mut blocks =
        vec![KeyBlock::written(taken(wanted), if is_embedded { wanted } else { OBJECT })];
    let outside = object.outside.map(Request::size);
    blocks.extend(outside.map(|wanted| string_block(taken(wanted), wanted, layout)));
    Rewrite { blocks, writes_main_table: is_embedded, writes_expiry_table: is_embedded && ttl }
}

/// The value object of engines that keep it apart from the key, and its string.
fn value_blocks(value: ValueShape, layout: &Layout) -> Vec<KeyBlock> {
    let (law, allocator) = (layout.law(), layout.allocator);
    let object = block(allocator, OBJECT);
    match value {
        ValueShape::Integer { small: true } if layout.shares_integers => Vec::new(),
        ValueShape::Integer { .. } => vec![KeyBlock::written(object, OBJECT)],
        // What is in it is not part of the key's own blocks.
        ValueShape::Collection(_) => vec![KeyBlock::kept(object)],
        ValueShape::Raw(len) if u64::from(len) <= EMBEDDED_MAX => {
            let wanted = OBJECT + EMBEDDED_HEADER + u64::from(len) + TERMINATOR;
            vec![KeyBlock::written(block(allocator, wanted), wanted)]
        }
        ValueShape::Raw(len) => {
            let len = u64::from(len);
            let wanted = sds_header(len, law.entry) + len + TERMINATOR;
            let object = match allocator {
                // Allocated right before its string, and nothing sorts them by size.
                Allocator::Libc => KeyBlock::kept(object),
                Allocator::JemallocQ8 | Allocator::JemallocQ16 => KeyBlock::written(object, OBJECT),
            };
            vec![object, string_block(block(allocator, wanted), wanted, layout)]
        }
    }
}

/// From Redis 7.0 on, and in Valkey up to 8.0, the child gives back the whole pages of strings above
/// half a page. Valkey 8.1 frees strings instead, which gives pages back late or not at all, and
/// compresses strings above 8 KiB into the blocks it has just freed.
fn string_block(size: u64, wanted: u64, layout: &Layout) -> KeyBlock {
    let law = layout.law();
    let by_size = layout.allocator != Allocator::Libc;
    let frees = law.table == TableLaw::Hashtable;
    let releases = law.tracks_latency() && !frees && by_size;
    KeyBlock {
        size,
        written: wanted,
        is_released: releases && wanted > PAGE / 2,
        written_by_child: if frees && wanted > COMPRESSED_IN_PLACE { CHILD_WRITES } else { 0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EngineVersion;
    use crate::engine::SlotRange;
    use crate::model::memory::footprint;
    use crate::model::memory::tests::class_of as one;

    /// The blocks listed here are those that are counted as memory.
    #[test]
    fn blocks_add_up_to_the_memory_of_a_key() {
        let values = [0, 1, 16, 26, 44, 45, 100, 303, 1337, 5_000, 20_000, 1 << 20];
        let values = values.map(ValueShape::Raw).into_iter();
        let values = values.chain([false, true].map(|small| ValueShape::Integer { small }));
        for value in values {
            for (key_len, ttl) in [(8, true), (33, false), (40, true), (111, true), (200, false)] {
                for engine in EngineVersion::ON_ELASTICACHE {
                    let layout = Layout::on_elasticache(engine);
                    let shape = Shape { key_len, value, count: 1 };
                    let class = one(shape, ttl);
                    let blocks = rewrite(shape, ttl, &layout).blocks;
                    let sum: u64 = blocks.iter().map(|block| block.size).sum();
                    let records = footprint(&[class], &layout).records().get();
                    assert_eq!(sum, records, "{engine} {key_len} {value:?} ttl {ttl}");
                }
            }
        }
    }

    /// Redis 7.0 to 7.2 and Valkey 7.2 link the entries of a slot: 40 bytes instead of 24. Other
    /// versions and single servers keep theirs.
    #[test]
    fn entries_of_a_cluster_are_longer_where_they_are_linked() {
        let shape = Shape { key_len: 33, value: ValueShape::Raw(303), count: 1 };
        let linked =
            [(7, 0), (7, 1), (7, 2)].map(|(major, minor)| EngineVersion::redis(major, minor));
        for engine in EngineVersion::ON_ELASTICACHE {
            let entry = |layout: &Layout| rewrite(shape, true, layout).blocks[0];
            let single = entry(&Layout::on_elasticache(engine));
            let shard = entry(&Layout::in_cluster(engine, SlotRange::ALL));
            if linked.contains(&engine) || engine == EngineVersion::valkey(7, 2) {
                assert_eq!([single.size, shard.size], [24, 40], "{engine}");
                assert_eq!(shard, KeyBlock::written(40, DICT_ENTRY), "{engine}");
            } else {
                assert_eq!(single, shard, "{engine}");
            }
        }
    }

    #[test]
    fn blocks_cross_pages_as_often_as_they_lie_across() {
        let pages = |size, written| KeyBlock::written(size, written).pages_written();
        // Eight blocks of 1,536 fill three pages, two of them across a boundary.
        assert!((pages(1_536, 1_343) - 1.25).abs() < 1e-12);
        assert!((pages(1_536, 400) - 1.0).abs() < 1e-12);
        assert!((pages(64, 64) - 1.0).abs() < 1e-12);
        assert!((pages(320, 309) - 1.0625).abs() < 1e-12);
        assert!((pages(8_192, 8_192) - 2.0).abs() < 1e-12);
        assert!((KeyBlock::kept(8_192).pages_written()).abs() < 1e-12);
        let whole = |size| KeyBlock::kept(size).whole_pages();
        assert!((whole(1_536)).abs() < 1e-12);
        assert!((whole(4_096) - 1.0).abs() < 1e-12);
        // 5,120: a start at 0, 1,024, 2,048 or 3,072 leaves one whole page or, at 2,048 and 3,072, none.
        assert!((whole(5_120) - 0.5).abs() < 1e-12);
    }
}
