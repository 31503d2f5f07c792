//! How far the chosen layout reaches: the growth of keys, of peak and of time that ends it.

use crate::catalog::NodeType;
use crate::engine::EngineVersion;
use crate::model::memory::save::Writable;
use crate::model::memory::{Detail, Footprint};
use crate::units::Fraction;

use super::cluster::{Spread, fullest};
use super::constraint::{Case, Rules, Shard};
use super::demand::{self, Ask, Part};
use super::search::loses_a_node;
use super::{FlipPoints, Layout, Resource, State};

/// Months beyond which nothing is foretold: ten years.
const MOST_MONTHS: u32 = 120;
/// Factors on today's figures beyond which a layout counts as limitless.
const MOST_GROWTH: f64 = 1e9;
/// How narrow a bisection ends, relative to its result.
const PRECISION: f64 = 1e-6;

/// One layout under changing demand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) rules: Rules<'a>,
    pub(super) node: &'a NodeType,
    pub(super) engine: EngineVersion,
    pub(super) layout: Layout,
    pub(super) detail: Detail,
}

/// What the fullest shard holds, whatever the peak.
#[derive(Debug)]
pub(super) struct Held {
    keys: Footprint,
    writable: Vec<Writable>,
    load_share: f64,
}

impl Subject<'_> {
    /// Where the layout stops fitting, from the horizon on; it fits there. Dozens of moments are
    /// tried, so that memory is calculated coarsely.
    pub(super) fn flips(&self) -> FlipPoints {
        Self { detail: Detail::Coarse, ..*self }.flips_as_detailed()
    }

    fn flips_as_detailed(&self) -> FlipPoints {
        let spec = self.rules.spec;
        let prepared = self.rules.prepared;
        let now = spec.growth_factor();
        let headroom = spec.capacity.headroom;
        let horizon = Ask::at(prepared, now, now);
        let held = self.held(&horizon);

        let keys = first_failure(now, |factor| {
            let ask = Ask::at(prepared, factor, now);
            let (resource, pressure) = self.worst(&self.held(&ask), &ask, headroom);
            (pressure > 1.0).then_some(resource)
        });
        let peak = first_failure(now, |factor| {
            let ask = horizon.with_peak(spec.objective.peak.scale(factor));
            let (resource, pressure) = self.worst(&held, &ask, headroom);
            (pressure > 1.0).then_some(resource)
        });
        FlipPoints {
            keys_factor: keys.map(|(factor, _)| factor),
            keys: keys.map(|(factor, _)| Ask::at(prepared, factor, now).total_keys()),
            keys_bound_by: keys.map(|(_, resource)| resource),
            peak_factor: peak.map(|(factor, _)| factor),
            peak: peak.map(|(factor, _)| spec.objective.peak.scale(factor)),
            peak_bound_by: peak.map(|(_, resource)| resource),
            outgrown_in_months: self.first_month(headroom),
            exhausted_in_months: self.first_month(Fraction::ZERO),
        }
    }

    pub(super) fn case(&self, ask: &Ask, state: State) -> Case<'_> {
        self.carrying(&self.held(ask), ask, state)
    }

    /// Where the layout has to hold with a node lost, the worse of that and the steady state.
    fn worst(&self, held: &Held, ask: &Ask, headroom: Fraction) -> (Resource, f64) {
        let of = |state| self.rules.worst(&self.carrying(held, ask, state), headroom);
        let steady = of(State::Steady);
        if !loses_a_node(&self.rules, self.layout) {
            return steady;
        }
        let lost = of(State::NodeLost);
        if lost.1 > steady.1 { lost } else { steady }
    }

    /// The case of a shard that holds those keys, at the peak of `ask`. The reserve grows with it.
    pub(super) fn carrying(&self, held: &Held, ask: &Ask, state: State) -> Case<'_> {
        let Held { keys, writable, load_share } = held;
        let part = Part { keys, writable, load_share: *load_share };
        let memory = demand::memory(&self.rules, ask, self.engine, self.layout, part);
        let shard = Shard { memory, load_share: *load_share };
        Case::new(self.node, self.engine, self.layout, shard, ask, state)
    }

    pub(super) fn held(&self, ask: &Ask) -> Held {
        let Rules { spec, models, prepared, .. } = self.rules;
        let (keys, load_share) = if self.layout.cluster_mode {
            let spread = Spread::of(spec, &prepared.names, ask);
            let costs = spread.costs(self.engine, self.detail);
            let keys = fullest(&costs, self.layout.shards, models.memory.correction);
            (keys, spread.largest_load(self.layout.shards))
        } else {
            (ask.on_one_server(self.engine), 1.0)
        };
        let writable = ask.writable(self.engine, self.layout.cluster_mode);
        Held { keys, writable, load_share }
    }

    /// The first month after the horizon in which a check fails with that much headroom.
    fn first_month(&self, headroom: Fraction) -> Option<u32> {
        let spec = self.rules.spec;
        let fails = |month| {
            let ask = Ask::in_months(self.rules.prepared, month);
            self.worst(&self.held(&ask), &ask, headroom).1 > 1.0
        };
        let (mut fits, mut failing) = (spec.capacity.horizon_months, MOST_MONTHS);
        if fits >= failing || !fails(failing) {
            return None;
        }
        while failing - fits > 1 {
            let middle = fits + (failing - fits) / 2;
            if fails(middle) {
                failing = middle;
            } else {
                fits = middle;
            }
        }
        Some(failing)
    }
}

/// The least factor from `fits` on that fails, within [`PRECISION`], and what fails there.
fn first_failure(fits: f64, failure: impl Fn(f64) -> Option<Resource>) -> Option<(f64, Resource)> {
    let mut fits = fits;
    let mut failing = loop {
        let next = fits * 2.0;
        if let Some(resource) = failure(next) {
            break (next, resource);
        }
        if next > MOST_GROWTH {
            return None;
        }
        fits = next;
    };
    while failing.0 - fits > PRECISION * failing.0 {
        let middle = f64::midpoint(fits, failing.0);
        match failure(middle) {
            Some(resource) => failing = (middle, resource),
            None => fits = middle,
        }
    }
    Some(failing)
}
