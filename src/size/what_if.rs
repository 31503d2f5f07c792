//! What the answer would be for other keys, another peak and other headroom: a grid of answers, so
//! that whoever reads a report can ask without another model. Source: MODEL.md §3.13.

use serde::{Deserialize, Serialize};

use crate::model::memory::Detail;
use crate::spec::PlanSpec;
use crate::units::Fraction;

use super::constraint::Rules;
use super::demand::Ask;
use super::market::{Alternative, Market};
use super::search::Horizon;

/// Keys and peak as multiples of those at the horizon.
const FACTORS: [f64; 11] = [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0];
/// The place of 1 in it.
const AS_PLANNED: usize = 3;
/// Headroom, beside the plan's own.
const HEADROOMS: [f64; 5] = [0.0, 0.1, 0.2, 0.3, 0.4];

/// Answers on a grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WhatIf {
    /// Multiples of the keys at the horizon, ascending.
    pub keys: Vec<f64>,
    /// Multiples of the peak at the horizon, ascending.
    pub peaks: Vec<f64>,
    /// Shares of every limit left free, ascending; the plan's own is among them.
    pub headrooms: Vec<Fraction>,
    /// Where in `keys`, `peaks` and `headrooms` the plan itself is.
    pub planned: [usize; 3],
    /// The different answers.
    pub answers: Vec<Alternative>,
    /// Which of them, for the first keys every peak, for each of these every headroom, and so on;
    /// `None` where nothing fits.
    pub cells: Vec<Option<usize>>,
}

/// The grid around the horizon.
///
/// * `chosen`: the answer as planned, which was found with finer detail.
pub(super) fn what_if(
    horizon: &Horizon<'_>,
    market: &Market<'_>,
    chosen: Option<&Alternative>,
) -> WhatIf {
    let rules = horizon.rules;
    let own = rules.spec.capacity.headroom;
    let mut headrooms: Vec<Fraction> = HEADROOMS.into_iter().filter_map(Fraction::new).collect();
    headrooms.push(own);
    headrooms.sort_by(|a, b| a.get().total_cmp(&b.get()));
    headrooms.dedup();
    let at_own = headrooms.iter().position(|headroom| *headroom == own).unwrap_or(0);
    let specs: Vec<PlanSpec> =
        headrooms.iter().map(|headroom| with(rules.spec, *headroom)).collect();
    let mut grid = WhatIf {
        keys: FACTORS.to_vec(),
        peaks: FACTORS.to_vec(),
        headrooms,
        planned: [AS_PLANNED, AS_PLANNED, at_own],
        answers: Vec::new(),
        cells: Vec::new(),
    };
    let growth = rules.spec.growth_factor();
    for (key, keys) in FACTORS.into_iter().enumerate() {
        let ask = Ask::at(rules.prepared, growth * keys, growth);
        let with_keys = Horizon::new(rules, ask, Detail::Coarse);
        for (peak, factor) in FACTORS.into_iter().enumerate() {
            let with_peak = with_keys.with_peak(growth * factor);
            for (headroom, spec) in specs.iter().enumerate() {
                let place = [key, peak, headroom];
                let answer = if place == grid.planned {
                    chosen.cloned()
                } else if let Some(easier) = grid.easier(place) {
                    let horizon = with_peak.under(Rules { spec, ..rules });
                    market.cheapest_after(&horizon, &easier)
                } else {
                    None
                };
                grid.push(answer);
            }
        }
    }
    grid
}

fn with(spec: &PlanSpec, headroom: Fraction) -> PlanSpec {
    let mut spec = spec.clone();
    spec.capacity.headroom = headroom;
    spec
}

impl WhatIf {
    /// The answers one step towards less of each; `None` where one of them is that nothing fits, and
    /// so nothing fits here.
    fn easier(&self, place: [usize; 3]) -> Option<Vec<&Alternative>> {
        let steps = (0..3).filter(|axis| place[*axis] > 0);
        let step = |axis: usize| {
            let mut place = place;
            place[axis] -= 1;
            self.at(place[0], place[1], place[2])
        };
        steps.map(step).collect()
    }

