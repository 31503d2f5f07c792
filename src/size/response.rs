//! Response time on a node, from what was measured elsewhere. Source: MODEL.md §2.3.

use crate::model::{CapacityModel, Estimate};
use crate::units::Micros;

/// Round trip between client and node where the plan gives none, µs: within a zone at the least, to
/// another zone at the most. Assumed: AWS publishes no figure but "single-digit milliseconds"
/// between zones.
const ROUND_TRIP_US: Estimate = Estimate { value: 500.0, low: 200.0, high: 1_000.0 };

/// What lies between a measured response time and one on a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Path {
    /// Engine-thread time of a command on the node ÷ on the measured machine, with TLS.
    pub(super) slowdown: Estimate,
    /// What the network adds, µs; nothing where the measurement holds it.
    pub(super) round_trip: Estimate,
}

/// The round trip that a plan gives, or an assumed one.
pub(super) fn round_trip(given: Option<(Micros, Micros)>) -> Estimate {
    given.map_or(ROUND_TRIP_US, |(low, high)| {
        let (low, high) = (low.get(), high.get());
        Estimate::new(f64::midpoint(low, high), low, high)
    })
}

/// The most commands per second that one node answers within the objective, at the slow end of the
/// path; zero when no level does, `None` when no level is known.
///
/// A machine that takes `r` times as long for everything behaves at `λ` as the measured one at
/// `r · λ`, with all times multiplied by `r`: so a load X stands for `X / r`, and meets the objective
/// when `r · p99(X) + round trip` does.
pub(super) fn load_within(objective: Micros, capacity: &CapacityModel, path: Path) -> Option<f64> {
    let (slowdown, round_trip) = (path.slowdown.high, path.round_trip.high);
    if capacity.by_level.is_empty() {
        // Runs from before levels were kept: the measured capacity, slowed.
        return capacity.met_by_one().map(|load| load / slowdown);
    }
    let left = Micros::new((objective.get() - round_trip) / slowdown);
    Some(left.map_or(0.0, |left| capacity.load_within(left) / slowdown))
}

/// The 99th percentile to expect on a node at a load, µs: at the fast and the slow end of the path.
/// `None` beyond the levels measured.
///
/// * `commands`: per second on that node.
pub(super) fn p99(capacity: &CapacityModel, path: Path, commands: f64) -> Option<Estimate> {
    let at = |slowdown: f64, round_trip: f64| {
        Some(slowdown * capacity.p99_at(commands * slowdown)? + round_trip)
    };
    let Path { slowdown, round_trip } = path;
    Some(Estimate::new(
        at(slowdown.value, round_trip.value)?,
        at(slowdown.low, round_trip.low)?,
        at(slowdown.high, round_trip.high)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::fixture::level;
    use crate::model::capacity_model;
    use crate::spec::{Objective, Profile};
    use crate::units::OpsPerSec;

    fn objective(p99_us: f64) -> Objective {
        Objective {
            peak: OpsPerSec::of(5_000.0),
            p99_us: Micros::of(p99_us),
            profile: Profile::default(),
        }
    }

    fn capacity(p99_us: f64) -> CapacityModel {
        let levels = [level(10_000.0, 400), level(20_000.0, 900), level(40_000.0, 9_000)];
        capacity_model(&objective(p99_us), &levels)
    }

    fn path(slowdown: f64, round_trip: f64) -> Path {
        Path { slowdown: Estimate::exact(slowdown), round_trip: Estimate::exact(round_trip) }
    }

    #[test]
    fn a_slower_machine_stretches_time_and_so_meets_less() {
        let within = |p99, path| load_within(Micros::of(p99), &capacity(p99), path);
        // A tenth more than the histogram's class of 900 us is ln 2.22 / ln 10 of the way to 9 ms.
        let expected = 20_000.0 * (1.0 + (2.0_f64 / 0.9).ln() / 10_f64.ln());
        let off = |found: Option<f64>, expected: f64| (found.unwrap() / expected - 1.0).abs();
        assert!(off(within(2_000.0, path(1.0, 0.0)), expected) < 1e-3);
        // 2 x 1 ms is within 2 ms, at half the load: ln 1.11 / ln 10 of the way.
        let expected = 10_000.0 * (1.0 + (1.0_f64 / 0.9).ln() / 10_f64.ln());
        assert!(off(within(2_000.0, path(2.0, 0.0)), expected) < 1e-3);
        // With half a millisecond of network 750 us are left.
        let expected = 5_000.0 * (1.0 + (0.75_f64 / 0.4).ln() / (0.9_f64 / 0.4).ln());
        assert!(off(within(2_000.0, path(2.0, 500.0)), expected) < 1e-3);
        assert_eq!(within(400.0, path(2.0, 0.0)), Some(0.0), "no level meets it there");
        assert_eq!(within(400.0, path(1.0, 500.0)), Some(0.0), "the network takes it all");
    }

    #[test]
    fn p99_lies_between_the_levels_measured() {
        let at = |load| p99(&capacity(5_000.0), path(2.0, 100.0), load);
        // 7,500/s twice as slow is 15,000/s measured: 600 us, doubled, and the network.
        assert!((at(7_500.0).expect("between").value - 1_300.0).abs() < 2.0);
        assert!((at(100.0).expect("below").value - 900.0).abs() < 1.0);
        assert_eq!(at(30_000.0), None, "beyond what was measured");
    }
}
