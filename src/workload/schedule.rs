//! When operations are due: fixed before a level starts, moved by nothing that happens in it.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::spec::Arrivals;
use crate::units::{OpsPerSec, num};

/// Which of several generators one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// From 0.
    pub number: u32,
    /// How many there are; at least 1.
    pub of: u32,
}

impl Share {
    /// The only one.
    pub const WHOLE: Self = Self { number: 0, of: 1 };

    /// What falls to it of `n` things: as much as to the others, or one more.
    pub fn part(self, n: u32) -> u32 {
        n / self.of + u32::from(self.number < n % self.of)
    }
}

/// Due times in nanoseconds after the start of a level, ascending, without end.
#[derive(Debug, Clone)]
pub struct Schedule {
    arrivals: Arrivals,
    /// Mean gap between operations, nanoseconds.
    gap: f64,
    /// Of the last operation.
    due: f64,
    rng: ChaCha8Rng,
}

impl Schedule {
    /// The arrivals of one level; `rate` is above zero.
    pub fn new(arrivals: Arrivals, rate: OpsPerSec, seed: u64) -> Self {
        Self::share(arrivals, rate, seed, Share::WHOLE)
    }

    /// One generator's share of the arrivals of one level. All shares together are arrivals at
    /// `rate`: evenly spaced ones in turn, or Poisson processes that add up to one.
    pub fn share(arrivals: Arrivals, rate: OpsPerSec, seed: u64, share: Share) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(u64::from(share.number));
        let gap = 1e9 / rate.per_sec();
        // The first of an evenly spaced share is due `number + 1` gaps after the start.
        let due = match arrivals {
            Arrivals::Paced => gap * (f64::from(share.number) + 1.0 - f64::from(share.of)),
            Arrivals::Poisson => 0.0,
        };
        Self { arrivals, gap: gap * f64::from(share.of), due, rng }
    }
}

impl Iterator for Schedule {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let gaps = match self.arrivals {
            Arrivals::Paced => 1.0,
            // An exponential gap by inversion; 1 − u is above zero because u is below one.
            Arrivals::Poisson => -(1.0 - self.rng.random::<f64>()).ln(),
        };
        self.due += gaps * self.gap;
        Some(num::round(self.due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paced_arrivals_are_evenly_spaced() {
        let due: Vec<u64> =
            Schedule::new(Arrivals::Paced, OpsPerSec::of(1000.0), 1).take(3).collect();
        assert_eq!(due, [1_000_000, 2_000_000, 3_000_000]);
    }

    /// Mean and variance of the gaps of a Poisson process are 1/λ and 1/λ².
    #[test]
    fn poisson_gaps_have_the_right_mean_and_variance() {
        let n = 1_000_000;
        let due: Vec<u64> =
            Schedule::new(Arrivals::Poisson, OpsPerSec::of(50_000.0), 7).take(n).collect();
        assert!(due.is_sorted());
        let gaps: Vec<f64> = due.windows(2).map(|pair| num::float(pair[1] - pair[0])).collect();
        let mean = gaps.iter().sum::<f64>() / num::float_len(gaps.len());
        let square = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>();
        let variation = (square / num::float_len(gaps.len())).sqrt() / mean;
        assert!((mean / 20_000.0 - 1.0).abs() < 0.005, "{mean}");
        assert!((variation - 1.0).abs() < 0.005, "{variation}");
    }

    #[test]
    fn shares_add_up_to_the_whole() {
        let share = |arrivals, number| {
            Schedule::share(arrivals, OpsPerSec::of(1000.0), 1, Share { number, of: 3 })
        };
        let mut due: Vec<u64> =
            (0..3).flat_map(|number| share(Arrivals::Paced, number).take(2)).collect();
        due.sort_unstable();
        let whole = Schedule::new(Arrivals::Paced, OpsPerSec::of(1000.0), 1);
        assert!(whole.take(6).eq(due));
        // Independent, and a third of the rate each.
        let last = |number| share(Arrivals::Poisson, number).nth(99_999);
        let (first, second) = (last(0), last(1));
        assert_ne!(first, second);
        assert!(first.is_some_and(|due| due.abs_diff(300_000_000_000) < 3_000_000_000));
        let parts: Vec<u32> = (0..3).map(|number| Share { number, of: 3 }.part(50)).collect();
        assert_eq!(parts, [17, 17, 16]);
    }

    #[test]
    fn the_same_seed_gives_the_same_arrivals() {
        let schedule = || Schedule::new(Arrivals::Poisson, OpsPerSec::of(100.0), 3);
        assert!(schedule().take(100).eq(schedule().take(100)));
    }
}
