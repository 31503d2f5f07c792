//! The worked examples of MODEL.md §3.12: every figure is the hand calculation's, on Redis OSS 7.1,
//! whose tables are plain powers of two.

use super::fixture::{catalog, models, opaque, target};
use super::known::{near, of};
use crate::engine::EngineVersion;
use crate::model::{CommandModel, CpuModel, Estimate, Models, NetworkModel, on_the_wire};
use crate::size::{Check, Choice, Recommendation, Resource, recommend};
use crate::spec::{Burstable, ClusterMode, Command, PlanSpec, identity_cache};
use crate::units::{Fraction, OpsPerSec};

const REDIS: EngineVersion = EngineVersion::redis(7, 1);

/// `keys` values of 1,200 bytes on one shard with a replica and 20 % headroom, read and written at
/// `peak`, the rest of 100 read.
fn plain(keys: u64, peak: f64, writes: f64) -> PlanSpec {
    let mut spec = opaque(keys, 1_200);
    spec.capacity.headroom = Fraction::from_percent(20).expect("below 100");
    spec.capacity.cluster_mode = ClusterMode::Disabled;
    spec.aws.engines = vec![REDIS];
    spec.policy.burstable = Burstable::Never;
    spec.objective.peak = OpsPerSec::of(peak);
    (spec.traffic[0].weight, spec.traffic[1].weight) = (100.0 - writes, writes);
    spec
}

/// 10 µs an operation (8 to 12) and 60,000 a second within the objective, with requests and replies
/// of so many bytes, of which `written` go on to replicas.
fn measured(spec: &PlanSpec, request: f64, reply: f64, written: f64) -> Models {
    let mut models = models(spec);
    models.cpu = Some(CpuModel { us_per_op: Estimate::new(10.0, 8.0, 12.0), by_level: Vec::new() });
    models.network = Some(NetworkModel {
        request_bytes: request,
        reply_bytes: reply,
        written_bytes: written,
        wire_in_bytes: on_the_wire(request),
        wire_out_bytes: on_the_wire(reply),
    });
    let reply_of = |line: &crate::spec::Traffic| {
        if line.command == Command::Set { 5.0 } else { reply }
    };
    let command =
        |line| CommandModel { request_bytes: request, reply_bytes: reply_of(line), exec_us: None };
    models.commands = spec.traffic.iter().map(|line| Some(command(line))).collect();
    models.capacity.met_at = OpsPerSec::new(60_000.0);
    models.capacity.by_level[0].0 = OpsPerSec::of(60_000.0);
    models
}

fn sized(spec: &PlanSpec, models: &Models) -> Recommendation {
    recommend(spec, models, &target(), catalog()).expect("a Region with prices")
}

#[track_caller]
fn refused_by(answer: &Recommendation, node_type: &str) -> Check {
    let candidate = answer.candidate(node_type, REDIS).expect("listed");
    candidate.first_shortfall.clone().expect("it does not fit one shard")
}

fn chosen(answer: Recommendation) -> Choice {
    answer.chosen.expect("something fits")
}

/// The tutorial's own 400,000 keys need 411 MiB; what `cache.t4g.small` lacks is sustained network.
#[test]
fn the_tutorials_data_under_sustained_traffic() {
    let mut spec = identity_cache();
    spec.capacity.keys = vec![200_000, 200_000];
    spec.capacity.growth_per_month = Fraction::ZERO;
    spec.aws.engines = vec![REDIS];
    spec.policy.burstable = Burstable::Always;
    let answer = sized(&spec, &models(&spec));
    let t4g = answer.candidate("cache.t4g.small", REDIS).expect("listed");
    let memory = of(&t4g.single_shard, Resource::Memory);
    near(memory.demand.expect("known"), 430_883_490.0, 1e-9);
    near(memory.allowed.expect("known"), 882_615_779.0, 1e-9);
    let network = of(&t4g.single_shard, Resource::NetworkOut);
    near(network.demand.expect("known"), 30_466_000.0, 1e-9);
    near(network.limit.expect("known"), 16_000_000.0, 1e-9);
    assert!(network.fails() && !memory.fails());

    // A minute at a time bursts carry it, and at 2,000 operations a second the baseline does.
    spec.objective.peak = OpsPerSec::of(2_000.0);
    let gentle = sized(&spec, &models(&spec));
    let t4g = gentle.candidate("cache.t4g.small", REDIS).expect("listed");
    let network = of(&t4g.single_shard, Resource::NetworkOut);
    near(network.demand.expect("known"), 12_186_400.0, 1e-9);
    assert!(!network.fails(), "12.2 of the 12.8 MB/s that headroom leaves: {network:?}");
}

