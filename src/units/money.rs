//! Money: integer nano-dollars, so that sums of prices are exact.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul};

use serde::{Deserialize, Serialize};

use super::num;

/// Hours in a month as AWS bills and estimates it (365 × 24 / 12).
pub const HOURS_PER_MONTH: u64 = 730;

const NANOS_PER_USD: f64 = 1e9;

/// US dollars per hour, exact to a nano-dollar.
/// Serialises as an integer; JSON keys that hold one end in `_nano_usd_per_hour`.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UsdPerHour(u64);

/// US dollars, exact to a nano-dollar.
/// Serialises as an integer; JSON keys that hold one end in `_nano_usd`.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Usd(u64);

impl UsdPerHour {
    /// From nano-dollars per hour.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// From dollars per hour as a price list prints them; `None` when negative or not finite.
    pub fn from_usd(usd: f64) -> Option<Self> {
        (usd.is_finite() && usd >= 0.0).then(|| Self(num::round(usd * NANOS_PER_USD)))
    }

    /// Nano-dollars per hour.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Dollars per hour.
    pub const fn usd(self) -> f64 {
        num::float(self.0) / NANOS_PER_USD
    }

    /// The bill for a month of [`HOURS_PER_MONTH`] hours.
    pub const fn monthly(self) -> Usd {
        Usd(self.0.saturating_mul(HOURS_PER_MONTH))
    }

    /// The bill for so many minutes, rounded up to a nano-dollar.
    pub const fn for_minutes(self, minutes: u64) -> Usd {
        Usd(self.0.saturating_mul(minutes).div_ceil(60))
    }

    /// This price times `percent` / 100, exact where the nano-dollar allows.
    pub const fn percent(self, percent: u64) -> Self {
        Self(self.0.saturating_mul(percent) / 100)
    }
}

impl Mul<u64> for UsdPerHour {
    type Output = Self;
    fn mul(self, n: u64) -> Self {
        Self(self.0.saturating_mul(n))
    }
}

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From nano-dollars.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nano-dollars.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Dollars.
    pub const fn usd(self) -> f64 {
        num::float(self.0) / NANOS_PER_USD
    }
}

impl Mul<u64> for Usd {
    type Output = Self;
    fn mul(self, n: u64) -> Self {
        Self(self.0.saturating_mul(n))
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::ZERO, Add::add)
    }
}

impl Add for Usd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for UsdPerHour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.6}", self.usd());
        let trimmed = text.trim_end_matches('0');
        let decimals = trimmed.len() - trimmed.find('.').map_or(trimmed.len(), |dot| dot + 1);
        write!(f, "${:.*}/h", decimals.max(3), self.usd())
    }
}

/// Dollars and cents, thousands separated.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = (self.0 + 5_000_000) / 10_000_000;
        let whole = (cents / 100).to_string();
        let grouped: Vec<&str> = whole
            .as_bytes()
            .rchunks(3)
            .rev()
            .map(|chunk| std::str::from_utf8(chunk).expect("digits are ASCII"))
            .collect();
        write!(f, "${}.{:02}", grouped.join(","), cents % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_of_a_published_price_is_exact() {
        let price = UsdPerHour::from_usd(0.1752).expect("valid");
        assert_eq!(price.nanos(), 175_200_000);
        assert_eq!((price * 2).monthly().to_string(), "$255.79");
        assert_eq!(price.to_string(), "$0.1752/h");
        assert_eq!(UsdPerHour::from_usd(6.11).expect("valid").to_string(), "$6.110/h");
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!(Usd::from_nanos(1_234_567_890_000_000).to_string(), "$1,234,567.89");
        assert_eq!(Usd::ZERO.to_string(), "$0.00");
    }

    #[test]
    fn valkey_is_eight_tenths_without_rounding() {
        let redis = UsdPerHour::from_usd(0.219).expect("valid");
        assert_eq!(redis.percent(80), UsdPerHour::from_usd(0.1752).expect("valid"));
    }
}
