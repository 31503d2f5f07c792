//! What was found out about one file.

use serde::Serialize;
use serde_json::Value;

use crate::artifact::{Change, Changes};

/// Longest stored or recomputed text that is kept whole, in characters.
const EXCERPT: usize = 60;

/// One file of a run and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Checked {
    /// Below the run directory.
    pub file: String,
    /// What it was held against.
    pub against: String,
    /// Figures and texts compared; 0 for files that are compared as a whole.
    pub figures: u64,
    /// The outcome.
    pub finding: Finding,
    /// In the order of the file; empty unless it differs.
    pub differences: Vec<Difference>,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Everything compared is as it follows.
    Agrees,
    /// Something is not.
    Differs,
    /// It should be there and is not.
    Missing,
    /// It is of an earlier report: this one has no such file.
    LeftOver,
    /// It differs, or could not be made again, for a reason that is no fault of the file.
    NotCompared {
        /// As in `sized with catalog 0123…, compared with 4567…`.
        why: String,
    },
}

/// One place where stored and recomputed differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// A JSON path, a line, a row and column, or a byte.
    pub at: String,
    /// What the file says, cut where it is long; `None` where it says nothing.
    pub stored: Option<String>,
    /// What follows from the measurement.
    pub recomputed: Option<String>,
}

/// The outcome of a whole run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every file agrees.
    Agrees,
    /// Every file that could be compared agrees.
    AgreesInPart,
    /// At least one file differs, is missing or is left over.
    Differs,
}

/// Sums up.
pub fn verdict(checked: &[Checked]) -> Verdict {
    let any = |wanted: fn(&Finding) -> bool| checked.iter().any(|one| wanted(&one.finding));
    if any(|finding| matches!(finding, Finding::Differs | Finding::Missing | Finding::LeftOver)) {
        Verdict::Differs
    } else if any(|finding| matches!(finding, Finding::NotCompared { .. })) {
        Verdict::AgreesInPart
    } else {
        Verdict::Agrees
    }
}

impl Checked {
    /// A file and the differences found in it.
    pub(super) fn new(
        file: impl Into<String>,
        against: impl Into<String>,
        figures: u64,
        differences: Vec<Difference>,
    ) -> Self {
        let finding = if differences.is_empty() { Finding::Agrees } else { Finding::Differs };
        Self { file: file.into(), against: against.into(), figures, finding, differences }
    }

    /// A file that should be there and is not.
    pub fn missing(file: impl Into<String>, against: impl Into<String>) -> Self {
        Self { finding: Finding::Missing, ..Self::new(file, against, 0, Vec::new()) }
    }

    /// A file that is there and should not be.
    pub fn left_over(file: impl Into<String>) -> Self {
        let against = "the report, which has no such file";
        Self { finding: Finding::LeftOver, ..Self::new(file, against, 0, Vec::new()) }
    }

    /// A file that nothing can be said of.
    pub fn not_compared(file: impl Into<String>, why: impl Into<String>) -> Self {
        let finding = Finding::NotCompared { why: why.into() };
        Self { finding, ..Self::new(file, "nothing", 0, Vec::new()) }
    }

    /// Where the file differs and `excuse` explains it, it counts as not compared.
    #[must_use]
    pub fn excused(mut self, excuse: Option<&str>) -> Self {
        if let (Finding::Differs, Some(excuse)) = (&self.finding, excuse) {
            let n = self.differences.len();
            let why = format!("{excuse}; {n} of its figures and texts are others here");
            self.finding = Finding::NotCompared { why };
            self.differences.clear();
        }
        self
    }

    /// Whether it is as it follows.
    pub fn agrees(&self) -> bool {
        self.finding == Finding::Agrees
    }
}

impl Difference {
    /// Of two texts, each cut where it is long.
    pub(super) fn new(
        at: impl Into<String>,
        stored: Option<&str>,
        recomputed: Option<&str>,
    ) -> Self {
        Self { at: at.into(), stored: stored.map(cut), recomputed: recomputed.map(cut) }
    }

    /// Of stored and recomputed JSON.
    pub(super) fn of_changes(changes: Changes) -> Vec<Self> {
        let of = |Change { path, a, b }: Change| {
            let (a, b) = (a.map(|value| shown(&value)), b.map(|value| shown(&value)));
            Self::new(path, a.as_deref(), b.as_deref())
        };
        changes.found.into_iter().map(of).collect()
    }
}

/// Numbers and texts as they stand in the file.
fn shown(value: &Value) -> String {
    match value {
        Value::Object(fields) => format!("an object of {} fields", fields.len()),
        Value::Array(items) => format!("a list of {} items", items.len()),
        other => other.to_string(),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= EXCERPT {
        return text.to_owned();
    }
    text.chars().take(EXCERPT).chain(['…']).collect()
}
