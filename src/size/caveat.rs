//! What to doubt about a recommendation; each doubt carries its advice.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::catalog::Date;
use crate::engine::{Allocator, EngineVersion};
use crate::spec::Rule;
use crate::units::{Bytes, Fraction, OpsPerSec};

use super::Resource;

/// Node types that a doubt names; the table of candidates has all of them.
const SHOWN_TYPES: usize = 4;

/// A doubt about the chosen layout, or about the answer as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caveat {
    /// Nothing fits within the default quota.
    NothingFits,
    /// Something fits, but nothing that fits has a price in the Region.
    NothingPriced,
    /// The models say other of what runs today than was observed.
    BackTestMissed {
        /// Memory or engine CPU.
        of: Resource,
        /// predicted ÷ observed − 1.
        error: f64,
    },
    /// No valid level met the response time objective.
    ObjectiveNeverMet,
    /// The target did not tell its engine-thread time.
    CpuNotCollected,
    /// No operation completed, so bytes per operation are unknown.
    NetworkNotCollected,
    /// The network baseline of the chosen type is not published.
    BaselineNotPublished {
        /// The chosen type.
        node_type: String,
    },
    /// Engine-thread time was carried over between machines by an assumed ratio.
    TransferAssumed {
        /// Least time on the node ÷ time on the measured machine.
        low: f64,
        /// Most; the checks use it.
        high: f64,
    },
    /// What encryption costs the engine's thread was not measured in this run.
    TlsAssumed {
        /// Least, µs per command on the measured machine.
        low: f64,
        /// Most; the checks use it.
        high: f64,
    },
    /// A loopback measurement holds no round trip, so one was added.
    LoopbackResponseTime {
        /// Least, µs.
        low_us: f64,
        /// Most; the check uses it.
        high_us: f64,
    },
    /// The highest level measured still met the objective.
    ResponseTimeLowerBound {
        /// That level.
        met_at: OpsPerSec,
    },
    /// The memory law was taken over from another version.
    LawAssumed {
        /// The engine asked for.
        engine: EngineVersion,
        /// The version whose law was used.
        of: EngineVersion,
    },
    /// Law and measurement disagree, so calculated records were scaled.
    CorrectionUsed {
        /// Factor on calculated records.
        factor: f64,
        /// calculated ÷ measured − 1.
        deviation: f64,
    },
    /// Law and measurement disagree, but there was no line to take a correction from.
    NotCorrected {
        /// calculated ÷ measured − 1.
        deviation: f64,
    },
    /// The quantum of the measured server's jemalloc is not known.
    AllocatorAssumed,
    /// The quantum of the measured server's jemalloc was inferred from what own keys took.
    AllocatorInferred {
        /// The one that explains it.
        allocator: Allocator,
    },
    /// Memory was measured on another allocator than the one it is planned for.
    OfficialBuildAssumed {
        /// The measured server's.
        measured: Allocator,
    },
    /// Checkpoints scatter around the line of measured on calculated memory.
    MemoryScatters {
        /// Residual standard error as a share of the largest reading.
        residual: f64,
    },
    /// Copies of a save, replica buffers and fragmentation together need a larger reserve than AWS
    /// sets by default, headroom kept.
    ReserveRaised {
        /// What the memory check counted on.
        reserved: Fraction,
        /// AWS's default.
        default: Fraction,
    },
    /// A replica that is filled at the plan's peak would be disconnected before it has caught up.
    ReplicaBufferShort {
        /// What has to wait for it, the part in the backlog included.
        needed: Bytes,
        /// What ElastiCache lets wait for one replica.
        limit: Bytes,
    },
    /// Writes wait for a log in several zones, which was not measured.
    DurableWritesWait,
    /// Some limit is passed in more than one of ten worlds.
    SeldomSure {
        /// Share of the worlds in which none is.
        fits: Fraction,
    },
    /// Commands over several keys do not work across slots.
    MultiKeyInClusterMode {
        /// As in `m2m mget 20`.
        line: String,
    },
    /// Hot keys do not spread over shards.
    HotKeys {
        /// As in `claims get`.
        line: String,
        /// Share of the whole load that one key takes.
        share: Fraction,
    },
    /// The chosen type computes on credits.
    Burstable {
        /// The chosen type.
        node_type: String,
    },
    /// The price follows from another by a rule.
    PriceCalculated {
        /// The rule's row of limits.csv.
        rule: String,
    },
    /// The price was read long before the newest one of the catalog.
    PriceOld {
        /// When it was read.
        date: Date,
        /// When the newest price of the catalog was read.
        newest: Date,
    },
    /// Nobody wrote down when the price was read.
    PriceUndated,
    /// Types that fit have no price and could be cheaper.
    UnpricedTypes {
        /// Their names, ascending.
        node_types: Vec<String>,
    },
    /// Without a replica the loss of a node loses its keys.
    NoReplica,
    /// The number of production connections is not in the plan.
    ConnectionsAssumed {
        /// Connections of the measurement's pool, which were used instead.
        connections: u32,
    },
    /// The policy asks for more than the plan says.
    RaisedByPolicy {
        /// Which rule.
        rule: Rule,
        /// Key of `[capacity]`.
        key: String,
        /// What the plan says.
        from: String,
        /// What it was sized with.
        to: String,
    },
    /// The policy refuses engines that the plan would choose from.
    EnginesRefused {
        /// In the plan's order.
        engines: Vec<EngineVersion>,
    },
}

