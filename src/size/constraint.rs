//! The questions that every node type is asked. Source: MODEL.md §2 and §3.1.

use crate::catalog::{CpuMetric, Limits, NodeType};
use crate::engine::EngineVersion;
use crate::model::memory::overhead;
use crate::model::{Estimate, Models, on_the_wire, packets};
use crate::spec::{PlanSpec, ReadFrom};
use crate::units::{BytesPerSec, Fraction, num};

use super::credits::sustained_cores;
use super::demand::{Ask, replicated_bytes};
use super::prepared::Prepared;
use super::reserve::write_share;
use super::response::{self, Path};
use super::transfer::{Measured, transfer};
use super::{Layout, MemoryDemand, Resource, State, Transfer, tls};

/// RESP bytes that each further command has besides its key, which the unsplit one had as well:
/// `*2\r\n$3\r\nGET\r\n`.
pub(super) const SPLIT_REQUEST_BYTES: f64 = 13.0;
/// A peak this short may use a node's burst bandwidth: "typically from 5 to 60 minutes, depending on
/// the instance size". Source: EC2 User Guide, instance network bandwidth.
const BURST_SECS: u64 = 300;
/// Bytes in a MiB.
const MIB: f64 = 1_048_576.0;

/// What is the same for every candidate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) spec: &'a PlanSpec,
    pub(super) models: &'a Models,
    pub(super) limits: &'a Limits,
    pub(super) measured: Measured<'a>,
    pub(super) is_private: bool,
    pub(super) prepared: &'a Prepared<'a>,
}

/// The most that one shard of a layout carries; memory and load need not be the same shard's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shard {
    pub(super) memory: MemoryDemand,
    /// Of the whole load, 0 to 1.
    pub(super) load_share: f64,
}

/// One node as a shard's primary, which has as much to do as any other of its nodes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) node: &'a NodeType,
    pub(super) engine: EngineVersion,
    pub(super) layout: Layout,
    pub(super) state: State,
    pub(super) memory: MemoryDemand,
    /// Operations per second of the shard, as the plan counts them.
    pub(super) peak: f64,
    /// Those that this node answers.
    pub(super) served: f64,
    /// Commands per second of this node: more than operations where clients have to split them.
    pub(super) commands: f64,
    /// Nodes of the shard that answer reads.
    pub(super) readers: u32,
}

/// What is asked for and what there is; `None`: not collected.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need {
    pub(super) resource: Resource,
    pub(super) demand: Option<Estimate>,
    pub(super) limit: Option<f64>,
}

impl<'a> Case<'a> {
    pub(super) fn new(
        node: &'a NodeType,
        engine: EngineVersion,
        layout: Layout,
        shard: Shard,
        ask: &Ask,
        state: State,
    ) -> Self {
        let Shard { mut memory, load_share } = shard;
        memory.descriptors_bytes = overhead::descriptors(node.maxclients);
        let peak = ask.peak.per_sec() * load_share;
        let split = if layout.cluster_mode { ask.commands_per_operation } else { 1.0 };
        let readers = match ask.reads {
            ReadFrom::Primary => 1,
            ReadFrom::AnyNode => state.nodes_left(layout.replicas),
        };
        let reads = (1.0 - ask.write_share) / f64::from(readers);
        let served = peak * (ask.write_share + reads);
        Self {
            node,
            engine,
            layout,
            state,
            memory,
            peak,
            served,
            commands: served * split,
            readers,
        }
    }
}

