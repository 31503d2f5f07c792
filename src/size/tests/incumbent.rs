//! What runs today, against the worked example of MODEL.md §3.9.

use super::fixture::{answer, models, target};
use crate::catalog::Catalog;
use crate::engine::EngineVersion;
use crate::size::{
    Advice, Broken, Change, Difference, Recommendation, Resource, Running, recommend,
};
use crate::spec::{Incumbent, Observed, PlanSpec, Reservation, ReservedAs, identity_cache};
use crate::units::{Fraction, Usd};

fn plan(node_type: &str, engine: EngineVersion, replicas: u32) -> PlanSpec {
    let mut spec = identity_cache();
    // The hand calculation is without TLS.
    spec.production.tls = false;
    spec.incumbent = Some(Incumbent {
        node_type: node_type.into(),
        engine,
        shards: 1,
        replicas,
        cluster_mode: false,
        reserved: None,
        observed: Observed::default(),
    });
    spec
}

fn running(spec: &PlanSpec) -> Running {
    answer(spec).incumbent.expect("the plan names one")
}

const REDIS: EngineVersion = EngineVersion::redis(7, 1);
const VALKEY: EngineVersion = EngineVersion::valkey(8, 1);

#[track_caller]
fn dollars(difference: Difference, expected: f64) {
    let usd = difference.usd();
    assert!((usd - expected).abs() < 0.005, "${usd} where ${expected} is expected");
}

#[test]
fn a_plan_without_one_says_nothing() {
    assert_eq!(answer(&identity_cache()).incumbent, None);
}

/// $0.206 × 2 × 730 = $300.76 of Redis OSS, $240.608 of Valkey: 20 % less, by hand.
#[test]
fn the_same_node_type_with_valkey_saves_a_fifth() {
    let running = running(&plan("cache.r6g.large", REDIS, 1));
    let bill = running.bill.as_ref().expect("priced");
    assert_eq!(bill.monthly.to_string(), "$300.76");
    assert_eq!((running.short.as_ref(), running.short_today.as_ref()), (None, None));
    let saving = running.saving.as_ref().expect("both are priced");
    dollars(saving.per_month, 60.152);
    dollars(saving.over_horizon, 12.0 * 60.152);
    assert!((saving.share - 0.2).abs() < 1e-9 && (saving.share_on_demand - 0.2).abs() < 1e-9);
    assert_eq!((saving.pays_from_month, saving.sunk), (Some(1), Usd::ZERO));
    assert_eq!(running.advice, Advice::Change);
    let steps = running.migration.expect("it changes").steps;
    let changes: Vec<&Change> = steps.iter().map(|step| &step.change).collect();
    assert_eq!(changes, [&Change::Engine { from: REDIS, to: VALKEY }]);
}

#[test]
fn what_is_chosen_anyway_stays() {
    let running = running(&plan("cache.r6g.large", VALKEY, 1));
    assert_eq!((running.advice, running.migration), (Advice::Same, None));
}

/// What runs is not much dearer: $0.1752 against $0.1648 an hour is 5.9 %.
#[test]
fn a_small_saving_is_not_worth_a_change() {
    let mut spec = plan("cache.r7g.large", VALKEY, 1);
    let share = running(&spec).saving.expect("priced").share;
    assert!((share - (1.0 - 0.1648 / 0.1752)).abs() < 1e-9, "{share}");
    assert_eq!(running(&spec).advice, Advice::Change);
    spec.policy.worthwhile_saving = Fraction::from_percent(10).expect("a percentage");
    assert_eq!(running(&spec).advice, Advice::Stay);
}

/// Seven months of $0.206 × 68 % × 2 × 730 = $204.5168 are sunk. It pays for all of the Valkey
/// nodes, whose units are 0.8 of its own, so that five months of $60.152 are saved.
#[test]
fn a_reservation_of_redis_pays_for_valkey_to_its_end() {
    let mut spec = plan("cache.r6g.large", REDIS, 1);
    let purchase = ReservedAs::OneYearNoUpfront;
    spec.incumbent.as_mut().expect("given").reserved =
        Some(Reservation { purchase, months_left: 7 });
    let running = running(&spec);
    let saving = running.saving.expect("priced");
    assert!((saving.covered - 1.0).abs() < 1e-12);
    let monthly = running.commitment.expect("reserved").bill.monthly.usd();
    assert!((saving.sunk.usd() - 7.0 * monthly).abs() < 1e-6);
    dollars(saving.over_horizon, 5.0 * 60.152);
    assert_eq!(saving.pays_from_month, Some(8));
}

