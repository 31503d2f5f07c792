//! Which slots the hottest keys of a plan lie in, and so how unevenly shards are loaded.
//!
//! The hottest keys of each line are placed one by one, in the slots of their real names; what they
//! leave spreads as the line's keys do. A plan's hot keys are those it has today: growth adds keys
//! below them, so that shares change smoothly with the number of keys. Source: MODEL.md §3.2.

use crate::engine::{SLOTS, SlotRange};
use crate::model::memory::ClassSlots;
use crate::spec::{Access, PlanSpec, Traffic};
use crate::units::{Fraction, num};
use crate::workload::{SlotCounts, hot_keys, keys_by_rank, zipf_sum};

use super::cluster::Names;

/// Ranks of a line that are placed one by one. Beyond them, of 100,000 keys with s = 0.99, keys move
/// the load of the hottest of 90 shards by less than 0.5 % (checked by a test).
const PLACED_RANKS: u64 = 16_384;

/// The hottest keys of one line of traffic, by slot.
#[derive(Debug)]
pub(super) struct HotSlots {
    /// Of the ranks placed: the sum of r^-s for a Zipf law, their number for hot keys.
    by_slot: Vec<f64>,
    /// How many of them lie in each slot.
    keys: Vec<u64>,
    /// How many ranks are placed.
    ranks: u64,
    /// The sum over all slots.
    sum: f64,
}

/// For 1, 2, 3… `most` shards, the largest share of a plan's load that one of them takes when the plan
/// has `keys` keys of each class.
///
/// Counts the keys of every line by slot and places the 16,384 hottest ones of each line where their
/// names put them. Source: MODEL.md §3.2.
pub fn hottest_shares(spec: &PlanSpec, keys: &[u64], most: u32) -> Vec<Fraction> {
    let names = Names::of(spec);
    let counts: Vec<SlotCounts> =
        names.classes.iter().zip(keys).map(|(names, keys)| names.count(*keys)).collect();
    let load = up_to(&load_by_slot(spec, &names, keys, &counts));
    (1..=most).map(|shards| largest(&load, shards)).collect()
}

/// Sums of what the slots before each one take, and of all.
pub(super) fn up_to(load: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let sums = load.iter().map(|share| {
        sum += share;
        sum
    });
    std::iter::once(0.0).chain(sums).collect()
}

/// The largest share that one of `shards` shards takes; `load` as [`up_to`] makes it.
pub(super) fn largest(load: &[f64], shards: u32) -> Fraction {
    let share = |shard| {
        let SlotRange { first, past } = SlotRange::of_shard(shard, shards);
        load[usize::from(past)] - load[usize::from(first)]
    };
    let largest = (0..shards.max(1)).map(share).fold(0.0, f64::max);
    Fraction::new(largest.min(1.0)).expect("a sum of shares of the load")
}

/// Of the whole load, what each slot takes; always [`SLOTS`] of them.
///
/// * `counts`: of each class, its `keys` by slot.
pub(super) fn load_by_slot(
    spec: &PlanSpec,
    names: &Names,
    keys: &[u64],
    counts: &[SlotCounts],
) -> Vec<f64> {
    let mut load = vec![0.0; usize::from(SLOTS)];
    let total: f64 = spec.traffic.iter().map(|line| line.weight).sum();
    for ((line, own), hot) in spec.traffic.iter().zip(&names.lines).zip(&names.hot) {
        let keys = keys[line.class];
        let own = own.as_ref().map(|names| names.count(keys));
        let counts = own.as_ref().unwrap_or(&counts[line.class]);
        let share = line.weight / total;
        let placed = hot.as_ref().map_or(0.0, |hot| hot.add(line.access, keys, share, &mut load));
        let others = hot.as_ref().map_or_else(
            || counts.by_slot().to_vec(),
            |hot| {
                counts
                    .by_slot()
                    .iter()
                    .zip(&hot.keys)
                    .map(|(n, hot)| n.saturating_sub(*hot))
                    .collect()
            },
        );
        let each = (share - placed) / num::float(others.iter().sum::<u64>().max(1));
        for (load, keys) in load.iter_mut().zip(others) {
            *load += each * num::float(keys);
        }
    }
    load
}

impl HotSlots {
    /// Of every line; `None` where all keys are asked for alike.
    pub(super) fn of_lines(
        spec: &PlanSpec,
        classes: &[ClassSlots],
        lines: &[Option<ClassSlots>],
    ) -> Vec<Option<Self>> {
        let one = |(line, own): (&Traffic, &Option<ClassSlots>)| {
            let keys = spec.capacity.keys.get(line.class).copied().unwrap_or(0);
            Self::of(line.access, keys, own.as_ref().unwrap_or(&classes[line.class]))
        };
        spec.traffic.iter().zip(lines).map(one).collect()
    }

