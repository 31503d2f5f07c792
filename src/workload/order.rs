//! Which value of its class's pool a key has.
//!
//! Keys come in blocks as long as the pool. Within a block every value of the pool occurs exactly
//! once, in an order that is drawn once per class and turned by an amount drawn per block. So the
//! number of keys that have a value is known for any number of keys without looking at each of
//! them, and a data set of any size has the pool's shares. Rows that hold a key and its value stay in
//! their order.

use std::ops::Range;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::spec::{Class, DataFile, Payload};
use crate::units::num;

/// Key numbers to places in a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    /// Every place once.
    places: Vec<u32>,
    /// Turns the blocks; `None`: all are alike.
    seed: Option<u64>,
}

impl Order {
    /// The order of the values of `class`: drawn, or that of the rows that hold keys and values.
    pub(super) fn of(class: &Class, n_values: usize) -> Self {
        if is_row_by_row(class) {
            return Self { places: numbers(n_values), seed: None };
        }
        Self::new(n_values, class_seed(&class.name, class.seed))
    }

    /// An order over a pool of `n_values`, at least one.
    pub(super) fn new(n_values: usize, seed: u64) -> Self {
        let mut places = numbers(n_values);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for last in (1..places.len()).rev() {
            places.swap(last, rng.random_range(0..=last));
        }
        Self { places, seed: Some(seed) }
    }

    /// The place of the value of key `n`.
    pub(super) fn place(&self, n: u64) -> usize {
        let len = num::count(self.places.len());
        let (block, at) = (n / len, n % len);
        let turned = at + self.turn(block);
        let turned = if turned < len { turned } else { turned - len };
        num::index(u64::from(self.places[num::index(turned)]))
    }

    /// How many of the keys in `keys` have the value of each place.
    pub(super) fn counts(&self, keys: Range<u64>) -> Vec<u64> {
        let mut counts = vec![0; self.places.len()];
        if keys.is_empty() {
            return counts;
        }
        let len = num::count(self.places.len());
        let (first, past) = (keys.start.div_ceil(len), keys.end / len);
        let whole = past.saturating_sub(first);
        counts.fill(whole);
        let (head, tail) = match whole {
            0 => (keys, 0..0),
            _ => (keys.start..first * len, past * len..keys.end),
        };
        for n in head.chain(tail) {
            counts[self.place(n)] += 1;
        }
        counts
    }

    /// By how much a block is turned; below the pool's length.
    fn turn(&self, block: u64) -> u64 {
        let turn = |seed| mixed(seed ^ block) % num::count(self.places.len());
        self.seed.map_or(0, turn)
    }
}

fn numbers(n: usize) -> Vec<u32> {
    (0..u32::try_from(n).expect("a pool is small")).collect()
}

/// Whether keys and values come from the same file, so that each row is a key with its value.
pub(super) fn is_row_by_row(class: &Class) -> bool {
    let Payload::File(DataFile { path, once: true, .. }) = &class.payload else { return false };
    class.key.list().is_some_and(|list| list.path == *path)
}

/// A seed for the values of the class called `name`.
pub(super) fn class_seed(name: &str, seed: u64) -> u64 {
    name.bytes().fold(mixed(seed), |hash, byte| mixed(hash ^ u64::from(byte)))
}

/// Every bit of the result depends on every bit of `x` (the last steps of `SplitMix64`; Steele,
/// Lea, Flood: Fast splittable pseudorandom number generators, 2014).
const fn mixed(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counted one by one.
    fn counted(order: &Order, keys: Range<u64>) -> Vec<u64> {
        let mut counts = vec![0; order.places.len()];
        keys.for_each(|n| counts[order.place(n)] += 1);
        counts
    }

    #[test]
    fn counts_are_those_of_the_keys_one_by_one() {
        for n_values in [1, 2, 7, 64, 777] {
            let order = Order::new(n_values, 5);
            for keys in [0..0, 3..3, 0..1, 5..6, 0..777, 3..3000, 776..778, 1554..2331, 10..9999] {
                assert_eq!(order.counts(keys.clone()), counted(&order, keys), "{n_values}");
            }
        }
    }

    #[test]
    fn billions_of_keys_are_counted_at_once() {
        let counts = Order::new(4096, 1).counts(0..5_000_000_001);
        assert_eq!(counts.iter().sum::<u64>(), 5_000_000_001);
        assert!(counts.iter().all(|n| [1_220_703, 1_220_704].contains(n)));
    }

    #[test]
    fn neighbours_and_blocks_do_not_resemble_each_other() {
        let order = Order::new(1000, 3);
        let same =
            |step: u64| (0..100_000).filter(|n| order.place(*n) == order.place(n + step)).count();
        for step in [1, 2, 1000, 2000, 10_000] {
            // Blocks are turned by a random amount: one in 1,000 of them stands as another does.
            assert!(same(step) <= 2000, "{step}: {}", same(step));
        }
        assert_ne!(order, Order::new(1000, 4));
        assert_ne!(class_seed("a", 0), class_seed("b", 0));
        assert_ne!(class_seed("a", 0), class_seed("a", 1));
    }
}
