//! Two runs' figures at the same offered loads, compared as ratios.

use crate::measurement::student;
use crate::units::num;

use super::{Better, Winner};

/// Fewer pairs bound nothing usefully: with two, the interval is thirteen standard errors wide.
pub(super) const LEAST_PAIRS: usize = 3;

/// The geometric mean of the ratios `a ÷ b` with its 95 % interval; `None` for too few pairs.
///
/// mean ± t·s/√n over the logarithms: what offered load does to both drops out of each ratio.
/// Source: MODEL.md §4.3.
pub(super) fn ratio(pairs: &[(f64, f64)]) -> Option<(f64, f64, f64)> {
    if pairs.len() < LEAST_PAIRS || pairs.iter().any(|(a, b)| *a <= 0.0 || *b <= 0.0) {
        return None;
    }
    let n = num::float_len(pairs.len());
    let logs: Vec<f64> = pairs.iter().map(|(a, b)| (a / b).ln()).collect();
    let mean = logs.iter().sum::<f64>() / n;
    let squares: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
    let half = student(pairs.len() - 1) * (squares / (n - 1.0) / n).sqrt();
    Some((mean.exp(), (mean - half).exp(), (mean + half).exp()))
}

/// What the ratio of `best` to `next` shows; `best` is the better by its own figure.
pub(super) fn winner(
    best: usize,
    next: usize,
    pairs: &[(f64, f64)],
    better: Better,
) -> Option<Winner> {
    let (ratio, low, high) = ratio(pairs)?;
    let share = |ratio: f64| match better {
        Better::Less => 1.0 - ratio,
        Better::More => ratio - 1.0,
    };
    let (by, one, other) = (share(ratio), share(low), share(high));
    let interval = (one.min(other), one.max(other));
    Some(if interval.0 > 0.0 {
        Winner::Shown { best, next, by, interval: Some(interval) }
    } else {
        Winner::NotShown { best, next }
    })
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    /// By hand: logs of 0.9, 0.9, 0.9 have no spread.
    #[test]
    fn equal_ratios_leave_no_doubt() {
        let pairs = [(9.0, 10.0), (18.0, 20.0), (4.5, 5.0)];
        let shown = winner(0, 1, &pairs, Better::Less);
        let Some(Winner::Shown { by, .. }) = shown else { panic!("{shown:?}") };
        assert!((by - 0.1).abs() < 1e-9);
        assert_eq!(winner(0, 1, &pairs[..2], Better::Less), None, "too few");
        let mixed = [(9.0, 10.0), (12.0, 10.0), (9.0, 10.0)];
        assert_eq!(winner(0, 1, &mixed, Better::Less), Some(Winner::NotShown { best: 0, next: 1 }));
    }

    /// The interval of six noisy pairs holds the true ratio in 93 to 97 % of 4,000 draws.
    #[test]
    fn the_interval_holds_as_often_as_it_says() {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let mut held = 0;
        for _ in 0..4000 {
            let mut noisy = |base: f64| {
                let z: f64 = StandardNormal.sample(&mut rng);
                base * (0.05 * z).exp()
            };
            let pairs: Vec<(f64, f64)> =
                (1..=6).map(|i| f64::from(i) * 3.0).map(|b| (noisy(0.9 * b), noisy(b))).collect();
            let (_, low, high) = ratio(&pairs).unwrap();
            held += u32::from((low..=high).contains(&0.9));
        }
        assert!((3720..=3880).contains(&held), "{held} of 4,000");
    }
}
