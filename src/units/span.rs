//! Spans of time as measured: microseconds.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::num;

/// A span of time in microseconds, fractional, finite, zero or above.
/// Serialises as a plain number; JSON keys that hold one end in `_us`.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Micros(f64);

impl Micros {
    /// No time at all.
    pub const ZERO: Self = Self(0.0);

    /// `None` for anything negative, infinite or not a number.
    pub fn new(us: f64) -> Option<Self> {
        (us.is_finite() && us >= 0.0).then_some(Self(us))
    }

    /// The span for a product or quotient of quantities that are finite and not negative.
    ///
    /// # Panics
    /// When that promise is broken, which is a bug.
    pub fn of(us: f64) -> Self {
        Self::new(us).expect("a span computed from valid quantities is valid")
    }

    /// From nanoseconds, the unit the histograms record in.
    pub const fn from_nanos(ns: u64) -> Self {
        Self(num::float(ns) / 1e3)
    }

    /// From seconds.
    pub fn from_secs(secs: f64) -> Option<Self> {
        Self::new(secs * 1e6)
    }

    /// In microseconds.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// In seconds.
    pub fn secs(self) -> f64 {
        self.0 / 1e6
    }

    /// This span times `factor`, which is finite and not negative.
    pub fn scale(self, factor: f64) -> Self {
        Self::of(self.0 * factor)
    }
}

impl From<Duration> for Micros {
    fn from(span: Duration) -> Self {
        Self(span.as_secs_f64() * 1e6)
    }
}

impl From<Micros> for f64 {
    fn from(span: Micros) -> f64 {
        span.0
    }
}

impl TryFrom<f64> for Micros {
    type Error = &'static str;
    fn try_from(us: f64) -> Result<Self, Self::Error> {
        Self::new(us).ok_or("a span of time is a finite number, zero or above")
    }
}

/// Three significant digits in µs, ms or s.
impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = match self.0 {
            x if x >= 999_500.0 => (x / 1e6, "s"),
            x if x >= 999.5 => (x / 1e3, "ms"),
            x => (x, "µs"),
        };
        let decimals = if value >= 99.95 || value == 0.0 {
            0
        } else if value >= 9.995 {
            1
        } else {
            2
        };
        write!(f, "{value:.decimals$} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_picks_the_unit() {
        assert_eq!(Micros::of(0.0).to_string(), "0 µs");
        assert_eq!(Micros::of(84.26).to_string(), "84.3 µs");
        assert_eq!(Micros::of(5000.0).to_string(), "5.00 ms");
        assert_eq!(Micros::from(Duration::from_mins(1)).to_string(), "60.0 s");
    }
}
