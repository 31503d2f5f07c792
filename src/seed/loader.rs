//! Loading: bounded pipelines, memory read on the way.

use std::time::{Duration, Instant};

use redis::Pipeline;
use tokio::task::JoinSet;

use crate::measurement::{Loading, MemoryPoint, Seeded, Stamp, TargetFacts, Verification};
use crate::spec::{Class, Command, PlanSpec};
use crate::target::{Control, TargetError};
use crate::units::{Bytes, num};
use crate::workload::{CollectionValues, Contents};

use super::SeedError;
use super::checkpoints::stops;
use super::collections;
use super::keys::{count_keys, key, spread};

/// Payload of one pipeline. Large enough to keep the server busy, small enough that what is queued
/// in it never shows in `used_memory_peak`.
const BATCH_BYTES: usize = 128 * 1024;
/// Commands of one pipeline, for small values.
const BATCH_COMMANDS: usize = 500;
/// Pipelines that are under way while the next one is built.
const IN_FLIGHT: usize = 3;
/// Values of each class that are read back.
const VALUES_COMPARED: u64 = 500;
/// Elements of each class that are read back, unless one collection has more.
const ELEMENTS_COMPARED: u64 = 20_000;
/// Pause between two readings of memory that must agree, and how often it may be taken.
const SETTLE_PAUSE: Duration = Duration::from_millis(110);
const SETTLE_READINGS: u32 = 50;

