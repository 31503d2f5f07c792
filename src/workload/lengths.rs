//! Lengths of opaque values by a law.

use crate::spec::SizeLaw;
use crate::units::{Bytes, num};

/// Lengths that a mean is taken of where they differ much, in the tails of a log-normal law.
const FINER: usize = 64;

/// The lengths that stand for `n` equal parts of a law, ascending.
pub fn lengths(law: &SizeLaw, n: usize) -> Vec<u32> {
    let middle = |at: usize, n: usize| (num::float_len(at) + 0.5) / num::float_len(n);
    let length = |at: usize| match law {
        // The mean of a part, so that the longest values count with what they weigh.
        SizeLaw::Lognormal { .. } => {
            let finer = (0..FINER).map(|fine| quantile(law, middle(at * FINER + fine, n * FINER)));
            finer.sum::<f64>() / num::float_len(FINER)
        }
        SizeLaw::Uniform { .. } | SizeLaw::Choices(_) => quantile(law, middle(at, n)),
    };
    let mut lengths: Vec<u32> = (0..n).map(|at| whole(length(at))).collect();
    // Choices may be listed in any order.
    lengths.sort_unstable();
    lengths
}

/// The length that a share `p` of the values does not exceed, 0 < p < 1.
fn quantile(law: &SizeLaw, p: f64) -> f64 {
    match law {
        SizeLaw::Lognormal { median, sigma, max } => {
            let length = median.float() * (sigma * normal_quantile(p)).exp();
            length.clamp(1.0, max.float())
        }
        SizeLaw::Uniform { min, max } => {
            // Each of max − min + 1 lengths has an equal part of the range.
            let n = max.float() - min.float() + 1.0;
            (min.float() + (p * n).floor()).min(max.float())
        }
        SizeLaw::Choices(choices) => {
            let total: f64 = choices.iter().map(|choice| choice.weight).sum();
            let mut sum = 0.0;
            let chosen = choices.iter().find(|choice| {
                sum += choice.weight;
                sum >= p * total
            });
            chosen.or(choices.last()).map_or(0.0, |choice| choice.size.float())
        }
    }
}

fn whole(length: f64) -> u32 {
    u32::try_from(Bytes::from_float(length).get()).expect("laws end at 512 MB")
}

/// The standard normal distribution's quantile, relative error below 1.15e-9 (P. J. Acklam, An
/// algorithm for computing the inverse normal cumulative distribution function, 2003).
fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
    ];
    const TAIL: f64 = 0.024_25;
    let polynomial = |coefficients: &[f64], x: f64| {
        coefficients.iter().fold(0.0, |sum, coefficient| sum * x + coefficient)
    };
    let tail = |p: f64| {
        let q = (-2.0 * p.ln()).sqrt();
        polynomial(&C, q) / (polynomial(&D, q) * q + 1.0)
    };
    if p < TAIL {
        tail(p)
    } else if p > 1.0 - TAIL {
        -tail(1.0 - p)
    } else {
        let q = p - 0.5;
        let r = q * q;
        polynomial(&A, r) * q / (polynomial(&B, r) * r + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Choice;

    fn mean(lengths: &[u32]) -> f64 {
        lengths.iter().map(|len| f64::from(*len)).sum::<f64>() / num::float_len(lengths.len())
    }

    /// From tables of the normal distribution.
    #[test]
    fn normal_quantiles_are_those_of_the_tables() {
        for (p, z) in [
            (0.5, 0.0),
            (0.841_344_746_068_543, 1.0),
            (0.975, 1.959_963_984_540_054),
            (0.001, -3.090_232_306_167_814),
            (0.999_9, 3.719_016_485_455_68),
        ] {
            assert!((normal_quantile(p) - z).abs() < 1e-8, "{p}: {}", normal_quantile(p));
        }
    }

    /// The mean of a log-normal law is median · e^(σ²/2), 957.8 bytes here.
    #[test]
    fn a_pool_keeps_the_mean_of_its_law() {
        let max = Bytes::from_kib(64);
        let law = SizeLaw::Lognormal { median: Bytes::new(800), sigma: 0.6, max };
        let lens = lengths(&law, 4096);
        assert!(lens.is_sorted());
        let expected = 800.0 * (0.18f64).exp();
        assert!((mean(&lens) / expected - 1.0).abs() < 5e-5, "{}", mean(&lens));

        let law = SizeLaw::Uniform { min: Bytes::new(100), max: Bytes::new(2000) };
        let lens = lengths(&law, 4096);
        assert_eq!((lens[0], lens[4095]), (100, 2000));
        assert!((mean(&lens) - 1050.0).abs() < 0.5, "{}", mean(&lens));
        let one = SizeLaw::Uniform { min: Bytes::new(5), max: Bytes::new(5) };
        assert_eq!(lengths(&one, 3), [5, 5, 5]);
    }

    #[test]
    fn choices_come_by_weight() {
        let choice = |size, weight| Choice { size: Bytes::new(size), weight };
        let law = SizeLaw::Choices(vec![choice(900, 1.0), choice(100, 3.0)]);
        let lens = lengths(&law, 4096);
        assert_eq!(lens.iter().filter(|len| **len == 900).count(), 1024);
        assert!(lens.is_sorted());
    }

    #[test]
    fn long_values_are_cut() {
        let (median, max) = (Bytes::new(100), Bytes::new(150));
        let lens = lengths(&SizeLaw::Lognormal { median, sigma: 3.0, max }, 100);
        assert_eq!((lens[0], lens[99]), (1, 150));
    }
}
