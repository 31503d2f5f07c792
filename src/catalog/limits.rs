//! Service limits, defaults, thresholds and claims, each with its source.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::{EngineVersion, Product};
use crate::units::{Bytes, Fraction, OpsPerSec};

use super::node_type::NodeType;

/// What a plan must keep to, and the figures AWS publishes around it.
/// Source: instance-catalog/limits.csv; each field is the row of the same or the given name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Limits {
    /// `reserved_memory_percent_default`: the reserve of default parameter groups.
    pub reserved_memory_default: Sourced<Fraction>,
    /// `…_recommended_small_burstable`: up to this much on `t*.small`.
    pub reserved_memory_small_burstable: Sourced<Fraction>,
    /// `…_recommended_micro_burstable`: up to this much on `t*.micro`.
    pub reserved_memory_micro_burstable: Sourced<Fraction>,
    /// `…_recommended_data_tiering_write_heavy`: up to this much on r6gd.
    pub reserved_memory_data_tiering: Sourced<Fraction>,
    /// `nodes_per_cluster_default_quota`: primaries and replicas of one cluster.
    pub nodes_per_cluster_default_quota: Sourced<u32>,
    /// `nodes_per_cluster_max`: the same, after the quota was raised.
    pub nodes_per_cluster_max: Sourced<u32>,
    /// `nodes_per_region_quota`: non-reserved nodes of all clusters in a Region.
    pub nodes_per_region_quota: Sourced<u32>,
    /// `replicas_per_shard_max`.
    pub replicas_per_shard_max: Sourced<u32>,
    /// `monitoring_connections_used_by_elasticache`: connections a node spends on its own monitoring.
    pub monitoring_connections: Sourced<u32>,
    /// `replica_output_buffer_percent`: of `maxmemory`, for one replica.
    pub replica_output_buffer: Sourced<Fraction>,
    /// `threshold_engine_cpu_sizing_action`: sustained `EngineCPUUtilization` that asks for shards.
    pub engine_cpu_sizing_action: Sourced<Fraction>,
    /// `threshold_memory_warn`: `DatabaseMemoryUsagePercentage` to warn at.
    pub memory_warn: Sourced<Fraction>,
    /// `threshold_memory_critical`: the same, to act at.
    pub memory_critical: Sourced<Fraction>,
    /// `threshold_memory_plan`: plans that fill more of a node are refused by AWS's sample tool.
    pub memory_plan: Sourced<Fraction>,
    /// `throughput_claim_redis_7_1`: operations per second of one large node, over.
    pub node_throughput_claim: Sourced<OpsPerSec>,
    /// `throughput_claim_graviton3`: more throughput than Graviton2, up to.
    pub graviton3_gain_claim: Sourced<Fraction>,
    /// `throughput_claim_graviton4`: more throughput than Graviton3, up to.
    pub graviton4_gain_claim: Sourced<Fraction>,
    /// `durability_write_cap`: MiB per second that one primary of a durable cluster takes.
    pub durable_writes: Sourced<f64>,
    /// `durability_families`: families of the node types of durable clusters, as in `r7g`.
    pub durable_families: Sourced<Vec<String>>,
    /// `serverless_max_data`: of one cache.
    pub serverless_data_max: Sourced<Bytes>,
    /// `serverless_max_ecpu_per_second`: of one cache, ECPU per second.
    pub serverless_ecpu_per_sec_max: Sourced<OpsPerSec>,
    /// `serverless_instant_capacity_empty_cache`: ECPU per second before any scaling.
    pub serverless_ecpu_per_sec_instant: Sourced<OpsPerSec>,
    /// `maxclients_serverless`: connections of one cache.
    pub serverless_maxclients: Sourced<u32>,
    pub(super) engine_cpu: Sourced<Fraction>,
    pub(super) host_cpu_of_one_vcpu: Sourced<Fraction>,
    pub(super) repl_backlog_older: Sourced<Bytes>,
    pub(super) repl_backlog_valkey_8: Sourced<Bytes>,
    pub(super) rows: BTreeMap<String, Limit>,
}

