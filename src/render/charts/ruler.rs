//! From a value to its place along an axis.

use crate::report::numbers::tick;
use crate::report::{Axis, Scale, TickFormat};
use crate::units::num;

use super::ticks::{self, Steps};

/// Room left beyond the outermost value, as a share of the axis.
const ROOM: f64 = 0.04;

/// An axis with its range settled. It does not know yet where in the picture it lies.
#[derive(Debug, Clone)]
pub(super) struct Ruler {
    scale: Scale,
    low: f64,
    high: f64,
    /// Ascending, with their labels.
    pub(super) ticks: Vec<(f64, String)>,
}

impl Ruler {
    /// Settles the range of `axis` for `values`, of which those it cannot show are ignored, and
    /// chooses at most about `at_most` ticks.
    pub(super) fn fit(axis: &Axis, values: impl Iterator<Item = f64>, at_most: usize) -> Self {
        let valid_range = axis.range.filter(|(low, high)| {
            let is_placed = axis.scale == Scale::Linear || *low > 0.0;
            low.is_finite() && high.is_finite() && low < high && is_placed
        });
        let (low, high) = valid_range.unwrap_or_else(|| around(axis, values));
        if !axis.names.is_empty() {
            let names = axis.names.iter().enumerate();
            let ticks = names.map(|(at, name)| (num::float_len(at), name.clone())).collect();
            return Self { scale: axis.scale, low, high, ticks };
        }
        let positions = match (axis.scale, axis.format) {
            (Scale::Linear, TickFormat::Bytes) => {
                ticks::linear(low, high, num::float_len(at_most), Steps::Binary)
            }
            (Scale::Linear, _) => ticks::linear(low, high, num::float_len(at_most), Steps::Decimal),
            (Scale::Log10, _) => ticks::logarithmic(low, high, at_most, 10.0),
            (Scale::Log2, _) => ticks::logarithmic(low, high, at_most, 2.0),
        };
        let ticks = positions.into_iter().map(|at| (at, tick(at, axis.format))).collect();
        Self { scale: axis.scale, low, high, ticks }
    }

    /// Where `value` lies: 0 at the first value of the axis, 1 at the last, beyond them outside.
    /// `None` when the scale has no place for it.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let share = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log10 | Scale::Log2 => (value / self.low).ln() / (self.high / self.low).ln(),
        };
        share.is_finite().then_some(share)
    }
}

/// A range around `values` with room at its open ends.
fn around(axis: &Axis, values: impl Iterator<Item = f64>) -> (f64, f64) {
    let shown = values.filter(|value| axis.shows(*value));
    let (low, high) =
        shown.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    match axis.scale {
        Scale::Linear => {
            let (low, high) = (low.min(0.0), high.max(0.0));
            let room = if low < high { (high - low) * ROOM } else { 1.0 };
            let below = if low < 0.0 { room } else { 0.0 };
            let above = if high > 0.0 || low >= 0.0 { room } else { 0.0 };
            (low - below, high + above)
        }
        Scale::Log10 | Scale::Log2 => {
            let (low, high) = if low <= high { (low, high) } else { (1.0, 10.0) };
            let room = (high / low).powf(ROOM).max(1.2);
            (low / room, high * room)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(axis: &Axis, values: &[f64]) -> Ruler {
        Ruler::fit(axis, values.iter().copied(), 6)
    }

    #[test]
    fn a_linear_axis_includes_zero_and_leaves_room() {
        let axis = Axis::linear("keys", TickFormat::Count);
        let ruler = fit(&axis, &[50.0, 100.0]);
        assert_eq!(ruler.place(0.0), Some(0.0));
        assert!(ruler.place(100.0).is_some_and(|share| share > 0.9 && share < 1.0));
        let below = fit(&axis, &[-10.0, -5.0]);
        assert_eq!(below.place(0.0), Some(1.0));
    }

    #[test]
    fn a_logarithmic_axis_has_no_place_for_zero() {
        let axis = Axis::log10("response time", TickFormat::Micros);
        let ruler = fit(&axis, &[0.0, f64::NAN, 100.0, 10_000.0]);
        assert_eq!(ruler.place(0.0), None);
        assert!(ruler.place(1000.0).is_some_and(|share| (share - 0.5).abs() < 1e-9));
    }

    #[test]
    fn nothing_and_nonsense_still_give_an_axis() {
        let mut axis = Axis::log10("x", TickFormat::Count);
        assert!(!fit(&axis, &[]).ticks.is_empty());
        axis.range = Some((0.0, 5.0));
        assert!(fit(&axis, &[3.0]).place(3.0).is_some());
        let linear = Axis::linear("x", TickFormat::Count);
        assert!(!fit(&linear, &[0.0]).ticks.is_empty());
    }
}
