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
/// Commands, elements and bytes of elements asked for at once when reading: until they are read the
/// answers lie in the target's memory, at the expense of its keys.
const COMMANDS_PER_BATCH: usize = 200;
const ELEMENTS_PER_BATCH: u64 = 5000;
const BYTES_PER_BATCH: usize = 256 * 1024;

/// Gives fields a time to live.
pub(super) const EXPIRE_FIELDS: &str = "HPEXPIREAT";
/// Fields live so long at least, whatever the plan says, so that none expires while it is measured; how
/// long does not change what they take.
const LEAST_FIELD_TTL_SECS: u64 = 24 * 60 * 60;

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

/// A command that writes some elements of a collection, or gives some a time to live.
pub(super) struct Write {
    pub command: Cmd,
    /// The step after its last.
    pub past: u64,
    /// Characters of its elements.
    pub n_bytes: usize,
    /// The same with what is around them on the wire.
    pub wire_bytes: usize,
}

/// Steps that make key number `n` whole: one for each element that is written, then one for each that
/// gets a time to live.
pub(super) fn steps(values: &CollectionValues, n: u64) -> u64 {
    let elements = values.n_elements(n);
    if values.field_ttl_secs().is_some() { 2 * elements } else { elements }
}

/// One command that does the steps of key number `n` from number `first` on.
///
/// * `began_ms`: Unix time when seeding began, by which lifetimes are reckoned.
pub(super) fn write(
    values: &CollectionValues,
    key: &[u8],
    n: u64,
    first: u64,
    began_ms: u64,
) -> Write {
    let elements = values.n_elements(n);
    match values.field_ttl_secs() {
        Some(ttl_secs) if first >= elements => {
            let lifetime_ms = 1000 * ttl_secs.max(LEAST_FIELD_TTL_SECS);
            let mut expire =
                expire_fields(values, key, n, first - elements, began_ms + lifetime_ms);
            expire.past += elements;
            expire
        }
        _ => write_elements(values, key, n, first),
    }
}

