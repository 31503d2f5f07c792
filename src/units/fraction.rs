//! Shares of a whole.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number from 0 to 1: utilisation limits, headroom, reserved share, hit ratio.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Fraction(f64);

impl Fraction {
    /// Nothing of it.
    pub const ZERO: Self = Self(0.0);
    /// All of it.
    pub const ONE: Self = Self(1.0);

    /// `None` outside 0…1.
    pub fn new(share: f64) -> Option<Self> {
        (0.0..=1.0).contains(&share).then_some(Self(share))
    }

    /// From a percentage, 0…100.
    pub const fn from_percent(percent: u8) -> Option<Self> {
        if percent <= 100 { Some(Self(percent as f64 / 100.0)) } else { None }
    }

    /// As a number from 0 to 1.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// What is left of the whole.
    pub fn rest(self) -> Self {
        Self(1.0 - self.0)
    }
}

impl From<Fraction> for f64 {
    fn from(share: Fraction) -> f64 {
        share.0
    }
}

impl TryFrom<f64> for Fraction {
    type Error = &'static str;
    fn try_from(share: f64) -> Result<Self, Self::Error> {
        Self::new(share).ok_or("a share lies between 0 and 1")
    }
}

/// As a percentage without needless decimals.
impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = (self.0 * 1000.0).round() / 10.0;
        write!(f, "{percent}%")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_the_whole() {
        assert_eq!(Fraction::new(1.01), None);
        assert_eq!(Fraction::new(f64::NAN), None);
        assert_eq!(Fraction::from_percent(25).map(Fraction::get), Some(0.25));
        assert_eq!(Fraction::new(0.125).map(|f| f.to_string()), Some("12.5%".into()));
    }
}