/// How far loading is; called after every batch.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// Stores every key of the plan and returns what memory did meanwhile.
///
/// `predict` gives `used_memory` of the full data set on top of a baseline.
///
/// # Errors
/// When the target fails, drops keys, or does not hold what was written.
pub async fn seed(
    spec: &PlanSpec,
    control: &Control,
    target: TargetFacts,
    started: Stamp,
    predict: impl FnOnce(Bytes) -> Bytes,
    progress: Progress<'_>,
) -> Result<Seeded, SeedError> {
    let wanted = spec.n_keys();
    let at = |done| move |cause| SeedError::Target { done, wanted, cause };
    let dbsize_before = control.dbsize().await.map_err(at(0))?;
    let began_ms = if expires_fields(spec) { control.unix_ms().await.map_err(at(0))? } else { 0 };
    let baseline = baseline(spec, control, began_ms).await.map_err(at(0))?;
    let predicted_bytes = predict(baseline.used_memory_bytes);

    let mut loader = Loader::new(spec, control, began_ms);
    let (mut loading, mut settling) = (Duration::ZERO, Duration::ZERO);
    let mut checkpoints = Vec::new();
    for keys in stops(wanted) {
        let began = Instant::now();
        loader.load_until(keys, progress).await.map_err(at(loader.done))?;
        let fresh = control.memory(loader.stored.clone(), false).await;
        checkpoints.push(fresh.map_err(at(keys))?);
        loading += began.elapsed();

        let began = Instant::now();
        let found = count_keys(control, spec, &loader.stored).await.map_err(at(keys))?;
        if found < keys {
            return Err(SeedError::KeysMissing { missing: keys - found, wanted: keys });
        }
        checkpoints.push(settled(control, &loader.stored).await.map_err(at(keys))?);
        settling += began.elapsed();
    }
    let settled = checkpoints.pop().expect("a plan has at least one key");
    let dbsize_after = control.dbsize().await.map_err(at(wanted))?;
    if dbsize_after != dbsize_before + wanted {
        let expected = dbsize_before + wanted;
        return Err(SeedError::ForeignWrites { found: dbsize_after, expected });
    }
    let values_compared = compare_values(spec, control).await?;
    Ok(Seeded {
        target,
        started,
        baseline,
        predicted_bytes,
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

/// Whether seeding gives fields a time to live.
fn expires_fields(spec: &PlanSpec) -> bool {
    let mut collections = spec.classes.iter().filter_map(|class| class.collection.as_ref());
    collections.any(|collection| collection.field_ttl_secs.is_some())
}

/// Runs every command of the workload once, on keys that do not exist yet, and those of seeding,
/// because engines keep a latency histogram per command from its first use on (MODEL.md §1).
/// What the commands wrote is removed.
async fn baseline(
    spec: &PlanSpec,
    control: &Control,
    began_ms: u64,
) -> Result<MemoryPoint, TargetError> {
    let mut batch = Pipeline::new();
    for (index, class) in spec.classes.iter().enumerate() {
        let key = key(&class.key, 0);
        // Its real value: were we killed here, the next run would know the key for its own.
        match Contents::of(class) {
            Contents::Strings(values) => {
                batch.cmd("SET").arg(&key).arg(values.get(0)).ignore();
                batch.cmd("GET").arg(&key).ignore();
                batch.cmd("MGET").arg(&key).ignore();
            }
            Contents::Collections(values) => {
                batch
                    .add_command(collections::write(&values, &key, 0, 0, began_ms).command)
                    .ignore();
                if values.field_ttl_secs().is_some() {
                    let first = values.n_elements(0);
                    let expire = collections::write(&values, &key, 0, first, began_ms).command;
                    batch.add_command(expire).ignore();
                }
                if let Some(ttl) = class.ttl_secs {
                    batch.cmd("EXPIRE").arg(&key).arg(ttl).ignore();
                }
                for line in spec.traffic.iter().filter(|line| line.class == index) {
                    let command = batch.cmd(line.command.word()).arg(&key);
                    match line.command {
                        Command::Hget => command.arg("x"),
                        Command::Zrange(_) | Command::Lrange(_) => command.arg(0).arg(-1),
                        _ => command,
                    }
                    .ignore();
                }
            }
        }
        batch.cmd("EXISTS").arg(&key).ignore();
        batch.cmd("UNLINK").arg(&key).ignore();
    }
    batch.cmd("DBSIZE").ignore();
    batch.cmd("PING").ignore();
    let () = control.batch("SET", &batch).await?;
    control.info().await?;
    control.memory(vec![0; spec.classes.len()], true).await
}

/// Waits until `used_memory` stands still, after a walk over all keys has moved the tables on.
async fn settled(control: &Control, keys: &[u64]) -> Result<MemoryPoint, TargetError> {
    let mut last = control.memory(keys.to_owned(), false).await?;
    for _ in 0..SETTLE_READINGS {
        tokio::time::sleep(SETTLE_PAUSE).await;
        let next = control.memory(keys.to_owned(), true).await?;
        // The connection that asks is itself a few kilobytes of buffers that come and go.
        let change = next.used_memory_bytes.get().abs_diff(last.used_memory_bytes.get());
        if change < 1024 {
            return Ok(next);
        }
        last = next;
    }
    last.is_settled = false;
    Ok(last)
}

/// Reads values back and compares them byte for byte.
async fn compare_values(spec: &PlanSpec, control: &Control) -> Result<u64, SeedError> {
    let wanted = spec.n_keys();
    let mut compared = 0;
    for class in &spec.classes {
        let values = match Contents::of(class) {
            Contents::Strings(values) => values,
            Contents::Collections(values) => {
                compared += compare_collections(class, &values, control, wanted).await?;
                continue;
            }
        };
        let numbers: Vec<u64> = spread(class, VALUES_COMPARED).collect();
        for chunk in numbers.chunks(50) {
            let mut batch = Pipeline::new();
            let mut keys = Vec::new();
            for n in chunk {
                let mut key = Vec::new();
                class.key.write(*n, &mut key);
                batch.cmd("GET").arg(&key);
                keys.push(key);
            }
            let stored: Vec<Vec<u8>> = control
                .batch("GET", &batch)
                .await
                .map_err(|cause| SeedError::Target { done: wanted, wanted, cause })?;
            for ((n, key), stored) in chunk.iter().zip(&keys).zip(&stored) {
                if stored != values.get(*n) {
                    let key = String::from_utf8_lossy(key).into_owned();
                    return Err(SeedError::ValueDiffers { key });
                }
                compared += 1;
            }
        }
    }
    Ok(compared)
}

/// Reads collections back and compares them element for element.
async fn compare_collections(
    class: &Class,
    values: &CollectionValues,
    control: &Control,
    wanted: u64,
) -> Result<u64, SeedError> {
    let keys = (ELEMENTS_COMPARED / values.n_elements(0).max(1)).clamp(1, VALUES_COMPARED);
    let keys: Vec<(u64, Vec<u8>)> = spread(class, keys).map(|n| (n, key(&class.key, n))).collect();
    for chunk in keys.chunks(50) {
        let outcome = collections::whole(control, values, chunk).await;
        let same = outcome.map_err(|cause| SeedError::Target { done: wanted, wanted, cause })?;
        if let Some((_, (_, key))) = same.iter().zip(chunk).find(|(same, _)| !**same) {
            let key = String::from_utf8_lossy(key).into_owned();
            return Err(SeedError::ValueDiffers { key });
        }
    }
    Ok(num::count(keys.len()))
}

/// Sends what the plan writes class by class, a few pipelines at a time.
struct Loader<'a> {
    spec: &'a PlanSpec,
    control: &'a Control,
    contents: Vec<Contents>,
    /// What messages call the commands of a batch.
    command: &'static str,
    /// Steps done of the collection that the next batch goes on with.
    step: u64,
    /// Unix time at which seeding began, where lifetimes of fields are reckoned by it.
    began_ms: u64,
    /// Own keys of each class sent so far.
    stored: Vec<u64>,
    /// All of them.
    done: u64,
    payload: Bytes,
}

impl<'a> Loader<'a> {
    fn new(spec: &'a PlanSpec, control: &'a Control, began_ms: u64) -> Self {
        let contents: Vec<Contents> = spec.classes.iter().map(Contents::of).collect();
        let only_strings = contents.iter().all(|c| matches!(c, Contents::Strings(_)));
        let command = if only_strings { "SET" } else { "a writing command" };
        let stored = vec![0; spec.classes.len()];
        Self {
            spec,
            control,
            contents,
            command,
            step: 0,
            began_ms,
            stored,
            done: 0,
            payload: Bytes::ZERO,
        }
    }

    /// Loads on until `keys` keys are stored and every reply has arrived.
    async fn load_until(&mut self, keys: u64, progress: Progress<'_>) -> Result<(), TargetError> {
        // Dropped on an error or an interruption, and its batches with it: nothing is sent then.
        let mut under_way = JoinSet::new();
        while self.done < keys {
            let batch = self.next_batch(keys);
            let (control, command) = (self.control.clone(), self.command);
            under_way.spawn(async move { control.batch::<()>(command, &batch).await });
            // The order of pipelines is nobody's promise, and that of elements is kept by lists.
            let most = if self.step > 0 { 0 } else { IN_FLIGHT - 1 };
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

    /// The next writes, up to key `until` or the size of a batch.
    fn next_batch(&mut self, until: u64) -> Pipeline {
        let mut batch = Pipeline::with_capacity(BATCH_COMMANDS);
        let mut bytes = 0;
        let mut key = Vec::new();
        for (index, class) in self.spec.classes.iter().enumerate() {
            while self.stored[index] < class.keys {
                if self.done == until || bytes >= BATCH_BYTES || batch.len() >= BATCH_COMMANDS {
                    return batch;
                }
                let n = self.stored[index];
                key.clear();
                class.key.write(n, &mut key);
                let written = match &self.contents[index] {
                    Contents::Strings(values) => {
                        let len = push_string(&mut batch, &key, values.get(n), class.ttl_secs);
                        (len, key.len() + len)
                    }
                    Contents::Collections(values) => {
                        let written = collections::write(values, &key, n, self.step, self.began_ms);
                        let past = written.past;
                        self.step = if past < collections::steps(values, n) { past } else { 0 };
                        batch.add_command(written.command).ignore();
                        if let (0, Some(ttl)) = (self.step, class.ttl_secs) {
                            batch.cmd("EXPIRE").arg(&key).arg(ttl).ignore();
                        }
                        (written.n_bytes, written.wire_bytes)
                    }
                };
                let (content, on_the_wire) = written;
                bytes += on_the_wire;
                self.payload += Bytes::new(num::count(key.len() + content));
                if self.step == 0 {
                    self.stored[index] += 1;
                    self.done += 1;
                }
            }
        }
        batch
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
