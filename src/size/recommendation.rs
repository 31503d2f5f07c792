//! What comes out of sizing, artifact `05-recommendation`. Values only.

use serde::{Deserialize, Serialize};

use crate::catalog::{Date, Price, Region, Unpriced, Unsupported};
use crate::engine::EngineVersion;
use crate::evidence::Grade;
use crate::model::Estimate;
use crate::spec::Rule;
use crate::units::{Fraction, OpsPerSec, Usd, UsdPerHour};

use super::{
    Alternative, Bound, Caveat, Check, Clock, Costs, MemoryDemand, Misses, NextStep, Resource,
    Running, Uncertainty, WhatIf, WouldFit,
};

/// Which cluster to provision, and why not any other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recommendation {
    /// Where the prices are from.
    pub region: Region,
    /// What production asks for now.
    pub today: Moment,
    /// What it asks for at the horizon, which the answer has to carry.
    pub horizon: Moment,
    /// The cheapest layout that fits; `None` when none fits, or none that fits has a price.
    pub chosen: Option<Choice>,
    /// The next cheapest of other node types, at most five, ascending price.
    pub runners_up: Vec<RunnerUp>,
    /// Every node type with every engine asked for: ascending family and size, engines in the
    /// order of the plan.
    pub candidates: Vec<Candidate>,
    /// How sure the answer is; `None` where nothing was chosen.
    #[serde(default)]
    pub uncertainty: Option<Uncertainty>,
    /// The answers for other keys, peaks and headroom; `None` in runs of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what_if: Option<WhatIf>,
    /// What to doubt, most weighty first.
    pub caveats: Vec<Caveat>,
    /// What holding less than every key would save; `None` for a plan without an origin.
    #[serde(default)]
    pub misses: Option<Misses>,
    /// What runs today, against the chosen layout. `None`: the plan names nothing.
    #[serde(default)]
    pub incumbent: Option<Running>,
    /// What the answer costs in every way to buy it; `None` in runs of earlier versions.
    #[serde(default)]
    pub costs: Option<Costs>,
}

/// What production asks of the whole cluster at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// Months from now.
    pub month: u32,
    /// Keys of each class, in the plan's order.
    pub keys: Vec<u64>,
    /// Highest load, over all shards.
    pub peak: OpsPerSec,
}

/// The layout to provision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// As in `cache.r7g.large`.
    pub node_type: String,
    /// What it runs.
    pub engine: EngineVersion,
    /// How many of it.
    pub layout: Layout,
    /// What it costs.
    pub bill: Bill,
    /// Per shard at the horizon; in the order of [`Resource`].
    pub checks: Vec<Check>,
    /// The same with one node of the shard lost; empty where that is not asked for.
    #[serde(default)]
    pub checks_node_lost: Vec<Check>,
    /// Per shard today; in the order of [`Resource`].
    pub checks_today: Vec<Check>,
    /// The check of the horizon that is nearest to what it allows.
    pub binding: Resource,
    /// One shard's `used_memory` by purpose at the horizon.
    pub memory: MemoryDemand,
    /// One shard's `used_memory` by purpose today.
    pub memory_today: MemoryDemand,
    /// `reserved-memory-percent` to set, a whole percentage: the default, or what the horizon's
    /// writes need where that is more. The memory check counts on it.
    #[serde(default = "default_reserve")]
    pub reserved: Fraction,
    /// How the CPU of the measured machine was carried over.
    pub transfer: Transfer,
    /// The 99th percentile of response time to expect at the horizon's peak, µs. `None`: beyond the
    /// levels measured.
    #[serde(default)]
    pub p99_us: Option<Estimate>,
    /// When the layout stops fitting.
    pub flips: FlipPoints,
    /// Between which figures it stays the answer, and what the answer is beyond them.
    #[serde(default)]
    pub bounds: Vec<Bound>,
    /// The next smaller node type in the same layout, and what it fails by; `None` when none costs
    /// less.
    #[serde(default)]
    pub undersized: Option<Undersized>,
    /// What the answer is when twice as much has to be carried.
    #[serde(default)]
    pub next: Vec<NextStep>,
    /// When growth reaches its limits.
    #[serde(default)]
    pub clock: Clock,
}

