//! A target that is not ours: looked at before anything is written, and left as it was found.

use std::cell::Cell;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use crate::cli::args::PlaceArgs;
use crate::cli::failure::{Failure, Remains};
use crate::cli::printer::Printer;
use crate::cli::signals::Stop;
use crate::load::check_nodes;
use crate::measurement::TargetFacts;
use crate::seed::{
    check_access, check_cluster, check_kind, check_use, remove_keys, remove_leftovers, survey,
};
use crate::spec::PlanSpec;
use crate::target::{
    Endpoint, FAILOVER_PATIENCE, Shard, Target, TargetError, available_memory, observe, read_facts,
    total_memory,
};
use crate::units::Bytes;

use super::measure::{Job, Site, data_bytes, stages};
use super::server::clean_command;

/// What a connection of the pool may take of `maxmemory`: query buffer and reply buffer of 16 KiB
/// each (`PROTO_IOBUF_LEN`, `PROTO_REPLY_CHUNK_BYTES` of the engines' `server.h`) and the client.
const PER_CONNECTION: Bytes = Bytes::from_kib(40);

/// A target as it was asked for.
pub(super) struct Remote {
    endpoint: Endpoint,
    allows_nonempty: bool,
    keeps_keys: bool,
    /// What the user can type to remove own keys.
    clean_command: String,
}

/// A target that was found fit to be filled.
struct Ready {
    target: Target,
    /// Of each of its servers.
    facts: Vec<TargetFacts>,
    leftovers: u64,
}

impl Remote {
    /// `run_dir` holds the plan whose keys are written.
    pub(super) fn of(args: &PlaceArgs, endpoint: &Endpoint, run_dir: &Path) -> Self {
        let clean_command = clean_command(run_dir, endpoint, &args.server);
        let PlaceArgs { allow_nonempty, keep_keys, .. } = *args;
        let endpoint = endpoint.clone();
        Self { endpoint, allows_nonempty: allow_nonempty, keeps_keys: keep_keys, clean_command }
    }
}

/// Measures on `remote` and removes own keys on every way out once one may have been written.
///
/// Returns what went wrong after a whole measurement: own keys that could not be removed.
pub(super) async fn measure_remote(
    job: Job<'_>,
    remote: &Remote,
    stop: &mut Stop,
) -> Result<Option<Failure>, Failure> {
    let Job { spec, printer, .. } = job;
    let ready = prepare(spec, remote, printer);
    let ready = stop.or(ready, "nothing was written to the target").await?;
    let has_written = Cell::new(false);
    let work = run(job, remote, &ready, &has_written);
    let mut outcome = stop.or(work, "what was measured so far is kept").await;
    printer.end_bar();
    if !has_written.get() {
        return outcome.map(|()| None);
    }
    if remote.keeps_keys && outcome.is_ok() {
        printer.step(&format!("own keys are kept; remove them with: {}", remote.clean_command));
        return Ok(None);
    }
    let is_stopping = matches!(outcome, Err(Failure::Interrupted { .. }));
    let why = match clean_up(job, remote, &ready.target, stop, is_stopping).await {
        Ok(Cleaned { removed, is_stopping }) => {
            printer.step(&format!("removed {removed} own keys"));
            // An error says more than that somebody did not wait for its aftermath.
            if is_stopping && matches!(outcome, Ok(()) | Err(Failure::Interrupted { .. })) {
                let aftermath = "what was measured so far is kept, own keys are removed";
                outcome = Err(Failure::Interrupted { aftermath });
            }
            return outcome.map(|()| None);
        }
        Err(why) => why,
    };
    let command = remote.clean_command.clone();
    let remains = Remains { endpoint: remote.endpoint.to_string(), why, command };
    match outcome {
        Ok(()) => Ok(Some(Failure::KeysLeft { cause: None, remains })),
        Err(cause) => Err(Failure::KeysLeft { cause: Some(Box::new(cause)), remains }),
    }
}

/// Connects, reads what the target is, and refuses one that is not safe. Writes nothing.
async fn prepare(spec: &PlanSpec, remote: &Remote, printer: &Printer) -> Result<Ready, Failure> {
    let endpoint = &remote.endpoint;
    let (host, port) = endpoint.socket();
    let is_direct = (host, port) == (endpoint.host.as_str(), endpoint.port);
    let way = (!is_direct).then(|| format!(" by way of {}", Endpoint::new(host, port)));
    let way = way.unwrap_or_default();
    printer.step(&format!("looking at {endpoint}{way}"));
    let target = Target::connect(endpoint).await?;
    for given in target.idle_detours() {
        printer.step(&format!("note: --resolve {given} names none of the target's servers"));
    }
    let mut facts = Vec::new();
    for shard in target.shards() {
        let here = read_facts(&shard.control, Some(shard.endpoint.to_string())).await?;
        check_kind(&here)?;
        spec.check_engine(here.engine).map_err(Failure::TargetLacks)?;
        printer.step(&describe(&here, shard));
        facts.push(here);
    }
    check_cluster(spec, &facts)?;
    check_nodes(spec, &target)?;
    let surveys = survey(&target, spec).await?;
    for ((shard, facts), found) in target.shards().iter().zip(&mut facts).zip(&surveys) {
        facts.state.traffic = observe(&shard.control).await?;
        for concern in check_use(facts, found, remote.allows_nonempty)? {
            printer.step(&format!("note: {}{concern}", of_shard(&target, shard)));
        }
    }
    let leftovers = surveys.iter().map(|found| found.own).sum();
    Ok(Ready { target, facts, leftovers })
}

