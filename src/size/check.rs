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
    /// The thread that executes commands, in cores.
    EngineCpu,
    /// What a burstable type may compute for ever, in cores; other types have no such check.
    CpuCredits,
    /// Offered load within the response time objective, in operations per second.
    ResponseTime,
    /// Into the node, in bytes per second.
    NetworkIn,
    /// Out of the node, in bytes per second.
    NetworkOut,
    /// Open client connections.
    Connections,
}

/// One question to one node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// What is asked for; decides the unit of all figures.
    pub resource: Resource,
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
    /// What the event loop keeps for every connection that the node type allows, open or not.
    #[serde(default)]
    pub descriptors_bytes: Bytes,
    /// What it needs besides, from the reserved part of `maxmemory`; not part of the total.
    #[serde(default)]
    pub reserve: ReserveDemand,
}

impl Resource {
    /// All resources, in the order of checks.
    pub const ALL: [Self; 7] = [
        Self::Memory,
        Self::EngineCpu,
        Self::CpuCredits,
        Self::ResponseTime,
        Self::NetworkIn,
        Self::NetworkOut,
        Self::Connections,
    ];

    /// The words a report prints.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::EngineCpu => "engine CPU",
            Self::CpuCredits => "CPU credits",
            Self::ResponseTime => "response time",
            Self::NetworkIn => "network in",
            Self::NetworkOut => "network out",
            Self::Connections => "connections",
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
            tables_bytes,
            rehash_bytes,
            cluster_bytes,
            connections_bytes,
            replication_bytes,
            latency_tracking_bytes,
            descriptors_bytes,
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
            + descriptors_bytes
    }
}
