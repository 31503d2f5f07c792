//! Runs side by side.

use serde::Serialize;
use serde_json::{Value, json};

use crate::artifact::Digest;
use crate::engine::EngineVersion;
use crate::measurement::{Seeded, Stamp, Steps};
use crate::model::{Models, NetworkModel, network_model};
use crate::size::{Layout, Resource, Sized};
use crate::spec::PlanSpec;
use crate::units::{Bytes, OpsPerSec, Usd, num};

use super::levels::common_loads;
use super::significance::{first_two, winner};
use super::{Basis, Better, Curve, Difference, Figure, Winner, differences, paired};

/// One run's results, as they are stored.
#[derive(Debug, Clone, Copy)]
pub struct RunView<'a> {
    /// How it is called here: `A`, `B` …
    pub label: &'a str,
    /// Where it is from.
    pub path: &'a str,
    /// Of `01-spec`: what was measured.
    pub spec: &'a PlanSpec,
    /// What seeding measured.
    pub seeded: &'a Seeded,
    /// What each level measured.
    pub steps: &'a Steps,
    /// What was learned.
    pub models: &'a Models,
    /// The plan as it was sized, and the answer.
    pub sized: &'a Sized,
}

/// Several runs, criterion by criterion.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunsComparison {
    /// In the order they were named.
    pub runs: Vec<Answer>,
    /// Where the plans differ: workload, objective, what production asks for.
    pub plans: Vec<Difference>,
    /// Where servers, machines and catalogs differ.
    pub circumstances: Vec<Difference>,
    /// In the order they are shown.
    pub criteria: Vec<Criterion>,
    /// Of each run.
    pub curves: Vec<Curve>,
    /// Loads that all of them offered, ascending.
    pub common_loads: Vec<OpsPerSec>,
}

/// What one run is and recommends.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// `A`, `B` …
    pub label: String,
    /// Where it is from.
    pub path: String,
    /// The plan's name.
    pub name: String,
    /// When it was measured.
    pub measured: Stamp,
    /// What it was measured on, as in `redis 7.0.15`.
    pub server: String,
    /// The answer; `None` when nothing fits.
    pub chosen: Option<Verdict>,
}

/// What one run recommends.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// As in `cache.r7g.large`.
    pub node_type: String,
    /// What it runs.
    pub engine: EngineVersion,
    /// How many of it.
    pub layout: Layout,
    /// Whether primary and replica stand in different zones.
    pub multi_az: bool,
    /// What binds.
    pub binding: Resource,
    /// Of the binding limit, the share used at the horizon.
    pub binding_share: Option<f64>,
    /// On demand.
    #[serde(rename = "monthly_nano_usd")]
    pub monthly: Usd,
}

/// The unit of a criterion's figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// US dollars a month.
    UsdPerMonth,
    /// Operations per second.
    OpsPerSec,
    /// Microseconds.
    Micros,
}

/// One question to all runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Criterion {
    /// What is compared.
    pub title: String,
    /// Of its figures.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// What the intervals are.
    pub basis: Basis,
    /// Of each run; `None` where it was not collected or its level is void.
    pub figures: Vec<Option<Figure>>,
    /// Of each run, whether its level was measured and is void.
    pub is_void: Vec<bool>,
    /// What it shows.
    pub winner: Winner,
}

