//! The largest offered load whose response time meets the objective.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::measurement::{Level, busiest_share, student};
use crate::spec::Objective;
use crate::units::{Micros, OpsPerSec, num};

use super::Estimate;

/// How far another run on the same machine may be, as a factor, besides what trials of one run show;
/// as for [`super::CpuModel`]. Measured: MODEL.md §2.1.
const RUN_TO_RUN: f64 = 2.1;

/// What the measured target carries within the objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CapacityModel {
    /// Highest offered load whose p99 meets the objective.
    pub met_at: Option<OpsPerSec>,
    /// Lowest one above that: it misses the objective, and the capacity lies between.
    pub missed_at: Option<OpsPerSec>,
    /// Loads below `met_at` that miss the objective, ascending. A disturbed machine only ever adds to
    /// response times, so a higher level that meets it outweighs them.
    pub missed_below: Vec<OpsPerSec>,
    /// Offered load per second at which p99 reaches the objective, with its 95 % interval; `None`
    /// where no load meets it, or none misses it.
    #[serde(default)]
    pub within: Option<Estimate>,
    /// Highest throughput any level achieved, void ones included.
    pub highest_achieved: Option<OpsPerSec>,
    /// p99 at the offered load nearest to the objective's peak, and that load.
    pub near_peak: Option<(OpsPerSec, Micros)>,
    /// p99 at every offered load, ascending: the median of its valid trials.
    #[serde(default)]
    pub by_level: Vec<(OpsPerSec, Micros)>,
    /// Of a load on the target, what the busiest of its servers answered: loads here are of the whole
    /// target. 1 for a server by itself.
    #[serde(default = "whole", skip_serializing_if = "is_whole")]
    pub busiest_share: f64,
}

const fn whole() -> f64 {
    1.0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_whole(share: &f64) -> bool {
    *share >= 1.0
}

impl CapacityModel {
    /// The load within the objective that another run may find ÷ the one found here. Without a level
    /// that missed it, nothing is known above but what separates runs.
    pub fn error(&self) -> Estimate {
        let (low, high) = match self.within {
            Some(within) if within.value > 0.0 => {
                (within.low / within.value, within.high / within.value)
            }
            _ => (1.0, 1.0),
        };
        Estimate::new(1.0, low / RUN_TO_RUN, high * RUN_TO_RUN)
    }

    /// The load per second on one server up to which p99 stays within a limit: between the highest load
    /// that meets it and the next one. Zero when none does.
    pub fn load_within(&self, p99: Micros) -> f64 {
        let of_all = crossing(&self.by_level, p99.get(), 1.0).map_or(0.0, |(load, _)| load);
        of_all * self.busiest_share
    }

    /// Highest offered load whose p99 meets the objective, as one server had it.
    pub fn met_by_one(&self) -> Option<f64> {
        self.met_at.map(|offered| offered.per_sec() * self.busiest_share)
    }

    /// p99 at a load on one server, µs: between the loads measured around it, or the lightest one's
    /// below them. `None` beyond them.
    pub fn p99_at(&self, load: f64) -> Option<f64> {
        let load = load / self.busiest_share;
        let levels = &self.by_level;
        let above = levels.iter().position(|(offered, _)| offered.per_sec() >= load)?;
        let (x1, y1) = (levels[above].0.per_sec(), levels[above].1.get());
        let Some((x0, y0)) = above.checked_sub(1).map(|below| levels[below]) else {
            return Some(y1);
        };
        let share = (load - x0.per_sec()) / (x1 - x0.per_sec());
        Some(y0.get() * (y1 / y0.get()).powf(share))
    }
}

/// `41.2k/s (39.8k/s to 42.5k/s)`, or what is known instead.
impl fmt::Display for CapacityModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.within, self.met_at, self.missed_at) {
            (Some(Estimate { value, low, high }), _, _) => {
                let [value, low, high] = [value, low, high].map(OpsPerSec::of);
                write!(f, "{value} ({low} to {high})")
            }
            (None, Some(met), Some(missed)) => write!(f, "{met} to {missed}"),
            (None, Some(met), None) => write!(f, "at least {met}"),
            (None, None, _) => f.write_str("not known"),
        }
    }
}

