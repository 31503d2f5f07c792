//! Across a printed bound the choice changes, just inside it does not.

use proptest::prelude::*;

use super::brute::plan;
use super::fixture::{answer, cheapest};
use crate::size::{Bound, Quantity, Side};
use crate::spec::PlanSpec;
use crate::units::Fraction;

/// The plan at its horizon, with one figure `off` times what the bound says; `None` where that
/// cannot be.
fn moved(spec: &PlanSpec, bound: &Bound, off: f64) -> Option<PlanSpec> {
    let now = spec.growth_factor();
    let mut moved = spec.clone();
    moved.capacity.growth_per_month = Fraction::ZERO;
    let (keys, peak) = match bound.of {
        Quantity::Keys => (bound.factor * off, now),
        Quantity::Peak => (now, bound.factor * off),
        Quantity::Headroom => (now, now),
    };
    moved.capacity.keys = spec.keys_times(keys);
    moved.objective.peak = spec.objective.peak.scale(peak);
    if bound.of == Quantity::Headroom {
        // A share of what is free, so that 0 and 1 are not passed.
        moved.capacity.headroom = Fraction::new(bound.at + (off - 1.0))?;
    }
    Some(moved)
}

fn holds(spec: &PlanSpec) -> Result<(), TestCaseError> {
    let Some(choice) = answer(spec).chosen else { return Ok(()) };
    let is_same = |other: &PlanSpec| {
        cheapest(other).is_some_and(|other| {
            (&other.node_type, other.engine, other.layout)
                == (&choice.node_type, choice.engine, choice.layout)
        })
    };
    for bound in &choice.bounds {
        let (inside, outside) = match bound.side {
            Side::Most => (0.998, 1.002),
            Side::Least => (1.002, 0.998),
        };
        if let Some(inside) = moved(spec, bound, inside) {
            prop_assert!(is_same(&inside), "just inside {bound:?}");
        }
        if let Some(outside) = moved(spec, bound, outside) {
            prop_assert!(!is_same(&outside), "just outside {bound:?}");
        }
        if bound.of == Quantity::Headroom {
            continue; // what it becomes may change again within a thousandth
        }
        let beyond = 1.0 + (outside - 1.0) / 10.0;
        let Some(beyond) = moved(spec, bound, beyond) else { continue };
        prop_assert_eq!(&cheapest(&beyond), &bound.becomes, "beyond {:?}", bound);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 15, max_shrink_iters: 10, ..ProptestConfig::default() })]

    #[test]
    fn one_shard_stays_the_answer_between_its_bounds(spec in plan(Just(false))) {
        holds(&spec)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn many_shards_stay_the_answer_between_their_bounds(spec in plan(Just(true))) {
        holds(&spec)?;
    }
}
