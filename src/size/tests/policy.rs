//! What a policy refuses, and that a stricter one never costs less.

use proptest::prelude::*;

use super::fixture::{answer, models, opaque, sharded, target};
use crate::catalog::Catalog;
use crate::engine::EngineVersion;
use crate::size::{Caveat, NotOffered, Outcome, recommend};
use crate::spec::{EngineRule, PlanSpec, Policy, ReadFrom, Rule};
use crate::units::{Fraction, Usd, num};

const REDIS: EngineVersion = EngineVersion::redis(7, 1);
const VALKEY: EngineVersion = EngineVersion::valkey(8, 1);

fn refusal(spec: &PlanSpec, node_type: &str, engine: EngineVersion) -> Option<NotOffered> {
    match &answer(spec).candidate(node_type, engine).expect("every type is listed").outcome {
        Outcome::NotOffered(why) => Some(why.clone()),
        _ => None,
    }
}

#[test]
fn denied_and_not_allowed_types_are_listed_with_the_rule() {
    let mut spec = sharded();
    spec.policy.deny = vec!["t4g".into(), "cache.m7g.large".into()];
    let why = |spec: &PlanSpec, name| refusal(spec, name, VALKEY).map(|why| why.to_string());
    let denied = |entry: &str| Some(format!("the policy's `deny` names {entry}"));
    assert_eq!(why(&spec, "cache.t4g.small"), denied("t4g"));
    assert_eq!(why(&spec, "cache.m7g.large"), denied("cache.m7g.large"));
    assert_eq!(why(&spec, "cache.m7g.xlarge"), None);
    spec.policy.deny.clear();
    spec.policy.allow = vec!["r7g".into()];
    let only = Some("the policy's `allow` names only r7g".to_owned());
    assert_eq!(why(&spec, "cache.m7g.large"), only);
    let chosen = answer(&spec).chosen.expect("something fits");
    assert!(chosen.node_type.starts_with("cache.r7g."), "{}", chosen.node_type);
    assert_eq!(answer(&spec).candidates.len(), Catalog::builtin().node_types().len() * 2);
}

#[test]
fn engines_of_the_plan_that_the_policy_refuses_are_a_caveat() {
    let mut spec = sharded();
    spec.policy.engines = vec![EngineRule::Version(REDIS)];
    let answer = answer(&spec);
    assert_eq!(answer.chosen.as_ref().expect("something fits").engine, REDIS);
    assert!(answer.caveats.contains(&Caveat::EnginesRefused { engines: vec![VALKEY] }));
    let why = refusal(&spec, "cache.r7g.large", VALKEY).expect("refused");
    assert_eq!(why.to_string(), "the policy's `engines` are only redis-7.1");
}

/// Without rules `cache.t4g.small` carries it with six shards.
#[test]
fn layouts_beyond_the_rules_are_refused_by_name_where_they_alone_would_fit() {
    let mut spec = sharded();
    spec.policy.max_shards = Some(4);
    let why = refusal(&spec, "cache.t4g.small", VALKEY).expect("refused");
    assert_eq!(why.to_string(), "fits with 6 shards, and the policy's `max_shards` allows 4");
    spec.policy.max_shards = None;
    spec.policy.max_nodes = Some(9);
    let why = refusal(&spec, "cache.t4g.small", VALKEY).expect("refused");
    assert_eq!(why.to_string(), "fits with 12 nodes, and the policy's `max_nodes` allows 9");
    spec.policy.max_nodes = None;
    spec.policy.min_shards = 3;
    let answer = answer(&spec);
    let shards: Vec<u32> =
        answer.candidates.iter().filter_map(|c| Some(c.layout()?.shards)).collect();
    assert!(shards.contains(&3) && shards.iter().all(|n| *n == 1 || *n >= 3), "{shards:?}");
}

#[test]
fn a_plan_below_the_policy_is_sized_as_the_policy_asks() {
    let mut spec = opaque(100_000, 500);
    spec.capacity.replicas = 0;
    spec.capacity.multi_az = false;
    spec.policy.min_replicas = 2;
    spec.policy.min_headroom = Fraction::from_percent(30).expect("a percentage");
    let answer = answer(&spec);
    let choice = answer.chosen.expect("something fits");
    assert_eq!(choice.layout.replicas, 2);
    let check = &choice.checks[0];
    let allowed = check.allowed.expect("known") / check.limit.expect("known");
    assert!((allowed - 0.7).abs() < 1e-12, "{allowed}");
    let raised = |rule, key: &str, from: &str, to: &str| Caveat::RaisedByPolicy {
        rule,
        key: key.into(),
        from: from.into(),
        to: to.into(),
    };
    assert!(answer.caveats.contains(&raised(Rule::MinReplicas, "replicas", "0", "2")));
    assert!(answer.caveats.contains(&raised(Rule::MinHeadroom, "headroom", "0%", "30%")));
}