/// Where p99, times a factor, reaches `limit` µs, and whether a load beyond it shows that it does.
/// `None` when no load is within it.
///
/// The logarithm of p99 is taken to be straight between two measured loads. Of several crossings the
/// highest counts.
fn crossing(curve: &[(OpsPerSec, Micros)], limit: f64, factor: f64) -> Option<(f64, bool)> {
    let within = |(_, p99): &(OpsPerSec, Micros)| p99.get() * factor <= limit;
    let last = curve.iter().rposition(within)?;
    let (x0, y0) = (curve[last].0.per_sec(), curve[last].1.get() * factor);
    let Some((x1, y1)) = curve.get(last + 1) else { return Some((x0, false)) };
    let (x1, y1) = (x1.per_sec(), y1.get() * factor);
    Some((x0 + (x1 - x0) * (limit / y0).ln() / (y1 / y0).ln(), true))
}

/// The valid trials of one offered load.
struct Trials {
    offered: OpsPerSec,
    /// p99 in µs, ascending.
    p99s: Vec<f64>,
    /// Most of them kept rising: what they show would be longer in a longer level.
    is_rising: bool,
}

impl Trials {
    /// All offered loads of valid levels, ascending.
    fn of(levels: &[Level]) -> Vec<Self> {
        let mut valid: Vec<(OpsPerSec, f64, bool)> = levels
            .iter()
            .filter(|level| level.is_valid())
            .filter_map(|level| {
                let p99 = level.response().quantile(0.99)?;
                Some((level.offered, p99.get(), level.is_rising))
            })
            .collect();
        valid.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        valid
            .chunk_by(|a, b| a.0 == b.0)
            .map(|trials| Self {
                offered: trials[0].0,
                p99s: trials.iter().map(|(_, p99, _)| *p99).collect(),
                is_rising: trials.iter().filter(|trial| trial.2).count() * 2 > trials.len(),
            })
            .collect()
    }

    /// A machine that is disturbed during one trial only ever adds to its response times, so the
    /// middle one counts; of two the shorter.
    fn median(&self) -> f64 {
        self.p99s[(self.p99s.len() - 1) / 2]
    }
}

/// Reads the capacity off the levels, in any order.
///
/// The interval shifts the whole curve by what its points may be off: Student's t times the standard
/// deviation of ln p99 between trials of one load, over the square root of the trials beside the
/// crossing. Without repeated trials it reaches from the last load that meets the objective to the
/// next. Source: MODEL.md §2.4.
pub fn capacity_model(objective: &Objective, levels: &[Level]) -> CapacityModel {
    let trials = Trials::of(levels);
    let limit = objective.p99_us.get();
    let meets = |one: &&Trials| one.median() <= limit && !one.is_rising;
    let met_at = trials.iter().rfind(meets).map(|one| one.offered);
    let misses = || trials.iter().filter(|one| !meets(one)).map(|one| one.offered);
    let missed_at = misses().find(|offered| met_at.is_none_or(|met| *offered > met));
    // What rises and is within the limit so far says nothing of where p99 ends.
    let by_level: Vec<(OpsPerSec, Micros)> = trials
        .iter()
        .filter(|one| !one.is_rising || one.median() > limit)
        .map(|one| (one.offered, Micros::of(one.median())))
        .collect();
    let distance = |offered: OpsPerSec| (offered.per_sec() / objective.peak.per_sec()).ln().abs();
    CapacityModel {
        met_at,
        missed_at,
        missed_below: misses().filter(|offered| met_at.is_some_and(|met| *offered < met)).collect(),
        within: met_at.zip(missed_at).and_then(|ends| within(&trials, &by_level, limit, ends)),
        highest_achieved: levels.iter().map(|level| level.achieved).max(),
        near_peak: by_level
            .iter()
            .copied()
            .min_by(|(a, _), (b, _)| distance(*a).total_cmp(&distance(*b))),
        by_level,
        busiest_share: busiest_share(levels),
    }
}

