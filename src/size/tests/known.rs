//! Known answers: the worked examples of MODEL.md §3.4 and §3.5, and sizes AWS's own figures rule out.

use super::fixture::{answer, models, opaque, sharded, target};
use crate::catalog::Catalog;
use crate::engine::EngineVersion;
use crate::size::{Check, Choice, Recommendation, Resource, hottest_shares, recommend};
use crate::spec::{PlanSpec, identity_cache};
use crate::units::{Bytes, num};

pub(super) fn of(checks: &[Check], resource: Resource) -> &Check {
    checks.iter().find(|check| check.resource == resource).expect("this resource is checked")
}

#[track_caller]
pub(super) fn near(actual: f64, expected: f64, relative: f64) {
    let off = (actual / expected - 1.0).abs();
    assert!(off <= relative, "{actual} where {expected} is expected");
}

fn chosen() -> Choice {
    answer(&sharded()).chosen.expect("something fits")
}

/// Every figure is the hand calculation's of MODEL.md §3.5.
#[test]
fn the_worked_example_is_met() {
    let choice = chosen();
    assert_eq!((choice.node_type.as_str(), choice.layout.shards), ("cache.t4g.small", 6));
    assert_eq!(choice.engine, EngineVersion::valkey(8, 1));
    assert_eq!((choice.layout.nodes, choice.layout.cluster_mode), (12, true));
    assert_eq!(choice.bill.hourly.to_string(), "$0.3072/h");
    assert_eq!(choice.bill.monthly.to_string(), "$224.26");
    assert_eq!(choice.binding, Resource::CpuCredits);

    near(choice.memory.records_bytes.float(), 683_202_612.0, 1e-6);
    near(choice.memory.tables_bytes.float(), 47_397_515.0, 1e-7);
    near(choice.memory.rehash_bytes.float(), 31_753_752.0, 1e-7);
    assert_eq!(choice.memory.cluster_bytes, Bytes::new(524_352));
    assert_eq!(choice.memory.peers_bytes, Bytes::new(11 * 5_550));
    near(choice.memory.total().float(), 781_339_749.0, 1e-6);
    let memory = of(&choice.checks, Resource::Memory);
    near(memory.limit.expect("known"), 1_103_269_724.0, 1e-9);
    near(memory.pressure().expect("known"), 0.885_19, 1e-4);

    near(choice.memory.reserve.copied_bytes.float(), 29_549_600.0, 1e-6);
    assert_eq!(choice.memory.reserve.replica_buffers_bytes, Bytes::ZERO);
    near(choice.memory.reserve.total().float(), 50_045_678.0, 1e-6);
    assert_eq!(choice.reserved.to_string(), "25%");

    near(of(&choice.checks, Resource::EngineCpu).demand.expect("known"), 0.288_273, 1e-5);
    near(of(&choice.checks, Resource::CpuCredits).pressure().expect("known"), 0.900_85, 1e-4);
    near(of(&choice.checks, Resource::ResponseTime).demand.expect("known"), 6_406.06, 1e-5);
    near(of(&choice.checks, Resource::NetworkOut).demand.expect("known"), 8_466_672.0, 1e-6);
    near(of(&choice.checks, Resource::NetworkIn).demand.expect("known"), 827_716.0, 1e-6);
    assert!(!choice.checks.iter().any(Check::fails));
}

/// A single shard of it would be asked for six times as much, which says nothing about six.
#[test]
fn the_next_smaller_type_is_judged_in_the_layout_that_was_chosen() {
    let choice = chosen();
    let undersized = choice.undersized.as_ref().expect("t4g has smaller sizes");
    assert_eq!(undersized.node_type, "cache.t3.micro");
    assert!(undersized.monthly < choice.bill.monthly && undersized.failed.fails());
    assert_eq!(undersized.failed.resource, Resource::Memory);
    let demand = |check: &Check| check.demand.expect("known");
    // But for what the engine keeps of its own.
    near(demand(&undersized.failed), demand(of(&choice.checks, Resource::Memory)), 0.01);
}

/// The built-in mix reads claims by a Zipf law. Counted key by key, its hottest shard of six takes
/// more than a sixth, and the credits of t4g.small do not carry that (MODEL.md §3.5).
#[test]
fn hot_keys_load_one_shard_of_the_worked_example_more_than_the_others() {
    let spec = PlanSpec { traffic: identity_cache().traffic, ..sharded() };
    let share = hottest_shares(&spec, &spec.keys_at_horizon(), 6)[5].get();
    near(share, 0.192_368, 1e-5);
    let small = answer(&spec);
    let small = small.candidate("cache.t4g.small", EngineVersion::valkey(8, 1)).expect("listed");
    assert!(small.layout().is_some_and(|layout| layout.shards > 6), "{:?}", small.layout());
}

