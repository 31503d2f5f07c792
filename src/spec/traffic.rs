//! Reads what is asked of it: `[[traffic]]`.

use toml::Spanned;
use toml::de::DeValue;

use crate::units::Fraction;

use super::reader::{Flawed, Table};
use super::stored::key_template;
use super::{Access, Command, Raw, Traffic};

/// As the file spells them, without their batch.
const COMMANDS: [(&str, Command); 17] = [
    ("get", Command::Get),
    ("set", Command::Set),
    ("mget", Command::Mget(0)),
    ("mset", Command::Mset(0)),
    ("del", Command::Del),
    ("expire", Command::Expire),
    ("incr", Command::Incr),
    ("hget", Command::Hget),
    ("hgetall", Command::Hgetall),
    ("hset", Command::Hset),
    ("smembers", Command::Smembers),
    ("sadd", Command::Sadd),
    ("zrange", Command::Zrange(None)),
    ("zadd", Command::Zadd),
    ("lrange", Command::Lrange(None)),
    ("lpush", Command::Lpush),
    ("raw", Command::Raw),
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
            (Command::Mset(_), Some(batch)) => count(batch).map(Command::Mset),
            (Command::Mget(_) | Command::Mset(_), None) => table.require("batch", "20").and(None),
            (Command::Zrange(_), Some(batch)) => count(batch).map(|n| Command::Zrange(Some(n))),
            (Command::Lrange(_), Some(batch)) => count(batch).map(|n| Command::Lrange(Some(n))),
            (command, Some(batch)) => {
                let word = command.word();
                let message =
                    format!("`batch` goes with mget, mset, zrange and lrange, not with {word}");
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
    let key = match (table.get("key"), table.get("key_file")) {
        (Some(value), _) => key_template(table, value).map(Some),
        (None, None) => Some(None),
        (None, Some(file)) => {
            table.problem(&file.span(), "`key_file` goes with `key`");
            None
        }
    };
    let raw = raw(table, command);
    Some(Traffic {
        class: class?,
        command: command?,
        weight: weight?,
        access: access?,
        key: key?,
        raw: raw.ok()?,
    })
}

/// The words of a raw command, which no other has.
fn raw(table: &Table<'_, '_>, command: Option<Command>) -> Result<Option<Raw>, Flawed> {
    let given = table.get("raw");
    match (command, given) {
        (Some(Command::Raw), None) => {
            table.require("raw", "\"GETRANGE {key} 0 99\"");
            Err(Flawed)
        }
        (Some(Command::Raw), Some(value)) => {
            let text = table.text("raw", value).ok_or(Flawed)?;
            let raw = Raw::parse(text).map_err(|message| table.problem(&value.span(), message));
            raw.map(Some).map_err(|()| Flawed)
        }
        (Some(command), Some(value)) => {
            let word = command.word();
            let message = format!("`raw` goes with command = \"raw\", not with {word}");
            table.problem(&value.span(), message);
            Err(Flawed)
        }
        (_, None) => Ok(None),
        (None, Some(_)) => Err(Flawed),
    }
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
