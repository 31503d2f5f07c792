//! From the text of a workload file to a [`PlanSpec`], or to everything that is wrong with it.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::plan::AUTO_LEVELS;
use super::problem::{Problem, SpecError, locate};
use super::reader::{Reader, Table};
use super::stored::{class, plain_name, traffic};
use super::wanted::{aws, capacity, load, objective};
use super::{Capacity, Class, Levels, Load, PlanSpec, Traffic};

/// A part of the file and where it stands.
type Placed<T> = (Range<usize>, T);

/// Reads a workload file; `file` is how messages name it.
///
/// # Errors
/// Every problem of the text at once, each with line, column and, where possible, what to write.
pub fn parse(file: &str, text: &str) -> Result<PlanSpec, SpecError> {
    let fail = |problems| SpecError { file: file.to_owned(), problems };
    let (document, syntax) = DeTable::parse_recoverable(text);
    if !syntax.is_empty() {
        let problem = |error: &toml::de::Error| {
            let (line, column) = locate(text, &error.span().unwrap_or(0..0));
            Problem { line, column, message: error.message().to_owned(), suggestion: None }
        };
        return Err(fail(syntax.iter().map(problem).collect()));
    }
    let reader = Reader::new(text);
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
    root.finish();

    let classes = complete(classes)?;
    let traffic = complete(traffic)?;
    let (load, capacity) = (load?, capacity?);
    check_batches(root, &classes, &traffic);
    check_lifetimes(root, &classes, &load);
    let keys = classes
        .iter()
        .zip(&capacity.keys)
        .map(|((_, class), keys)| if *keys == 0 { class.keys } else { *keys })
        .collect();
    Some(PlanSpec {
        name: name?,
        classes: classes.into_iter().map(|(_, class)| class).collect(),
        traffic: traffic.into_iter().map(|(_, line)| line).collect(),
        load,
        objective: objective?,
        capacity: Capacity { keys, ..capacity },
        aws: aws?,
    })
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
            } else if earlier.key == class.key {
                root.problem(
                    span,
                    format!("classes `{}` and `{}` share their keys", earlier.name, class.name),
                );
            }
        }
    }
}

fn check_batches(root: &Table<'_, '_>, classes: &[Placed<Class>], traffic: &[Placed<Traffic>]) {
    for (span, line) in traffic {
        let (_, class) = &classes[line.class];
        let (batch, keys) = (line.command.keys_read(), class.keys);
        if batch > keys {
            let name = &class.name;
            root.problem(span, format!("mget of {batch} keys, but class `{name}` has {keys}"));
        }
    }
}

/// Keys must outlive the levels, or the run ends on an empty cache.
fn check_lifetimes(root: &Table<'_, '_>, classes: &[Placed<Class>], load: &Load) {
    let levels = match &load.levels {
        Levels::Auto => AUTO_LEVELS,
        Levels::Listed(rates) => u32::try_from(rates.len()).unwrap_or(u32::MAX),
    };
    let run = load.step.saturating_mul(levels).as_secs();
    for (span, class) in classes {
        if let Some(ttl) = class.ttl_secs.filter(|ttl| *ttl <= run) {
            root.problem(
                span,
                format!(
                    "keys of class `{}` live {ttl} s, but {levels} levels take {run} s: \
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
