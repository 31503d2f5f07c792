//! Which loads to offer after those so far, so that the capacity is known well enough.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::measurement::{Level, VoidReason};
use crate::spec::{Levels, PlanSpec};
use crate::units::OpsPerSec;

use super::{CapacityModel, capacity_model};

/// Loads of one run that are offered again because the generator lagged in them.
const REPEATS: usize = 4;
/// Loads that are halved between one that meets the objective and one that misses it.
const BISECTIONS: usize = 3;
/// A gap this narrow, as a factor, is not halved any more: trials of one load differ as much.
const NARROW: f64 = 1.1;
/// Loads that get their trials: the two beside the capacity, and others that turn out to be so.
const TRIED: usize = 4;

/// What to offer next, in that order; nothing when enough is known.
///
/// 1. Loads whose only level is void because the generator lagged, once more, those nearest to the
///    peak first: a disturbed machine passes.
/// 2. Where the plan leaves the levels open, the geometric mean of the highest load that meets the
///    objective and the next one that misses it, until they are near each other or three were
///    offered.
/// 3. Those two until each has as many valid trials as the plan asks for, in random order, so that
///    what changes on the machine meanwhile falls on both.
pub fn further_levels(spec: &PlanSpec, began_with: usize, levels: &[Level]) -> Vec<OpsPerSec> {
    let again = disturbed(levels, spec.objective.peak);
    if !again.is_empty() {
        return again;
    }
    let CapacityModel { met_at, missed_at, .. } = capacity_model(&spec.objective, levels);
    let loads = distinct(levels);
    if let (Levels::Auto, Some(met), Some(missed)) = (&spec.load.levels, met_at, missed_at)
        && missed.per_sec() > met.per_sec() * NARROW
        && loads.len() < began_with + BISECTIONS
    {
        return vec![OpsPerSec::of((met.per_sec() * missed.per_sec()).sqrt())];
    }
    let trials = |load: &OpsPerSec| levels.iter().filter(|level| level.offered == *load).count();
    let wanted = usize::try_from(spec.load.trials).unwrap_or(usize::MAX);
    let tried = loads.iter().filter(|load| trials(load) > 1).count();
    let mut next: Vec<OpsPerSec> = Vec::new();
    // One that was tried before, void trials included, is not begun again.
    let new = met_at.into_iter().chain(missed_at).filter(|load| trials(load) == 1);
    for load in new.take(TRIED.saturating_sub(tried)) {
        let left = wanted.saturating_sub(valid_trials(levels, load));
        next.extend(std::iter::repeat_n(load, left));
    }
    let seed = u64::try_from(levels.len()).unwrap_or(u64::MAX);
    next.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    next
}

fn valid_trials(levels: &[Level], load: OpsPerSec) -> usize {
    levels.iter().filter(|level| level.offered == load && level.is_valid()).count()
}

/// Offered loads, each once, ascending.
fn distinct(levels: &[Level]) -> Vec<OpsPerSec> {
    let mut loads: Vec<OpsPerSec> = levels.iter().map(|level| level.offered).collect();
    loads.sort();
    loads.dedup();
    loads
}

