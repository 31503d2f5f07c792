//! A quantity with its interval.

use serde::{Deserialize, Serialize};

/// A value and the interval it is believed to lie in; `low ≤ value ≤ high`, all finite.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The best single figure.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Estimate {
    /// A value between two ends, which are widened to include it.
    pub fn new(value: f64, low: f64, high: f64) -> Self {
        Self { value, low: low.min(value), high: high.max(value) }
    }

    /// A value known exactly.
    pub fn exact(value: f64) -> Self {
        Self { value, low: value, high: value }
    }

    /// The product of two quantities that are zero or above; ends multiply with ends.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            low: self.low * other.low,
            high: self.high * other.high,
        }
    }

    /// One divided by a quantity above zero; the ends change places.
    #[must_use]
    pub fn inverse(self) -> Self {
        Self { value: 1.0 / self.value, low: 1.0 / self.high, high: 1.0 / self.low }
    }

    /// The sum of two quantities; ends add to ends.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            low: self.low + other.low,
            high: self.high + other.high,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_keep_the_value_inside() {
        let product = Estimate::new(2.0, 1.5, 3.0).times(Estimate::new(1.0, 0.5, 2.0));
        assert_eq!(product, Estimate { value: 2.0, low: 0.75, high: 6.0 });
        assert_eq!(Estimate::new(5.0, 6.0, 4.0), Estimate { value: 5.0, low: 5.0, high: 5.0 });
    }
}
