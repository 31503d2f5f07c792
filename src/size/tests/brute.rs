//! The search against trying everything.

use proptest::prelude::*;

use super::fixture::{answer, catalog, cheapest, models, sharded};
use crate::catalog::{Catalog, Region};
use crate::model::memory::Detail;
use crate::size::constraint::Rules;
use crate::size::demand::Ask;
use crate::size::flips::Subject;
use crate::size::prepared::Prepared;
use crate::size::transfer::Measured;
use crate::size::{Check, Layout, State};
use crate::spec::{Burstable, ClusterMode, PlanSpec, ReadFrom};
use crate::units::{Fraction, Micros, OpsPerSec, Usd, num};

/// Plans of every kind; `shards` of them may have several.
pub(super) fn plan(shards: impl Strategy<Value = bool>) -> impl Strategy<Value = PlanSpec> {
    let engines =
        prop::sample::subsequence(crate::engine::EngineVersion::ON_ELASTICACHE.to_vec(), 1..=2);
    let load = (2.0..10.0, 1.0..6.0, 0u32..200_000, 1_500.0..20_000.0);
    let rules = (0u8..60, 0u32..=5, any::<bool>(), any::<bool>(), 0usize..3, any::<bool>());
    (engines, load, rules, shards).prop_map(|(engines, load, rules, shards)| {
        let (claims, peak, connections, p99) = load;
        let (headroom, replicas, any_node, survive, burstable, tls) = rules;
        let mut spec = sharded();
        spec.capacity.keys = vec![num::round(10f64.powf(claims)), 1_000];
        spec.objective.peak = OpsPerSec::of(10f64.powf(peak));
        spec.objective.p99_us = Micros::of(p99);
        spec.capacity.headroom = Fraction::from_percent(headroom).expect("below 100");
        spec.capacity.replicas = replicas;
        spec.aws.engines = engines;
        spec.production.connections = Some(connections.max(1));
        spec.production.tls = tls;
        spec.production.reads = if any_node { ReadFrom::AnyNode } else { ReadFrom::Primary };
        spec.policy.survive_node_loss = survive;
        spec.policy.burstable = Burstable::WORDS[burstable].1;
        if !shards {
            spec.capacity.cluster_mode = ClusterMode::Disabled;
        }
        spec
    })
}

/// The least that any layout costs which passes every check, by trying them all; each is checked
/// on its own, with nothing carried over from one to the next.
fn by_trying(spec: &PlanSpec, catalog: &Catalog) -> Option<Usd> {
    let models = models(spec);
    let prepared = Prepared::of(spec);
    let rules = Rules {
        spec,
        models: &models,
        limits: &catalog.limits,
        measured: Measured::AnyMachine,
        is_private: true,
        prepared: &prepared,
    };
    let ask = Ask::in_months(&prepared, spec.capacity.horizon_months);
    let region = Region::parse(&spec.aws.region).expect("a Region");
    let mut best: Option<Usd> = None;
    for &engine in &spec.aws.engines {
        for replicas in spec.capacity.replicas..=5 {
            for shards in 1..=90 / (replicas + 1) {
                let enabled = spec.capacity.cluster_mode == ClusterMode::Enabled;
                if shards > 1 && !enabled {
                    continue;
                }
                let layout = Layout { cluster_mode: enabled, ..Layout::new(shards, replicas) };
                let any_node = catalog.node_types().first().expect("some");
                let subject =
                    Subject { rules, node: any_node, engine, layout, detail: Detail::Fine };
                let states: &[State] = if spec.policy.survive_node_loss && replicas > 0 {
                    &[State::Steady, State::NodeLost]
                } else {
                    &[State::Steady]
                };
                let held = subject.held(&ask);
                for node in catalog.node_types() {
                    let Ok(price) = catalog.prices.on_demand(&region, engine.product, &node.name)
                    else {
                        continue;
                    };
                    let monthly = (price.hourly * u64::from(layout.nodes)).monthly();
                    let is_burstable_allowed = match spec.policy.burstable {
                        Burstable::Never => false,
                        Burstable::SingleShard => shards == 1,
                        Burstable::Always => true,
                    };
                    let is_out = best.is_some_and(|best| best <= monthly)
                        || !node.is_current()
                        || node.supports(engine).is_err()
                        || (node.is_burstable() && !is_burstable_allowed);
                    if is_out {
                        continue;
                    }
                    let subject = Subject { node, ..subject };
                    let passes = states.iter().all(|state| {
                        let checks = rules.checks(&subject.carrying(&held, &ask, *state));
                        !checks.iter().any(Check::fails)
                    });
                    if passes {
                        best = Some(monthly);
                    }
                }
            }
        }
    }
    best
}

fn agrees(spec: &PlanSpec) -> Result<(), TestCaseError> {
    let catalog = catalog();
    prop_assert_eq!(cheapest(spec).map(|found| found.monthly), by_trying(spec, catalog));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    /// With its evidence or without.
    #[test]
    fn the_answer_is_the_cheapest(spec in plan(Just(false))) {
        let chosen = answer(&spec).chosen;
        let found = chosen.map(|choice| (choice.node_type, choice.engine, choice.layout));
        prop_assert_eq!(found, cheapest(&spec).map(|it| (it.node_type, it.engine, it.layout)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 996, ..ProptestConfig::default() })]

    #[test]
    fn one_shard_is_found_as_by_trying_everything(spec in plan(Just(false))) {
        agrees(&spec)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    #[test]
    fn many_shards_are_found_as_by_trying_everything(spec in plan(Just(true))) {
        agrees(&spec)?;
    }
}
