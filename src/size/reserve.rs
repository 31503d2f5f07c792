//! What a shard needs besides what it stores, and so besides what ElastiCache lets it fill: the part
//! of `maxmemory` that `reserved-memory-percent` keeps free.

use serde::{Deserialize, Serialize};

use crate::catalog::NodeType;
use crate::engine::EngineVersion;
use crate::model::Models;
use crate::model::memory::save::{MOMENTS, Rewritten, Writable, copied, save_secs};
use crate::model::memory::{self, Footprint, overhead};
use crate::spec::{PlanSpec, Traffic};
use crate::units::{Bytes, Fraction, OpsPerSec, num};

use super::Layout;
use super::demand::Ask;
use super::transfer::UNKNOWN;

/// A full synchronisation lasts as long as the save that feeds it, and as long again until the
/// replica has loaded what it was sent; assumed, MODEL.md §3.1.
const SYNC_SAVES: f64 = 2.0;
/// The reserve is a whole percentage; this much is never asked for, so that a limit remains that a
/// check can fail.
const MOST_PERCENT: f64 = 99.0;

/// Host memory of one shard's primary that does not count towards `maxmemory`, while it saves or
/// fills a replica: none of it is in `used_memory` but replica buffers, which eviction leaves out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ReserveDemand {
    /// How long a save takes, upper end.
    pub save_secs: f64,
    /// SETs per second of this shard.
    pub writes: OpsPerSec,
    /// Pages that exist twice because they are written to during the save.
    pub copied_bytes: Bytes,
    /// What waits for one replica at the end of a full synchronisation: all that was written since
    /// it began, the part in the backlog included. The engine limits it replica by replica.
    #[serde(default)]
    pub replica_stream_bytes: Bytes,
    /// What waits for all replicas then, beyond the backlog, which [`super::MemoryDemand`] has.
    pub replica_buffers_bytes: Bytes,
    /// Room between blocks that rewriting values of many sizes leaves.
    pub fragmentation_bytes: Bytes,
}

impl ReserveDemand {
    /// All of it.
    pub fn total(&self) -> Bytes {
        let Self {
            save_secs: _,
            writes: _,
            replica_stream_bytes: _,
            copied_bytes,
            replica_buffers_bytes,
            fragmentation_bytes,
        } = *self;
        copied_bytes + replica_buffers_bytes + fragmentation_bytes
    }

    /// How long a full synchronisation lasts until the replica has loaded all it was sent, seconds,
    /// upper end. Source: MODEL.md §3.1.
    pub fn sync_secs(&self) -> f64 {
        self.save_secs * SYNC_SAVES
    }

    /// Its share of a node's `maxmemory`, as a whole percentage rounded up, when `headroom` of the
    /// reserve is to stay free.
    ///
    /// `⌈100 · total / (maxmemory · (1 − headroom))⌉`, at most 99 %. Source: MODEL.md §3.1.
    pub fn share_of(&self, node: &NodeType, headroom: Fraction) -> Fraction {
        let whole = node.maxmemory_bytes.float() * headroom.rest().get();
        let percent = (100.0 * self.total().float() / whole).ceil().min(MOST_PERCENT);
        Fraction::new(percent / 100.0).expect("from 0 to 0.99")
    }
}

/// What one shard's keys are like on their server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored<'a> {
    pub(super) server: &'a memory::Layout,
    /// Of each class of the whole cluster.
    pub(super) writable: &'a [Writable],
    pub(super) data: &'a Footprint,
    /// All of it counts as saved.
    pub(super) used: Bytes,
    /// Of the whole load, 0 to 1.
    pub(super) load_share: f64,
}

/// What the fullest shard needs besides what it stores. Source: MODEL.md §3.1.
///
/// Keys are counted over the whole cluster with all its writes: a shard's are a sample of them.
pub(super) fn reserve(
    spec: &PlanSpec,
    models: &Models,
    ask: &Ask,
    stored: Stored<'_>,
    layout: Layout,
) -> ReserveDemand {
    let save_secs = save_secs(stored.used, UNKNOWN).high;
    let rewritten: Vec<Rewritten<'_>> = stored
        .writable
        .iter()
        .zip(&stored.data.classes)
        .enumerate()
        .map(|(index, (class, of))| Rewritten {
            class,
            keys: of.keys,
            left_alone: std::array::from_fn(|moment| {
                let secs = save_secs * num::float_len(moment + 1) / num::float_len(MOMENTS);
                left_alone(spec, ask, index, secs)
            }),
        })
        .collect();
    let peak = ask.peak.per_sec() * stored.load_share;
    let stream = replica_stream(models, layout.replicas, peak * save_secs * SYNC_SAVES);
    ReserveDemand {
        save_secs,
        writes: OpsPerSec::new(peak * write_share(spec)).unwrap_or(OpsPerSec::ZERO),
        copied_bytes: copied(&rewritten, stored.data, stored.server),
        replica_stream_bytes: stream,
        replica_buffers_bytes: replica_buffers(stream, stored.server.engine, layout.replicas),
        fragmentation_bytes: stored.data.records().scale(overhead::FRAGMENTATION.high - 1.0),
    }
}

/// The share of a class's keys that no write of the plan has reached after so many seconds.
///
/// Lines of the mix count as independent, which is on the safe side where they share hot keys.
fn left_alone(spec: &PlanSpec, ask: &Ask, class: usize, secs: f64) -> f64 {
    let total: f64 = spec.traffic.iter().map(|line| line.weight).sum();
    let lines = spec.traffic.iter().zip(&*ask.reach).filter(|(line, _)| line.class == class);
    lines
        .filter_map(|(line, reach)| {
            let keys = num::float(line.command.keys_rewritten());
            let writes = ask.peak.per_sec() * line.weight / total * secs * keys;
            Some(reach.as_ref()?.left_alone(writes))
        })
        .product()
}

/// Keys written per operation of the mix.
pub(super) fn write_share(spec: &PlanSpec) -> f64 {
    let total: f64 = spec.traffic.iter().map(|line| line.weight).sum();
    let written = |line: &Traffic| line.weight * num::float(line.command.keys_rewritten());
    spec.traffic.iter().map(written).sum::<f64>() / total
}

/// What a primary writes for each replica in `operations` operations of the mix.
///
/// Nothing while no operation was measured: the caveat on the network says so.
fn replica_stream(models: &Models, replicas: u32, operations: f64) -> Bytes {
    let network = models.network.filter(|_| replicas > 0);
    network.map_or(Bytes::ZERO, |network| Bytes::from_float(network.written_bytes * operations))
}

/// What a primary holds back for all replicas that wait for that much of the stream, beyond its
/// backlog.
///
/// From Redis 7.0 on the replicas share one buffer with the backlog; before, each had its own.
fn replica_buffers(stream: Bytes, engine: EngineVersion, replicas: u32) -> Bytes {
    if overhead::is_one_ring(engine) {
        stream * u64::from(replicas)
    } else {
        stream.saturating_sub(overhead::replica(engine).backlog)
    }
}
