//! The answer alone, without what became of every candidate: for the many moments and rules that a
//! choice is compared under. Source: MODEL.md §3.3.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, NodeType, Region};
use crate::engine::EngineVersion;
use crate::spec::Policy;
use crate::units::{Usd, UsdPerHour};

use super::cost::{Rank, generation};
use super::recommend::{is_considered, price};
use super::search::Horizon;
use super::{Layout, Resource, Undersized, layouts};

/// What a choice is, without its evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    /// As in `cache.r7g.large`.
    pub node_type: String,
    /// What it runs.
    pub engine: EngineVersion,
    /// How many of it.
    pub layout: Layout,
    /// On demand.
    #[serde(rename = "monthly_nano_usd")]
    pub monthly: Usd,
}

/// Every node type and engine that is considered and has a price, the cheapest node first.
#[derive(Debug)]
pub(super) struct Market<'a> {
    offers: Vec<Offer<'a>>,
}

/// One of them.
#[derive(Debug, Clone, Copy)]
struct Offer<'a> {
    node: &'a NodeType,
    engine: EngineVersion,
    engine_index: usize,
    hourly: UsdPerHour,
}

impl<'a> Market<'a> {
    pub(super) fn of(horizon: &Horizon<'_>, catalog: &'a Catalog, region: &Region) -> Self {
        let spec = horizon.rules.spec;
        let engines = || spec.aws.engines.iter().enumerate();
        let mut offers: Vec<Offer<'a>> = catalog
            .node_types()
            .iter()
            .flat_map(|node| engines().map(move |(index, engine)| (node, index, *engine)))
            .filter(|(node, _, engine)| is_considered(spec, horizon.rules.limits, node, *engine))
            .filter_map(|(node, engine_index, engine)| {
                let price = price(spec, catalog, region, node, engine).ok()?;
                Some(Offer { node, engine, engine_index, hourly: price.hourly })
            })
            .collect();
        offers.sort_by(|a, b| (a.hourly, &a.node.name).cmp(&(b.hourly, &b.node.name)));
        Self { offers }
    }

    /// The layout that [`super::recommend`] chooses at that moment; with `below`, only one that it
    /// prefers to that.
    pub(super) fn cheapest(
        &'a self,
        horizon: &Horizon<'_>,
        below: Option<&Alternative>,
    ) -> Option<Alternative> {
        self.search(horizon, None, below.and_then(|below| self.rank_of(below)).as_ref())
    }

    /// The same where everything that is preferred to one of `before` is known not to fit: they were
    /// the answers at moments that ask for no more of anything.
    pub(super) fn cheapest_after(
        &'a self,
        horizon: &Horizon<'_>,
        before: &[&Alternative],
    ) -> Option<Alternative> {
        let ranked = before.iter().filter_map(|one| Some((self.rank_of(one)?, *one)));
        let last = ranked.max_by(|a, b| a.0.cmp(&b.0));
        if let Some((_, one)) = &last
            && self.worst(horizon, one).is_some_and(|(_, pressure)| pressure <= 1.0)
        {
            return Some((*one).clone());
        }
        self.search(horizon, last.map(|(rank, _)| rank).as_ref(), None)
    }

    /// The first that fits of those from one rank on and below another.
    fn search(
        &'a self,
        horizon: &Horizon<'_>,
        from: Option<&Rank<'a>>,
        below: Option<&Rank<'a>>,
    ) -> Option<Alternative> {
        let mut best: Option<Rank<'a>> = None;
        let mut found = None;
        for offer in &self.offers {
            for (index, layout) in horizon.layouts.iter().enumerate() {
                let rank = offer.rank(*layout);
                let is_beaten = |other: Option<&Rank<'a>>| other.is_some_and(|o| *o <= rank);
                if is_beaten(best.as_ref()) || is_beaten(below) {
                    break;
                }
                if from.is_some_and(|from| rank < *from) {
                    continue;
                }
                let suits = layouts::suits(*layout, offer.node, &horizon.rules.spec.policy);
                if suits && horizon.pressure(offer.node, offer.engine, index) <= 1.0 {
                    found = Some(offer.option(*layout));
                    best = Some(rank);
                    break;
                }
            }
        }
        found
    }

    /// Every layout that the policy lets these types have, ascending price.
    pub(super) fn by_price(&self, layouts: &[Layout], policy: &Policy) -> Vec<Alternative> {
        let mut all: Vec<(Rank<'_>, &Offer<'_>, Layout)> = Vec::new();
        for offer in &self.offers {
            let suiting = layouts.iter().filter(|it| layouts::suits(**it, offer.node, policy));
            all.extend(suiting.map(|layout| (offer.rank(*layout), offer, *layout)));
        }
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all.into_iter().map(|(_, offer, layout)| offer.option(layout)).collect()
    }

    /// The worst of demand ÷ allowed of one alternative at that moment, and what it is of; `None`
    /// for one that is not considered.
    pub(super) fn worst(&self, horizon: &Horizon<'_>, of: &Alternative) -> Option<(Resource, f64)> {
        let offer = self.offer_of(of)?;
        let index = horizon.layouts.iter().position(|layout| *layout == of.layout)?;
        Some(horizon.worst(offer.node, offer.engine, index))
    }

    /// The dearest offer of the same engine that costs less than `of` in the same layout and fails
    /// there.
    pub(super) fn undersized(&self, horizon: &Horizon<'_>, of: &Alternative) -> Option<Undersized> {
        let index = horizon.layouts.iter().position(|layout| *layout == of.layout)?;
        let policy = &horizon.rules.spec.policy;
        let smaller = |offer: &&Offer<'_>| {
            offer.engine == of.engine
                && offer.monthly(of.layout) < of.monthly
                && layouts::suits(of.layout, offer.node, policy)
        };
        self.offers.iter().rev().filter(smaller).find_map(|offer| {
            Some(Undersized {
                node_type: offer.node.name.clone(),
                monthly: offer.monthly(of.layout),
                failed: horizon.worst_failure(offer.node, of.engine, index)?,
            })
        })
    }

    fn offer_of(&self, of: &Alternative) -> Option<&Offer<'a>> {
        self.offers.iter().find(|o| o.node.name == of.node_type && o.engine == of.engine)
    }

    fn rank_of(&'a self, option: &Alternative) -> Option<Rank<'a>> {
        Some(self.offer_of(option)?.rank(option.layout))
    }
}

impl<'a> Offer<'a> {
    fn rank(&self, layout: Layout) -> Rank<'a> {
        let family = Reverse(generation(&self.node.family));
        (self.monthly(layout), layout.shards, family, &self.node.name, self.engine_index)
    }

    fn monthly(&self, layout: Layout) -> Usd {
        (self.hourly * u64::from(layout.nodes)).monthly()
    }

    fn option(&self, layout: Layout) -> Alternative {
        Alternative {
            node_type: self.node.name.clone(),
            engine: self.engine,
            layout,
            monthly: self.monthly(layout),
        }
    }
}
