//! Reads what is stored: `[[class]]`.

use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::collections::collection;
use super::reader::{Flawed, Table};
use super::values::{file_at, payload};
use super::{
    Class, CollectionPlan, Compression, DataFile, Encoding, KeyList, KeyTemplate, Payload,
};

/// A name that is safe in file names and tables.
pub(super) fn plain_name(table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Option<String> {
    let text = table.text("name", value)?;
    if text.is_empty() || text.len() > 64 || text.chars().any(char::is_control) {
        table.problem(&value.span(), "`name` must have 1 to 64 printable characters");
        return None;
    }
    Some(text.to_owned())
}

pub(super) fn class(table: &Table<'_, '_>) -> Option<Class> {
    let name = table.require("name", "\"claims\"").and_then(|value| plain_name(table, value));
    let key = table.require("key", "\"claims:{n}\"").and_then(|v| key_template(table, v));
    let keys = keys(table, key.as_ref());
    let collection = collection(table);
    if let Some(message) = key.as_ref().and_then(|key| unnamed_by_file(key, &collection)) {
        let span = table.get("member").map_or(0..0, Spanned::span);
        table.problem(&span, message);
        return None;
    }
    if let Ok(Some(plan)) = &collection
        && !plan.has_values()
    {
        return members_only(table, name, keys, key, plan.clone());
    }
    let payload = payload(table);
    let written = table.get("encoding");
    let encoding = match written {
        Some(value) => table.word("encoding", value, &Encoding::WORDS),
        None if payload == Some(Payload::Counter) => Some(Encoding::Raw),
        None if ["size", "column"].iter().any(|key| table.get(key).is_some()) => {
            Some(Encoding::Raw)
        }
        None => table.require("encoding", "\"json-compact\"").and(None),
    };
    let compressed = table.get("compression");
    let compression = match compressed {
        None => Some(None),
        Some(value) => compression(table, value).map(Some),
    };
    let (ttl_secs, seed) = (ttl(table), seed(table));
    let (payload, encoding) = (payload?, encoding?);
    if let Some((value, message)) = table.get("rows").zip(unfit_rows(&payload, keys, &collection)) {
        table.problem(&value.span(), message);
        return None;
    }
    let misfit = written.and_then(|value| Some((value, misfit(&payload, encoding)?)));
    if let Some((value, message)) = misfit {
        table.problem(&value.span(), message);
        return None;
    }
    let is_whole = payload.is_opaque() || payload == Payload::Counter;
    if let (Some(value), true) = (compressed, is_whole) {
        let message = match payload {
            Payload::Counter => "counters are numbers: there is nothing to compress",
            _ => "`size` is the length as stored: there is nothing to compress",
        };
        table.problem(&value.span(), message);
        return None;
    }
    Some(Class {
        name: name?,
        keys: keys?,
        key: key?,
        collection: collection.ok()?,
        payload,
        encoding,
        compression: compression?,
        integers_as_text: false,
        ttl_secs: ttl_secs.ok()?,
        seed: seed?,
        pool: None,
    })
}

/// How many keys: as many as are given, or as a file spells.
fn keys(table: &Table<'_, '_>, key: Option<&KeyTemplate>) -> Option<u64> {
    let list = key.and_then(KeyTemplate::list);
    match (table.get("keys"), list) {
        (None, Some(list)) => Some(list.n_keys()),
        // Whether they may be left out is not known.
        (None, None) if key.is_none() && table.get("key_file").is_some() => None,
        (None, None) => table.require("keys", "200_000").and(None),
        (Some(value), list) => {
            let keys = table.count("keys", value, 1)?;
            let list = list.filter(|list| keys > list.n_keys());
            let Some(list) = list else { return Some(keys) };
            let (path, rows) = (&list.path, list.n_keys());
            let message = format!("the class has {keys} keys, and `{path}` spells {rows}");
            table.problem(&value.span(), message);
            None
        }
    }
}

/// Why members cannot name the key they lie under.
fn unnamed_by_file(
    key: &KeyTemplate,
    collection: &Result<Option<CollectionPlan>, Flawed>,
) -> Option<&'static str> {
    key.list()?;
    let Ok(Some(CollectionPlan { member: Some(member), .. })) = collection else { return None };
    member.names_the_key().then_some(
        "`{key}` is the number of a key, and keys of a file have none: leave it out, or name the fields or \
         members otherwise",
    )
}

/// Why keys cannot have a record each.
fn unfit_rows(
    payload: &Payload,
    keys: Option<u64>,
    collection: &Result<Option<CollectionPlan>, Flawed>,
) -> Option<String> {
    let Payload::File(DataFile { path, once: true, n_records, .. }) = payload else { return None };
    if matches!(collection, Ok(Some(_))) {
        return Some("`rows` = \"once\" is for strings: collections share their values".into());
    }
    let keys = keys.filter(|keys| keys > n_records)?;
    Some(format!(
        "`rows` = \"once\" gives each key a record of its own: the class has {keys} keys, and `{path}` \
         {n_records} records"
    ))
}

