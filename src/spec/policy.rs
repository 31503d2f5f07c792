//! Rules of a company or a team about how full a node may be. Reads `[policy]`.

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::DeValue;

use crate::units::Fraction;

use super::reader::Table;

/// How far each limit may be used, before headroom comes off, and what a layout has to survive.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Of the engine's thread. Default 90 %, AWS's alarm line: limits.csv, `threshold_engine_cpu`.
    pub engine_cpu: Fraction,
    /// Of what `maxmemory` leaves beside the reserve. Default 100 %: the reserve is AWS's margin.
    pub memory: Fraction,
    /// Of the network baseline. Default 100 %: limits.csv, `threshold_network_baseline`.
    pub network: Fraction,
    /// Of `maxclients`. Default 100 %.
    pub connections: Fraction,
    /// Whether every limit has to hold with one node of a shard lost, where it has replicas.
    /// Default yes. Source: limits.csv, `ha_min_replicas`.
    pub survive_node_loss: bool,
    /// What burstable types may be chosen for. Default: single shards.
    pub burstable: Burstable,
    /// What a change has to save of the bill of what runs today to be worth it. Default 5 %,
    /// chosen: what Netflix's planner asks for before it leaves a family of instances.
    pub worthwhile_saving: Fraction,
}

/// What burstable types may be chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Burstable {
    /// Nothing.
    Never,
    /// Clusters of one shard: dozens of the smallest nodes are cheap by the byte and dear to run.
    SingleShard,
    /// Any layout.
    Always,
}

impl Burstable {
    /// As the workload file spells them.
    pub const WORDS: [(&'static str, Self); 3] =
        [("never", Self::Never), ("single-shard", Self::SingleShard), ("always", Self::Always)];
}

impl Default for Policy {
    fn default() -> Self {
        let percent = |n| Fraction::from_percent(n).expect("a percentage");
        Self {
            engine_cpu: percent(90),
            memory: Fraction::ONE,
            network: Fraction::ONE,
            connections: Fraction::ONE,
            survive_node_loss: true,
            burstable: Burstable::SingleShard,
            worthwhile_saving: percent(5),
        }
    }
}

pub(super) fn policy(table: &Table<'_, '_>) -> Option<Policy> {
    let by_default = Policy::default();
    let engine_cpu = limit(table, "engine_cpu", by_default.engine_cpu);
    let memory = limit(table, "memory", by_default.memory);
    let network = limit(table, "network", by_default.network);
    let connections = limit(table, "connections", by_default.connections);
    let survive_node_loss = match table.get("survive_node_loss") {
        None => Some(by_default.survive_node_loss),
        Some(value) => flag(table, "survive_node_loss", value),
    };
    let burstable = match table.get("burstable") {
        None => Some(by_default.burstable),
        Some(value) => table.word("burstable", value, &Burstable::WORDS),
    };
    let worthwhile_saving = match table.get("worthwhile_saving") {
        None => Some(by_default.worthwhile_saving),
        Some(value) => {
            table.quantity::<Fraction>("worthwhile_saving", value).map(|(share, _)| share)
        }
    };
    Some(Policy {
        engine_cpu: engine_cpu?,
        memory: memory?,
        network: network?,
        connections: connections?,
        survive_node_loss: survive_node_loss?,
        burstable: burstable?,
        worthwhile_saving: worthwhile_saving?,
    })
}

/// A share of a limit that may be used; none of it would refuse every layout.
fn limit(table: &Table<'_, '_>, key: &'static str, by_default: Fraction) -> Option<Fraction> {
    let Some(value) = table.get(key) else { return Some(by_default) };
    let (share, span) = table.quantity::<Fraction>(key, value)?;
    let fits = share > Fraction::ZERO;
    if !fits {
        table.problem(&span, format!("`{key}` must be above 0%"));
    }
    fits.then_some(share)
}

fn flag(table: &Table<'_, '_>, key: &str, value: &Spanned<DeValue<'_>>) -> Option<bool> {
    let flag = value.get_ref().as_bool();
    if flag.is_none() {
        table.problem(&value.span(), format!("`{key}` must be true or false"));
    }
    flag
}
