//! The largest offered load whose response time meets the objective.

use serde::{Deserialize, Serialize};

use crate::measurement::Level;
use crate::spec::Objective;
use crate::units::{Micros, OpsPerSec};

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
    }
}
