//! Sums over the slots that a server owns.

use std::ops::Range;

use crate::engine::SlotRange;
use crate::units::num;

/// Sums over any range of slots in constant time.
#[derive(Debug, Clone)]
pub(super) struct Sums<T>(Vec<T>);

impl Sums<u64> {
    pub(super) fn of(counts: &[u64]) -> Self {
        let mut sum = 0_u64;
        let sums = counts.iter().map(|count| {
            sum = sum.saturating_add(*count);
            sum
        });
        Self(std::iter::once(0).chain(sums).collect())
    }

    pub(super) fn over(&self, slots: SlotRange) -> u64 {
        let Range { start, end } = slots.indices();
        self.0[end] - self.0[start]
    }

    pub(super) fn over_all(&self, slots: &[SlotRange]) -> u64 {
        slots.iter().map(|slots| self.over(*slots)).sum()
    }
}

impl Sums<f64> {
    /// Of bytes, which may be means. Below 2^53 the sums are exact to less than a byte.
    pub(super) fn of_bytes(bytes: impl Iterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        let sums = bytes.map(|bytes| {
            sum += bytes;
            sum
        });
        Self(std::iter::once(0.0).chain(sums).collect())
    }

    pub(super) fn over(&self, slots: SlotRange) -> f64 {
        let Range { start, end } = slots.indices();
        self.0[end] - self.0[start]
    }

    pub(super) fn over_all(&self, slots: &[SlotRange]) -> f64 {
        slots.iter().map(|slots| self.over(*slots)).sum()
    }
}

/// A whole number's share `part` ÷ `whole`, rounded to the nearest; all of it when `whole` is 0.
pub(super) fn share(n: u64, part: u64, whole: u64) -> u64 {
    if part == whole {
        return n;
    }
    num::round(num::float(n) * (num::float(part) / num::float(whole)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_differences() {
        let sums = Sums::of(&[1, 2, 3, 4]);
        assert_eq!(sums.over(SlotRange { first: 1, past: 3 }), 5);
        let sums = Sums::of_bytes([0.5, 1.5, 2.0].into_iter());
        assert!((sums.over(SlotRange { first: 0, past: 2 }) - 2.0).abs() < 1e-12);
        assert_eq!((share(10, 1, 3), share(10, 0, 0), share(u64::MAX, 5, 5)), (3, 10, u64::MAX));
    }
}
