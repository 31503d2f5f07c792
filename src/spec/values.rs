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
    let (name, of_name) = match column {
        Some((name, span)) => (Some(name), span),
        None => (None, value.span()),
    };
    file_at(table, "file", value, &of_name, |path, content| {
        let digest = Digest::of_bytes([&content]);
        let records = Records::read(path, name, content)?;
        Ok(DataFile {
            path: path.to_owned(),
            column: name.map(str::to_owned),
            once,
            digest,
            n_records: num::count(records.len()),
            records: Loaded::new(records),
        })
    })
}

/// What `read` makes of the path and the content of the file that `key` names at `value`; what is wrong with
/// the file's name or column is said of the place `of_name`.
pub(super) fn file_at<T>(
    table: &Table<'_, '_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    of_name: &Range<usize>,
    read: impl FnOnce(&str, Vec<u8>) -> Result<T, Unusable>,
) -> Option<T> {
    let path = table.text(key, value)?;
    let content = table.reader().read_file(path).map_err(|cause| {
        table.problem(&value.span(), format!("cannot read `{path}`: {cause}"));
    });
    match read(path, content.ok()?) {
        Ok(what) => Some(what),
        Err(Unusable::Name(message)) => {
            table.problem(of_name, message);
            None
        }
        Err(Unusable::Content(problems)) => {
            table.reader().add(problems);
            None
        }
    }
}
