//! How unevenly the keys of a template are asked for.
//!
//! The exponent of a Zipf law follows from how often two commands meet on one key, which does not
//! depend on putting keys into order: the order of keys that were asked once or twice is chance, and
//! a line through ranks takes that chance for skew.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::spec::Access;
use crate::units::num;
use crate::workload::{Reach, zipf_sum};

use super::skew::Skew;
use super::words::Z95;

/// Keys that are told apart. Those that are asked often come early, so that what is lost is cold.
const MOST_KEYS: usize = 1 << 20;
/// Fewer commands, or fewer pairs of commands that met on a key, say nothing.
const LEAST_ASKED: u64 = 1_000;
const LEAST_MEETINGS: f64 = 200.0;
/// Exponents that are looked for; access is even where they are as small as the second.
const MOST_EXPONENT: f64 = 4.0;
const EVEN: f64 = 0.01;
/// Step of the exponent for its slope.
const STEP: f64 = 0.05;
/// Wider than this, an interval says nothing.
const WIDEST: f64 = 0.5;
/// The most keys that a class is taken to have where nobody counts them.
const MOST_POPULATION: f64 = 1e10;
/// Halvings of an interval: a millionth of a millionth of it is left.
const HALVINGS: u32 = 40;

/// Commands by key, of which only a hash is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Popularity {
    counts: BTreeMap<u64, u64>,
    /// Commands on all keys.
    asked: u64,
    /// Those of the time when further keys were still taken in.
    asked_while_open: u64,
}

impl Popularity {
    /// Takes in `times` commands on a key.
    pub(super) fn add(&mut self, key: &[u8], times: u64) {
        self.count(hash(key), times);
        self.asked += times;
        if self.counts.len() < MOST_KEYS {
            self.asked_while_open += times;
        }
    }

    fn count(&mut self, hash: u64, times: u64) {
        if let Some(count) = self.counts.get_mut(&hash) {
            *count += times;
        } else if self.counts.len() < MOST_KEYS {
            self.counts.insert(hash, times);
        }
    }

    /// Takes in all keys of another.
    pub(super) fn merge(&mut self, other: &Self) {
        for (hash, times) in &other.counts {
            self.count(*hash, *times);
        }
        self.asked += other.asked;
        self.asked_while_open += other.asked_while_open;
    }

    /// Different keys that were asked for; at most a million are told apart.
    pub(super) fn distinct(&self) -> u64 {
        num::count(self.counts.len())
    }

    /// The law that makes commands meet as often; `None` of too few commands.
    ///
    /// Of n commands n(n-1)/2 pairs can meet, and each does with a probability of Σp², which is
    /// ζ(N, 2s) ÷ ζ(N, s)² of a Zipf law with exponent s over N keys, where ζ(N, s) = Σ r^-s for r up
    /// to N. Where nobody knows N, it is the one for which as many different keys would have been
    /// asked for as were.
    ///
    /// The interval comes from the variance of that share of pairs, 4 ÷ n · (Σp³ − (Σp²)²) + 2 ÷ n² · Σp²,
    /// with the powers as they were counted; where nobody counted the keys, the deviation of the number
    /// of different ones adds to it. Source: MODEL.md §6.6.
    ///
    /// * `keys`: how many exist; `None` where nobody counted.
    pub(super) fn skew(&self, keys: Option<u64>) -> Option<Skew> {
        let n = num::float(self.asked);
        let met: f64 =
            self.counts.values().map(|count| num::float(*count) * num::float(count - 1)).sum();
        if self.asked < LEAST_ASKED || met < LEAST_MEETINGS {
            return None;
        }
        let meeting = met / (n * (n - 1.0));
        let distinct = num::float(self.distinct());
        let (keys, doubt) = if let Some(keys) = keys {
            (keys.max(self.distinct()), 0.0)
        } else {
            let keys = self.population(meeting, distinct);
            let deviation = (distinct * (1.0 - distinct / num::float(keys))).max(0.0).sqrt();
            let at = |sign: f64| {
                exponent(self.population(meeting, distinct + sign * Z95 * deviation), meeting)
            };
            (keys, (at(1.0) - at(-1.0)).abs() / 2.0)
        };
        let exponent = exponent(keys, meeting);
        let of_three = |count: &u64| num::float(*count).powi(3) / n.powi(3);
        let cubes: f64 = self.counts.values().map(of_three).sum();
        let variance = 4.0 / n * (cubes - meeting.powi(2)).max(0.0) + 2.0 / n.powi(2) * meeting;
        let low = (exponent - STEP / 2.0).max(0.0);
        let slope = (meets(keys, low + STEP) - meets(keys, low)) / STEP;
        let error = (Z95 * variance.sqrt() / slope.max(f64::MIN_POSITIVE)).hypot(doubt);
        (error <= WIDEST).then_some(Skew { exponent, error })
    }

