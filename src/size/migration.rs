//! The way from what runs today to another layout, as far as AWS documents one. Source: MODEL.md
//! §3.9; the facts are rows of limits.csv, each step names its own.

use serde::{Deserialize, Serialize};

use crate::catalog::NodeType;
use crate::engine::{EngineVersion, Product};
use crate::units::{Bytes, Fraction};

use super::Layout;

/// One end of the way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) node: &'a NodeType,
    pub(super) engine: EngineVersion,
    pub(super) layout: Layout,
}

/// What moving it depends on, of the fuller shards of what runs today.
#[derive(Debug, Clone, Copy)]
pub(super) struct Burden {
    /// `used_memory` of a shard.
    pub(super) used: Bytes,
    /// What a shard may use.
    pub(super) usable: Bytes,
    /// Of the engine's thread, at today's peak. `None`: not collected.
    pub(super) engine_cpu: Option<f64>,
}

/// How to get there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Migration {
    /// Why it cannot be done on the running cluster; `None` where it can.
    pub rebuild: Option<Rebuild>,
    /// In this order.
    pub steps: Vec<Step>,
}

/// What AWS does not change on a running cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rebuild {
    /// To data tiering, by a backup.
    IntoDataTiering,
    /// From data tiering, whose backups only such nodes read.
    OutOfDataTiering,
    /// To an older version, or from Valkey to Redis OSS.
    Downgrade,
    /// From cluster mode enabled to disabled.
    OutOfClusterMode,
    /// To cluster mode, with Redis OSS older than 7.0, by a backup.
    OldClusterMode,
    /// Neither engine runs on both node types, by a backup.
    NoCommonEngine,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What is changed.
    pub change: Change,
    /// How long requests fail, as AWS puts it.
    pub interruption: Interruption,
    /// What has to hold before, and whether it does; `None` where a figure is not collected.
    pub conditions: Vec<Condition>,
    /// The row of limits.csv that it rests on.
    pub row: String,
}

/// What is changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Replicas of each shard.
    Replicas {
        /// Before.
        from: u32,
        /// After.
        to: u32,
    },
    /// Engine or version, in place.
    Engine {
        /// Before.
        from: EngineVersion,
        /// After.
        to: EngineVersion,
    },
    /// Cluster mode from disabled to compatible: clients may speak either protocol.
    ClusterModeCompatible,
    /// Cluster mode from compatible to enabled, once every client speaks the cluster protocol.
    ClusterModeEnabled,
    /// Shards, online.
    Shards {
        /// Before.
        from: u32,
        /// After.
        to: u32,
        /// What moves between shards, about.
        #[serde(rename = "moved_bytes")]
        moved: Bytes,
    },
    /// Node type, online.
    NodeType {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// The parameter group.
    ReservedMemory {
        /// `reserved-memory-percent`.
        to: Fraction,
    },
    /// A new cluster from a backup of the old one.
    RestoreBackup,
    /// A new, empty cluster that the application fills.
    FillAnew,
    /// The application moves to the new endpoints and the old cluster is deleted.
    SwitchEndpoints,
}

/// How long requests fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interruption {
    /// None, AWS says.
    None,
    /// About so many seconds, AWS estimates.
    Secs(u32),
    /// "A few seconds", without a number.
    FewSeconds,
    /// As long as the change takes: the one node is not available.
    Throughout,
    /// From the backup on, writes to the old cluster are lost.
    SinceBackup,
    /// Misses until the new cluster is filled.
    Misses,
    /// AWS publishes none.
    NotPublished,
}

/// What has to hold before a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// CPU stays below this while slots move.
    Cpu {
        /// Share of the engine's thread at today's peak. `None`: not collected.
        now: Option<f64>,
        /// What AWS advises.
        below: Fraction,
    },
    /// Free memory of the shards that stay, against what the others hold.
    FreeMemory {
        /// Free on the shards that stay.
        #[serde(rename = "free_bytes")]
        free: Bytes,
        /// 1.5 times what the others hold.
        #[serde(rename = "needed_bytes")]
        needed: Bytes,
    },
    /// All keys are in database 0.
    DatabaseZero,
}

