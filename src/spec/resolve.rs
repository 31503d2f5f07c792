//! From the text of a workload file to a [`PlanSpec`], or to everything that is wrong with it.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::engine::{CollectionKind, EngineVersion};

use super::incumbent::incumbent;
use super::origin::origin;
use super::plan::{AUTO_LEVELS, most_further};
use super::policy::{Policy, policy};
use super::population::keys_today;
use super::problem::{Problem, SpecError, locate};
use super::production::{Least, Production};
use super::reader::{Reader, Table};
use super::stored::{class, plain_name};
use super::traffic::traffic;
use super::wanted::{Wanted, aws, capacity, framework, load, objective};
use super::{
    Capacity, Class, Command, EngineLacks, Framework, KeyTemplate, Levels, Load, Payload, PlanSpec,
    PolicyOrigin, Traffic,
};

/// A part of the file and where it stands.
type Placed<T> = (Range<usize>, T);

/// Gives the content of a file that a workload file names, or says why it cannot.
pub type ReadFile<'a> = &'a dyn Fn(&str) -> Result<Vec<u8>, String>;

/// Reads a workload file that names no other files; `file` is how messages name it.
///
/// # Errors
/// As [`parse_with_files`].
pub fn parse(file: &str, text: &str) -> Result<PlanSpec, SpecError> {
    parse_with_files(file, text, &|_| Err("this workload has no directory to look in".into()))
}

/// Reads a workload file and the files it names.
///
/// # Errors
/// Every problem of all of them at once, each with line, column and, where possible, what to write.
pub fn parse_with_files(
    file: &str,
    text: &str,
    files: ReadFile<'_>,
) -> Result<PlanSpec, SpecError> {
    let fail = |problems| SpecError { file: file.to_owned(), problems };
    let (document, syntax) = DeTable::parse_recoverable(text);
    if !syntax.is_empty() {
        let problem = |error: &toml::de::Error| {
            let (line, column) = locate(text, &error.span().unwrap_or(0..0));
            let message = error.message().to_owned();
            Problem { file: None, line, column, message, suggestion: None }
        };
        return Err(fail(syntax.iter().map(problem).collect()));
    }
    let reader = Reader::new(text, files);
    let spec = plan(&reader.root(&document));
    let problems = reader.into_problems();
    match spec {
        Some(spec) if problems.is_empty() => Ok(spec),
        _ => Err(fail(problems)),
    }
}

/// Reads all parts before it gives up on any, so that their problems are reported together.
fn plan(root: &Table<'_, '_>) -> Option<PlanSpec> {
    let name = root.require("name", "\"my-cache\"").and_then(|value| plain_name(root, value));
    let classes = each(root, "class", "[[class]]", class);
    let names = class_names(root);
    check_names(root, &classes);
    let traffic = each(root, "traffic", "[[traffic]]", |table| traffic(table, &names));
    let load = part(root, "load", "[load]", load);
    let objective = part(root, "objective", "[objective]", objective);
    let capacity = part(root, "capacity", "[capacity]", |table| capacity(table, &names));
    let aws = part(root, "aws", "[aws]", aws);
    let framework = match root.get("framework") {
        None => Some(None),
        Some(_) => part(root, "framework", "[framework]", framework).map(Some),
    };
    let policy = match root.get("policy") {
        None => Some((Policy::default(), BTreeSet::new())),
        Some(_) => part(root, "policy", "[policy]", |table| policy(table, &Policy::default())),
    };
    let incumbent = match root.get("incumbent") {
        None => Some(None),
        Some(_) => part(root, "incumbent", "[incumbent]", incumbent).map(Some),
    };
    let origin = match root.get("origin") {
        None => Some(None),
        Some(_) => part(root, "origin", "[origin]", origin).map(Some),
    };
    root.finish();

    let classes = complete(classes)?;
    let traffic = complete(traffic)?;
    let (load, wanted, (objective, at_peak, least_peak)) = (load?, capacity?, objective?);
    let Wanted { capacity, arrivals, used, least } = wanted;
    let (aws, on_aws) = aws?;
    let (policy, stated) = policy?;
    check_keys(root, &classes, &traffic);
    check_commands(root, &classes, &traffic);
    check_lifetimes(root, &classes, &load);
    check_engines(root, &classes);
    let keys = classes
        .iter()
        .zip(capacity.keys.iter().zip(&arrivals))
        .map(|((_, class), (keys, arrival))| {
            let problem = |span: &Range<usize>, message| root.problem(span, message);
            keys_today(problem, class, *keys, arrival.as_ref())
        })
        .collect();
    let mut spec = PlanSpec {
        name: name?,
        classes: classes.into_iter().map(|(_, class)| class).collect(),
        traffic: traffic.into_iter().map(|(_, line)| line).collect(),
        load,
        objective,
        capacity: Capacity { keys, ..capacity },
        aws,
        framework: framework?,
        origin: origin?,
        policy,
        policy_origin: PolicyOrigin { stated, file: None },
        incumbent: incumbent?,
        production: Production::of(&used, &at_peak, on_aws, Least { peak: least_peak, ..least }),
    };
    apply_framework(&mut spec);
    Some(spec)
}

