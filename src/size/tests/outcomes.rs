//! What becomes of candidates, and plans that cannot be sized.

use super::fixture::{answer, models, sharded, target};
use crate::catalog::Catalog;
use crate::engine::{CollectionKind, EngineVersion};
use crate::evidence::Grade;
use crate::size::{
    Candidate, Caveat, NotChosen, NotOffered, Outcome, Recommendation, Resource, SizeError,
    recommend,
};
use crate::spec::{
    CollectionPlan, CountLaw, Durability, Families, MemberTemplate, PlanSpec, ScoreForm,
};

const VALKEY: EngineVersion = EngineVersion::valkey(8, 1);
const REDIS: EngineVersion = EngineVersion::redis(7, 1);

fn outcome<'a>(answer: &'a Recommendation, node: &str, engine: EngineVersion) -> &'a Outcome {
    &answer.candidate(node, engine).expect("every type is listed").outcome
}

#[test]
fn every_type_is_listed_with_every_engine_and_a_reason() {
    let spec = sharded();
    let answer = answer(&spec);
    assert_eq!(answer.candidates.len(), Catalog::builtin().node_types().len() * 2);
    let without: Vec<_> = answer.candidates.iter().filter(|c| c.not_chosen.is_none()).collect();
    assert_eq!(without.len(), 1);
    assert_eq!(Some(&without[0].node_type), answer.chosen.as_ref().map(|c| &c.node_type));
    assert!(answer.runners_up.is_sorted_by_key(|next| next.bill.monthly));
    assert_eq!(answer.runners_up.len(), 5);
}

/// `size --engine` may name one that the workload file was not checked against.
#[test]
fn an_engine_without_field_ttl_is_never_recommended() {
    let mut spec = sharded();
    spec.classes[0].collection = Some(CollectionPlan {
        kind: CollectionKind::Hash,
        members: CountLaw::Fixed(5),
        member: MemberTemplate::parse("f{n}").ok(),
        score: ScoreForm::default(),
        field_ttl_secs: Some(3_600),
    });
    let refused = recommend(&spec, &models(&sharded()), &target(), &Catalog::builtin());
    assert!(matches!(refused, Err(SizeError::Lacks(_))));
    spec.aws.engines = vec![EngineVersion::valkey(9, 0)];
    assert!(recommend(&spec, &models(&sharded()), &target(), &Catalog::builtin()).is_ok());
}

#[test]
fn unsupported_and_closed_types_are_not_sized() {
    let mut spec = sharded();
    let current = answer(&spec);
    assert!(matches!(outcome(&current, "cache.r8g.large", REDIS), Outcome::Unsupported(_)));
    let previous = Outcome::NotOffered(NotOffered::PreviousGeneration);
    assert_eq!(*outcome(&current, "cache.m4.large", VALKEY), previous);

    spec.aws.families = Families::All;
    let all = answer(&spec);
    assert!(matches!(outcome(&all, "cache.m4.xlarge", VALKEY), Outcome::Fits { .. }));
    let closed = Outcome::NotOffered(NotOffered::ClosedToNewClusters);
    assert_eq!(*outcome(&all, "cache.t2.medium", VALKEY), closed);
}

/// Source: limits.csv, `durability_families`, L14.
#[test]
fn durable_writes_need_a_recent_valkey_multi_az_and_certain_families() {
    const NINE: EngineVersion = EngineVersion::valkey(9, 0);
    let durable = |change: fn(&mut PlanSpec)| {
        let mut spec = sharded();
        spec.aws.engines = vec![VALKEY, NINE];
        spec.production.tls = true;
        spec.production.durability = Some(Durability::Sync);
        change(&mut spec);
        answer(&spec)
    };
    let ready = durable(|_| ());
    let never = Outcome::NotOffered(NotOffered::NotDurable);
    assert_eq!(*outcome(&ready, "cache.m7g.large", VALKEY), never);
    assert!(matches!(outcome(&ready, "cache.m7g.large", NINE), Outcome::Fits { .. }));
    let family = outcome(&ready, "cache.t4g.small", NINE);
    assert!(matches!(family, Outcome::NotOffered(NotOffered::NotDurableFamily { .. })));
    assert!(ready.caveats.contains(&Caveat::DurableWritesWait));
    assert!(!answer(&sharded()).caveats.contains(&Caveat::DurableWritesWait));
    let chosen = ready.chosen.expect("something fits");
    assert!(chosen.layout.cluster_mode && chosen.engine == NINE, "{chosen:?}");

    let without: [fn(&mut PlanSpec); 3] = [
        |spec| spec.production.tls = false,
        |spec| spec.capacity.multi_az = false,
        |spec| spec.capacity.replicas = 0,
    ];
    for change in without {
        assert_eq!(*outcome(&durable(change), "cache.m7g.large", NINE), never);
    }
}

