//! The largest offered load whose response time meets the objective.

use serde::{Deserialize, Serialize};

use crate::measurement::Level;
use crate::spec::Objective;
use crate::units::{Micros, OpsPerSec};

/// What the measured target carries within the objective.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CapacityModel {
    /// Highest valid level whose p99 meets the objective and below which no valid level misses it.
    pub met_at: Option<OpsPerSec>,
    /// Lowest valid level that misses it: the capacity lies between the two.
    pub missed_at: Option<OpsPerSec>,
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
    let missed_at =
        valid.iter().find(|(_, p99)| *p99 > objective.p99_us).map(|(offered, _)| *offered);
    let met_at = valid
        .iter()
        .map(|(offered, _)| *offered)
        .rfind(|offered| missed_at.is_none_or(|missed| *offered < missed));
    let distance = |offered: OpsPerSec| (offered.per_sec() / objective.peak.per_sec()).ln().abs();
    CapacityModel {
        met_at,
        missed_at,
        highest_achieved: levels.iter().map(|level| level.achieved).max(),
        near_peak: valid
            .iter()
            .copied()
            .min_by(|(a, _), (b, _)| distance(*a).total_cmp(&distance(*b))),
    }
}
