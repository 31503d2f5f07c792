//! The law against simulations of the engines' evictions, and what must hold of any plan.

use proptest::prelude::*;

use super::*;
use crate::spec::{Access, MaxmemoryPolicy};
use crate::units::{Fraction, num};

const POLICY: MaxmemoryPolicy = MaxmemoryPolicy::AllkeysLru;

fn reads(access: Access, reads: f64) -> LineDemand {
    LineDemand { access, reads, writes: 0.0 }
}

fn class(keys: u64, ttl_secs: Option<u64>, lines: &[LineDemand]) -> ClassDemand {
    ClassDemand { keys, ttl_secs, lines: lines.to_vec() }
}

fn hot(keys: f64, traffic: f64) -> Access {
    let share = |x| Fraction::new(x).expect("a share");
    Access::Hot { keys: share(keys), traffic: share(traffic) }
}

/// Hit ratio when so many keys fit.
fn hits(demands: &[ClassDemand], samples: u32, keys: f64) -> f64 {
    let curve = HitCurve::new(demands, POLICY, samples);
    match curve.within(keys, |keys| keys.iter().sum()) {
        Cached::All(held) | Cached::Some(held) => held.hit_ratio().expect("there are reads"),
        Cached::OutOfMemory { .. } => panic!("all may be evicted"),
    }
}

/// 20,000 keys, a pool of 16 and so many samples, simulated key by key over 800,000 requests of which
/// the first half is left out; scatter 0.001.
#[test]
fn the_law_meets_simulated_evictions() {
    let cases = [
        (Access::Zipf(0.99), 1, [0.6425, 0.7938, 0.8743, 0.9324]),
        (Access::Zipf(0.99), 3, [0.6814, 0.8239, 0.8962, 0.9468]),
        (Access::Zipf(0.99), 5, [0.6833, 0.8263, 0.8983, 0.9480]),
        (Access::Zipf(0.99), 10, [0.6839, 0.8294, 0.9003, 0.9485]),
        (Access::Zipf(0.8), 3, [0.4434, 0.6611, 0.7900, 0.8882]),
        (Access::Zipf(0.8), 5, [0.4467, 0.6638, 0.7939, 0.8906]),
        (hot(0.1, 0.9), 3, [0.7131, 0.9217, 0.9441, 0.9666]),
        (hot(0.1, 0.9), 5, [0.7265, 0.9214, 0.9438, 0.9666]),
        (Access::Uniform, 3, [0.1010, 0.2990, 0.4994, 0.7016]),
    ];
    for (access, samples, simulated) in cases {
        let demands = [class(20_000, None, &[reads(access, 1_000.0)])];
        for (share, simulated) in [0.1, 0.3, 0.5, 0.7].into_iter().zip(simulated) {
            let hits = hits(&demands, samples, share * 20_000.0);
            let off = (hits - simulated).abs();
            assert!(off < 0.003, "{access:?} {samples} {share}: {hits} where {simulated}");
        }
    }
}

/// The law with groups a hundredth wide, solved apart.
#[test]
fn grouping_ranks_costs_no_accuracy() {
    for (exponent, expected) in
        [(0.99, [0.7211, 0.8469, 0.9100, 0.9534]), (0.8, [0.4643, 0.6729, 0.7980, 0.8918])]
    {
        let demands = [class(100_000, None, &[reads(Access::Zipf(exponent), 1_000.0)])];
        for (share, expected) in [0.1, 0.3, 0.5, 0.7].into_iter().zip(expected) {
            let hits = hits(&demands, 3, share * 100_000.0);
            assert!((hits - expected).abs() < 5e-4, "{exponent} {share}: {hits} where {expected}");
        }
    }
}

/// A scan that does not fit finds nothing under exact LRU; sampling spares some keys by chance.
#[test]
fn a_scan_larger_than_the_cache_finds_what_sampling_spares() {
    let demands = [class(20_000, None, &[reads(Access::Sequential, 1_000.0)])];
    let simulated =
        [(3, 0.5, 0.0198), (3, 0.8, 0.2877), (3, 0.9, 0.5456), (5, 0.5, 0.0024), (5, 0.8, 0.1463)];
    for (samples, share, simulated) in simulated {
        let hits = hits(&demands, samples, share * 20_000.0);
        assert!((hits - simulated).abs() < 0.006, "{samples} {share}: {hits} where {simulated}");
    }
    assert!(hits(&demands, 1_000, 18_000.0) < 1e-3, "as good as exact");
}

/// Without shortage a key of which r reads come in a lifetime misses one of r + 1.
#[test]
fn expiry_alone_misses_once_in_a_lifetime() {
    let of = |access, ttl| hits(&[class(1_000, Some(ttl), &[reads(access, 100.0)])], 3, 1e9);
    assert!((of(Access::Uniform, 30) - 3.0 / 4.0).abs() < 1e-9);
    // A scan comes every 10 s: at 10 and 20 s it finds the key that it set, at 30 s no more.
    assert!((of(Access::Sequential, 30) - 2.0 / 3.0).abs() < 1e-9);
    let lines = [
        reads(Access::Uniform, 100.0),
        LineDemand { access: Access::Uniform, reads: 0.0, writes: 50.0 },
    ];
    // Writes start the lifetime anew: (e^(0.05 · 30) − 1) / 0.05 s on average.
    let stay = (1.5f64.exp() - 1.0) / 0.05;
    let expected = 0.15 * stay / (1.0 + 0.15 * stay);
    assert!((hits(&[class(1_000, Some(30), &lines)], 3, 1e9) - expected).abs() < 1e-9);
}