/// 12 GB that are mostly read: memory alone decides.
#[test]
fn twelve_gigabytes_read_mostly_on_one_shard() {
    let spec = plain(8_800_000, 20_000.0, 5.0);
    let answer = sized(&spec, &measured(&spec, 130.0, 1_210.0, 64.0));
    let large = refused_by(&answer, "cache.r6g.large");
    assert_eq!(large.resource, Resource::Memory);
    near(large.demand.expect("known"), 12_175_685_682.0, 1e-9);
    near(large.allowed.expect("known"), 8_422_308_618.0, 1e-9);

    let choice = chosen(answer);
    assert_eq!((choice.node_type.as_str(), choice.layout.shards), ("cache.r6g.xlarge", 1));
    let memory = of(&choice.checks, Resource::Memory);
    near(memory.allowed.expect("known"), 28_261_849_702.0 * 0.75 * 0.8, 1e-9);
    near(memory.pressure().expect("known"), 0.718_03, 1e-4);
    assert_eq!(choice.reserved.to_string(), "25%", "1.9 GB of copies and buffers fit beside it");
    near(choice.memory.reserve.save_secs, 165.993, 1e-5);
    near(choice.memory.reserve.total().float(), 1_945_143_080.0, 1e-3);
}

/// 5.5 GB of which most are rewritten while a save runs: copies and replica buffers want 31 % of the
/// node, and a node twice the data is too small.
#[test]
fn writes_during_saves_raise_the_reserve() {
    let spec = plain(4_000_000, 20_000.0, 80.0);
    let answer = sized(&spec, &measured(&spec, 1_040.0, 246.0, 1_024.0));
    let large = answer.candidate("cache.r6g.large", REDIS).expect("listed");
    let large = of(&large.single_shard, Resource::Memory);
    near(large.demand.expect("known"), 5_496_690_738.0, 1e-9);
    near(large.allowed.expect("known"), 4_155_005_585.0, 1e-9);
    assert!(large.fails(), "63 % of 13.07 GiB are reserved");

    let choice = chosen(answer);
    assert_eq!((choice.node_type.as_str(), choice.layout.shards), ("cache.r6g.xlarge", 1));
    let reserve = &choice.memory.reserve;
    near(reserve.save_secs, 74.915_8, 1e-5);
    near(reserve.copied_bytes.float(), 3_740_306_094.0, 1e-3);
    near(reserve.replica_stream_bytes.float(), 3_068_550_165.0, 1e-5);
    near(reserve.fragmentation_bytes.float(), 163_199_760.0, 1e-6);
    assert_eq!(choice.reserved.to_string(), "31%");
    near(of(&choice.checks, Resource::Memory).limit.expect("known"), 19_500_676_294.0, 1e-6);
}

/// Batches of fifty values fill the network long before memory or the engine's thread: the type with
/// the most network for its money is chosen, with an eighth of the memory of the next.
#[test]
fn batches_are_bound_by_the_network() {
    let mut spec = plain(500_000, 4_000.0, 0.0);
    spec.traffic.truncate(1);
    spec.traffic[0].command = Command::Mget(50);
    let answer = sized(&spec, &measured(&spec, 2_200.0, 60_450.0, 0.0));
    let r7g = refused_by(&answer, "cache.r7g.large");
    assert_eq!(r7g.resource, Resource::NetworkOut);
    near(r7g.demand.expect("known"), 4_000.0 * (60_450.0 + 42.0 * 66.0), 1e-9);
    near(r7g.allowed.expect("known"), 93.7e6, 1e-3);

    let choice = chosen(answer);
    assert_eq!((choice.node_type.as_str(), choice.layout.shards), ("cache.c7gn.large", 1));
    assert_eq!(choice.binding, Resource::NetworkOut);
    near(of(&choice.checks, Resource::NetworkOut).pressure().expect("known"), 0.404_622, 1e-5);
}