    /// Adds the answer of the next cell.
    fn push(&mut self, answer: Option<Alternative>) {
        let index = answer.map(|answer| {
            let known = self.answers.iter().position(|known| *known == answer);
            known.unwrap_or_else(|| {
                self.answers.push(answer);
                self.answers.len() - 1
            })
        });
        self.cells.push(index);
    }

    /// The answer at a place of the grid; `None` where nothing fits.
    ///
    /// # Panics
    /// Outside of the grid.
    pub fn at(&self, keys: usize, peak: usize, headroom: usize) -> Option<&Alternative> {
        let (peaks, headrooms) = (self.peaks.len(), self.headrooms.len());
        assert!(peak < peaks && headroom < headrooms, "outside of the grid");
        self.cells[(keys * peaks + peak) * headrooms + headroom].map(|index| &self.answers[index])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size::tests::fixture::{answer, at_horizon, sharded};
    use crate::spec::identity_cache;

    /// Every corner, and some places inside, as if they had been planned.
    #[test]
    fn the_grid_says_what_planning_again_would() {
        let mut spec = identity_cache();
        spec.capacity.growth_per_month = Fraction::ZERO;
        let grid = answer(&spec).what_if.unwrap();
        assert_eq!(grid.cells.len(), grid.keys.len() * grid.peaks.len() * grid.headrooms.len());
        let last = grid.keys.len() - 1;
        for place in [[0, 0, 0], [last, last, 4], [0, last, 2], [last, 0, 1], [6, 3, 2], [3, 7, 0]]
        {
            let [keys, peak, headroom] = place;
            let mut again = spec.clone();
            again.capacity.keys = spec.keys_times(grid.keys[keys]);
            again.objective.peak = spec.objective.peak.scale(grid.peaks[peak]);
            again.capacity.headroom = grid.headrooms[headroom];
            let expected = answer(&again).chosen.map(|choice| (choice.node_type, choice.layout));
            let found = grid.at(keys, peak, headroom);
            let found = found.map(|found| (found.node_type.clone(), found.layout));
            assert_eq!(found, expected, "{place:?}");
        }
    }

    /// What was left out because something easier had failed would indeed not have fitted.
    #[test]
    fn every_cell_is_what_a_search_of_everything_finds() {
        let mut few = sharded();
        few.policy.max_shards = Some(4);
        few.aws.engines.truncate(1);
        for spec in [identity_cache(), few] {
            let grid = answer(&spec).what_if.unwrap();
            at_horizon(&spec, |horizon, market| {
                let (rules, growth) = (horizon.rules, spec.growth_factor());
                for (key, keys) in grid.keys.iter().enumerate() {
                    let ask = Ask::at(rules.prepared, growth * keys, growth);
                    let with_keys = Horizon::new(rules, ask, Detail::Coarse);
                    for (peak, factor) in grid.peaks.iter().enumerate() {
                        let with_peak = with_keys.with_peak(growth * factor);
                        for (headroom, share) in grid.headrooms.iter().enumerate() {
                            let spec = with(&spec, *share);
                            let here = with_peak.under(Rules { spec: &spec, ..rules });
                            let found = market.cheapest(&here, None);
                            assert_eq!(grid.at(key, peak, headroom), found.as_ref());
                        }
                    }
                }
            });
        }
    }

    #[test]
    fn the_plan_itself_is_in_the_grid() {
        let mut spec = identity_cache();
        spec.capacity.headroom = Fraction::new(0.25).unwrap();
        let answer = answer(&spec);
        let grid = answer.what_if.unwrap();
        let [keys, peak, headroom] = grid.planned;
        assert_eq!((grid.keys[keys], grid.peaks[peak]), (1.0, 1.0));
        assert_eq!(grid.headrooms[headroom], spec.capacity.headroom);
        let choice = answer.chosen.unwrap();
        assert_eq!(grid.at(keys, peak, headroom).unwrap().node_type, choice.node_type);
    }
}
