//! Which keys of the plan's names a target holds before seeding, and whose they are.
//!
//! A key is the plan's own when it holds exactly the value that the plan would write, or the first
//! commands' worth of a collection: left over from a run that was killed. Any other key of such a name is somebody else's, and stays.

use redis::{Cmd, Pipeline, Value};

use crate::spec::{Command, PlanSpec};
use crate::target::{Control, Target, TargetError};
use crate::units::num;
use crate::workload::{CollectionValues, Contents, Values};

use super::collections;
use super::keys::{OwnKeys, count_own, key, own_keys, with_keys};
use super::part::Part;

/// Keys that are looked at together.
const KEYS_TOGETHER: usize = 100;

/// Values fetched by one command together.
const BYTES_PER_COMMAND: usize = 256 * 1024;

/// Keys of the plan's names that exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// The selected database.
    pub database: u32,
    /// Keys in it, of any name.
    pub stored: u64,
    /// Left over from an earlier run: they hold the plan's own values.
    pub own: u64,
    /// Somebody else's: they hold other values, or other kinds of values.
    pub foreign: u64,
    /// One of those.
    pub first_foreign: Option<String>,
}

/// Looks at every key that the plan would write, on each server of the target. Writes nothing.
///
/// # Errors
/// When the target is gone, or refuses DBSIZE, EXISTS, MGET, or what reads collections.
pub async fn survey(target: &Target, spec: &PlanSpec) -> Result<Vec<Survey>, TargetError> {
    visit(target, spec, false).await
}

/// Removes the plan's keys from an earlier run, and no key that holds another value.
/// Returns what was found.
///
/// # Errors
/// When the target is gone or refuses a command.
pub async fn remove_leftovers(target: &Target, spec: &PlanSpec) -> Result<Survey, TargetError> {
    let mut all = Survey::default();
    for here in visit(target, spec, true).await? {
        all.database = here.database;
        all.stored += here.stored;
        all.own += here.own;
        all.foreign += here.foreign;
        all.first_foreign = all.first_foreign.or(here.first_foreign);
    }
    Ok(all)
}

async fn visit(
    target: &Target,
    spec: &PlanSpec,
    removes: bool,
) -> Result<Vec<Survey>, TargetError> {
    let mut all = Vec::new();
    for part in Part::all(target) {
        all.push(visit_part(part, spec, removes).await?);
    }
    Ok(all)
}

async fn visit_part(part: Part<'_>, spec: &PlanSpec, removes: bool) -> Result<Survey, TargetError> {
    let control = part.control();
    let mut found = Survey { database: control.database(), ..Survey::default() };
    if control.dbsize().await? == 0 {
        return Ok(found);
    }
    let named = count_own(part, spec).await?;
    // Only now: looking at keys whose time is over makes the server drop them.
    found.stored = control.dbsize().await?;
    if named == 0 {
        return Ok(found);
    }
    for own in &own_keys(spec) {
        let mut first = 0;
        while first < own.keys {
            let (numbers, next) = together(own, first, |n| part.owns(own.template, n));
            if !numbers.is_empty() {
                let kept = look(part, own, &numbers, &mut found).await?;
                if removes && !kept.is_empty() {
                    let unlink = part.commands("UNLINK", own.template, &kept);
                    let _: Vec<u64> = control.batch("UNLINK", &unlink).await?;
                }
            }
            first = next;
        }
    }
    Ok(found)
}

/// The keys from number `first` on that a server owns and that are looked at together, and the number
/// after them.
fn together(own: &OwnKeys<'_>, first: u64, owns: impl Fn(u64) -> bool) -> (Vec<u64>, u64) {
    let longest = |n| own.contents.iter().map(|contents| contents.n_bytes(n)).max().unwrap_or(0);
    let (mut numbers, mut past, mut bytes) = (Vec::new(), first, 0);
    while past < own.keys && numbers.len() < KEYS_TOGETHER && bytes < BYTES_PER_COMMAND {
        if owns(past) {
            bytes += longest(past);
            numbers.push(past);
        }
        past += 1;
    }
    (numbers, past)
}

