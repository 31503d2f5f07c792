//! Which slots a server owns.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::units::num;
use crate::workload::SLOTS;

/// The slots first…past of a cluster's 16,384, in one piece as `ElastiCache` hands them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotRange {
    /// The first slot.
    pub first: u16,
    /// The slot after the last, at most 16,384.
    pub past: u16,
}

impl SlotRange {
    /// All slots: a cluster of a single shard.
    pub const ALL: Self = Self { first: 0, past: SLOTS };

    /// Shard number `shard`, counted from 0, of `shards` that share the slots evenly.
    ///
    /// Sizes differ by one slot at most. Which shards have the larger ranges is not published for
    /// `ElastiCache`; this takes i · 16,384 ÷ shards, rounded down, for the first slot.
    pub fn of_shard(shard: u32, shards: u32) -> Self {
        let shards = u64::from(shards.max(1));
        let bound = |shard: u64| {
            let slot = u64::from(SLOTS) * shard.min(shards) / shards;
            u16::try_from(slot).expect("at most 16,384")
        };
        Self { first: bound(u64::from(shard)), past: bound(u64::from(shard) + 1) }
    }

    /// As indices of a list by slot.
    pub(super) fn indices(self) -> Range<usize> {
        let past = usize::from(self.past.min(SLOTS));
        usize::from(self.first).min(past)..past
    }
}

/// Sums over any range of slots in constant time.
#[derive(Debug, Clone)]
pub(super) struct Sums<T>(Vec<T>);

impl Sums<u64> {
    pub(super) fn of(counts: &[u64]) -> Self {
        let mut sum = 0_u64;
        let sums = counts.iter().map(|count| {
            sum = sum.saturating_add(*count);
            sum
        });
        Self(std::iter::once(0).chain(sums).collect())
    }

    pub(super) fn over(&self, slots: SlotRange) -> u64 {
        let Range { start, end } = slots.indices();
        self.0[end] - self.0[start]
    }
}

impl Sums<f64> {
    /// Of bytes, which may be means. Below 2^53 the sums are exact to less than a byte.
    pub(super) fn of_bytes(bytes: impl Iterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        let sums = bytes.map(|bytes| {
            sum += bytes;
            sum
        });
        Self(std::iter::once(0.0).chain(sums).collect())
    }

    pub(super) fn over(&self, slots: SlotRange) -> f64 {
        let Range { start, end } = slots.indices();
        self.0[end] - self.0[start]
    }
}

/// A whole number's share `part` ÷ `whole`, rounded to the nearest; all of it when `whole` is 0.
pub(super) fn share(n: u64, part: u64, whole: u64) -> u64 {
    if part == whole {
        return n;
    }
    num::round(num::float(n) * (num::float(part) / num::float(whole)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_share_all_slots() {
        for shards in [1, 2, 3, 6, 7, 90, 500] {
            let ranges: Vec<SlotRange> =
                (0..shards).map(|i| SlotRange::of_shard(i, shards)).collect();
            assert_eq!((ranges[0].first, ranges[ranges.len() - 1].past), (0, SLOTS));
            assert!(ranges.windows(2).all(|pair| pair[0].past == pair[1].first));
            let sizes = ranges.iter().map(|range| range.indices().len());
            assert!(sizes.clone().max().unwrap() - sizes.min().unwrap() <= 1, "{shards}");
        }
        assert_eq!(SlotRange::of_shard(2, 3), SlotRange { first: 10_922, past: 16_384 });
        assert_eq!(SlotRange::of_shard(0, 0), SlotRange::ALL);
    }

    #[test]
    fn sums_are_differences() {
        let sums = Sums::of(&[1, 2, 3, 4]);
        assert_eq!(sums.over(SlotRange { first: 1, past: 3 }), 5);
        let sums = Sums::of_bytes([0.5, 1.5, 2.0].into_iter());
        assert!((sums.over(SlotRange { first: 0, past: 2 }) - 2.0).abs() < 1e-12);
        assert_eq!((share(10, 1, 3), share(10, 0, 0), share(u64::MAX, 5, 5)), (3, 10, u64::MAX));
    }
}