/// Spells keys and integers as the framework does, for seeding and traffic alike.
fn apply_framework(spec: &mut PlanSpec) {
    let Some(Framework::Django { key_prefix, version }) = &spec.framework else { return };
    let prefix = format!("{key_prefix}:{version}:");
    for class in &mut spec.classes {
        class.key = class.key.with_prefix(&prefix);
        class.integers_as_text = class.encoding.is_pickle();
    }
    for key in spec.traffic.iter_mut().filter_map(|line| line.key.as_mut()) {
        *key = KeyTemplate::with_prefix(key, &prefix);
    }
}

/// The classes' names as written, so that traffic of a class that has problems finds it still.
fn class_names<'r>(root: &Table<'r, '_>) -> Vec<&'r str> {
    let items = root.get("class").and_then(|value| value.get_ref().as_array());
    let name = |item: &'r toml::Spanned<DeValue<'_>>| {
        item.get_ref().as_table()?.get("name")?.get_ref().as_str()
    };
    items.into_iter().flat_map(|items| items.iter()).map(|item| name(item).unwrap_or("")).collect()
}

/// The one table called `key`.
fn part<T>(
    root: &Table<'_, '_>,
    key: &'static str,
    name: &'static str,
    read: impl FnOnce(&Table<'_, '_>) -> Option<T>,
) -> Option<T> {
    let value = root.require(key, "{ … }")?;
    let table = root.reader().table(name, value)?;
    let part = read(&table);
    table.finish();
    part
}

/// Every table of the array called `key`; at least one, or it is a problem.
fn each<T>(
    root: &Table<'_, '_>,
    key: &'static str,
    name: &'static str,
    read: impl Fn(&Table<'_, '_>) -> Option<T>,
) -> Vec<Placed<Option<T>>> {
    let Some(value) = root.require(key, "[{ … }]") else { return Vec::new() };
    let Some(items) = value.get_ref().as_array().filter(|items| !items.is_empty()) else {
        root.problem(&value.span(), format!("`{key}` must be one or more {name} tables"));
        return Vec::new();
    };
    let read_one = |item| {
        let table = root.reader().table(name, item)?;
        let part = read(&table);
        table.finish();
        part
    };
    items.iter().map(|item| (item.span(), read_one(item))).collect()
}

/// All of them, if none failed and there is one.
fn complete<T>(parts: Vec<Placed<Option<T>>>) -> Option<Vec<Placed<T>>> {
    let all: Option<Vec<Placed<T>>> =
        parts.into_iter().map(|(span, part)| part.map(|part| (span, part))).collect();
    all.filter(|parts| !parts.is_empty())
}

fn check_names(root: &Table<'_, '_>, classes: &[Placed<Option<Class>>]) {
    for (at, (span, class)) in classes.iter().enumerate() {
        let Some(class) = class else { continue };
        for (_, earlier) in &classes[..at] {
            let Some(earlier) = earlier else { continue };
            if earlier.name == class.name {
                root.problem(span, format!("two classes are called `{}`", class.name));
            } else if earlier.key.overlaps(earlier.keys, &class.key, class.keys) {
                root.problem(
                    span,
                    format!("classes `{}` and `{}` share their keys", earlier.name, class.name),
                );
            }
        }
    }
}

