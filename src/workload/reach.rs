//! How much of a keyspace a number of picks reaches.

use crate::spec::Access;
use crate::units::num;

use super::access::hot_keys;

/// Ranks of a Zipf law that are added one by one; the rest is an integral.
const HEAD: u64 = 200;
/// Steps of that integral, evenly spaced in the logarithm of the rank. Against a sum over every
/// rank of 10 million the result is off by less than 1e-4 at any number of picks.
const TAIL_STEPS: u32 = 100;

/// How many of a number of keys are left alone by picks of an access law, worked out once for any
/// number of picks.
///
/// A key that gets a share p of the picks is left alone with e^(−picks · p), as for picks at
/// random times; sequential picks reach one key after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    keys: f64,
    law: Law,
}

#[derive(Debug, Clone, PartialEq)]
enum Law {
    /// One key after the other.
    InTurn,
    /// Keys that are picked alike, with the share of the picks that each of them gets.
    AtRandom(Vec<Alike>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Alike {
    keys: f64,
    share: f64,
}

impl Reach {
    /// Of `keys` keys by `access`.
    pub fn new(access: Access, keys: u64) -> Self {
        let n = num::float(keys);
        let law = match access {
            Access::Sequential => Law::InTurn,
            Access::Uniform => Law::AtRandom(vec![Alike { keys: n, share: 1.0 / n.max(1.0) }]),
            Access::Hot { keys: share, traffic } => {
                let hot = num::float(hot_keys(keys, share));
                let rest = n - hot;
                let to_hot = if rest > 0.0 { traffic.get() } else { 1.0 };
                let alike = |keys: f64, of: f64| Alike { keys, share: of / keys.max(1.0) };
                Law::AtRandom(vec![alike(hot, to_hot), alike(rest, 1.0 - to_hot)])
            }
            Access::Zipf(exponent) => {
                let hottest = 1.0 / zipf_sum(keys, exponent);
                let share = |rank: f64| hottest * rank.powf(-exponent);
                let head = 1..=keys.min(HEAD);
                let head = head.map(|rank| Alike { keys: 1.0, share: share(num::float(rank)) });
                Law::AtRandom(head.chain(tail(keys, share)).collect())
            }
        };
        Self { keys: n, law }
    }

    /// The share that is left alone, 0 to 1; 0 when there are no keys.
    ///
    /// * `picks`: their mean number, zero or above, whole or not.
    pub fn left_alone(&self, picks: f64) -> f64 {
        if self.keys <= 0.0 {
            return 0.0;
        }
        match &self.law {
            Law::InTurn => (1.0 - picks / self.keys).max(0.0),
            Law::AtRandom(alike) => {
                let left = alike.iter().map(|one| one.keys * (-picks * one.share).exp());
                left.sum::<f64>() / self.keys
            }
        }
    }
}

/// The ranks beyond [`HEAD`] by the midpoint rule in the logarithm of the rank.
fn tail(keys: u64, share: impl Fn(f64) -> f64) -> Vec<Alike> {
    if keys <= HEAD {
        return Vec::new();
    }
    let (from, to) = (num::float(HEAD) + 0.5, num::float(keys) + 0.5);
    let ratio = (to / from).powf(1.0 / f64::from(TAIL_STEPS));
    let step = |step: u32| {
        let start = from * ratio.powf(f64::from(step));
        Alike { keys: start * (ratio - 1.0), share: share(start * f64::midpoint(1.0, ratio)) }
    };
    (0..TAIL_STEPS).map(step).collect()
}

/// Σ r^-s for r from 1 to n; beyond the first 200 by the midpoint rule's integral.
pub fn zipf_sum(n: u64, s: f64) -> f64 {
    let head: f64 = (1..=n.min(HEAD)).map(|rank| num::float(rank).powf(-s)).sum();
    if n <= HEAD {
        return head;
    }
    let (from, to) = (num::float(HEAD) + 0.5, num::float(n) + 0.5);
    let power = 1.0 - s;
    let tail = if power.abs() < 1e-9 {
        (to / from).ln()
    } else {
        (to.powf(power) - from.powf(power)) / power
    };
    head + tail
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Fraction;

    fn share_left_alone(access: Access, keys: u64, picks: f64) -> f64 {
        Reach::new(access, keys).left_alone(picks)
    }

    #[track_caller]
    fn near(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-4, "{actual} where {expected} is expected");
    }

    #[test]
    fn a_zipf_sum_is_harmonic_at_one() {
        let exact: f64 = (1..=100_000u64).map(|rank| 1.0 / num::float(rank)).sum();
        assert!((zipf_sum(100_000, 1.0) - exact).abs() < 1e-5);
        assert!((zipf_sum(3, 1.0) - 11.0 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn uniform_picks_leave_an_exponential_share_alone() {
        near(share_left_alone(Access::Uniform, 1000, 1000.0), (-1.0f64).exp());
        near(share_left_alone(Access::Sequential, 1000, 250.0), 0.75);
        near(share_left_alone(Access::Sequential, 1000, 2500.0), 0.0);
        near(share_left_alone(Access::Uniform, 0, 5.0), 0.0);
        near(share_left_alone(Access::Zipf(0.99), 7, 0.0), 1.0);
    }

    #[test]
    fn hot_keys_are_reached_first() {
        let share = |x| Fraction::new(x).unwrap();
        let hot = Access::Hot { keys: share(0.1), traffic: share(0.9) };
        let expected = 0.1 * (-9.0f64).exp() + 0.9 * (-1.0f64 / 9.0).exp();
        near(share_left_alone(hot, 10_000, 10_000.0), expected);
    }

    /// Every rank added one by one.
    #[test]
    fn the_integral_meets_the_sum() {
        for exponent in [0.5, 0.99, 1.0, 1.4] {
            for (keys, picks) in [(900, 2_000.0), (200_000, 50_000.0), (200_000, 3_000_000.0)] {
                let ranks = || (1..=keys).map(num::float);
                let sum: f64 = ranks().map(|rank: f64| rank.powf(-exponent)).sum();
                let left_alone = |rank: f64| (-picks * rank.powf(-exponent) / sum).exp();
                let exact = ranks().map(left_alone).sum::<f64>() / num::float(keys);
                near(share_left_alone(Access::Zipf(exponent), keys, picks), exact);
            }
        }
    }
}
