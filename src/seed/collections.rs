//! Collections on the target: written in bounded commands, read back in bounded commands.

use std::ops::Range;

use redis::{Cmd, Pipeline, Value};

use crate::engine::CollectionKind;
use crate::model::memory::collection::ELEMENTS_PER_COMMAND;
use crate::target::{Control, TargetError};
use crate::units::num;
use crate::workload::CollectionValues;

/// Bytes of one command on the wire, beyond its last element.
const BYTES_PER_COMMAND: usize = 32 * 1024;
/// Headers and line ends of an element on the wire, which small ones mostly are.
const BYTES_AROUND: usize = 12;
/// Commands and elements sent at once when reading.
const COMMANDS_PER_BATCH: usize = 200;
const ELEMENTS_PER_BATCH: u64 = 5000;

/// The command that writes elements of a kind.
pub(super) const fn write_command(kind: CollectionKind) -> &'static str {
    match kind {
        CollectionKind::Hash => "HSET",
        CollectionKind::Set => "SADD",
        CollectionKind::SortedSet => "ZADD",
        CollectionKind::List => "RPUSH",
    }
}

/// The commands that tell how many elements there are, and read some of them.
pub(super) const fn read_commands(kind: CollectionKind) -> [&'static str; 2] {
    match kind {
        CollectionKind::Hash => ["HLEN", "HMGET"],
        CollectionKind::Set => ["SCARD", "SMISMEMBER"],
        CollectionKind::SortedSet => ["ZCARD", "ZMSCORE"],
        CollectionKind::List => ["LLEN", "LRANGE"],
    }
}

/// A command that writes some elements of a collection.
pub(super) struct Write {
    pub command: Cmd,
    /// The number of the element after its last.
    pub past: u64,
    /// Characters of its elements.
    pub n_bytes: usize,
    /// The same with what is around them on the wire.
    pub wire_bytes: usize,
}

/// One command that writes elements of key number `n` from number `first` on.
///
/// A list gets one element per command: the memory law is that of lists that grew so.
pub(super) fn write(values: &CollectionValues, key: &[u8], n: u64, first: u64) -> Write {
    let kind = values.kind();
    let most = if kind == CollectionKind::List { 1 } else { num::count(ELEMENTS_PER_COMMAND) };
    let end = values.n_elements(n).min(first + most);
    let mut command = redis::cmd(write_command(kind));
    command.arg(key);
    let (mut past, mut n_bytes, mut wire_bytes) = (first, 0, key.len());
    while past < end && wire_bytes < BYTES_PER_COMMAND {
        let (mut member, mut value) = (Vec::new(), Vec::new());
        values.write_member(n, past, &mut member);
        values.write_value(n, past, &mut value);
        n_bytes += member.len() + value.len();
        wire_bytes += member.len() + value.len() + BYTES_AROUND;
        match kind {
            CollectionKind::Hash => command.arg(member).arg(value),
            CollectionKind::SortedSet => command.arg(value).arg(member),
            CollectionKind::Set | CollectionKind::List => command.arg(member),
        };
        past += 1;
    }
    Write { command, past, n_bytes, wire_bytes }
}

/// Which of the keys numbered `keys` hold exactly what the plan writes there, or what it had
/// written of it when it was killed: the elements of its first commands.
///
/// # Errors
/// When the target is gone or refuses a command.
pub(super) async fn own(
    control: &Control,
    values: &CollectionValues,
    keys: &[(u64, Vec<u8>)],
) -> Result<Vec<bool>, TargetError> {
    let [len, _] = read_commands(values.kind());
    let mut lens = Pipeline::new();
    for (_, key) in keys {
        lens.cmd(len).arg(key);
    }
    let lens: Vec<u64> = control.batch(len, &lens).await?;
    let mut reads = Vec::new();
    let mut is_own = Vec::new();
    for (at, ((n, key), len)) in keys.iter().zip(lens).enumerate() {
        let ranges = commands_up_to(values, key, *n, len);
        is_own.push(ranges.is_some());
        reads.extend(ranges.into_iter().flatten().map(|elements| (at, elements)));
    }
    let mut rest = &reads[..];
    while !rest.is_empty() {
        let mut sum = 0;
        let fits = rest.iter().take(COMMANDS_PER_BATCH).take_while(|(_, elements)| {
            sum += elements.end - elements.start;
            sum <= ELEMENTS_PER_BATCH
        });
        let (batch, others) = rest.split_at(fits.count().max(1));
        rest = others;
        for ((at, _), same) in batch.iter().zip(compare(control, values, keys, batch).await?) {
            is_own[*at] &= same;
        }
    }
    Ok(is_own)
}