impl Caveat {
    /// What is doubtful, without its advice.
    #[expect(clippy::too_many_lines, reason = "one arm for each doubt")]
    pub fn doubt(&self) -> String {
        match self {
            Self::NothingFits => "no node type fits within the default quota of nodes".into(),
            Self::NothingPriced => "what fits has no price in this Region".into(),
            Self::BackTestMissed { of, error } => {
                format!("{of} of what runs today is predicted {} than observed", Off(*error))
            }
            Self::ObjectiveNeverMet => "no valid level met the response time objective".into(),
            Self::CpuNotCollected => {
                "the target did not tell its engine-thread time, so CPU was not checked".into()
            }
            Self::NetworkNotCollected => {
                "no operation completed, so the network was not checked".into()
            }
            Self::BaselineNotPublished { node_type } => format!(
                "no network baseline of {node_type} is published, so the network was not checked"
            ),
            Self::TransferAssumed { low, high } => format!(
                "engine-thread time on the node is assumed to be {low:.2} to {high:.2} times that \
                 of the measured machine, and checked at {high:.2}"
            ),
            Self::TlsAssumed { low, high } => format!(
                "TLS is assumed to cost the engine's thread {low:.1} to {high:.1} µs per command of \
                 the measured machine, because the chosen type has no TLS offload"
            ),
            Self::LoopbackResponseTime { low_us, high_us } => format!(
                "response times were measured over loopback; a round trip of {:.1} to {:.1} ms is \
                 added",
                low_us / 1e3,
                high_us / 1e3
            ),
            Self::ResponseTimeLowerBound { met_at } => format!(
                "the highest measured level, {met_at}, still met the objective, so the capacity is \
                 a lower bound"
            ),
            Self::LawAssumed { engine, of } => {
                format!("memory of {engine} is calculated by the law of {of}")
            }
            Self::CorrectionUsed { factor, deviation } => format!(
                "calculated memory is {} than measured, so keys and values were scaled by \
                 {factor:.3}",
                Off(*deviation)
            ),
            Self::NotCorrected { deviation } => format!(
                "calculated memory is {} than measured and nothing corrects it",
                Off(*deviation)
            ),
            Self::AllocatorAssumed => {
                "the measured server did not tell its allocator's quantum, 8 is assumed".into()
            }
            Self::AllocatorInferred { allocator } => format!(
                "the measured server did not tell its allocator's quantum; only {allocator} explains \
                 the memory of the plan's own keys"
            ),
            Self::OfficialBuildAssumed { measured } => format!(
                "memory was measured on {measured} and is planned for {}, an official build's, which \
                 ElastiCache is assumed to run",
                Allocator::JemallocQ8
            ),
            Self::MemoryScatters { residual } => format!(
                "readings of memory scatter by {:.2}% around the law, more than 0.3%",
                residual * 100.0
            ),
            Self::ReserveRaised { reserved, default } => format!(
                "what a save copies at the plan's write rate, what waits for replicas and \
                 fragmentation together take {reserved} of maxmemory with the headroom kept, more \
                 than the default reserve of {default}"
            ),
            Self::ReplicaBufferShort { needed, limit } => format!(
                "while a replica is filled at the peak {needed} of writes wait for it, and \
                 ElastiCache disconnects it at {limit}"
            ),
            Self::DurableWritesWait => {
                "a durable write waits for a log in several zones, which was \
                                        not measured, and AWS publishes no figure"
                    .into()
            }
            Self::SeldomSure { fits } => {
                format!("the chosen layout passes no limit in only {fits} of the worlds drawn")
            }
            Self::MultiKeyInClusterMode { line } => format!(
                "`{line}` reads keys of many slots, which cluster mode refuses in one command: \
                 clients split it, and the cost per operation changes"
            ),
            Self::HotKeys { line, share } => format!(
                "the hottest key of `{line}` takes {share} of the load and stays on one shard, whose \
                 load is the one that is checked"
            ),
            Self::Burstable { node_type } => format!(
                "{node_type} computes on credits, and other processes of its host spend them too"
            ),
            Self::PriceCalculated { rule } => {
                format!("the price was not read but calculated, by the rule {rule}")
            }
            Self::PriceOld { date, newest } => format!(
                "the price was read on {date}, long before the newest one of the catalog, {newest}"
            ),
            Self::PriceUndated => "nobody wrote down when the price was read".into(),
            Self::UnpricedTypes { node_types } => {
                let (shown, others) = node_types.split_at(node_types.len().min(SHOWN_TYPES));
                let others = match others.len() {
                    0 => String::new(),
                    n => format!(" and {n} others"),
                };
                format!(
                    "fitting types without a price in this Region could be cheaper: {}{others}",
                    shown.join(", ")
                )
            }
            Self::NoReplica => "without a replica the loss of a node loses its keys".into(),
            Self::ConnectionsAssumed { connections } => format!(
                "the measurement's pool of {connections} connections stands for production's"
            ),
            Self::RaisedByPolicy { rule, key, from, to } => format!(
                "the plan says `{key}` = {from}, and it was sized with {to}: the policy's `{rule}`"
            ),
            Self::EnginesRefused { engines } => {
                let names: Vec<String> = engines.iter().map(ToString::to_string).collect();
                format!("the policy's `engines` refuse {} of the plan", names.join(", "))
            }
        }
    }

