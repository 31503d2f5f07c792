//! Compact forms: all elements in one block, each with its length before and behind or around it.

use super::Item;
use super::field_ttl::TIME;
use super::rules::Rules;
use crate::model::memory::Parts;
use crate::model::memory::entry::Request;

/// Longest field, value or member in a compact form (`hash-max-listpack-value` and its kin,
/// `src/config.c:3126` (R 7.0.15); the same in every version).
pub(super) const MAX_ITEM: u64 = 64;

/// A ziplist or listpack while it grows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compact {
    is_listpack: bool,
    /// Characters of texts in it.
    chars: u64,
    /// Times to live of fields.
    times: u64,
    /// Everything in it.
    pub(super) bytes: u64,
    /// The last element, for ziplists.
    last: u64,
}

impl Compact {
    /// An empty one: a header and the end mark.
    ///
    /// Source: `ziplistNew`, `src/ziplist.c:712` (R 6.2.6), `LP_HDR_SIZE`, `src/listpack.c:48` (R 7.0.15).
    pub(super) fn new(rules: &Rules) -> Self {
        let is_listpack = rules.has_listpacks();
        Self { is_listpack, chars: 0, times: 0, bytes: if is_listpack { 7 } else { 11 }, last: 0 }
    }

    /// Appends an item.
    pub(super) fn push(&mut self, item: Item) {
        self.push_many(item, 1);
    }

    /// Appends an item several times, each after one like it or a short one.
    pub(super) fn push_many(&mut self, item: Item, count: u64) {
        let bytes =
            if self.is_listpack { listpack_entry(item) } else { ziplist_entry(item, self.last) };
        if let Item::Text(len) = item {
            self.chars += u64::from(len) * count;
        }
        self.bytes += bytes * count;
        self.last = bytes;
    }

    /// Appends the times of so many fields.
    pub(super) fn push_times(&mut self, count: u64) {
        let bytes = listpack_entry(TIME) * count;
        self.times += bytes;
        self.bytes += bytes;
    }

    /// Its block: both forms are made longer to the byte, and the allocator rounds up.
    pub(super) fn block(&self, rules: &Rules) -> Parts {
        let entry = self.bytes - self.chars - self.times;
        let block = Request { value: self.chars, expiry: self.times, ..Request::entry(entry) };
        block.taken(rules.allocator)
    }
}

/// Source: `lpEncodeIntegerGetType`, `lpEncodeGetType`, `lpEncodeBacklen`, `src/listpack.c:267, 329, 347`
/// (R 7.0.15).
fn listpack_entry(item: Item) -> u64 {
    let encoded = match item {
        Item::Integer(0..=127) => 1,
        Item::Integer(-4096..=4095) => 2,
        Item::Integer(-32_768..=32_767) => 3,
        Item::Integer(-8_388_608..=8_388_607) => 4,
        Item::Integer(-2_147_483_648..=2_147_483_647) => 5,
        Item::Integer(_) => 9,
        Item::Text(len @ 0..64) => 1 + u64::from(len),
        Item::Text(len @ 64..4096) => 2 + u64::from(len),
        Item::Text(len) => 5 + u64::from(len),
    };
    let behind = match encoded {
        0..=127 => 1,
        128..16_383 => 2,
        16_383..2_097_151 => 3,
        2_097_151..268_435_455 => 4,
        _ => 5,
    };
    encoded + behind
}

/// Source: `zipTryEncoding`, `zipStorePrevEntryLength`, `zipStoreEntryEncoding`, `src/ziplist.c:522, 457,
/// 369` (R 6.2.6).
fn ziplist_entry(item: Item, before: u64) -> u64 {
    let encoded = match item {
        Item::Integer(0..=12) => 1,
        Item::Integer(-128..=127) => 2,
        Item::Integer(-32_768..=32_767) => 3,
        Item::Integer(-8_388_608..=8_388_607) => 4,
        Item::Integer(-2_147_483_648..=2_147_483_647) => 5,
        Item::Integer(_) => 9,
        Item::Text(len @ 0..64) => 1 + u64::from(len),
        Item::Text(len @ 64..16_384) => 2 + u64::from(len),
        Item::Text(len) => 5 + u64::from(len),
    };
    encoded + if before < 254 { 1 } else { 5 }
}
