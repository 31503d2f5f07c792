//! Everything that needs a running engine: start it, seed it, offer load, clean up.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::artifact::{Artifact, Digest, Kind};
use crate::cli::args::PlanArgs;
use crate::cli::failure::Failure;
use crate::cli::printer::Printer;
use crate::engine::{Allocator, EngineVersion};
use crate::load::{LevelSettings, measure_level, probe_saturation};
use crate::measurement::{Level, Seeded, Steps, TargetFacts, VoidReason};
use crate::model::memory::{Layout, footprint, law_for};
use crate::model::string_classes;
use crate::seed::{remove_keys, seed};
use crate::spec::{Levels, PlanSpec};
use crate::store::RunDir;
use crate::target::{
    Control, Endpoint, PrivateEngine, Settings, available_memory, find_engine, read_facts,
    reap_leftovers,
};
use crate::units::{Bytes, OpsPerSec};
use crate::workload::auto_levels;

use super::input::now;

/// Arrivals and operations of a run; another seed would be another run of the same workload.
const SEED: u64 = 0x00ca_c4ef_1700;
/// What a private engine gets beyond the data: connections, buffers, tables that are growing.
const ROOM: f64 = 1.5;
/// And at least this much.
const LEAST_ROOM: Bytes = Bytes::from_mib(64);
/// Share of the machine's free memory that the private engine may take.
const MACHINE_SHARE: f64 = 0.8;

/// Levels of one run that are offered again because the generator lagged in them.
const REPEATS: u32 = 4;

/// Measures `spec` on a private engine and writes the artifacts of each stage as it ends.
pub(super) async fn measure(
    spec: &PlanSpec,
    spec_digest: &Digest,
    args: &PlanArgs,
    run: &RunDir,
    printer: &Printer,
) -> Result<(), Failure> {
    let reaped = reap_leftovers();
    if reaped > 0 {
        printer.step(&format!("stopped {reaped} private engine(s) of a run that was killed"));
    }
    let (engine, limit) = start(spec, args, printer)?;
    let control = Control::connect(engine.endpoint()).await?;
    let target = read_facts(&control, true).await?;
    printer.step(&format!(
        "private engine: {} {} ({}) on {}",
        target.engine.product,
        target.version,
        target.allocator,
        engine.endpoint()
    ));
    let needed = needed(spec, &target);
    if needed > limit {
        return Err(Failure::TooLarge { needed, limit, whose: "the private engine's limit" });
    }

    let seeded = fill(spec, &control, target, printer).await?;
    let inputs = BTreeMap::from([(Kind::Spec, spec_digest.clone())]);
    let seeded_digest = run.write_artifact(&Artifact::new(Kind::Seed, inputs, seeded))?;

    let inputs =
        BTreeMap::from([(Kind::Spec, spec_digest.clone()), (Kind::Seed, seeded_digest.clone())]);
    offer(spec, engine.endpoint(), &control, run, &inputs, printer).await?;

    let removed = remove_keys(&control, spec).await?;
    printer.step(&format!("removed {removed} own keys"));
    drop(control);
    drop(engine);
    printer.step("private engine stopped");
    Ok(())
}

/// Starts a private engine with room for the data, if the machine has it.
fn start(
    spec: &PlanSpec,
    args: &PlanArgs,
    printer: &Printer,
) -> Result<(PrivateEngine, Bytes), Failure> {
    let path = std::env::var_os("PATH");
    let binary = find_engine(args.engine_bin.as_deref(), path.as_deref())?;
    // Which engine it is shows only once it runs; the dearest law sets the limit.
    let dearest = EngineVersion::redis(7, 0);
    let estimate = layout_bytes(spec, dearest, Allocator::JemallocQ16);
    let limit = args.engine_memory.unwrap_or(estimate.scale(ROOM).max(estimate + LEAST_ROOM));
    if let Some(free) = available_memory() {
        let allowed = free.scale(MACHINE_SHARE);
        if estimate > allowed || limit > free {
            let whose = "this machine's free memory";
            return Err(Failure::TooLarge { needed: limit.max(estimate), limit: allowed, whose });
        }
    }
    printer.step(&format!("starting {}", binary.display()));
    let max_clients = 10_000.max(spec.load.connections + 100);
    let settings = Settings { binary, port: args.engine_port, maxmemory: limit, max_clients };
    Ok((PrivateEngine::start(&settings)?, limit))
}

/// `used_memory` of the seeded data by the law alone.
fn layout_bytes(spec: &PlanSpec, engine: EngineVersion, allocator: Allocator) -> Bytes {
    let baseline = law_for(engine).baseline;
    let layout = Layout { engine, allocator, shares_integers: false, baseline };
    let keys: Vec<u64> = spec.classes.iter().map(|class| class.keys).collect();
    footprint(&string_classes(&spec.classes, &keys), &layout).rehashing_total()
}

/// What the target will use at most while it is seeded.
fn needed(spec: &PlanSpec, target: &TargetFacts) -> Bytes {
    layout_bytes(spec, target.engine, target.allocator)
}

async fn fill(
    spec: &PlanSpec,
    control: &Control,
    target: TargetFacts,
    printer: &Printer,
) -> Result<Seeded, Failure> {
    let layout = Layout {
        engine: target.engine,
        allocator: target.allocator,
        shares_integers: target.shares_integers(),
        baseline: Bytes::ZERO,
    };
    let keys: Vec<u64> = spec.classes.iter().map(|class| class.keys).collect();
    let predict = move |baseline| {
        footprint(&string_classes(&spec.classes, &keys), &Layout { baseline, ..layout })
            .settled_total()
    };
    printer.begin_bar("seeding", spec.n_keys());
    let mut progress = |done, _| printer.at(done);
    let seeded = seed(spec, control, target, now(), predict, &mut progress).await;
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

/// Offers every level; the artifact is rewritten after each, so that an aborted run keeps them.
async fn offer(
    spec: &PlanSpec,
    endpoint: &Endpoint,
    control: &Control,
    run: &RunDir,
    inputs: &BTreeMap<Kind, Digest>,
    printer: &Printer,
) -> Result<(), Failure> {
    let round_trip_us = control.round_trip().await?;
    let (levels, saturation_probe) = match &spec.load.levels {
        Levels::Listed(levels) => (levels.clone(), None),
        Levels::Auto => {
            let saturation = probe_saturation(spec, endpoint, control, SEED).await?;
            printer.step(&format!("saturation probe, closed loop: {saturation}"));
            let saturation = saturation.max(OpsPerSec::of(1.0));
            (auto_levels(saturation, spec.objective.peak), Some(saturation))
        }
    };
    let mut steps = Steps {
        started: now(),
        saturation_probe,
        round_trip_us,
        unmeasured: levels.clone(),
        levels: Vec::new(),
    };
    let mut repeats = REPEATS;
    let mut seeds = SEED + 1..;
    while let Some(&offered) = steps.unmeasured.first() {
        let seed = seeds.next().expect("seeds do not run out");
        let level = measure_level(spec, endpoint, control, LevelSettings { offered, seed }).await?;
        printer.step(&describe(&level));
        // A disturbed machine passes; a workload that misses its keys does so every time.
        let only_lagged = matches!(level.void[..], [VoidReason::GeneratorLagged { .. }]);
        if only_lagged && repeats > 0 {
            repeats -= 1;
        } else {
            steps.unmeasured.remove(0);
        }
        steps.levels.push(level);
        run.write_artifact(&Artifact::new(Kind::Steps, inputs.clone(), steps.clone()))?;
    }
    Ok(())
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
