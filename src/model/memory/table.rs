//! Hash tables: the part of memory that grows in steps.

use serde::{Deserialize, Serialize};

use super::blocks::block;
use crate::engine::Allocator;
use crate::units::{Bytes, num};

pub(super) const POINTER: u64 = 8;
const DICT_SMALLEST: u64 = 4;
pub(super) const BUCKET: u64 = 64;
pub(super) const BUCKET_ENTRIES: u64 = 7;

/// How a table of n keys is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableLaw {
    /// An array of a power of two of pointers, at least as many as keys; entries are chained.
    Dict,
    /// A power of two of 64-byte buckets for seven keys each; full ones chain further buckets.
    Hashtable,
}

/// The next doubling of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubling {
    /// The number of keys at which the larger table is in use.
    pub at_keys: u64,
    /// What the table costs more from then on.
    pub permanent: Bytes,
    /// What it costs besides until the keys have moved: the old table.
    pub transient: Bytes,
}

impl TableLaw {
    /// The most keys a table that n keys made grow can hold before it doubles; 0 when empty.
    pub fn capacity(self, n: u64) -> u64 {
        match self {
            _ if n == 0 => 0,
            Self::Dict => power_of_two(n).max(DICT_SMALLEST),
            Self::Hashtable => power_of_two(n.div_ceil(BUCKET_ENTRIES)).saturating_mul(7),
        }
    }

    /// A table of `n` keys that has finished moving keys.
    pub fn bytes(self, n: u64, allocator: Allocator) -> Bytes {
        self.holding(n, self.capacity(n), allocator)
    }

    /// The table that one of `n` keys replaced at its last doubling and keeps until every key has
    /// moved; nothing for a table that never doubled.
    pub fn replaced(self, n: u64, allocator: Allocator) -> Bytes {
        let full = self.capacity(n) / 2;
        if full < self.capacity(1) { Bytes::ZERO } else { self.holding(full, full, allocator) }
    }

    /// The doubling that comes next to a table of `n` keys, by insertion.
    pub fn next_doubling(self, n: u64, allocator: Allocator) -> Doubling {
        let capacity = self.capacity(n.max(1));
        let at_keys = capacity.saturating_add(1);
        let full = self.bytes(capacity, allocator);
        let permanent = self.bytes(at_keys, allocator).saturating_sub(full);
        Doubling { at_keys, permanent, transient: full }
    }

    /// A table of `n` keys that has grown for `grown` of them, as a mean, for sums over many small
    /// tables.
    pub(super) fn mean_bytes(self, n: u64, grown: u64, allocator: Allocator) -> f64 {
        let (bytes, children) = self.parts(n, self.capacity(grown), allocator);
        bytes.float() + children * child(allocator).float()
    }

    /// [`Self::replaced`] as a mean.
    pub(super) fn mean_replaced(self, n: u64, allocator: Allocator) -> f64 {
        let full = self.capacity(n) / 2;
        if full < self.capacity(1) { 0.0 } else { self.mean_bytes(full, full, allocator) }
    }

    fn holding(self, n: u64, capacity: u64, allocator: Allocator) -> Bytes {
        let (bytes, children) = self.parts(n, capacity, allocator);
        bytes + child(allocator) * num::round(children)
    }

    /// The array of a table, and the mean number of buckets chained to it.
    fn parts(self, n: u64, capacity: u64, allocator: Allocator) -> (Bytes, f64) {
        match self {
            _ if capacity == 0 => (Bytes::ZERO, 0.0),
            Self::Dict => (Bytes::new(block(allocator, capacity.saturating_mul(POINTER))), 0.0),
            Self::Hashtable => {
                let buckets = capacity / BUCKET_ENTRIES;
                let top = Bytes::new(block(allocator, buckets.saturating_mul(BUCKET)));
                (top, num::float(buckets) * chained(n, buckets))
            }
        }
    }
}

fn child(allocator: Allocator) -> Bytes {
    Bytes::new(block(allocator, BUCKET))
}

/// Mean number of further buckets per bucket when `n` keys fall on `buckets` at random.
///
/// A bucket that chains gives its last place to the pointer, so m keys need one more bucket for
/// each j ≥ 0 with m > 7 + 6j. The keys of a bucket follow Binomial(n, 1 / buckets), which is
/// Poisson's law for large tables; n / buckets ≤ 7.
pub(super) fn chained(n: u64, buckets: u64) -> f64 {
    /// Beyond this many keys in a bucket the terms stay below 1e-15 at a mean of 7.
    const MOST: u64 = 45;
    if n <= BUCKET_ENTRIES {
        return 0.0;
    }
    if buckets == 1 {
        return num::float(further_buckets(n));
    }
    let (n, share) = (num::float(n), 1.0 / num::float(buckets));
    let mut probability = (n * (-share).ln_1p()).exp();
    let mut sum = 0.0;
    for keys in 1..=MOST {
        let left = (n - num::float(keys) + 1.0).max(0.0);
        probability *= left / num::float(keys) * share / (1.0 - share);
        sum += probability * num::float(further_buckets(keys));
    }
    sum
}

