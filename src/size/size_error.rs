//! Plans that cannot be sized, and what to do about each.

use crate::catalog::{Region, Unsupported};
use crate::spec::{EngineLacks, Rule};

/// Why no recommendation can be made. That nothing fits is none of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// The plan names something else than a Region.
    #[error("`{region}` is not the name of a Region")]
    NotARegion {
        /// As in the plan.
        region: String,
    },
    /// The catalog has no price in that Region.
    #[error("the catalog has no price in {region}")]
    NoPrices {
        /// As in the plan.
        region: Region,
        /// Where it has some, ascending.
        known: Vec<Region>,
    },
    /// The plan says that a node type was measured which the catalog does not have.
    #[error("`measured_on` names {node_type}, which the catalog does not have")]
    NotANodeType {
        /// As in the plan.
        node_type: String,
    },
    /// A list of the policy names what the catalog does not have.
    #[error("the policy's `{rule}` names {entry}, which the catalog does not have")]
    UnknownInPolicy {
        /// Which list.
        rule: Rule,
        /// As in the policy.
        entry: String,
        /// Names like it, at most three.
        nearest: Vec<String>,
    },
    /// The policy allows fewer nodes than one shard has.
    #[error("the policy's `max_nodes` is {most}, and one shard with {replicas} replicas has more")]
    NoLayoutLeft {
        /// The rule.
        most: u32,
        /// Of each shard, as the plan and the policy ask.
        replicas: u32,
    },
    /// What runs today is of a type that the catalog does not have.
    #[error("`[incumbent]` names {node_type}, which the catalog does not have")]
    UnknownIncumbent {
        /// As in the plan.
        node_type: String,
        /// Names like it, at most three.
        nearest: Vec<String>,
    },
    /// What runs today cannot run.
    #[error("`[incumbent]` cannot run: {why}")]
    IncumbentUnsupported {
        /// Why not.
        why: Unsupported,
    },
    /// What runs today has more nodes than a cluster can have.
    #[error("`[incumbent]` has {nodes} nodes, where a cluster has at most {most}")]
    IncumbentTooLarge {
        /// Primaries and replicas.
        nodes: u32,
        /// The most.
        most: u32,
    },
    /// An engine of the plan cannot hold what it stores.
    #[error(transparent)]
    Lacks(#[from] EngineLacks),
    /// ElastiCache does not give a shard that many replicas.
    #[error("{replicas} replicas per shard, where ElastiCache allows {most}")]
    TooManyReplicas {
        /// As in the plan.
        replicas: u32,
        /// The most.
        most: u32,
    },
}

impl SizeError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NotARegion { .. } => "write it like us-east-1".into(),
            Self::NoPrices { known, .. } => {
                let known: Vec<&str> = known.iter().map(Region::as_str).collect();
                format!("import a price list, or choose one of {}", known.join(", "))
            }
            Self::NotANodeType { .. } => {
                "`cachefit catalog list --all` prints the node types; leave it out if none of them \
                 was measured"
                    .into()
            }
            Self::UnknownInPolicy { nearest, .. } | Self::UnknownIncumbent { nearest, .. } => {
                let meant = match &nearest[..] {
                    [] => String::new(),
                    names => format!("did you mean {}? ", names.join(" or ")),
                };
                format!("{meant}`cachefit catalog list --all` prints the node types")
            }
            Self::NoLayoutLeft { replicas, .. } => {
                format!("set `max_nodes` to {} or more, or plan for fewer replicas", replicas + 1)
            }
            Self::IncumbentUnsupported { .. } => {
                "`cachefit catalog show TYPE` prints the engines that run on a type".into()
            }
            Self::IncumbentTooLarge { .. } => "correct `shards` or `replicas`".into(),
            Self::Lacks(_) => EngineLacks::HINT.into(),
            Self::TooManyReplicas { most, .. } => format!("set `replicas` to {most} or fewer"),
        }
    }
}
