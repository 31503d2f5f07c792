//! The smallest shard count that fits, for one node type and engine.

use std::collections::BTreeMap;

use crate::catalog::{Generation, NodeType};
use crate::engine::EngineVersion;
use crate::spec::Families;
use crate::units::num;

use super::constraint::{Case, Rules};
use super::demand::{self, Ask};
use super::{Check, Layout, MemoryDemand, NotOffered, Resource};

/// What the horizon asks of every layout; memory depends on the engine and the shards alone.
#[derive(Debug)]
pub(super) struct Horizon<'a> {
    pub(super) rules: Rules<'a>,
    pub(super) ask: Ask,
    /// By engine, for 1, 2, 3… shards, as many as the quota of nodes allows.
    memory: BTreeMap<EngineVersion, Vec<MemoryDemand>>,
}

/// What was found for one node type and engine.
#[derive(Debug)]
pub(super) struct Found {
    /// The smallest layout that fits, or the one that comes nearest.
    pub(super) layout: Layout,
    pub(super) checks: Vec<Check>,
    pub(super) single_shard: Vec<Check>,
}

/// The smallest of 1…`most` whose pressure is at most 1, or the one that comes nearest: `Err` of 1
/// or `most`, the smaller when equal.
///
/// Pressure may rise from one shard to two, where cluster mode begins, and never after, so that
/// a bisection over the rest finds what trying all would. A test compares the two.
pub(super) fn smallest(most: u32, pressure: impl Fn(u32) -> f64) -> Result<u32, u32> {
    let single = pressure(1);
    if single <= 1.0 {
        return Ok(1);
    }
    if most < 2 {
        return Err(1);
    }
    let at_most = pressure(most);
    if at_most > 1.0 {
        return Err(if single <= at_most { 1 } else { most });
    }
    let (mut fails, mut fits) = (1, most);
    while fits - fails > 1 {
        let middle = fails + (fits - fails) / 2;
        if pressure(middle) <= 1.0 {
            fits = middle;
        } else {
            fails = middle;
        }
    }
    Ok(fits)
}

/// The check farthest beyond what it allows; the first of equals; `None` when none fails.
pub(super) fn worst_failure(checks: &[Check]) -> Option<&Check> {
    let failing = checks.iter().filter(|check| check.fails());
    failing.reduce(|worst, next| if next.pressure() > worst.pressure() { next } else { worst })
}

/// The check nearest to what it allows; the first of equals.
pub(super) fn binding(checks: &[Check]) -> Resource {
    checks
        .iter()
        .filter(|check| check.pressure().is_some())
        .reduce(|worst, next| if next.pressure() > worst.pressure() { next } else { worst })
        .map_or(Resource::Memory, |check| check.resource)
}

/// Whether a plan for `families` considers the type.
pub(super) fn offered(node: &NodeType, families: Families) -> Result<(), NotOffered> {
    if !node.takes_new_clusters {
        return Err(NotOffered::ClosedToNewClusters);
    }
    match (families, node.generation) {
        (Families::Current, Generation::Previous) => Err(NotOffered::PreviousGeneration),
        (Families::Current | Families::All, _) => Ok(()),
    }
}

impl<'a> Horizon<'a> {
    /// Calculates the memory of every layout once.
    pub(super) fn new(rules: Rules<'a>, ask: Ask) -> Self {
        let mut memory = BTreeMap::new();
        for &engine in &rules.spec.aws.engines {
            let per_layout = (1..=most_shards(&rules)).map(|shards| {
                let layout = Layout::new(shards, rules.spec.capacity.replicas);
                demand::memory(rules.spec, rules.models, &ask, engine, layout)
            });
            memory.insert(engine, per_layout.collect());
        }
        Self { rules, ask, memory }
    }

    /// The smallest layout of one node type and engine that fits, `Err` for one that does not.
    pub(super) fn search(&self, node: &NodeType, engine: EngineVersion) -> Result<Found, Found> {
        let headroom = self.rules.spec.capacity.headroom;
        let pressure = |shards| self.rules.worst(&self.case(node, engine, shards), headroom).1;
        let found = |shards| {
            let single_shard = self.rules.checks(&self.case(node, engine, 1));
            let checks = match shards {
                1 => single_shard.clone(),
                _ => self.rules.checks(&self.case(node, engine, shards)),
            };
            let layout = Layout::new(shards, self.rules.spec.capacity.replicas);
            Found { layout, checks, single_shard }
        };
        smallest(most_shards(&self.rules), pressure).map(found).map_err(found)
    }

    /// One layout of a node type and engine, `shards` within the quota.
    pub(super) fn case<'n>(
        &self,
        node: &'n NodeType,
        engine: EngineVersion,
        shards: u32,
    ) -> Case<'n> {
        let memory = self.memory[&engine][num::index(u64::from(shards - 1))];
        let layout = Layout::new(shards, self.rules.spec.capacity.replicas);
        Case::new(node, engine, layout, memory, &self.ask)
    }
}

/// As many shards as AWS's default quota of nodes per cluster leaves with the plan's replicas; one
/// where the plan allows no more.
pub(super) fn most_shards(rules: &Rules<'_>) -> u32 {
    if !rules.spec.allows_shards() {
        return 1;
    }
    let quota = rules.limits.nodes_per_cluster_default_quota.value;
    (quota / rules.spec.capacity.replicas.saturating_add(1)).max(1)
}
