//! How a level went: its slices in time, where its warm-up ended, whether it kept growing.

use serde::{Deserialize, Serialize};

use crate::units::{Micros, num};

use super::Histogram;

/// Slices of a level, warm-up included.
pub const SLICES: usize = 40;
/// No later than after this many of them a level is taken to be warm: half of it.
const LATEST: usize = SLICES / 2;
/// Standard normal deviate that Kendall's statistic exceeds with 1 % where there is no trend.
const RISING_Z: f64 = 2.326;
/// A level that rises ends at least this much slower than it began, as a factor: queues of a stable
/// one wander, and a trend of a few per cent turns no verdict.
const RISING_RATIO: f64 = 1.5;

/// One slice: of operations due in it, but `completed`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// Operations that were due.
    pub due: u64,
    /// Operations that completed in it, whenever they were due.
    pub completed: u64,
    /// Median of response time; `None` where nothing was due.
    pub p50_us: Option<Micros>,
    /// 99th percentile of response time.
    pub p99_us: Option<Micros>,
    /// Longest response time.
    pub max_us: Option<Micros>,
}

impl Slice {
    /// What the response times of a slice say.
    pub fn of(response: &Histogram, completed: u64) -> Self {
        Self {
            due: response.count(),
            completed,
            p50_us: response.quantile(0.5),
            p99_us: response.quantile(0.99),
            max_us: response.max(),
        }
    }
}

/// How many slices the warm-up took: the change point is the first one whose median is not above
/// every median of the level's second half. At most half of the level.
///
/// Medians, and only what is above: a stall in the middle of a level is no warm-up, nor is the quiet
/// start of one that is overloaded.
pub fn warm_up_slices(slices: &[Slice]) -> usize {
    let median = |slice: &Slice| slice.p50_us.map(Micros::get);
    let later = slices.iter().skip(LATEST).filter_map(median).fold(0.0, f64::max);
    let is_cold = |slice: &&Slice| median(slice).is_some_and(|p50| p50 > later);
    slices.iter().take(LATEST).take_while(is_cold).count()
}

/// Whether response times kept growing: more was offered than the server takes, so a longer level
/// would have shown longer ones.
///
/// Kendall's rank correlation of the slices' medians with time, one-sided at 1 %, and a last quarter
/// half as slow again as the first. Source: Mann, Econometrica 13 (1945) 245; MODEL.md §4.1.
pub fn is_rising(slices: &[Slice]) -> bool {
    let medians: Vec<f64> = slices.iter().filter_map(|slice| Some(slice.p50_us?.get())).collect();
    let n = medians.len();
    if n < 8 {
        return false;
    }
    let sign = |(i, j): (usize, usize)| (medians[j] - medians[i]).signum();
    let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
    let statistic: f64 =
        pairs.filter(|(i, j)| medians[*i].total_cmp(&medians[*j]).is_ne()).map(sign).sum();
    let count = num::float_len(n);
    let deviation = (count * (count - 1.0) * (2.0 * count + 5.0) / 18.0).sqrt();
    // Again medians: one slice with a stall is no trend.
    let middle = |part: &[f64]| {
        let mut part = part.to_vec();
        part.sort_by(f64::total_cmp);
        part[part.len() / 2]
    };
    let ratio = middle(&medians[n - n / 4..]) / middle(&medians[..n / 4]);
    statistic / deviation > RISING_Z && ratio >= RISING_RATIO
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slices(median: impl Fn(usize) -> f64) -> Vec<Slice> {
        let slice = |at| Slice { p50_us: Micros::new(median(at)), ..Slice::default() };
        (0..SLICES).map(slice).collect()
    }

    /// 100 µs, a little more or less from slice to slice.
    fn noise(at: usize) -> f64 {
        100.0 + num::float_len(at * 7 % 5)
    }

    #[test]
    fn the_warm_up_ends_where_it_is_as_later() {
        let cold = |slices: usize| move |at| if at < slices { 300.0 } else { noise(at) };
        assert_eq!(warm_up_slices(&slices(noise)), 0);
        assert_eq!(warm_up_slices(&slices(cold(1))), 1);
        assert_eq!(warm_up_slices(&slices(cold(9))), 9);
        assert_eq!(warm_up_slices(&slices(cold(30))), 0, "the second half is as slow");
    }

    #[test]
    fn neither_a_stall_nor_a_growing_queue_is_warm_up() {
        assert_eq!(warm_up_slices(&slices(|at| if at == 5 { 9e5 } else { noise(at) })), 0);
        assert_eq!(warm_up_slices(&slices(|at| 100.0 * num::float_len(at + 1))), 0);
        assert_eq!(warm_up_slices(&slices(|at| if at == 0 { 9e5 } else { noise(at) })), 1);
    }

    #[test]
    fn a_queue_that_grows_is_told_from_noise_and_stalls() {
        assert!(is_rising(&slices(|at| 100.0 + 20.0 * num::float_len(at))));
        assert!(!is_rising(&slices(noise)));
        assert!(!is_rising(&slices(|_| 100.0)));
        assert!(!is_rising(&slices(|at| if at == 35 { 9e5 } else { noise(at) })), "a late stall");
        assert!(!is_rising(&slices(|at| 100.0 + num::float_len(at) / 4.0)), "a tenth slower");
        let stalled = |at| 100.0 + num::float_len(at) / 4.0 + if at == 36 { 9e5 } else { 0.0 };
        assert!(!is_rising(&slices(stalled)), "a tenth slower, and a stall");
        assert!(!is_rising(&[]));
    }
}
