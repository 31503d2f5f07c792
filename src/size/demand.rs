//! What the workload asks of one shard of a layout, at one point of its growth.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::{EngineVersion, SlotRange};
use crate::model::memory::save::Writable;
use crate::model::memory::{self, Footprint, StringClass, footprint, overhead};
use crate::model::on_the_wire;
use crate::spec::{PlanSpec, Production, ReadFrom};
use crate::units::{Bytes, OpsPerSec, num};
use crate::workload::Reach;

use super::constraint::Rules;
use super::prepared::{Messages, Prepared};
use super::reserve::{Stored, reserve, write_share};
use super::{Layout, MemoryDemand, Moment, ReserveDemand};

/// What production asks of the whole cluster.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    /// Keys of each class.
    pub(super) keys: Vec<u64>,
    /// Operations per second.
    pub(super) peak: OpsPerSec,
    /// Commands that an operation of the mix becomes in cluster mode.
    pub(super) commands_per_operation: f64,
    /// Operations that write, of all, 0 to 1.
    pub(super) write_share: f64,
    /// Which nodes answer the others.
    pub(super) reads: ReadFrom,
    pub(super) classes: Arc<[StringClass]>,
    /// Of each line of the mix that writes, what of its class it reaches; `None` for the others.
    pub(super) reach: Arc<[Option<Reach>]>,
    messages: Messages,
}

impl Ask {
    /// Today's keys and peak, each times a factor.
    pub(super) fn at(prepared: &Prepared<'_>, keys_factor: f64, peak_factor: f64) -> Self {
        let spec = prepared.spec;
        let keys = spec.keys_times(keys_factor);
        let classes = prepared.shapes.with_keys(&keys);
        let reach = spec.traffic.iter().map(|line| {
            let writes = line.command.keys_rewritten() > 0;
            writes.then(|| Reach::new(line.access, keys[line.class]))
        });
        Self {
            reach: reach.collect(),
            keys,
            peak: spec.objective.peak.scale(peak_factor),
            commands_per_operation: prepared.commands_per_operation,
            write_share: write_share(spec),
            reads: spec.production.reads,
            messages: prepared.messages(&classes),
            classes: classes.into(),
        }
    }

    /// That many months from now.
    pub(super) fn in_months(prepared: &Prepared<'_>, months: u32) -> Self {
        let factor = prepared.spec.growth_in(months);
        Self::at(prepared, factor, factor)
    }

    /// The same keys with another peak.
    pub(super) fn with_peak(&self, peak: OpsPerSec) -> Self {
        Self { peak, ..self.clone() }
    }

    /// Keys of all classes.
    pub(super) fn total_keys(&self) -> u64 {
        self.keys.iter().fold(0, |sum, keys| sum.saturating_add(*keys))
    }

    /// What all keys are on a single server with cluster mode disabled.
    pub(super) fn on_one_server(&self, engine: EngineVersion) -> Footprint {
        footprint(&self.classes, &server(engine, false))
    }

    /// What SETs write to on a server of that kind.
    pub(super) fn writable(&self, engine: EngineVersion, cluster_mode: bool) -> Vec<Writable> {
        let server = server(engine, cluster_mode);
        self.classes.iter().map(|class| Writable::of(class, &server)).collect()
    }

    pub(super) fn moment(&self, month: u32) -> Moment {
        Moment { month, keys: self.keys.clone(), peak: self.peak }
    }
}

/// A server as ElastiCache runs it; the slots of a shard do not matter to what is asked of it here.
fn server(engine: EngineVersion, cluster_mode: bool) -> memory::Layout {
    if cluster_mode {
        memory::Layout::in_cluster(engine, SlotRange::ALL)
    } else {
        memory::Layout::on_elasticache(engine)
    }
}

/// What one shard holds and carries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) keys: &'a Footprint,
    /// What SETs write to, of the whole cluster's keys.
    pub(super) writable: &'a [Writable],
    /// Of the whole load, 0 to 1.
    pub(super) load_share: f64,
}

/// `used_memory` of a shard by purpose, and the reserve it needs. Source: MODEL.md §3.1.
///
/// Connections are open to every shard at once. The latency histograms of the mix are counted on
/// top of the baseline, which already holds those of a plain workload: some 25 kB too many each.
pub(super) fn memory(
    rules: &Rules<'_>,
    ask: &Ask,
    engine: EngineVersion,
    layout: Layout,
    part: Part<'_>,
) -> MemoryDemand {
    let Rules { spec, models, .. } = rules;
    let keys = part.keys;
    let mut demand = MemoryDemand {
        baseline_bytes: keys.baseline,
        records_bytes: keys.records().scale(models.memory.correction),
        values_bytes: keys.classes.iter().map(|class| class.parts.value).sum(),
        tables_bytes: keys.tables(),
        rehash_bytes: keys.rehash,
        cluster_bytes: keys.slots,
        connections_bytes: connections(spec, ask, engine),
        replication_bytes: replication(engine, layout.replicas),
        latency_tracking_bytes: overhead::latency_tracking(engine, distinct_commands(spec)),
        code_bytes: code(spec, engine),
        // The node type decides; see `Case::new`.
        descriptors_bytes: Bytes::ZERO,
        peers_bytes: peers(engine, layout),
        reserve: ReserveDemand::default(),
    };
    let stored = Stored {
        server: &server(engine, layout.cluster_mode),
        writable: part.writable,
        data: keys,
        used: demand.total(),
        load_share: part.load_share,
    };
    demand.reserve = reserve(spec, models, ask, stored, layout);
    demand
}

/// What production opens, or the pool of the measurement, each connection with the buffers that the
/// longest request and the longest reply of the mix leave it with.
fn connections(spec: &PlanSpec, ask: &Ask, engine: EngineVersion) -> Bytes {
    let Messages { request, reply } = ask.messages;
    let clients = spec.production.connections.unwrap_or(spec.load.connections);
    overhead::connection(engine).active(request, reply) * u64::from(clients)
}

fn code(spec: &PlanSpec, engine: EngineVersion) -> Bytes {
    let Production { scripts, functions, .. } = &spec.production;
    overhead::scripts(engine, scripts.count, scripts.bytes)
        + overhead::functions(engine, functions.count, functions.bytes)
}

fn replication(engine: EngineVersion, replicas: u32) -> Bytes {
    if replicas == 0 {
        return Bytes::ZERO;
    }
    let replica = overhead::replica(engine);
    replica.backlog + replica.connection * u64::from(replicas)
}

/// What a node keeps for each other node of its cluster, replicas included.
fn peers(engine: EngineVersion, layout: Layout) -> Bytes {
    if !layout.cluster_mode {
        return Bytes::ZERO;
    }
    let each = Bytes::from_float(overhead::cluster_peer(engine).high);
    each * u64::from(layout.nodes.saturating_sub(1))
}

fn distinct_commands(spec: &PlanSpec) -> u64 {
    let names: BTreeSet<&str> = spec.traffic.iter().map(|line| line.command.word()).collect();
    num::count(names.len())
}

/// Bytes that a primary sends to each replica per operation of the mix, with packet headers as if
/// every write travelled alone.
///
/// * `written`: RESP bytes of writing requests per operation of the whole mix.
pub(super) fn replicated_bytes(spec: &PlanSpec, written: f64) -> f64 {
    let share = write_share(spec);
    if share > 0.0 { share * on_the_wire(written / share) } else { 0.0 }
}
