//! What the learned file predicts of the servers it was learned from, against what they say.

use crate::engine::{Allocator, EngineVersion, SlotRange};
use crate::measurement::Info;
use crate::model::memory::{Footprint, Layout, law_for, overhead, together};
use crate::model::string_classes;
use crate::spec::PlanSpec;
use crate::units::{Bytes, num};

/// One server that was sampled.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampled {
    /// Engine and version.
    pub engine: EngineVersion,
    /// What it allocates with.
    pub allocator: Allocator,
    /// Whether numbers up to 9,999 are shared between keys.
    pub shares_integers: bool,
    /// What it owns of a cluster's slots; empty for a server by itself.
    pub slots: Vec<SlotRange>,
    /// Its own figure.
    pub used_memory: Bytes,
    /// What of that is not keys: see [`beside_keys`].
    pub beside_keys: Bytes,
}

/// The law's figure and the servers' own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BackTest {
    /// What the memory law says of the learned file, on all servers together.
    pub predicted: Bytes,
    /// The same while keys still move to larger tables: more than `predicted` only then.
    pub rehashing: Bytes,
    /// `used_memory` of all servers together.
    pub measured: Bytes,
}

/// What of `used_memory` is not keys: what the server had when it started, buffers of clients, replicas
/// and files, scripts, and a histogram for each command that ran.
///
/// `used_memory_startup + mem_clients_normal + mem_clients_slaves + mem_replication_backlog (of all
/// replicas' buffers the total, where that is printed) + mem_cluster_links + mem_aof_buffer +
/// used_memory_scripts_eval + used_memory_functions + 24,688 B for each command` with latency tracking.
/// Source: MODEL.md §6.4; the fields are those of the engines' `genRedisInfoString`. Where the first is
/// not printed, the law's own figure stands for it.
pub fn beside_keys(info: &Info, engine: EngineVersion) -> Bytes {
    let bytes = |field: &str| info.bytes(field).unwrap_or(Bytes::ZERO);
    let commands = num::count(info.command_calls().len());
    let started = info.bytes("used_memory_startup").map_or(law_for(engine).baseline, |startup| {
        startup + overhead::latency_tracking(engine, commands)
    });
    let replicas = info
        .bytes("mem_total_replication_buffers")
        .unwrap_or_else(|| bytes("mem_replication_backlog") + bytes("mem_clients_slaves"));
    let fields = [
        "mem_clients_normal",
        "mem_cluster_links",
        "mem_aof_buffer",
        "used_memory_scripts_eval",
        "used_memory_functions",
    ];
    started + replicas + fields.into_iter().map(bytes).sum()
}

impl BackTest {
    /// The learned plan on the servers it was learned from; `None` without servers.
    ///
    /// * `left_out`: bytes of keys that the file cannot say, by the server's own account.
    pub(super) fn of(plan: &PlanSpec, servers: &[Sampled], left_out: Bytes) -> Option<Self> {
        let footprint = footprint(plan, servers)?;
        Some(Self {
            predicted: footprint.settled_total() + left_out,
            rehashing: footprint.rehashing_total() + left_out,
            measured: servers.iter().map(|server| server.used_memory).sum(),
        })
    }

    /// Predicted ÷ measured − 1.
    pub fn error(&self) -> f64 {
        self.predicted / self.measured - 1.0
    }
}

/// What the plan's keys cost on these servers together, their other memory included.
fn footprint(plan: &PlanSpec, servers: &[Sampled]) -> Option<Footprint> {
    let first = servers.first()?;
    let slots: Vec<Vec<SlotRange>> = servers
        .iter()
        .map(|server| server.slots.clone())
        .filter(|slots| !slots.is_empty())
        .collect();
    let layout = Layout {
        engine: first.engine,
        allocator: first.allocator,
        shares_integers: first.shares_integers,
        baseline: servers.iter().map(|server| server.beside_keys).sum(),
        slots: None,
    };
    let classes = string_classes(&plan.classes, &plan.capacity.keys);
    Some(together(&classes, &layout, &slots))
}
