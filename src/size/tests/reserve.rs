//! What writes ask of the reserved part of `maxmemory`.

use super::fixture::{answer, sharded};
use crate::catalog::Catalog;
use crate::engine::EngineVersion;
use crate::provision::tfvars;
use crate::size::{Caveat, Choice, Resource};
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
    let provisioned = tfvars(&spec, &answer).expect("something was chosen");
    assert_eq!(format!("{}%", provisioned.reserved_memory_percent), choice.reserved.to_string());
    assert!(choice.checks[0].note.contains("more than the default of 25%"));
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
