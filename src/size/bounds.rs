//! Between which figures the choice holds, and what it becomes beyond them. Source: MODEL.md §3.6.

use serde::{Deserialize, Serialize};

use crate::model::memory::Detail;
use crate::spec::PlanSpec;
use crate::units::{Fraction, num};

use super::constraint::Rules;
use super::demand::Ask;
use super::market::{Alternative, Market};
use super::search::Horizon;
use super::{Choice, Resource};

/// How far down a search goes: a thousandth of the horizon's figure.
const LEAST: f64 = 1e-3;
/// From one factor to the next while the first crossing is looked for.
const STEP: f64 = 0.93;
/// From one headroom to the next.
const HEADROOM_STEP: f64 = 0.01;
/// Headroom is looked at up to here, as workload files allow.
const MOST_HEADROOM: f64 = 0.94;
/// How narrow a bisection ends, relative to its result.
const PRECISION: f64 = 1e-4;

/// One end of what the choice holds for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// Of what, everything else as at the horizon.
    pub of: Quantity,
    /// Whether it holds up to here or from here on.
    pub side: Side,
    /// Keys over all classes, operations per second, or the headroom as a share.
    pub at: f64,
    /// The same as a factor of today's figure; of headroom the share itself.
    pub factor: f64,
    /// What runs out beyond it. `None`: something cheaper fits there.
    pub because: Option<Resource>,
    /// The choice beyond it. `None`: nothing fits there.
    pub becomes: Option<Alternative>,
}

/// What is changed alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Keys of all classes alike.
    Keys,
    /// Highest load.
    Peak,
    /// Share of every limit left free.
    Headroom,
}

/// Which end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// It holds up to here.
    Most,
    /// It holds from here on.
    Least,
}

/// Every bound of the choice; those that were not found are left out.
///
/// * `horizon`: what was searched when it was chosen.
pub(super) fn bounds(horizon: &Horizon<'_>, market: &Market<'_>, choice: &Choice) -> Vec<Bound> {
    let chosen = choice.alternative();
    let view = View { horizon, market, chosen: &chosen };
    let mut bounds = Vec::new();
    bounds.extend(view.fewer(Quantity::Keys));
    bounds.extend(view.more_keys(choice));
    bounds.extend(view.fewer(Quantity::Peak));
    bounds.extend(view.more_peak(choice));
    bounds.extend(view.less_headroom());
    bounds.extend(view.more_headroom());
    bounds
}

#[derive(Debug, Clone, Copy)]
struct View<'a> {
    horizon: &'a Horizon<'a>,
    market: &'a Market<'a>,
    chosen: &'a Alternative,
}