/// Advised CPU while slots move, nodes of several vCPUs. Source: limits.csv, `resharding_cpu`.
const RESHARDING_CPU: u8 = 80;
/// The same on nodes of one. Source: limits.csv, `resharding_cpu_single_core`.
const RESHARDING_CPU_SINGLE: u8 = 50;
/// Free memory over what moves, when shards are removed. Source: limits.csv, `scale_in_memory`.
const SCALE_IN_MEMORY: f64 = 1.5;
/// A node type is changed below a single node. Source: limits.csv, `node_change_single`.
const SINGLE_NODE_SECS: u32 = 60;
/// The same with replicas or cluster mode. Source: limits.csv, `node_change_replicated`.
const REPLICATED_SECS: u32 = 1;
/// Cluster mode can be changed from these on. Source: limits.csv, `cluster_mode_change`.
const CLUSTER_MODE_REDIS: (u16, u16) = (7, 0);

impl Condition {
    /// Whether it holds; `None` where that is not known.
    pub fn holds(&self) -> Option<bool> {
        match self {
            Self::Cpu { now, below } => now.map(|now| now < below.get()),
            Self::FreeMemory { free, needed } => Some(free >= needed),
            Self::DatabaseZero => None,
        }
    }
}

/// The way from `from` to `to`; no steps when they are the same.
///
/// * `reserved`: the reserve to set, where it is not the default.
pub(super) fn migration(
    from: Place<'_>,
    to: Place<'_>,
    burden: Burden,
    reserved: Option<Fraction>,
) -> Migration {
    let rebuild = rebuild(from, to);
    let mut steps = match rebuild {
        Some(why) => new_cluster(why),
        None => in_place(from, to, burden),
    };
    if let Some(to) = reserved {
        steps
            .insert(0, step(Change::ReservedMemory { to }, Interruption::None, "parameter_change"));
    }
    Migration { rebuild, steps }
}

fn rebuild(from: Place<'_>, to: Place<'_>) -> Option<Rebuild> {
    let is_tiered = |place: Place<'_>| place.node.data_tiering_bytes.is_some();
    if is_tiered(from) && !is_tiered(to) {
        return Some(Rebuild::OutOfDataTiering);
    }
    let is_older = match (from.engine.product, to.engine.product) {
        (Product::Valkey, Product::Redis) => true,
        (Product::Redis, Product::Valkey) => false,
        _ => to.engine.number() < from.engine.number(),
    };
    if is_older {
        return Some(Rebuild::Downgrade);
    }
    if from.layout.cluster_mode && !to.layout.cluster_mode {
        return Some(Rebuild::OutOfClusterMode);
    }
    if !is_tiered(from) && is_tiered(to) {
        return Some(Rebuild::IntoDataTiering);
    }
    let is_old = to.engine.product == Product::Redis && to.engine.number() < CLUSTER_MODE_REDIS;
    if !from.layout.cluster_mode && to.layout.cluster_mode && is_old {
        return Some(Rebuild::OldClusterMode);
    }
    let has_common = from.node.supports(to.engine).is_ok() || to.node.supports(from.engine).is_ok();
    (!has_common).then_some(Rebuild::NoCommonEngine)
}

/// Where AWS changes nothing in place: by a backup where the new cluster reads it.
fn new_cluster(why: Rebuild) -> Vec<Step> {
    let by_backup = |row| step(Change::RestoreBackup, Interruption::SinceBackup, row);
    let anew = |row| step(Change::FillAnew, Interruption::Misses, row);
    let first = match why {
        Rebuild::IntoDataTiering => by_backup("data_tiering_migration"),
        Rebuild::OutOfDataTiering => anew("data_tiering_migration"),
        Rebuild::Downgrade => anew("engine_downgrade"),
        Rebuild::OutOfClusterMode => anew("cluster_mode_change"),
        Rebuild::OldClusterMode | Rebuild::NoCommonEngine => by_backup("offline_change"),
    };
    vec![first, step(Change::SwitchEndpoints, Interruption::NotPublished, "offline_change")]
}