/// One command that writes elements of key number `n` from number `first` on.
///
/// A list gets one element per command: the memory law is that of lists that grew so.
fn write_elements(values: &CollectionValues, key: &[u8], n: u64, first: u64) -> Write {
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

/// One command that gives fields of key number `n` from number `first` on their time to live.
///
/// All fields of a hash expire together, and each hash a millisecond after the one before, as if one had
/// been written a millisecond: the memory law is that of hashes which are spread so (MODEL.md §1.10).
///
/// * `at_ms`: Unix time at which key number 0 expires.
fn expire_fields(values: &CollectionValues, key: &[u8], n: u64, first: u64, at_ms: u64) -> Write {
    let most = first + num::count(ELEMENTS_PER_COMMAND);
    let (mut fields, mut n_bytes) = (Vec::new(), 0);
    while first + num::count(fields.len()) < values.n_elements(n).min(most)
        && n_bytes < BYTES_PER_COMMAND
    {
        let mut field = Vec::new();
        values.write_member(n, first + num::count(fields.len()), &mut field);
        n_bytes += field.len() + BYTES_AROUND;
        fields.push(field);
    }
    let past = first + num::count(fields.len());
    let mut command = redis::cmd(EXPIRE_FIELDS);
    command.arg(key).arg(at_ms + n).arg("FIELDS").arg(fields.len()).arg(fields);
    Write { command, past, n_bytes: 0, wire_bytes: key.len() + n_bytes }
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
    for (key, ((n, name), len)) in keys.iter().zip(lens).enumerate() {
        let parts = parts_up_to(values, name, *n, len);
        is_own.push(parts.is_some());
        let of_key = |(elements, n_bytes)| Read { key, elements, n_bytes };
        reads.extend(parts.into_iter().flatten().map(of_key));
    }
    let mut rest = &reads[..];
    while !rest.is_empty() {
        let (batch, others) = rest.split_at(one_batch(rest));
        rest = others;
        for (read, same) in batch.iter().zip(compare(control, values, keys, batch).await?) {
            is_own[read.key] &= same;
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

/// Some elements of one key, asked for by one command.
struct Read {
    /// The key's place among those looked at.
    key: usize,
    elements: Range<u64>,
    /// What they take on the wire.
    n_bytes: usize,
}

/// How many of these are sent at once; at least one.
fn one_batch(reads: &[Read]) -> usize {
    let (mut elements, mut n_bytes) = (0, 0);
    let fits = reads.iter().take(COMMANDS_PER_BATCH).take_while(|read| {
        elements += read.elements.end - read.elements.start;
        n_bytes += read.n_bytes;
        elements <= ELEMENTS_PER_BATCH && n_bytes <= BYTES_PER_BATCH
    });
    fits.count().max(1)
}

/// The elements of each command that reads the first `len` elements of a key, with their bytes;
/// `None` when no number of whole writing commands makes so many.
fn parts_up_to(
    values: &CollectionValues,
    key: &[u8],
    n: u64,
    len: u64,
) -> Option<Vec<(Range<u64>, usize)>> {
    if len == 0 || len > values.n_elements(n) {
        return None;
    }
    let mut parts: Vec<(Range<u64>, usize)> = Vec::new();
    let mut first = 0;
    while first < len {
        let Write { past, wire_bytes, .. } = write_elements(values, key, n, first);
        match parts.last_mut() {
            // Lists are read in larger parts than they are written in.
            Some((elements, n_bytes))
                if values.kind() == CollectionKind::List
                    && past - elements.start <= num::count(ELEMENTS_PER_COMMAND)
                    && *n_bytes + wire_bytes <= BYTES_PER_BATCH =>
            {
                elements.end = past;
                *n_bytes += wire_bytes;
            }
            _ => parts.push((first..past, wire_bytes)),
        }
        first = past;
    }
    (first == len).then_some(parts)
}

/// Whether keys hold the elements that are asked for.
async fn compare(
    control: &Control,
    values: &CollectionValues,
    keys: &[(u64, Vec<u8>)],
    reads: &[Read],
) -> Result<Vec<bool>, TargetError> {
    let kind = values.kind();
    let [_, read] = read_commands(kind);
    let mut batch = Pipeline::new();
    for Read { key, elements, .. } in reads {
        let (n, key) = &keys[*key];
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
    let is_same = |Read { key, elements, .. }: &Read, found: Vec<Value>| {
        let n = keys[*key].0;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::parse;

    /// The collections of a class whose keys are `c:{n}`.
    fn values(lines: &str) -> CollectionValues {
        let text = format!(
            r#"
            name = "one"
            class = [{{ name = "c", keys = 10, key = "c:{{n}}", {lines} }},
                     {{ name = "s", keys = 1, key = "s:{{n}}", size = "1B" }}]
            traffic = [{{ class = "s", command = "get", weight = 1 }}]
            load = {{}}
            objective = {{ peak = "1k/s", p99 = "2ms" }}
            capacity = {{}}
            aws = {{ region = "eu-west-1", engines = ["redis-7.1"] }}
            "#
        );
        let spec = parse("w.toml", &text).unwrap_or_else(|error| panic!("{error}"));
        CollectionValues::of(&spec.classes[0], spec.classes[0].collection.as_ref().unwrap())
    }

    /// Asks for four whole keys, and checks that no batch brings more than it may.
    #[track_caller]
    fn check(lines: &str, longest: usize) {
        let values = values(lines);
        let reads: Vec<Read> = (0..4)
            .flat_map(|key| {
                let n = num::count(key);
                let parts = parts_up_to(&values, b"c:0", n, values.n_elements(n)).unwrap();
                parts.into_iter().map(move |(elements, n_bytes)| Read { key, elements, n_bytes })
            })
            .collect();
        for (key, n) in (0..4).zip(0..) {
            let mut asked = reads.iter().filter(|read| read.key == key);
            let end = asked
                .try_fold(0, |end, read| (read.elements.start == end).then_some(read.elements.end));
            assert_eq!(end, Some(values.n_elements(n)), "each element once");
        }
        let mut rest = &reads[..];
        while !rest.is_empty() {
            let (batch, others) = rest.split_at(one_batch(rest));
            rest = others;
            let asked = |read: &Read| read.elements.end - read.elements.start;
            let elements: u64 = batch.iter().map(asked).sum();
            let of_read = |read: &Read| -> usize {
                let key = num::count(read.key);
                let mut out = Vec::new();
                for element in read.elements.clone() {
                    values.write_member(key, element, &mut out);
                    values.write_value(key, element, &mut out);
                }
                out.len()
            };
            let n_bytes: usize = batch.iter().map(of_read).sum();
            assert!(n_bytes <= BYTES_PER_BATCH || elements == 1, "{n_bytes} of {elements}");
            assert!(n_bytes <= BYTES_PER_BATCH.max(longest) && elements <= ELEMENTS_PER_BATCH);
        }
    }

    #[test]
    fn what_is_read_at_once_is_bounded_by_bytes_and_by_elements() {
        check(r#"type = "list", members = 100, size = "1MiB", encoding = "raw""#, 1 << 20);
        check(r#"type = "list", members = 300, size = "20KiB", encoding = "raw""#, 0);
        check(r#"type = "list", members = 9_000, size = "3B", encoding = "raw""#, 0);
        check(
            r#"type = "hash", members = 40, member = "f{n}", size = "100KiB", encoding = "raw""#,
            0,
        );
        check(r#"type = "set", members = 9_000, member = "m{n}""#, 0);
    }
}
