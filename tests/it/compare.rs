//! `cachefit compare`: runs made of the sample's measurement in `reports`, without an engine.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Cachefit, Finished, Workdir};

fn run(arguments: &[&OsStr]) -> Finished {
    let workdir = Workdir::new();
    Cachefit::start(&workdir.tmp(), arguments).finish()
}

/// Two runs: A as it was measured; B with 12 % less CPU at every level, service times in place of
/// response times, a slow level, a void one, and another headroom.
fn runs() -> &'static (PathBuf, PathBuf) {
    static RUNS: OnceLock<(TempDir, (PathBuf, PathBuf))> = OnceLock::new();
    let made = RUNS.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let paths = (directory.path().join("a"), directory.path().join("b"));
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample");
        for path in [&paths.0, &paths.1] {
            fs::create_dir(path).unwrap();
            for name in ["01-spec.json", "02-seed.json", "03-steps.json"] {
                fs::copy(sample.join(name), path.join(name)).unwrap();
            }
        }
        alter(&paths.1.join("03-steps.json"));
        for (path, more) in [(&paths.0, [].as_slice()), (&paths.1, &["--headroom", "35%"])] {
            assert!(run(&["fit".as_ref(), path.as_ref()]).concluded());
            let mut size: Vec<&OsStr> = vec!["size".as_ref(), path.as_ref()];
            size.extend(more.iter().map(|word| OsStr::new(*word)));
            assert!(run(&size).concluded());
        }
        (directory, paths)
    });
    &made.1
}

fn alter(steps: &Path) {
    let mut artifact: Value = serde_json::from_str(&fs::read_to_string(steps).unwrap()).unwrap();
    let levels = artifact["body"]["levels"].as_array_mut().unwrap();
    for level in levels.iter_mut() {
        let cpu = level["server"]["main_thread_cpu_us"].as_f64().unwrap();
        level["server"]["main_thread_cpu_us"] = Value::from(cpu * 0.88);
        for command in level["commands"].as_array_mut().unwrap() {
            command["response"] = command["service"].clone();
        }
    }
    // One light load answered as slowly as the heaviest.
    let heaviest = levels.iter().max_by(|a, b| {
        let offered = |level: &Value| level["offered"].as_f64().unwrap();
        offered(a).total_cmp(&offered(b))
    });
    let slow = heaviest.unwrap()["commands"][0]["response"].clone();
    for command in levels[1]["commands"].as_array_mut().unwrap() {
        command["response"] = slow.clone();
    }
    // The heaviest load that was offered once, so that no other trial takes its place.
    let loads: Vec<f64> = levels.iter().map(|level| level["offered"].as_f64().unwrap()).collect();
    let once =
        |load: &&f64| loads.iter().filter(|other| other.total_cmp(load).is_eq()).count() == 1;
    let heaviest = loads.iter().filter(once).copied().fold(0.0, f64::max);
    let index = loads.iter().position(|load| load.total_cmp(&heaviest).is_eq()).unwrap();
    levels[index]["void"] = serde_json::json!([{ "evictions": 3 }]);
    fs::write(steps, serde_json::to_string_pretty(&artifact).unwrap()).unwrap();
}

fn compare(more: &[&str]) -> Finished {
    let (a, b) = runs();
    let mut arguments: Vec<&OsStr> = vec!["compare".as_ref(), a.as_ref(), b.as_ref()];
    arguments.extend(more.iter().map(|word| OsStr::new(*word)));
    run(&arguments)
}

fn compare_types(more: &[&str]) -> Finished {
    let mut arguments: Vec<&OsStr> = vec!["compare".as_ref(), runs().0.as_ref()];
    arguments.extend(more.iter().map(|word| OsStr::new(*word)));
    run(&arguments)
}

#[track_caller]
fn assert_says(finished: &Finished, code: i32, parts: &[&str]) {
    assert_eq!(finished.code, Some(code), "{finished:?}");
    let said = format!("{}{}", finished.stdout, finished.stderr);
    for part in parts {
        assert!(said.contains(part), "no `{part}` in:\n{said}");
    }
}

