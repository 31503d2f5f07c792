//! What each run measured at each offered load.

use serde::Serialize;

use crate::measurement::{Level, Steps};
use crate::units::{OpsPerSec, num};

use super::Figure;

/// Offered loads no farther apart than this share are the same; response time at the knee changes
/// by more than its interval beyond that.
const SAME_LOAD: f64 = 0.01;

/// One run's levels, ascending offered load.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// The run's letter.
    pub label: String,
    /// Void levels as well.
    pub points: Vec<CurvePoint>,
}

/// One level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Rate at which operations were due.
    pub offered: OpsPerSec,
    /// Rate at which they completed.
    pub achieved: OpsPerSec,
    /// Response times recorded: the size of the sample.
    pub n: u64,
    /// Median response time, µs; `None` when nothing completed.
    pub p50_us: Option<Figure>,
    /// 99th percentile, µs.
    pub p99_us: Option<Figure>,
    /// Engine-thread time per operation, µs; `None` when the server does not tell.
    pub cpu_us_per_op: Option<f64>,
    /// Whether conclusions may be drawn from it.
    pub is_valid: bool,
}

impl Curve {
    pub(super) fn of(label: &str, steps: &Steps) -> Self {
        let mut points: Vec<CurvePoint> = steps.levels.iter().map(point).collect();
        points.sort_by_key(|point| point.offered);
        Self { label: label.to_owned(), points }
    }

    /// The level at that load, the first valid one where it was offered more than once.
    pub(super) fn at(&self, offered: OpsPerSec) -> Option<&CurvePoint> {
        let same = |point: &&CurvePoint| is_same(point.offered, offered);
        let of = |is_valid| self.points.iter().filter(same).find(|one| one.is_valid == is_valid);
        of(true).or_else(|| of(false))
    }
}

/// Loads that every run offered, ascending, as the first run spells them.
pub(super) fn common_loads(curves: &[Curve]) -> Vec<OpsPerSec> {
    let Some((first, others)) = curves.split_first() else { return Vec::new() };
    let mut loads: Vec<OpsPerSec> = Vec::new();
    for point in &first.points {
        let is_new = loads.last().is_none_or(|last| !is_same(*last, point.offered));
        if is_new && others.iter().all(|curve| curve.at(point.offered).is_some()) {
            loads.push(point.offered);
        }
    }
    loads
}

fn is_same(a: OpsPerSec, b: OpsPerSec) -> bool {
    (a.per_sec() - b.per_sec()).abs() <= SAME_LOAD * a.per_sec().max(b.per_sec())
}

fn point(level: &Level) -> CurvePoint {
    let response = level.response();
    let quantile = |q| {
        let value = response.quantile(q)?.get();
        Some(level.response_interval(q).map_or(
            // Too few samples to bound it.
            Figure::between(value, 0.0, f64::INFINITY),
            |(low, high)| Figure::between(value, low.get(), high.get()),
        ))
    };
    let cpu = level.server.main_thread_cpu_us.zip(level.server.commands.filter(|n| *n > 0));
    CurvePoint {
        offered: level.offered,
        achieved: level.achieved,
        n: response.count(),
        p50_us: quantile(0.5),
        p99_us: quantile(0.99),
        cpu_us_per_op: cpu.map(|(cpu, commands)| cpu.get() / num::float(commands)),
        is_valid: level.is_valid(),
    }
}
