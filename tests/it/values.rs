//! Values of any workload on a real engine: a small seed tells what many keys will take.

use cachefit::measurement::Seeded;
use cachefit::model::memory::{Layout, footprint};
use cachefit::model::{MemoryModel, string_classes};
use cachefit::seed::seed;
use cachefit::spec::{PlanSpec, parse_with_files};
use cachefit::target::{Control, PrivateEngine, Settings, read_facts};
use cachefit::units::Bytes;
use cachefit::workload::stock;
use cachefit::{measurement::Stamp, measurement::TargetFacts};

use crate::support::{alone, block_on, engine};

/// A workload whose classes are these lines; `file` is the content of the files they name.
fn plan(classes: &str, file: &str) -> PlanSpec {
    let text = format!(
        r#"
        name = "values"
        class = [{classes}]
        traffic = [{{ class = "a", command = "get", weight = 1 }}]
        load = {{ levels = ["1k/s"], step = "1s" }}
        objective = {{ peak = "1k/s", p99 = "2ms" }}
        capacity = {{}}
        aws = {{ region = "eu-west-1", engines = ["redis-7.1"] }}
        "#
    );
    let spec = parse_with_files("w.toml", &text, &|_| Ok(file.into()));
    stock(spec.unwrap_or_else(|error| panic!("{error}")))
}

/// The same plan with `keys` keys in each class.
fn with_keys(spec: &PlanSpec, keys: u64) -> PlanSpec {
    let mut spec = spec.clone();
    spec.classes.iter_mut().for_each(|class| class.keys = keys);
    spec
}

/// Seeds a fresh engine, which checks values on the way.
fn seeded(spec: &PlanSpec) -> Seeded {
    let maxmemory = Bytes::from_gib(3);
    let settings = Settings { binary: engine(), port: None, maxmemory, max_clients: 100 };
    let engine = PrivateEngine::start(&settings).unwrap();
    block_on(async {
        let control = Control::connect(engine.endpoint()).await.unwrap();
        let target = read_facts(&control, None).await.unwrap();
        let predict = predictor(spec, &target);
        seed(spec, &control, target, Stamp { unix_secs: 0 }, predict, &mut |_, _| {}).await.unwrap()
    })
}

/// `used_memory` of the full data set on top of a baseline, by the law.
fn predictor(spec: &PlanSpec, target: &TargetFacts) -> impl FnOnce(Bytes) -> Bytes + use<> {
    let keys: Vec<u64> = spec.classes.iter().map(|class| class.keys).collect();
    let classes = string_classes(&spec.classes, &keys);
    let (engine, allocator) = (target.engine, target.allocator);
    let shares_integers = target.shares_integers();
    move |baseline| {
        let layout = Layout { engine, allocator, shares_integers, baseline, slots: None };
        footprint(&classes, &layout).settled_total()
    }
}

/// Within 0.2 %, from a seed of 50,000 keys of each class to 400,000.
#[test]
fn a_seed_of_50_000_keys_predicts_400_000() {
    let _alone = alone();
    let spec = plan(
        r#"{ name = "a", keys = 1, key = "claims:{n}", payload = "claims-varied",
             encoding = "pickle", ttl = "10m" },
           { name = "b", keys = 1, key = "session:{n}",
             size = { lognormal = { median = "300B", sigma = 0.8, max = "64KiB" } } }"#,
        "",
    );
    let sample = seeded(&with_keys(&spec, 50_000));
    let model = MemoryModel::learn(&with_keys(&spec, 50_000), &sample);
    let many = with_keys(&spec, 400_000);
    let layout = Layout { baseline: sample.baseline.used_memory_bytes, ..model.measured };
    let keys = [400_000, 400_000];
    let predicted = footprint(&string_classes(&many.classes, &keys), &layout).settled_total();

    let full = seeded(&many);
    let measured = full.settled.used_memory_bytes;
    let off = predicted / measured - 1.0;
    println!(
        "50,000 keys of each class: {:+.4} %, 400,000: predicted {}, measured {} ({:+.4} %)",
        model.deviation * 100.0,
        predicted.get(),
        measured.get(),
        off * 100.0
    );
    assert!((model.correction - 1.0).abs() < 1e-9, "law and measurement agree");
    assert!(off.abs() < 0.002, "{off}");
}

/// An engine stores a number in the object itself, or shares it: much less than its text.
#[test]
fn numbers_take_the_memory_of_numbers() {
    let _alone = alone();
    // A third each of small numbers, large numbers and texts of 20 letters.
    let records: Vec<String> = (0..3000_u64)
        .map(|n| match n % 3 {
            0 => n.to_string(),
            1 => (n * 1_000_003 + 10_000).to_string(),
            _ => format!("\"{}\"", "text ".repeat(4)),
        })
        .collect();
    let records = records.join("\n");
    let numbers =
        r#"{ name = "a", keys = 40_000, key = "n:{n}", file = "n.ndjson", encoding = "raw" }"#;
    let raw = seeded(&plan(numbers, &records));
    let settled = raw.settled.used_memory_bytes;
    let off = raw.predicted_bytes / settled - 1.0;
    println!(
        "numbers: predicted {}, measured {} ({:+.4} %)",
        raw.predicted_bytes.get(),
        settled.get(),
        off * 100.0
    );
    // Of 4 MB, the buffers of one connection may be half a percent.
    let allowed = settled.scale(0.002).max(Bytes::from_kib(24));
    assert!(raw.predicted_bytes.get().abs_diff(settled.get()) <= allowed.get(), "{off}");
}
