//! What needs a running engine, whoever's it is: seed it, offer load, keep what was seen.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::pin::pin;
use std::time::Duration;

use crate::artifact::{Artifact, Digest, Kind};
use crate::cli::args::PlaceArgs;
use crate::cli::failure::Failure;
use crate::cli::printer::Printer;
use crate::cli::signals::Stop;
use crate::engine::{Allocator, EngineVersion, SlotRange};
use crate::load::{
    LevelSettings, SaturationSettings, measure_level, measure_users, probe_saturation,
};
use crate::measurement::{Level, Seeded, Steps, TargetFacts};
use crate::model::memory::{Footprint, Layout, together};
use crate::model::{further_levels, string_classes};
use crate::seed::seed;
use crate::spec::{ClosedLoop, Levels, PlanSpec, ReadFrom};
use crate::store::RunDir;
use crate::target::{FAILOVER_PATIENCE, Target};
use crate::units::{Bytes, OpsPerSec, num};
use crate::workload::auto_levels;

use super::input::now;
use super::private::measure_private;
use super::remote::{Remote, measure_remote};
use super::server::Server;

/// Arrivals and operations of a run; another seed would be another run of the same workload.
const SEED: u64 = 0x00ca_c4ef_1700;
/// Length of the saturation probe.
const PROBE: Duration = Duration::from_millis(1500);

/// What a run is for, and where its results go.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub spec: &'a PlanSpec,
    pub spec_digest: &'a Digest,
    pub run: &'a RunDir,
    pub printer: &'a Printer,
    /// Seeding is all that is wanted.
    pub seeds_only: bool,
    /// What an earlier run measured and this one goes on from.
    pub before: Option<&'a Before>,
}

/// An earlier run of the same plan that ended too soon, or whose load is wanted again.
pub(super) struct Before {
    pub seeded: Seeded,
    pub seeded_digest: Digest,
    /// Its levels, where some are still to be measured.
    pub steps: Option<Steps>,
}

/// A target that may be filled.
pub(super) struct Site<'a> {
    pub target: &'a Target,
    pub facts: TargetFacts,
}

/// Measures on the target that was asked for, and leaves nothing behind.
///
/// Returns what went wrong after a whole measurement: own keys that could not be removed.
pub(super) async fn measure(
    job: Job<'_>,
    args: &PlaceArgs,
    server: Option<&Server>,
    stop: &mut Stop,
) -> Result<Option<Failure>, Failure> {
    if let Some(server) = server {
        let remote = Remote::of(args, &server.endpoint, job.run.path());
        return measure_remote(job, &remote, stop).await;
    }
    let aftermath = "what was measured so far is kept, the private engine is stopped";
    stop.or(measure_private(job, args), aftermath).await?;
    Ok(None)
}

/// Seeds, offers load, and writes the artifact of each stage as it ends. Own keys stay.
pub(super) async fn stages(job: Job<'_>, site: Site<'_>) -> Result<(), Failure> {
    let Job { spec, spec_digest, run, printer, seeds_only, before } = job;
    let Site { target, facts } = site;
    let seeded = fill(spec, target, facts, printer).await?;
    let seeded_digest = match before {
        // Levels of two engines do not belong into one record.
        Some(before) if !is_same_engine(&before.seeded.target, &seeded.target) => {
            let name = |target: &TargetFacts| {
                format!("{} {} ({})", target.engine.product, target.version, target.allocator)
            };
            let (was, is) = (name(&before.seeded.target), name(&seeded.target));
            return Err(Failure::OtherEngine { was, is });
        }
        Some(before) => before.seeded_digest.clone(),
        None => {
            let inputs = BTreeMap::from([(Kind::Spec, spec_digest.clone())]);
            run.write_artifact(&Artifact::new(Kind::Seed, inputs, seeded))?
        }
    };
    if seeds_only {
        return Ok(());
    }
    if spec.load.read_from == ReadFrom::AnyNode {
        for shard in target.shards() {
            // One that lags behind answers some reads with nothing, and that voids the level.
            shard.control.wait_for_replicas(shard.replicas.len()).await?;
        }
    }
    let inputs = BTreeMap::from([(Kind::Spec, spec_digest.clone()), (Kind::Seed, seeded_digest)]);
    let steps = match before.and_then(|before| before.steps.clone()) {
        Some(steps) => {
            let (done, left) = (steps.levels.len(), steps.unmeasured.len());
            printer.step(&format!("going on: {done} level(s) were measured, {left} are left"));
            steps
        }
        None => begin(spec, target, printer).await?,
    };
    offer(Offering { job, target: target.clone(), inputs: &inputs }, steps).await
}