    /// What to do about it.
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::NothingFits => "plan for less, or ask AWS for a higher quota",
            Self::NothingPriced | Self::UnpricedTypes { .. } => "import a price list",
            Self::BackTestMissed { .. } => {
                "hold classes, keys and mix against production before relying on the sizing"
            }
            Self::ObjectiveNeverMet => "measure lower loads, or on a quieter machine",
            Self::CpuNotCollected => {
                "measure on an engine whose INFO has used_cpu_user_main_thread"
            }
            Self::NetworkNotCollected => "measure again",
            Self::BaselineNotPublished { .. } => "measure it on the node",
            Self::TransferAssumed { .. }
            | Self::TlsAssumed { .. }
            | Self::LoopbackResponseTime { .. } => "measure from a host beside a real node",
            Self::ResponseTimeLowerBound { .. } => "measure higher loads to find it",
            Self::LawAssumed { .. } => "measure that version to confirm it",
            Self::CorrectionUsed { .. } => "check that what was seeded is what the plan declares",
            Self::NotCorrected { .. } => "seed in more checkpoints",
            Self::AllocatorAssumed => {
                "a build with 16 shows as a deviation between law and measurement"
            }
            Self::AllocatorInferred { .. } => "allow MEMORY MALLOC-STATS to have it confirmed",
            Self::OfficialBuildAssumed { .. } => "measure on a real node to confirm it",
            Self::MemoryScatters { .. } => {
                "something else writes to the server, or values change size; measure alone"
            }
            Self::ReserveRaised { .. } => {
                "set reserved-memory-percent to that in the parameter group"
            }
            Self::ReplicaBufferShort { .. } => {
                "add replicas when writes are few, or spread keys over more shards"
            }
            Self::DurableWritesWait => {
                "measure writes on a durable cluster before relying on their p99"
            }
            Self::SeldomSure { .. } => "narrow the widest interval, or raise the headroom",
            Self::MultiKeyInClusterMode { .. } => {
                "give such keys a common hash tag, or measure against a cluster"
            }
            Self::HotKeys { .. } => "watch that shard's CPU, or keep the key in the application",
            Self::Burstable { .. } => "watch CPUUtilization against the type's baseline",
            Self::PriceCalculated { .. } => "confirm it in the AWS calculator",
            Self::PriceOld { .. } | Self::PriceUndated => "import a current price list",
            Self::NoReplica => "add replicas unless every key can be made again",
            Self::ConnectionsAssumed { .. } => {
                "multiply by the number of application instances and compare with the limit"
            }
            Self::RaisedByPolicy { .. } | Self::EnginesRefused { .. } => {
                "change the plan, or agree on an exception with the owner of the policy"
            }
        }
    }
}

/// The doubt, then its advice.
impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.doubt(), self.advice())
    }
}

/// `1.7% more` or `1.7% less`.
struct Off(f64);

impl fmt::Display for Off {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(deviation) = *self;
        let word = if deviation < 0.0 { "less" } else { "more" };
        write!(f, "{:.1}% {word}", deviation.abs() * 100.0)
    }
}
