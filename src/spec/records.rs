//! Reads files of records: JSON, one value per line, and CSV. Reports every line that is wrong.

use std::ops::Range;

use serde_json::Value;

use crate::units::{Bytes, num};

use super::Problem;
use super::reader::nearest;

/// The largest file that is read; a sample of some thousand records says as much about sizes.
pub const MAX_FILE: Bytes = Bytes::from_mib(256);
/// Problems of one file that are listed; the rest is counted.
pub(super) const LISTED: usize = 20;

/// The records of a file, checked.
#[derive(Debug, Clone, PartialEq)]
pub enum Records {
    /// JSON values.
    Lines {
        /// The file.
        text: String,
        /// Where in it each value stands.
        lines: Vec<Range<usize>>,
    },
    /// CSV rows, as many fields each as the header.
    Rows {
        /// The columns' names.
        header: Vec<String>,
        /// Row by row.
        rows: Vec<csv::StringRecord>,
    },
    /// The fields of one CSV column.
    Column(Vec<String>),
}

/// Why a file has no records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// The name does not tell the format, or the column is not there: a fault of the workload file.
    Name(String),
    /// The content.
    Content(Vec<Problem>),
}

impl Records {
    /// Reads the content of the file called `path`.
    pub(crate) fn read(
        path: &str,
        column: Option<&str>,
        content: Vec<u8>,
    ) -> Result<Self, Unusable> {
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        let is_csv = extension.eq_ignore_ascii_case("csv");
        if !is_csv && !["ndjson", "jsonl"].iter().any(|known| extension.eq_ignore_ascii_case(known))
        {
            let known = "files end in .ndjson or .jsonl (a JSON value per line), or in .csv";
            return Err(Unusable::Name(known.into()));
        }
        if !is_csv && column.is_some() {
            return Err(Unusable::Name("`column` goes with a .csv file".into()));
        }
        let mut problems = Problems::of(path);
        let text = match String::from_utf8(content) {
            Ok(text) => text,
            Err(error) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = valid.split(|b| *b == b'\n').count();
                let start = valid.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
                let column = String::from_utf8_lossy(&valid[start..]).chars().count() + 1;
                problems.add(line, column, "this is not UTF-8 text");
                return Err(problems.unusable());
            }
        };
        let records = if is_csv {
            read_csv(&text, column, &mut problems)?
        } else {
            read_lines(text, &mut problems)
        };
        if problems.all.is_empty() && records.is_empty() {
            problems.add(1, 1, "the file holds no record");
        }
        problems.none_or_unusable(records)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Lines { lines, .. } => lines.len(),
            Self::Rows { rows, .. } => rows.len(),
            Self::Column(fields) => fields.len(),
        }
    }

    /// Never: a file without records is refused.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The line on which record number `index` begins, from 1; of a single column, 1 for all.
    pub(crate) fn line(&self, index: usize) -> usize {
        match self {
            Self::Lines { text, lines } => text[..lines[index].start].matches('\n').count() + 1,
            Self::Rows { rows, .. } => {
                rows[index].position().map_or(1, |position| num::index(position.line()))
            }
            Self::Column(_) => 1,
        }
    }

    /// Record number `index` as an object; fields of a CSV file are strings, as Python's
    /// `csv.DictReader` gives them.
    ///
    /// # Panics
    /// When there are not that many.
    pub fn value(&self, index: usize) -> Value {
        match self {
            Self::Lines { text, lines } => {
                serde_json::from_str(&text[lines[index].clone()]).expect("lines were read before")
            }
            Self::Rows { header, rows } => {
                let fields = header.iter().zip(&rows[index]);
                Value::Object(
                    fields.map(|(name, field)| (name.clone(), Value::from(field))).collect(),
                )
            }
            Self::Column(fields) => Value::from(fields[index].as_str()),
        }
    }

    /// Record number `index` as it is: a field, the characters of a JSON string, any other JSON
    /// value as it is written.
    ///
    /// # Panics
    /// When there are not that many, and for whole CSV rows; a resolved plan has none.
    pub fn raw(&self, index: usize) -> Vec<u8> {
        match self {
            Self::Lines { text, lines } => match self.value(index) {
                Value::String(characters) => characters.into_bytes(),
                _ => text[lines[index].clone()].as_bytes().to_vec(),
            },
            Self::Rows { .. } => panic!("a row has no raw bytes"),
            Self::Column(fields) => fields[index].clone().into_bytes(),
        }
    }
}

fn read_lines(text: String, problems: &mut Problems<'_>) -> Records {
    let mut lines = Vec::new();
    // Editors on Windows put a mark before the first character.
    let mut start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    for (at, line) in text[start..].split('\n').enumerate() {
        let indent = line.len() - line.trim_start().len();
        let value = line.trim();
        let place = |bytes: usize| line[..floor(line, indent + bytes)].chars().count() + 1;
        if !value.is_empty() {
            match serde_json::from_str::<Value>(value) {
                Ok(read) => {
                    if has_large_number(&read)
                        && let Some(bytes) = long_integer(value)
                    {
                        problems.add(at + 1, place(bytes), "this integer does not fit 64 bits");
                    }
                }
                Err(error) => {
                    let message = error.to_string();
                    let message = message.split(" at line ").next().unwrap_or_default();
                    problems.add(at + 1, place(error.column().saturating_sub(1)), message);
                }
            }
            lines.push(start + indent..start + indent + value.len());
        }
        start += line.len() + 1;
    }
    Records::Lines { text, lines }
}

