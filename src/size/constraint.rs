//! The questions that every node type is asked. Source: MODEL.md §2 and §3.1.

use crate::catalog::{CpuMetric, Limits, NodeType};
use crate::engine::EngineVersion;
use crate::evidence::Grade;
use crate::model::memory::{Basis, law_for, overhead};
use crate::model::{Estimate, Models, on_the_wire};
use crate::spec::PlanSpec;
use crate::units::{BytesPerSec, Fraction, num};

use super::demand::{Ask, replicated_bytes};
use super::prepared::Prepared;
use super::{Check, Layout, MemoryDemand, Resource, Transfer, note};

/// RESP bytes that each further command has besides its key, which the unsplit one had as well:
/// `*2\r\n$3\r\nGET\r\n`.
pub(super) const SPLIT_REQUEST_BYTES: f64 = 13.0;

/// What is the same for every candidate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) spec: &'a PlanSpec,
    pub(super) models: &'a Models,
    pub(super) limits: &'a Limits,
    pub(super) transfer: Transfer,
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

/// One node as a shard's primary.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) node: &'a NodeType,
    pub(super) engine: EngineVersion,
    pub(super) layout: Layout,
    pub(super) memory: MemoryDemand,
    /// Operations per second of this shard, as the plan counts them.
    pub(super) peak: f64,
    /// Commands per second of this shard: more than operations where clients have to split them.
    pub(super) commands: f64,
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
    ) -> Self {
        let Shard { mut memory, load_share } = shard;
        memory.descriptors_bytes = overhead::descriptors(node.maxclients);
        let peak = ask.peak.per_sec() * load_share;
        let split = if layout.cluster_mode { ask.commands_per_operation } else { 1.0 };
        Self { node, engine, layout, memory, peak, commands: peak * split }
    }
}

impl Rules<'_> {
    /// Every need of one shard, in the order of [`Resource`].
    pub(super) fn needs(&self, case: &Case<'_>) -> Vec<Need> {
        let cpu = self.models.cpu.as_ref().map(|cpu| {
            let cores = Estimate::exact(case.commands / 1e6);
            cpu.us_per_op.times(self.transfer.ratio).times(cores)
        });
        let credits = case.node.cpu_credits.map(|credits| {
            let cores = credits.baseline_per_vcpu.get() * f64::from(case.node.vcpus);
            Need { resource: Resource::CpuCredits, demand: cpu, limit: Some(cores) }
        });
        let one = |resource, demand: f64, limit| Need {
            resource,
            demand: Some(Estimate::exact(demand)),
            limit,
        };
        let network = case.node.network_baseline_bytes_per_sec.map(BytesPerSec::per_sec);
        let wire = |resource, per_sec: Option<f64>| Need {
            resource,
            demand: per_sec.map(Estimate::exact),
            limit: network,
        };
        let memory = case.node.usable_memory(self.reserved(case));
        let mut needs =
            vec![one(Resource::Memory, case.memory.total().float(), Some(memory.float()))];
        needs.push(Need {
            resource: Resource::EngineCpu,
            demand: cpu,
            limit: Some(self.engine_cores(case.node)),
        });
        needs.extend(credits);
        needs.push(one(Resource::ResponseTime, case.commands, Some(self.load_within_objective())));
        needs.push(wire(Resource::NetworkIn, self.wire_in(case)));
        needs.push(wire(Resource::NetworkOut, self.wire_out(case)));
        needs.push(one(
            Resource::Connections,
            self.connections(),
            Some(f64::from(case.node.maxclients)),
        ));
        needs
    }

    /// What one shard needs, as checks with their notes.
    pub(super) fn checks(&self, case: &Case<'_>) -> Vec<Check> {
        self.needs(case).into_iter().map(|need| self.check(case, need)).collect()
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
        if needed > default && case.memory.total() <= allowed { needed } else { default }
    }

    /// Whether AWS's default reserve is too small for one shard.
    fn is_reserve_raised(&self, case: &Case<'_>) -> bool {
        self.reserved(case) > self.limits.reserved_memory_default.value
    }

    fn check(&self, case: &Case<'_>, need: Need) -> Check {
        let demand = need.demand.map(|demand| demand.high);
        let is_known = demand.is_some() && need.limit.is_some();
        Check {
            resource: need.resource,
            demand,
            interval: need.demand.filter(|demand| demand.low < demand.high),
            limit: need.limit,
            allowed: need.limit.map(|limit| limit * self.spec.capacity.headroom.rest().get()),
            utilisation: match (demand, need.limit) {
                (Some(demand), Some(limit)) if limit > 0.0 => Some(demand / limit),
                _ => None,
            },
            grade: if is_known { self.grade(case, need.resource) } else { Grade::NotCollected },
            note: note::note(self, case, need),
        }
    }

    fn grade(&self, case: &Case<'_>, resource: Resource) -> Grade {
        match resource {
            Resource::Memory if law_for(case.engine).basis == Basis::Assumed => Grade::Assumed,
            // Its limit rests on the speed of saves then, which is assumed.
            Resource::Memory if self.is_reserve_raised(case) => Grade::Assumed,
            Resource::Memory | Resource::NetworkIn | Resource::NetworkOut => Grade::Calculated,
            Resource::EngineCpu | Resource::CpuCredits | Resource::ResponseTime => {
                self.transfer.grade.max(Grade::Calculated)
            }
            // Production's pools are not in the plan; the measurement's stands for them.
            Resource::Connections => Grade::Assumed,
        }
    }

    /// Cores that the engine's thread may use: 90 % of one. On nodes with one or two vCPUs AWS
    /// states it for the whole host, as 90 % ÷ vCPUs, which is the same 0.9 core.
    fn engine_cores(&self, node: &NodeType) -> f64 {
        let limit = self.limits.cpu(node);
        match limit.metric {
            CpuMetric::Engine => limit.at_most.value.get(),
            CpuMetric::Host => limit.at_most.value.get() * f64::from(node.vcpus),
        }
    }

    /// Operations per second one shard may be offered: the largest measured load within the
    /// objective, slowed by the upper transfer ratio; zero when no valid level met it.
    fn load_within_objective(&self) -> f64 {
        let met_at = self.models.capacity.met_at;
        met_at.map_or(0.0, |offered| offered.per_sec() / self.transfer.ratio.high)
    }

    /// Bytes per second into one shard's primary.
    fn wire_in(&self, case: &Case<'_>) -> Option<f64> {
        let split = (case.commands - case.peak) * on_the_wire(SPLIT_REQUEST_BYTES);
        Some(case.peak * self.models.network?.wire_in_bytes + split)
    }

    /// Bytes per second out of one shard's primary, to clients and to each replica.
    fn wire_out(&self, case: &Case<'_>) -> Option<f64> {
        let network = self.models.network?;
        let replicated = replicated_bytes(self.spec, network.written_bytes);
        let per_operation = network.wire_out_bytes + f64::from(case.layout.replicas) * replicated;
        let split = (case.commands - case.peak) * on_the_wire(0.0);
        Some(case.peak * per_operation + split)
    }

    /// The pool of the measurement and what ElastiCache opens for itself.
    fn connections(&self) -> f64 {
        let monitoring = self.limits.monitoring_connections.value;
        num::float(u64::from(self.spec.load.connections) + u64::from(monitoring))
    }
}
