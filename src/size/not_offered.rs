//! Why a candidate was not considered, in words.

use std::fmt;

use crate::spec::Rule;

use super::NotOffered;

impl fmt::Display for NotOffered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::PreviousGeneration => "a previous generation, and the plan asks for current ones",
            Self::ClosedToNewClusters => "AWS creates no new clusters on it",
            Self::Burstable => "burstable, and the policy chooses no such types",
            Self::NotDurable => {
                "durable writes need Valkey 9.0 or newer, Multi-AZ with a replica, and TLS"
            }
            Self::NotDurableFamily { families } => {
                return write!(f, "durable writes need a node type of {}", families.join(", "));
            }
            Self::Denied { entry } => return write!(f, "the policy's `deny` names {entry}"),
            Self::NotAllowed { allowed } => {
                return write!(f, "the policy's `allow` names only {}", allowed.join(", "));
            }
            Self::EngineNotAllowed { allowed } => {
                return write!(f, "the policy's `engines` are only {}", allowed.join(", "));
            }
            Self::LayoutRefused { rule, allowed, layout } => {
                let (needs, what) = match rule {
                    Rule::MaxNodes => (layout.nodes, "nodes"),
                    _ => (layout.shards, "shards"),
                };
                let than = if *rule == Rule::MinShards { "asks for at least" } else { "allows" };
                return write!(
                    f,
                    "fits with {needs} {what}, and the policy's `{rule}` {than} {allowed}"
                );
            }
            Self::PriceTooOld { date, newest, months } => {
                let read = date.map_or("on an unknown day".to_owned(), |date| format!("on {date}"));
                return write!(
                    f,
                    "its price was read {read}, and the policy's `max_price_age` refuses prices \
                     more than {months} months before {newest}"
                );
            }
        };
        f.write_str(text)
    }
}
