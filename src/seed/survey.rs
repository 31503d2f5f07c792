//! Which keys of the plan's names a target holds before seeding, and whose they are.
//!
//! A key is the plan's own when it holds exactly the value that the plan would write, or the first
//! commands' worth of a collection: left over from a run that was killed. Any other key of such a name is somebody else's, and stays.

use std::ops::Range;

use redis::{Pipeline, Value};

use crate::spec::PlanSpec;
use crate::target::{Control, TargetError};
use crate::units::num;
use crate::workload::{CollectionValues, Contents, Values};

use super::collections;
use super::keys::{KEYS_PER_COMMAND, OwnKeys, count_own, key, own_keys, with_keys};

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

/// Looks at every key that the plan would write. Writes nothing.
///
/// # Errors
/// When the target is gone, or refuses DBSIZE, EXISTS, MGET, or what reads collections.
pub async fn survey(control: &Control, spec: &PlanSpec) -> Result<Survey, TargetError> {
    visit(control, spec, false).await
}

/// Removes the plan's keys from an earlier run, and no key that holds another value.
/// Returns what was found.
///
/// # Errors
/// When the target is gone or refuses a command.
pub async fn remove_leftovers(control: &Control, spec: &PlanSpec) -> Result<Survey, TargetError> {
    visit(control, spec, true).await
}

async fn visit(control: &Control, spec: &PlanSpec, removes: bool) -> Result<Survey, TargetError> {
    let mut found = Survey { database: control.database(), ..Survey::default() };
    if control.dbsize().await? == 0 {
        return Ok(found);
    }
    let named = count_own(control, spec).await?;
    // Only now: looking at keys whose time is over makes the server drop them.
    found.stored = control.dbsize().await?;
    if named == 0 {
        return Ok(found);
    }
    for own in &own_keys(spec) {
        let mut first = 0;
        while first < own.keys {
            let past = past_one_command(own, first);
            let kept = look(control, own, first..past, &mut found).await?;
            if removes && !kept.is_empty() {
                let unlink = with_keys("UNLINK", own.template, kept);
                let _: u64 = control.ask("UNLINK", &unlink).await?;
            }
            first = past;
        }
    }
    Ok(found)
}

/// The end of the keys from `first` on that one command asks for.
fn past_one_command(own: &OwnKeys<'_>, first: u64) -> u64 {
    let longest = |n| own.contents.iter().map(|contents| contents.n_bytes(n)).max().unwrap_or(0);
    let (mut past, mut bytes) = (first, 0);
    while past < own.keys && past - first < KEYS_PER_COMMAND && bytes < BYTES_PER_COMMAND {
        bytes += longest(past);
        past += 1;
    }
    past
}

/// Adds these keys to `found` and returns those that hold the plan's values.
async fn look(
    control: &Control,
    own: &OwnKeys<'_>,
    numbers: Range<u64>,
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
        Some(values) => look_at_strings(control, own, &values, numbers.clone()).await?,
        None => look_at_any(control, own, numbers.clone()).await?,
    };
    let foreign = existing.saturating_sub(num::count(kept.len()));
    found.own += num::count(kept.len());
    found.foreign += foreign;
    if foreign > 0 && found.first_foreign.is_none() {
        let n = match other {
            Some(n) => Some(n),
            None => first_existing(control, own, numbers.filter(|n| !kept.contains(n))).await?,
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
    control: &Control,
    own: &OwnKeys<'_>,
    values: &[&Values],
    numbers: Range<u64>,
) -> Result<Seen, TargetError> {
    let mut batch = Pipeline::new();
    batch.add_command(with_keys("EXISTS", own.template, numbers.clone()));
    // A key that holds no string reads as nil.
    batch.add_command(with_keys("MGET", own.template, numbers.clone()));
    let (existing, stored): (u64, Vec<Option<Vec<u8>>>) = control.batch("MGET", &batch).await?;
    let is_own = |n: u64, stored: &[u8]| values.iter().any(|values| values.get(n) == stored);
    let mut seen = Seen { existing, kept: Vec::new(), other: None };
    for (n, stored) in numbers.zip(&stored) {
        match stored {
            Some(stored) if is_own(n, stored) => seen.kept.push(n),
            Some(_) => seen.other = seen.other.or(Some(n)),
            None => {}
        }
    }
    Ok(seen)
}

/// Where the plan writes collections: each key is asked for its type first.
async fn look_at_any(
    control: &Control,
    own: &OwnKeys<'_>,
    numbers: Range<u64>,
) -> Result<Seen, TargetError> {
    let keys: Vec<(u64, Vec<u8>)> = numbers.map(|n| (n, key(own.template, n))).collect();
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
pub async fn check_access(control: &Control, spec: &PlanSpec) -> Result<(), TargetError> {
    let _: Value = control.ask("PING", &redis::cmd("PING")).await?;
    // Strings get their time to live with SET.
    let expires = spec.classes.iter().any(|c| c.collection.is_some() && c.ttl_secs.is_some());
    for own in &own_keys(spec) {
        for command in ["EXISTS", "UNLINK"] {
            let _: Value = control.ask(command, &with_keys(command, own.template, [0])).await?;
        }
        for contents in &own.contents {
            match contents {
                Contents::Strings(_) => check_strings(control, own).await?,
                Contents::Collections(values) => check_collections(control, own, values).await?,
            }
        }
        if expires {
            let mut expire = with_keys("EXPIRE", own.template, [0]);
            let _: Value = control.ask("EXPIRE", expire.arg(1)).await?;
        }
    }
    Ok(())
}

async fn check_strings(control: &Control, own: &OwnKeys<'_>) -> Result<(), TargetError> {
    for command in ["GET", "MGET"] {
        let _: Value = control.ask(command, &with_keys(command, own.template, [0])).await?;
    }
    // XX: only a key that exists would be set.
    let mut set = with_keys("SET", own.template, [0]);
    let _: Value = control.ask("SET", set.arg("x").arg("XX")).await?;
    Ok(())
}

/// Reading only: but for ZADD there is no way to write elements that changes nothing, so a refusal
/// shows at the first write.
async fn check_collections(
    control: &Control,
    own: &OwnKeys<'_>,
    values: &CollectionValues,
) -> Result<(), TargetError> {
    let _: Value = control.ask("TYPE", &with_keys("TYPE", own.template, [0])).await?;
    for command in collections::read_commands(values.kind()) {
        let mut ask = with_keys(command, own.template, [0]);
        match command {
            "LRANGE" => ask.arg(0).arg(0),
            "HMGET" | "SMISMEMBER" | "ZMSCORE" => ask.arg("x"),
            _ => &mut ask,
        };
        let _: Value = control.ask(command, &ask).await?;
    }
    if values.field_ttl_secs().is_some() {
        control.unix_ms().await?;
        let mut expire = with_keys(collections::EXPIRE_FIELDS, own.template, [0]);
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
        assert_eq!(past_one_command(own, 0), KEYS_PER_COMMAND);
        assert_eq!(past_one_command(own, own.keys - 7), own.keys);
        let mut spec = spec.clone();
        spec.classes[0].payload = Payload::Size(100_000);
        spec.classes[0].encoding = Encoding::Raw;
        assert_eq!(past_one_command(&own_keys(&spec)[0], 5), 8, "three values exceed 256 KiB");
    }
}
