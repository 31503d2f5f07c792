//! Sizes in bytes, in binary units.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul};

use serde::{Deserialize, Serialize};

use super::num;

/// A number of bytes. Serialises as a plain integer; JSON keys that hold one end in `_bytes`.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Bytes(u64);

impl Bytes {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// `n` bytes.
    pub const fn new(n: u64) -> Self {
        Self(n)
    }

    /// `n` × 2^10 bytes.
    pub const fn from_kib(n: u64) -> Self {
        Self(n << 10)
    }

    /// `n` × 2^20 bytes.
    pub const fn from_mib(n: u64) -> Self {
        Self(n << 20)
    }

    /// `n` × 2^30 bytes.
    pub const fn from_gib(n: u64) -> Self {
        Self(n << 30)
    }

    /// The nearest whole number of bytes to `n`; a negative or undefined `n` gives zero.
    pub fn from_float(n: f64) -> Self {
        Self(num::round(n))
    }

    /// The number of bytes.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The number of bytes as a float.
    pub const fn float(self) -> f64 {
        num::float(self.0)
    }

    /// `None` when `other` is larger: a shortage never wraps into a huge number.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Some(Self(rest)),
            None => None,
        }
    }

    /// The difference, zero when `other` is larger.
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// This size times `factor`, rounded to a byte.
    pub fn scale(self, factor: f64) -> Self {
        Self(num::round(self.float() * factor))
    }
}

impl Add for Bytes {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Bytes {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<u64> for Bytes {
    type Output = Self;
    fn mul(self, n: u64) -> Self {
        Self(self.0.saturating_mul(n))
    }
}

/// A plain ratio.
impl Div for Bytes {
    type Output = f64;
    fn div(self, other: Self) -> f64 {
        self.float() / other.float()
    }
}

impl Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::ZERO, Add::add)
    }
}

/// Three significant digits in the largest binary unit that keeps the number at or above one.
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
        if self.0 < 1 << 10 {
            return write!(f, "{} B", self.0);
        }
        let mut value = self.float() / 1024.0;
        let mut unit = 0;
        while value >= 1023.5 && unit + 1 < UNITS.len() {
            value /= 1024.0;
            unit += 1;
        }
        let decimals = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
        write!(f, "{value:.decimals$} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shows(bytes: u64, expected: &str) {
        assert_eq!(Bytes::new(bytes).to_string(), expected);
    }

    #[test]
    fn display_keeps_three_significant_digits() {
        shows(0, "0 B");
        shows(1023, "1023 B");
        shows(1024, "1.00 KiB");
        shows(420_448_000, "401 MiB");
        shows(1_047_552 + 600, "1.00 MiB");
        shows(14_037_181_030, "13.1 GiB");
        shows(1 << 50, "1.00 PiB");
    }

    #[test]
    fn a_shortage_is_none_and_a_sum_never_wraps() {
        assert_eq!(Bytes::new(1).checked_sub(Bytes::new(2)), None);
        assert_eq!(Bytes::new(u64::MAX) + Bytes::new(1), Bytes::new(u64::MAX));
        assert!((Bytes::from_gib(1) / Bytes::from_mib(512) - 2.0).abs() < 1e-12);
    }
}
