//! The smallest layout that fits, for one node type and engine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::catalog::{Generation, NodeType};
use crate::engine::EngineVersion;
use crate::model::memory::save::Writable;
use crate::model::memory::{Detail, Footprint};
use crate::spec::{Burstable, Families, Policy};

use super::cluster::{Spread, fullest};
use super::constraint::{Case, Rules, Shard};
use super::demand::{self, Ask, Part};
use super::{Check, Layout, NotOffered, Resource, State, layouts, policy_rules};

/// What the horizon asks of every layout; a shard's part depends on the engine and the number of
/// shards alone.
#[derive(Debug)]
pub(super) struct Horizon<'a> {
    pub(super) rules: Rules<'a>,
    pub(super) ask: Ask,
    /// Every layout that the plan and the quota of nodes allow, the fewest nodes first.
    pub(super) layouts: Vec<Layout>,
    /// The fullest shard of each of them, by engine.
    shards: BTreeMap<EngineVersion, Vec<Shard>>,
    stock: Arc<Stock>,
}

/// What the keys of a moment take, whatever the peak.
#[derive(Debug)]
struct Stock {
    /// Of the whole load, the largest share that a shard has, by the number of shards.
    loads: BTreeMap<u32, f64>,
    kept: BTreeMap<EngineVersion, Kept>,
}

/// The same with one engine: all keys on one server, and by number of shards what the fullest holds.
#[derive(Debug)]
struct Kept {
    alone: (Vec<Writable>, Footprint),
    sharded: Option<(Vec<Writable>, BTreeMap<u32, Footprint>)>,
}

/// What was found for one node type and engine.
#[derive(Debug)]
pub(super) struct Found {
    /// The smallest layout that fits, or the one that comes nearest.
    pub(super) layout: Layout,
    pub(super) checks: Vec<Check>,
    /// With a node of the shard lost; empty where that is not asked for.
    pub(super) node_lost: Vec<Check>,
    pub(super) single_shard: Vec<Check>,
}

