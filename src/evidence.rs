//! Where a number comes from.
//!
//! Every number that reaches a report carries a [`Grade`]. Models hand it on, reports show it;
//! this module knows nothing of either.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How well a number is known, best first; a sum is as good as its worst part (`max`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Observed on the target in this run.
    Measured,
    /// Follows from measured or published numbers by a documented formula.
    Calculated,
    /// Taken from a source that the report names, with its date.
    Published,
    /// Chosen: neither observed nor published; the report says by whom and why.
    Assumed,
    /// Wanted but not available. It is never shown as zero.
    NotCollected,
}

impl Grade {
    /// All grades, best first.
    pub const ALL: [Self; 5] =
        [Self::Measured, Self::Calculated, Self::Published, Self::Assumed, Self::NotCollected];

    /// The word a report prints.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Calculated => "calculated",
            Self::Published => "published",
            Self::Assumed => "assumed",
            Self::NotCollected => "not collected",
        }
    }

    /// What the word means, for a report's key.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Measured => "observed on the target in this run",
            Self::Calculated => {
                "follows from measured or published numbers by a documented formula"
            }
            Self::Published => "taken from a named, dated source",
            Self::Assumed => "chosen, neither observed nor published",
            Self::NotCollected => "wanted but not available; not zero",
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_of_two_grades_is_the_greater() {
        assert_eq!(Grade::Measured.max(Grade::Assumed), Grade::Assumed);
        assert!(Grade::ALL.is_sorted());
    }

    #[test]
    fn a_missing_number_has_a_name_of_its_own() {
        assert_eq!(serde_json::to_string(&Grade::NotCollected).unwrap(), "\"not_collected\"");
        assert_eq!(Grade::NotCollected.to_string(), "not collected");
    }
}
