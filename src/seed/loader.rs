//! Loading: bounded pipelines, memory read on the way.

use std::time::{Duration, Instant};

use redis::Pipeline;
use tokio::task::JoinSet;

use crate::engine::SlotRange;
use crate::measurement::{
    Loading, MemoryPoint, Seeded, ShardMemory, Stamp, TargetFacts, Verification,
};
use crate::spec::PlanSpec;
use crate::target::{Control, Shard, Target, TargetError};
use crate::units::{Bytes, num};
use crate::workload::Contents;

use super::SeedError;
use super::baseline::baseline;
use super::checkpoints::stops;
use super::collections;
use super::keys::count_keys;
use super::part::Part;
use super::read_back::compare_values;
use super::replication::backlog_growth;

/// Payload of one pipeline. Large enough to keep the server busy, small enough that what is queued
/// in it never shows in `used_memory_peak`.
const BATCH_BYTES: usize = 128 * 1024;
/// Commands of one pipeline, for small values.
const BATCH_COMMANDS: usize = 500;
/// Pipelines to one server that are under way while the next one is built.
const IN_FLIGHT: usize = 3;
/// Pause between two readings of memory that must agree, and how often it may be taken.
const SETTLE_PAUSE: Duration = Duration::from_millis(110);
const SETTLE_READINGS: u32 = 50;
/// How much two readings may differ: the connection that asks is itself a few kilobytes of buffers
/// that come and go, and so are those between the nodes of a cluster (MODEL.md §1.11).
const STILL: Bytes = Bytes::new(1024);
const STILL_IN_CLUSTER: Bytes = Bytes::from_kib(16);

/// How far loading is; called after every batch.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// Stores every key of the plan and returns what memory did meanwhile.
///
/// `predict` gives `used_memory` of a server on top of its baseline: of the full data set, or of what
/// the slots hold that it owns of a cluster.
///
/// # Errors
/// When the target fails, drops keys, or does not hold what was written.
pub async fn seed(
    spec: &PlanSpec,
    target: &Target,
    facts: TargetFacts,
    started: Stamp,
    predict: impl Fn(&[SlotRange], Bytes) -> Bytes,
    progress: Progress<'_>,
) -> Result<Seeded, SeedError> {
    let wanted = spec.n_keys();
    let at = |done| move |cause| SeedError::Target { done, wanted, cause };
    let dbsize_before = target.dbsize().await.map_err(at(0))?;
    let first = &target.shards()[0].control;
    let began_ms = if expires_fields(spec) { first.unix_ms().await.map_err(at(0))? } else { 0 };
    let (mut baselines, mut foreseen) = (Vec::new(), Vec::new());
    for (part, shard) in Part::all(target).zip(target.shards()) {
        let (before, info) = baseline(spec, part, began_ms).await.map_err(at(0))?;
        let replication_bytes = backlog_growth(&info, facts.engine, spec, part);
        let predicted_bytes = predict(&shard.slots, before.used_memory_bytes + replication_bytes);
        foreseen.push(Foreseen { replication_bytes, predicted_bytes });
        baselines.push(before);
    }

    let mut loader = Loader::new(spec, target, began_ms);
    let (mut loading, mut settling) = (Duration::ZERO, Duration::ZERO);
    let (mut checkpoints, mut by_shard) = (Vec::new(), Vec::new());
    for keys in stops(wanted) {
        let began = Instant::now();
        loader.load_until(keys, progress).await.map_err(at(loader.done))?;
        let mut fresh = Vec::new();
        for (part, stored) in Part::all(target).zip(&loader.stored_by_shard) {
            fresh.push(part.control().memory(stored.clone(), false).await.map_err(at(keys))?);
        }
        checkpoints.push(MemoryPoint::together(fresh));
        loading += began.elapsed();

        let began = Instant::now();
        let mut found = 0;
        for part in Part::all(target) {
            found += count_keys(part, spec, &loader.stored).await.map_err(at(keys))?;
        }
        if found < keys {
            return Err(SeedError::KeysMissing { missing: keys - found, wanted: keys });
        }
        by_shard = all_settled(target, &loader.stored_by_shard).await.map_err(at(keys))?;
        checkpoints.push(MemoryPoint::together(by_shard.clone()));
        settling += began.elapsed();
    }
    let settled = checkpoints.pop().expect("a plan has at least one key");
    let dbsize_after = target.dbsize().await.map_err(at(wanted))?;
    if dbsize_after != dbsize_before + wanted {
        let expected = dbsize_before + wanted;
        return Err(SeedError::ForeignWrites { found: dbsize_after, expected });
    }
    let mut values_compared = 0;
    for part in Part::all(target) {
        values_compared += compare_values(spec, part).await?;
    }
    let shards = target.shards().iter().zip(&baselines).zip(&foreseen).zip(&by_shard);
    let shards = shards.map(|(((shard, baseline), foreseen), settled)| {
        of_shard(shard, baseline, *foreseen, settled)
    });
    Ok(Seeded {
        target: facts,
        started,
        shards: if target.is_cluster() { shards.collect() } else { Vec::new() },
        baseline: MemoryPoint::together(baselines),
        predicted_bytes: foreseen.iter().map(|it| it.predicted_bytes).sum(),
        replication_bytes: foreseen.iter().map(|it| it.replication_bytes).sum(),
        checkpoints,
        settled,
        loading: Loading {
            elapsed_us: loading.into(),
            settling_us: settling.into(),
            payload_bytes: loader.payload,
        },
        verification: Verification { dbsize_before, dbsize_after, values_compared },
    })
}

