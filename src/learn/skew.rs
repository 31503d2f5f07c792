//! How unevenly keys are used, from the time since their last use.
//!
//! A key that is used λ times a second was last used longer than t ago with probability e^(−λt). Under a
//! Zipf law the key of rank r is used in proportion to r^−s, so that the share of idle keys as a function
//! of t tells both s and the mean rate. Both are found by maximum likelihood. Source: MODEL.md §6.3.

use crate::units::num;
use crate::workload::zipf_sum;

use super::spread::Spread;
use super::words::Z95;

/// Seconds that are looked back, at most: rates of a day's other hours are not today's.
const MOST_HORIZON: f64 = 3_600.0;
/// Keys that were used within the horizon, at least.
const FEWEST_USED: u64 = 60;
/// Times at which idle keys are counted, at most.
const MOST_TIMES: usize = 48;
/// Ranks that are taken one by one; beyond them, so many to a factor of e.
const HEAD: u64 = 40;
const PER_FOLD: f64 = 8.0;
/// Exponents that are tried.
const MOST_EXPONENT: f64 = 2.0;
/// Wider than this, an interval says nothing.
const WIDEST: f64 = 0.5;

/// A Zipf exponent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Skew {
    /// The exponent, 0 to 2.
    pub exponent: f64,
    /// Half the width of its 95 % interval.
    pub error: f64,
}

/// The exponent of a class of `keys` keys; `None` where too few keys were used while it can be told.
///
/// * `idle`: seconds since their last use, of keys drawn at random.
pub(super) fn skew(idle: &Spread, keys: u64) -> Option<Skew> {
    let counts = Counts::of(idle)?;
    let likelihood = |s: f64| best_rate(&counts, &Ranks::of(keys, s));
    let best_of = |from: f64, to: f64, step: f64| {
        let n = num::round((to - from) / step);
        let tried = (0..=n).map(|at| from + step * num::float(at));
        tried.map(|s| (likelihood(s), s)).max_by(|a, b| a.0.total_cmp(&b.0)).map(|best| best.1)
    };
    let coarse = best_of(0.0, MOST_EXPONENT, 0.1)?;
    let exponent = best_of((coarse - 0.1).max(0.0), coarse + 0.1, 0.01)?;
    // Where the logarithm has fallen by a half lies one standard deviation.
    let (top, step) = (likelihood(exponent), 0.05);
    let fall = |s: f64| top - likelihood(s.max(0.0));
    let mean_fall = f64::midpoint(fall(exponent - step), fall(exponent + step)).max(1e-9);
    let error = Z95 * step / (2.0 * mean_fall).sqrt();
    (error <= WIDEST).then_some(Skew { exponent, error })
}

/// Keys by the time since their last use.
struct Counts {
    /// Ends of intervals in seconds, ascending, and how many keys were last used in each.
    used: Vec<(f64, f64)>,
    /// Keys that were not used within the last of them.
    idle: f64,
}

impl Counts {
    /// `None` where too few were used lately. What was not used for half of the longest time is only
    /// known not to have been: keys that were never used after they were written lie there.
    fn of(idle: &Spread) -> Option<Self> {
        let horizon = (num::float(idle.most()?) / 2.0).clamp(2.0, MOST_HORIZON);
        let (mut used, mut rest): (Vec<(f64, f64)>, f64) = (Vec::new(), 0.0);
        for (secs, count) in idle.means() {
            // The engine's clock ticks once a second.
            let (end, count) = (secs + 0.5, num::float(count));
            if secs >= horizon {
                rest += count;
                continue;
            }
            let crowded = used.len() * 2 > MOST_TIMES;
            match used.last_mut() {
                Some(last) if crowded && end < last.0 * 1.15 => {
                    *last = (end, last.1 + count);
                }
                _ => used.push((end, count)),
            }
        }
        let n_used: f64 = used.iter().map(|(_, count)| count).sum();
        (n_used >= num::float(FEWEST_USED)).then_some(Self { used, idle: rest })
    }

