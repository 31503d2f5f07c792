//! Which law of lengths a class has: the plainest that costs the engine what was seen.
//!
//! An allocator hands out size classes, so that two laws of the same mean may cost differently. Every
//! candidate is costed as the values that were seen are, and has to meet both the cost and the mean.

use crate::spec::{Choice, SizeLaw};
use crate::units::{Bytes, num};
use crate::workload::law_lengths;

use super::spread::Spread;

/// The longest value an engine stores.
const MOST_BYTES: u64 = 512 << 20;
/// Lengths that stand for a law while it is compared.
const PARTS: usize = 1024;
/// How far a plain law may be off in mean and cost, as a share of either.
const CLOSE: f64 = 0.004;
/// How far the share of values below any length may be off: two heaps may have the mean and the cost of
/// one.
const ALIKE: f64 = 0.04;
/// Lengths that are listed one by one where there are no more.
const FEW: usize = 12;
/// A workload file takes no wider law.
const MOST_SIGMA: f64 = 2.0;

/// What a workload file allows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Lengths of a law that is a list; each stands for an equal share of the values.
    listed: u64,
    /// The rarest of them, as one in so many.
    rarest: f64,
    /// Lengths at which costs jump, ascending: none of the list stands for some on either side.
    jumps: &'static [u32],
}

impl Limits {
    /// Of lengths of values.
    pub(super) const OF_VALUES: Self = Self { listed: 32, rarest: 4096.0, jumps: &[] };
    /// Of numbers of elements, where compact forms end: `*-max-listpack-entries` is 128,
    /// `set-max-intset-entries` and, up to Redis 6.2, `hash-max-ziplist-entries` 512 (redis.conf).
    pub(super) const OF_COUNTS: Self = Self { listed: 20, rarest: 32.0, jumps: &[128, 512] };
}

/// A law and how well it fits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitted<L> {
    pub law: L,
    /// What a value costs by the law ÷ what those cost that were seen, less 1.
    pub cost_error: f64,
    /// The same of the mean.
    pub mean_error: f64,
}

/// How long values are: a length, or a law.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sizes {
    Fixed(u32),
    Law(SizeLaw),
}

/// The law of lengths that were seen; `None` without any.
///
/// * `cost`: mean cost of values of these lengths, each with how many there are.
pub(super) fn sizes(
    seen: &Spread,
    limits: &Limits,
    cost: impl Fn(&[(u32, u64)]) -> f64,
) -> Option<Fitted<Sizes>> {
    let truth: Vec<(u32, u64)> = seen.means().map(|(mean, n)| (whole(mean), n)).collect();
    let (true_cost, true_mean) = (cost(&truth), seen.mean()?);
    let compared = |lengths: &[(u32, u64)], law| {
        let sum = |(sum, n): (f64, f64), &(len, count): &(u32, u64)| {
            (sum + f64::from(len) * num::float(count), n + num::float(count))
        };
        let (sum, n) = lengths.iter().fold((0.0, 0.0), sum);
        let off = |got: f64, seen: f64| if seen > 0.0 { got / seen - 1.0 } else { got };
        let (cost_error, mean_error) = (off(cost(lengths), true_cost), off(sum / n, true_mean));
        Fitted { law, cost_error, mean_error }
    };
    if seen.is_fixed() {
        let len = whole(true_mean);
        return Some(compared(&[(len, 1)], Sizes::Fixed(len)));
    }
    let fit = |law: SizeLaw| {
        let lengths: Vec<(u32, u64)> =
            law_lengths(&law, PARTS).into_iter().map(|len| (len, 1)).collect();
        compared(&lengths, Sizes::Law(law))
    };
    let is_close = |fitted: &Fitted<Sizes>| {
        fitted.cost_error.abs() <= CLOSE && fitted.mean_error.abs() <= CLOSE
    };
    let plain = [lognormal(seen), uniform(seen)].into_iter().flatten().map(&fit);
    let close = plain.filter(|fitted| is_close(fitted) && distance(seen, fitted) < ALIKE);
    let best = close.min_by(|a, b| distance(seen, a).total_cmp(&distance(seen, b)));
    let few = || (truth.len() <= FEW).then(|| fit(listed(&truth, limits))).filter(is_close);
    let grouped = || fit(listed(&grouped_apart(&truth, limits), limits));
    Some(best.or_else(few).unwrap_or_else(grouped))
}

