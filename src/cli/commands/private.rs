//! A private engine for one run: started with room for the data, stopped at the end.

use crate::cli::args::PlaceArgs;
use crate::cli::failure::Failure;
use crate::cli::printer::Printer;
use crate::engine::{Allocator, EngineVersion};
use crate::load::check_nodes;
use crate::model::memory::law_for;
use crate::seed::remove_keys;
use crate::spec::PlanSpec;
use crate::target::{
    Control, PrivateEngine, Settings, Target, available_memory, find_engine, read_facts,
    reap_leftovers,
};
use crate::units::Bytes;

use super::measure::{Job, Site, data_bytes, stages};

/// What a private engine gets beyond the data: connections, buffers, tables that are growing.
const ROOM: f64 = 1.5;
/// And at least this much.
const LEAST_ROOM: Bytes = Bytes::from_mib(64);
/// Share of the machine's free memory that the private engine may take.
const MACHINE_SHARE: f64 = 0.8;

/// Measures on a private engine; dropping the future stops it as well.
pub(super) async fn measure_private(job: Job<'_>, args: &PlaceArgs) -> Result<(), Failure> {
    let Job { spec, printer, .. } = job;
    let reaped = reap_leftovers();
    if reaped > 0 {
        printer.step(&format!("stopped {reaped} private engine(s) of a run that was killed"));
    }
    let (engine, limit) = start(spec, args, printer)?;
    let control = Control::connect(engine.endpoint()).await?;
    let facts = read_facts(&control, None).await?;
    printer.step(&format!(
        "private engine: {} {} ({}) on {}",
        facts.engine.product,
        facts.version,
        facts.allocator,
        engine.endpoint()
    ));
    spec.check_engine(facts.engine).map_err(Failure::TargetLacks)?;
    let needed = used_bytes(spec, facts.engine, facts.allocator);
    if needed > limit {
        return Err(Failure::TooLarge { needed, limit, whose: "the private engine's limit" });
    }
    let target = Target::single(engine.endpoint().clone(), control);
    check_nodes(spec, &target)?;
    Box::pin(stages(job, Site { target: &target, facts })).await?;
    let removed = remove_keys(&target, spec).await?;
    printer.step(&format!("removed {removed} own keys"));
    drop(target);
    drop(engine);
    printer.step("private engine stopped");
    Ok(())
}

/// Starts a private engine with room for the data, if the machine has it.
fn start(
    spec: &PlanSpec,
    args: &PlaceArgs,
    printer: &Printer,
) -> Result<(PrivateEngine, Bytes), Failure> {
    let path = std::env::var_os("PATH");
    let binary = find_engine(args.engine_bin.as_deref(), path.as_deref())?;
    // Which engine it is shows only once it runs; the dearest law sets the limit, which is Valkey's
    // where fields expire.
    let [dearest, otherwise] = [EngineVersion::redis(7, 0), EngineVersion::valkey(9, 1)];
    let dearest = if spec.check_engine(dearest).is_ok() { dearest } else { otherwise };
    let estimate = used_bytes(spec, dearest, Allocator::JemallocQ16);
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

/// `used_memory` of a fresh engine with the seeded data, tables that grow included.
fn used_bytes(spec: &PlanSpec, engine: EngineVersion, allocator: Allocator) -> Bytes {
    law_for(engine).baseline + data_bytes(spec, engine, allocator, &[])
}