    fn of(access: Access, keys: u64, names: &ClassSlots) -> Option<Self> {
        let (ranks, exponent) = match access {
            Access::Uniform | Access::Sequential => return None,
            Access::Zipf(exponent) => (keys, exponent),
            Access::Hot { keys: share, .. } => (hot_keys(keys, share).min(keys), 0.0),
        };
        let ranks = ranks.min(PLACED_RANKS);
        let (mut by_slot, mut sum) = (vec![0.0; usize::from(SLOTS)], 0.0);
        let mut placed = vec![0; by_slot.len()];
        for (rank, key) in (1..=ranks).zip(keys_by_rank(keys)) {
            let weight = num::float(rank).powf(-exponent);
            let slot = usize::from(names.slot(key)?);
            by_slot[slot] += weight;
            placed[slot] += 1;
            sum += weight;
        }
        Some(Self { by_slot, keys: placed, ranks, sum })
    }

    /// Adds the load of the keys placed, and returns how much of the line's `share` that is.
    fn add(&self, access: Access, keys: u64, share: f64, load: &mut [f64]) -> f64 {
        // Fewer keys than are placed: they share all there is.
        let keys = keys.max(self.ranks);
        let each = match access {
            Access::Uniform | Access::Sequential => return 0.0,
            Access::Zipf(exponent) => share / zipf_sum(keys, exponent).max(self.sum),
            Access::Hot { keys: hot, traffic } => {
                let hot = hot_keys(keys, hot).max(self.ranks);
                let to_hot = if hot < keys { traffic.get() } else { 1.0 };
                share * to_hot / num::float(hot.max(1))
            }
        };
        for (load, weight) in load.iter_mut().zip(&self.by_slot) {
            *load += each * weight;
        }
        each * self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::slot_of;
    use crate::size::tests::fixture::sharded;

    fn with_access(access: Access, keys: u64) -> PlanSpec {
        let mut spec = sharded();
        spec.traffic.iter_mut().for_each(|line| line.access = access);
        spec.capacity.keys = vec![keys; spec.classes.len()];
        spec
    }

    /// The load of every key of a plan's first line, in the slot of its spelled name.
    fn by_spelling(spec: &PlanSpec) -> Vec<f64> {
        let mut load = vec![0.0; usize::from(SLOTS)];
        let line = &spec.traffic[0];
        let keys = spec.capacity.keys[line.class];
        let template = line.key_template(&spec.classes[line.class]);
        let picks: Vec<f64> = match line.access {
            Access::Zipf(s) => (1..=keys).map(|rank| num::float(rank).powf(-s)).collect(),
            Access::Hot { keys: share, traffic } => {
                let hot = hot_keys(keys, share);
                let of = |rank| match rank {
                    rank if rank < hot => traffic.get() / num::float(hot),
                    _ => traffic.rest().get() / num::float(keys - hot),
                };
                (0..keys).map(of).collect()
            }
            Access::Uniform | Access::Sequential => vec![1.0; num::index(keys)],
        };
        let all: f64 = picks.iter().sum();
        let mut name = Vec::new();
        for (pick, key) in picks.iter().zip(keys_by_rank(keys)) {
            name.clear();
            template.write(key, &mut name);
            load[usize::from(slot_of(&name))] += pick / all;
        }
        load
    }

    #[track_caller]
    fn check(access: Access, keys: u64, within: f64) {
        let mut spec = with_access(access, keys);
        spec.traffic.truncate(1);
        let load = by_spelling(&spec);
        for (shards, counted) in (1..).zip(hottest_shares(&spec, &spec.capacity.keys, 90)) {
            let counted = counted.get();
            let share = |shard| {
                let SlotRange { first, past } = SlotRange::of_shard(shard, shards);
                load[usize::from(first)..usize::from(past)].iter().sum::<f64>()
            };
            let exact = (0..shards).map(share).fold(0.0, f64::max);
            let off = (counted / exact - 1.0).abs();
            assert!(off < within, "{access:?} {keys} keys {shards} shards: {counted} {exact}");
        }
    }

    #[test]
    fn the_hottest_shard_is_that_of_all_keys_one_by_one() {
        let share = |x| Fraction::new(x).unwrap();
        check(Access::Zipf(0.99), 10_000, 1e-6);
        check(Access::Zipf(0.99), 100_000, 5e-3);
        check(Access::Zipf(1.3), 100_000, 1e-3);
        check(Access::Zipf(0.6), 100_000, 2e-2);
        check(Access::Hot { keys: share(0.001), traffic: share(0.8) }, 100_000, 1e-6);
        check(Access::Hot { keys: share(0.1), traffic: share(0.9) }, 100_000, 1e-6);
        check(Access::Uniform, 100_000, 1e-9);
    }

    /// The hottest of 8 million keys takes 6 % of its line.
    #[test]
    fn a_hot_key_is_part_of_its_shard() {
        let spec = with_access(Access::Zipf(0.99), 8_000_000);
        let hottest = 1.0 / zipf_sum(8_000_000, 0.99);
        let shares = hottest_shares(&spec, &spec.capacity.keys, 90);
        let share = shares[89].get();
        assert!(share > 0.8 * hottest + 1.0 / 120.0, "{share} where one key takes {hottest}");
        assert!((shares[0].get() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn fewer_keys_than_are_placed_still_share_all() {
        let spec = with_access(Access::Zipf(0.99), 5_000);
        let share = |keys| hottest_shares(&spec, &[keys, keys], 10)[9].get();
        assert!((0.1..=1.0).contains(&share(1)));
        assert!(share(5_000) >= share(50_000));
    }
}