/// Offered loads worth a second try. A workload that misses its keys does so every time.
fn disturbed(levels: &[Level], peak: OpsPerSec) -> Vec<OpsPerSec> {
    let lagged = |level: &&Level| matches!(level.void[..], [VoidReason::GeneratorLagged { .. }]);
    let of = |load: OpsPerSec| levels.iter().filter(move |level| level.offered == load);
    // Whose first level lagged, and how many of those were offered again.
    let first_lagged: Vec<OpsPerSec> = distinct(levels)
        .into_iter()
        .filter(|load| of(*load).next().is_some_and(|first| lagged(&first)))
        .collect();
    let repeated = first_lagged.iter().filter(|load| of(**load).count() > 1).count();
    let mut again: Vec<OpsPerSec> =
        first_lagged.into_iter().filter(|load| of(*load).count() == 1).collect();
    let distance = |load: &OpsPerSec| (load.per_sec() / peak.per_sec()).ln().abs();
    again.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    again.truncate(REPEATS.saturating_sub(repeated));
    again
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::fixture::level;
    use crate::spec::identity_cache;
    use crate::units::{Micros, num};

    /// p99 in µs at a load, as some machine would show it.
    fn run(spec: &PlanSpec, p99: impl Fn(f64) -> u64, began: &[f64]) -> Vec<Level> {
        let mut levels: Vec<Level> = began.iter().map(|load| level(*load, p99(*load))).collect();
        loop {
            let next = further_levels(spec, began.len(), &levels);
            if next.is_empty() {
                return levels;
            }
            levels.extend(next.iter().map(|load| level(load.per_sec(), p99(load.per_sec()))));
            assert!(levels.len() < 100, "it ends");
        }
    }

    /// An M/M/1 of 60,000/s and 20 µs: p99 = ln 100 / (μ − λ), 5 ms at 59,079/s.
    fn queue(load: f64) -> u64 {
        let left = (60_000.0 - load).max(1.0);
        num::round((100_f64.ln() / left * 1e6).min(1e6))
    }

    #[test]
    fn the_capacity_is_bracketed_and_both_ends_are_tried() {
        let spec = identity_cache();
        let levels = run(&spec, queue, &[5e3, 20e3, 40e3, 52e3, 70e3]);
        let model = capacity_model(&spec.objective, &levels);
        let (met, missed) = (model.met_at.unwrap(), model.missed_at.unwrap());
        assert!(met.per_sec() < 59_079.0 && 59_079.0 < missed.per_sec(), "{met} {missed}");
        assert!(missed.per_sec() / met.per_sec() < 1.1, "{met} {missed}");
        assert_eq!((valid_trials(&levels, met), valid_trials(&levels, missed)), (3, 3));
        assert!(levels.len() <= 5 + 3 + 4, "{}", levels.len());
    }

    #[test]
    fn listed_levels_are_tried_but_none_is_added() {
        let mut spec = identity_cache();
        let listed = [5e3, 20e3, 70e3];
        spec.load.levels = Levels::Listed(listed.map(OpsPerSec::of).to_vec());
        spec.load.trials = 1;
        assert_eq!(run(&spec, queue, &listed).len(), 3);
        spec.load.trials = 3;
        let levels = run(&spec, queue, &listed);
        assert_eq!(distinct(&levels), listed.map(OpsPerSec::of));
        assert_eq!(valid_trials(&levels, OpsPerSec::of(20e3)), 3);
        assert_eq!(valid_trials(&levels, OpsPerSec::of(5e3)), 1);
    }

    #[test]
    fn what_never_misses_or_never_meets_is_tried_at_its_end() {
        let spec = identity_cache();
        let met = run(&spec, |_| 100, &[5e3, 20e3]);
        assert_eq!(valid_trials(&met, OpsPerSec::of(20e3)), 3);
        let missed = run(&spec, |_| 900_000, &[5e3, 20e3]);
        assert_eq!(valid_trials(&missed, OpsPerSec::of(5e3)), 3);
        assert_eq!(further_levels(&spec, 0, &[]), []);
    }

    #[test]
    fn lagged_levels_come_once_more_nearest_to_the_peak_first() {
        let spec = identity_cache();
        let lagged = |load| {
            let mut level = level(load, 300);
            level.void.push(VoidReason::GeneratorLagged {
                p99_lag_us: Micros::of(9e3),
                limit_us: Micros::of(500.0),
            });
            level
        };
        let loads = [1e3, 4e3, 9e3, 20e3, 40e3, 80e3];
        let mut levels: Vec<Level> = loads.map(lagged).to_vec();
        let again = further_levels(&spec, 6, &levels);
        assert_eq!(again, [4e3, 9e3, 20e3, 1e3].map(OpsPerSec::of));
        levels.extend(again.iter().map(|load| lagged(load.per_sec())));
        assert_eq!(further_levels(&spec, 6, &levels), [], "no more than four");
    }
}
