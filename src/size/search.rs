//! The smallest shard count that fits, for one node type and engine.

use std::collections::BTreeMap;

use crate::catalog::{Generation, NodeType};
use crate::engine::EngineVersion;
use crate::model::memory::save::Writable;
use crate::model::memory::{Detail, Footprint};
use crate::spec::Families;
use crate::units::num;

use super::cluster::{Spread, fullest};
use super::constraint::{Case, Rules, Shard};
use super::demand::{self, Ask, Part};
use super::{Check, Layout, NotOffered, Resource};

/// What the horizon asks of every layout; a shard's part depends on the engine and the number of
/// shards alone.
#[derive(Debug)]
pub(super) struct Horizon<'a> {
    pub(super) rules: Rules<'a>,
    pub(super) ask: Ask,
    /// By engine, for 1, 2, 3… shards, as many as the quota of nodes allows.
    shards: BTreeMap<EngineVersion, Vec<Shard>>,
}

/// What was found for one node type and engine.
#[derive(Debug)]
pub(super) struct Found {
    /// The smallest layout that fits, or the one that comes nearest.
    pub(super) layout: Layout,
    pub(super) checks: Vec<Check>,
    pub(super) single_shard: Vec<Check>,
}

/// The smallest of 1…`most` whose pressure is at most 1, or `Err` of the one that comes nearest,
/// the smaller when equal.
///
/// Every count is tried: pressure may rise from one shard to two, where cluster mode begins, and
/// from any count to the next, whose fullest shard may own other slots with more keys.
fn smallest(most: u32, pressure: impl Fn(u32) -> f64) -> Result<u32, u32> {
    let mut nearest = (f64::INFINITY, 1);
    for shards in 1..=most {
        let pressure = pressure(shards);
        if pressure <= 1.0 {
            return Ok(shards);
        }
        if pressure < nearest.0 {
            nearest = (pressure, shards);
        }
    }
    Err(nearest.1)
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
    /// Calculates the fullest shards of every layout once.
    pub(super) fn new(rules: Rules<'a>, ask: Ask) -> Self {
        let spec = rules.spec;
        let most = most_shards(&rules);
        let spread = (most > 1).then(|| Spread::of(spec, &rules.prepared.names, &ask));
        let loads: Vec<f64> =
            spread.iter().flat_map(|s| (2..=most).map(|n| s.largest_load(n))).collect();
        let mut shards = BTreeMap::new();
        for &engine in &spec.aws.engines {
            let shard = |n, load_share, keys: &Footprint, writable: &[Writable]| {
                let layout = Layout::new(n, spec.capacity.replicas);
                let part = Part { keys, writable, load_share };
                Shard { memory: demand::memory(&rules, &ask, engine, layout, part), load_share }
            };
            let alone = ask.writable(engine, false);
            let mut of_engine = vec![shard(1, 1.0, &ask.on_one_server(engine), &alone)];
            if let Some(spread) = &spread {
                let costs = spread.costs(engine, Detail::Fine);
                let several = (2..=most).zip(&loads);
                let writable = ask.writable(engine, true);
                of_engine.extend(several.map(|(n, load_share)| {
                    let keys = fullest(&costs, n, rules.models.memory.correction);
                    shard(n, *load_share, &keys, &writable)
                }));
            }
            shards.insert(engine, of_engine);
        }
        Self { rules, ask, shards }
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
        let shard = self.shards[&engine][num::index(u64::from(shards - 1))];
        let layout = Layout::new(shards, self.rules.spec.capacity.replicas);
        Case::new(node, engine, layout, shard, &self.ask)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressure_may_go_up_and_down() {
        let pressures = [1.3, 1.5, 1.1, 0.9, 1.05, 0.8];
        let of = |n: u32| pressures[num::index(u64::from(n - 1))];
        assert_eq!(smallest(6, of), Ok(4));
        assert_eq!(smallest(3, of), Err(3));
        assert_eq!(smallest(2, of), Err(1));
        assert_eq!(smallest(3, |_| f64::INFINITY), Err(1));
    }
}
