//! What one of several servers did.

use serde::{Deserialize, Serialize};

use crate::engine::SlotRange;
use crate::units::{Bytes, num};

use super::{Histogram, Level, ServerDelta};

/// A primary of a cluster after seeding: its part of the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShardMemory {
    /// Host and port.
    pub address: String,
    /// The slots it owned, ascending.
    pub slots: Vec<SlotRange>,
    /// Replicas that it had.
    pub replicas: u32,
    /// Own keys stored on it.
    pub keys: u64,
    /// `used_memory` before the first key.
    pub baseline_bytes: Bytes,
    /// Of the prediction, what the stream to its replicas was to add.
    pub replication_bytes: Bytes,
    /// `used_memory` with all keys, as calculated before the first.
    pub predicted_bytes: Bytes,
    /// `used_memory` with all keys stored and table growth ended.
    pub settled_bytes: Bytes,
}

/// One of several servers during a level; operations of the window, as for the whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeLevel {
    /// Host and port.
    pub address: String,
    /// The slots of its shard; empty where the target is no cluster.
    pub slots: Vec<SlotRange>,
    /// A replica that was read from.
    pub is_replica: bool,
    /// Replies received from it.
    pub replies: u64,
    /// Done − due of those.
    pub response: Histogram,
    /// Its own counters; those that it did not tell are not collected.
    pub server: ServerDelta,
}

/// Of all operations, the share that the busiest of several servers answered in the valid levels; 1
/// where there was one server.
///
/// That server is the first at its limit: of a load, this share is what a single one carries.
pub fn busiest_share(levels: &[Level]) -> f64 {
    let valid = || levels.iter().filter(|level| level.is_valid() && !level.nodes.is_empty());
    let share = |level: &Level| {
        let replies = || level.nodes.iter().map(|node| node.replies);
        let (most, all) = (replies().max().unwrap_or(0), replies().sum::<u64>());
        num::float(most) / num::float(all.max(1))
    };
    // The level with the most operations says it best; shares differ by chance alone.
    let of_most = valid().max_by_key(|level| level.completed());
    of_most.map_or(1.0, share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::VoidReason;
    use crate::measurement::fixture::level;

    fn node(replies: u64) -> NodeLevel {
        NodeLevel {
            address: "a:1".into(),
            slots: Vec::new(),
            is_replica: false,
            replies,
            response: Histogram::new(),
            server: ServerDelta::default(),
        }
    }

    #[test]
    fn the_busiest_server_is_the_limit() {
        assert!((busiest_share(&[level(1e3, 100)]) - 1.0).abs() < 1e-12, "a server by itself");
        let mut uneven = level(1e3, 100);
        uneven.nodes = vec![node(500), node(900), node(600)];
        let mut void = uneven.clone();
        void.nodes[0].replies = 9_000;
        void.void.push(VoidReason::Evictions(1));
        assert!((busiest_share(&[uneven, void]) - 0.45).abs() < 1e-12);
    }
}
