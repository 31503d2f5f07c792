//! How far the chosen layout reaches: the growth of keys, of peak and of time that ends it.

use crate::catalog::NodeType;
use crate::engine::EngineVersion;
use crate::model::memory::Detail;
use crate::units::Fraction;

use super::cluster::{Spread, fullest};
use super::constraint::{Case, Rules, Shard};
use super::demand::{self, Ask, Part, growth};
use super::{FlipPoints, Layout, Resource};

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

impl Subject<'_> {
    /// Where the layout stops fitting, from the horizon on; it fits there. Dozens of moments are
    /// tried, so that memory is calculated coarsely.
    pub(super) fn flips(&self) -> FlipPoints {
        Self { detail: Detail::Coarse, ..*self }.flips_as_detailed()
    }

    fn flips_as_detailed(&self) -> FlipPoints {
        let spec = self.rules.spec;
        let now = growth(spec, spec.capacity.horizon_months);
        let headroom = spec.capacity.headroom;
        let horizon = Ask::at(spec, now, now);
        let shard = self.shard(&horizon);

        let keys = first_failure(now, |factor| {
            let (resource, pressure) =
                self.rules.worst(&self.case(&Ask::at(spec, factor, now)), headroom);
            (pressure > 1.0).then_some(resource)
        });
        let peak = first_failure(now, |factor| {
            let ask = horizon.with_peak(spec.objective.peak.scale(factor));
            let case = Case::new(self.node, self.engine, self.layout, shard, &ask);
            let (resource, pressure) = self.rules.worst(&case, headroom);
            (pressure > 1.0).then_some(resource)
        });
        FlipPoints {
            keys_factor: keys.map(|(factor, _)| factor),
            keys: keys.map(|(factor, _)| Ask::at(spec, factor, now).total_keys()),
            keys_bound_by: keys.map(|(_, resource)| resource),
            peak_factor: peak.map(|(factor, _)| factor),
            peak: peak.map(|(factor, _)| spec.objective.peak.scale(factor)),
            peak_bound_by: peak.map(|(_, resource)| resource),
            outgrown_in_months: self.first_month(headroom),
            exhausted_in_months: self.first_month(Fraction::ZERO),
        }
    }

    pub(super) fn case(&self, ask: &Ask) -> Case<'_> {
        Case::new(self.node, self.engine, self.layout, self.shard(ask), ask)
    }

    fn shard(&self, ask: &Ask) -> Shard {
        let Rules { spec, models, names, .. } = self.rules;
        let (keys, load_share) = if self.layout.cluster_mode {
            let spread = Spread::of(spec, names, ask);
            let costs = spread.costs(self.engine, self.detail);
            let keys = fullest(&costs, self.layout.shards, models.memory.correction);
            (keys, spread.largest_load(self.layout.shards))
        } else {
            (ask.on_one_server(self.engine), 1.0)
        };
        let part = Part { keys: &keys, load_share };
        let memory = demand::memory(&self.rules, ask, self.engine, self.layout, part);
        Shard { memory, load_share }
    }

    /// The first month after the horizon in which a check fails with that much headroom.
    fn first_month(&self, headroom: Fraction) -> Option<u32> {
        let spec = self.rules.spec;
        let fails =
            |month| self.rules.worst(&self.case(&Ask::in_months(spec, month)), headroom).1 > 1.0;
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