/// Compares runs in the order given.
pub fn compare_runs(runs: &[RunView<'_>]) -> RunsComparison {
    let curves: Vec<Curve> = runs.iter().map(|run| Curve::of(run.label, run.steps)).collect();
    let plans: Vec<Value> = runs.iter().map(|run| json!(run.sized.plan)).collect();
    let common_loads = common_loads(&curves);
    RunsComparison {
        runs: runs.iter().map(answer).collect(),
        plans: differences("$", &plans),
        circumstances: circumstances(runs),
        criteria: criteria(runs, &curves, &common_loads),
        curves,
        common_loads,
    }
}

fn answer(run: &RunView<'_>) -> Answer {
    let target = &run.seeded.target;
    let chosen = run.sized.recommendation.chosen.as_ref().map(|choice| Verdict {
        node_type: choice.node_type.clone(),
        engine: choice.engine,
        layout: choice.layout,
        multi_az: run.sized.plan.capacity.multi_az,
        binding: choice.binding,
        binding_share: choice
            .checks
            .iter()
            .find(|check| check.resource == choice.binding)
            .and_then(|check| check.utilisation),
        monthly: choice.bill.monthly,
    });
    Answer {
        label: run.label.to_owned(),
        path: run.path.to_owned(),
        name: run.spec.name.clone(),
        measured: run.seeded.started,
        server: format!("{} {}", target.engine.product, target.version),
        chosen,
    }
}

/// Servers, machines, catalogs.
fn circumstances(runs: &[RunView<'_>]) -> Vec<Difference> {
    let of = |run: &RunView<'_>| {
        let target = &run.seeded.target;
        json!({
            "server": {
                "engine": target.engine,
                "version": target.version,
                "allocator": target.allocator,
                "is_private": target.is_private,
                "address": target.address,
                "mode": target.mode,
            },
            "host": target.host,
            "catalog": run.sized.catalog.as_ref().map(Digest::short),
        })
    };
    let values: Vec<Value> = runs.iter().map(of).collect();
    differences("$", &values)
}

fn criteria(runs: &[RunView<'_>], curves: &[Curve], common: &[OpsPerSec]) -> Vec<Criterion> {
    let exact = |title: &str, unit, value: &dyn Fn(&RunView<'_>) -> Option<f64>| {
        let figures = runs.iter().map(|run| value(run).map(Figure::exact)).collect();
        criterion(title, unit, Better::Less, Basis::Exact, figures)
    };
    let choice = |run: &RunView<'_>| run.sized.recommendation.chosen.clone();
    let mut all = vec![
        exact("cost per month, on demand", Unit::UsdPerMonth, &|run| {
            Some(choice(run)?.bill.monthly.usd())
        }),
        exact("used_memory measured", Unit::Bytes, &|run| {
            Some(run.models.memory.measured_bytes.float())
        }),
        exact("used_memory predicted before loading", Unit::Bytes, &|run| {
            Some(run.seeded.predicted_bytes.float())
        }),
        exact("memory per key measured", Unit::Bytes, &|run| {
            per_key(run, run.models.memory.measured_bytes)
        }),
        exact("memory per key predicted", Unit::Bytes, &|run| {
            per_key(run, run.seeded.predicted_bytes)
        }),
        exact("used_memory per shard at the horizon", Unit::Bytes, &|run| {
            Some(choice(run)?.memory.total().float())
        }),
        capacity(runs),
        cpu(runs, curves, common),
        wire(runs),
    ];
    for load in common {
        type Percentile = fn(&super::CurvePoint) -> Option<Figure>;
        let percentiles: [(&str, Percentile); 2] =
            [("p50", |point| point.p50_us), ("p99", |point| point.p99_us)];
        for (name, percentile) in percentiles {
            let figures = curves
                .iter()
                .map(|curve| curve.at(*load).filter(|point| point.is_valid).and_then(percentile))
                .collect();
            let title = format!("{name} at {load}");
            let plain = criterion(title, Unit::Micros, Better::Less, Basis::Confidence, figures);
            let is_void = |curve: &Curve| curve.at(*load).is_some_and(|point| !point.is_valid);
            all.push(Criterion { is_void: curves.iter().map(is_void).collect(), ..plain });
        }
    }
    all
}

fn criterion(
    title: impl Into<String>,
    unit: Unit,
    better: Better,
    basis: Basis,
    figures: Vec<Option<Figure>>,
) -> Criterion {
    let winner = winner(&figures, better);
    let is_void = vec![false; figures.len()];
    Criterion { title: title.into(), unit, better, basis, figures, is_void, winner }
}

/// What keys cost beside the empty server, per key.
fn per_key(run: &RunView<'_>, used: Bytes) -> Option<f64> {
    let keys = run.seeded.settled.n_keys();
    let taken = used.checked_sub(run.seeded.baseline.used_memory_bytes)?;
    (keys > 0).then(|| taken.float() / num::float(keys))
}

/// The largest load within the objective, with its interval.
fn capacity(runs: &[RunView<'_>]) -> Criterion {
    let figure = |run: &RunView<'_>| {
        if let Some(within) = run.models.capacity.within {
            return Some(Figure::between(within.value, within.low, within.high));
        }
        let met = run.models.capacity.met_at?.per_sec();
        let missed = run.models.capacity.missed_at.map_or(f64::INFINITY, OpsPerSec::per_sec);
        Some(Figure::between(met, met, missed))
    };
    let figures = runs.iter().map(figure).collect();
    let title = "capacity within the objective";
    criterion(title, Unit::OpsPerSec, Better::More, Basis::Bracket, figures)
}

/// Bytes of an operation with packet headers, both ways: of all valid levels, between those of each.
/// The mix is drawn at random, so levels differ a little.
fn wire(runs: &[RunView<'_>]) -> Criterion {
    let both = |network: NetworkModel| network.wire_in_bytes + network.wire_out_bytes;
    let figure = |run: &RunView<'_>| {
        let value = both(run.models.network?);
        let valid = run.steps.levels.iter().filter(|level| level.is_valid());
        let each = valid.filter_map(|level| network_model(run.spec, std::slice::from_ref(level)));
        let (low, high) = each
            .map(both)
            .fold((value, value), |(low, high), bytes| (low.min(bytes), high.max(bytes)));
        Some(Figure::between(value, low, high))
    };
    let figures = runs.iter().map(figure).collect();
    let title = "bytes per operation, both ways with packet headers";
    criterion(title, Unit::Bytes, Better::Less, Basis::RangeOfLevels, figures)
}

/// Engine-thread time per operation: at the loads that the two best have in common, where there are
/// enough, otherwise over all levels.
fn cpu(runs: &[RunView<'_>], curves: &[Curve], common: &[OpsPerSec]) -> Criterion {
    let figure = |run: &RunView<'_>| {
        let cost = run.models.cpu.as_ref()?.us_per_op;
        Some(Figure::between(cost.value, cost.low, cost.high))
    };
    let figures: Vec<Option<Figure>> = runs.iter().map(figure).collect();
    let title = "engine CPU per operation";
    let plain = criterion(title, Unit::Micros, Better::Less, Basis::RangeOfLevels, figures);
    let Some(((best, _), (next, _))) = first_two(&plain.figures, Better::Less) else {
        return plain;
    };
    let cost = |run: usize, load: OpsPerSec| {
        curves[run].at(load).filter(|point| point.is_valid)?.cpu_us_per_op
    };
    let pairs: Vec<(f64, f64)> =
        common.iter().filter_map(|load| Some((cost(best, *load)?, cost(next, *load)?))).collect();
    match paired::winner(best, next, &pairs, Better::Less) {
        Some(winner) => Criterion { basis: Basis::Paired, winner, ..plain },
        None => plain,
    }
}
