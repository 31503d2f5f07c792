//! What the workload asks of one shard of a layout, at one point of its growth.

use std::collections::BTreeSet;

use crate::engine::EngineVersion;
use crate::model::memory::{self, Footprint, SlotRange, StringClass, footprint, overhead};
use crate::model::{on_the_wire, string_classes};
use crate::spec::{Command, PlanSpec, Traffic};
use crate::units::{Bytes, OpsPerSec, num};
use crate::workload::CollectionCounts;

use super::constraint::Rules;
use super::reserve::{Stored, reserve, write_share};
use super::{Layout, MemoryDemand, Moment, ReserveDemand};

/// Keys of one class beyond which nothing is counted any more; no cluster holds so many.
const MOST_KEYS: f64 = 1e15;

/// What production asks of the whole cluster.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    /// Keys of each class.
    pub(super) keys: Vec<u64>,
    /// Operations per second.
    pub(super) peak: OpsPerSec,
    /// See [`commands_per_operation`].
    pub(super) commands_per_operation: f64,
    pub(super) classes: Vec<StringClass>,
}

impl Ask {
    /// Today's keys and peak, each times a factor.
    pub(super) fn at(spec: &PlanSpec, keys_factor: f64, peak_factor: f64) -> Self {
        let grown = |keys: &u64| num::ceil((num::float(*keys) * keys_factor).min(MOST_KEYS));
        let keys: Vec<u64> = spec.capacity.keys.iter().map(grown).collect();
        let classes = string_classes(&spec.classes, &keys);
        let peak = spec.objective.peak.scale(peak_factor);
        Self { keys, peak, commands_per_operation: commands_per_operation(spec), classes }
    }

    /// That many months from now.
    pub(super) fn in_months(spec: &PlanSpec, months: u32) -> Self {
        let factor = growth(spec, months);
        Self::at(spec, factor, factor)
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
        footprint(&self.classes, &memory::Layout::on_elasticache(engine))
    }

    pub(super) fn moment(&self, month: u32) -> Moment {
        Moment { month, keys: self.keys.clone(), peak: self.peak }
    }
}

/// What keys and peak have grown to, as a factor of now.
pub(super) fn growth(spec: &PlanSpec, months: u32) -> f64 {
    let months = i32::try_from(months).unwrap_or(i32::MAX);
    (1.0 + spec.capacity.growth_per_month.get()).powi(months)
}

/// What one shard holds and carries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) keys: &'a Footprint,
    /// Of the whole load, 0 to 1.
    pub(super) load_share: f64,
}

/// `used_memory` of a shard by purpose. Source: MODEL.md §3.1.
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
        tables_bytes: keys.tables(),
        rehash_bytes: keys.rehash,
        cluster_bytes: keys.slots,
        connections_bytes: connections(spec, ask, engine),
        replication_bytes: replication(engine, layout.replicas),
        latency_tracking_bytes: overhead::latency_tracking(engine, distinct_commands(spec)),
        // The node type decides; see `Case::new`.
        descriptors_bytes: Bytes::ZERO,
        reserve: ReserveDemand::default(),
    };
    let mut server = memory::Layout::on_elasticache(engine);
    if layout.cluster_mode {
        server = memory::Layout::in_cluster(engine, SlotRange::ALL);
    }
    let classes: Vec<StringClass> =
        ask.classes.iter().zip(&keys.classes).map(|(class, of)| class.scaled(of.keys)).collect();
    let stored = Stored {
        server: &server,
        classes: &classes,
        data: keys,
        used: demand.total(),
        load_share: part.load_share,
    };
    demand.reserve = reserve(spec, models, ask, stored, layout);
    demand
}

/// The pool of the measurement, each connection with the buffers that the longest request and the
/// longest reply of the mix leave it with.
fn connections(spec: &PlanSpec, ask: &Ask, engine: EngineVersion) -> Bytes {
    /// Command, lengths and line ends around a key and a value.
    const AROUND: u64 = 64;
    let (mut request, mut reply) = (0, 0);
    for line in &spec.traffic {
        let shapes = &ask.classes[line.class].shapes;
        let key = shapes.iter().map(|shape| shape.key_len).max().map_or(0, u64::from);
        let value = shapes.iter().filter_map(|shape| shape.value.longest()).max().unwrap_or(0);
        match line.command {
            Command::Get => reply = reply.max(value + AROUND),
            Command::Set => request = request.max(key + value + AROUND),
            Command::Mget(batch) => {
                reply = reply.max(u64::from(batch) * (value + AROUND));
                request = request.max(u64::from(batch) * (key + AROUND));
            }
            // All of the largest one, whatever part of it is asked for.
            Command::Hget
            | Command::Hgetall
            | Command::Smembers
            | Command::Zrange(_)
            | Command::Lrange(_) => {
                let class = &spec.classes[line.class];
                let longest = class.collection.as_ref().and_then(|plan| {
                    CollectionCounts::of(class, plan).content_lengths().into_iter().max()
                });
                reply = reply.max(longest.unwrap_or(0) + AROUND);
            }
        }
    }
    let each = overhead::connection(engine).active(Bytes::new(request), Bytes::new(reply));
    each * u64::from(spec.load.connections)
}

fn replication(engine: EngineVersion, replicas: u32) -> Bytes {
    if replicas == 0 {
        return Bytes::ZERO;
    }
    let replica = overhead::replica(engine);
    replica.backlog + replica.connection * u64::from(replicas)
}

/// Commands that an operation of the mix becomes in cluster mode: a command takes keys of one slot
/// only, and the keys of a batch lie in as many slots, so clients send each on its own. Each is
/// taken to cost as much as the mean operation measured, which is on the safe side.
///
/// Source: the cluster specification; MODEL.md §3.2.
fn commands_per_operation(spec: &PlanSpec) -> f64 {
    let total: f64 = spec.traffic.iter().map(|line| line.weight).sum();
    let commands = |line: &Traffic| line.weight * num::float(line.command.keys_read().max(1));
    spec.traffic.iter().map(commands).sum::<f64>() / total
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
