//! What was observed of the layout that runs today: `observed` of `[incumbent]`.

use serde::{Deserialize, Serialize};

use crate::units::{Bytes, BytesPerSec, Fraction, OpsPerSec, Parse};

use super::reader::Table;

/// What monitoring says of what runs today. `None`: not collected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// Keys of all shards when `used_memory_bytes` was read.
    pub keys: Option<u64>,
    /// `used_memory` of the fullest primary.
    pub used_memory_bytes: Option<Bytes>,
    /// Share of the time that the engine's thread of the busiest primary was at work.
    pub engine_cpu: Option<Fraction>,
    /// Commands per second of all clients, at that time.
    pub rate: Option<OpsPerSec>,
    /// Client connections to the nodes of one shard.
    pub connections: Option<u32>,
    /// Into the busiest primary, with packet headers, at that time.
    pub network_in: Option<BytesPerSec>,
    /// Out of it, replication included.
    pub network_out: Option<BytesPerSec>,
}

pub(super) fn observed(table: &Table<'_, '_>) -> Option<Observed> {
    let keys = match table.get("keys") {
        None => Some(None),
        Some(value) => table.count("keys", value, 1).map(Some),
    };
    let used_memory_bytes = quantity(table, "used_memory");
    let engine_cpu = quantity(table, "engine_cpu");
    let rate = quantity(table, "rate");
    let connections = match table.get("connections") {
        None => Some(None),
        Some(value) => table.small_count("connections", value, 0).map(Some),
    };
    let (network_in, network_out) = (quantity(table, "network_in"), quantity(table, "network_out"));
    Some(Observed {
        keys: keys?,
        used_memory_bytes: used_memory_bytes?,
        engine_cpu: engine_cpu?,
        rate: rate?,
        connections: connections?,
        network_in: network_in?,
        network_out: network_out?,
    })
}

/// A quantity that may be left out; the outer `None` is a problem that was recorded.
#[expect(clippy::option_option, reason = "left out and flawed are two things")]
fn quantity<T: Parse>(table: &Table<'_, '_>, key: &'static str) -> Option<Option<T>> {
    match table.get(key) {
        None => Some(None),
        Some(value) => table.quantity(key, value).map(|(quantity, _)| Some(quantity)),
    }
}