/// What was calculated for a server before its first key.
#[derive(Clone, Copy)]
struct Foreseen {
    replication_bytes: Bytes,
    predicted_bytes: Bytes,
}

fn of_shard(
    shard: &Shard,
    baseline: &MemoryPoint,
    foreseen: Foreseen,
    settled: &MemoryPoint,
) -> ShardMemory {
    ShardMemory {
        address: shard.endpoint.to_string(),
        slots: shard.slots.clone(),
        replicas: u32::try_from(shard.replicas.len()).unwrap_or(u32::MAX),
        keys: settled.n_keys(),
        baseline_bytes: baseline.used_memory_bytes,
        replication_bytes: foreseen.replication_bytes,
        predicted_bytes: foreseen.predicted_bytes,
        settled_bytes: settled.used_memory_bytes,
    }
}

/// Whether seeding gives fields a time to live.
fn expires_fields(spec: &PlanSpec) -> bool {
    let mut collections = spec.classes.iter().filter_map(|class| class.collection.as_ref());
    collections.any(|collection| collection.field_ttl_secs.is_some())
}

/// Waits for every server at once; in the order of the shards.
async fn all_settled(target: &Target, keys: &[Vec<u64>]) -> Result<Vec<MemoryPoint>, TargetError> {
    let most = if target.is_cluster() { STILL_IN_CLUSTER } else { STILL };
    let mut waits = Vec::new();
    for (shard, keys) in target.shards().iter().zip(keys) {
        waits.push(tokio::spawn(settled(shard.control.clone(), keys.clone(), most)));
    }
    let mut all = Vec::new();
    for wait in waits {
        all.push(wait.await.expect("reading memory does not panic")?);
    }
    Ok(all)
}

/// Waits until `used_memory` stands still, after a walk over all keys has moved the tables on.
async fn settled(
    control: Control,
    keys: Vec<u64>,
    most: Bytes,
) -> Result<MemoryPoint, TargetError> {
    let mut last = control.memory(keys.clone(), false).await?;
    for _ in 0..SETTLE_READINGS {
        tokio::time::sleep(SETTLE_PAUSE).await;
        let next = control.memory(keys.clone(), true).await?;
        let change = next.used_memory_bytes.get().abs_diff(last.used_memory_bytes.get());
        if change < most.get() {
            return Ok(next);
        }
        last = next;
    }
    last.is_settled = false;
    Ok(last)
}

/// Sends what the plan writes class by class, a few pipelines at a time to each server.
struct Loader<'a> {
    spec: &'a PlanSpec,
    target: &'a Target,
    contents: Vec<Contents>,
    /// What messages call the commands of a batch.
    command: &'static str,
    /// What is to be sent to each server next.
    batches: Vec<Batch>,
    /// Steps done of the collection that the next batch goes on with.
    step: u64,
    /// Unix time at which seeding began, where lifetimes of fields are reckoned by it.
    began_ms: u64,
    /// Own keys of each class sent so far.
    stored: Vec<u64>,
    /// The same by the server that holds them.
    stored_by_shard: Vec<Vec<u64>>,
    /// All of them.
    done: u64,
    payload: Bytes,
}

/// Commands for one server.
#[derive(Default)]
struct Batch {
    commands: Pipeline,
    bytes: usize,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.bytes >= BATCH_BYTES || self.commands.len() >= BATCH_COMMANDS
    }
}