#[test]
fn runs_are_compared_with_what_differs_first() {
    let finished = compare(&[]);
    let parts = [
        "The plans differ in one place",
        "capacity.headroom",
        "used_memory measured",
        "B lower by 12% (12% to 12% at 95%, in pairs)",
        "(95% intervals do not overlap)",
        "no difference shown (95% intervals overlap)",
        "void",
    ];
    assert_says(&finished, 0, &parts);
    let at = |part: &str| finished.stdout.find(part).unwrap();
    assert!(at("capacity.headroom") < at("Each run"), "{}", finished.stdout);
}

#[test]
fn a_run_beside_itself_shows_no_difference() {
    let (a, _) = runs();
    let finished = run(&["compare".as_ref(), a.as_ref(), a.as_ref()]);
    assert_says(
        &finished,
        0,
        &["The plans are the same", "no difference shown", "All runs recommend"],
    );
    assert!(!finished.stdout.contains("lower by"), "{}", finished.stdout);
}

#[test]
fn programs_get_json_and_csv_and_a_report_is_written() {
    let finished = compare(&["--format", "json"]);
    let comparison: Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(comparison["plans"][0]["path"], "$.capacity.headroom");
    let points = comparison["curves"][1]["points"].as_array().unwrap();
    assert_eq!(points.iter().filter(|point| point["is_valid"] == false).count(), 1);

    let out = tempfile::tempdir().unwrap();
    let out = out.path().join("out");
    let finished = compare(&["--format", "csv", "--out", out.to_str().unwrap()]);
    assert_says(&finished, 0, &["Criterion,Unit,Run,Value,Low,High,Interval,Finding\n"]);
    let rows = csv::Reader::from_reader(finished.stdout.as_bytes()).into_records().count();
    assert!(rows > 30, "{rows}");
    let page = fs::read_to_string(out.join("compare.html")).unwrap();
    assert!(page.contains("B, void") && page.contains("comparison"), "{}", &page[..2000]);
    for name in
        ["compare.md", "charts/compare-p99.png", "charts/compare-p50.svg", "csv/figures.csv"]
    {
        assert!(out.join(name).is_file(), "{name}");
    }
    let (a, _) = runs();
    let finished = compare(&["--out", a.to_str().unwrap()]);
    assert_says(&finished, 2, &["holds a run"]);
}

#[test]
fn types_are_compared_by_margin_cost_and_what_rejects_them() {
    let finished =
        compare_types(&["--types", "r7g.large,cache.m7g.large,cache.t4g.small,cache.r4.large"]);
    let parts = [
        "memory: margin",
        "CPU credits: margin",
        "memory: needs ",
        "cost per month",
        "one shard rejected by",
    ];
    assert_says(&finished, 0, &parts);
    let finished = compare_types(&[
        "--types",
        "r7g.large",
        "--engine",
        "redis-7.1",
        "--engine",
        "valkey-8.1",
        "--format",
        "csv",
    ]);
    assert_says(&finished, 0, &["cache.r7g.large,redis-7.1,1,", "cache.r7g.large,valkey-8.1,1,"]);
}

#[test]
fn what_cannot_be_compared_is_refused_with_a_hint() {
    assert_says(&compare_types(&[]), 2, &["nothing to stand beside", "hint: "]);
    assert_says(&compare(&["--types", "r7g.large"]), 2, &["for one run"]);
    let finished = compare_types(&["--types", "r7g.lagre"]);
    assert_says(&finished, 3, &["no node type `r7g.lagre`", "did you mean cache.r7g.large"]);
    let finished = compare_types(&["--engine", "valkey-8.1"]);
    assert_says(&finished, 2, &["--types"]);
    let (a, _) = runs();
    let finished = run(&["fit".as_ref(), a.as_ref(), "--format".as_ref(), "csv".as_ref()]);
    assert_says(&finished, 2, &["`--format csv` is for `compare`"]);
}
