//! What sits on top of the keys: connections, replication, bookkeeping per command.
//!
//! Measured per version (MODEL.md §1.7); a version that was not measured takes the nearest figure
//! and says so.

use serde::{Deserialize, Serialize};

use super::law::{Basis, law_for};
use crate::engine::{EngineVersion, Product};
use crate::units::Bytes;

/// What each distinct command ever executed adds to `used_memory` under `latency-tracking`: one
/// histogram, allocated at the command's first execution.
const LATENCY_HISTOGRAM: Bytes = Bytes::new(24_688);

/// `used_memory` of one client connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionMemory {
    /// Connected and silent for some seconds.
    pub idle: Bytes,
    /// At work, with replies of about 1.3 KB.
    pub active: Bytes,
    /// In its first seconds: the upper end of what was seen.
    pub fresh: Bytes,
    /// Whether this very version was measured.
    pub basis: Basis,
}

/// `used_memory` that one replica causes on its primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicaMemory {
    /// Its connection and buffers: the upper end of what was seen.
    pub connection: Bytes,
    /// The default `repl-backlog-size`: one backlog however many replicas; a replica holds a copy.
    pub backlog: Bytes,
    /// Whether the backlog is allocated at the first replica, or grows as the stream is written.
    pub backlog_at_once: bool,
}

/// The bytes kept for `distinct` commands that have run at least once; nothing before Redis 7.0.
/// The baselines of [`law_for`] include the commands of a plain workload (MODEL.md §1.6).
pub fn latency_tracking(engine: EngineVersion, distinct: u64) -> Bytes {
    if law_for(engine).tracks_latency() { LATENCY_HISTOGRAM * distinct } else { Bytes::ZERO }
}

/// What a client connection costs.
///
/// Measured: Redis 6.2, 7.2, Valkey 8.0, 8.1. Redis 7.0 counts as 7.2, which resizes reply
/// buffers alike, and so does Valkey 7.2.
pub fn connection(engine: EngineVersion) -> ConnectionMemory {
    let (of, idle, active) = match (engine.product, engine.number()) {
        (Product::Redis, number) if number < (7, 0) => (EngineVersion::redis(6, 2), 20_946, 62_000),
        (Product::Valkey, (8, 0)) => (EngineVersion::valkey(8, 0), 2_354, 3_000),
        (Product::Valkey, number) if number > (8, 0) => (EngineVersion::valkey(8, 1), 1_826, 3_000),
        (Product::Redis | Product::Valkey, _) => (EngineVersion::redis(7, 2), 2_362, 24_000),
    };
    ConnectionMemory {
        idle: Bytes::new(idle),
        active: Bytes::new(active),
        fresh: Bytes::new(idle.max(18_000)),
        basis: if of == engine { Basis::Exact } else { Basis::Assumed },
    }
}

/// What a replica costs its primary under the engine's default `repl-backlog-size`.
pub fn replica(engine: EngineVersion) -> ReplicaMemory {
    let large = engine.product == Product::Valkey && engine.number() >= (8, 0);
    ReplicaMemory {
        connection: Bytes::new(90_000),
        backlog: Bytes::from_mib(if large { 10 } else { 1 }),
        backlog_at_once: engine.product == Product::Redis && engine.number() < (7, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unmeasured_versions_say_so() {
        assert_eq!(connection(EngineVersion::redis(6, 2)).idle, Bytes::new(20_946));
        assert_eq!(connection(EngineVersion::redis(7, 0)).idle, Bytes::new(2_362));
        assert_eq!(connection(EngineVersion::redis(7, 0)).basis, Basis::Assumed);
        assert_eq!(connection(EngineVersion::valkey(7, 2)).idle, Bytes::new(2_362));
        assert_eq!(connection(EngineVersion::valkey(8, 0)).basis, Basis::Exact);
        assert_eq!(connection(EngineVersion::valkey(9, 1)).idle, Bytes::new(1_826));
        assert_eq!(replica(EngineVersion::valkey(7, 2)).backlog, Bytes::from_mib(1));
        assert_eq!(replica(EngineVersion::valkey(8, 1)).backlog, Bytes::from_mib(10));
    }

    #[test]
    fn histograms_came_with_redis_7() {
        assert_eq!(latency_tracking(EngineVersion::redis(6, 2), 4), Bytes::ZERO);
        assert_eq!(latency_tracking(EngineVersion::valkey(7, 2), 4), Bytes::new(98_752));
    }
}