/// Which of several servers a note is about.
fn of_shard(target: &Target, shard: &Shard) -> String {
    if target.is_cluster() { format!("{}: ", shard.endpoint) } else { String::new() }
}

/// Everything that writes, and the checks that need an otherwise clean target.
async fn run(
    job: Job<'_>,
    remote: &Remote,
    ready: &Ready,
    has_written: &Cell<bool>,
) -> Result<(), Failure> {
    let Ready { target, facts, leftovers } = ready;
    if *leftovers > 0 {
        has_written.set(true);
        remove_leftovers(target, job.spec).await?;
    }
    check_access(target, job.spec).await?;
    for (shard, facts) in target.shards().iter().zip(facts) {
        let used = shard.control.memory(Vec::new(), false).await?.used_memory_bytes;
        check_room(job.spec, facts, shard, used)?;
    }
    has_written.set(true);
    // As it was asked for: which server of a cluster comes first is nobody's business.
    let facts = TargetFacts { address: Some(remote.endpoint.to_string()), ..facts[0].clone() };
    Box::pin(stages(job, Site { target, facts })).await
}

/// Own keys are removed.
struct Cleaned {
    removed: u64,
    /// Before or meanwhile somebody asked to stop.
    is_stopping: bool,
}

/// Removes own keys, over new connections if one broke, or elsewhere if a cluster has changed.
///
/// Being asked to stop once does not end it; being asked again does. `is_stopping`: it has been
/// asked once already.
async fn clean_up(
    job: Job<'_>,
    remote: &Remote,
    target: &Target,
    stop: &mut Stop,
    is_stopping: bool,
) -> Result<Cleaned, String> {
    let mut removal = pin!(async {
        match remove_keys(target, job.spec).await {
            // Whoever wants to stop does not wait for a new primary.
            Err(_) if target.is_cluster() => {
                let patience = if is_stopping { Duration::ZERO } else { FAILOVER_PATIENCE };
                remove_keys(&target.refreshed(patience).await?, job.spec).await
            }
            Err(TargetError::Dropped { .. } | TargetError::NoReply { .. }) => {
                remove_keys(&Target::connect(&remote.endpoint).await?, job.spec).await
            }
            outcome => outcome,
        }
    });
    let cleaned = |removed: Result<u64, TargetError>, is_stopping| match removed {
        Ok(removed) => Ok(Cleaned { removed, is_stopping }),
        Err(error) => Err(error.to_string()),
    };
    if !is_stopping {
        tokio::select! {
            removed = &mut removal => return cleaned(removed, false),
            () = stop.asked() => {}
        }
    }
    job.printer.step("interrupted: removing own keys (once more leaves them there)");
    tokio::select! {
        removed = &mut removal => cleaned(removed, true),
        () = stop.asked() => Err("their removal was interrupted as well".into()),
    }
}

/// Refuses data that does not fit beside what the target holds: nothing may be evicted for it.
fn check_room(
    spec: &PlanSpec,
    facts: &TargetFacts,
    shard: &Shard,
    used: Bytes,
) -> Result<(), Failure> {
    let data = data_bytes(spec, facts.engine, facts.allocator, &shard.slots);
    let needed = data + PER_CONNECTION * u64::from(spec.load.connections);
    let total = facts.state.system_memory_bytes;
    let is_here = total.is_some() && total == total_memory();
    let limits = [
        (
            facts.maxmemory_bytes.filter(|limit| *limit != Bytes::ZERO),
            used,
            "the target's maxmemory, with what it holds,",
        ),
        (total, used, "the memory of the target's machine"),
        (available_memory().filter(|_| is_here), Bytes::ZERO, "this machine's free memory"),
    ];
    for (limit, used, whose) in limits {
        let left = limit.map(|limit| limit.saturating_sub(used));
        if let Some(limit) = left.filter(|left| needed > *left) {
            return Err(Failure::TooLarge { needed, limit, whose });
        }
    }
    Ok(())
}

/// One line on what a server of the target is.
fn describe(facts: &TargetFacts, shard: &Shard) -> String {
    let limit = match facts.maxmemory_bytes {
        None => "maxmemory not told".into(),
        Some(Bytes::ZERO) => "no maxmemory".into(),
        Some(limit) => format!("maxmemory {limit}"),
    };
    let policy = facts.maxmemory_policy.as_deref().unwrap_or("policy not told");
    let (what, where_in) = if shard.slots.is_empty() {
        ("target", format!("database {}", shard.endpoint.database))
    } else {
        let slots: Vec<String> = shard.slots.iter().map(ToString::to_string).collect();
        let (slots, n) = (slots.join(" "), shard.replicas.len());
        ("shard", format!("slots {slots}, {n} replica{}", if n == 1 { "" } else { "s" }))
    };
    format!(
        "{what}: {} {} ({}) on {}, {where_in}, {limit}, {policy}",
        facts.engine.product, facts.version, facts.allocator, shard.endpoint
    )
}
