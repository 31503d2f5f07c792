//! Hashes whose fields expire: on engines that know them what was calculated against what they report,
//! on others a refusal.

use std::path::Path;

use cachefit::engine::SlotRange;
use cachefit::measurement::{Seeded, Stamp};
use cachefit::seed::{remove_keys, seed, survey};
use cachefit::spec::PlanSpec;
use cachefit::target::{Control, PrivateEngine, Settings, Target, read_facts};
use cachefit::units::Bytes;

use super::collections::plan;
use crate::support::{
    Cachefit, SEEDING_PATIENCE, Workdir, block_on_for, busy, calculated, engines, score,
};

/// One class of hashes; each makes 9 MB or more.
const CELLS: [(&str, &str); 6] = [
    ("compact", r#"keys = 40_000, members = 10, member = "f{key}_{n}", size = "20B""#),
    (
        "numbers, keys expire too",
        r#"keys = 20_000, member = "{n}", ttl = "2h", size = "50B",
           members = { uniform = { min = 1, max = 30 } }"#,
    ),
    ("long values", r#"keys = 6_000, members = 14, member = "f{key}_{n}", size = "100B""#),
    ("some segments", r#"keys = 2_000, members = 70, member = "f{key}_{n}", size = "80B""#),
    ("many fields", r#"keys = 400, members = 600, member = "f{key}_{n}", size = "30B""#),
    (
        "any number of fields",
        r#"keys = 1_500, member = "f{key}_{n}", size = "25B",
           members = { lognormal = { median = 100, sigma = 1.0, max = 2_000 } }"#,
    ),
];

fn hashes(class: &str) -> PlanSpec {
    plan(&format!(r#"type = "hash", field_ttl = "1h", {class}"#))
}

/// Seeds a fresh engine, where own hashes are known and removed again; `None` when it has no fields that
/// expire, which the server itself says, too.
fn seeded(spec: &PlanSpec, binary: &Path) -> Option<Seeded> {
    let maxmemory = Bytes::from_gib(1);
    let settings = Settings { binary: binary.to_owned(), port: None, maxmemory, max_clients: 100 };
    let private = PrivateEngine::start(&settings).unwrap();
    block_on_for(SEEDING_PATIENCE, async {
        let control = Control::connect(private.endpoint()).await.unwrap();
        let servers = Target::single(private.endpoint().clone(), control.clone());
        let target = read_facts(&control, None).await.unwrap();
        let (engine, version) = (target.engine, target.version.clone());
        assert_eq!(spec.check_engine(engine).is_ok(), engine.expires_fields(), "{version}");
        let of = target.clone();
        let predict = |_: &[SlotRange], baseline| calculated(spec, &of, baseline);
        let stamp = Stamp { unix_secs: 0 };
        let seeded = seed(spec, &servers, target, stamp, predict, &mut |_, _| {}).await;
        assert_eq!(seeded.is_ok(), engine.expires_fields(), "{version}");
        let seeded = seeded.ok()?;
        let found = survey(&servers, spec).await.unwrap().remove(0);
        assert_eq!((found.own, found.foreign), (spec.n_keys(), 0));
        assert_eq!(remove_keys(&servers, spec).await.unwrap(), spec.n_keys());
        Some(seeded)
    })
}

#[test]
fn fields_that_expire_take_what_was_calculated() {
    let _busy = busy();
    let mut failures = Vec::new();
    for binary in engines() {
        for (name, class) in CELLS {
            let Some(seeded) = seeded(&hashes(class), &binary) else {
                println!("{}: no fields that expire", binary.display());
                break;
            };
            let data = |bytes: Bytes| bytes.float() - seeded.baseline.used_memory_bytes.float();
            let measured = data(seeded.settled.used_memory_bytes);
            let predicted = data(seeded.predicted_bytes);
            let off = predicted / measured - 1.0;
            println!("{} {name}: {:+.4} % of {measured}", seeded.target.version, off * 100.0);
            score("hashes whose fields expire", &seeded.target, name, predicted, measured);
            // The same fields in every hash: one hash seed decides for all of them how they lie in
            // tables, and the law is the mean over seeds (MODEL.md §1.10).
            let allowed = if class.contains(r#"member = "{n}""#) { 0.02 } else { 0.002 };
            if off.abs() > allowed || measured < 9e6 {
                failures.push(format!("{} {name}: {off:+}", seeded.target.version));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn an_engine_without_them_is_refused() {
    let _busy = busy();
    let workdir = Workdir::new();
    let text = r#"
        name = "fields"
        class = [{ name = "carts", key = "cart:{n}", keys = 2_000, type = "hash", members = 20,
                   member = "field_{n}", size = "20B", field_ttl = "1h" }]
        traffic = [{ class = "carts", command = "hgetall", weight = 1 }]
        load = { levels = ["1k/s"], step = "1s" }
        objective = { peak = "1k/s", p99 = "2ms" }
        capacity = {}
        aws = { region = "us-east-1", engines = ["valkey-9.0"] }
    "#;
    let file = workdir.file("fields.toml", text);
    let file = file.to_str().unwrap();
    let said = "the fields of `carts` have a time to live, which ";
    let run = |words: &[&str]| {
        let mut command = Cachefit::command(&workdir.tmp());
        command.args(words).current_dir(workdir.tmp());
        Cachefit::from(command).finish()
    };

    let old = workdir.file("old.toml", &text.replace("valkey-9.0", "valkey-8.1"));
    let finished = run(&["predict", old.to_str().unwrap()]);
    assert_eq!(finished.code, Some(3), "{finished:?}");
    assert!(finished.stderr.contains(&format!("{said}valkey-8.1 cannot give them")));

    let finished = run(&["predict", file, "--engine", "redis-7.1"]);
    assert_eq!(finished.code, Some(3), "{finished:?}");
    assert!(finished.stderr.contains(&format!("{said}redis-7.1 cannot give them")));

    let all = run(&["predict", file, "--engine", "all"]);
    assert_eq!(all.code, Some(0), "{all:?}");
    let lines = |part: &str| all.stdout.lines().filter(|line| line.contains(part)).count();
    assert_eq!(lines("not supported"), 7, "{}", all.stdout);
    for engine in ["valkey-9.0", "valkey-9.1"] {
        let mut lines = all.stdout.lines().filter(|line| line.trim_start().starts_with(engine));
        assert!(lines.all(|line| !line.contains("not supported")), "{}", all.stdout);
    }

    for binary in engines() {
        let out = workdir.out();
        let binary = binary.to_str().unwrap();
        let finished = run(&["plan", file, "--engine-bin", binary, "--out", out.to_str().unwrap()]);
        if finished.stderr.contains(said) {
            assert_eq!(finished.code, Some(4), "{finished:?}");
            assert!(!out.join("02-seed.json").exists());
        } else {
            assert!(finished.concluded(), "{finished:?}");
        }
    }
}