impl<'a> Loader<'a> {
    fn new(spec: &'a PlanSpec, target: &'a Target, began_ms: u64) -> Self {
        let contents: Vec<Contents> = spec.classes.iter().map(Contents::of).collect();
        let only_strings = contents.iter().all(|c| matches!(c, Contents::Strings(_)));
        let command = if only_strings { "SET" } else { "a writing command" };
        let stored = vec![0; spec.classes.len()];
        let n_shards = target.shards().len();
        Self {
            spec,
            target,
            contents,
            command,
            batches: std::iter::repeat_with(Batch::default).take(n_shards).collect(),
            step: 0,
            began_ms,
            stored_by_shard: vec![stored.clone(); n_shards],
            stored,
            done: 0,
            payload: Bytes::ZERO,
        }
    }

    /// Loads on until `keys` keys are stored and every reply has arrived.
    async fn load_until(&mut self, keys: u64, progress: Progress<'_>) -> Result<(), TargetError> {
        // Dropped on an error or an interruption, and its batches with it: nothing is sent then.
        let mut under_way = JoinSet::new();
        while let Some((shard, batch)) = self.next_batch(keys) {
            let control = self.target.shards()[shard].control.clone();
            let command = self.command;
            under_way.spawn(async move { control.batch::<()>(command, &batch).await });
            // The order of pipelines is nobody's promise, and that of elements is kept by lists.
            let at_once = IN_FLIGHT * self.batches.len();
            let most = if self.step > 0 { 0 } else { at_once - 1 };
            while under_way.len() > most {
                finish_one(&mut under_way).await?;
                progress(self.done, self.spec.n_keys());
            }
        }
        while !under_way.is_empty() {
            finish_one(&mut under_way).await?;
        }
        progress(self.done, self.spec.n_keys());
        Ok(())
    }

    /// The next writes for one server, up to key `until` or the size of a batch; `None` when all are
    /// sent.
    fn next_batch(&mut self, until: u64) -> Option<(usize, Pipeline)> {
        let mut key = Vec::new();
        for (index, class) in self.spec.classes.iter().enumerate() {
            while self.stored[index] < class.keys && self.done < until {
                let n = self.stored[index];
                key.clear();
                class.key.write(n, &mut key);
                let shard = self.target.shard_of(&key);
                if self.batches[shard].is_full() {
                    return Some((shard, std::mem::take(&mut self.batches[shard]).commands));
                }
                self.push(index, n, &key, shard);
            }
        }
        let rest = self.batches.iter().position(|batch| !batch.commands.is_empty())?;
        Some((rest, std::mem::take(&mut self.batches[rest]).commands))
    }

    /// Adds the next write of key number `n` to its server's batch.
    fn push(&mut self, index: usize, n: u64, key: &[u8], shard: usize) {
        let class = &self.spec.classes[index];
        let batch = &mut self.batches[shard];
        let (content, on_the_wire) = match &self.contents[index] {
            Contents::Strings(values) => {
                let len = push_string(&mut batch.commands, key, values.get(n), class.ttl_secs);
                (len, key.len() + len)
            }
            Contents::Collections(values) => {
                let written = collections::write(values, key, n, self.step, self.began_ms);
                let past = written.past;
                self.step = if past < collections::steps(values, n) { past } else { 0 };
                batch.commands.add_command(written.command).ignore();
                if let (0, Some(ttl)) = (self.step, class.ttl_secs) {
                    batch.commands.cmd("EXPIRE").arg(key).arg(ttl).ignore();
                }
                (written.n_bytes, written.wire_bytes)
            }
        };
        batch.bytes += on_the_wire;
        self.payload += Bytes::new(num::count(key.len() + content));
        if self.step == 0 {
            self.stored[index] += 1;
            self.stored_by_shard[shard][index] += 1;
            self.done += 1;
        }
    }
}

/// Adds a SET and returns the length of its value.
fn push_string(batch: &mut Pipeline, key: &[u8], value: &[u8], ttl_secs: Option<u64>) -> usize {
    let command = batch.cmd("SET").arg(key).arg(value);
    if let Some(ttl) = ttl_secs {
        command.arg("EX").arg(ttl);
    }
    command.ignore();
    value.len()
}

async fn finish_one(batches: &mut JoinSet<Result<(), TargetError>>) -> Result<(), TargetError> {
    match batches.join_next().await {
        Some(batch) => batch.expect("a seeding batch does not panic"),
        None => Ok(()),
    }
}