/// A class of sets or sorted sets, which have no values.
fn members_only(
    table: &Table<'_, '_>,
    name: Option<String>,
    keys: Option<u64>,
    key: Option<KeyTemplate>,
    collection: CollectionPlan,
) -> Option<Class> {
    let (ttl_secs, seed) = (ttl(table), seed(table));
    Some(Class {
        name: name?,
        keys: keys?,
        key: key?,
        collection: Some(collection),
        payload: Payload::Size(0),
        encoding: Encoding::Raw,
        compression: None,
        integers_as_text: false,
        ttl_secs: ttl_secs.ok()?,
        seed: seed?,
        pool: None,
    })
}

fn ttl(table: &Table<'_, '_>) -> Result<Option<u64>, Flawed> {
    match table.get("ttl") {
        None => Ok(None),
        Some(value) => lifetime(table, "ttl", value).map(Some).ok_or(Flawed),
    }
}

fn seed(table: &Table<'_, '_>) -> Option<u64> {
    match table.get("seed") {
        None => Some(0),
        Some(value) => table.count("seed", value, 0),
    }
}

/// Why values from there cannot be encoded so.
fn misfit(payload: &Payload, encoding: Encoding) -> Option<&'static str> {
    let is_raw = encoding == Encoding::Raw;
    match payload {
        Payload::Size(_) | Payload::Sizes(_) if !is_raw => {
            Some("opaque bytes have no structure to encode: use encoding = \"raw\"")
        }
        Payload::Counter if !is_raw => {
            Some("counters are numbers to an engine: use encoding = \"raw\"")
        }
        Payload::Size(_) | Payload::Sizes(_) | Payload::Counter => None,
        Payload::File(file) => {
            let has_no_raw_form =
                file.column.is_none() && file.path.to_ascii_lowercase().ends_with(".csv");
            (is_raw && has_no_raw_form).then_some(
                "`raw` stores one field: name a `column`, or encode the rows with json, \
                 json-compact, pickle or msgpack",
            )
        }
        _ => is_raw.then_some(
            "`raw` is for `size`, `file` and payload = \"counter\": an object needs json, json-compact, \
             pickle or msgpack",
        ),
    }
}

/// A time to live in seconds.
pub(super) fn lifetime(
    table: &Table<'_, '_>,
    key: &'static str,
    value: &Spanned<DeValue<'_>>,
) -> Option<u64> {
    let (ttl, span) = table.quantity::<Duration>(key, value)?;
    if ttl.as_secs() == 0 || ttl.subsec_nanos() != 0 {
        table.problem(&span, format!("`{key}` must be one or more whole seconds"));
        return None;
    }
    Some(ttl.as_secs())
}

/// `"zlib"`, `"zstd"`, or one of them with a level: `{ zstd = 9 }`.
fn compression(table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Option<Compression> {
    // The libraries' own levels when none is given.
    let usual = [("zlib", Compression::Zlib(6)), ("zstd", Compression::Zstd(3))];
    if !value.get_ref().is_table() {
        return table.word("compression", value, &usual);
    }
    let inner = table.reader().table("compression", value)?;
    let level = |key, most: u32| {
        inner.get(key).map(|value| {
            inner.small_count(key, value, 1).filter(|level| {
                let fits = *level <= most;
                if !fits {
                    inner.problem(&value.span(), format!("`{key}` has levels 1 to {most}"));
                }
                fits
            })
        })
    };
    let (zlib, zstd) = (level("zlib", 9), level("zstd", 19));
    inner.finish();
    match (zlib, zstd) {
        (Some(level), None) => level.map(Compression::Zlib),
        (None, Some(level)) => {
            level.map(|level| Compression::Zstd(i32::try_from(level).expect("at most 19")))
        }
        _ => {
            table.problem(&value.span(), "`compression` is one of { zlib = 6 } and { zstd = 3 }");
            None
        }
    }
}

/// `key`, at `value`, and the `key_file` whose columns it names.
pub(super) fn key_template(
    table: &Table<'_, '_>,
    value: &Spanned<DeValue<'_>>,
) -> Option<KeyTemplate> {
    let file = table.get("key_file");
    let text = table.text("key", value)?;
    let Some(file) = file else {
        return KeyTemplate::parse(text)
            .map_err(|message| table.problem(&value.span(), message))
            .ok();
    };
    let list = file_at(table, "key_file", file, &value.span(), |path, content| {
        KeyList::read(text, path, content)
    });
    list.map(KeyTemplate::listed)
}

#[cfg(test)]
#[path = "tests/key_file.rs"]
mod tests;
