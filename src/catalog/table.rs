//! CSV text as rows of typed cells; what does not fit is noted and reading goes on.

use std::collections::{BTreeMap, BTreeSet};

use csv::{ReaderBuilder, StringRecord};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};

use crate::units::num;

use super::parse::CsvFile;
use super::problem::{Column, Problem, ProblemKind};

/// One file's rows, with the places of its columns.
pub(super) struct Table<'f> {
    file: &'f str,
    header: Vec<String>,
    rows: Vec<(u64, StringRecord)>,
}

/// One row of a table.
#[derive(Clone, Copy)]
pub(super) struct Row<'t> {
    table: &'t Table<'t>,
    line: u64,
    record: &'t StringRecord,
}

/// The cells of one row; each reading notes its own problem, so that none hides another.
pub(super) struct Cells<'t, 'p> {
    row: Row<'t>,
    problems: &'p mut Vec<Problem>,
}

impl<'f> Table<'f> {
    /// Reads a file that must have exactly these columns, in any order, and at least one row.
    pub(super) fn read(file: CsvFile<'f>, columns: &[&str], problems: &mut Vec<Problem>) -> Self {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(file.text.as_bytes());
        let mut table = Self { file: file.name, header: Vec::new(), rows: Vec::new() };
        let mut lines = LineCounter { text: file.text, offset: 0, line: 1 };
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    let line = error.position().map_or(1, csv::Position::line);
                    let kind = ProblemKind::Unreadable { reason: error.to_string() };
                    problems.push(table.problem(line, None, kind));
                    continue;
                }
            };
            let line = lines.line_of(&record);
            if table.header.is_empty() {
                table.header = record.iter().map(str::to_owned).collect();
                table.check_header(columns, problems);
            } else if record.len() == table.header.len() {
                table.rows.push((line, record));
            } else {
                let kind =
                    ProblemKind::RowLength { expected: table.header.len(), found: record.len() };
                problems.push(table.problem(line, None, kind));
            }
        }
        if table.rows.is_empty() {
            problems.push(table.problem(1, None, ProblemKind::Empty));
        }
        table
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, record)| Row { table: self, line: *line, record })
    }

    /// The filled cells of a column, without judging them.
    pub(super) fn values(&self, column: &str) -> BTreeSet<String> {
        self.rows().filter_map(|row| row.get(column)).map(str::to_owned).collect()
    }

    /// Notes each row whose cells in `columns` were all seen before.
    pub(super) fn refuse_duplicates(&self, columns: &[&str], problems: &mut Vec<Problem>) {
        let mut seen: BTreeMap<String, u64> = BTreeMap::new();
        for row in self.rows() {
            let cells: Vec<&str> = columns.iter().filter_map(|column| row.get(column)).collect();
            if cells.len() < columns.len() {
                continue; // reported as missing
            }
            let key = cells.join(" ");
            match seen.get(&key) {
                Some(&first_line) => {
                    let column = columns.first().map(|name| self.column(name));
                    let kind = ProblemKind::Duplicate { key, first_line };
                    problems.push(self.problem(row.line, column, kind));
                }
                None => {
                    seen.insert(key, row.line);
                }
            }
        }
    }

    /// Notes that a row the program needs is not in the table.
    pub(super) fn missing_row(&self, name: String) -> Problem {
        self.problem(1, None, ProblemKind::MissingRow { name })
    }

    fn check_header(&self, columns: &[&str], problems: &mut Vec<Problem>) {
        for &column in columns {
            if !self.header.iter().any(|name| name == column) {
                let missing = Column { name: column.to_owned(), number: None };
                problems.push(self.problem(1, Some(missing), ProblemKind::MissingColumn));
            }
        }
        for (index, name) in self.header.iter().enumerate() {
            let at = Some(Column { name: name.clone(), number: Some(index + 1) });
            if !columns.contains(&name.as_str()) {
                problems.push(self.problem(1, at, ProblemKind::UnknownColumn));
            } else if self.header[..index].contains(name) {
                let kind = ProblemKind::Duplicate { key: name.clone(), first_line: 1 };
                problems.push(self.problem(1, at, kind));
            }
        }
    }

    fn column(&self, name: &str) -> Column {
        let index = self.header.iter().position(|column| column == name);
        Column { name: name.to_owned(), number: index.map(|index| index + 1) }
    }

    fn problem(&self, line: u64, column: Option<Column>, kind: ProblemKind) -> Problem {
        Problem { file: self.file.to_owned(), line, column, kind }
    }
}

