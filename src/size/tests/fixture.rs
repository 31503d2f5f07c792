//! Models as a quiet machine would give them for the built-in workload, in round numbers. MODEL.md
//! §3.4 calculates with them by hand.

use std::sync::LazyLock;

use crate::catalog::{Catalog, Region};
use crate::engine::{Allocator, EngineVersion};
use crate::measurement::{AllocatorEvidence, Host, TargetFacts, TargetState};
use crate::model::memory::{self, Detail, footprint};
use crate::model::{
    CapacityModel, CommandModel, CpuModel, Estimate, MemoryModel, Models, NetworkModel,
    string_classes,
};
use crate::size::constraint::Rules;
use crate::size::demand::Ask;
use crate::size::market::Market;
use crate::size::prepared::Prepared;
use crate::size::search::Horizon;
use crate::size::transfer::Measured;
use crate::size::{Alternative, Recommendation, recommend};
use crate::spec::{
    Access, Burstable, Class, ClusterMode, Encoding, Payload, PlanSpec, identity_cache,
};
use crate::units::{Fraction, Micros, OpsPerSec};

pub(crate) fn models(spec: &PlanSpec) -> Models {
    let keys: Vec<u64> = spec.classes.iter().map(|class| class.keys).collect();
    let measured = memory::Layout::on_elasticache(EngineVersion::valkey(8, 1));
    let classes = string_classes(&spec.classes, &keys);
    let calculated = footprint(&classes, &measured);
    Models {
        memory: MemoryModel {
            allocator_evidence: AllocatorEvidence::MallocStats,
            measured,
            shards: Vec::new(),
            measured_bytes: calculated.settled_total(),
            calculated,
            deviation: 0.0,
            fit: None,
            no_fit: None,
            correction: 1.0,
        },
        cpu: Some(CpuModel { us_per_op: Estimate::new(25.0, 20.0, 30.0), by_level: Vec::new() }),
        network: Some(NetworkModel {
            request_bytes: 250.0,
            reply_bytes: 5_600.0,
            written_bytes: 80.0,
            wire_in_bytes: 320.0,
            wire_out_bytes: 6_000.0,
        }),
        commands: commands(spec),
        capacity: CapacityModel {
            met_at: OpsPerSec::new(30_000.0),
            missed_at: OpsPerSec::new(36_000.0),
            missed_below: Vec::new(),
            within: Some(Estimate::new(30_000.0, 30_000.0, 36_000.0)),
            highest_achieved: OpsPerSec::new(37_000.0),
            near_peak: None,
            by_level: vec![(OpsPerSec::of(30_000.0), Micros::of(1_500.0))],
            busiest_share: 1.0,
        },
    }
}

/// Of a GET, a SET and an MGET of twenty keys, as far as the plan has so many lines.
fn commands(spec: &PlanSpec) -> Vec<Option<CommandModel>> {
    let line =
        |request_bytes, reply_bytes| CommandModel { request_bytes, reply_bytes, exec_us: None };
    let lines = [line(68.0, 310.0), line(400.0, 5.0), line(820.0, 27_000.0)];
    lines.into_iter().take(spec.traffic.len()).map(Some).collect()
}

pub(crate) fn target() -> TargetFacts {
    TargetFacts {
        engine: EngineVersion::valkey(8, 1),
        version: "8.1.1".into(),
        allocator: Allocator::JemallocQ8,
        allocator_evidence: AllocatorEvidence::MallocStats,
        maxmemory_bytes: None,
        maxmemory_policy: None,
        mode: Some("standalone".into()),
        is_private: true,
        address: None,
        state: TargetState::default(),
        host: Host {
            processor: None,
            processors: 2,
            architecture: "x86_64".into(),
            system: "linux".into(),
        },
    }
}

/// The catalog that comes with the program, read once.
pub(crate) fn catalog() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);
    &CATALOG
}

/// The built-in workload's answer with whatever the caller changed.
pub(crate) fn answer(spec: &PlanSpec) -> Recommendation {
    recommend(spec, &models(spec), &target(), catalog()).expect("a Region with prices")
}

/// The answer alone, without its flips and bounds: for laws that ask often.
pub(crate) fn cheapest(spec: &PlanSpec) -> Option<Alternative> {
    at_horizon(spec, |horizon, market| market.cheapest(horizon, None))
}

/// What the horizon asks and what there is to choose from.
pub(in crate::size) fn at_horizon<T>(
    spec: &PlanSpec,
    ask: impl FnOnce(&Horizon<'_>, &Market<'_>) -> T,
) -> T {
    let (models, prepared) = (models(spec), Prepared::of(spec));
    let rules = Rules {
        spec,
        models: &models,
        limits: &catalog().limits,
        measured: Measured::AnyMachine,
        is_private: true,
        prepared: &prepared,
    };
    let planned = Ask::in_months(&prepared, spec.capacity.horizon_months);
    let horizon = Horizon::new(rules, planned, Detail::Fine);
    let region = Region::parse(&spec.aws.region).expect("a Region");
    ask(&horizon, &Market::of(&horizon, catalog(), &region))
}

/// The built-in workload behind a client that splits its batches, so that shards are allowed, without
/// TLS, on burstable types as well, every key asked for as often as any other.
pub(crate) fn sharded() -> PlanSpec {
    let mut spec = identity_cache();
    spec.traffic.iter_mut().for_each(|line| line.access = Access::Uniform);
    spec.capacity.cluster_mode = ClusterMode::Enabled;
    spec.production.tls = false;
    spec.policy.burstable = Burstable::Always;
    spec
}

/// `keys` opaque values of `len` bytes without a time to live, no growth and no headroom.
pub(crate) fn opaque(keys: u64, len: u32) -> PlanSpec {
    let mut spec = sharded();
    let first = &spec.classes[0];
    let class = Class {
        payload: Payload::Size(len),
        encoding: Encoding::Raw,
        ttl_secs: None,
        ..first.clone()
    };
    spec.classes = vec![class];
    spec.traffic.truncate(2);
    spec.capacity.keys = vec![keys];
    spec.capacity.growth_per_month = Fraction::ZERO;
    spec.capacity.headroom = Fraction::ZERO;
    spec
}