/// The load at the objective, and its interval.
fn within(
    trials: &[Trials],
    curve: &[(OpsPerSec, Micros)],
    limit: f64,
    (met, missed): (OpsPerSec, OpsPerSec),
) -> Option<Estimate> {
    let (value, _) = crossing(curve, limit, 1.0)?;
    let (met, missed) = (met.per_sec(), missed.per_sec());
    let (mut squares, mut freedom) = (0.0, 0);
    for one in trials {
        let logs = || one.p99s.iter().map(|p99| p99.ln());
        let mean = logs().sum::<f64>() / num::float_len(one.p99s.len());
        squares += logs().map(|log| (log - mean).powi(2)).sum::<f64>();
        freedom += one.p99s.len() - 1;
    }
    if freedom == 0 {
        return Some(Estimate::new(value, met, missed));
    }
    let beside = trials
        .iter()
        .filter(|one| [met, missed].contains(&one.offered.per_sec()))
        .map(|one| one.p99s.len())
        .min()
        .unwrap_or(1);
    let deviation = (squares / num::float_len(freedom)).sqrt();
    let off = student(freedom) * deviation / num::float_len(beside).sqrt();
    // A curve that is nowhere within the limit leaves the lightest load as the least that is known.
    let least = curve.first().map_or(0.0, |(offered, _)| offered.per_sec());
    let low = crossing(curve, limit, off.exp()).map_or(least, |(load, _)| load);
    let high = crossing(curve, limit, (-off).exp()).map_or(value, |(load, _)| load);
    Some(Estimate::new(value, low.min(value), high.max(value)))
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
        let model = capacity_model(&objective(), &levels);
        let (within, error) = (model.within.expect("between them"), model.error());
        assert!((error.low * within.value - 20_000.0 / 2.1).abs() < 1.0, "{error:?}");
        assert!((error.high * within.value - 45_000.0 * 2.1).abs() < 1.0, "{error:?}");
        let never_missed = capacity_model(&objective(), &levels[..1]).error();
        assert!((never_missed.value - 1.0).abs() < 1e-12, "{never_missed:?}");
    }

    /// From 900 µs at 20,000 to 9 ms at 40,000, a factor of ten: 5 ms is ln 5.56 / ln 10 of the way.
    #[test]
    fn the_load_at_the_objective_lies_between_levels() {
        let model = capacity_model(&objective(), &[level(20_000.0, 900), level(40_000.0, 9_000)]);
        let expected = 20_000.0 * (1.0 + (5.0_f64 / 0.9).ln() / 10_f64.ln());
        let within = model.within.expect("between them");
        // Histograms round to a thousandth.
        assert!((within.value / expected - 1.0).abs() < 1e-3, "{within:?}");
        assert_eq!((within.low, within.high), (20_000.0, 40_000.0), "without trials");
        assert!((model.load_within(Micros::of(5_000.0)) - within.value).abs() < 1e-9);
        assert!((model.p99_at(within.value).expect("measured") - 5_000.0).abs() < 1e-6);
        assert_eq!((model.load_within(Micros::of(100.0)), model.p99_at(1e9)), (0.0, None));
    }

    /// One of three trials was disturbed: it does not decide, but it widens the interval.
    #[test]
    fn the_middle_trial_counts() {
        let steady = [
            level(20_000.0, 900),
            level(20_000.0, 910),
            level(20_000.0, 890),
            level(40_000.0, 9_000),
            level(40_000.0, 9_100),
            level(40_000.0, 8_900),
        ];
        let mut disturbed = steady.clone();
        disturbed[1] = level(20_000.0, 9_000);
        let [steady, disturbed] =
            [&steady, &disturbed].map(|levels| capacity_model(&objective(), levels));
        assert_eq!((disturbed.met_at, disturbed.missed_at), (rate(20_000.0), rate(40_000.0)));
        let [narrow, wide] = [steady, disturbed].map(|model| model.within.expect("between"));
        assert!((wide.value / narrow.value - 1.0).abs() < 0.01, "{wide:?} {narrow:?}");
        assert!(narrow.high / narrow.low < 1.05, "{narrow:?}");
        assert!(wide.high / wide.low > 1.3, "{wide:?}");
    }

    /// It meets the objective so far, but would not for long.
    #[test]
    fn a_level_that_keeps_rising_does_not_meet_it() {
        let mut rising = level(40_000.0, 3_000);
        rising.is_rising = true;
        let model = capacity_model(&objective(), &[level(20_000.0, 900), rising]);
        assert_eq!((model.met_at, model.missed_at), (rate(20_000.0), rate(40_000.0)));
        let within = model.within.expect("between them");
        assert_eq!((within.value, within.high), (20_000.0, 40_000.0));
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