/// Adds these keys to `found` and returns those that hold the plan's values.
async fn look(
    part: Part<'_>,
    own: &OwnKeys<'_>,
    numbers: &[u64],
    found: &mut Survey,
) -> Result<Vec<u64>, TargetError> {
    let strings: Option<Vec<&Values>> = own
        .contents
        .iter()
        .map(|contents| match contents {
            Contents::Strings(values) => Some(values),
            Contents::Collections(_) => None,
        })
        .collect();
    let Seen { existing, kept, other } = match strings {
        Some(values) => look_at_strings(part, own, &values, numbers).await?,
        None => look_at_any(part.control(), own, numbers).await?,
    };
    let foreign = existing.saturating_sub(num::count(kept.len()));
    found.own += num::count(kept.len());
    found.foreign += foreign;
    if foreign > 0 && found.first_foreign.is_none() {
        let others = numbers.iter().copied().filter(|n| !kept.contains(n));
        let n = if other.is_some() {
            other
        } else {
            first_existing(part.control(), own, others).await?
        };
        let name = n.map(|n| String::from_utf8_lossy(&key(own.template, n)).into_owned());
        found.first_foreign = name;
    }
    Ok(kept)
}

/// What a look at some keys found.
struct Seen {
    /// Keys that exist.
    existing: u64,
    /// Those that are the plan's, ascending.
    kept: Vec<u64>,
    /// One of the others, if its number came to light.
    other: Option<u64>,
}

/// Where the plan writes strings only.
async fn look_at_strings(
    part: Part<'_>,
    own: &OwnKeys<'_>,
    values: &[&Values],
    numbers: &[u64],
) -> Result<Seen, TargetError> {
    let exists = part.commands("EXISTS", own.template, numbers);
    let exists: Vec<u64> = part.control().batch("EXISTS", &exists).await?;
    let existing = exists.iter().sum();
    // A key that holds no string reads as nil.
    let read = part.commands("MGET", own.template, numbers);
    let stored: Vec<Vec<Option<Vec<u8>>>> = part.control().batch("MGET", &read).await?;
    let stored: Vec<Option<Vec<u8>>> = stored.into_iter().flatten().collect();
    let is_own = |n: u64, stored: &[u8]| values.iter().any(|values| values.get(n) == stored);
    let mut seen = Seen { existing, kept: Vec::new(), other: None };
    for (n, stored) in numbers.iter().zip(&stored) {
        match stored {
            Some(stored) if is_own(*n, stored) => seen.kept.push(*n),
            Some(_) => seen.other = seen.other.or(Some(*n)),
            None => {}
        }
    }
    Ok(seen)
}

/// Where the plan writes collections: each key is asked for its type first.
async fn look_at_any(
    control: &Control,
    own: &OwnKeys<'_>,
    numbers: &[u64],
) -> Result<Seen, TargetError> {
    let keys: Vec<(u64, Vec<u8>)> = numbers.iter().map(|n| (*n, key(own.template, *n))).collect();
    let mut batch = Pipeline::new();
    for (_, key) in &keys {
        batch.cmd("TYPE").arg(key);
    }
    let types: Vec<String> = control.batch("TYPE", &batch).await?;
    let of_type = |name: &str| -> Vec<(u64, Vec<u8>)> {
        let alike = keys.iter().zip(&types).filter(|(_, found)| *found == name);
        alike.map(|(key, _)| key.clone()).collect()
    };
    let mut kept = Vec::new();
    for contents in &own.contents {
        match contents {
            Contents::Strings(values) => {
                for (n, key) in of_type("string") {
                    let stored: Vec<u8> = control.ask("GET", redis::cmd("GET").arg(key)).await?;
                    kept.extend((stored == values.get(n)).then_some(n));
                }
            }
            Contents::Collections(values) => {
                let candidates = of_type(values.kind().answer());
                if !candidates.is_empty() {
                    let is_own = collections::own(control, values, &candidates).await?;
                    let own = candidates.iter().zip(is_own).filter(|(_, is_own)| *is_own);
                    kept.extend(own.map(|((n, _), _)| *n));
                }
            }
        }
    }
    kept.sort_unstable();
    kept.dedup();
    let exist = || keys.iter().zip(&types).filter(|(_, found)| *found != "none");
    let other = exist().map(|((n, _), _)| *n).find(|n| !kept.contains(n));
    Ok(Seen { existing: num::count(exist().count()), kept, other })
}

async fn first_existing(
    control: &Control,
    own: &OwnKeys<'_>,
    numbers: impl Iterator<Item = u64>,
) -> Result<Option<u64>, TargetError> {
    for n in numbers {
        let exists: u64 = control.ask("EXISTS", &with_keys("EXISTS", own.template, [n])).await?;
        if exists > 0 {
            return Ok(Some(n));
        }
    }
    Ok(None)
}