/// The last place a character starts at, not after `at`.
fn floor(line: &str, at: usize) -> usize {
    (0..=at.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0)
}

/// Whether a number in it may have been a longer integer than 64 bits hold.
fn has_large_number(value: &Value) -> bool {
    match value {
        Value::Number(number) => {
            number.is_f64() && number.as_f64().is_some_and(|x| x.abs() >= 9.2e18)
        }
        Value::Array(items) => items.iter().any(has_large_number),
        Value::Object(fields) => fields.values().any(has_large_number),
        _ => false,
    }
}

/// Where in a JSON text an integer of more than 64 bits stands; the reader makes floats of them.
fn long_integer(json: &str) -> Option<usize> {
    let bytes = json.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'"' {
            at += 1;
            while bytes[at] != b'"' {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
        }
        let rest = &json[at..];
        let token = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c));
        let token = &rest[..token.unwrap_or(rest.len())];
        let digits = token.strip_prefix('-').unwrap_or(token);
        let is_integer = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if is_integer && token.parse::<i64>().is_err() && token.parse::<u64>().is_err() {
            return Some(at);
        }
        at += token.len().max(1);
        while at < bytes.len() && !json.is_char_boundary(at) {
            at += 1;
        }
    }
    None
}

fn read_csv(
    text: &str,
    column: Option<&str>,
    problems: &mut Problems<'_>,
) -> Result<Records, Unusable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(str::to_owned).collect(),
        Err(error) => {
            problems.add(1, 1, error.to_string());
            return Ok(Records::Column(Vec::new()));
        }
    };
    for (at, name) in header.iter().enumerate() {
        let start = header[..at].iter().map(|name| name.chars().count() + 1).sum::<usize>() + 1;
        if name.is_empty() {
            problems.add(1, start, "this column has no name");
        } else if header[..at].contains(name) {
            problems.add(1, start, format!("two columns are called `{name}`"));
        }
    }
    let chosen = match column {
        None => None,
        Some(name) => Some(header.iter().position(|known| known == name).ok_or_else(|| {
            let known: Vec<&str> = header.iter().map(String::as_str).collect();
            Unusable::Name(match nearest(name, &known) {
                Some(word) => format!("no column is called `{name}`, did you mean `{word}`?"),
                None => format!("no column is called `{name}`: the file has {}", known.join(", ")),
            })
        })?),
    };
    let (mut rows, mut fields) = (Vec::new(), Vec::new());
    for row in reader.into_records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                problems.add(num::index(line), 1, error.to_string());
                continue;
            }
        };
        if row.len() != header.len() {
            let line = num::index(row.position().map_or(1, csv::Position::line));
            let at = column_of_surplus(text, &row, header.len());
            let (found, wanted) = (row.len(), header.len());
            problems.add(line, at, format!("{found} fields where the header names {wanted}"));
        } else if let Some(chosen) = chosen {
            fields.push(row[chosen].to_owned());
        } else {
            rows.push(row);
        }
    }
    Ok(if chosen.is_some() { Records::Column(fields) } else { Records::Rows { header, rows } })
}

/// Where in its line the first field too many stands, or where a short row ends; 1 when a row
/// goes over several lines.
fn column_of_surplus(text: &str, row: &csv::StringRecord, wanted: usize) -> usize {
    let Some(position) = row.position() else { return 1 };
    let line = text[num::index(position.byte())..].trim_start_matches(['\r', '\n']);
    let line = line.split(['\r', '\n']).next().unwrap_or_default();
    if line.contains('"') {
        return 1;
    }
    let kept = line.split(',').take(wanted).map(|field| field.chars().count() + 1).sum::<usize>();
    if row.len() > wanted { kept + 1 } else { line.chars().count() + 1 }
}

/// What is wrong with one file.
pub(super) struct Problems<'p> {
    path: &'p str,
    all: Vec<Problem>,
}

impl<'p> Problems<'p> {
    /// None yet of the file called `path`.
    pub(super) fn of(path: &'p str) -> Self {
        Self { path, all: Vec::new() }
    }

    pub(super) fn add(&mut self, line: usize, column: usize, message: impl Into<String>) {
        let file = Some(self.path.to_owned());
        self.all.push(Problem { file, line, column, message: message.into(), suggestion: None });
    }

    /// `what` was read, if nothing was wrong.
    pub(super) fn none_or_unusable<T>(self, what: T) -> Result<T, Unusable> {
        if self.all.is_empty() { Ok(what) } else { Err(self.unusable()) }
    }

    /// The first of them, and how many more there are.
    fn unusable(mut self) -> Unusable {
        let more = self.all.len().saturating_sub(LISTED);
        if more > 0 {
            self.all.truncate(LISTED);
            let (line, column) = self.all.last().map_or((1, 1), |last| (last.line, last.column));
            let plural = if more == 1 { "" } else { "s" };
            self.add(line, column, format!("and {more} more problem{plural} after this one"));
        }
        Unusable::Content(self.all)
    }
}

#[cfg(test)]
mod tests;
