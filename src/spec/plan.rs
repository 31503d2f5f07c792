//! A resolved workload file: defaults filled in, contradictions refused.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::EngineVersion;
use crate::units::{Fraction, Micros, OpsPerSec, num};

use super::{
    Buying, ClosedLoop, CollectionPlan, Command, Compression, Encoding, Incumbent, KeyTemplate,
    Origin, Payload, Policy, PolicyOrigin, Pool, Production, Profile, Raw, ReadFrom, Under,
};

/// Keys of one class beyond which nothing is counted any more; no cluster holds so many.
pub const MOST_KEYS: u64 = 1_000_000_000_000_000;

/// Offered loads that [`Levels::Auto`] begins with.
pub(crate) const AUTO_LEVELS: u32 = 8;

/// Levels that a run adds to those, at most, for so many trials: four that were disturbed, three
/// between the highest load that meets the objective and the next, and the further trials of four.
pub(super) const fn most_further(trials: u32) -> u32 {
    7 + 4 * trials.saturating_sub(1)
}

/// Everything a plan is made for. Holds no secret and no address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanSpec {
    /// Names the run and its files.
    pub name: String,
    /// What is stored, in seeding order; at least one, names distinct.
    pub classes: Vec<Class>,
    /// What is asked of it; at least one, weights above zero.
    pub traffic: Vec<Traffic>,
    /// How load is offered while measuring.
    pub load: Load,
    /// What production asks for at its peak.
    pub objective: Objective,
    /// How much production will hold.
    pub capacity: Capacity,
    /// Where and on what it will run.
    pub aws: Aws,
    /// What stands between application and cache; already applied to keys and values.
    #[serde(default)]
    pub framework: Option<Framework>,
    /// How production uses and runs the cluster.
    #[serde(default)]
    pub production: Production,
    /// How full a node may be, and what may be chosen.
    #[serde(default)]
    pub policy: Policy,
    /// Where the application gets what the cache does not have; `None` when it has to hold all keys.
    #[serde(default)]
    pub origin: Option<Origin>,
    /// Whose rules those are.
    #[serde(default)]
    pub policy_origin: PolicyOrigin,
    /// What runs today. `None`: nothing, or it was not given.
    #[serde(default)]
    pub incumbent: Option<Incumbent>,
}

/// A library that changes what reaches the cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framework {
    /// Django's own Redis backend: keys are stored as `<key_prefix>:<version>:<key>`, integers as
    /// decimal text.
    Django {
        /// `KEY_PREFIX`.
        key_prefix: String,
        /// `VERSION`.
        version: u32,
    },
}

/// One kind of stored value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Class {
    /// Distinct within the plan.
    pub name: String,
    /// Keys that are seeded and asked for while measuring; at least 1.
    pub keys: u64,
    /// How key number n is spelled, n from 0.
    pub key: KeyTemplate,
    /// What each key holds where that is not a string but has elements.
    #[serde(default)]
    pub collection: Option<CollectionPlan>,
    /// What a value is, before encoding: under a key, of a field or in a list. Nothing for sets
    /// and sorted sets, as a size of zero.
    pub payload: Payload,
    /// How the application serialises it.
    pub encoding: Encoding,
    /// What is done to the serialised bytes; `None` for nothing.
    #[serde(default)]
    pub compression: Option<Compression>,
    /// Whether plain integers are stored as decimal text instead, neither encoded nor compressed.
    #[serde(default)]
    pub integers_as_text: bool,
    /// Lifetime given at every write; `None` for keys that stay.
    pub ttl_secs: Option<u64>,
    /// Which values are drawn; another seed draws others by the same law.
    #[serde(default)]
    pub seed: u64,
    /// The values that are stored, once they are made; the built-in objects and values of one
    /// size need none.
    #[serde(default)]
    pub pool: Option<Pool>,
}

/// One line of the command mix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Traffic {
    /// Index into [`PlanSpec::classes`].
    pub class: usize,
    /// What is sent.
    pub command: Command,
    /// Relative to the other lines; above zero, finite.
    pub weight: f64,
    /// Which keys are hot.
    pub access: Access,
    /// The key as traffic spells it, where that differs from how the class was seeded.
    pub key: Option<KeyTemplate>,
    /// What a raw command says.
    #[serde(default)]
    pub raw: Option<Raw>,
}

/// The law by which keys are picked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Every key as often as any other.
    Uniform,
    /// Key of rank r in proportion to r^-s, s above zero; ranks are scattered over the keyspace.
    Zipf(f64),
    /// Some keys, scattered over the keyspace, get more than their share; within them and among
    /// the others all keys are alike.
    Hot {
        /// Share of the keys that is hot; above 0, below 1.
        keys: Fraction,
        /// Share of the picks that goes to them; above 0, below 1, not below `keys`.
        traffic: Fraction,
    },
    /// From key 0 on, and over again.
    Sequential,
}

/// How load is offered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// Which offered loads.
    pub levels: Levels,
    /// Length of one level, warm-up included.
    pub step: Duration,
    /// Levels at each of the two loads beside the capacity; at least 1.
    #[serde(default = "one")]
    pub trials: u32,
    /// Connections to the target, or to each primary of a cluster; at least 1.
    pub connections: u32,
    /// Requests in flight on one connection, at most: 1 as pooled clients have it, more as
    /// multiplexed ones; at least 1.
    #[serde(default = "one")]
    pub pipeline: u32,
    /// Generator threads; at least 1.
    #[serde(default = "one")]
    pub threads: u32,
    /// Which nodes of the target answer reads.
    #[serde(default)]
    pub read_from: ReadFrom,
    /// When operations are due.
    pub arrivals: Arrivals,
    /// A closed loop besides, for comparison; `None`: none.
    #[serde(default)]
    pub closed: Option<ClosedLoop>,
}

