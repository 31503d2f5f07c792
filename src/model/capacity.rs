//! The largest offered load whose response time meets the objective.

use serde::{Deserialize, Serialize};

use crate::measurement::Level;
use crate::spec::Objective;
use crate::units::{Micros, OpsPerSec};

use super::Estimate;

/// How far another run on the same machine may be, as a factor, besides the step between the levels
/// that met and missed the objective; as for [`super::CpuModel`]. Measured: MODEL.md §2.1.
const RUN_TO_RUN: f64 = 2.1;

/// What the measured target carries within the objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CapacityModel {
    /// Highest valid level whose p99 meets the objective.
    pub met_at: Option<OpsPerSec>,
    /// Lowest valid level above that: it misses the objective, and the capacity lies between.
    pub missed_at: Option<OpsPerSec>,
    /// Valid levels below `met_at` that miss the objective, ascending. A disturbed machine only
    /// ever adds to response times, so a higher level that meets it outweighs them.
    pub missed_below: Vec<OpsPerSec>,
    /// Highest throughput any level achieved, void ones included.
    pub highest_achieved: Option<OpsPerSec>,
    /// p99 at the valid level nearest to the objective's peak, and that level.
    pub near_peak: Option<(OpsPerSec, Micros)>,
    /// p99 at every valid level, ascending offered load.
    #[serde(default)]
    pub by_level: Vec<(OpsPerSec, Micros)>,
}

impl CapacityModel {
    /// The load within the objective ÷ the highest level that met it: up to the level that missed it,
    /// and what another run may find on either side. Without a level that missed it, nothing is known
    /// above.
    pub fn error(&self) -> Estimate {
        let step = match (self.met_at, self.missed_at) {
            (Some(met), Some(missed)) if met.per_sec() > 0.0 => missed.per_sec() / met.per_sec(),
            _ => 1.0,
        };
        Estimate::new(step.sqrt(), 1.0 / RUN_TO_RUN, step * RUN_TO_RUN)
    }
}

/// Reads the capacity off the levels, in any order.
pub fn capacity_model(objective: &Objective, levels: &[Level]) -> CapacityModel {
    let mut valid: Vec<(OpsPerSec, Micros)> = levels
        .iter()
        .filter(|level| level.is_valid())
        .filter_map(|level| Some((level.offered, level.response().quantile(0.99)?)))
        .collect();
    valid.sort_by_key(|(offered, _)| *offered);
    let meets =
        |(offered, p99): &(OpsPerSec, Micros)| (*p99 <= objective.p99_us).then_some(*offered);
    let met_at = valid.iter().filter_map(meets).next_back();
    let misses =
        || valid.iter().filter(|level| meets(level).is_none()).map(|(offered, _)| *offered);
    let distance = |offered: OpsPerSec| (offered.per_sec() / objective.peak.per_sec()).ln().abs();
    CapacityModel {
        met_at,
        missed_at: misses().find(|offered| met_at.is_none_or(|met| *offered > met)),
        missed_below: misses().filter(|offered| met_at.is_some_and(|met| *offered < met)).collect(),
        highest_achieved: levels.iter().map(|level| level.achieved).max(),
        near_peak: valid
            .iter()
            .copied()
            .min_by(|(a, _), (b, _)| distance(*a).total_cmp(&distance(*b))),
        by_level: valid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::VoidReason;
    use crate::measurement::fixture::level;
    use crate::spec::Profile;

    fn objective() -> Objective {
        Objective {
            peak: OpsPerSec::of(5_000.0),
            p99_us: Micros::of(5_000.0),
            profile: Profile::FLAT,
        }
    }

    fn rate(per_sec: f64) -> Option<OpsPerSec> {
        OpsPerSec::new(per_sec)
    }

    #[test]
    fn the_capacity_lies_between_the_last_level_that_meets_and_the_next() {
        let levels = [level(20_000.0, 900), level(5_000.0, 300), level(40_000.0, 9_000)];
        let capacity = capacity_model(&objective(), &levels);
        assert_eq!((capacity.met_at, capacity.missed_at), (rate(20_000.0), rate(40_000.0)));
        assert_eq!(capacity.near_peak.map(|(offered, _)| offered), rate(5_000.0));
        assert!(capacity.missed_below.is_empty());
    }

    #[test]
    fn another_run_may_find_more_or_less() {
        let levels = [level(20_000.0, 900), level(45_000.0, 9_000)];
        let error = capacity_model(&objective(), &levels).error();
        let expected = Estimate::new(1.5, 1.0 / 2.1, 2.25 * 2.1);
        assert!((error.value - expected.value).abs() < 1e-12, "{error:?}");
        assert!((error.low - expected.low).abs() + (error.high - expected.high).abs() < 1e-12);
        let never_missed = capacity_model(&objective(), &levels[..1]).error();
        assert!((never_missed.value - 1.0).abs() < 1e-12, "{never_missed:?}");
    }

    #[test]
    fn a_disturbed_light_level_does_not_hide_what_a_heavier_one_shows() {
        let levels = [level(5_000.0, 8_000), level(20_000.0, 900)];
        let capacity = capacity_model(&objective(), &levels);
        assert_eq!((capacity.met_at, capacity.missed_at), (rate(20_000.0), None));
        assert_eq!(capacity.missed_below, [OpsPerSec::of(5_000.0)]);
    }

    #[test]
    fn void_levels_decide_nothing() {
        let mut void = level(20_000.0, 900);
        void.void.push(VoidReason::Evictions(1));
        let capacity = capacity_model(&objective(), &[void]);
        assert_eq!((capacity.met_at, capacity.near_peak), (None, None));
        assert_eq!(capacity.highest_achieved, rate(20_000.0), "but they were achieved");
    }
}