    /// How many keys there are, for so many different ones to have been asked for.
    fn population(&self, meeting: f64, distinct: f64) -> u64 {
        let picks = num::float(self.asked_while_open);
        let reached = |keys: f64| {
            let keys = num::round(keys);
            let access = match exponent(keys, meeting) {
                even if even < EVEN => Access::Uniform,
                exponent => Access::Zipf(exponent),
            };
            num::float(keys) * (1.0 - Reach::new(access, keys).left_alone(picks))
        };
        let enough = |log: f64| reached(log.exp()) >= distinct;
        num::round(halved((distinct.ln(), MOST_POPULATION.ln()), enough).exp())
    }
}

/// What is kept of a key's name while keys are told apart.
pub(super) fn hash(key: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// The exponent at which commands meet with this probability.
fn exponent(keys: u64, meeting: f64) -> f64 {
    halved((0.0, MOST_EXPONENT), |s| meets(keys, s) >= meeting)
}

/// The probability that two commands meet on one key.
fn meets(keys: u64, exponent: f64) -> f64 {
    zipf_sum(keys, 2.0 * exponent) / zipf_sum(keys, exponent).powi(2)
}

/// The least number of an interval that is enough, if what is more is enough as well.
fn halved((mut low, mut high): (f64, f64), is_enough: impl Fn(f64) -> bool) -> f64 {
    if is_enough(low) {
        return low;
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if is_enough(middle) { high = middle } else { low = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;
    use crate::workload::KeyPicker;

    fn asked(access: Access, keys: u64, picks: u64) -> Popularity {
        let (mut picker, mut rng) =
            (KeyPicker::new(access, keys), ChaCha8Rng::seed_from_u64(picks));
        let mut popularity = Popularity::default();
        for _ in 0..picks {
            popularity.add(&picker.pick(&mut rng).to_le_bytes(), 1);
        }
        popularity
    }

    #[track_caller]
    fn check(planted: f64, keys: u64, picks: u64) {
        let popularity = asked(Access::Zipf(planted), keys, picks);
        for known in [None, Some(keys)] {
            let Skew { exponent, error } = popularity.skew(known).unwrap();
            assert!((exponent - planted).abs() < 0.03, "{exponent} for {planted}, {known:?}");
            assert!((0.001..0.05).contains(&error), "± {error} of {planted}");
        }
        let meeting = meets(keys, planted);
        let distinct = num::float(popularity.distinct());
        let found = num::float(popularity.population(meeting, distinct));
        assert!((found / num::float(keys) - 1.0).abs() < 0.25, "{found} of {keys} keys");
    }

    #[test]
    fn a_planted_exponent_is_found_whether_keys_are_counted_or_not() {
        check(0.99, 100_000, 300_000);
        check(0.7, 50_000, 100_000);
        check(1.2, 10_000, 100_000);
    }

    #[test]
    fn even_access_is_even() {
        let Skew { exponent, error } = asked(Access::Uniform, 2_000, 20_000).skew(None).unwrap();
        assert!(exponent <= error.max(0.15), "{exponent} ± {error}");
    }

    #[test]
    fn little_says_nothing() {
        assert_eq!(asked(Access::Zipf(0.99), 1_000, 900).skew(None), None);
        // Nobody was asked for twice.
        let mut each_once = Popularity::default();
        (0..5_000_u64).for_each(|key| each_once.add(&key.to_le_bytes(), 1));
        assert_eq!((each_once.skew(None), each_once.distinct()), (None, 5_000));
    }

    #[test]
    fn parts_make_the_whole() {
        let (mut one, mut other, mut all) =
            (Popularity::default(), Popularity::default(), Popularity::default());
        for n in 0..3_000_u64 {
            let key = (n % 37).to_le_bytes();
            all.add(&key, 1);
            if n % 3 == 0 { one.add(&key, 1) } else { other.add(&key, 1) }
        }
        one.merge(&other);
        assert_eq!(one, all);
    }
}
