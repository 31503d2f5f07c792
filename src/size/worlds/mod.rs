//! How sure an answer is: ten thousand worlds drawn from what is not known exactly.
//!
//! Every world has its own keys, load, growth, machine and memory. In each of them every layout
//! fits or does not. Source: MODEL.md §3.8.

mod demand;
mod law;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::model::Estimate;
use crate::units::{Usd, num};

use super::market::{Alternative, Market};
use super::search::Horizon;
use super::{Candidate, Choice, Outcome, Resource};
use demand::{Drawn, Moments, Ready, middle};
use law::{Laws, worlds};

pub use law::{Law, Uncertain};

/// Worlds that are drawn.
const WORLDS: usize = 10_000;
/// Layouts that least regret is looked for among, the cheapest that ever fit.
const CONTENDERS: usize = 48;
/// Two-sided 95 % of a normal law.
const Z: f64 = 1.96;

/// How sure an answer is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Uncertainty {
    /// How many worlds were drawn.
    pub worlds: u64,
    /// Where the drawing started.
    pub seed: u64,
    /// What was drawn.
    pub inputs: Vec<Uncertain>,
    /// Probability that the chosen layout passes no limit, headroom used up, with the 95 % interval
    /// that so many worlds leave.
    pub fits: Estimate,
    /// The same with the headroom kept.
    pub keeps_headroom: f64,
    /// Of all worlds, those in which each resource of the chosen layout is the shortest, descending.
    pub short_of: Vec<(Resource, f64)>,
    /// `used_memory` of one shard at the horizon, bytes: median, 5 % and 95 %.
    pub memory: Option<Estimate>,
    /// Cores of the engine's thread at the horizon: the same; `None`: not collected.
    pub cores: Option<Estimate>,
    /// The layout that is regretted least.
    pub least_regret: Option<Regretted>,
    /// Mean regret of the chosen layout, per month.
    #[serde(rename = "regret_nano_usd")]
    pub regret: Usd,
}

/// A layout with what it would cost to have chosen it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Regretted {
    /// Which.
    pub layout: Alternative,
    /// Probability that it passes no limit.
    pub fits: f64,
    /// Mean over all worlds, per month: what it costs more than the cheapest that fits there, or
    /// where it is short a month of that one, which has to replace it.
    #[serde(rename = "regret_nano_usd")]
    pub regret: Usd,
}

/// Draws the worlds and fills in what each candidate's layout makes of them. `None` where nothing
/// was chosen.
pub(super) fn uncertainty(
    horizon: &Horizon<'_>,
    market: &Market<'_>,
    catalog: &Catalog,
    choice: Option<&Choice>,
    candidates: &mut [Candidate],
) -> Option<Uncertainty> {
    let rules = horizon.rules;
    let laws = Laws::of(&rules);
    let moments = Moments::of(horizon, &laws);
    let drawn: Vec<Drawn> = worlds(WORLDS).iter().map(|world| moments.draw(world)).collect();
    let ready = |layout: &Alternative| {
        let node = catalog.node_type(&layout.node_type)?;
        let index = horizon.layouts.iter().position(|known| *known == layout.layout)?;
        Some(moments.ready(node, layout.engine, index))
    };
    for candidate in candidates {
        let (Outcome::Fits { layout, .. } | Outcome::FitsUnpriced { layout, .. }) =
            &candidate.outcome
        else {
            continue;
        };
        let layout = Alternative {
            node_type: candidate.node_type.clone(),
            engine: candidate.engine,
            layout: *layout,
            monthly: Usd::ZERO,
        };
        candidate.fits_probability = ready(&layout)
            .map(|ready| share(&drawn, |world| moments.worst(&ready, world).1 <= 1.0));
    }
    let choice = choice?;
    let chosen = Alternative {
        node_type: choice.node_type.clone(),
        engine: choice.engine,
        layout: choice.layout,
        monthly: choice.bill.monthly,
    };
    let node = catalog.node_type(&chosen.node_type)?;
    let of_chosen = ready(&chosen)?;
    let headroom = rules.spec.capacity.headroom.rest().get();
    let worst: Vec<(Resource, f64)> =
        drawn.iter().map(|world| moments.worst(&of_chosen, world)).collect();
    let part = |passes: &dyn Fn(&(Resource, f64)) -> bool| {
        num::float_len(worst.iter().filter(|it| passes(it)).count()) / num::float_len(WORLDS)
    };
    let fits = part(&|(_, used)| *used <= 1.0);
    let mut short: BTreeMap<Resource, f64> = BTreeMap::new();
    for (resource, used) in &worst {
        if *used > 1.0 {
            *short.entry(*resource).or_default() += 1.0 / num::float_len(WORLDS);
        }
    }
    let mut short_of: Vec<(Resource, f64)> = short.into_iter().collect();
    short_of.sort_by(|a, b| b.1.total_cmp(&a.1));
    let sorted = |of: &dyn Fn(&Drawn) -> Option<f64>| {
        let mut values: Vec<f64> = drawn.iter().filter_map(of).collect();
        values.sort_by(f64::total_cmp);
        middle(&values)
    };
    let contenders = contenders(&moments, market, &ready, &chosen);
    let scored = scored(&moments, &drawn, &contenders);
    let least_regret = scored.iter().min_by_key(|it| (it.regret, it.layout.monthly)).cloned();
    let own = scored.iter().find(|it| it.layout == chosen);
    let classes: Vec<&str> = rules.spec.classes.iter().map(|class| class.name.as_str()).collect();
    let tls = rules.tls(node, chosen.engine);
    Some(Uncertainty {
        worlds: num::count(WORLDS),
        seed: law::SEED,
        inputs: laws.named(choice.transfer.ratio, tls, &classes),
        fits: wilson(fits),
        keeps_headroom: part(&|(_, used)| *used <= headroom),
        short_of,
        memory: sorted(&|world| Some(moments.memory(&of_chosen, world))),
        cores: sorted(&|world| of_chosen.cores_in(world)),
        regret: own.map_or(Usd::ZERO, |it| it.regret),
        least_regret,
    })
}