/// Tries every command of a run on a key that does not exist, in a way that changes nothing.
/// To be called when none of the plan's keys exists.
///
/// # Errors
/// The first command that is refused, or what else is wrong with the target.
pub async fn check_access(target: &Target, spec: &PlanSpec) -> Result<(), TargetError> {
    for part in Part::all(target) {
        check_part(part, spec).await?;
    }
    Ok(())
}

async fn check_part(part: Part<'_>, spec: &PlanSpec) -> Result<(), TargetError> {
    let control = part.control();
    let _: Value = control.ask("PING", &redis::cmd("PING")).await?;
    // Strings get their time to live with SET.
    let expires = spec.classes.iter().any(|c| c.collection.is_some() && c.ttl_secs.is_some());
    for own in &own_keys(spec) {
        let Some(n) = part.first(own.template, own.keys) else { continue };
        let on = |command: &str| with_keys(command, own.template, [n]);
        for command in ["EXISTS", "UNLINK"] {
            let _: Value = control.ask(command, &on(command)).await?;
        }
        for contents in &own.contents {
            match contents {
                Contents::Strings(_) => check_strings(control, on).await?,
                Contents::Collections(values) => check_collections(control, on, values).await?,
            }
        }
        if expires {
            let _: Value = control.ask("EXPIRE", on("EXPIRE").arg(1)).await?;
        }
    }
    for line in &spec.traffic {
        let class = &spec.classes[line.class];
        let template = line.key_template(class);
        let Some(n) = part.first(template, class.keys) else { continue };
        let on = |command: &str| with_keys(command, template, [n]);
        // Others were tried above, or would write.
        let (name, tried) = match (line.command, &line.raw) {
            (Command::Del, _) => ("DEL", on("DEL")),
            (Command::Expire, _) => ("EXPIRE", on("EXPIRE").arg(1).to_owned()),
            (Command::Lpush, _) => ("LPOP", on("LPOP")),
            (_, Some(raw)) => ("a raw command", on(raw.command()).arg(raw.arguments()).to_owned()),
            _ => continue,
        };
        let _: Value = control.ask(name, &tried).await?;
    }
    Ok(())
}

async fn check_strings(control: &Control, on: impl Fn(&str) -> Cmd) -> Result<(), TargetError> {
    for command in ["GET", "MGET"] {
        let _: Value = control.ask(command, &on(command)).await?;
    }
    // XX: only a key that exists would be set.
    let _: Value = control.ask("SET", on("SET").arg("x").arg("XX")).await?;
    Ok(())
}

/// Reading only: but for ZADD there is no way to write elements that changes nothing, so a refusal
/// shows at the first write.
async fn check_collections(
    control: &Control,
    on: impl Fn(&str) -> Cmd,
    values: &CollectionValues,
) -> Result<(), TargetError> {
    let _: Value = control.ask("TYPE", &on("TYPE")).await?;
    for command in collections::read_commands(values.kind()) {
        let mut ask = on(command);
        match command {
            "LRANGE" => ask.arg(0).arg(0),
            "HMGET" | "SMISMEMBER" | "ZMSCORE" => ask.arg("x"),
            _ => &mut ask,
        };
        let _: Value = control.ask(command, &ask).await?;
    }
    if values.field_ttl_secs().is_some() {
        control.unix_ms().await?;
        let mut expire = on(collections::EXPIRE_FIELDS);
        let ask = expire.arg(1).arg("FIELDS").arg(1).arg("x");
        let _: Value = control.ask(collections::EXPIRE_FIELDS, ask).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::keys::own_keys;
    use crate::spec::{Encoding, Payload, identity_cache};

    #[test]
    fn commands_are_bounded_by_keys_and_by_bytes() {
        let spec = identity_cache();
        let own = &own_keys(&spec)[0];
        assert_eq!(together(own, 0, |_| true).1, 100);
        assert_eq!(together(own, own.keys - 7, |_| true).1, own.keys);
        let odd = together(own, 0, |n| n % 2 == 1);
        assert_eq!((odd.0.len(), odd.0[99], odd.1), (100, 199, 200));
        let mut spec = spec.clone();
        spec.classes[0].payload = Payload::Size(100_000);
        spec.classes[0].encoding = Encoding::Raw;
        let large = together(&own_keys(&spec)[0], 5, |_| true);
        assert_eq!(large, (vec![5, 6, 7], 8), "three values exceed 256 KiB");
    }
}