    /// Logarithm of the likelihood under a mean rate of uses per key and second.
    fn likelihood(&self, ranks: &Ranks, rate: f64) -> f64 {
        let mut before = 0.0;
        let mut sum = 0.0;
        for (end, count) in &self.used {
            let by = ranks.used_within(rate * end);
            sum += count * (by - before).max(1e-300).ln();
            before = by;
        }
        sum + self.idle * (1.0 - before).max(1e-300).ln()
    }
}

/// Keys by how often they are used: share of all keys, and rate as a multiple of the mean.
struct Ranks(Vec<(f64, f64)>);

impl Ranks {
    fn of(keys: u64, exponent: f64) -> Self {
        let n = num::float(keys.max(1));
        let mean = zipf_sum(keys.max(1), exponent) / n;
        let rate = |rank: f64| rank.powf(-exponent) / mean;
        let head = keys.min(HEAD);
        let mut ranks: Vec<(f64, f64)> =
            (1..=head).map(|rank| (1.0 / n, rate(num::float(rank)))).collect();
        let (mut from, end) = (num::float(head) + 0.5, n + 0.5);
        while from < end {
            let to = (from * (1.0 / PER_FOLD).exp()).min(end);
            ranks.push(((to - from) / n, rate((from * to).sqrt())));
            from = to;
        }
        Self(ranks)
    }

    /// Share of the keys that are used within a time in which the mean key is used so often.
    fn used_within(&self, uses: f64) -> f64 {
        self.0.iter().map(|(share, rate)| share * -(-uses * rate).exp_m1()).sum()
    }
}

/// The likelihood under the rate that makes it greatest, by golden section over its logarithm.
fn best_rate(counts: &Counts, ranks: &Ranks) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let of = |log: f64| counts.likelihood(ranks, log.exp());
    let (mut low, mut high) = (-18.0, 7.0);
    let (mut a, mut b) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
    let (mut at_a, mut at_b) = (of(a), of(b));
    while high - low > 1e-3 {
        if at_a > at_b {
            (high, b, at_b) = (b, a, at_a);
            a = high - GOLDEN * (high - low);
            at_a = of(a);
        } else {
            (low, a, at_a) = (a, b, at_b);
            b = low + GOLDEN * (high - low);
            at_b = of(b);
        }
    }
    at_a.max(at_b)
}

#[cfg(test)]
mod tests {
    use rand::RngExt;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    /// Idle times of keys drawn at random, under a law that is known; none is longer than `age`.
    fn drawn(keys: u64, exponent: f64, rate: f64, age: f64, seed: u64) -> Spread {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mean = zipf_sum(keys, exponent) / num::float(keys);
        let mut idle = Spread::default();
        for _ in 0..8_000 {
            let rank = num::float(rng.random_range(1..=keys));
            let uses = rate * rank.powf(-exponent) / mean;
            let secs = -rng.random_range(f64::MIN_POSITIVE..1.0f64).ln() / uses;
            idle.add(num::round(secs.min(age) + rng.random_range(-0.5..0.5)));
        }
        idle
    }

    #[test]
    fn a_planted_exponent_lies_in_its_interval() {
        for (exponent, rate) in [(0.99, 0.004), (0.7, 0.01), (1.3, 0.05)] {
            let found: Vec<Skew> = (0..6)
                .map(|seed| skew(&drawn(500_000, exponent, rate, 120.0, seed), 500_000).unwrap())
                .collect();
            let inside =
                found.iter().filter(|skew| (skew.exponent - exponent).abs() <= skew.error + 0.02);
            assert!(inside.count() >= 4, "{exponent}: {found:?}");
            let mean = found.iter().map(|skew| skew.exponent).sum::<f64>() / 6.0;
            assert!((mean - exponent).abs() < 0.06, "{exponent}: {found:?}");
        }
    }

    #[test]
    fn even_use_has_no_exponent_and_no_use_none_at_all() {
        let even = skew(&drawn(100_000, 0.0, 0.02, 100.0, 1), 100_000).unwrap();
        assert!(even.exponent <= even.error + 0.02, "{even:?}");
        let mut idle = Spread::default();
        (0..5_000).for_each(|n| idle.add(1_000 + n % 7));
        assert_eq!(skew(&idle, 1_000_000), None);
        assert_eq!(skew(&Spread::default(), 10), None);
    }
}
