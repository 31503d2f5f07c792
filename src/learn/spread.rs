//! How a number is spread over many keys, in bounded memory.

use std::collections::BTreeMap;

use crate::units::num;

/// Numbers below this are kept as they are.
const EXACT: u64 = 512;
/// Bins of each doubling above: none is wider than 1.6 % of its numbers.
const PER_DOUBLING: u64 = 64;

/// Counts of numbers by size: lengths, elements, seconds. Exact below 512; above that 64 bins to a
/// doubling, each with its own mean. Count, sum, least and most are exact. At most some 4,000 bins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spread {
    /// Count and sum by bin, ascending.
    bins: BTreeMap<u64, (u64, u64)>,
    least: Option<u64>,
    most: u64,
}

impl Spread {
    /// Takes in one number.
    pub fn add(&mut self, number: u64) {
        self.add_times(number, 1);
    }

    /// Takes in a number that came several times.
    pub fn add_times(&mut self, number: u64, times: u64) {
        if times == 0 {
            return;
        }
        let bin = self.bins.entry(bin(number)).or_default();
        bin.0 += times;
        bin.1 = bin.1.saturating_add(number.saturating_mul(times));
        self.least = Some(self.least.map_or(number, |least| least.min(number)));
        self.most = self.most.max(number);
    }

    /// Takes in all numbers of another.
    pub fn merge(&mut self, other: &Self) {
        for (bin, (count, sum)) in &other.bins {
            let own = self.bins.entry(*bin).or_default();
            own.0 += count;
            own.1 = own.1.saturating_add(*sum);
        }
        let (Some(least), most) = (other.least, other.most) else { return };
        self.least = Some(self.least.map_or(least, |own| own.min(least)));
        self.most = self.most.max(most);
    }

    /// How many numbers.
    pub fn count(&self) -> u64 {
        self.bins.values().map(|(count, _)| count).sum()
    }

    /// Their sum.
    pub fn sum(&self) -> u64 {
        self.bins.values().fold(0, |sum, (_, bin)| sum.saturating_add(*bin))
    }

    /// The least; `None` without numbers.
    pub fn least(&self) -> Option<u64> {
        self.least
    }

    /// The greatest; `None` without numbers.
    pub fn most(&self) -> Option<u64> {
        self.least.map(|_| self.most)
    }

    /// Whether all numbers are the same.
    pub fn is_fixed(&self) -> bool {
        self.least == self.most()
    }

    /// Their mean; `None` without numbers.
    pub fn mean(&self) -> Option<f64> {
        self.least.map(|_| num::float(self.sum()) / num::float(self.count()))
    }

    /// Standard error of the mean as an estimate of what the numbers were drawn from at random; `None`
    /// with fewer than two.
    pub fn standard_error(&self) -> Option<f64> {
        let n = num::float(self.count());
        if n < 2.0 {
            return None;
        }
        let mean = self.mean()?;
        let squares: f64 =
            self.means().map(|(number, count)| num::float(count) * (number - mean).powi(2)).sum();
        Some((squares / (n - 1.0) / n).sqrt())
    }

    /// Each bin's mean and how many numbers it holds, ascending.
    pub fn means(&self) -> impl Iterator<Item = (f64, u64)> {
        self.bins.values().map(|(count, sum)| (num::float(*sum) / num::float(*count), *count))
    }

    /// The number that a share `p` of them does not exceed, 0 < p ≤ 1, as its bin's mean; `None`
    /// without numbers.
    pub fn quantile(&self, p: f64) -> Option<f64> {
        let wanted = num::float(self.count()) * p;
        let mut seen = 0;
        let mut means = self.means();
        means.find_map(|(mean, count)| {
            seen += count;
            (num::float(seen) >= wanted).then_some(mean)
        })
    }
}

/// Where a number belongs: itself, or its doubling and its place within it.
fn bin(number: u64) -> u64 {
    if number < EXACT {
        return number;
    }
    let doubling = u64::from(number.ilog2());
    let within = (u128::from(number - (1 << doubling)) * u128::from(PER_DOUBLING)) >> doubling;
    doubling * EXACT + u64::try_from(within).expect("below the bins of a doubling")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_and_bins_narrow() {
        let mut spread = Spread::default();
        (0..100_000).for_each(|n| spread.add(n));
        assert_eq!((spread.count(), spread.sum()), (100_000, 99_999 * 50_000));
        assert_eq!((spread.least(), spread.most()), (Some(0), Some(99_999)));
        let median = spread.quantile(0.5).unwrap();
        assert!((median / 50_000.0 - 1.0).abs() < 0.016, "{median}");
        // The deviation of a uniform law, over the square root of the count.
        let error = spread.standard_error().unwrap();
        assert!((error / (100_000.0 / 12f64.sqrt() / 100_000f64.sqrt()) - 1.0).abs() < 1e-3);
        assert!(spread.means().count() < 1_000);
        spread.add(u64::MAX);
        assert_eq!(spread.most(), Some(u64::MAX));
    }

    #[test]
    fn parts_make_the_whole() {
        let (mut all, mut parts) = (Spread::default(), [Spread::default(), Spread::default()]);
        for n in 0..5_000u64 {
            let number = n * n % 70_001;
            all.add(number);
            parts[usize::from(n % 3 == 0)].add(number);
        }
        let [mut one, other] = parts;
        one.merge(&other);
        assert_eq!(one, all);
        one.merge(&Spread::default());
        assert_eq!(one, all);
    }
}