#[test]
fn a_price_that_is_too_old_is_refused_by_name() {
    let mut spec = sharded();
    spec.aws.region = "sa-east-1".into();
    let free = answer(&spec);
    spec.policy.max_price_age_months = Some(18);
    let ruled = answer(&spec);
    let mut refused = 0;
    for (old, new) in free.candidates.iter().zip(&ruled.candidates) {
        if let Outcome::NotOffered(NotOffered::PriceTooOld { date, newest, months }) = &new.outcome
        {
            let bill = old.bill().expect("it had a price");
            assert_eq!((bill.price.reading().date, *months), (*date, 18));
            assert!(date.is_none_or(|date| date.months() + 18 < newest.months()));
            refused += 1;
        }
    }
    assert!(refused > 0, "the Region was read years ago");
    assert!(!ruled.caveats.iter().any(|c| matches!(c, Caveat::PriceOld { .. })));
}

#[test]
fn names_that_the_catalog_does_not_have_are_refused_with_the_nearest() {
    let mut spec = sharded();
    let refused = |spec: &PlanSpec| {
        let error = recommend(spec, &models(spec), &target(), &Catalog::builtin());
        let error = error.expect_err("it cannot be sized");
        format!("{error}; {}", error.hint())
    };
    spec.policy.deny = vec!["r77g".into()];
    let text = refused(&spec);
    assert!(text.starts_with("the policy's `deny` names r77g, which"), "{text}");
    assert!(text.contains("did you mean r7g"), "{text}");
    spec.policy = Policy { max_nodes: Some(1), ..Policy::default() };
    assert!(refused(&spec).contains("one shard with 1 replicas has more; set `max_nodes` to 2"));
}

/// Some rules, and others that ask for no less.
fn stricter() -> impl Strategy<Value = (Policy, Policy)> {
    let percent = |n: u8| Fraction::from_percent(n).expect("a percentage");
    let limits = (50u8..=90, 0u8..=30, 60u8..=100, 0u8..=40, 0u8..=30);
    let counts = (0u32..=2, 0u32..=2, 1u32..=3, 0u32..=2, 3u32..=40, 0u32..=20);
    let lists = prop::sample::subsequence(vec!["t4g", "r7g", "m7g", "r6g", "r8g", "m6g"], 0..=4);
    (limits, counts, lists, any::<bool>()).prop_map(move |(limits, counts, deny, flag)| {
        let (cpu, less_cpu, memory, less_memory, headroom) = limits;
        let (replicas, more_replicas, shards, more_shards, nodes, fewer_nodes) = counts;
        let loose = Policy {
            engine_cpu: percent(cpu),
            memory: percent(memory),
            min_replicas: replicas,
            min_shards: shards,
            max_nodes: Some(nodes + fewer_nodes + 6),
            survive_node_loss: false,
            burstable: crate::spec::Burstable::Always,
            ..Policy::default()
        };
        let strict = Policy {
            engine_cpu: percent(cpu - less_cpu),
            memory: percent(memory - less_memory),
            min_headroom: percent(headroom),
            min_replicas: replicas + more_replicas,
            min_shards: shards + more_shards,
            max_nodes: Some(nodes + 6),
            survive_node_loss: flag,
            multi_az: flag,
            deny: deny.into_iter().map(str::to_owned).collect(),
            ..loose.clone()
        };
        (loose, strict)
    })
}

/// The bill of the answer; nothing that fits counts as dearer than anything.
fn cost(spec: &PlanSpec) -> Usd {
    answer(spec).chosen.map_or(Usd::from_nanos(u64::MAX), |choice| choice.bill.monthly)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_stricter_policy_never_costs_less(
        (loose, strict) in stricter(), claims in 3.0..8.5, peak in 1.0..5.0, any_node in any::<bool>(),
    ) {
        let mut spec = sharded();
        spec.aws.engines.truncate(1);
        spec.capacity.keys = vec![num::round(10f64.powf(claims)), 1_000];
        spec.objective.peak = spec.objective.peak.scale(10f64.powf(peak) / 5_000.0);
        spec.production.reads = if any_node { ReadFrom::AnyNode } else { ReadFrom::Primary };
        spec.policy = loose;
        let before = cost(&spec);
        spec.policy = strict;
        let after = cost(&spec);
        prop_assert!(after >= before, "{before} before, {after} under {:?}", spec.policy);
    }
}
