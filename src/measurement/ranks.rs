//! Between which order statistics a quantile lies.

use crate::units::num;

/// What either side of the interval may miss: 2.5 %, so that it holds with 95 %.
const TAIL: f64 = 0.025;
/// A term of the binomial sum this much smaller than the largest no longer counts.
const NEGLIGIBLE: f64 = 1e-18;

/// Ranks, from 1, between whose order statistics a quantile lies with at least 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranks {
    /// `None`: even the smallest sample may be above the quantile.
    pub low: Option<u64>,
    /// `None`: even the largest sample may be below it.
    pub high: Option<u64>,
}

/// The ranks for quantile `q`, above 0 and below 1, of `n` independent samples.
///
/// How many samples lie below the quantile is binomial, X ~ B(n, q). The lower rank is the largest
/// `l` with P(X < l) ≤ 2.5 %, the upper one the smallest `u` with P(X ≥ u) ≤ 2.5 %. The sums are
/// exact; for large n they come to n·q ∓ 1.96·√(n·q·(1−q)), rounded outwards.
/// Source: David & Nagaraja, Order Statistics, 3rd ed., §7.1; MODEL.md §4.1.
pub fn ranks(n: u64, q: f64) -> Ranks {
    let (first, weights) = binomial(n, q);
    let total: f64 = weights.iter().sum();
    let mut below = 0.0;
    let mut low = first;
    for weight in &weights {
        below += weight / total;
        if below > TAIL {
            break;
        }
        low += 1;
    }
    let mut above = 0.0;
    let mut high = first + num::count(weights.len());
    for weight in weights.iter().rev() {
        above += weight / total;
        if above > TAIL {
            break;
        }
        high -= 1;
    }
    Ranks { low: (low >= 1).then_some(low), high: (high <= n).then_some(high) }
}

/// Terms of B(n, q) in proportion, from the first that counts to the last; which one is first.
///
/// Each follows from its neighbour by a ratio, from the largest outwards, so that nothing is too
/// large or too small for a number; about 18·√(n·q·(1−q)) terms count.
fn binomial(n: u64, q: f64) -> (u64, Vec<f64>) {
    let mode = num::round(((num::float(n) + 1.0) * q).floor()).min(n);
    let odds = q / (1.0 - q);
    let mut lower = Vec::new();
    let (mut weight, mut k) = (1.0, mode);
    while k > 0 && weight > NEGLIGIBLE {
        weight *= num::float(k) / (num::float(n - k + 1) * odds);
        k -= 1;
        lower.push(weight);
    }
    let first = k;
    lower.reverse();
    lower.push(1.0);
    let (mut weight, mut k) = (1.0, mode);
    while k < n && weight > NEGLIGIBLE {
        weight *= num::float(n - k) * odds / num::float(k + 1);
        k += 1;
        lower.push(weight);
    }
    (first, lower)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Exp1};

    use super::*;

    fn of(n: u64, q: f64) -> (Option<u64>, Option<u64>) {
        let Ranks { low, high } = ranks(n, q);
        (low, high)
    }

    /// Tables of the median's interval: ranks 2 and 9 of 10, 6 and 15 of 20, 40 and 61 of 100
    /// (Conover, Practical Nonparametric Statistics, 3rd ed., §3.2, from his table A3).
    #[test]
    fn ranks_are_those_of_the_tables() {
        assert_eq!(of(10, 0.5), (Some(2), Some(9)));
        assert_eq!(of(20, 0.5), (Some(6), Some(15)));
        assert_eq!(of(100, 0.5), (Some(40), Some(61)));
    }

    /// MODEL.md §4.1.
    #[test]
    fn ranks_are_those_worked_out_by_hand() {
        assert_eq!(of(2000, 0.99), (Some(1971), Some(1989)));
        assert_eq!(of(1000, 0.99), (Some(983), Some(997)));
        assert_eq!(of(20_000, 0.99), (Some(19_772), Some(19_828)));
    }

    #[test]
    fn a_sample_too_small_bounds_nothing() {
        assert_eq!(of(5, 0.5), (None, None), "2⁻⁵ is above 2.5 %");
        assert_eq!(of(6, 0.5), (Some(1), Some(6)));
        // 0.99^n ≤ 2.5 % from n = 368 on.
        assert_eq!(of(367, 0.99).1, None);
        assert_eq!(of(368, 0.99).1, Some(368));
        assert_eq!(of(0, 0.5), (None, None));
    }

    #[test]
    fn large_samples_follow_the_normal_approximation() {
        for (n, q) in [(100_000_u64, 0.99), (2_000_000, 0.5), (300_000, 0.999)] {
            let (low, high) = of(n, q);
            let half = 1.96 * (num::float(n) * q * (1.0 - q)).sqrt();
            let off = |rank: Option<u64>, at: f64| (num::float(rank.unwrap()) - at).abs();
            assert!(off(low, num::float(n) * q - half) < 2.0, "{n} {q}: {low:?}");
            assert!(off(high, num::float(n) * q + half) < 2.5, "{n} {q}: {high:?}");
        }
    }

    /// 2,000 samples of response times that are exponential: the interval holds the true p99 and
    /// median in 93 to 97 % of 4,000 draws.
    #[test]
    fn the_interval_holds_as_often_as_it_says() {
        const DRAWS: u32 = 4000;
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        for (q, truth) in [(0.99, 100_f64.ln()), (0.5, 2_f64.ln())] {
            let n = if q > 0.9 { 2000 } else { 400 };
            let (low, high) = of(n, q);
            let (low, high) = (num::index(low.unwrap() - 1), num::index(high.unwrap() - 1));
            let mut held = 0;
            for _ in 0..DRAWS {
                let mut samples: Vec<f64> = (0..n).map(|_| Exp1.sample(&mut rng)).collect();
                samples.sort_unstable_by(f64::total_cmp);
                held += u32::from((samples[low]..=samples[high]).contains(&truth));
            }
            let share = f64::from(held) / f64::from(DRAWS);
            assert!((0.93..=0.97).contains(&share), "{q}: {share}");
        }
    }
}
