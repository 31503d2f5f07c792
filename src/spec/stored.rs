//! Reads what is stored and what is asked of it: `[[class]]` and `[[traffic]]`.

use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use crate::units::Bytes;

use super::reader::Table;
use super::{Access, Class, Command, Encoding, KeyTemplate, Payload, Traffic};

/// The largest value an engine stores, 512 MB (`proto-max-bulk-len`).
const MAX_VALUE: Bytes = Bytes::from_mib(512);

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
    let keys = table.require("keys", "200_000").and_then(|v| table.count("keys", v, 1));
    let key = table.require("key", "\"claims:{n}\"").and_then(|v| key_template(table, v));
    let payload = payload(table);
    let encodings = [
        ("json", Encoding::Json),
        ("json-compact", Encoding::JsonCompact),
        ("pickle", Encoding::Pickle),
        ("pickle-literal", Encoding::PickleLiteral),
        ("raw", Encoding::Raw),
    ];
    let written = table.get("encoding");
    let encoding = match (written, &payload) {
        (Some(value), _) => table.word("encoding", value, &encodings),
        (None, Some(Payload::Size(_))) => Some(Encoding::Raw),
        (None, _) => table.require("encoding", "\"json-compact\"").and(None),
    };
    let ttl = table.get("ttl").map(|value| {
        let (ttl, span) = table.quantity::<Duration>("ttl", value)?;
        if ttl.as_secs() == 0 || ttl.subsec_nanos() != 0 {
            table.problem(&span, "`ttl` must be one or more whole seconds");
            return None;
        }
        Some(ttl.as_secs())
    });
    let ttl_secs = match ttl {
        Some(ttl) => Some(ttl?),
        None => None,
    };
    let (payload, encoding) = (payload?, encoding?);
    if let (Some(value), true) =
        (written, matches!(payload, Payload::Size(_)) != (encoding == Encoding::Raw))
    {
        let message = match payload {
            Payload::Size(_) => "opaque bytes have no structure to encode: use encoding = \"raw\"",
            _ => "`raw` is for `size`: an object needs json, json-compact or pickle",
        };
        table.problem(&value.span(), message);
        return None;
    }
    Some(Class { name: name?, keys: keys?, key: key?, payload, encoding, ttl_secs })
}

fn payload(table: &Table<'_, '_>) -> Option<Payload> {
    match (table.get("payload"), table.get("size")) {
        (Some(value), None) => table
            .word(
                "payload",
                value,
                &[("claims", PayloadWord::Claims), ("m2m-token", PayloadWord::Token)],
            )
            .map(|word| match word {
                PayloadWord::Claims => Payload::Claims,
                PayloadWord::Token => Payload::M2mToken,
            }),
        (None, Some(value)) => {
            let (size, span) = table.quantity::<Bytes>("size", value)?;
            if size > MAX_VALUE {
                table.problem(&span, "`size` exceeds 512 MB, the most an engine stores in a value");
                return None;
            }
            u32::try_from(size.get()).ok().map(Payload::Size)
        }
        (None, None) => table.require("payload", "\"claims\"").and(None),
        (Some(_), Some(value)) => {
            table.problem(&value.span(), "`payload` and `size` exclude each other");
            None
        }
    }
}

#[derive(Clone, Copy)]
enum PayloadWord {
    Claims,
    Token,
}

fn key_template(table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Option<KeyTemplate> {
    KeyTemplate::parse(table.text("key", value)?)
        .map_err(|message| table.problem(&value.span(), message))
        .ok()
}

pub(super) fn traffic(table: &Table<'_, '_>, classes: &[&str]) -> Option<Traffic> {
    let class = table.require("class", "\"claims\"").and_then(|value| {
        let words: Vec<(&str, usize)> =
            classes.iter().enumerate().map(|(index, name)| (*name, index)).collect();
        table.word("class", value, &words)
    });
    let batch = table.get("batch");
    let command = table.require("command", "\"get\"").and_then(|value| {
        let word =
            table.word("command", value, &[("get", "get"), ("set", "set"), ("mget", "mget")])?;
        match (word, batch) {
            ("mget", Some(batch)) => table.small_count("batch", batch, 1).map(Command::Mget),
            ("mget", None) => table.require("batch", "20").and(None),
            (word, Some(batch)) => {
                table.problem(&batch.span(), format!("`batch` goes with mget, not with {word}"));
                None
            }
            ("get", None) => Some(Command::Get),
            (_, None) => Some(Command::Set),
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
    if value.get_ref().is_str() {
        return table.word("access", value, &[("uniform", Access::Uniform)]);
    }
    let inner = table.reader().table("access", value)?;
    let exponent = inner.require("zipf", "0.99").and_then(|v| inner.positive("zipf", v));
    inner.finish();
    exponent.map(Access::Zipf)
}