/// What every choice counted on before it was calculated: AWS's default.
fn default_reserve() -> Fraction {
    Fraction::from_percent(25).expect("a percentage")
}

/// A node type that costs less than the chosen one and does not carry the plan in its layout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Undersized {
    /// As in `cache.r7g.large`.
    pub node_type: String,
    /// What as many nodes of it cost.
    #[serde(rename = "monthly_nano_usd")]
    pub monthly: Usd,
    /// The check of the horizon that is farthest beyond what it allows.
    pub failed: Check,
}

/// A layout that fits and costs no less than the chosen one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunnerUp {
    /// As in `cache.r7g.large`.
    pub node_type: String,
    /// What it runs.
    pub engine: EngineVersion,
    /// How many of it.
    pub layout: Layout,
    /// What it costs.
    pub bill: Bill,
    /// The check of the horizon that is nearest to what it allows.
    pub binding: Resource,
    /// What it costs more than the chosen one, per month.
    #[serde(rename = "dearer_by_nano_usd")]
    pub dearer_by: Usd,
}

/// One node type with one engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// As in `cache.r7g.large`.
    pub node_type: String,
    /// What it would run.
    pub engine: EngineVersion,
    /// What became of it.
    pub outcome: Outcome,
    /// The checks of a single shard at the horizon, in the order of [`Resource`]; empty where
    /// nothing was checked.
    pub single_shard: Vec<Check>,
    /// Of those that fail, the one farthest beyond what it allows; `None` when one shard does.
    pub first_shortfall: Option<Check>,
    /// What would make it fit; `None` where it does, where nothing was checked, or where no smaller
    /// figure alone would.
    #[serde(default)]
    pub would_fit: Option<WouldFit>,
    /// Probability that its layout passes no limit at the horizon. `None` where none was found.
    #[serde(default)]
    pub fits_probability: Option<f64>,
    /// Why it is not the answer; `None` for the one that is.
    pub not_chosen: Option<NotChosen>,
}

/// What became of a candidate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every check passes or lacks a figure.
    Fits {
        /// The smallest shard count that does.
        layout: Layout,
        /// Per shard at the horizon, in the order of [`Resource`].
        checks: Vec<Check>,
        /// What it costs.
        bill: Bill,
    },
    /// It fits, but no price of it is known in the Region; it may not be sold there.
    FitsUnpriced {
        /// The smallest shard count that does.
        layout: Layout,
        /// Per shard at the horizon, in the order of [`Resource`].
        checks: Vec<Check>,
        /// What is missing.
        unpriced: Unpriced,
    },
    /// No shard count within the quota passes every check.
    TooSmall {
        /// The shard count whose worst check fails by least.
        layout: Layout,
        /// Per shard at the horizon, in the order of [`Resource`].
        checks: Vec<Check>,
        /// The worst of them.
        rejected_by: Check,
    },
    /// The engine does not run on it.
    Unsupported(Unsupported),
    /// It was not considered.
    NotOffered(NotOffered),
}

/// Why a node type was not considered, or not chosen by a rule of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotOffered {
    /// AWS counts it as a previous generation and the plan asks for current families.
    PreviousGeneration,
    /// AWS creates no new clusters on it.
    ClosedToNewClusters,
    /// It is burstable, and the policy chooses no such types.
    Burstable,
    /// The plan asks for durable writes, which need Valkey 9.0 or newer, Multi-AZ with a replica, and
    /// TLS.
    NotDurable,
    /// The plan asks for durable writes, which other families have.
    NotDurableFamily {
        /// These.
        families: Vec<String>,
    },
    /// The policy's `deny` names it.
    Denied {
        /// Its entry: the type or its family.
        entry: String,
    },
    /// The policy's `allow` does not name it.
    NotAllowed {
        /// What it names.
        allowed: Vec<String>,
    },
    /// The policy's `engines` do not name the engine.
    EngineNotAllowed {
        /// What they name.
        allowed: Vec<String>,
    },
    /// It fits in no layout that the policy allows, but in this one.
    LayoutRefused {
        /// The rule that refuses the layout.
        rule: Rule,
        /// What the rule allows: least or most shards, or most nodes.
        allowed: u32,
        /// The smallest layout that would fit.
        layout: Layout,
    },
    /// The policy's `max_price_age` refuses its price.
    PriceTooOld {
        /// When it was read. `None`: nobody wrote that down.
        date: Option<Date>,
        /// The newest price of the catalog.
        newest: Date,
        /// How many months older it may be.
        months: u32,
    },
}