/// What plans of an earlier version had.
const fn one() -> u32 {
    1
}

/// The offered loads of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Levels {
    /// From light to saturation, found by a short closed-loop probe.
    Auto,
    /// As listed, ascending.
    Listed(Vec<OpsPerSec>),
}

/// The arrival process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arrivals {
    /// Exponential gaps: many independent users.
    Poisson,
    /// Equal gaps.
    Paced,
}

/// What production asks for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// Highest load production sends, over all shards, now.
    pub peak: OpsPerSec,
    /// 99th percentile of response time at that load.
    pub p99_us: Micros,
    /// Load through a day; a day is what costs are counted over.
    #[serde(default)]
    pub profile: Profile,
}

/// What production will hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capacity {
    /// Keys of each class now, in the order of [`PlanSpec::classes`].
    pub keys: Vec<u64>,
    /// Growth of keys and of peak load per month, compound.
    pub growth_per_month: Fraction,
    /// Months the answer has to hold.
    pub horizon_months: u32,
    /// Share of every limit left free at the horizon's peak.
    pub headroom: Fraction,
    /// Replicas of each shard.
    pub replicas: u32,
    /// Whether primary and replica stand in different Availability Zones.
    pub multi_az: bool,
    /// Whether keys may be spread over shards.
    pub cluster_mode: ClusterMode,
    /// Daily backups that are kept, 0 to 35.
    #[serde(default)]
    pub backups_kept_days: u32,
    /// Share of the traffic between clients and nodes that crosses Availability Zones; `None`:
    /// assumed by the layout.
    #[serde(default)]
    pub cross_az_share: Option<Fraction>,
}

/// Whether keys may be spread over shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClusterMode {
    /// Unless the mix has commands over several keys, which cluster mode refuses across slots, so
    /// that the application would have to change.
    Auto,
    /// Yes: clients split commands over several keys.
    Enabled,
    /// No: one shard.
    Disabled,
}

/// Where and on what it will run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aws {
    /// Region code, as in `us-east-1`.
    pub region: String,
    /// Engines to choose from; at least one, each offered by ElastiCache.
    pub engines: Vec<EngineVersion>,
    /// Which node families to choose from.
    pub families: Families,
    /// By which price layouts are ranked.
    #[serde(default)]
    pub purchase: Buying,
}

/// A choice of node families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Families {
    /// Those AWS sells to new clusters.
    Current,
    /// Previous generations as well.
    All,
}

impl PlanSpec {
    /// Keys that are seeded, over all classes.
    pub fn n_keys(&self) -> u64 {
        self.classes.iter().map(|class| class.keys).sum()
    }

    /// Commands that an operation of the mix takes on average.
    pub fn commands_per_operation(&self) -> f64 {
        let total: f64 = self.traffic.iter().map(|line| line.weight).sum();
        let commands = |line: &Traffic| line.weight * num::float(line.command.n_commands());
        self.traffic.iter().map(commands).sum::<f64>() / total
    }

    /// Whether the plan may spread keys over shards.
    pub fn allows_shards(&self) -> bool {
        match self.capacity.cluster_mode {
            ClusterMode::Auto => self.traffic.iter().all(|line| line.command.keys_named() <= 1),
            ClusterMode::Enabled => true,
            ClusterMode::Disabled => false,
        }
    }

    /// What keys and peak have grown to that many months from now, as a factor of now.
    pub fn growth_in(&self, months: u32) -> f64 {
        let months = i32::try_from(months).unwrap_or(i32::MAX);
        (1.0 + self.capacity.growth_per_month.get()).powi(months)
    }

    /// What keys and peak have grown to at the horizon, as a factor of now.
    pub fn growth_factor(&self) -> f64 {
        self.growth_in(self.capacity.horizon_months)
    }

    /// Today's keys of each class times a factor, rounded up, each at most [`MOST_KEYS`].
    pub fn keys_times(&self, factor: f64) -> Vec<u64> {
        let most = num::float(MOST_KEYS);
        let grown = |keys: &u64| num::ceil((num::float(*keys) * factor).min(most));
        self.capacity.keys.iter().map(grown).collect()
    }

    /// Keys of each class at the horizon.
    pub fn keys_at_horizon(&self) -> Vec<u64> {
        self.keys_times(self.growth_factor())
    }

    /// How a line of the mix is named in tables: `claims get`, `m2m mget 20`.
    pub fn label(&self, traffic: &Traffic) -> String {
        let class = &self.classes[traffic.class].name;
        let command = traffic.command.word();
        match traffic.command {
            Command::Mget(n)
            | Command::Mset(n)
            | Command::Zrange(Some(n))
            | Command::Lrange(Some(n)) => {
                format!("{class} {command} {n}")
            }
            _ => {
                let raw = traffic.raw.as_ref().map(|raw| raw.command().to_lowercase());
                format!("{class} {}", raw.as_deref().unwrap_or(command))
            }
        }
    }
}

impl Traffic {
    /// What has to stand under its keys.
    pub fn asks_for(&self) -> Under {
        self.raw.as_ref().map_or_else(|| self.command.asks_for(), Raw::asks_for)
    }

    /// The template traffic spells keys with.
    pub fn key_template<'a>(&'a self, class: &'a Class) -> &'a KeyTemplate {
        self.key.as_ref().unwrap_or(&class.key)
    }

    /// Whether every key it reads was seeded, so that a miss is a fault of the plan.
    pub fn reads_seeded_keys(&self, class: &Class) -> bool {
        self.key.as_ref().is_none_or(|key| *key == class.key)
    }
}
