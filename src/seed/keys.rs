//! Walks over the plan's own keys in bounded batches: to count them, and to remove them.

use crate::spec::{Class, Command, KeyTemplate, PlanSpec};
use crate::target::{Target, TargetError};
use crate::units::num;
use crate::workload::Contents;

use super::part::Part;

/// Keys named by the commands that are sent at once.
const KEYS_PER_BATCH: usize = 5_000;
/// Commands sent at once.
const COMMANDS_PER_BATCH: usize = 1_000;
/// Walks that remove keys before others are said to write them.
const REMOVALS: u32 = 3;

/// Keys that a plan writes under one template: 0…`keys`.
pub(super) struct OwnKeys<'a> {
    pub template: &'a KeyTemplate,
    pub keys: u64,
    /// What it may write there: the contents of one class, or of several that share the template.
    pub contents: Vec<Contents>,
}

/// Everything a plan writes: what it seeds, and what its traffic sets under other names.
pub(super) fn own_keys(spec: &PlanSpec) -> Vec<OwnKeys<'_>> {
    let seeded = spec.classes.iter().map(|class| (&class.key, class));
    let set = spec.traffic.iter().filter(|line| line.command == Command::Set).map(|line| {
        let class = &spec.classes[line.class];
        (line.key_template(class), class)
    });
    let mut all: Vec<OwnKeys<'_>> = Vec::new();
    for (template, class) in seeded.chain(set) {
        let contents = Contents::of(class);
        match all.iter_mut().find(|own| own.template == template) {
            Some(own) => {
                own.keys = own.keys.max(class.keys);
                if !own.contents.contains(&contents) {
                    own.contents.push(contents);
                }
            }
            None => all.push(OwnKeys { template, keys: class.keys, contents: vec![contents] }),
        }
    }
    all
}

/// How many of the first `keys` of each class exist on a server.
///
/// Every lookup also moves the engine's tables on while they grow (MODEL.md §1), so a walk over
/// all keys ends with tables that have settled.
pub(super) async fn count_keys(
    part: Part<'_>,
    spec: &PlanSpec,
    keys: &[u64],
) -> Result<u64, TargetError> {
    let ranges = spec.classes.iter().zip(keys).map(|(class, keys)| (&class.key, *keys));
    walk(part, ranges, "EXISTS").await
}

/// How many keys exist on a server that the plan would write.
pub(super) async fn count_own(part: Part<'_>, spec: &PlanSpec) -> Result<u64, TargetError> {
    let own = own_keys(spec);
    walk(part, own.iter().map(|own| (own.template, own.keys)), "EXISTS").await
}

/// Removes every key the plan may have written, by name, and sees to it that none is left.
/// No server is blocked while memory is freed. Returns how many there were.
///
/// # Errors
/// When the target is gone or refuses UNLINK, or somebody else goes on writing the same keys.
pub async fn remove_keys(target: &Target, spec: &PlanSpec) -> Result<u64, TargetError> {
    let own = own_keys(spec);
    let (mut removed, mut failed) = (0, None);
    for part in Part::all(target) {
        match remove_own(part, &own).await {
            Ok(n) => removed += n,
            // The others are cleared all the same.
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(removed), Err)
}

async fn remove_own(part: Part<'_>, own: &[OwnKeys<'_>]) -> Result<u64, TargetError> {
    let ranges = || own.iter().map(|own| (own.template, own.keys));
    let mut removed = 0;
    // A second walk finds what was still on its way to the server during the first.
    for _ in 0..REMOVALS {
        removed += walk(part, ranges(), "UNLINK").await?;
        if walk(part, ranges(), "EXISTS").await? == 0 {
            return Ok(removed);
        }
    }
    Err(TargetError::Unexpected {
        endpoint: part.control().endpoint().to_owned(),
        command: "UNLINK",
        message: "removed keys are there again, as if another client wrote them".into(),
    })
}

/// Runs a command that takes keys and counts them, over a server's keys of 0…n of each template.
async fn walk<'a>(
    part: Part<'_>,
    ranges: impl Iterator<Item = (&'a KeyTemplate, u64)>,
    command: &'static str,
) -> Result<u64, TargetError> {
    let most = KEYS_PER_BATCH.min(COMMANDS_PER_BATCH * part.keys_per_command());
    let mut total = 0;
    for (template, keys) in ranges {
        let mut numbers = (0..keys).filter(|n| part.owns(template, *n)).peekable();
        while numbers.peek().is_some() {
            let some: Vec<u64> = numbers.by_ref().take(most).collect();
            let batch = part.commands(command, template, &some);
            let counts: Vec<u64> = part.control().batch(command, &batch).await?;
            total += counts.iter().sum::<u64>();
        }
    }
    Ok(total)
}

/// A command over keys of a template.
pub(super) fn with_keys(
    command: &str,
    template: &KeyTemplate,
    numbers: impl IntoIterator<Item = u64>,
) -> redis::Cmd {
    let mut command = redis::cmd(command);
    for n in numbers {
        command.arg(key(template, n));
    }
    command
}

/// Key number `n`.
pub(super) fn key(template: &KeyTemplate, n: u64) -> Vec<u8> {
    let mut key = Vec::new();
    template.write(n, &mut key);
    key
}

/// Key numbers spread evenly over a class, at most `n`, ascending.
pub(super) fn spread(class: &Class, n: u64) -> impl Iterator<Item = u64> {
    let n = n.min(class.keys);
    let step = num::float(class.keys) / num::float(n.max(1));
    (0..n).map(move |i| num::round((num::float(i) * step).floor()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::identity_cache;

    #[test]
    fn keys_that_traffic_sets_under_other_names_are_own_too() {
        let mut spec = identity_cache();
        assert_eq!(own_keys(&spec).len(), 2);
        let other = KeyTemplate::parse(":1:other_{n}").unwrap();
        let set = spec.traffic.iter_mut().find(|line| line.command == Command::Set).unwrap();
        set.key = Some(other.clone());
        let own = own_keys(&spec);
        assert_eq!(own.len(), 3);
        assert_eq!((own[2].template, own[2].keys), (&other, 200_000));
    }
}
