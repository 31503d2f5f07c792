//! What writes ask of the reserved part of `maxmemory`.

use super::fixture::{answer, catalog, models, sharded, target};
use crate::catalog::Catalog;
use crate::engine::EngineVersion;
use crate::evidence::Grade;
use crate::model::memory::overhead;
use crate::provision::tfvars;
use crate::size::{Caveat, Choice, Outcome, Resource, recommend};
use crate::spec::{Access, Command, PlanSpec};
use crate::units::{Bytes, Fraction, OpsPerSec};

/// The built-in classes on one shard, written `share` of the time at `peak` operations a second.
fn written(share: f64, peak: f64, access: Access) -> PlanSpec {
    let mut spec = sharded();
    spec.traffic.truncate(2);
    spec.traffic[0].weight = 1.0 - share;
    spec.traffic[1].weight = share;
    assert_eq!(spec.traffic[1].command, Command::Set);
    spec.traffic[1].access = access;
    spec.objective.peak = OpsPerSec::of(peak);
    spec.capacity.growth_per_month = Fraction::ZERO;
    spec.capacity.cluster_mode = crate::spec::ClusterMode::Disabled;
    spec.aws.engines = vec![EngineVersion::redis(7, 0)];
    spec
}

fn chosen(spec: &PlanSpec) -> Choice {
    answer(spec).chosen.expect("something fits")
}

#[test]
fn few_writes_leave_the_default_reserve() {
    let spec = written(0.01, 1_000.0, Access::Uniform);
    let choice = chosen(&spec);
    assert_eq!(choice.reserved, Fraction::from_percent(25).unwrap());
    let memory = &choice.checks[0];
    assert_eq!(memory.resource, Resource::Memory);
    assert!(memory.note.contains("which the default of 25% covers"), "{}", memory.note);
    assert_eq!(memory.grade, Grade::Calculated);
}

/// Most pages of the data are written during the save: the reserve is raised until it holds them,
/// and what it leaves still holds the data.
#[test]
fn many_writes_raise_the_reserve() {
    let spec = written(0.9, 15_000.0, Access::Uniform);
    let answer = answer(&spec);
    let choice = answer.chosen.clone().expect("something fits");
    let default = Fraction::from_percent(25).unwrap();
    assert!(choice.reserved > default, "{}", choice.reserved);
    let node = Catalog::builtin().node_type(&choice.node_type).cloned().expect("listed");
    let reserved = node.maxmemory_bytes.scale(choice.reserved.get() * 0.8);
    assert!(choice.memory.reserve.total() <= reserved);
    assert!(choice.memory.total() <= node.usable_memory(choice.reserved).scale(0.8));
    let caveat = Caveat::ReserveRaised { reserved: choice.reserved, default };
    assert!(answer.caveats.contains(&caveat), "{:?}", answer.caveats);
    let provisioned = tfvars(&spec, &answer, catalog()).expect("something was chosen");
    assert_eq!(format!("{}%", provisioned.reserved_memory_percent), choice.reserved.to_string());
    let memory = &choice.checks[0];
    assert!(memory.note.contains("more than the default of 25%"), "{}", memory.note);
    assert!(memory.note.contains("replica buffers and fragmentation need"), "{}", memory.note);
    assert_eq!(memory.grade, Grade::Assumed, "the speed of saves decides");
}

/// Stored on one node with room for the copies of today's writes; more writes need a larger reserve
/// before any other check fails.
#[test]
fn a_peak_of_writes_ends_at_memory() {
    let mut spec = written(0.9, 1_000.0, Access::Uniform);
    spec.capacity.keys = vec![11_050_000, 900_000];
    let mut models = models(&spec);
    models.cpu = None;
    models.network = None;
    models.capacity.met_at = OpsPerSec::new(1e9);
    models.capacity.by_level.clear();
    let size = |spec: &PlanSpec| {
        recommend(spec, &models, &target(), &Catalog::builtin()).expect("a Region with prices")
    };
    let choice = size(&spec).chosen.expect("something fits");
    assert_eq!(choice.flips.peak_bound_by, Some(Resource::Memory));
    let factor = choice.flips.peak_factor.expect("a save copies more at a higher peak");
    let fits = |factor: f64| {
        let mut spec = spec.clone();
        spec.objective.peak = spec.objective.peak.scale(factor);
        let answer = size(&spec);
        let candidate = answer.candidate(&choice.node_type, choice.engine).expect("listed");
        matches!(candidate.outcome, Outcome::Fits { .. })
    };
    assert!(fits(factor * 0.999) && !fits(factor * 1.001), "{factor}");
}

/// Redis 6.2 keeps a copy for each replica; later they share one with the backlog. What waits for one
/// is the same.
#[test]
fn replicas_wait_for_as_much_each_however_many_there_are() {
    let reserve = |engine, replicas| {
        let mut spec = written(0.9, 15_000.0, Access::Uniform);
        spec.aws.engines = vec![engine];
        spec.capacity.replicas = replicas;
        chosen(&spec).memory.reserve
    };
    let old = [1, 3].map(|replicas| reserve(EngineVersion::redis(6, 2), replicas));
    for (reserve, replicas) in old.iter().zip([1, 3]) {
        assert_eq!(reserve.replica_buffers_bytes, reserve.replica_stream_bytes * replicas);
    }
    let shared = [1, 3].map(|replicas| reserve(EngineVersion::redis(7, 0), replicas));
    let backlog = overhead::replica(EngineVersion::redis(7, 0)).backlog;
    for reserve in shared {
        assert_eq!(reserve.replica_buffers_bytes + backlog, reserve.replica_stream_bytes);
    }
}

#[test]
fn skewed_writes_copy_less() {
    let copied = |access| chosen(&written(0.9, 5_000.0, access)).memory.reserve.copied_bytes;
    let [uniform, zipf] = [Access::Uniform, Access::Zipf(0.99)].map(copied);
    assert!(zipf < uniform.scale(0.9), "{zipf} {uniform}");
}

#[test]
fn without_replicas_nothing_waits_for_them() {
    let mut spec = written(0.9, 5_000.0, Access::Uniform);
    assert!(chosen(&spec).memory.reserve.replica_buffers_bytes > Bytes::ZERO);
    spec.capacity.replicas = 0;
    let reserve = chosen(&spec).memory.reserve;
    assert_eq!(reserve.replica_buffers_bytes, Bytes::ZERO);
}