/// One change after another on the running cluster.
fn in_place(from: Place<'_>, to: Place<'_>, burden: Burden) -> Vec<Step> {
    let mut steps = Vec::new();
    let (old, new) = (from.layout, to.layout);
    let changes_mode = !old.cluster_mode && new.cluster_mode;
    // A change of cluster mode needs a replica, and so does Redis OSS on its way to Valkey.
    let needs_replica = changes_mode || from.engine.product != to.engine.product;
    let during = old.replicas.max(new.replicas).max(u32::from(needs_replica));
    let replicas =
        |from, to| step(Change::Replicas { from, to }, Interruption::None, "replica_change");
    if during > old.replicas {
        steps.push(replicas(old.replicas, during));
    }
    let is_alone = during == 0 && !old.cluster_mode;
    let node = (from.node.name != to.node.name).then(|| {
        let secs = if is_alone { SINGLE_NODE_SECS } else { REPLICATED_SECS };
        let row = if is_alone { "node_change_single" } else { "node_change_replicated" };
        let (from, to) = (from.node.name.clone(), to.node.name.clone());
        step(Change::NodeType { from, to }, Interruption::Secs(secs), row)
    });
    let node_first = from.node.supports(to.engine).is_err();
    if node_first {
        steps.extend(node.clone());
    }
    if from.engine != to.engine {
        let interruption =
            if during == 0 { Interruption::Throughout } else { Interruption::FewSeconds };
        let row = if from.engine.product == to.engine.product {
            "engine_upgrade"
        } else {
            "engine_change"
        };
        steps.push(step(Change::Engine { from: from.engine, to: to.engine }, interruption, row));
    }
    if changes_mode {
        let mut compatible =
            step(Change::ClusterModeCompatible, Interruption::NotPublished, "cluster_mode_change");
        compatible.conditions.push(Condition::DatabaseZero);
        steps.push(compatible);
        steps.push(step(
            Change::ClusterModeEnabled,
            Interruption::NotPublished,
            "cluster_mode_change",
        ));
    }
    let shards = (old.shards != new.shards).then(|| shards(from, to, burden));
    let node = node.filter(|_| !node_first);
    // What lies between has the more memory of the two.
    let memory = |node: &NodeType, shards: u32| node.maxmemory_bytes.float() * f64::from(shards);
    if memory(from.node, new.shards) >= memory(to.node, old.shards) {
        steps.extend(shards.into_iter().chain(node));
    } else {
        steps.extend(node.into_iter().chain(shards));
    }
    if during > new.replicas {
        steps.push(replicas(during, new.replicas));
    }
    steps
}

fn shards(from: Place<'_>, to: Place<'_>, burden: Burden) -> Step {
    let (old, new) = (from.layout.shards, to.layout.shards);
    let (fewer, more) = (f64::from(old.min(new)), f64::from(old.max(new)));
    let all = burden.used.scale(f64::from(old));
    // Even shares before and after: what is not on a shard that it was on.
    let moved = all.scale(1.0 - fewer / more);
    let change = Change::Shards { from: old, to: new, moved };
    let mut step = step(change, Interruption::None, "resharding");
    let below = if from.node.vcpus > 1 { RESHARDING_CPU } else { RESHARDING_CPU_SINGLE };
    let below = Fraction::from_percent(below).expect("a percentage");
    step.conditions.push(Condition::Cpu { now: burden.engine_cpu, below });
    if new < old {
        let free = burden.usable.saturating_sub(burden.used).scale(f64::from(new));
        let needed = burden.used.scale(SCALE_IN_MEMORY * f64::from(old - new));
        step.conditions.push(Condition::FreeMemory { free, needed });
    }
    step
}

fn step(change: Change, interruption: Interruption, row: &str) -> Step {
    Step { change, interruption, conditions: Vec::new(), row: row.to_owned() }
}

#[cfg(test)]
#[path = "tests/migration.rs"]
mod tests;