/// Buckets beyond the first that so many keys of one bucket need.
pub(super) fn further_buckets(keys: u64) -> u64 {
    keys.saturating_sub(BUCKET_ENTRIES).div_ceil(BUCKET_ENTRIES - 1)
}

/// The smallest power of two not below `n`, or 2^63.
fn power_of_two(n: u64) -> u64 {
    n.checked_next_power_of_two().unwrap_or(1 << 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    const Q8: Allocator = Allocator::JemallocQ8;

    #[test]
    fn a_dict_doubles_past_each_power_of_two() {
        let cases =
            [(0, 0), (1, 32), (4, 32), (5, 64), (1 << 19, 4 << 20), ((1 << 19) + 1, 8 << 20)];
        for (n, expected) in cases {
            assert_eq!(TableLaw::Dict.bytes(n, Q8), Bytes::new(expected), "{n}");
        }
        assert_eq!(
            TableLaw::Dict.next_doubling(400_000, Q8),
            Doubling {
                at_keys: (1 << 19) + 1,
                permanent: Bytes::from_mib(4),
                transient: Bytes::from_mib(4),
            }
        );
        assert_eq!(TableLaw::Dict.replaced((1 << 20) + 1, Q8), Bytes::new(8_388_608));
        assert_eq!(TableLaw::Dict.replaced(4, Q8), Bytes::ZERO);
    }

    #[test]
    fn buckets_double_past_seven_keys_each() {
        let table = TableLaw::Hashtable;
        assert_eq!(table.bytes(7, Q8), Bytes::new(64));
        assert_eq!(table.capacity(7 << 16), 7 << 16);
        assert_eq!(table.capacity((7 << 16) + 1), 7 << 17);
        assert_eq!(table.next_doubling(400_000, Q8).at_keys, (7 << 16) + 1);
    }

    /// Bytes per key at a mean of λ keys per bucket; the figures of MODEL.md §1.4.
    #[test]
    fn chained_buckets_follow_the_load() {
        for (load, per_key) in [(3.501, 18.8), (5.0, 14.5), (6.4, 13.2), (7.0, 12.9)] {
            let n = num::round(load * 1_048_576.0);
            let actual = TableLaw::Hashtable.bytes(n, Q8).float() / num::float(n);
            assert!((actual - per_key).abs() < 0.06, "λ = {load}: {actual}");
        }
    }

    /// Eight keys on two buckets: one further with probability 2 · 2^-8. Fifteen on four: the mean
    /// over every way they can fall, summed up by hand, Σ C(15,m) 0.25^m 0.75^(15−m) · further(m).
    #[test]
    fn small_tables_follow_the_binomial() {
        assert!((2.0 * chained(8, 2) - 2.0 / 256.0).abs() < 1e-12);
        let by_hand = |m: i32, ways: f64| ways * 0.25f64.powi(m) * 0.75f64.powi(15 - m);
        let (eight_to_13, above) =
            ([6435.0, 5005.0, 3003.0, 1365.0, 455.0, 105.0], [(14, 15.0), (15, 1.0)]);
        let mut mean: f64 = (8..).zip(eight_to_13).map(|(m, ways)| by_hand(m, ways)).sum();
        mean += above.iter().map(|&(m, ways)| 2.0 * by_hand(m, ways)).sum::<f64>();
        assert!((chained(15, 4) - mean).abs() < 1e-12, "{mean}");
        let table = TableLaw::Hashtable;
        assert!((table.mean_bytes(8, 8, Q8) - (128.0 + 64.0 / 128.0)).abs() < 1e-9);
        assert!((table.mean_bytes(7, 8, Q8) - 128.0).abs() < 1e-9);
        assert!((table.mean_replaced(8, Q8) - 64.0).abs() < 1e-9);
        assert!(table.mean_replaced(7, Q8).abs() < 1e-9);
    }

    #[test]
    fn further_buckets_hold_six_more_each() {
        let cases = [(7, 0), (8, 1), (13, 1), (14, 2), (19, 2), (20, 3)];
        for (keys, expected) in cases {
            assert_eq!(further_buckets(keys), expected, "{keys}");
        }
    }
}