/// Which of the keys numbered `keys`, of the plan's type or absent, hold all that it writes there.
///
/// # Errors
/// When the target is gone, refuses a command, or another type of value stands there.
pub(super) async fn whole(
    control: &Control,
    values: &CollectionValues,
    keys: &[(u64, Vec<u8>)],
) -> Result<Vec<bool>, TargetError> {
    let mut is_own = own(control, values, keys).await?;
    let [len, _] = read_commands(values.kind());
    let mut lens = Pipeline::new();
    for (_, key) in keys {
        lens.cmd(len).arg(key);
    }
    let lens: Vec<u64> = control.batch(len, &lens).await?;
    for ((is_own, (n, _)), len) in is_own.iter_mut().zip(keys).zip(lens) {
        *is_own &= len == values.n_elements(*n);
    }
    Ok(is_own)
}

/// The elements of each command that writes the first `len` elements of a key; `None` when no
/// number of whole commands does.
fn commands_up_to(
    values: &CollectionValues,
    key: &[u8],
    n: u64,
    len: u64,
) -> Option<Vec<Range<u64>>> {
    if len == 0 || len > values.n_elements(n) {
        return None;
    }
    let mut ranges = Vec::new();
    let mut first = 0;
    while first < len {
        let past = write(values, key, n, first).past;
        ranges.push(first..past);
        first = past;
    }
    // Lists are read in larger parts than they are written in.
    if values.kind() == CollectionKind::List {
        let size = num::count(ELEMENTS_PER_COMMAND);
        let parts = (0..len).step_by(ELEMENTS_PER_COMMAND);
        ranges = parts.map(|start| start..(start + size).min(len)).collect();
    }
    (first == len).then_some(ranges)
}

/// Whether keys hold the elements of the ranges they are named with.
async fn compare(
    control: &Control,
    values: &CollectionValues,
    keys: &[(u64, Vec<u8>)],
    reads: &[(usize, Range<u64>)],
) -> Result<Vec<bool>, TargetError> {
    let kind = values.kind();
    let [_, read] = read_commands(kind);
    let mut batch = Pipeline::new();
    for (at, elements) in reads {
        let (n, key) = &keys[*at];
        let command = batch.cmd(read).arg(key);
        if kind == CollectionKind::List {
            command.arg(elements.start).arg(elements.end - 1);
        } else {
            for element in elements.clone() {
                let mut member = Vec::new();
                values.write_member(*n, element, &mut member);
                command.arg(member);
            }
        }
    }
    let found: Vec<Vec<Value>> = control.batch(read, &batch).await?;
    let is_same = |(at, elements): &(usize, Range<u64>), found: Vec<Value>| {
        let n = keys[*at].0;
        num::count(found.len()) == elements.end - elements.start
            && elements.clone().zip(found).all(|(element, found)| {
                let mut wanted = Vec::new();
                match kind {
                    CollectionKind::Set => return found == Value::Int(1),
                    CollectionKind::List => values.write_member(n, element, &mut wanted),
                    CollectionKind::Hash | CollectionKind::SortedSet => {
                        values.write_value(n, element, &mut wanted);
                    }
                }
                found == Value::BulkString(wanted)
            })
    };
    Ok(reads.iter().zip(found).map(|(read, found)| is_same(read, found)).collect())
}
