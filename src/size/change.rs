//! What would have to change: for a type that was rejected to fit, and for the next step once the
//! choice is outgrown. Source: MODEL.md §3.6.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, NodeType};
use crate::engine::EngineVersion;
use crate::model::memory::Detail;

use super::demand::Ask;
use super::layouts::suits;
use super::market::{Alternative, Market};
use super::search::Horizon;
use super::{Candidate, Outcome, Quantity, Resource};

/// Parts of the horizon's figure that are tried: 1/32, 2/32 … 31/32.
const PARTS: u32 = 32;
/// How much more the next step has to carry.
const TWICE: f64 = 2.0;

/// With how much less a rejected type would fit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WouldFit {
    /// Of what.
    pub of: Quantity,
    /// Share of the horizon's figure, rounded down to 1/32.
    pub share: f64,
}

/// What the answer is when more has to be carried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NextStep {
    /// Keys at the horizon times this.
    pub keys: f64,
    /// Peak at the horizon times this.
    pub peak: f64,
    /// The answer then; `None` when nothing fits.
    pub becomes: Option<Alternative>,
}

/// What comes after the choice: for twice the keys, twice the peak, and both.
pub(super) fn next_steps(horizon: &Horizon<'_>, market: &Market<'_>) -> Vec<NextStep> {
    let now = horizon.rules.spec.growth_factor();
    let ask = Ask::at(horizon.rules.prepared, now * TWICE, now);
    let twice = Horizon::new(horizon.rules, ask, Detail::Coarse);
    let step = |keys, peak, then: &Horizon<'_>| NextStep {
        keys,
        peak,
        becomes: market.cheapest(then, None),
    };
    vec![
        step(TWICE, 1.0, &twice),
        step(1.0, TWICE, &horizon.with_peak(now * TWICE)),
        step(TWICE, TWICE, &twice.with_peak(now * TWICE)),
    ]
}

/// Says of every candidate that is too small what would make it fit.
pub(super) fn explain(horizon: &Horizon<'_>, catalog: &Catalog, candidates: &mut [Candidate]) {
    let less = Less { horizon, at: RefCell::default() };
    for candidate in candidates {
        let Outcome::TooSmall { rejected_by, .. } = &candidate.outcome else { continue };
        let Some(node) = catalog.node_type(&candidate.node_type) else { continue };
        let of = match rejected_by.resource {
            Resource::Memory | Resource::Ssd => Quantity::Keys,
            // Neither fewer keys nor a lower peak need fewer connections.
            Resource::Connections => continue,
            _ => Quantity::Peak,
        };
        candidate.would_fit = less.most(of, node, candidate.engine);
    }
}

/// Moments that ask for less than the horizon, each calculated once.
struct Less<'a> {
    horizon: &'a Horizon<'a>,
    at: RefCell<BTreeMap<(Quantity, u32), Horizon<'a>>>,
}

impl Less<'_> {
    /// The largest share with which some layout of the type fits.
    fn most(&self, of: Quantity, node: &NodeType, engine: EngineVersion) -> Option<WouldFit> {
        let (mut fits, mut failing) = (0, PARTS);
        while failing - fits > 1 {
            let middle = fits + (failing - fits) / 2;
            if self.fits(of, middle, node, engine) {
                fits = middle;
            } else {
                failing = middle;
            }
        }
        (fits > 0).then(|| WouldFit { of, share: f64::from(fits) / f64::from(PARTS) })
    }

    fn fits(&self, of: Quantity, part: u32, node: &NodeType, engine: EngineVersion) -> bool {
        let mut known = self.at.borrow_mut();
        let then = known.entry((of, part)).or_insert_with(|| {
            let rules = self.horizon.rules;
            let now = rules.spec.growth_factor();
            let less = now * f64::from(part) / f64::from(PARTS);
            if of == Quantity::Peak {
                return self.horizon.with_peak(less);
            }
            Horizon::new(rules, Ask::at(rules.prepared, less, now), Detail::Coarse)
        });
        let layouts = then.layouts.iter().enumerate();
        layouts
            .filter(|(_, layout)| suits(**layout, node, &then.rules.spec.policy))
            .any(|(index, _)| then.pressure(node, engine, index) <= 1.0)
    }
}
