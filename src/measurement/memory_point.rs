//! Memory at a checkpoint, and the record of seeding.

use serde::{Deserialize, Serialize};

use crate::units::{Bytes, Micros};

use super::{Info, ShardMemory, Stamp, TargetFacts};

/// What the target said of its memory at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemoryPoint {
    /// Own keys of each class stored by then, in the plan's order.
    pub keys: Vec<u64>,
    /// Bytes the allocator handed out, size-class rounding included.
    pub used_memory_bytes: Bytes,
    /// The highest value of that since the server started.
    pub used_memory_peak_bytes: Option<Bytes>,
    /// Resident set of the server process.
    pub used_memory_rss_bytes: Option<Bytes>,
    /// Table growth has ended: no table is being rehashed any more.
    pub is_settled: bool,
    /// The whole memory section; empty where several servers are added up.
    pub info_memory: Info,
}

/// The record of seeding, artifact `02-seed`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seeded {
    /// What the target is.
    pub target: TargetFacts,
    /// When seeding began.
    pub started: Stamp,
    /// Before the first key, after every command of the workload had run once.
    pub baseline: MemoryPoint,
    /// `used_memory` of the full data set as calculated before the first key was sent.
    pub predicted_bytes: Bytes,
    /// Of that, what the stream to replicas was to add to its backlog; nothing without replicas.
    #[serde(default)]
    pub replication_bytes: Bytes,
    /// While loading, ascending in keys: at each count once on arrival, unsettled, and once more
    /// after all keys had been looked up, except for the last, which is `settled`.
    pub checkpoints: Vec<MemoryPoint>,
    /// With all keys stored and table growth ended.
    pub settled: MemoryPoint,
    /// How loading went.
    pub loading: Loading,
    /// What was read back.
    pub verification: Verification,
    /// Each primary of a cluster; the figures above are of all of them together. Empty for a server by
    /// itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<ShardMemory>,
}

/// How loading went.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Loading {
    /// Wall time of sending keys and awaiting replies, reading INFO at checkpoints included.
    pub elapsed_us: Micros,
    /// Wall time of looking every key up at the checkpoints, until memory stood still.
    pub settling_us: Micros,
    /// Bytes of keys and values sent.
    pub payload_bytes: Bytes,
}

/// What was read back after loading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// `DBSIZE` before the first key.
    pub dbsize_before: u64,
    /// `DBSIZE` with all keys stored.
    pub dbsize_after: u64,
    /// Values read back and compared, byte for byte, spread over all classes.
    pub values_compared: u64,
}

impl MemoryPoint {
    /// Several servers' together; their resident sets only where all of them tell. Peaks are each
    /// server's own and need not have met.
    ///
    /// # Panics
    /// Without any.
    pub fn together(points: Vec<Self>) -> Self {
        let sum = |a: Option<Bytes>, b: Option<Bytes>| Some(a? + b?);
        let all = points.into_iter().reduce(|a, b| Self {
            keys: a.keys.iter().zip(&b.keys).map(|(a, b)| a + b).collect(),
            used_memory_bytes: a.used_memory_bytes + b.used_memory_bytes,
            used_memory_peak_bytes: sum(a.used_memory_peak_bytes, b.used_memory_peak_bytes),
            used_memory_rss_bytes: sum(a.used_memory_rss_bytes, b.used_memory_rss_bytes),
            is_settled: a.is_settled && b.is_settled,
            info_memory: Info::default(),
        });
        all.expect("a target has a server")
    }

    /// Own keys over all classes.
    pub fn n_keys(&self) -> u64 {
        self.keys.iter().sum()
    }
}
