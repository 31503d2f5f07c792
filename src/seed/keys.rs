//! Walks over the plan's own keys in bounded batches: to count them, and to remove them.

use redis::Pipeline;

use crate::spec::{Class, PlanSpec};
use crate::target::{Control, TargetError};
use crate::units::num;

/// Keys named by one command; the server works on nothing else meanwhile.
const KEYS_PER_COMMAND: u64 = 100;
/// Commands sent at once.
const COMMANDS_PER_BATCH: usize = 50;

/// How many of the first `keys` of each class exist.
///
/// Every lookup also moves the engine's tables on while they grow (MODEL.md §1), so a walk over
/// all keys ends with tables that have settled.
pub(super) async fn count_keys(
    control: &Control,
    spec: &PlanSpec,
    keys: &[u64],
) -> Result<u64, TargetError> {
    walk(control, spec, keys, "EXISTS").await
}

/// Removes the plan's keys, without blocking the server while memory is freed.
/// Returns how many there were.
///
/// # Errors
/// When the target is gone or refuses UNLINK.
pub async fn remove_keys(control: &Control, spec: &PlanSpec) -> Result<u64, TargetError> {
    let keys: Vec<u64> = spec.classes.iter().map(|class| class.keys).collect();
    walk(control, spec, &keys, "UNLINK").await
}

/// Runs a command that takes keys and counts them, over the first `keys` of each class.
async fn walk(
    control: &Control,
    spec: &PlanSpec,
    keys: &[u64],
    command: &'static str,
) -> Result<u64, TargetError> {
    let mut total = 0;
    let mut batch = Pipeline::new();
    for (class, keys) in spec.classes.iter().zip(keys) {
        let mut first = 0;
        while first < *keys {
            let past = (first + KEYS_PER_COMMAND).min(*keys);
            batch.add_command(with_keys(command, class, first, past));
            first = past;
            if batch.len() == COMMANDS_PER_BATCH {
                total += sum(control, command, &batch).await?;
                batch.clear();
            }
        }
    }
    if !batch.is_empty() {
        total += sum(control, command, &batch).await?;
    }
    Ok(total)
}

fn with_keys(command: &str, class: &Class, first: u64, past: u64) -> redis::Cmd {
    let mut command = redis::cmd(command);
    let mut key = Vec::new();
    for n in first..past {
        key.clear();
        class.key.write(n, &mut key);
        command.arg(&key);
    }
    command
}

async fn sum(
    control: &Control,
    command: &'static str,
    batch: &Pipeline,
) -> Result<u64, TargetError> {
    let counts: Vec<u64> = control.batch(command, batch).await?;
    Ok(counts.iter().sum())
}

/// Key numbers spread evenly over a class, at most `n`, ascending.
pub(super) fn spread(class: &Class, n: u64) -> impl Iterator<Item = u64> {
    let n = n.min(class.keys);
    let step = num::float(class.keys) / num::float(n.max(1));
    (0..n).map(move |i| num::round((num::float(i) * step).floor()))
}