/// Log-normal with the deviation of the logarithms and the mean of the lengths themselves, cut where the
/// longest was seen; `None` where that is wider than a workload file allows.
fn lognormal(seen: &Spread) -> Option<SizeLaw> {
    let n = num::float(seen.count());
    let log = |mean: f64| mean.max(1.0).ln();
    let mean = seen.means().map(|(mean, count)| log(mean) * num::float(count)).sum::<f64>() / n;
    let square = |(x, count): (f64, u64)| (log(x) - mean).powi(2) * num::float(count);
    let sigma = (seen.means().map(square).sum::<f64>() / (n - 1.0).max(1.0)).sqrt();
    let sigma = (sigma * 1e4).round() / 1e4;
    if !(sigma > 0.0 && sigma <= MOST_SIGMA) {
        return None;
    }
    let max = Bytes::new(seen.most()?.min(MOST_BYTES));
    let law = |median: f64| SizeLaw::Lognormal { median: Bytes::from_float(median), sigma, max };
    // The cut takes something off the mean, and whole bytes round it.
    let mut median = seen.mean()? / (sigma * sigma / 2.0).exp();
    for _ in 0..8 {
        let lengths = law_lengths(&law(median), PARTS);
        let got = lengths.iter().map(|len| f64::from(*len)).sum::<f64>() / num::float_len(PARTS);
        median *= seen.mean()? / got;
    }
    let fits = median >= 1.0 && Bytes::from_float(median) <= max;
    fits.then(|| law(median))
}

fn uniform(seen: &Spread) -> Option<SizeLaw> {
    let max = Bytes::new(seen.most()?.min(MOST_BYTES));
    Some(SizeLaw::Uniform { min: Bytes::new(seen.least()?), max })
}

/// The lengths one by one, but for those that a workload file has no room for.
fn listed(lengths: &[(u32, u64)], limits: &Limits) -> SizeLaw {
    let all = num::float(lengths.iter().map(|(_, n)| n).sum());
    let often = lengths.iter().filter(|(_, n)| num::float(*n) * limits.rarest > all * 1.02);
    let choice = |&(len, n): &(u32, u64)| {
        let percent = num::float(n) / all * 100.0;
        Choice { size: Bytes::new(len.into()), weight: (percent * 1e4).round() / 1e4 }
    };
    SizeLaw::Choices(often.map(choice).collect())
}

