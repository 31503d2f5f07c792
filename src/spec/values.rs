//! Reads where the values of a class come from: `payload`, `file` and `column`, or `size`.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use crate::artifact::Digest;
use crate::units::num;

use super::reader::Table;
use super::records::Unusable;
use super::sizes::size;
use super::{DataFile, Loaded, Payload, Records};

#[derive(Clone, Copy)]
enum Builtin {
    Claims,
    M2mToken,
    ClaimsVaried,
    M2mTokenVaried,
    Counter,
}

const BUILTINS: [(&str, Builtin); 5] = [
    ("claims", Builtin::Claims),
    ("m2m-token", Builtin::M2mToken),
    ("claims-varied", Builtin::ClaimsVaried),
    ("m2m-token-varied", Builtin::M2mTokenVaried),
    ("counter", Builtin::Counter),
];

pub(super) fn payload(table: &Table<'_, '_>) -> Option<Payload> {
    let (payload, file, size_of) = (table.get("payload"), table.get("file"), table.get("size"));
    let column = table.get("column");
    if let (Some(column), None) = (column, file) {
        table.problem(&column.span(), "`column` goes with `file`");
    }
    if let (Some(rows), None) = (table.get("rows"), file) {
        table.problem(&rows.span(), "`rows` goes with `file`");
    }
    match (payload, file, size_of) {
        (Some(value), None, None) => {
            table.word("payload", value, &BUILTINS).map(|word| match word {
                Builtin::Claims => Payload::Claims,
                Builtin::M2mToken => Payload::M2mToken,
                Builtin::ClaimsVaried => Payload::ClaimsVaried,
                Builtin::M2mTokenVaried => Payload::M2mTokenVaried,
                Builtin::Counter => Payload::Counter,
            })
        }
        (None, Some(value), None) => {
            let column = match column {
                None => None,
                Some(value) => Some((table.text("column", value)?, value.span())),
            };
            data_file(table, value, column).map(Payload::File)
        }
        (None, None, Some(value)) => size(table, value),
        (None, None, None) => {
            let missing = table.require("payload", "\"claims-varied\", or a `file`, or a `size`");
            missing.and(None)
        }
        (_, file, size_of) => {
            let surplus = size_of.or(file).map_or(0..0, Spanned::span);
            table.problem(&surplus, "`payload`, `file` and `size` exclude each other");
            None
        }
    }
}

/// The file at `value`, with the column at its place.
fn data_file(
    table: &Table<'_, '_>,
    value: &Spanned<DeValue<'_>>,
    column: Option<(&str, Range<usize>)>,
) -> Option<DataFile> {
    let once = match table.get("rows") {
        None => false,
        Some(value) => table.word("rows", value, &[("recycle", false), ("once", true)])?,
    };
    let path = table.text("file", value)?;
    let content = match table.reader().read_file(path) {
        Ok(content) => content,
        Err(cause) => {
            table.problem(&value.span(), format!("cannot read `{path}`: {cause}"));
            return None;
        }
    };
    let digest = Digest::of_bytes([&content]);
    let name = column.as_ref().map(|(name, _)| *name);
    match Records::read(path, name, content) {
        Ok(records) => Some(DataFile {
            path: path.to_owned(),
            column: name.map(str::to_owned),
            once,
            digest,
            n_records: num::count(records.len()),
            records: Loaded::new(records),
        }),
        Err(Unusable::Name(message)) => {
            let span = column.map_or_else(|| value.span(), |(_, span)| span);
            table.problem(&span, message);
            None
        }
        Err(Unusable::Content(problems)) => {
            table.reader().add(problems);
            None
        }
    }
}
