//! What can be wrong with a catalog's text, and where.

use std::fmt;

/// Why there is no catalog: everything that is wrong, in the order of the files and their lines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct CatalogError {
    /// At least one.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file's name, as in `prices/us-east-1.csv`.
    pub file: String,
    /// The line, from 1; for a file that is missing or unknown, 1.
    pub line: u64,
    /// The column, unless the whole line or file is meant.
    pub column: Option<Column>,
    /// What is wrong there.
    pub kind: ProblemKind,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the header.
    pub name: String,
    /// Its place, from 1; none when the header does not have it.
    pub number: Option<usize>,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// A file that every catalog has is not there.
    #[error("the file is missing")]
    MissingFile,
    /// The name is none of a catalog's files.
    #[error("no such file belongs to a catalog")]
    UnknownFile,
    /// The text is not CSV.
    #[error("not readable as CSV: {reason}")]
    Unreadable {
        /// The CSV reader's words.
        reason: String,
    },
    /// There are no rows below the header.
    #[error("the table has no rows")]
    Empty,
    /// The header lacks a column.
    #[error("the column is missing")]
    MissingColumn,
    /// The header has a column that nothing reads, as when its name states another unit.
    #[error("the column is not known")]
    UnknownColumn,
    /// A row is longer or shorter than the header.
    #[error("{found} cells where the header has {expected}")]
    RowLength {
        /// Columns of the header.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// A cell that must be filled is empty.
    #[error("the value is missing")]
    MissingValue,
    /// A cell does not hold what its column says.
    #[error("`{text}` is not {expected}")]
    Invalid {
        /// What the cell holds.
        text: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// Two rows describe the same thing.
    #[error("`{key}` is already on line {first_line}")]
    Duplicate {
        /// The cells that identify the row.
        key: String,
        /// Where it was seen first.
        first_line: u64,
    },
    /// A key that sources.csv does not have.
    #[error("`{key}` is not a key of sources.csv")]
    UnknownSource {
        /// The key.
        key: String,
    },
    /// A node type that node-types.csv does not have.
    #[error("`{node_type}` is not a type of node-types.csv")]
    UnknownNodeType {
        /// Its name.
        node_type: String,
    },
    /// A figure is in another unit than the program reads it in.
    #[error("`{found}` is the wrong unit for {name}: write the value in {expected}")]
    WrongUnit {
        /// What the row is about.
        name: String,
        /// The unit in the row.
        found: String,
        /// The unit that is read.
        expected: String,
    },
    /// A row that the program needs is not there.
    #[error("there is no row for {name}")]
    MissingRow {
        /// What the row would be about.
        name: String,
    },
}

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line_by_line(&self.problems, f)
    }
}

/// Each problem on a line of its own.
pub(super) fn line_by_line(
    problems: &[impl fmt::Display],
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    f.write_str(&lines.join("\n"))
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, kind } = self;
        write!(f, "{file}:{line}: ")?;
        match column {
            None => write!(f, "{kind}"),
            Some(Column { name, number: Some(number) }) => {
                write!(f, "column {number} ({name}): {kind}")
            }
            Some(Column { name, number: None }) => write!(f, "column {name}: {kind}"),
        }
    }
}
