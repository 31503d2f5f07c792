//! The rules of a policy by name, and who set each of them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::artifact::Digest;

use super::{Burstable, Policy};

/// One key of `[policy]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Share of the engine's thread.
    EngineCpu,
    /// Share of usable memory.
    Memory,
    /// Share of the network baseline.
    Network,
    /// Share of `maxclients`.
    Connections,
    /// Least share of every limit that stays free.
    MinHeadroom,
    /// Least replicas of each shard.
    MinReplicas,
    /// Whether primary and replica stand in different Availability Zones.
    MultiAz,
    /// Whether every limit holds with a node lost.
    SurviveNodeLoss,
    /// Least shards where there are several.
    MinShards,
    /// Most shards.
    MaxShards,
    /// Most nodes of a cluster.
    MaxNodes,
    /// The only families and node types.
    Allow,
    /// Families and node types that are refused.
    Deny,
    /// The only engines.
    Engines,
    /// What burstable types may be chosen for.
    Burstable,
    /// Months after which a price is refused.
    MaxPriceAge,
    /// What a change has to save.
    WorthwhileSaving,
}

/// Who set a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetBy {
    /// Nobody: it is the default.
    Default,
    /// `[policy]` of the workload file.
    WorkloadFile,
    /// A policy file; what the workload file says instead, where that is something else.
    PolicyFile {
        /// As [`Policy::shown`].
        instead_of: Option<String>,
    },
}

/// Where the rules of a plan come from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyOrigin {
    /// What `[policy]` of the workload file sets.
    pub stated: BTreeSet<Rule>,
    /// The policy file laid over it.
    pub file: Option<PolicyFile>,
}

/// A policy file that a plan was sized by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyFile {
    /// Its `name`.
    pub name: String,
    /// As the user named it.
    pub path: String,
    /// Of its text.
    pub digest: Digest,
    /// What it sets.
    pub sets: BTreeSet<Rule>,
    /// The workload file's own policy, below it.
    pub over: Box<Policy>,
}

impl Rule {
    /// Every rule, in the order of tables.
    pub const ALL: [Self; 17] = [
        Self::EngineCpu,
        Self::Memory,
        Self::Network,
        Self::Connections,
        Self::MinHeadroom,
        Self::MinReplicas,
        Self::MultiAz,
        Self::SurviveNodeLoss,
        Self::MinShards,
        Self::MaxShards,
        Self::MaxNodes,
        Self::Allow,
        Self::Deny,
        Self::Engines,
        Self::Burstable,
        Self::MaxPriceAge,
        Self::WorthwhileSaving,
    ];

    /// Its key in `[policy]`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::EngineCpu => "engine_cpu",
            Self::Memory => "memory",
            Self::Network => "network",
            Self::Connections => "connections",
            Self::MinHeadroom => "min_headroom",
            Self::MinReplicas => "min_replicas",
            Self::MultiAz => "multi_az",
            Self::SurviveNodeLoss => "survive_node_loss",
            Self::MinShards => "min_shards",
            Self::MaxShards => "max_shards",
            Self::MaxNodes => "max_nodes",
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Engines => "engines",
            Self::Burstable => "burstable",
            Self::MaxPriceAge => "max_price_age",
            Self::WorthwhileSaving => "worthwhile_saving",
        }
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.key())
    }
}

impl Policy {
    /// A rule's value as people read it; `none` for a rule that asks for nothing.
    pub fn shown(&self, rule: Rule) -> String {
        let none = || "none".to_owned();
        let yes = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
        let number = |n: Option<u32>| n.map_or_else(none, |n| n.to_string());
        let list = |names: Vec<String>| if names.is_empty() { none() } else { names.join(", ") };
        match rule {
            Rule::EngineCpu => self.engine_cpu.to_string(),
            Rule::Memory => self.memory.to_string(),
            Rule::Network => self.network.to_string(),
            Rule::Connections => self.connections.to_string(),
            Rule::MinHeadroom => self.min_headroom.to_string(),
            Rule::MinReplicas => self.least_replicas().to_string(),
            Rule::MultiAz => if self.multi_az { "required" } else { "as planned" }.to_owned(),
            Rule::SurviveNodeLoss => yes(self.survive_node_loss),
            Rule::MinShards => self.min_shards.to_string(),
            Rule::MaxShards => number(self.max_shards),
            Rule::MaxNodes => number(self.max_nodes),
            Rule::Allow if self.allow.is_empty() => "all".to_owned(),
            Rule::Allow => list(self.allow.clone()),
            Rule::Deny => list(self.deny.clone()),
            Rule::Engines if self.engines.is_empty() => "all".to_owned(),
            Rule::Engines => list(self.engines.iter().map(ToString::to_string).collect()),
            Rule::Burstable => {
                let is = |(_, value): &&(&str, Burstable)| *value == self.burstable;
                Burstable::WORDS.iter().find(is).map_or("", |(word, _)| *word).to_owned()
            }
            Rule::MaxPriceAge => {
                self.max_price_age_months.map_or_else(none, |n| format!("{n} months"))
            }
            Rule::WorthwhileSaving => self.worthwhile_saving.to_string(),
        }
    }

    /// The replicas that a shard has to have at least: one where zones are asked for.
    pub fn least_replicas(&self) -> u32 {
        self.min_replicas.max(u32::from(self.multi_az))
    }
}

impl PolicyOrigin {
    /// Who set a rule of `policy`.
    pub fn set_by(&self, policy: &Policy, rule: Rule) -> SetBy {
        if let Some(file) = self.file.as_ref().filter(|file| file.sets.contains(&rule)) {
            let (own, now) = (file.over.shown(rule), policy.shown(rule));
            return SetBy::PolicyFile { instead_of: (own != now).then_some(own) };
        }
        if self.stated.contains(&rule) || policy.shown(rule) != Policy::default().shown(rule) {
            return SetBy::WorkloadFile;
        }
        SetBy::Default
    }
}