fn is_same_engine(a: &TargetFacts, b: &TargetFacts) -> bool {
    (&a.version, a.engine, a.allocator) == (&b.version, b.engine, b.allocator)
}

/// What the plan's data adds to `used_memory` of a server at most, tables that grow included, by the
/// law alone.
///
/// * `slots`: what it owns of a cluster; empty for a server by itself.
pub(super) fn data_bytes(
    spec: &PlanSpec,
    engine: EngineVersion,
    allocator: Allocator,
    slots: &[SlotRange],
) -> Bytes {
    let layout =
        Layout { engine, allocator, shares_integers: false, baseline: Bytes::ZERO, slots: None };
    on_server(spec, &layout, slots).rehashing_total()
}

/// The plan's keys on one server.
fn on_server(spec: &PlanSpec, layout: &Layout, slots: &[SlotRange]) -> Footprint {
    let keys: Vec<u64> = spec.classes.iter().map(|class| class.keys).collect();
    let shards: Vec<Vec<SlotRange>> =
        if slots.is_empty() { Vec::new() } else { vec![slots.to_vec()] };
    together(&string_classes(&spec.classes, &keys), layout, &shards)
}

async fn fill(
    spec: &PlanSpec,
    target: &Target,
    facts: TargetFacts,
    printer: &Printer,
) -> Result<Seeded, Failure> {
    let layout = Layout {
        engine: facts.engine,
        allocator: facts.allocator,
        shares_integers: facts.shares_integers(),
        baseline: Bytes::ZERO,
        slots: None,
    };
    let predict = |slots: &[SlotRange], baseline| {
        on_server(spec, &Layout { baseline, ..layout }, slots).settled_total()
    };
    printer.begin_bar("seeding", spec.n_keys());
    let mut progress = |done, _| printer.at(done);
    let seeded = seed(spec, target, facts, now(), predict, &mut progress).await;
    printer.end_bar();
    let seeded = seeded?;
    let measured = seeded.settled.used_memory_bytes;
    printer.step(&format!(
        "seeded {} keys in {}: used_memory {} bytes, predicted {} ({:+.3}%)",
        spec.n_keys(),
        seeded.loading.elapsed_us,
        measured.get(),
        seeded.predicted_bytes.get(),
        (seeded.predicted_bytes / measured - 1.0) * 100.0
    ));
    Ok(seeded)
}

/// Decides on the levels of a run.
async fn begin(spec: &PlanSpec, target: &Target, printer: &Printer) -> Result<Steps, Failure> {
    let round_trip_us = target.round_trip().await?;
    let (levels, saturation_probe) = match &spec.load.levels {
        Levels::Listed(levels) => (levels.clone(), None),
        Levels::Auto => {
            let probe = SaturationSettings { length: PROBE, seed: SEED };
            let saturation = probe_saturation(spec, target, probe).await?.throughput;
            printer.step(&format!("saturation probe, closed loop: {saturation}"));
            let saturation = saturation.max(OpsPerSec::of(1.0));
            (auto_levels(saturation, spec.objective.peak), Some(saturation))
        }
    };
    Ok(Steps {
        started: now(),
        saturation_probe,
        round_trip_us,
        began_with: levels.len(),
        unmeasured: levels,
        levels: Vec::new(),
        closed: None,
    })
}