fn share(drawn: &[Drawn], passes: impl Fn(&Drawn) -> bool) -> f64 {
    let passing = drawn.iter().filter(|world| passes(world)).count();
    num::float_len(passing) / num::float_len(drawn.len())
}

/// A probability with the interval that [`WORLDS`] worlds leave: Wilson's, which stays within 0 and 1.
fn wilson(share: f64) -> Estimate {
    let n = num::float_len(WORLDS);
    let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    Estimate::new(share, middle - half, middle + half)
}

/// The cheapest layouts that fit in the most favourable world, up to the first that fits in the
/// least favourable one, and the chosen.
fn contenders<'a>(
    moments: &Moments<'a>,
    market: &Market<'_>,
    ready: &impl Fn(&Alternative) -> Option<Ready<'a>>,
    chosen: &Alternative,
) -> Vec<(Alternative, Ready<'a>)> {
    let (kind, harsh) = (moments.draw(&[0.0; law::DRAWN]), moments.draw(&[1.0; law::DRAWN]));
    let mut found: Vec<(Alternative, Ready<'a>)> = Vec::new();
    for layout in market.by_price(&moments.horizon.layouts, &moments.horizon.rules.spec.policy) {
        let Some(ready) = ready(&layout) else { continue };
        if moments.worst(&ready, &kind).1 > 1.0 {
            continue;
        }
        let is_enough = moments.worst(&ready, &harsh).1 <= 1.0;
        found.push((layout, ready));
        if is_enough || found.len() == CONTENDERS {
            break;
        }
    }
    if !found.iter().any(|(layout, _)| layout == chosen) {
        found.extend(ready(chosen).map(|ready| (chosen.clone(), ready)));
    }
    found
}

/// Regret of each contender. In a world where none of them fits, the dearest stands for what would.
fn scored(
    moments: &Moments<'_>,
    drawn: &[Drawn],
    contenders: &[(Alternative, Ready<'_>)],
) -> Vec<Regretted> {
    let mut sums = vec![(0.0, 0_usize); contenders.len()];
    let cost = |layout: &Alternative| num::float(layout.monthly.nanos());
    let dearest = contenders.iter().map(|(layout, _)| cost(layout)).fold(0.0, f64::max);
    for world in drawn {
        let fits: Vec<bool> =
            contenders.iter().map(|(_, ready)| moments.worst(ready, world).1 <= 1.0).collect();
        let costs = contenders.iter().zip(&fits).filter(|(_, fits)| **fits);
        let best = costs.map(|((layout, _), _)| cost(layout)).fold(f64::INFINITY, f64::min);
        let best = best.min(dearest);
        for ((sum, passed), ((layout, _), fits)) in
            sums.iter_mut().zip(contenders.iter().zip(&fits))
        {
            *sum += if *fits { cost(layout) - best } else { best };
            *passed += usize::from(*fits);
        }
    }
    let worlds = num::float_len(drawn.len());
    let regretted =
        |((layout, _), (sum, passed)): (&(Alternative, Ready<'_>), (f64, usize))| Regretted {
            layout: layout.clone(),
            fits: num::float_len(passed) / worlds,
            regret: Usd::from_nanos(num::round(sum / worlds)),
        };
    contenders.iter().zip(sums).map(regretted).collect()
}