/// Why a candidate is not the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotChosen {
    /// It fits and costs more.
    Dearer {
        /// Per month.
        #[serde(rename = "by_nano_usd")]
        by: Usd,
    },
    /// It fits and costs the same, but has more shards, is of an older generation, or comes later
    /// in the plan's list of engines or in the alphabet.
    SamePrice,
    /// It fits, but no price of it is known.
    Unpriced,
    /// It fits at no shard count; this check fails.
    TooSmall {
        /// The worst check at the shard count that fails by least.
        check: Check,
    },
    /// The engine does not run on it.
    Unsupported(Unsupported),
    /// It was not considered.
    NotOffered(NotOffered),
}

/// How a cluster is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Layout {
    /// Node groups; one or more.
    pub shards: u32,
    /// Replicas of each.
    pub replicas: u32,
    /// Primaries and replicas together.
    pub nodes: u32,
    /// Whether cluster mode is enabled: exactly when there are several shards.
    pub cluster_mode: bool,
}

/// What a layout costs, bought as the plan says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// All nodes.
    #[serde(rename = "hourly_nano_usd_per_hour")]
    pub hourly: UsdPerHour,
    /// All nodes, 730 hours.
    #[serde(rename = "monthly_nano_usd")]
    pub monthly: Usd,
    /// One node, with where the figure is from.
    pub price: Price,
}

/// How engine-thread time of the measured machine is carried over to ElastiCache's nodes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Transfer {
    /// Time on the node ÷ time on the measured machine.
    pub ratio: Estimate,
    /// How well that is known.
    pub grade: Grade,
}

/// When the chosen layout stops fitting.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FlipPoints {
    /// It fits while today's keys grow by less than this factor, at the horizon's peak.
    /// `None`: no number of keys that this program can count is too many.
    pub keys_factor: Option<f64>,
    /// All keys at that factor.
    pub keys: Option<u64>,
    /// What runs out there.
    pub keys_bound_by: Option<Resource>,
    /// It fits while today's peak grows by less than this factor, at the horizon's keys.
    /// `None`: no figure that depends on load is collected.
    pub peak_factor: Option<f64>,
    /// The peak at that factor.
    pub peak: Option<OpsPerSec>,
    /// What runs out there.
    pub peak_bound_by: Option<Resource>,
    /// The first month from now in which growth has used up the headroom's limit, so that the
    /// layout would no longer be chosen. `None`: not within ten years.
    pub outgrown_in_months: Option<u32>,
    /// The first month in which a limit itself is passed. `None`: not within ten years.
    pub exhausted_in_months: Option<u32>,
}

impl Layout {
    /// That many shards with so many replicas each.
    pub const fn new(shards: u32, replicas: u32) -> Self {
        let nodes = shards.saturating_mul(replicas.saturating_add(1));
        Self { shards, replicas, nodes, cluster_mode: shards > 1 }
    }
}

impl Choice {
    /// What it is, without its evidence.
    pub fn alternative(&self) -> Alternative {
        Alternative {
            node_type: self.node_type.clone(),
            engine: self.engine,
            layout: self.layout,
            monthly: self.bill.monthly,
        }
    }
}

impl Candidate {
    /// Its layout, where one was found or came nearest.
    pub fn layout(&self) -> Option<Layout> {
        match &self.outcome {
            Outcome::Fits { layout, .. }
            | Outcome::FitsUnpriced { layout, .. }
            | Outcome::TooSmall { layout, .. } => Some(*layout),
            Outcome::Unsupported(_) | Outcome::NotOffered(_) => None,
        }
    }

    /// Its bill, where it fits and has one.
    pub fn bill(&self) -> Option<&Bill> {
        match &self.outcome {
            Outcome::Fits { bill, .. } => Some(bill),
            _ => None,
        }
    }
}

impl Recommendation {
    /// The candidate of one node type and engine.
    pub fn candidate(&self, node_type: &str, engine: EngineVersion) -> Option<&Candidate> {
        self.candidates.iter().find(|c| c.node_type == node_type && c.engine == engine)
    }
}