/// Offers every level that is left, and what follows from them.
async fn offer(mut site: Offering<'_>, mut steps: Steps) -> Result<(), Failure> {
    let Job { spec, printer, .. } = site.job;
    let length = millis(spec.load.step);
    let mut name = "levels";
    while !steps.unmeasured.is_empty() {
        printer.begin_timed_bar(name, length * num::count(steps.unmeasured.len()));
        let listed = steps.unmeasured.len();
        for _ in 0..listed {
            site.level(steps.unmeasured[0], &mut steps).await?;
        }
        printer.end_bar();
        name = "further levels, around the objective";
    }
    if let Some(users) = spec.load.closed.filter(|_| steps.closed.is_none()) {
        site.users(users, &mut steps).await?;
    }
    Ok(())
}

/// Where levels are offered, and where they are kept.
struct Offering<'a> {
    job: Job<'a>,
    target: Target,
    inputs: &'a BTreeMap<Kind, Digest>,
}

impl Offering<'_> {
    /// Offers one load; the artifact is rewritten, so that an aborted run keeps the level.
    async fn level(&mut self, offered: OpsPerSec, steps: &mut Steps) -> Result<(), Failure> {
        // A primary that was lost in the last level may have a successor by now.
        self.target = self.target.refreshed(FAILOVER_PATIENCE).await?;
        let Self { job: Job { spec, run, printer, .. }, target, inputs } = self;
        let settings = LevelSettings { offered, seed: SEED + 1 + num::count(steps.levels.len()) };
        let began = now();
        let level = watched(measure_level(spec, target, settings), printer).await?;
        let level = Level { began: Some(began), ..level };
        printer.step(&describe(&level));
        steps.levels.push(level);
        steps.unmeasured.remove(0);
        if steps.unmeasured.is_empty() {
            // Before the artifact is written, so that a run that is cut off here goes on with them.
            steps.unmeasured = further_levels(spec, steps.began_with, &steps.levels);
        }
        run.write_artifact(&Artifact::new(Kind::Steps, (*inputs).clone(), steps.clone()))?;
        Ok(())
    }
}

impl Offering<'_> {
    /// The closed loop of the plan, for comparison.
    async fn users(&mut self, users: ClosedLoop, steps: &mut Steps) -> Result<(), Failure> {
        self.target = self.target.refreshed(FAILOVER_PATIENCE).await?;
        let Self { job: Job { spec, run, printer, .. }, target, inputs } = self;
        printer.begin_timed_bar("closed loop", millis(users.length));
        let began = now();
        let level = watched(measure_users(spec, users, target, SEED), printer).await;
        printer.end_bar();
        let level = Level { began: Some(began), ..level? };
        printer.step(&format!("closed loop of {} users: {}", users.users, describe(&level)));
        steps.closed = Some(level);
        run.write_artifact(&Artifact::new(Kind::Steps, (*inputs).clone(), steps.clone()))?;
        Ok(())
    }
}

/// Does `level` and moves the bar meanwhile.
async fn watched<T>(level: impl Future<Output = T>, printer: &Printer) -> T {
    const EVERY: Duration = Duration::from_millis(250);
    let mut level = pin!(level);
    loop {
        tokio::select! {
            level = &mut level => return level,
            () = tokio::time::sleep(EVERY) => printer.advance(millis(EVERY)),
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// One line per level.
fn describe(level: &Level) -> String {
    let response = level.response();
    let at = |q| response.quantile(q).map_or("–".into(), |us| us.to_string());
    let mut line = format!(
        "offered {}  achieved {}  p50 {}  p99 {}  p99.9 {}",
        level.offered,
        level.achieved,
        at(0.5),
        at(0.99),
        at(0.999)
    );
    for reason in &level.void {
        let _ = write!(line, "\n  void: {reason}");
    }
    line
}