/// Every figure is the hand calculation's of MODEL.md §3.4.
#[test]
fn the_built_in_workload_gets_one_shard_because_it_reads_several_keys_at_once() {
    let answer = answer(&identity_cache());
    let choice = answer.chosen.expect("something fits");
    assert_eq!((choice.node_type.as_str(), choice.layout.shards), ("cache.r6g.large", 1));
    assert_eq!((choice.layout.nodes, choice.layout.cluster_mode), (2, false));
    assert_eq!(choice.engine, EngineVersion::valkey(8, 1));
    assert_eq!(choice.bill.hourly.to_string(), "$0.3296/h");
    assert_eq!(choice.bill.monthly.to_string(), "$240.61");
    assert_eq!(choice.binding, Resource::ResponseTime);

    let memory = of(&choice.checks, Resource::Memory);
    near(memory.demand.expect("known"), 4_588_437_932.0, 1e-6);
    near(memory.limit.expect("known"), 10_527_885_772.0, 1e-9);
    let reserve = &choice.memory.reserve;
    near(reserve.save_secs, 62.530_5, 1e-5);
    near(reserve.writes.per_sec(), 1_601.03, 1e-5);
    near(reserve.copied_bytes.float(), 695_669_035.0, 1e-3);
    near(reserve.replica_buffers_bytes.float(), 69_531_138.0, 1e-5);
    near(reserve.fragmentation_bytes.float(), 122_935_290.0, 1e-6);
    assert_eq!(choice.reserved.to_string(), "25%");
    near(of(&choice.checks, Resource::EngineCpu).demand.expect("known"), 0.495_499, 1e-5);
    near(of(&choice.checks, Resource::ResponseTime).limit.expect("known"), 13_787.4, 1e-5);
    near(of(&choice.checks, Resource::ResponseTime).pressure().expect("known"), 0.725_77, 1e-4);
    near(of(&choice.checks, Resource::NetworkOut).demand.expect("known"), 48.777e6, 1e-4);
    near(of(&choice.checks, Resource::NetworkOut).pressure().expect("known"), 0.650, 1e-3);
    near(of(&choice.checks, Resource::NetworkIn).demand.expect("known"), 2.561_65e6, 1e-4);
    assert!(answer.runners_up.iter().all(|other| other.layout.shards == 1));
}

#[test]
fn a_smaller_node_is_refused_by_its_memory() {
    let answer = answer(&identity_cache());
    let m7g = answer.candidate("cache.m7g.large", EngineVersion::valkey(8, 1)).expect("listed");
    let shortfall = m7g.first_shortfall.as_ref().expect("it does not fit one shard");
    assert_eq!(shortfall.resource, Resource::Memory);
    near(shortfall.demand.expect("known"), 4_588_437_932.0, 1e-6);
    near(shortfall.allowed.expect("known"), 6_854_542_746.0 * 0.75 * 0.8, 1e-9);
}

/// Memory of one shard on `node_type`, for about `gib` of data without headroom.
#[track_caller]
fn refused(node_type: &str, gib: f64, limit_gib: f64) {
    const GIB: f64 = 1_073_741_824.0;
    // Bytes of a key with its tables and old tables, roughly: the total is checked below.
    let keys = num::round(gib * GIB / 1_376.0);
    let spec = opaque(keys, 1_200);
    let answer = answer(&spec);
    let candidate = answer.candidate(node_type, EngineVersion::valkey(8, 1)).expect("listed");
    let memory = of(&candidate.single_shard, Resource::Memory);
    near(memory.demand.expect("known") / GIB, gib, 0.02);
    near(memory.limit.expect("known") / GIB, limit_gib, 1e-3);
    assert!(memory.fails(), "{memory:?}");
    assert_ne!(answer.chosen.map(|choice| choice.node_type), Some(node_type.to_owned()));
}

/// 5.72 GiB is below its 6.38 GiB of maxmemory, but not below what the reserve leaves.
#[test]
fn data_that_fits_maxmemory_but_not_the_reserve_is_refused() {
    refused("cache.m5.large", 5.72, 4.788);
}

/// 53.44 GiB exceeds maxmemory, 52.82 GiB, before any reserve.
#[test]
fn data_beyond_maxmemory_is_refused() {
    refused("cache.r5.2xlarge", 53.44, 39.612);
}

#[test]
fn a_layout_flips_where_its_flip_points_say() {
    let choice = chosen();
    let fits = |keys: f64, peak: f64| {
        let mut spec = sharded();
        let growth = spec.growth_factor();
        let scale = |n: &mut u64| {
            *n = num::round(num::float(*n) * keys / growth);
        };
        spec.capacity.keys.iter_mut().for_each(scale);
        spec.objective.peak = spec.objective.peak.scale(peak / growth);
        let mut candidate = answer_of(&spec);
        candidate
            .candidates
            .retain(|c| c.node_type == choice.node_type && c.engine == choice.engine);
        candidate.candidates[0].layout().expect("checked").shards <= choice.layout.shards
    };
    let growth = sharded().growth_factor();
    let keys = choice.flips.keys_factor.expect("memory ends somewhere");
    let peak = choice.flips.peak_factor.expect("load ends somewhere");
    assert!(fits(keys * 0.999, growth) && !fits(keys * 1.001, growth), "{keys}");
    assert!(fits(growth, peak * 0.999) && !fits(growth, peak * 1.001), "{peak}");
    assert_eq!(choice.flips.keys_bound_by, Some(Resource::Memory));
    assert_eq!(choice.flips.peak_bound_by, Some(Resource::CpuCredits));
    let outgrown = choice.flips.outgrown_in_months.expect("growth ends it");
    let exhausted = choice.flips.exhausted_in_months.expect("growth ends it");
    assert!(12 < outgrown && outgrown <= exhausted, "{outgrown} {exhausted}");
    // 1.601 × 1.04^2 = 1.732 fits a peak factor of 1.777, × 1.04^3 = 1.801 does not.
    assert_eq!(outgrown, 15);
}

fn answer_of(spec: &crate::spec::PlanSpec) -> Recommendation {
    recommend(spec, &models(&sharded()), &target(), &Catalog::builtin()).expect("priced")
}
