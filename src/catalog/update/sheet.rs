//! CSV text of a catalog's file as rows of cells, to change some and write it again.

use csv::{ReaderBuilder, WriterBuilder};

/// A table whose text was parsed before.
pub(super) struct Sheet {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    /// One without rows.
    pub(super) fn new(columns: &[&str]) -> Self {
        Self { header: columns.iter().map(|&name| name.to_owned()).collect(), rows: Vec::new() }
    }

    /// Reads text that is a table of a catalog; rows of another length are left out.
    pub(super) fn read(text: &str) -> Self {
        let mut reader = ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let mut rows = reader
            .records()
            .map_while(Result::ok)
            .map(|record| record.iter().map(str::to_owned).collect::<Vec<String>>());
        let header = rows.next().unwrap_or_default();
        let rows = rows.collect();
        Self { header, rows }
    }

    /// As a file.
    pub(super) fn text(&self) -> String {
        let mut writer = WriterBuilder::new().from_writer(Vec::new());
        for row in std::iter::once(&self.header).chain(&self.rows) {
            writer
                .write_record(row)
                .expect("rows are as long as the header, and memory takes them");
        }
        let bytes = writer.into_inner().expect("memory takes what is left");
        String::from_utf8(bytes).expect("cells are text")
    }

    /// A cell of a row; empty when there is no such column.
    pub(super) fn get<'r>(&self, row: &'r [String], column: &str) -> &'r str {
        let at = self.header.iter().position(|name| name == column);
        at.and_then(|at| row.get(at)).map_or("", String::as_str)
    }

    /// Keeps the rows that are to be kept.
    pub(super) fn retain(&mut self, keep: impl Fn(&Self, &[String]) -> bool) {
        let rows = std::mem::take(&mut self.rows);
        self.rows = rows.into_iter().filter(|row| keep(self, row)).collect();
    }

    /// The first row that is looked for.
    pub(super) fn position(&self, wanted: impl Fn(&Self, &[String]) -> bool) -> Option<usize> {
        self.rows.iter().position(|row| wanted(self, row))
    }

    /// A cell of the row at `index`.
    pub(super) fn cell(&mut self, index: usize, column: &str) -> Option<&mut String> {
        let at = self.header.iter().position(|name| name == column)?;
        self.rows.get_mut(index)?.get_mut(at)
    }

    /// A row of these cells, which replaces the one at `index` or comes last.
    pub(super) fn put(&mut self, index: Option<usize>, cells: &[(&str, String)]) {
        let cell = |name: &String| {
            let found = cells.iter().find(|(column, _)| column == name);
            found.map(|(_, text)| text.clone()).unwrap_or_default()
        };
        let row: Vec<String> = self.header.iter().map(cell).collect();
        match index {
            Some(index) => self.rows[index] = row,
            None => self.rows.push(row),
        }
    }
}
