//! Tables: what is shown in a cell, and the number behind it.

use serde::{Deserialize, Serialize};

/// A table. Rows are as wide as the columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Names its CSV file: lower-case letters, digits and hyphens, unique in the report.
    pub id: String,
    /// What the table shows, in one sentence.
    pub caption: String,
    /// From left to right; the first one names the row.
    pub columns: Vec<Column>,
    /// From top to bottom.
    pub rows: Vec<Row>,
    /// Whether any order of the rows makes sense, so that a reader may choose one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_sortable: bool,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its heading, without a unit: shown texts carry their own.
    pub header: String,
    /// Unit of the numbers behind the texts, as CSV writes it (`bytes`, `µs`, `USD/month`);
    /// `None` for texts and counts.
    pub unit: Option<String>,
    /// Where texts stand.
    pub align: Align,
}

/// Where the texts of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// One per column.
    pub cells: Vec<Cell>,
    /// Set off from the others: the chosen node type, the binding constraint.
    pub is_chosen: bool,
}

/// A cell: a text, and the number it shows when it shows one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// As people read it, such as `401 MiB`.
    pub text: String,
    /// As programs read it, in the unit of its column.
    pub number: Option<f64>,
}

impl Table {
    /// An empty table.
    pub fn new(id: impl Into<String>, caption: impl Into<String>, columns: Vec<Column>) -> Self {
        let (id, caption) = (id.into(), caption.into());
        Self { id, caption, columns, rows: Vec::new(), is_sortable: false }
    }

    /// This table, whose rows make sense in any order.
    #[must_use]
    pub fn sortable(self) -> Self {
        Self { is_sortable: true, ..self }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// When the row is not as wide as the table, which is a bug.
    pub fn push(&mut self, row: Row) {
        assert_eq!(row.cells.len(), self.columns.len(), "a row of table `{}` is ragged", self.id);
        self.rows.push(row);
    }
}

impl Column {
    /// A column of words.
    pub fn text(header: impl Into<String>) -> Self {
        Self { header: header.into(), unit: None, align: Align::Left }
    }

    /// A column of numbers in `unit`.
    pub fn number(header: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { header: header.into(), unit: Some(unit.into()), align: Align::Right }
    }

    /// A column of counts.
    pub fn count(header: impl Into<String>) -> Self {
        Self { header: header.into(), unit: None, align: Align::Right }
    }
}

impl Row {
    /// An ordinary row.
    pub fn new(cells: Vec<Cell>) -> Self {
        Self { cells, is_chosen: false }
    }

    /// A row set off from the others.
    pub fn chosen(cells: Vec<Cell>) -> Self {
        Self { cells, is_chosen: true }
    }
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), number: None }
    }

    /// A number, shown as `text`.
    pub fn number(text: impl Into<String>, number: f64) -> Self {
        Self { text: text.into(), number: Some(number) }
    }

    /// A number that was wanted and is missing: a dash to people, an empty cell to programs.
    pub fn missing() -> Self {
        Self::text("–")
    }

    /// Whether this is [`Cell::missing`].
    pub fn is_missing(&self) -> bool {
        self.number.is_none() && self.text == "–"
    }
}
