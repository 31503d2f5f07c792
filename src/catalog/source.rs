//! The keys that the other tables name as their sources.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::table::Table;

/// What was read to obtain a figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The key other tables use, as in `S1`.
    pub key: String,
    /// An address, or a repository with its commit, or what else identifies the text.
    pub citation: String,
    /// When it was read or published: a date where one is known, else words.
    pub date: String,
    /// What to know about it; often empty.
    pub note: String,
}

/// All sources by key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Sources(BTreeMap<String, Source>);

impl Sources {
    /// The source behind a key of this catalog.
    pub fn get(&self, key: &str) -> Option<&Source> {
        self.0.get(key)
    }

    /// All sources, ascending key.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.values()
    }

    pub(super) const COLUMNS: [&'static str; 4] = ["key", "citation", "date", "note"];

    pub(super) fn read(table: &Table<'_>, problems: &mut Vec<Problem>) -> Self {
        let mut sources = BTreeMap::new();
        for row in table.rows() {
            let mut cells = row.cells(problems);
            let key = cells.text("key");
            let citation = cells.text("citation");
            let date = cells.text("date");
            let note = cells.optional_text("note");
            if let (Some(key), Some(citation), Some(date)) = (key, citation, date) {
                sources.insert(key.clone(), Source { key, citation, date, note });
            }
        }
        table.refuse_duplicates(&["key"], problems);
        Self(sources)
    }
}