/// The first whose pressure is at most 1, or `Err` of the one that comes nearest, the earlier when
/// equal.
///
/// Every layout is tried: pressure may rise from one shard to two, where cluster mode begins, and
/// from any count to the next, whose fullest shard may own other slots with more keys.
fn first_that_fits(
    layouts: impl Iterator<Item = usize>,
    pressure: impl Fn(usize) -> f64,
) -> Result<usize, usize> {
    let mut nearest = (f64::INFINITY, 0);
    for index in layouts {
        let pressure = pressure(index);
        if pressure <= 1.0 {
            return Ok(index);
        }
        if pressure < nearest.0 {
            nearest = (pressure, index);
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
pub(super) fn binding<'c>(checks: impl Iterator<Item = &'c Check>) -> Resource {
    checks
        .filter(|check| check.pressure().is_some())
        .reduce(|worst, next| if next.pressure() > worst.pressure() { next } else { worst })
        .map_or(Resource::Memory, |check| check.resource)
}

/// Whether a plan for `families` considers the type.
pub(super) fn offered(
    node: &NodeType,
    families: Families,
    policy: &Policy,
) -> Result<(), NotOffered> {
    if !node.takes_new_clusters {
        return Err(NotOffered::ClosedToNewClusters);
    }
    policy_rules::node_type(node, policy)?;
    if node.is_burstable() && policy.burstable == Burstable::Never {
        return Err(NotOffered::Burstable);
    }
    match (families, node.generation) {
        (Families::Current, Generation::Previous) => Err(NotOffered::PreviousGeneration),
        (Families::Current | Families::All, _) => Ok(()),
    }
}

impl<'a> Horizon<'a> {
    /// Calculates the fullest shards of every layout once.
    pub(super) fn new(rules: Rules<'a>, ask: Ask, detail: Detail) -> Self {
        let layouts = layouts::allowed(rules.spec, rules.limits);
        let stock = Stock::of(&rules, &ask, &layouts, detail);
        Self::holding(Arc::new(stock), rules, ask, layouts)
    }

    /// The same keys at another factor of today's peak.
    pub(super) fn with_peak(&self, factor: f64) -> Self {
        let peak = self.rules.spec.objective.peak.scale(factor);
        Self::holding(
            self.stock.clone(),
            self.rules,
            self.ask.with_peak(peak),
            self.layouts.clone(),
        )
    }

    fn holding(stock: Arc<Stock>, rules: Rules<'a>, ask: Ask, layouts: Vec<Layout>) -> Self {
        let shards = rules.spec.aws.engines.iter().map(|engine| {
            let kept = &stock.kept[engine];
            let of_layout = |layout: &Layout| {
                let (load_share, (writable, keys)) = match &kept.sharded {
                    Some((writable, fullest)) if layout.cluster_mode => {
                        (stock.loads[&layout.shards], (writable, &fullest[&layout.shards]))
                    }
                    _ => (1.0, (&kept.alone.0, &kept.alone.1)),
                };
                let part = Part { keys, writable, load_share };
                Shard { memory: demand::memory(&rules, &ask, *engine, *layout, part), load_share }
            };
            (*engine, layouts.iter().map(of_layout).collect())
        });
        Self { shards: shards.collect(), rules, ask, layouts, stock }
    }

    /// The smallest layout of one node type and engine that fits, `Err` for one that does not.
    pub(super) fn search(&self, node: &NodeType, engine: EngineVersion) -> Result<Found, Found> {
        let found = |index| {
            let (checks, node_lost) = self.checks(node, engine, index);
            let single_shard = self.rules.checks(&self.case(node, engine, 0, State::Steady));
            Found { layout: self.layouts[index], checks, node_lost, single_shard }
        };
        let of_node = (0..self.layouts.len())
            .filter(|index| layouts::suits(self.layouts[*index], node, &self.rules.spec.policy));
        first_that_fits(of_node, |index| self.pressure(node, engine, index))
            .map(found)
            .map_err(found)
    }

    /// The worst of demand ÷ allowed of a layout, in every state that the plan asks about.
    pub(super) fn pressure(&self, node: &NodeType, engine: EngineVersion, index: usize) -> f64 {
        self.worst(node, engine, index).1
    }

    /// The same with what it is of.
    pub(super) fn worst(
        &self,
        node: &NodeType,
        engine: EngineVersion,
        index: usize,
    ) -> (Resource, f64) {
        let headroom = self.rules.spec.capacity.headroom;
        let of = |state| self.rules.worst(&self.case(node, engine, index, state), headroom);
        let steady = of(State::Steady);
        if !self.loses_a_node(self.layouts[index]) {
            return steady;
        }
        let lost = of(State::NodeLost);
        if lost.1 > steady.1 { lost } else { steady }
    }

    /// Of a layout's checks the one farthest beyond what it allows, with a node lost where none fails
    /// before; `None` for a layout that fits.
    pub(super) fn worst_failure(
        &self,
        node: &NodeType,
        engine: EngineVersion,
        index: usize,
    ) -> Option<Check> {
        let (steady, node_lost) = self.checks(node, engine, index);
        worst_failure(&steady).or_else(|| worst_failure(&node_lost)).cloned()
    }

    /// The checks of a layout, then those with a node of the shard lost; no such where that is not
    /// asked for.
    fn checks(
        &self,
        node: &NodeType,
        engine: EngineVersion,
        index: usize,
    ) -> (Vec<Check>, Vec<Check>) {
        let of = |state| self.rules.checks(&self.case(node, engine, index, state));
        let loses = self.loses_a_node(self.layouts[index]);
        (of(State::Steady), if loses { of(State::NodeLost) } else { Vec::new() })
    }

    /// The same shards under other rules: headroom or policy; not another plan.
    pub(super) fn under<'b>(&self, rules: Rules<'b>) -> Horizon<'b> {
        let Self { rules: _, ask, layouts, shards, stock } = self;
        Horizon {
            rules,
            ask: ask.clone(),
            layouts: layouts.clone(),
            shards: shards.clone(),
            stock: stock.clone(),
        }
    }

    fn loses_a_node(&self, layout: Layout) -> bool {
        loses_a_node(&self.rules, layout)
    }

    /// One of the layouts of a node type and engine.
    pub(super) fn case<'n>(
        &self,
        node: &'n NodeType,
        engine: EngineVersion,
        index: usize,
        state: State,
    ) -> Case<'n> {
        let shard = self.shards[&engine][index];
        Case::new(node, engine, self.layouts[index], shard, &self.ask, state)
    }
}

impl Stock {
    fn of(rules: &Rules<'_>, ask: &Ask, layouts: &[Layout], detail: Detail) -> Self {
        let (spec, correction) = (rules.spec, rules.models.memory.correction);
        let is_sharded = layouts.iter().any(|layout| layout.cluster_mode);
        let spread = is_sharded.then(|| Spread::of(spec, &rules.prepared.names, ask));
        let counts: BTreeSet<u32> = layouts.iter().map(|layout| layout.shards).collect();
        let loads = spread
            .iter()
            .flat_map(|spread| counts.iter().map(|n| (*n, spread.largest_load(*n))))
            .collect();
        let kept = spec.aws.engines.iter().map(|&engine| {
            let sharded = spread.as_ref().map(|spread| {
                let costs = spread.costs(engine, detail);
                let fullest =
                    counts.iter().map(|n| (*n, fullest(&costs, *n, correction))).collect();
                (ask.writable(engine, true), fullest)
            });
            let alone = (ask.writable(engine, false), ask.on_one_server(engine));
            (engine, Kept { alone, sharded })
        });
        Self { loads, kept: kept.collect() }
    }
}

/// Whether a layout has to hold with one node of a shard lost: it has replicas and the plan asks.
pub(super) fn loses_a_node(rules: &Rules<'_>, layout: Layout) -> bool {
    rules.spec.policy.survive_node_loss && layout.replicas > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressure_may_go_up_and_down() {
        let pressures = [1.3, 1.5, 1.1, 0.9, 1.05, 0.8];
        let of = |index: usize| pressures[index];
        assert_eq!(first_that_fits(0..6, of), Ok(3));
        assert_eq!(first_that_fits(0..3, of), Err(2));
        assert_eq!(first_that_fits(0..2, of), Err(0));
        assert_eq!(first_that_fits(0..3, |_| f64::INFINITY), Err(0));
    }
}
