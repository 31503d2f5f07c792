//! What is not known exactly, as laws that worlds are drawn from. Source: MODEL.md §3.8.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use crate::model::Estimate;
use crate::units::{Fraction, num};

use super::super::constraint::Rules;
use super::super::response::round_trip;

/// Where the drawing starts: the same worlds for the same plan, everywhere.
pub(super) const SEED: u64 = 20_261_125;
/// Drawings that one world takes.
pub(super) const DRAWN: usize = 9;
/// How a figure is spread between its ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "law")]
pub enum Law {
    /// Any as probable as any other: two ends and nothing else are known.
    Uniform {
        /// Least.
        low: f64,
        /// Most.
        high: f64,
    },
    /// Most probable at the best figure, falling evenly to both ends.
    Triangular {
        /// Least, best and most.
        estimate: Estimate,
    },
}

impl Law {
    /// Between which values nine of ten drawings lie, as many below as above.
    pub fn nine_of_ten(self) -> (f64, f64) {
        (self.quantile(0.05), self.quantile(0.95))
    }

    /// The value below which a share `p` of all drawings lies.
    pub(super) fn quantile(self, p: f64) -> f64 {
        match self {
            Self::Uniform { low, high } => low + (high - low) * p,
            Self::Triangular { estimate: Estimate { value, low, high } } => {
                let width = high - low;
                if width <= 0.0 {
                    return value;
                }
                if p < (value - low) / width {
                    low + (p * width * (value - low)).sqrt()
                } else {
                    high - ((1.0 - p) * width * (high - value)).sqrt()
                }
            }
        }
    }
}

/// A figure that is drawn, for the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Uncertain {
    /// What it is, with its unit.
    pub name: String,
    /// How it is spread.
    pub law: Law,
}

/// The laws of one plan.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Laws {
    /// Today's keys of each class as a share of the plan's.
    pub(super) keys: Vec<Law>,
    pub(super) peak: Law,
    pub(super) growth: Law,
    /// Engine-thread time, µs per operation; `None`: not collected.
    pub(super) service: Option<Law>,
    /// Factor on `used_memory`.
    pub(super) memory: Law,
    /// µs.
    pub(super) round_trip: Law,
    /// Factor on the load within the objective.
    pub(super) capacity: Law,
}

/// One world: where in each law it lies, 0 to 1. Ratios between machines and the cost of TLS have
/// a law for each node type; in one world all of them lie at the same place.
pub(super) type World = [f64; DRAWN];

impl Laws {
    pub(super) fn of(rules: &Rules<'_>) -> Self {
        let spec = rules.spec;
        let least = &spec.production.least;
        let up_to = |low: f64, high: f64| Law::Uniform { low, high };
        let keys = spec.capacity.keys.iter().enumerate().map(|(class, keys)| {
            let low = least.keys.get(class).copied().flatten().unwrap_or(*keys);
            up_to(num::float(low) / num::float((*keys).max(1)), 1.0)
        });
        let peak = spec.objective.peak.per_sec();
        let growth = spec.capacity.growth_per_month.get();
        let trip = if rules.is_private {
            round_trip(spec.production.round_trip)
        } else {
            Estimate::exact(0.0)
        };
        Self {
            keys: keys.collect(),
            peak: up_to(least.peak.map_or(1.0, |least| least.per_sec() / peak), 1.0),
            growth: up_to(least.growth_per_month.map_or(growth, Fraction::get), growth),
            service: rules
                .models
                .cpu
                .as_ref()
                .map(|cpu| Law::Triangular { estimate: cpu.us_per_op }),
            memory: Law::Triangular { estimate: rules.models.memory.error() },
            round_trip: Law::Triangular { estimate: trip },
            capacity: Law::Triangular { estimate: rules.models.capacity.error() },
        }
    }

    /// All of them by name; the ratio is the one to the chosen node.
    pub(super) fn named(&self, ratio: Estimate, tls: Estimate, classes: &[&str]) -> Vec<Uncertain> {
        let named = |name: String, law| Uncertain { name, law };
        let triangular = |estimate| Law::Triangular { estimate };
        let mut all: Vec<Uncertain> = classes
            .iter()
            .zip(&self.keys)
            .map(|(class, law)| named(format!("keys of {class}, of the plan's"), *law))
            .collect();
        all.push(named("peak, of the plan's".into(), self.peak));
        all.push(named("growth per month".into(), self.growth));
        let service = self.service;
        all.extend(service.map(|law| named("engine-thread time, µs per operation".into(), law)));
        all.push(named("time on the node ÷ time measured".into(), triangular(ratio)));
        all.push(named("TLS, µs per command".into(), triangular(tls)));
        all.push(named("round trip, µs".into(), self.round_trip));
        all.push(named("used_memory ÷ calculated".into(), self.memory));
        all.push(named("load within the objective ÷ the one found".into(), self.capacity));
        all
    }
}

/// So many worlds, the same every time.
pub(super) fn worlds(count: usize) -> Vec<World> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    (0..count).map(|_| std::array::from_fn(|_| random.random_range(0.0..1.0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a triangle from 0 over 1 to 3: a third lies below the peak, the median at 3 − √3.
    #[test]
    fn quantiles_of_a_triangle() {
        let law = Law::Triangular { estimate: Estimate::new(1.0, 0.0, 3.0) };
        for (p, expected) in [(0.0, 0.0), (1.0 / 3.0, 1.0), (0.5, 3.0 - 3f64.sqrt()), (1.0, 3.0)] {
            assert!((law.quantile(p) - expected).abs() < 1e-12, "{p}: {}", law.quantile(p));
        }
        let exact = Law::Triangular { estimate: Estimate::exact(2.0) };
        assert!((exact.quantile(0.9) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn worlds_are_the_same_every_time_and_fill_the_cube() {
        assert_eq!(worlds(100), worlds(100));
        let all = worlds(10_000);
        for place in 0..DRAWN {
            let mean = all.iter().map(|world| world[place]).sum::<f64>() / 1e4;
            assert!((mean - 0.5).abs() < 0.015, "{place}: {mean}");
        }
    }
}
