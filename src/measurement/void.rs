//! Why a level does not count.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::{Fraction, Micros};

/// A reason not to draw conclusions from a level; each says what was wrong and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VoidReason {
    /// The generator noticed due operations late: it, not the server, was the limit.
    GeneratorLagged {
        /// 99th percentile of enqueued − due.
        p99_lag_us: Micros,
        /// What was tolerated at this level.
        limit_us: Micros,
    },
    /// Keys that were seeded were not found.
    UnexpectedMisses {
        /// Line of the mix, as in `claims get`.
        label: String,
        /// Keys asked for in the window.
        asked: u64,
        /// Of those, missing.
        missed: u64,
    },
    /// Traffic spells keys otherwise than seeding did, and so never finds one.
    KeysNeverWritten {
        /// Line of the mix.
        label: String,
        /// As traffic spells them.
        asked: String,
        /// As they were seeded.
        seeded: String,
        /// Share of keys missing.
        missed: Fraction,
    },
    /// The server dropped keys to stay within its memory limit.
    Evictions(u64),
    /// Keys outlived their lifetime during the window.
    Expiries(u64),
    /// The server answered with errors.
    Errors {
        /// How many.
        count: u64,
        /// The first one.
        first: String,
    },
    /// Too few operations completed for the percentiles that bind.
    TooFewSamples(u64),
    /// Connections broke during the level.
    ConnectionsLost {
        /// How many.
        count: u32,
        /// The first cause.
        cause: String,
    },
}

impl fmt::Display for VoidReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GeneratorLagged { p99_lag_us, limit_us } => write!(
                f,
                "the generator was the limit, not the server: it noticed due operations \
                 {p99_lag_us} late at p99 (tolerated: {limit_us}); give it a core of its own"
            ),
            Self::UnexpectedMisses { label, asked, missed } => write!(
                f,
                "`{label}` missed {missed} of {asked} keys that were seeded; \
                 something else removes or replaces them"
            ),
            Self::KeysNeverWritten { label, asked, seeded, missed } => write!(
                f,
                "`{label}` reads keys that were never written: it asks for `{asked}`, seeding \
                 wrote `{seeded}`, and {missed} of its reads miss; what was measured is the cost \
                 of misses, so spell both alike"
            ),
            Self::Evictions(n) => {
                write!(f, "the server evicted {n} keys to stay within maxmemory; raise the limit")
            }
            Self::Expiries(n) => {
                write!(f, "{n} keys expired during the level; give them a longer ttl")
            }
            Self::Errors { count, first } => {
                write!(f, "the server answered {count} requests with errors, first: {first}")
            }
            Self::TooFewSamples(n) => write!(
                f,
                "only {n} operations completed in the window, too few for a 99th percentile"
            ),
            Self::ConnectionsLost { count, cause } => {
                write!(f, "{count} connections broke, first cause: {cause}")
            }
        }
    }
}
