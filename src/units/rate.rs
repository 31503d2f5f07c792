//! Rates: operations and bytes per second.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! rate {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
        #[serde(try_from = "f64", into = "f64")]
        pub struct $name(f64);

        impl $name {
            /// No rate at all.
            pub const ZERO: Self = Self(0.0);

            /// `None` for anything negative, infinite or not a number. A sum of nothing is −0 in
            /// floating point and counts as zero.
            pub fn new(per_sec: f64) -> Option<Self> {
                (per_sec.is_finite() && per_sec >= 0.0).then_some(Self(per_sec + 0.0))
            }

            /// The rate for a product or quotient of quantities that are finite and not negative.
            ///
            /// # Panics
            /// When that promise is broken, which is a bug.
            pub fn of(per_sec: f64) -> Self {
                Self::new(per_sec).expect("a rate computed from valid quantities is valid")
            }

            /// Per second.
            pub const fn per_sec(self) -> f64 {
                self.0
            }

            /// This rate times `factor`, which is finite and not negative.
            pub fn scale(self, factor: f64) -> Self {
                Self::of(self.0 * factor)
            }
        }

        impl From<$name> for f64 {
            fn from(rate: $name) -> f64 {
                rate.0
            }
        }

        impl TryFrom<f64> for $name {
            type Error = &'static str;
            fn try_from(per_sec: f64) -> Result<Self, Self::Error> {
                Self::new(per_sec).ok_or("a rate is a finite number, zero or above")
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.0.total_cmp(&other.0)
            }
        }
    };
}

rate! {
    /// Operations per second: finite, zero or above.
    OpsPerSec
}

rate! {
    /// Bytes per second: finite, zero or above.
    BytesPerSec
}

impl BytesPerSec {
    /// From gigabits per second, the unit of AWS's network tables (10^9 bits).
    pub fn from_gbps(gbps: f64) -> Option<Self> {
        Self::new(gbps * 1e9 / 8.0)
    }

    /// In gigabits per second (10^9 bits).
    pub fn gbps(self) -> f64 {
        self.0 * 8.0 / 1e9
    }
}

impl fmt::Display for OpsPerSec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = match self.0 {
            x if x >= 999_500.0 => (x / 1e6, "M"),
            x if x >= 999.5 => (x / 1e3, "k"),
            x => (x, ""),
        };
        let decimals = if unit.is_empty() || value >= 99.95 {
            0
        } else if value >= 9.995 {
            1
        } else {
            2
        };
        write!(f, "{value:.decimals$}{unit}/s")
    }
}

impl fmt::Display for BytesPerSec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = match self.0 {
            x if x >= 999.5e6 => (x / 1e9, "GB/s"),
            x if x >= 999.5e3 => (x / 1e6, "MB/s"),
            x if x >= 999.5 => (x / 1e3, "kB/s"),
            x => (x, "B/s"),
        };
        let decimals = if value >= 99.95 || unit == "B/s" {
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
    fn nothing_impossible_is_a_rate() {
        assert_eq!(OpsPerSec::new(f64::NAN), None);
        assert_eq!(OpsPerSec::new(f64::INFINITY), None);
        assert_eq!(OpsPerSec::new(-1.0), None);
        assert!(serde_json::from_str::<OpsPerSec>("-3").is_err());
    }

    #[test]
    fn display_names_the_scale() {
        assert_eq!(OpsPerSec::of(5000.0).to_string(), "5.00k/s");
        assert_eq!(OpsPerSec::of(412.4).to_string(), "412/s");
        assert_eq!(OpsPerSec::of(1.19e6).to_string(), "1.19M/s");
        assert_eq!(BytesPerSec::of(8.26e6).to_string(), "8.26 MB/s");
    }

    #[test]
    fn no_rate_has_no_sign() {
        let nothing: f64 = std::iter::empty::<f64>().sum();
        assert_eq!(OpsPerSec::of(nothing).to_string(), OpsPerSec::ZERO.to_string());
    }

    #[test]
    fn a_gigabit_is_ten_to_the_ninth_bits() {
        assert!((BytesPerSec::from_gbps(0.937).expect("valid").per_sec() - 117.125e6).abs() < 1e-3);
    }
}