/// So many shares of the lengths as a list may have, each as its mean, and none across a jump; nearly equal
/// ones. What lies between two jumps and is rarer than a list may tell joins what is shorter.
fn grouped_apart(lengths: &[(u32, u64)], limits: &Limits) -> Vec<(u32, u64)> {
    let count = |part: &[(u32, u64)]| num::float(part.iter().map(|(_, n)| n).sum());
    let all = count(lengths);
    let mut starts = vec![0];
    for jump in limits.jumps {
        let at = lengths.partition_point(|(len, _)| len <= jump);
        let is_rare = |part: &[(u32, u64)]| count(part) * limits.rarest <= all * 1.1;
        let from = starts[starts.len() - 1];
        if !is_rare(&lengths[from..at]) && !is_rare(&lengths[at..]) {
            starts.push(at);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([lengths.len()]);
    let parts = starts.iter().zip(ends).map(|(from, to)| &lengths[*from..to]);
    let listed = num::float(limits.listed);
    let shares = |part: &[(u32, u64)]| num::round(count(part) / all * listed).max(1);
    parts.flat_map(|part| grouped(part, shares(part))).collect()
}

/// `n` equal shares of the lengths, each as its mean.
fn grouped(lengths: &[(u32, u64)], n: u64) -> Vec<(u32, u64)> {
    let total: u64 = lengths.iter().map(|(_, count)| count).sum();
    let mut groups: Vec<(f64, u64)> = Vec::new();
    let (mut seen, mut group) = (0, (0.0, 0));
    for &(len, count) in lengths {
        let mut rest = count;
        while rest > 0 {
            // Groups end at whole parts of the total, within a length if need be.
            let end = total * (num::count(groups.len()) + 1) / n;
            let part = rest.min(end.saturating_sub(seen).max(1));
            group = (group.0 + f64::from(len) * num::float(part), group.1 + part);
            seen += part;
            rest -= part;
            if seen >= end {
                groups.push(std::mem::take(&mut group));
            }
        }
    }
    let mean = |(sum, count): (f64, u64)| (whole(sum / num::float(count)), count);
    groups.into_iter().filter(|(_, count)| *count > 0).map(mean).collect()
}

/// Greatest difference of the two cumulative distributions, at the ends of the bins of what was seen.
fn distance(seen: &Spread, fitted: &Fitted<Sizes>) -> f64 {
    let Sizes::Law(law) = &fitted.law else { return 0.0 };
    let lengths = law_lengths(law, PARTS);
    let total = num::float(seen.count());
    let mut below = 0;
    let mut greatest: f64 = 0.0;
    for (mean, count) in seen.means() {
        below += count;
        // Short lengths have a bin each, longer ones share one that is 1.6 % wide.
        let end = (mean * 1.008).max(mean + 0.5);
        let of_law = lengths.partition_point(|length| f64::from(*length) <= end);
        let difference = num::float(below) / total - num::float_len(of_law) / num::float_len(PARTS);
        greatest = greatest.max(difference.abs());
    }
    greatest
}

fn whole(length: f64) -> u32 {
    u32::try_from(num::round(length).min(MOST_BYTES)).expect("at most 512 MB")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an allocator hands out in steps of 16 bytes, or a quarter of a doubling.
    fn cost(lengths: &[(u32, u64)]) -> f64 {
        let block = |len: u32| {
            let step = (len.max(64).next_power_of_two() / 8).max(16);
            f64::from(len.div_ceil(step) * step)
        };
        let n: u64 = lengths.iter().map(|(_, n)| n).sum();
        lengths.iter().map(|(len, n)| block(*len) * num::float(*n)).sum::<f64>() / num::float(n)
    }

    fn fitted(lengths: impl IntoIterator<Item = u64>) -> Fitted<Sizes> {
        let mut seen = Spread::default();
        lengths.into_iter().for_each(|len| seen.add(len));
        let fitted = sizes(&seen, &Limits::OF_VALUES, cost).unwrap();
        assert!(fitted.cost_error.abs() < 0.01 && fitted.mean_error.abs() < 0.005, "{fitted:?}");
        fitted
    }

    #[test]
    fn the_plainest_law_that_fits_is_taken() {
        assert_eq!(fitted([303; 500]).law, Sizes::Fixed(303));
        let two = fitted([vec![100; 900], vec![4_000; 100]].concat());
        let choice = |size, weight| Choice { size: Bytes::new(size), weight };
        let expected = SizeLaw::Choices(vec![choice(100, 90.0), choice(4_000, 10.0)]);
        assert_eq!(two.law, Sizes::Law(expected));
        let uniform = fitted((0..20_000).map(|n| 100 + n * 7 % 1_901));
        let expected = SizeLaw::Uniform { min: Bytes::new(100), max: Bytes::new(2_000) };
        assert_eq!(uniform.law, Sizes::Law(expected));
    }

    #[test]
    fn a_lognormal_law_is_found_again() {
        let law =
            SizeLaw::Lognormal { median: Bytes::new(800), sigma: 0.6, max: Bytes::from_kib(64) };
        let lengths = law_lengths(&law, 8_000).into_iter().map(u64::from);
        let Sizes::Law(SizeLaw::Lognormal { median, sigma, .. }) = fitted(lengths).law else {
            panic!("not log-normal");
        };
        assert!((median.float() / 800.0 - 1.0).abs() < 0.01, "{median}");
        assert!((sigma - 0.6).abs() < 0.01, "{sigma}");
    }

    /// Neither of the plain laws has two heaps.
    #[test]
    fn what_no_plain_law_fits_is_listed() {
        let heaps = (0..4_000u64).map(|n| if n % 2 == 0 { 90 + n % 40 } else { 3_000 + n % 700 });
        let Sizes::Law(SizeLaw::Choices(choices)) = fitted(heaps).law else {
            panic!("not a list");
        };
        assert_eq!(choices.len(), 32);
    }

    /// Counts that come in less than one of 32 collections cannot be listed by themselves.
    #[test]
    fn rare_counts_are_taken_together() {
        let mut seen = Spread::default();
        (0..1_000u64).for_each(|n| seen.add(if n % 50 == 0 { 400 } else { 10 + n % 3 }));
        let fitted = sizes(&seen, &Limits::OF_COUNTS, cost).unwrap();
        assert!(fitted.mean_error.abs() < 0.005, "{fitted:?}");
        let Sizes::Law(SizeLaw::Choices(choices)) = fitted.law else { panic!("not a list") };
        assert!(choices.iter().all(|choice| choice.weight > 100.0 / 32.0));
    }

    /// A sorted set of more than 128 elements takes ten times as much for each: the mean of a share that lies
    /// on both sides would cost like neither.
    #[test]
    fn no_share_of_counts_lies_on_both_sides_of_a_jump() {
        let cost = |lengths: &[(u32, u64)]| {
            let one = |len: u32| f64::from(len) * if len > 128 { 100.0 } else { 10.0 };
            let n: u64 = lengths.iter().map(|(_, n)| n).sum();
            lengths.iter().map(|(len, n)| one(*len) * num::float(*n)).sum::<f64>() / num::float(n)
        };
        let mut seen = Spread::default();
        // Even over 5 to 180 but for a dent, so that no plain law fits.
        let even = (0..12_000u64).map(|n| 5 + n * 7_919 % 176);
        even.filter(|n| !(20..40).contains(n) || n % 2 == 0).for_each(|n| seen.add(n));
        let fitted = sizes(&seen, &Limits::OF_COUNTS, cost).unwrap();
        assert!(fitted.cost_error.abs() < 0.004, "{fitted:?}");
        let Sizes::Law(SizeLaw::Choices(choices)) = fitted.law else { panic!("not a list") };
        assert!((18..=21).contains(&choices.len()), "{choices:?}");
    }
}
