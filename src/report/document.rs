//! The document: a headline, then sections of blocks.

use serde::{Deserialize, Serialize};

use crate::evidence::Grade;

use super::{ChartSpec, Explorer, Table};

/// A sizing report. Texts are plain; see [`super::spans`] for their one piece of markup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What was sized, such as `Sizing of identity-cache`.
    pub title: String,
    /// When, where and on what it was measured, in one line.
    pub subtitle: String,
    /// The answer.
    pub headline: Headline,
    /// In reading order.
    pub sections: Vec<Section>,
    /// The last line: program version, run, digests of the inputs.
    pub footer: String,
    /// How its PDF is set.
    #[serde(default, skip_serializing_if = "Setting::is_default")]
    pub setting: Setting,
}

/// How the PDF of a report is set; kept with the report, so that it can be set again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Setting {
    /// What it can be printed on.
    pub paper: Paper,
    /// A Typst program in place of the built-in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

impl Setting {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A size of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Paper {
    /// 210 × 297 mm.
    #[default]
    A4,
    /// 8.5 × 11 in.
    UsLetter,
}

/// The answer, as a reviewer with one minute reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Headline {
    /// Whether the goal is met.
    pub outcome: Outcome,
    /// The verdict in one sentence, such as `3 × cache.m7g.large, one replica each: $640 a month`.
    pub verdict: String,
    /// Why, and what would change it; one sentence each.
    pub reasons: Vec<String>,
    /// The handful of numbers that carry the verdict.
    pub facts: Vec<Fact>,
}

/// Whether the goal is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything asked for fits, on sound evidence.
    Met,
    /// It fits, but a doubt in the evidence could change that.
    MetWithDoubts,
    /// Nothing fits, or the objective is missed.
    NotMet,
    /// No goal was set: runs or node types stand side by side.
    Compared,
}

impl Outcome {
    /// The words a report prints.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Met => "goal met",
            Self::MetWithDoubts => "goal met, with doubts",
            Self::NotMet => "goal not met",
            Self::Compared => "comparison",
        }
    }
}

/// A chapter of the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Names the section in links: lower-case letters, digits and hyphens, unique in the report.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// In reading order.
    pub blocks: Vec<Block>,
}

impl Section {
    /// A section without blocks yet.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self { id: id.into(), title: title.into(), blocks: Vec::new() }
    }
}

/// One piece of a section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// Running text.
    Paragraph(String),
    /// A remark that must not be missed.
    Callout {
        /// How much it matters.
        level: Level,
        /// What it says, advice included.
        text: String,
    },
    /// Key figures, shown as cards.
    Facts(Vec<Fact>),
    /// Items, one sentence each.
    List(Vec<String>),
    /// A table.
    Table(Table),
    /// A chart.
    Chart(Box<ChartSpec>),
    /// A panel that looks up answers.
    Explorer(Explorer),
}

/// How much a callout matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Good to know.
    Info,
    /// Limits what the report can claim.
    Warning,
    /// Invalidates a number or the verdict.
    Problem,
}

impl Level {
    /// The word a report prints.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Info => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// One key figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What the figure is of.
    pub label: String,
    /// The figure as shown, unit included; ignored when the grade is `NotCollected`.
    pub value: String,
    /// Where it comes from.
    pub grade: Grade,
}

impl Fact {
    /// A figure with its grade.
    pub fn new(label: impl Into<String>, value: impl Into<String>, grade: Grade) -> Self {
        Self { label: label.into(), value: value.into(), grade }
    }

    /// A figure that was wanted and is missing.
    pub fn missing(label: impl Into<String>) -> Self {
        Self { label: label.into(), value: String::new(), grade: Grade::NotCollected }
    }

    /// The text to show: the value, or a dash where there is none.
    pub fn shown(&self) -> &str {
        match self.grade {
            Grade::NotCollected => "–",
            _ => &self.value,
        }
    }
}

impl Report {
    /// All tables, in reading order.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.blocks().filter_map(|block| match block {
            Block::Table(table) => Some(table),
            _ => None,
        })
    }

    /// All charts, in reading order.
    pub fn charts(&self) -> impl Iterator<Item = &ChartSpec> {
        self.blocks().filter_map(|block| match block {
            Block::Chart(chart) => Some(&**chart),
            _ => None,
        })
    }

    fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.sections.iter().flat_map(|section| &section.blocks)
    }
}
