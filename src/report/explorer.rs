//! A panel that looks up answers on a grid.

use serde::{Deserialize, Serialize};

/// Answers for every choice on some axes. Formats without controls leave it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explorer {
    /// What can be chosen.
    pub axes: Vec<Choices>,
    /// The different answers, as sentences.
    pub answers: Vec<String>,
    /// Which of them, the last axis running fastest.
    pub cells: Vec<usize>,
}

/// One axis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// Names it in ids: lower-case letters.
    pub id: String,
    /// What it is of.
    pub label: String,
    /// The choices in order.
    pub values: Vec<String>,
    /// The choice that was planned.
    pub planned: usize,
}
