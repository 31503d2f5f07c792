//! What the target is.

use serde::{Deserialize, Serialize};

use crate::engine::{Allocator, EngineVersion};
use crate::units::Bytes;

use super::TargetState;

/// Facts read once, before anything is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetFacts {
    /// Engine and version.
    pub engine: EngineVersion,
    /// The full version as printed, as in `7.0.15`.
    pub version: String,
    /// What it allocates with.
    pub allocator: Allocator,
    /// How that is known.
    pub allocator_evidence: AllocatorEvidence,
    /// The limit in force; zero means none.
    pub maxmemory_bytes: Option<Bytes>,
    /// What it drops when full.
    pub maxmemory_policy: Option<String>,
    /// `standalone` or `cluster`.
    pub mode: Option<String>,
    /// Started by this program for this run, on this machine.
    pub is_private: bool,
    /// Host and port of a target that is not private; never user or password.
    #[serde(default)]
    pub address: Option<String>,
    /// What it held and did before anything was written.
    #[serde(default)]
    pub state: TargetState,
    /// The machine this program and a private engine run on.
    pub host: Host,
}

/// How the allocator was found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AllocatorEvidence {
    /// `MEMORY MALLOC-STATS` printed its quantum.
    MallocStats,
    /// `MEMORY MALLOC-STATS` was refused; of the two quanta only this one explains the memory that
    /// own keys took.
    OwnKeys,
    /// `INFO` named the allocator; the quantum of a jemalloc build is taken as the official 8.
    InfoOnly,
}

/// The machine that measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Processor model as the system names it, where it does.
    pub processor: Option<String>,
    /// Logical processors available to this program.
    pub processors: u32,
    /// `x86_64`, `aarch64` …
    pub architecture: String,
    /// `linux`, `macos` …
    pub system: String,
}

impl TargetFacts {
    /// Whether integers 0…9999 are shared objects that cost nothing: only without a limit, or with
    /// a policy that needs no access clock (MODEL.md §1).
    pub fn shares_integers(&self) -> bool {
        let unlimited = self.maxmemory_bytes.is_none_or(|limit| limit == Bytes::ZERO);
        let clocked = |policy: &str| policy.ends_with("lru") || policy.ends_with("lfu");
        unlimited || !self.maxmemory_policy.as_deref().is_some_and(clocked)
    }
}