/// e^886 is beyond any number, and what is written so much more often than it expires always there.
#[test]
fn keys_written_in_turn_long_before_they_expire_always_live() {
    let line = LineDemand { access: Access::Sequential, reads: 0.0, writes: 886.0 };
    let curve = HitCurve::new(&[class(1, Some(1), &[line])], POLICY, 3);
    assert!((curve.full().keys[0] - 1.0).abs() < 1e-9, "{:?}", curve.full().keys);
}

#[test]
fn what_must_not_be_evicted_stays_or_refuses_writes() {
    let zipf = reads(Access::Zipf(0.9), 100.0);
    let demands = [class(1_000, None, &[zipf]), class(1_000, Some(3_600), &[zipf])];
    let cost = |keys: &[f64]| keys.iter().sum::<f64>();
    let curve = HitCurve::new(&demands, MaxmemoryPolicy::VolatileLru, 3);
    let Cached::Some(held) = curve.within(1_300.0, cost) else { panic!("some fit") };
    assert!((held.keys[0] - 1_000.0).abs() < 1e-9 && (held.keys[1] - 300.0).abs() < 1.0);
    assert!(held.hits > 100.0);
    let Cached::OutOfMemory { needed } = curve.within(900.0, cost) else { panic!("too small") };
    assert!((needed - 1_000.0).abs() < 1e-9);
    let curve = HitCurve::new(&demands, MaxmemoryPolicy::NoEviction, 3);
    assert!(matches!(curve.within(1_300.0, cost), Cached::OutOfMemory { .. }));
    assert!(matches!(curve.within(2_001.0, cost), Cached::All(_)));
}

/// By hand: 1,000 keys alike, 100 reads a second; after t seconds 1 − e^(−t/10) of them are back.
#[test]
fn an_empty_cache_fills_with_what_is_asked_for() {
    let demands = [class(1_000, None, &[reads(Access::Uniform, 100.0)])];
    let curve = HitCurve::new(&demands, POLICY, 3);
    let refill = curve.refill(curve.full(), f64::INFINITY).expect("it fills");
    assert!((refill.secs / (10.0 * 10f64.ln()) - 1.0).abs() < 0.005, "{refill:?}");
    assert!((refill.fetched / 900.0 - 1.0).abs() < 0.005, "{refill:?}");
    // An origin of 10 a second brings 900 keys in no less than 90 s.
    let slow = curve.refill(curve.full(), 10.0).expect("it fills");
    assert!((89.5..91.0).contains(&slow.secs), "{slow:?}");
    let Cached::Some(half) = curve.within(500.0, |keys| keys[0]) else { panic!("half fits") };
    let half = curve.refill(&half, f64::INFINITY).expect("it fills");
    // 45 % are back after 10 · ln(1 / 0.55) s.
    assert!((half.secs / 5.978 - 1.0).abs() < 0.01, "{half:?}");
}

fn access() -> impl Strategy<Value = Access> {
    prop_oneof![
        Just(Access::Uniform),
        Just(Access::Sequential),
        (0.3..1.6).prop_map(Access::Zipf),
        (0.01..0.5).prop_map(|keys| hot(keys, 0.9)),
    ]
}

fn demand() -> impl Strategy<Value = ClassDemand> {
    let line = (access(), 0.0..1e4, 0.0..1e3).prop_map(|(access, reads, writes)| LineDemand {
        access,
        reads,
        writes,
    });
    let ttl = prop::option::of(1u64..100_000);
    (1u64..10_000_000, ttl, prop::collection::vec(line, 0..3))
        .prop_map(|(keys, ttl_secs, lines)| ClassDemand { keys, ttl_secs, lines })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// More memory holds more keys and hits more, up to what is held without shortage.
    #[test]
    fn more_memory_never_hits_less(demands in prop::collection::vec(demand(), 1..3)) {
        let curve = HitCurve::new(&demands, POLICY, 3);
        let all: f64 = curve.full().keys.iter().sum();
        let asked: u64 = demands.iter().map(|one| one.keys).sum();
        prop_assert!(all <= num::float(asked) * 1.23);
        let mut before = (0.0, 0.0);
        for step in 1..=20 {
            let room = all * f64::from(step) / 20.0;
            let held = match curve.within(room, |keys| keys.iter().sum()) {
                Cached::All(held) | Cached::Some(held) => held,
                Cached::OutOfMemory { .. } => panic!("all may be evicted"),
            };
            let keys: f64 = held.keys.iter().sum();
            prop_assert!(keys <= room * (1.0 + 1e-9) + 1e-6, "{} of {}", keys, room);
            prop_assert!(held.hits <= held.reads * (1.0 + 1e-9));
            prop_assert!(held.hits >= before.1 * (1.0 - 2e-3), "{} after {:?}", held.hits, before);
            before = (keys, held.hits);
        }
    }
}

/// Every figure is the hand calculation's of MODEL.md §5.5.
#[test]
fn the_worked_example_is_met() {
    let demands = [class(1_000_000, Some(31_536_000), &[reads(hot(0.1, 0.9), 5_000.0)])];
    let curve = HitCurve::new(&demands, MaxmemoryPolicy::VolatileLru, 3);
    let Cached::Some(held) = curve.within(150_000.0, |keys| keys[0]) else { panic!("some fit") };
    let near = |actual: f64, expected: f64, relative: f64| {
        assert!((actual / expected - 1.0).abs() < relative, "{actual} where {expected}");
    };
    let timers = held.timers.expect("keys are evicted");
    near(timers.age_secs, 37.456, 2e-3);
    near(timers.rate, 0.013_176, 1e-2);
    near(held.hits / held.reads, 0.868_24, 5e-4);
    near(held.misses(), 658.8, 3e-3);
    let refill = curve.refill(&held, f64::INFINITY).expect("it fills");
    near(refill.secs, 44.59, 5e-3);
    near(refill.fetched, 108_572.0, 5e-3);
}