impl View<'_> {
    fn rules(&self) -> Rules<'_> {
        self.horizon.rules
    }

    /// What is asked for at another factor of today's keys.
    fn with_keys(&self, keys: f64) -> Horizon<'_> {
        let ask = Ask::at(self.rules().prepared, keys, self.rules().spec.growth_factor());
        Horizon::new(self.rules(), ask, Detail::Coarse)
    }

    /// Below which factor something cheaper fits.
    fn fewer(&self, of: Quantity) -> Option<Bound> {
        let now = self.rules().spec.growth_factor();
        let at = |factor| match of {
            Quantity::Keys => self.with_keys(factor),
            Quantity::Peak | Quantity::Headroom => self.horizon.with_peak(factor),
        };
        let cheaper = |factor| self.market.cheapest(&at(factor), Some(self.chosen));
        let mut holds = now;
        let mut beyond = loop {
            let next = holds * STEP;
            if let Some(becomes) = cheaper(next) {
                break (next, becomes);
            }
            if next < now * LEAST {
                return None;
            }
            holds = next;
        };
        while holds - beyond.0 > PRECISION * holds {
            let middle = f64::midpoint(holds, beyond.0);
            match cheaper(middle) {
                Some(becomes) => beyond = (middle, becomes),
                None => holds = middle,
            }
        }
        let (factor, becomes) = (holds, Some(beyond.1));
        let at = match of {
            Quantity::Keys => num::float(Ask::at(self.rules().prepared, factor, now).total_keys()),
            Quantity::Peak | Quantity::Headroom => {
                self.rules().spec.objective.peak.scale(factor).per_sec()
            }
        };
        Some(Bound { of, side: Side::Least, at, factor, because: None, becomes })
    }

    fn more_keys(&self, choice: &Choice) -> Option<Bound> {
        let (factor, at) = (choice.flips.keys_factor?, choice.flips.keys?);
        let beyond = self.with_keys(factor * (1.0 + PRECISION));
        Some(Bound {
            of: Quantity::Keys,
            side: Side::Most,
            at: num::float(at),
            factor,
            because: choice.flips.keys_bound_by,
            becomes: self.market.cheapest(&beyond, None),
        })
    }

    fn more_peak(&self, choice: &Choice) -> Option<Bound> {
        let (factor, at) = (choice.flips.peak_factor?, choice.flips.peak?);
        let beyond = self.horizon.with_peak(factor * (1.0 + PRECISION));
        Some(Bound {
            of: Quantity::Peak,
            side: Side::Most,
            at: at.per_sec(),
            factor,
            because: choice.flips.peak_bound_by,
            becomes: self.market.cheapest(&beyond, None),
        })
    }

    /// The same moment with other headroom.
    fn with_headroom<T>(&self, headroom: f64, ask: impl FnOnce(&Horizon<'_>) -> T) -> T {
        let headroom = Fraction::new(headroom).unwrap_or_default();
        let rules = self.rules();
        let mut spec: PlanSpec = rules.spec.clone();
        spec.capacity.headroom = headroom;
        ask(&self.horizon.under(Rules { spec: &spec, ..rules }))
    }

    fn less_headroom(&self) -> Option<Bound> {
        let cheaper = |headroom| {
            self.with_headroom(headroom, |horizon| self.market.cheapest(horizon, Some(self.chosen)))
        };
        let mut holds = self.rules().spec.capacity.headroom.get();
        let mut beyond = loop {
            if holds <= 0.0 {
                return None;
            }
            let next = (holds - HEADROOM_STEP).max(0.0);
            if let Some(becomes) = cheaper(next) {
                break (next, becomes);
            }
            holds = next;
        };
        while holds - beyond.0 > PRECISION {
            let middle = f64::midpoint(holds, beyond.0);
            match cheaper(middle) {
                Some(becomes) => beyond = (middle, becomes),
                None => holds = middle,
            }
        }
        Some(Bound {
            of: Quantity::Headroom,
            side: Side::Least,
            at: holds,
            factor: holds,
            because: None,
            becomes: Some(beyond.1),
        })
    }

    fn more_headroom(&self) -> Option<Bound> {
        let worst = |headroom| {
            self.with_headroom(headroom, |horizon| self.market.worst(horizon, self.chosen))
        };
        let mut holds = self.rules().spec.capacity.headroom.get();
        let mut beyond = loop {
            let next = holds + HEADROOM_STEP;
            if next > MOST_HEADROOM {
                return None;
            }
            if let Some((resource, pressure)) = worst(next)
                && pressure > 1.0
            {
                break (next, resource);
            }
            holds = next;
        };
        while beyond.0 - holds > PRECISION {
            let middle = f64::midpoint(holds, beyond.0);
            match worst(middle) {
                Some((resource, pressure)) if pressure > 1.0 => beyond = (middle, resource),
                _ => holds = middle,
            }
        }
        let becomes = self.with_headroom(beyond.0, |horizon| self.market.cheapest(horizon, None));
        Some(Bound {
            of: Quantity::Headroom,
            side: Side::Most,
            at: holds,
            factor: holds,
            because: Some(beyond.1),
            becomes,
        })
    }
}
