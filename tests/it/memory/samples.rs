//! A small seed tells what many keys will take, and a law of sizes what drawn sizes take.

use cachefit::engine::SlotRange;
use cachefit::measurement::{Seeded, Stamp, TargetFacts};
use cachefit::model::MemoryModel;
use cachefit::model::memory::block;
use cachefit::seed::seed;
use cachefit::spec::PlanSpec;
use cachefit::target::{Control, PrivateEngine, Settings, Target, read_facts};
use cachefit::units::{Bytes, num};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, LogNormal};

use crate::support::{
    Cell, SEEDING_PATIENCE, block_on_for, busy, calculated, classes, engine, score, with_keys,
};

/// Seeds a fresh engine as the program does, which checks values on the way.
fn seeded(spec: &PlanSpec) -> Seeded {
    let maxmemory = Bytes::from_gib(3);
    let settings = Settings { binary: engine(), port: None, maxmemory, max_clients: 10_000 };
    let engine = PrivateEngine::start(&settings).unwrap();
    block_on_for(SEEDING_PATIENCE, async {
        let control = Control::connect(engine.endpoint()).await.unwrap();
        let servers = Target::single(engine.endpoint().clone(), control.clone());
        let target = read_facts(&control, None).await.unwrap();
        let of = target.clone();
        let predict = |_: &[SlotRange], baseline| calculated(spec, &of, baseline);
        seed(spec, &servers, target, Stamp { unix_secs: 0 }, predict, &mut |_, _| {}).await.unwrap()
    })
}

/// What the law, checked by a sample, says of more keys; the sample must not contradict it.
fn extrapolated(sample: &PlanSpec, many: &PlanSpec) -> Bytes {
    let seeded = seeded(sample);
    let model = MemoryModel::learn(sample, &seeded);
    assert!((model.correction - 1.0).abs() < 1e-9, "law and measurement agree: {model:?}");
    calculated(many, &seeded.target, seeded.baseline.used_memory_bytes)
}

#[track_caller]
fn compare(case: &str, target: &TargetFacts, predicted: Bytes, measured: Bytes, bar: f64) {
    score("from a sample of 50,000 keys", target, case, predicted.float(), measured.float());
    let off = predicted / measured - 1.0;
    assert!(off.abs() < bar, "{case}: {off}");
}

/// Within 0.2 %, from a seed of 50,000 keys of each class to 400,000, seeded as well.
#[test]
fn a_seed_of_50_000_keys_predicts_400_000() {
    let _busy = busy();
    let spec = classes(
        r#"{ name = "a", keys = 1, key = "claims:{n}", payload = "claims-varied",
             encoding = "pickle", ttl = "10m" },
           { name = "b", keys = 1, key = "session:{n}",
             size = { lognormal = { median = "300B", sigma = 0.8, max = "64KiB" } } }"#,
        "",
    );
    let many = with_keys(&spec, |_| 400_000);
    let predicted = extrapolated(&with_keys(&spec, |_| 50_000), &many);
    let full = seeded(&many);
    let measured = full.settled.used_memory_bytes;
    compare("two classes of 400,000 keys", &full.target, predicted, measured, 0.002);
}

#[test]
fn a_seed_of_50_000_keys_predicts_5_000_000() {
    let _busy = busy();
    let spec =
        classes(r#"{ name = "a", keys = 1, key = "key:{n}", size = "60B", ttl = "10h" }"#, "");
    let many = with_keys(&spec, |_| 5_000_000);
    let predicted = extrapolated(&with_keys(&spec, |_| 50_000), &many);
    let full = Cell::measure(&engine(), &[], &spec, |_| many.clone());
    compare("5,000,000 keys", &full.target, predicted, full.measured, 0.002);
}

/// Lengths drawn at random, predicted from the law of sizes alone: within three standard errors.
#[test]
fn a_law_of_sizes_predicts_drawn_sizes() {
    const KEYS: u64 = 300_000;
    let _busy = busy();
    let law = r#"{ lognormal = { median = "200B", sigma = 0.9, max = "64KiB" } }"#;
    let spec =
        classes(&format!(r#"{{ name = "a", keys = {KEYS}, key = "k:{{n}}", size = {law} }}"#), "");
    let mut rng = ChaCha8Rng::seed_from_u64(20_261_125);
    let drawn = LogNormal::new(200f64.ln(), 0.9).unwrap();
    let lengths: Vec<usize> = (0..KEYS)
        .map(|_| num::index(num::round(drawn.sample(&mut rng).clamp(1.0, 65_536.0))))
        .collect();
    let text = "v".repeat(65_536);
    let cell =
        Cell::measure_values(&engine(), &spec, &|n| &text.as_bytes()[..lengths[num::index(n)]]);

    let allocator = cell.target.allocator;
    let taken = |len: &usize| num::float(block(allocator, num::count(*len) + 4));
    let mean = lengths.iter().map(taken).sum::<f64>() / num::float(KEYS);
    let variance = lengths.iter().map(|len| (taken(len) - mean).powi(2)).sum::<f64>();
    let standard_error = variance.sqrt();
    let off = cell.predicted.float() - cell.measured.float();
    println!("off by {off:.0} bytes; one standard error is {standard_error:.0}");
    assert!(off.abs() < 3.0 * standard_error, "{off}");
}