/// Another family is not covered: its whole bill comes on top for as long as the term runs.
#[test]
fn a_reservation_of_another_family_is_sunk() {
    let mut spec = plan("cache.r7g.large", VALKEY, 1);
    let purchase = ReservedAs::ThreeYearsNoUpfront;
    let reserved = Reservation { purchase, months_left: 30 };
    spec.incumbent.as_mut().expect("given").reserved = Some(reserved);
    let whole = running(&spec);
    let saving = whole.saving.expect("priced");
    assert!(saving.covered.abs() < 1e-12 && saving.pays_from_month.is_none(), "{saving:?}");
    dollars(saving.over_horizon, -12.0 * 240.608);
    assert_eq!(whole.advice, Advice::ChangeAfterTerm { month: 30 });
}

#[test]
fn what_is_too_small_has_to_change_by_the_month_it_is_outgrown() {
    let running = running(&plan("cache.m7g.large", VALKEY, 1));
    assert_eq!(running.short_today, None, "2.9 GiB of 3.8 today");
    assert_eq!(running.binding, Resource::Memory);
    let month = running.outgrown_in_months.expect("growth ends it");
    assert!((1..12).contains(&month), "{month}");
    assert_eq!(running.advice, Advice::ChangeBy { month });
    assert!(running.exhausted_in_months.is_none_or(|later| later >= month));
    let saving = running.saving.expect("priced");
    assert!(saving.per_month.usd() < 0.0, "what fits costs more");
}

/// The month is the first in which the plan would not be sized so: a month earlier it still is.
#[test]
fn the_month_is_that_of_the_horizon_that_fails() {
    let mut spec = plan("cache.m7g.large", VALKEY, 1);
    let month = running(&spec).outgrown_in_months.expect("growth ends it");
    let short = |spec: &PlanSpec| running(spec).short.is_some();
    spec.capacity.horizon_months = month;
    assert!(short(&spec));
    spec.capacity.horizon_months = month - 1;
    assert!(!short(&spec));
}

#[test]
fn rules_that_it_breaks_are_named() {
    let mut spec = plan("cache.r6g.large", REDIS, 0);
    spec.policy.deny = vec!["r6g".into()];
    let running = running(&spec);
    assert!(running.breaks.contains(&Broken::FewReplicas { has: 0, wants: 1 }));
    assert_eq!(running.breaks.len(), 2, "{:?}", running.breaks);
    assert_eq!(running.advice, Advice::ChangeBy { month: 0 });
}

#[test]
fn what_cannot_run_is_refused() {
    let refused = |spec: &PlanSpec| {
        let error = recommend(spec, &models(spec), &target(), &Catalog::builtin());
        let error = error.expect_err("it cannot run");
        (error.to_string(), error.hint())
    };
    let (text, hint) = refused(&plan("cache.r6g.lrge", REDIS, 1));
    assert_eq!(text, "`[incumbent]` names cache.r6g.lrge, which the catalog does not have");
    assert!(hint.starts_with("did you mean cache.r6g.large or "), "{hint}");
    let (text, _) = refused(&plan("cache.r8g.large", REDIS, 1));
    assert_eq!(text, "`[incumbent]` cannot run: cache.r8g.large does not run redis");
    let mut spec = plan("cache.r6g.large", VALKEY, 5);
    spec.incumbent.as_mut().expect("given").shards = 100;
    spec.incumbent.as_mut().expect("given").cluster_mode = true;
    assert_eq!(refused(&spec).0, "`[incumbent]` has 600 nodes, where a cluster has at most 500");
}

#[test]
fn it_survives_its_artifact_and_older_artifacts_have_none() {
    let answer = answer(&plan("cache.r6g.large", REDIS, 1));
    let mut text = serde_json::to_value(&answer).expect("it serialises");
    let back: Recommendation = serde_json::from_value(text.clone()).expect("it is read");
    assert_eq!(back.incumbent.map(|r| r.advice), answer.incumbent.map(|r| r.advice));
    text.as_object_mut().expect("an object").remove("incumbent");
    let older: Recommendation = serde_json::from_value(text).expect("it is read");
    assert_eq!(older.incumbent, None);
}
