//! An artifact and its text.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Digest;

/// This program as it names itself in what it writes.
pub const PRODUCER: &str = concat!("cachefit ", env!("CARGO_PKG_VERSION"));

/// The six artifacts of a run, in the order they come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The resolved workload file.
    Spec,
    /// What seeding measured.
    Seed,
    /// What each load level measured.
    Steps,
    /// What was learned from both.
    Models,
    /// Which node types fit, and which one is best.
    Recommendation,
    /// The document.
    Report,
}

impl Kind {
    /// All of them, in order.
    pub const ALL: [Self; 6] =
        [Self::Spec, Self::Seed, Self::Steps, Self::Models, Self::Recommendation, Self::Report];

    /// What it is made from: everything that comes before it.
    pub fn inputs(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |kind| *kind < self)
    }

    /// Its file in a run directory.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Spec => "01-spec.json",
            Self::Seed => "02-seed.json",
            Self::Steps => "03-steps.json",
            Self::Models => "04-models.json",
            Self::Recommendation => "05-recommendation.json",
            Self::Report => "06-report.json",
        }
    }

    /// The version this program writes and reads. A change of a body's shape raises it and needs
    /// an upgrade, or a line in CHANGELOG.md that says what readers must do.
    pub const fn version(self) -> u32 {
        1
    }
}

/// Why a text is not the artifact that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// Not JSON, or not of the body's shape.
    #[error("line {line}, column {column}: {message}")]
    Malformed {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// As the JSON reader says it.
        message: String,
    },
    /// Another artifact.
    #[error("it holds a {found:?}, not a {wanted:?}")]
    WrongKind {
        /// What it says it is.
        found: Kind,
        /// What was asked for.
        wanted: Kind,
    },
    /// Written by another version of this program.
    #[error("it has version {found}, this program reads version {wanted}")]
    WrongVersion {
        /// What it says it is.
        found: u32,
        /// What this program reads.
        wanted: u32,
    },
}

/// A stage's result with its provenance. The body is never an argument struct and holds no secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Artifact<T> {
    /// What it is.
    pub kind: Kind,
    /// Of the body's shape.
    pub version: u32,
    /// The program that wrote it.
    pub producer: String,
    /// Digests of the artifacts it was made from; it is stale when theirs differ.
    pub inputs: BTreeMap<Kind, Digest>,
    /// The result itself.
    pub body: T,
}

impl<T: Serialize> Artifact<T> {
    /// Wraps a stage's result.
    pub fn new(kind: Kind, inputs: BTreeMap<Kind, Digest>, body: T) -> Self {
        Self { kind, version: kind.version(), producer: PRODUCER.to_owned(), inputs, body }
    }

    /// The text that is stored: JSON with line breaks, the same for the same value.
    ///
    /// # Panics
    /// Never: bodies have text keys and finite numbers.
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("artifacts serialise");
        text.push('\n');
        text
    }
}

impl<T: DeserializeOwned> Artifact<T> {
    /// Reads an artifact of the given kind.
    ///
    /// # Errors
    /// When the text is malformed, of another kind or of a version this program does not read.
    pub fn from_text(kind: Kind, text: &str) -> Result<Self, ArtifactError> {
        let malformed = |error: serde_json::Error| ArtifactError::Malformed {
            line: error.line(),
            column: error.column(),
            message: error.to_string(),
        };
        // Kind and version first: a body of another version would only say that a field is missing.
        let header: Header = serde_json::from_str(text).map_err(malformed)?;
        if header.kind != kind {
            return Err(ArtifactError::WrongKind { found: header.kind, wanted: kind });
        }
        if header.version != kind.version() {
            let (found, wanted) = (header.version, kind.version());
            return Err(ArtifactError::WrongVersion { found, wanted });
        }
        serde_json::from_str(text).map_err(malformed)
    }
}

#[derive(Deserialize)]
struct Header {
    kind: Kind,
    version: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{PlanSpec, identity_cache};

    #[test]
    fn artifacts_survive_their_text() {
        let artifact = Artifact::new(Kind::Spec, BTreeMap::new(), identity_cache());
        let text = artifact.to_text();
        assert_eq!(Artifact::from_text(Kind::Spec, &text).unwrap(), artifact);
        assert_eq!(text, artifact.to_text(), "the same bytes");
    }

    #[test]
    fn another_kind_or_version_is_named() {
        let text = Artifact::new(Kind::Spec, BTreeMap::new(), identity_cache()).to_text();
        let as_seed = Artifact::<PlanSpec>::from_text(Kind::Seed, &text);
        assert!(matches!(as_seed, Err(ArtifactError::WrongKind { found: Kind::Spec, .. })));
        let newer = text.replacen("\"version\": 1", "\"version\": 9", 1);
        let newer = Artifact::<PlanSpec>::from_text(Kind::Spec, &newer);
        assert!(matches!(newer, Err(ArtifactError::WrongVersion { found: 9, .. })));
        let cut = Artifact::<PlanSpec>::from_text(Kind::Spec, &text[..text.len() / 2]);
        assert!(matches!(cut, Err(ArtifactError::Malformed { line, .. }) if line > 1));
    }
}