impl<'t> Row<'t> {
    pub(super) fn cells<'p>(self, problems: &'p mut Vec<Problem>) -> Cells<'t, 'p> {
        Cells { row: self, problems }
    }

    /// The place of a cell of this row, for a problem found later.
    pub(super) fn problem(self, column: &str, kind: ProblemKind) -> Problem {
        self.table.problem(self.line, Some(self.table.column(column)), kind)
    }

    fn get(self, column: &str) -> Option<&'t str> {
        let index = self.table.header.iter().position(|name| name == column)?;
        self.record.get(index).filter(|text| !text.is_empty())
    }
}

impl<'t> Cells<'t, '_> {
    /// A cell that must be filled.
    pub(super) fn text(&mut self, column: &str) -> Option<String> {
        self.filled(column).map(str::to_owned)
    }

    /// A cell that may be empty.
    pub(super) fn optional_text(&mut self, column: &str) -> String {
        self.row.get(column).unwrap_or_default().to_owned()
    }

    /// Whether a cell is empty.
    pub(super) fn is_empty(&self, column: &str) -> bool {
        self.row.get(column).is_none()
    }

    /// A cell that must be filled, read by `read`; `expected` completes "… is not".
    pub(super) fn read<T>(
        &mut self,
        column: &str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.filled(column)?;
        self.optional(column, expected, read)
    }

    /// A cell that may be empty; `None` when it is, and when it is wrong, which is noted.
    pub(super) fn optional<T>(
        &mut self,
        column: &str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.row.get(column)?;
        let value = read(text);
        if value.is_none() {
            self.note(column, ProblemKind::Invalid { text: text.to_owned(), expected });
        }
        value
    }

    /// The keys of a `source` column, each of which must be known.
    pub(super) fn sources(&mut self, known: &BTreeSet<String>) -> Option<Vec<String>> {
        let keys: Vec<String> = self.filled("source")?.split(';').map(str::to_owned).collect();
        for key in &keys {
            if !known.contains(key) {
                self.note("source", ProblemKind::UnknownSource { key: key.clone() });
            }
        }
        Some(keys)
    }

    /// Notes a problem of this row.
    pub(super) fn note(&mut self, column: &str, kind: ProblemKind) {
        self.problems.push(self.row.problem(column, kind));
    }

    fn filled(&mut self, column: &str) -> Option<&'t str> {
        let text = self.row.get(column);
        // A column that the header lacks was noted once, not again on each row.
        if text.is_none() && self.row.table.header.iter().any(|name| name == column) {
            self.note(column, ProblemKind::MissingValue);
        }
        text
    }
}

/// Finds the lines of records that are asked for in order. The CSV reader's own count lags behind
/// after blank lines and CRLF, because its record starts where the one before ended.
struct LineCounter<'f> {
    text: &'f str,
    offset: usize,
    line: u64,
}

impl LineCounter<'_> {
    fn line_of(&mut self, record: &StringRecord) -> u64 {
        let start = record.position().map_or(0, |position| num::index(position.byte()));
        let ended = self.text.get(self.offset..start).unwrap_or_default();
        let rest = self.text.get(start..).unwrap_or_default();
        let blank = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        let skipped = rest.get(..blank).unwrap_or_default();
        self.line += num::count(ended.matches('\n').count() + skipped.matches('\n').count());
        self.offset = start + blank;
        self.line
    }
}

/// Reads a value by the name it is serialised under.
pub(super) fn named<T: for<'de> Deserialize<'de>>(text: &str) -> Option<T> {
    let name: StrDeserializer<'_, ValueError> = text.into_deserializer();
    T::deserialize(name).ok()
}

/// Reads a whole number written in plain digits.
pub(super) fn whole<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Reads a number, zero or above, written in plain decimals.
pub(super) fn decimal(text: &str) -> Option<f64> {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'.').then(|| text.parse().ok())?
}