impl Rules<'_> {
    /// How engine-thread time is carried over to a node.
    pub(super) fn transfer(&self, node: &NodeType) -> Transfer {
        transfer(self.measured, node)
    }

    /// Every need of one node, in the order of [`Resource`].
    pub(super) fn needs(&self, case: &Case<'_>) -> Vec<Need> {
        let policy = &self.spec.policy;
        let cpu = self.cpu(case);
        let one = |resource, demand: f64, limit: f64| Need {
            resource,
            demand: Some(Estimate::exact(demand)),
            limit: Some(limit),
        };
        let network = self.bandwidth(case.node).map(|b| b.per_sec() * policy.network.get());
        let wire = |resource, per_sec: Option<f64>| Need {
            resource,
            demand: per_sec.map(Estimate::exact),
            limit: network,
        };
        let memory = case.node.usable_memory(self.reserved(case)).float() * policy.memory.get();
        let mut needs = vec![one(Resource::Memory, self.in_memory(case), memory)];
        needs.extend(self.on_ssd(case).map(|(demand, limit)| one(Resource::Ssd, demand, limit)));
        let engine_cores = self.engine_cores(case.node);
        needs.push(Need { resource: Resource::EngineCpu, demand: cpu, limit: Some(engine_cores) });
        needs.extend(case.node.cpu_credits.map(|credits| Need {
            resource: Resource::CpuCredits,
            demand: cpu,
            limit: Some(sustained_cores(credits, self.spec.objective.profile.shares())),
        }));
        let ceiling = self.limits.node_throughput_claim.value.per_sec();
        needs.push(one(Resource::Throughput, case.commands, ceiling));
        needs.push(Need {
            resource: Resource::ResponseTime,
            demand: Some(Estimate::exact(case.commands)),
            limit: Some(self.load_within_objective(case)),
        });
        needs.push(wire(Resource::NetworkIn, self.wire_in(case)));
        needs.push(wire(Resource::NetworkOut, self.wire_out(case)));
        needs.push(Need {
            resource: Resource::Packets,
            demand: self.packets(case).map(Estimate::exact),
            limit: None,
        });
        let maxclients = f64::from(case.node.maxclients) * policy.connections.get();
        needs.push(one(Resource::Connections, self.connections(case), maxclients));
        needs.extend(self.durable_writes(case));
        needs
    }

    /// The resource nearest to or farthest beyond what is allowed, and demand ÷ allowed there.
    pub(super) fn worst(&self, case: &Case<'_>, headroom: Fraction) -> (Resource, f64) {
        let pressures = self.needs(case).into_iter().filter_map(|need| {
            let (demand, limit) = (need.demand?.high, need.limit?);
            let pressure =
                if demand > 0.0 { demand / (limit * headroom.rest().get()) } else { 0.0 };
            Some((need.resource, pressure))
        });
        // The first of equals, so that the order of resources decides.
        pressures
            .reduce(|worst, next| if next.1 > worst.1 { next } else { worst })
            .expect("memory and connections are always known")
    }

    /// `reserved-memory-percent` for one shard: AWS's default, or what the plan's writes need where
    /// that is more. Data that does not fit beside the default is refused by that: the copies of
    /// so much more than the node has say nothing about the node.
    pub(super) fn reserved(&self, case: &Case<'_>) -> Fraction {
        let (default, headroom) =
            (self.limits.reserved_memory_default.value, self.spec.capacity.headroom);
        let needed = case.memory.reserve.share_of(case.node, headroom);
        let allowed = case.node.usable_memory(default).scale(headroom.rest().get());
        let fits = self.in_memory(case) <= allowed.float();
        if needed > default && fits { needed } else { default }
    }

    /// Whether AWS's default reserve is too small for one shard.
    pub(super) fn is_reserve_raised(&self, case: &Case<'_>) -> bool {
        self.reserved(case) > self.limits.reserved_memory_default.value
    }

    /// Engine-thread time of one command on a node, µs, TLS included.
    pub(super) fn us_per_command(
        &self,
        node: &NodeType,
        engine: EngineVersion,
    ) -> Option<Estimate> {
        let cpu = self.models.cpu.as_ref()?.us_per_op;
        Some(cpu.plus(self.tls(node, engine)).times(self.transfer(node).ratio))
    }

    /// What TLS adds on the measured machine, µs per command.
    pub(super) fn tls(&self, node: &NodeType, engine: EngineVersion) -> Estimate {
        tls::per_operation(self.spec.production.tls, node, engine, self.models.network)
    }

    /// Cores of the engine's thread that the node's commands take.
    pub(super) fn cpu(&self, case: &Case<'_>) -> Option<Estimate> {
        let cores = Estimate::exact(case.commands / 1e6);
        Some(self.us_per_command(case.node, case.engine)?.times(cores))
    }

    /// What lies between the measurement and a client's view of a node.
    pub(super) fn path(&self, node: &NodeType, engine: EngineVersion) -> Path {
        let ratio = self.transfer(node).ratio;
        let plain = self.models.cpu.as_ref().map(|cpu| cpu.us_per_op.value);
        let tls = self.tls(node, engine);
        let slower = plain.map_or(Estimate::exact(1.0), |us| {
            Estimate::exact(1.0).plus(tls.times(Estimate::exact(1.0 / us)))
        });
        let round_trip = if self.is_private {
            response::round_trip(self.spec.production.round_trip)
        } else {
            Estimate::exact(0.0)
        };
        Path { slowdown: ratio.times(slower), round_trip }
    }

    /// Cores that the engine's thread may use: by default 90 % of one. On nodes with one or two
    /// vCPUs AWS states it for the whole host, as 90 % ÷ vCPUs, which is the same 0.9 core.
    fn engine_cores(&self, node: &NodeType) -> f64 {
        let limit = self.limits.cpu(node);
        let published = match limit.metric {
            CpuMetric::Engine => limit.at_most.value.get(),
            CpuMetric::Host => limit.at_most.value.get() * f64::from(node.vcpus),
        };
        published.min(self.spec.policy.engine_cpu.get())
    }

    /// Commands per second one node may be offered within the objective; zero when no valid level
    /// met it.
    fn load_within_objective(&self, case: &Case<'_>) -> f64 {
        let path = self.path(case.node, case.engine);
        response::load_within(self.spec.objective.p99_us, &self.models.capacity, path)
            .unwrap_or(0.0)
    }

    /// What of the data has to stay in memory: without the values that may lie on SSD.
    pub(super) fn in_memory(&self, case: &Case<'_>) -> f64 {
        let cold = self.on_ssd(case).map_or(0.0, |(cold, _)| cold);
        case.memory.total().float() - cold
    }

    /// Values that lie on SSD and what it holds, on types that have one, where the plan allows it.
    fn on_ssd(&self, case: &Case<'_>) -> Option<(f64, f64)> {
        let (hot, ssd) = (self.spec.production.data_tiering?, case.node.data_tiering_bytes?);
        Some((case.memory.values_bytes.float() * hot.rest().get(), ssd.float()))
    }

    /// What the network carries: its baseline, or for a short peak its burst.
    pub(super) fn bandwidth(&self, node: &NodeType) -> Option<BytesPerSec> {
        let baseline = node.network_baseline_bytes_per_sec;
        if self.is_burst() { node.network_burst_bytes_per_sec.or(baseline) } else { baseline }
    }

    /// Whether the peak is short enough to count on bursts, and the day's mean leaves room for them.
    pub(super) fn is_burst(&self) -> bool {
        self.spec.production.peak_lasts_secs.is_some_and(|secs| secs <= BURST_SECS)
    }

    /// Bytes per second into this node and out of it.
    pub(super) fn wire(&self, case: &Case<'_>) -> (Option<f64>, Option<f64>) {
        (self.wire_in(case), self.wire_out(case))
    }

    /// Bytes per second into this node.
    fn wire_in(&self, case: &Case<'_>) -> Option<f64> {
        let split = (case.commands - case.served) * on_the_wire(SPLIT_REQUEST_BYTES);
        Some(case.served * self.models.network?.wire_in_bytes + split)
    }

    /// Bytes per second out of this node, to clients and to each replica.
    fn wire_out(&self, case: &Case<'_>) -> Option<f64> {
        let network = self.models.network?;
        let replicated = replicated_bytes(self.spec, network.written_bytes);
        let split = (case.commands - case.served) * on_the_wire(0.0);
        let fan_out = f64::from(case.layout.replicas) * replicated * case.peak;
        Some(case.served * network.wire_out_bytes + fan_out + split)
    }

    /// Packets per second in and out, those to replicas included.
    fn packets(&self, case: &Case<'_>) -> Option<f64> {
        let network = self.models.network?;
        let each = packets(network.request_bytes) + packets(network.reply_bytes);
        let split = 2.0 * (case.commands - case.served);
        let writes = case.peak * write_share(self.spec);
        Some(case.served * each + split + writes * f64::from(case.layout.replicas))
    }

    /// What production opens, or the measurement's pool, and what ElastiCache opens for itself.
    fn connections(&self, case: &Case<'_>) -> f64 {
        let clients = self.spec.production.connections.unwrap_or(self.spec.load.connections);
        let own = self.limits.monitoring_connections.value;
        f64::from(clients) / f64::from(case.readers) + num::float(u64::from(own))
    }

    /// Bytes per second that have to be made durable, against what AWS takes of one primary.
    fn durable_writes(&self, case: &Case<'_>) -> Option<Need> {
        self.spec.production.durability?;
        let demand = self.models.network.map(|n| Estimate::exact(n.written_bytes * case.peak));
        let limit = self.limits.durable_writes.value * MIB;
        Some(Need { resource: Resource::DurableWrites, demand, limit: Some(limit) })
    }
}
