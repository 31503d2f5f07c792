//! `maxmemory` of node types as `DescribeEngineDefaultParameters` lists it.

use std::collections::{BTreeMap, BTreeSet};

use crate::units::Bytes;

use super::fault::{Fault, OfferError, OfferProblem};

/// A parameter of a node type in one family of parameter groups, in AWS's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineDefault {
    /// As in `valkey8`.
    pub family: String,
    /// As in `cache.r7g.large`.
    pub node_type: String,
    /// What stands there.
    pub value: String,
}

/// `maxmemory` by node type, and the types for which families differ.
///
/// Families agree where they were ever compared. Should they not, the smallest holds: a plan for more
/// memory than there is would be the worse one.
///
/// # Errors
/// Every value that is no number of bytes, and an answer without any.
pub fn maxmemory(
    defaults: &[EngineDefault],
) -> Result<(BTreeMap<String, Bytes>, BTreeSet<String>), OfferError> {
    let mut of: BTreeMap<String, Bytes> = BTreeMap::new();
    let (mut differing, mut problems) = (BTreeSet::new(), Vec::new());
    if defaults.is_empty() {
        let file = "DescribeEngineDefaultParameters".to_owned();
        let fault = Fault::Missing { what: "maxmemory" };
        problems.push(OfferProblem { file, line: None, sku: None, fault });
    }
    for EngineDefault { family, node_type, value } in defaults {
        let Some(bytes) = value.parse().ok().filter(|&bytes: &u64| bytes > 0).map(Bytes::new)
        else {
            let fault = Fault::Invalid {
                what: "maxmemory",
                found: value.clone(),
                expected: "a number of bytes above zero",
            };
            let file = format!("DescribeEngineDefaultParameters of {family}, {node_type}");
            problems.push(OfferProblem { file, line: None, sku: None, fault });
            continue;
        };
        if let Some(other) = of.insert(node_type.clone(), bytes).filter(|other| *other != bytes) {
            of.insert(node_type.clone(), bytes.min(other));
            differing.insert(node_type.clone());
        }
    }
    if problems.is_empty() { Ok((of, differing)) } else { Err(OfferError { problems }) }
}
