//! One question to one node, and its answer.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::evidence::Grade;
use crate::model::Estimate;
use crate::units::Bytes;

use super::ReserveDemand;

/// What a node has a limited amount of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// `used_memory`, in bytes.
    Memory,
    /// Values that are not in use, on types with data tiering, in bytes.
    Ssd,
    /// The thread that executes commands, in cores.
    EngineCpu,
    /// What a burstable type may compute for ever, in cores; other types have no such check.
    CpuCredits,
    /// Commands per second, against the most that AWS publishes of any node.
    Throughput,
    /// Offered load within the response time objective, in operations per second.
    ResponseTime,
    /// Into the node, in bytes per second.
    NetworkIn,
    /// Out of the node, in bytes per second.
    NetworkOut,
    /// Packets per second, both ways. AWS limits them and does not publish how many.
    Packets,
    /// Open client connections.
    Connections,
    /// Into a primary whose writes have to survive the shard, in bytes per second.
    DurableWrites,
}

/// In which state of the cluster a question is put.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Every node is there.
    #[default]
    Steady,
    /// One node of the shard is lost and its place not taken yet.
    NodeLost,
}

impl State {
    /// Nodes of a shard that answer, of a primary and so many replicas.
    pub const fn nodes_left(self, replicas: u32) -> u32 {
        match self {
            Self::Steady => replicas.saturating_add(1),
            Self::NodeLost if replicas == 0 => 1,
            Self::NodeLost => replicas,
        }
    }
}

/// One question to one node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What is asked for; decides the unit of all figures.
    pub resource: Resource,
    /// When.
    #[serde(default)]
    pub state: State,
    /// What one shard asks for: the figure that is compared, the upper end where there is an
    /// interval. `None`: not collected.
    pub demand: Option<f64>,
    /// The demand's best figure and its interval, where it has one.
    pub interval: Option<Estimate>,
    /// What the node has. `None`: not collected.
    pub limit: Option<f64>,
    /// What of it the plan may use: the limit less headroom.
    pub allowed: Option<f64>,
    /// Demand ÷ limit. `None` when either is not collected, or the limit is zero.
    pub utilisation: Option<f64>,
    /// How well the weaker of demand and limit is known; [`Grade::NotCollected`] when one is not.
    pub grade: Grade,
    /// How the figures came about, one sentence or two.
    pub note: String,
}

/// One shard's `used_memory` by purpose; the check compares [`Self::total`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct MemoryDemand {
    /// The engine without keys.
    pub baseline_bytes: Bytes,
    /// Keys and values, corrected where law and measurement disagree.
    pub records_bytes: Bytes,
    /// Of these, the characters of values: what data tiering may move; not added again.
    #[serde(default)]
    pub values_bytes: Bytes,
    /// Hash tables.
    pub tables_bytes: Bytes,
    /// Old tables while keys move to larger ones.
    pub rehash_bytes: Bytes,
    /// What cluster mode adds per key and slot.
    pub cluster_bytes: Bytes,
    /// Client connections at work.
    pub connections_bytes: Bytes,
    /// Replication backlog and the connections of replicas.
    pub replication_bytes: Bytes,
    /// Latency histograms of the commands of the mix.
    pub latency_tracking_bytes: Bytes,
    /// Scripts and functions.
    #[serde(default)]
    pub code_bytes: Bytes,
    /// What the event loop keeps for every connection that the node type allows, open or not.
    #[serde(default)]
    pub descriptors_bytes: Bytes,
    /// What the node keeps for the other nodes of its cluster, upper end.
    #[serde(default)]
    pub peers_bytes: Bytes,
    /// What it needs besides, from the reserved part of `maxmemory`; not part of the total.
    #[serde(default)]
    pub reserve: ReserveDemand,
}

impl Resource {
    /// All resources, in the order of checks.
    pub const ALL: [Self; 11] = [
        Self::Memory,
        Self::Ssd,
        Self::EngineCpu,
        Self::CpuCredits,
        Self::Throughput,
        Self::ResponseTime,
        Self::NetworkIn,
        Self::NetworkOut,
        Self::Packets,
        Self::Connections,
        Self::DurableWrites,
    ];

    /// The words a report prints.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Ssd => "SSD",
            Self::EngineCpu => "engine CPU",
            Self::CpuCredits => "CPU credits",
            Self::Throughput => "commands",
            Self::ResponseTime => "response time",
            Self::NetworkIn => "network in",
            Self::NetworkOut => "network out",
            Self::Packets => "packets",
            Self::Connections => "connections",
            Self::DurableWrites => "durable writes",
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

impl Check {
    /// Demand ÷ what is allowed: 1 at the edge, infinite when nothing is allowed; `None` when a
    /// figure is not collected.
    pub fn pressure(&self) -> Option<f64> {
        match (self.demand?, self.allowed?) {
            (demand, _) if demand <= 0.0 => Some(0.0),
            (demand, allowed) => Some(demand / allowed),
        }
    }

    /// Whether demand is known to exceed what is allowed. A check without figures does not fail.
    pub fn fails(&self) -> bool {
        self.pressure().is_some_and(|pressure| pressure > 1.0)
    }

    /// Whether demand is known to stay within what is allowed.
    pub fn passes(&self) -> bool {
        self.pressure().is_some_and(|pressure| pressure <= 1.0)
    }
}

impl MemoryDemand {
    /// All of `used_memory`.
    pub fn total(&self) -> Bytes {
        let Self {
            baseline_bytes,
            records_bytes,
            values_bytes: _,
            tables_bytes,
            rehash_bytes,
            cluster_bytes,
            connections_bytes,
            replication_bytes,
            latency_tracking_bytes,
            code_bytes,
            descriptors_bytes,
            peers_bytes,
            reserve: _,
        } = *self;
        baseline_bytes
            + records_bytes
            + tables_bytes
            + rehash_bytes
            + cluster_bytes
            + connections_bytes
            + replication_bytes
            + latency_tracking_bytes
            + code_bytes
            + descriptors_bytes
            + peers_bytes
    }
}
