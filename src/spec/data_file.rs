//! A file of records, as a plan knows it.

use serde::{Deserialize, Serialize};

use crate::artifact::Digest;

use super::{Loaded, Records};

/// A file whose records are the values of a class.
///
/// The records themselves are no part of the plan: they may be somebody's data. [`Self::digest`]
/// notices when the file is another one the next time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataFile {
    /// As the workload file names it, relative to that file.
    pub path: String,
    /// The CSV column whose fields are the values; `None` for whole records.
    pub column: Option<String>,
    /// Whether no record is the value of two keys.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub once: bool,
    /// Of the file's content.
    pub digest: Digest,
    /// How many records it has; at least one.
    pub n_records: u64,
    /// What it holds; gone after a detour through an artifact.
    #[serde(skip)]
    pub records: Loaded<Records>,
}
