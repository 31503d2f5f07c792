//! Why seeding did not end as planned.

use crate::target::TargetError;

/// Why the data set is not there.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The target failed.
    #[error("seeding stopped at key {done} of {wanted}")]
    Target {
        /// Keys stored by then.
        done: u64,
        /// Keys planned.
        wanted: u64,
        /// What it said.
        #[source]
        cause: TargetError,
    },
    /// Keys are missing after loading.
    #[error("{missing} of {wanted} keys are missing after seeding")]
    KeysMissing {
        /// How many.
        missing: u64,
        /// Keys planned.
        wanted: u64,
    },
    /// Another client writes to the same database.
    #[error("the database holds {found} keys where {expected} were expected")]
    ForeignWrites {
        /// `DBSIZE` after seeding.
        found: u64,
        /// Keys before plus keys seeded.
        expected: u64,
    },
    /// A value reads back differently.
    #[error("key {key} does not hold the value that was written to it")]
    ValueDiffers {
        /// The key.
        key: String,
    },
}

impl SeedError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Target { cause, .. } => cause.hint(),
            Self::KeysMissing { .. } => {
                "the target evicts or expires keys: raise maxmemory, or the classes' ttl"
            }
            Self::ForeignWrites { .. } | Self::ValueDiffers { .. } => {
                "seed a target that nobody else writes to"
            }
        }
    }
}
