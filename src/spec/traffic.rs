//! Reads what is asked of it: `[[traffic]]`.

use toml::Spanned;
use toml::de::DeValue;

use crate::units::Fraction;

use super::reader::Table;
use super::stored::key_template;
use super::{Access, Command, Traffic};

/// As the file spells them, without their batch.
const COMMANDS: [(&str, Command); 8] = [
    ("get", Command::Get),
    ("set", Command::Set),
    ("mget", Command::Mget(0)),
    ("hget", Command::Hget),
    ("hgetall", Command::Hgetall),
    ("smembers", Command::Smembers),
    ("zrange", Command::Zrange(None)),
    ("lrange", Command::Lrange(None)),
];

pub(super) fn traffic(table: &Table<'_, '_>, classes: &[&str]) -> Option<Traffic> {
    let class = table.require("class", "\"claims\"").and_then(|value| {
        let words: Vec<(&str, usize)> =
            classes.iter().enumerate().map(|(index, name)| (*name, index)).collect();
        table.word("class", value, &words)
    });
    let batch = table.get("batch");
    let command = table.require("command", "\"get\"").and_then(|value| {
        let command = table.word("command", value, &COMMANDS)?;
        let count = |batch| table.small_count("batch", batch, 1);
        match (command, batch) {
            (Command::Mget(_), Some(batch)) => count(batch).map(Command::Mget),
            (Command::Mget(_), None) => table.require("batch", "20").and(None),
            (Command::Zrange(_), Some(batch)) => count(batch).map(|n| Command::Zrange(Some(n))),
            (Command::Lrange(_), Some(batch)) => count(batch).map(|n| Command::Lrange(Some(n))),
            (command, Some(batch)) => {
                let word = command.word();
                let message = format!("`batch` goes with mget, zrange and lrange, not with {word}");
                table.problem(&batch.span(), message);
                None
            }
            (command, None) => Some(command),
        }
    });
    let weight = table.require("weight", "1").and_then(|v| table.positive("weight", v));
    let access = match table.get("access") {
        None => Some(Access::Uniform),
        Some(value) => access(table, value),
    };
    let key = match table.get("key") {
        None => Some(None),
        Some(value) => key_template(table, value).map(Some),
    };
    Some(Traffic { class: class?, command: command?, weight: weight?, access: access?, key: key? })
}

fn access(table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Option<Access> {
    if !value.get_ref().is_table() {
        let words = [("uniform", Access::Uniform), ("sequential", Access::Sequential)];
        return table.word("access", value, &words);
    }
    let inner = table.reader().table("access", value)?;
    let (zipf, hot) = (inner.get("zipf"), inner.get("hot"));
    inner.finish();
    match (zipf, hot) {
        (Some(exponent), None) => inner.positive("zipf", exponent).map(Access::Zipf),
        (None, Some(value)) => self::hot(&inner, value),
        _ => {
            let message = "`access` is \"uniform\", \"sequential\", or one of { zipf = 0.99 } and \
                           { hot = { keys = \"10%\", traffic = \"90%\" } }";
            table.problem(&value.span(), message);
            None
        }
    }
}

fn hot(table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Option<Access> {
    let inner = table.reader().table("hot", value)?;
    let share = |key, example| {
        let value = inner.require(key, example)?;
        let (share, span) = inner.quantity::<Fraction>(key, value)?;
        if !(share.get() > 0.0 && share.get() < 1.0) {
            inner.problem(&span, format!("`{key}` must lie between 0% and 100%"));
            return None;
        }
        Some((share, span))
    };
    let (keys, traffic) = (share("keys", "\"10%\""), share("traffic", "\"90%\""));
    inner.finish();
    let ((keys, _), (traffic, at)) = (keys?, traffic?);
    if traffic < keys {
        inner.problem(&at, "hot keys would be asked for less often than the others");
        return None;
    }
    Some(Access::Hot { keys, traffic })
}
