//! How much less a level's samples say than as many independent ones would.

use serde::{Deserialize, Serialize};

use crate::units::num;

use super::Histogram;

/// Neighbouring slices that are put together, so that correlation over longer spans shows as well.
const GROUPS: [usize; 3] = [1, 2, 4];

/// Variance of a level's tail share at a quantile ÷ that of independent samples; at least 1. The
/// effective sample size is the sample size divided by it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Inflation {
    /// The quantile.
    pub q: f64,
    /// Of the variance.
    pub factor: f64,
}

impl Inflation {
    /// From the response times of equal slices, which are batches of the same process.
    ///
    /// The share above the quantile varies between independent batches by √(q·(1 − q)/n); what it
    /// varies more is correlation, for operations that stand in the same queue are slow together. The
    /// largest figure of batches of one, two and four slices counts. Source: batch means, Law &
    /// Kelton, Simulation Modeling and Analysis, §9.5.3; MODEL.md §4.1.
    pub fn of(slices: &[Histogram], q: f64) -> Self {
        let mut all = Histogram::new();
        for slice in slices {
            all.merge(slice);
        }
        let factor = all.quantile(q).map_or(1.0, |value| {
            let tails: Vec<(f64, f64)> = slices
                .iter()
                .map(|slice| (num::float(slice.count()), num::float(slice.count_above(value))))
                .collect();
            GROUPS.iter().map(|group| of_groups(&tails, *group)).fold(1.0, f64::max)
        });
        Self { q, factor }
    }
}

/// Of batches of so many slices; each slice with its samples and those in the tail.
fn of_groups(tails: &[(f64, f64)], group: usize) -> f64 {
    let sum = |part: &[(f64, f64)]| {
        part.iter().fold((0.0, 0.0), |(n, above), one| (n + one.0, above + one.1))
    };
    let (n, above) = sum(tails);
    let share = above / n;
    let batches = num::float_len(tails.len() / group);
    if n == 0.0 || share <= 0.0 || share >= 1.0 || batches < 2.0 {
        return 1.0;
    }
    let squares: f64 = tails
        .chunks(group)
        .map(|batch| {
            let (n, above) = sum(batch);
            (above - n * share).powi(2)
        })
        .sum();
    squares * batches / (batches - 1.0) / (n * share * (1.0 - share))
}

#[cfg(test)]
mod tests {
    use rand::RngExt;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    fn slices(mut sample: impl FnMut(usize) -> u64) -> Vec<Histogram> {
        let slice = |at| {
            let mut slice = Histogram::new();
            (0..500).for_each(|_| slice.record(sample(at)));
            slice
        };
        (0..36).map(slice).collect()
    }

    #[test]
    fn independent_samples_are_worth_themselves() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let slices = slices(|_| rng.random_range(1_000..1_000_000));
        for q in [0.5, 0.9, 0.99] {
            let factor = Inflation::of(&slices, q).factor;
            assert!((1.0..2.2).contains(&factor), "{q}: {factor}");
        }
    }

    /// Every fourth slice is slow as a whole, so 400 of its 500 samples are in the tail and none of
    /// the others': (9·300² + 27·100²)·36/35 ÷ (18,000·0.2·0.8).
    #[test]
    fn samples_that_are_slow_together_are_worth_a_batch() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let slices = slices(|at| {
            rng.random_range(1_000..1_000_000) + if at % 4 == 0 { 1_000_000 } else { 0 }
        });
        let factor = Inflation::of(&slices, 0.8).factor;
        assert!((factor / 385.7 - 1.0).abs() < 0.05, "{factor}");
    }

    #[test]
    fn nothing_measured_inflates_nothing() {
        let empty = vec![Histogram::new(); 36];
        assert!((Inflation::of(&empty, 0.99).factor - 1.0).abs() < 1e-12);
    }
}
