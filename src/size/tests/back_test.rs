//! What the models say of what runs today, against figures that follow from the fixture's.

use super::fixture::answer;
use crate::engine::EngineVersion;
use crate::size::{Caveat, Recommendation, Resource, Tested};
use crate::spec::{Incumbent, Observed, PlanSpec, identity_cache};
use crate::units::{Bytes, BytesPerSec, Fraction, OpsPerSec};

fn plan(observed: Observed) -> PlanSpec {
    let mut spec = identity_cache();
    spec.production.tls = false;
    spec.incumbent = Some(Incumbent {
        node_type: "cache.r6g.large".into(),
        engine: EngineVersion::valkey(8, 1),
        shards: 1,
        replicas: 1,
        cluster_mode: false,
        reserved: None,
        observed,
    });
    spec
}

fn tested(observed: Observed) -> (Vec<Tested>, Vec<Caveat>) {
    let Recommendation { incumbent, caveats, .. } = answer(&plan(observed));
    (incumbent.expect("the plan names one").back_test, caveats)
}

fn missed(caveats: &[Caveat]) -> Vec<Resource> {
    let of = |caveat: &Caveat| match caveat {
        Caveat::BackTestMissed { of, .. } => Some(*of),
        _ => None,
    };
    caveats.iter().filter_map(of).collect()
}

fn share(x: f64) -> Option<Fraction> {
    Fraction::new(x)
}

#[test]
fn nothing_observed_is_nothing_tested() {
    let (tested, caveats) = tested(Observed::default());
    assert_eq!((tested, missed(&caveats)), (Vec::new(), Vec::new()));
}

/// 25 µs for each of 8,000 operations are 0.2 cores; a machine of which nothing is known is two thirds
/// to one and a half times as fast, and the fixture's 20 to 30 µs come on top. 320 and 6,000 B for each
/// are 2.56 and 48 MB/s; the replica gets what is written.
#[test]
fn cpu_and_network_follow_the_observed_rate() {
    let observed = Observed {
        rate: Some(OpsPerSec::of(8_000.0)),
        engine_cpu: share(0.2),
        network_in: Some(BytesPerSec::of(2.56e6)),
        network_out: Some(BytesPerSec::of(48e6)),
        ..Observed::default()
    };
    let (found, caveats) = tested(observed);
    let [cpu, network_in, network_out] = &found[..] else { panic!("{found:?}") };
    assert_eq!(cpu.resource, Resource::EngineCpu);
    assert!((cpu.predicted.value - 0.2).abs() < 1e-9, "{cpu:?}");
    assert!((cpu.predicted.low - 0.67 * 0.16).abs() < 1e-9, "{cpu:?}");
    assert!((cpu.predicted.high - 1.5 * 0.24).abs() < 1e-9, "{cpu:?}");
    assert!(cpu.error().is_some_and(|error| error.abs() < 1e-9) && cpu.is_within());
    assert!(network_in.error().is_some_and(|error| error.abs() < 1e-9), "{network_in:?}");
    assert!(network_out.predicted.value > 48e6 && !network_out.is_doubtful());
    assert_eq!(missed(&caveats), []);
    let busier = Observed { engine_cpu: share(0.37), ..observed };
    assert_eq!(missed(&tested(busier).1), [Resource::EngineCpu]);
    let idler = Observed { engine_cpu: share(0.1), ..observed };
    assert_eq!(missed(&tested(idler).1), [Resource::EngineCpu]);
}

/// The prediction for the plan's own keys is what the checks of today calculate, less the table that
/// moves; of twice the keys it is about twice as much.
#[test]
fn memory_follows_the_observed_keys_and_connections() {
    let of = |keys, connections| {
        let used_memory_bytes = Some(Bytes::from_gib(1));
        let observed = Observed { keys, used_memory_bytes, connections, ..Observed::default() };
        tested(observed).0[0]
    };
    let spec = plan(Observed::default());
    let today = answer(&spec).incumbent.expect("named").checks_today[0].demand.expect("known");
    let planned: u64 = spec.capacity.keys.iter().sum();
    let same = of(Some(planned), None);
    assert!((same.predicted.high - today).abs() < 1.0, "{same:?} {today}");
    assert!(same.predicted.low < same.predicted.value && same.predicted.value <= today);
    assert_eq!(of(None, None), same, "the plan's keys stand for those that were not told");
    let twice = of(Some(2 * planned), None).predicted.value / same.predicted.value;
    assert!((1.9..2.01).contains(&twice), "{twice}");
    let pooled = of(Some(planned), Some(5_000)).predicted;
    assert!(pooled.value > same.predicted.value && pooled.low < pooled.value);
}

#[test]
fn memory_that_is_far_off_is_doubted_first() {
    let observed = |used: f64| {
        let used_memory_bytes = Some(Bytes::from_float(used));
        tested(Observed { used_memory_bytes, ..Observed::default() })
    };
    let predicted = observed(1.0).0[0].predicted;
    for (factor, is_missed) in [(0.98, false), (1.04, false), (0.9, true), (1.4, true)] {
        let (found, caveats) = observed(predicted.value * factor);
        assert_eq!(!missed(&caveats).is_empty(), is_missed, "{factor}: {found:?}");
        if is_missed {
            assert!(matches!(caveats[0], Caveat::BackTestMissed { .. }), "{caveats:?}");
            let more = if factor < 1.0 { "11.1% more" } else { "28.6% less" };
            assert!(caveats[0].doubt().contains(more), "{}", caveats[0]);
        }
    }
}

/// Each shard of several carries its part, and clients have split their batches already.
#[test]
fn a_cluster_is_tested_by_its_busiest_shard() {
    let observed = Observed {
        rate: Some(OpsPerSec::of(8_000.0)),
        engine_cpu: share(0.1),
        ..Observed::default()
    };
    let mut spec = plan(observed);
    let incumbent = spec.incumbent.as_mut().expect("given");
    (incumbent.shards, incumbent.cluster_mode) = (2, true);
    let cpu = answer(&spec).incumbent.expect("named").back_test[0].predicted.value;
    assert!((0.1..0.13).contains(&cpu), "half, and what is hot: {cpu}");
}
