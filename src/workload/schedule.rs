//! When operations are due: fixed before a level starts, moved by nothing that happens in it.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::spec::Arrivals;
use crate::units::{OpsPerSec, num};

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
        let rng = ChaCha8Rng::seed_from_u64(seed);
        Self { arrivals, gap: 1e9 / rate.per_sec(), due: 0.0, rng }
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
    fn the_same_seed_gives_the_same_arrivals() {
        let schedule = || Schedule::new(Arrivals::Poisson, OpsPerSec::of(100.0), 3);
        assert!(schedule().take(100).eq(schedule().take(100)));
    }
}
