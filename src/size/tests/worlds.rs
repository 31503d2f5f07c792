//! How sure an answer is: against truths drawn otherwise, through the exact law.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::fixture::{answer, sharded};
use crate::size::{Choice, Law, Recommendation, Resource, Uncertainty};
use crate::spec::{PlanSpec, identity_cache};
use crate::units::{Fraction, OpsPerSec, Usd, num};

/// Truths that are drawn.
const TRUTHS: u32 = 1_000;

/// The built-in plan with intervals.
fn uncertain() -> PlanSpec {
    let mut spec = identity_cache();
    spec.production.least.keys = vec![Some(3_000_000), Some(200_000)];
    spec.production.least.peak = OpsPerSec::new(3_000.0);
    spec.production.least.growth_per_month = Fraction::from_percent(2);
    spec
}

fn sure(answer: &Recommendation) -> (&Choice, &Uncertainty) {
    let choice = answer.chosen.as_ref().expect("something fits");
    (choice, answer.uncertainty.as_ref().expect("something was chosen"))
}

#[test]
fn the_same_plan_is_as_sure_every_time() {
    assert_eq!(answer(&uncertain()).uncertainty, answer(&uncertain()).uncertainty);
}

/// Truths from the stated laws, drawn by another generator and put through the sizing itself: nine of
/// ten lie in the 90 % intervals.
#[test]
fn nine_of_ten_truths_lie_in_the_intervals() {
    let spec = uncertain();
    let answered = answer(&spec);
    let (choice, sure) = sure(&answered);
    let (memory, cores) = (sure.memory.expect("drawn"), sure.cores.expect("collected"));
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut draw = || random.random_range(0.0..1.0);
    let triangle = |name: &str, p: f64| {
        let input = sure.inputs.iter().find(|input| input.name.starts_with(name)).expect(name);
        let Law::Triangular { estimate } = input.law else { panic!("{name}") };
        let (low, value, high) = (estimate.low, estimate.value, estimate.high);
        // By rejection, not by the quantile that the program uses.
        let density = |x: f64| {
            if x < value { (x - low) / (value - low) } else { (high - x) / (high - value) }
        };
        let mut random = ChaCha8Rng::seed_from_u64(num::round(p * 1e15));
        loop {
            let x = low + (high - low) * random.random_range(0.0..1.0);
            if high - low < 1e-12 || random.random_range(0.0..1.0) < density(x) {
                return x;
            }
        }
    };
    let (mut in_memory, mut in_cores) = (0, 0);
    for _ in 0..TRUTHS {
        let between = |low: f64, p: f64| low + (1.0 - low) * p;
        let keys = draw();
        let growth = 0.02 + 0.02 * draw();
        let peak = between(0.6, draw());
        let grown = (1.0 + growth).powi(12);
        let mut truth = spec.clone();
        truth.capacity.growth_per_month = Fraction::ZERO;
        truth.capacity.keys = vec![
            num::round(5e6 * between(0.6, keys) * grown),
            num::round(4e5 * between(0.5, keys) * grown),
        ];
        truth.objective.peak = spec.objective.peak.scale(peak * grown);
        let (used, commands) = asked(&truth, choice);
        let used = used * triangle("used_memory", draw());
        let us = triangle("engine-thread time", draw()) + triangle("TLS", draw());
        let busy = commands * us * triangle("time on the node", draw()) / 1e6;
        in_memory += u32::from((memory.low..=memory.high).contains(&used));
        in_cores += u32::from((cores.low..=cores.high).contains(&busy));
    }
    for (what, inside) in [("memory", in_memory), ("cores", in_cores)] {
        let share = f64::from(inside) / f64::from(TRUTHS);
        assert!((0.88..=0.92).contains(&share), "{what}: {share}");
    }
}

/// `used_memory` and commands per second of one shard of the chosen layout, by the exact law.
fn asked(spec: &PlanSpec, choice: &Choice) -> (f64, f64) {
    use super::fixture::{catalog, models};
    use crate::model::memory::Detail;
    use crate::size::State;
    use crate::size::constraint::Rules;
    use crate::size::demand::Ask;
    use crate::size::flips::Subject;
    use crate::size::prepared::Prepared;
    use crate::size::transfer::Measured;

    let (models, prepared) = (models(spec), Prepared::of(spec));
    let rules = Rules {
        spec,
        models: &models,
        limits: &catalog().limits,
        measured: Measured::AnyMachine,
        is_private: true,
        prepared: &prepared,
    };
    let node = catalog().node_type(&choice.node_type).expect("listed");
    let (engine, layout) = (choice.engine, choice.layout);
    let subject = Subject { rules, node, engine, layout, detail: Detail::Fine };
    let case = subject.case(&Ask::in_months(&prepared, 0), State::Steady);
    (case.memory.total().float(), case.commands)
}

#[test]
fn more_uncertainty_upwards_fits_less_often() {
    let mut before = f64::INFINITY;
    for keys in [5_000_000, 9_000_000, 14_000_000] {
        let mut spec = uncertain();
        spec.aws.engines.truncate(1);
        spec.capacity.keys[0] = keys;
        let answered = answer(&spec);
        let node = answered.candidate("cache.m7g.large", spec.aws.engines[0]).expect("listed");
        let r6g = answered.candidate("cache.r6g.large", spec.aws.engines[0]).expect("listed");
        let fits = r6g.fits_probability.unwrap_or(0.0);
        assert!(fits <= before, "{keys}: {fits} after {before}");
        assert!(node.fits_probability.unwrap_or(0.0) <= fits, "less memory fits no more often");
        before = fits;
    }
}

#[test]
fn what_is_far_from_its_limits_always_fits_and_regret_is_what_it_costs_more() {
    let mut spec = identity_cache();
    spec.capacity.keys = vec![1_000, 1_000];
    spec.objective.peak = OpsPerSec::of(10.0);
    let answered = answer(&spec);
    let (choice, sure) = sure(&answered);
    assert!((sure.fits.value - 1.0).abs() < 1e-12 && sure.fits.low > 0.999, "{:?}", sure.fits);
    assert_eq!((sure.regret, sure.short_of.len()), (Usd::ZERO, 0));
    let least = sure.least_regret.as_ref().expect("the chosen one");
    assert_eq!((&least.layout.node_type, least.regret), (&choice.node_type, Usd::ZERO));
}

/// A plan at its limits: the headroom is what makes it fit when things turn out worse.
#[test]
fn headroom_is_what_makes_an_answer_sure() {
    let fits = |headroom| {
        let mut spec = sharded();
        spec.capacity.headroom = Fraction::from_percent(headroom).expect("a percentage");
        spec.production.least.growth_per_month = Fraction::from_percent(2);
        let answered = answer(&spec);
        let (_, sure) = sure(&answered);
        assert!(sure.keeps_headroom <= sure.fits.value);
        assert!(sure.short_of.iter().all(|(resource, _)| *resource != Resource::Packets));
        sure.fits.value
    };
    let (tight, roomy) = (fits(0), fits(30));
    assert!(tight <= roomy && roomy > 0.999, "{tight} {roomy}");
}