#[test]
fn a_type_without_a_price_fits_but_is_not_chosen() {
    let mut spec = sharded();
    spec.aws.region = "af-south-1".into();
    let answer = answer(&spec);
    let unpriced: Vec<_> = answer
        .candidates
        .iter()
        .filter(|c| matches!(c.outcome, Outcome::FitsUnpriced { .. }))
        .collect();
    assert!(!unpriced.is_empty());
    assert!(unpriced.iter().all(|c| c.not_chosen == Some(NotChosen::Unpriced)));
    let named = answer.caveats.iter().any(|caveat| {
        matches!(caveat, Caveat::UnpricedTypes { node_types }
            if node_types.contains(&unpriced[0].node_type))
    });
    assert!(named, "{:?}", answer.caveats);
}

fn with_models(change: impl Fn(&mut crate::model::Models)) -> Recommendation {
    let spec = sharded();
    let mut models = models(&spec);
    change(&mut models);
    recommend(&spec, &models, &target(), &Catalog::builtin()).expect("a Region with prices")
}

#[test]
fn a_metric_that_was_not_collected_is_neither_zero_nor_passed() {
    let answer = with_models(|models| {
        models.cpu = None;
        models.network = None;
    });
    let choice = answer.chosen.expect("the rest fits");
    for check in &choice.checks {
        let is_missing = matches!(
            check.resource,
            Resource::EngineCpu
                | Resource::CpuCredits
                | Resource::NetworkIn
                | Resource::NetworkOut
                | Resource::Packets
        );
        assert_eq!(check.grade == Grade::NotCollected, is_missing, "{check:?}");
        assert_eq!(check.demand.is_none(), is_missing);
        assert_eq!(check.passes(), !is_missing);
    }
    assert!(answer.caveats.contains(&Caveat::CpuNotCollected));
    assert!(answer.caveats.contains(&Caveat::NetworkNotCollected));
}

#[test]
fn an_objective_that_no_level_met_rejects_everything() {
    let answer = with_models(|models| {
        models.capacity.met_at = None;
        models.capacity.by_level.clear();
    });
    assert_eq!(answer.chosen, None);
    assert_eq!(answer.caveats[..2], [Caveat::NothingFits, Caveat::ObjectiveNeverMet]);
    let Outcome::TooSmall { rejected_by, layout, .. } =
        outcome(&answer, "cache.r7g.16xlarge", VALKEY)
    else {
        panic!("it cannot fit");
    };
    assert_eq!((rejected_by.resource, layout.shards), (Resource::ResponseTime, 1));
    assert_eq!((rejected_by.limit, rejected_by.utilisation), (Some(0.0), None));
    assert!(rejected_by.note.starts_with("no valid level met the objective"));
}

#[test]
fn too_much_for_any_cluster_is_a_result_with_numbers() {
    let mut spec = sharded();
    spec.capacity.keys = vec![u64::MAX; 2];
    let answer = answer(&spec);
    assert_eq!(answer.chosen, None);
    let large = answer.candidate("cache.r7g.16xlarge", VALKEY).expect("listed");
    assert!(matches!(
        &large.not_chosen,
        Some(NotChosen::TooSmall { check }) if check.resource == Resource::Memory
    ));
    assert_eq!(large.layout().map(|layout| layout.shards), Some(45));
}

#[test]
fn replicas_fit_the_quota_of_nodes() {
    let mut spec = sharded();
    spec.capacity.replicas = 5;
    let answer = answer(&spec);
    assert!(answer.candidates.iter().filter_map(Candidate::layout).all(|l| l.nodes <= 90));
    let choice = answer.chosen.expect("something fits");
    assert_eq!(choice.layout.nodes, choice.layout.shards * 6);
}

#[track_caller]
fn refuses(change: impl Fn(&mut PlanSpec), expected: &str) {
    let mut spec = sharded();
    change(&mut spec);
    let error = recommend(&spec, &models(&spec), &target(), &Catalog::builtin());
    let error: SizeError = error.expect_err("it cannot be sized");
    assert_eq!(error.to_string(), expected);
    assert!(!error.hint().is_empty());
}

#[test]
fn plans_that_cannot_be_sized_are_refused() {
    refuses(|spec| spec.aws.region = "narnia".into(), "`narnia` is not the name of a Region");
    refuses(|spec| spec.aws.region = "xx-north-9".into(), "the catalog has no price in xx-north-9");
    refuses(|spec| spec.capacity.replicas = 6, "6 replicas per shard, where ElastiCache allows 5");
}

/// Floats may come back one unit in the last place off; everything else is the same.
#[test]
fn a_recommendation_survives_its_artifact() {
    let answer = answer(&sharded());
    let text = serde_json::to_string(&answer).unwrap();
    let back: Recommendation = serde_json::from_str(&text).unwrap();
    assert_eq!(back.runners_up, answer.runners_up);
    assert_eq!(back.caveats.len(), answer.caveats.len());
    let brief = |answer: &Recommendation| -> Vec<_> {
        let one = |c: &Candidate| (c.node_type.clone(), c.engine, c.layout());
        answer.candidates.iter().map(one).collect()
    };
    assert_eq!(brief(&back), brief(&answer));
}