fn check_keys(root: &Table<'_, '_>, classes: &[Placed<Class>], traffic: &[Placed<Traffic>]) {
    for (span, line) in traffic {
        let (_, class) = &classes[line.class];
        let list = line.key.as_ref().and_then(KeyTemplate::list);
        if let Some(list) = list.filter(|list| list.n_keys() < class.keys) {
            let (name, keys, path) = (&class.name, class.keys, &list.path);
            let message =
                format!("class `{name}` has {keys} keys, and `{path}` spells {}", list.n_keys());
            root.problem(span, message);
        }
        let (batch, keys) = (line.command.keys_named(), class.keys);
        if batch > keys {
            let name = &class.name;
            let word = line.command.word();
            root.problem(span, format!("{word} of {batch} keys, but class `{name}` has {keys}"));
        }
    }
}

/// Engines refuse commands on keys that hold something else, and some would not leave behind what they
/// found.
fn check_commands(root: &Table<'_, '_>, classes: &[Placed<Class>], traffic: &[Placed<Traffic>]) {
    let word = |kind: Option<CollectionKind>| kind.map_or("string", CollectionKind::word);
    for (span, line) in traffic {
        let (_, class) = &classes[line.class];
        let (name, command) = (&class.name, line.command.word());
        let stored = class.collection.as_ref().map(|collection| collection.kind);
        if !line.asks_for().allows(stored) {
            root.reader().problem(
                span,
                format!(
                    "{command} is for type = \"{}\", but class `{name}` has type = \"{}\"",
                    line.asks_for().word(),
                    word(stored)
                ),
                Some(match stored {
                    None => "use get, set, mget, mset, del or incr".into(),
                    Some(CollectionKind::Hash) => "use hget, hgetall or hset".into(),
                    Some(CollectionKind::Set) => "use smembers or sadd".into(),
                    Some(CollectionKind::SortedSet) => "use zrange or zadd".into(),
                    Some(CollectionKind::List) => "use lrange or lpush".into(),
                }),
            );
            continue;
        }
        let flaw = match line.command {
            Command::Mset(_) if class.ttl_secs.is_some() => {
                Some(format!("mset takes the lifetime off the keys of class `{name}`: use set"))
            }
            Command::Expire if class.ttl_secs.is_none() => {
                Some(format!("expire gives the `ttl` of class `{name}`, which has none"))
            }
            Command::Incr if !matches!(class.payload, Payload::File(_) | Payload::Counter) => {
                Some(format!(
                    "incr is for numbers: class `{name}` needs payload = \"counter\", or a `file` with \
                     one in each record"
                ))
            }
            command
                if command.writes()
                    && command != Command::Set
                    && !line.reads_seeded_keys(class) =>
            {
                Some(format!(
                    "{} writes to the keys that were seeded: leave `key` out",
                    command.word()
                ))
            }
            _ => None,
        };
        if let Some(flaw) = flaw {
            root.problem(span, flaw);
        }
    }
}

/// Every engine of the plan must be able to hold what it stores.
fn check_engines(root: &Table<'_, '_>, classes: &[Placed<Class>]) {
    let aws = root.get("aws").and_then(|value| value.get_ref().as_table());
    let engines = aws.and_then(|aws| aws.get("engines")?.get_ref().as_array());
    for item in engines.into_iter().flat_map(|engines| engines.iter()) {
        let engine = item.get_ref().as_str().and_then(EngineVersion::parse);
        let lacks = engine
            .and_then(|engine| EngineLacks::first(classes.iter().map(|(_, class)| class), engine));
        if let Some(lacks) = lacks {
            let hint = EngineLacks::HINT.to_owned();
            root.reader().problem(&item.span(), lacks.to_string(), Some(hint));
        }
    }
}

/// Keys must outlive the levels, or the run ends on an empty cache.
fn check_lifetimes(root: &Table<'_, '_>, classes: &[Placed<Class>], load: &Load) {
    let levels = match &load.levels {
        Levels::Auto => AUTO_LEVELS + most_further(load.trials),
        Levels::Listed(rates) => {
            let further = if load.trials > 1 { most_further(load.trials) } else { 0 };
            u32::try_from(rates.len()).unwrap_or(u32::MAX).saturating_add(further)
        }
    };
    let run = load.step.saturating_mul(levels).as_secs();
    for (span, class) in classes {
        if let Some(ttl) = class.ttl_secs.filter(|ttl| *ttl <= run) {
            root.problem(
                span,
                format!(
                    "keys of class `{}` live {ttl} s, but up to {levels} levels take {run} s: \
                     the run would end on an empty cache",
                    class.name
                ),
            );
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