/// A figure with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sourced<T> {
    /// The figure.
    pub value: T,
    /// How binding it is.
    pub kind: LimitKind,
    /// Keys of sources.csv.
    pub source: Vec<String>,
}

/// One row of limits.csv.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// The figure or words.
    pub value: LimitValue,
    /// The figure's unit.
    pub unit: LimitUnit,
    /// How binding it is.
    pub kind: LimitKind,
    /// To what, and under which conditions.
    pub applies_to: String,
    /// Keys of sources.csv.
    pub source: Vec<String>,
}

/// A figure, or words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LimitValue {
    /// Zero or above, in the row's unit.
    Number(f64),
    /// For rows whose unit is `text`.
    Text(String),
}

/// How binding a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitKind {
    /// What the service does or charges, from AWS documentation.
    Service,
    /// What AWS documentation recommends.
    Guidance,
    /// What AWS's sample tools use; not a service limit.
    Heuristic,
    /// A performance figure under conditions AWS chose, mostly "up to".
    Claim,
    /// Computed from the catalog's prices.
    Computed,
}

/// The units of limits.csv.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitUnit {
    /// 1/100.
    Percent,
    /// 1/100, to be divided by the node's vCPUs.
    PercentDividedByVcpus,
    /// A factor.
    Times,
    /// 1.
    Bytes,
    /// 2^20 bytes.
    Mib,
    /// 2^30 bytes.
    Gib,
    /// 2^20 bytes per second.
    MibPerSec,
    /// Operations per second.
    OpsPerSec,
    /// Serverless processing units per second.
    EcpuPerSec,
    /// Client connections.
    Connections,
    /// Nodes.
    Nodes,
    /// Shards.
    Shards,
    /// Replicas.
    Replicas,
    /// Hours.
    Hours,
    /// Microseconds.
    Micros,
    /// No unit: words.
    Text,
}

/// The CPU metric AWS says to watch on a node type, and how far it may go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CpuLimit {
    /// The metric.
    pub metric: CpuMetric,
    /// How far it may go.
    pub at_most: Sourced<Fraction>,
}

/// A CPU metric of ElastiCache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CpuMetric {
    /// Of the engine's main thread.
    #[serde(rename = "EngineCPUUtilization")]
    Engine,
    /// Of the whole host.
    #[serde(rename = "CPUUtilization")]
    Host,
}

/// Nodes up to this size are watched by host CPU. Source: limits.csv, `threshold_host_cpu_small_nodes`.
const SMALL_NODE_VCPUS: u16 = 2;

impl Limits {
    /// The CPU limit of a node type: the engine thread's from 4 vCPUs on, the host's, 90 % divided
    /// by the vCPUs, below. Source: L13.
    pub fn cpu(&self, node: &NodeType) -> CpuLimit {
        if node.vcpus > SMALL_NODE_VCPUS {
            return CpuLimit { metric: CpuMetric::Engine, at_most: self.engine_cpu.clone() };
        }
        let share = self.host_cpu_of_one_vcpu.value.get() / f64::from(node.vcpus);
        let value = Fraction::new(share).expect("a share divided by one or more is a share");
        let at_most = Sourced { value, ..self.host_cpu_of_one_vcpu.clone() };
        CpuLimit { metric: CpuMetric::Host, at_most }
    }

    /// The default of `repl-backlog-size`. Rows `repl_backlog_size_default` and `…_valkey_8`.
    pub fn repl_backlog_size(&self, engine: EngineVersion) -> &Sourced<Bytes> {
        if engine.product == Product::Valkey && engine.major >= 8 {
            &self.repl_backlog_valkey_8
        } else {
            &self.repl_backlog_older
        }
    }

    /// Any row of limits.csv by its name.
    pub fn get(&self, name: &str) -> Option<&Limit> {
        self.rows.get(name)
    }

    /// Every row by its name, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Limit)> {
        self.rows.iter().map(|(name, limit)| (name.as_str(), limit))
    }

    pub(super) const COLUMNS: [&'static str; 6] =
        ["name", "value", "unit", "kind", "applies_to", "source"];
}
