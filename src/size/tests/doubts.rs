//! Caveats appear when, and only when, their cause is there.

use super::fixture::{answer, models, opaque, sharded, target};
use crate::catalog::Catalog;
use crate::engine::{Allocator, EngineVersion};
use crate::measurement::AllocatorEvidence;
use crate::size::{Caveat, recommend};
use crate::spec::identity_cache;
use crate::units::OpsPerSec;

#[test]
fn the_built_in_plan_is_doubted_for_what_it_assumes() {
    let caveats = answer(&sharded()).caveats;
    for expected in [
        Caveat::TransferAssumed { low: 0.67, high: 1.5 },
        Caveat::LoopbackResponseTime { low_us: 200.0, high_us: 1_000.0 },
        Caveat::Burstable { node_type: "cache.t4g.small".into() },
        Caveat::MultiKeyInClusterMode { line: "m2m mget 20".into() },
        Caveat::ConnectionsAssumed { connections: 50 },
    ] {
        assert!(caveats.contains(&expected), "{expected} not in {caveats:?}");
    }
    assert_eq!(caveats.len(), 5, "{caveats:?}");
}

#[test]
fn measurements_that_fall_short_are_named() {
    let spec = sharded();
    let (mut models, target) = (models(&spec), target());
    models.capacity.missed_at = None;
    models.memory.correction = 1.03;
    models.memory.deviation = -0.029;
    models.memory.allocator_evidence = AllocatorEvidence::InfoOnly;
    models.memory.measured.allocator = Allocator::JemallocQ16;
    let answer = recommend(&spec, &models, &target, &Catalog::builtin()).expect("priced");
    let met_at = OpsPerSec::of(30_000.0);
    assert!(answer.caveats.contains(&Caveat::ResponseTimeLowerBound { met_at }));
    assert!(answer.caveats.contains(&Caveat::AllocatorAssumed));
    let measured = Allocator::JemallocQ16;
    assert!(answer.caveats.contains(&Caveat::OfficialBuildAssumed { measured }));
    let correction = Caveat::CorrectionUsed { factor: 1.03, deviation: -0.029 };
    assert!(answer.caveats.contains(&correction));
    assert_eq!(
        correction.to_string(),
        "calculated memory is 2.9% less than measured, so keys and values were scaled by 1.030; \
         check that what was seeded is what the plan declares"
    );
}

#[test]
fn a_small_plan_on_one_shard_has_no_doubts_of_clusters() {
    let mut spec = opaque(100_000, 500);
    spec.capacity.replicas = 0;
    spec.objective.peak = OpsPerSec::of(500.0);
    spec.aws.engines = vec![EngineVersion::redis(7, 1)];
    let answer = answer(&spec);
    let choice = answer.chosen.expect("fits");
    assert_eq!((choice.layout.shards, choice.layout.nodes), (1, 1));
    assert!(answer.caveats.contains(&Caveat::NoReplica));
    let (engine, of) = (EngineVersion::redis(7, 1), EngineVersion::redis(7, 0));
    assert!(answer.caveats.contains(&Caveat::LawAssumed { engine, of }));
}

#[test]
fn every_region_gives_an_answer_whose_price_is_doubted_when_old_or_calculated() {
    let catalog = Catalog::builtin();
    let mut spec = identity_cache();
    let mut old = 0;
    for region in catalog.prices.regions() {
        spec.aws.region = region.to_string();
        let answer = recommend(&spec, &models(&spec), &target(), &catalog).expect("priced");
        let choice = answer.chosen.expect("every Region sells something that fits");
        let is = |name: fn(&Caveat) -> bool| answer.caveats.iter().any(name);
        let price = &choice.bill.price;
        assert_eq!(is(|c| matches!(c, Caveat::PriceCalculated { .. })), !price.is_published());
        assert_eq!(is(|c| *c == Caveat::PriceUndated), price.reading().date.is_none());
        old += u32::from(is(|c| matches!(c, Caveat::PriceOld { .. })));
    }
    assert!(old > 0, "some Regions were last read years ago");
}
