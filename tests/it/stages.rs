//! Stages that run alone on the directory of a run.

use std::ffi::OsStr;
use std::fs;

use rustix::process::Signal;

use crate::support::{Cachefit, Finished, Workdir, alone, plan_text};

/// A finished run of two short levels.
fn measured() -> Workdir {
    let _alone = alone();
    let workdir = Workdir::new();
    let traffic = r#"{ class = "s", command = "get", weight = 1 }"#;
    let load = r#"levels = ["1500/s", "3k/s"], step = "1s", connections = 4"#;
    let plan = workdir.file("tiny.toml", &plan_text(traffic, load));
    let out = workdir.out();
    let arguments: [&OsStr; 4] = ["plan".as_ref(), plan.as_ref(), "--out".as_ref(), out.as_ref()];
    let finished = Cachefit::start(&workdir.tmp(), &arguments).finish();
    assert!(finished.concluded(), "{finished:?}");
    workdir
}

fn stage(workdir: &Workdir, name: &str, more: &[&str]) -> Finished {
    let out = workdir.out();
    let mut arguments: Vec<&OsStr> = vec![name.as_ref(), out.as_ref()];
    arguments.extend(more.iter().map(|word| OsStr::new(*word)));
    Cachefit::start(&workdir.tmp(), &arguments).finish()
}

#[track_caller]
fn assert_done(finished: &Finished) {
    assert!(finished.concluded(), "{finished:?}");
}

#[test]
fn another_region_changes_the_bill_and_no_measurement() {
    let workdir = measured();
    let hourly = |workdir: &Workdir| {
        let sized = workdir.artifact("05-recommendation.json");
        sized["body"]["recommendation"]["chosen"]["bill"]["hourly_nano_usd_per_hour"].as_u64()
    };
    let (models, before) = (workdir.artifact("04-models.json"), hourly(&workdir));
    let more = ["--region", "sa-east-1", "--headroom", "30%", "--peak", "2k/s"];
    let finished = stage(&workdir, "size", &more);
    assert_done(&finished);
    assert!(finished.stdout.contains("sa-east-1"), "{}", finished.stdout);
    assert!(hourly(&workdir) > before, "Sao Paulo is the dearer Region");
    assert_eq!(workdir.artifact("04-models.json"), models);
    let spec = workdir.artifact("01-spec.json");
    assert_eq!(spec["body"]["aws"]["region"], "us-east-1", "what was measured stays as it was");
    let report = fs::read_to_string(workdir.out().join("report.md")).unwrap();
    assert!(report.contains("sa-east-1") && report.contains("30%"), "{report}");

    // The same Region, paid for a year at once: less by the hour, and the answer says how.
    let dear = hourly(&workdir);
    let purchase = "reserved-1y-all-upfront";
    let more = ["--region", "sa-east-1", "--headroom", "30%", "--peak", "2k/s"];
    let finished = stage(&workdir, "size", &[&more[..], &["--purchase", purchase]].concat());
    assert_done(&finished);
    let words = "reserved for 1 year, all upfront";
    assert!(finished.stdout.contains(words), "{}", finished.stdout);
    assert!(hourly(&workdir) < dear, "{:?} where on demand is {dear:?}", hourly(&workdir));
    let refused = stage(&workdir, "size", &["--purchase", "reserved-2y"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
}

#[test]
fn what_was_made_from_an_older_file_is_stale() {
    let workdir = measured();
    let steps = workdir.out().join("03-steps.json");
    let text = fs::read_to_string(&steps).unwrap();
    fs::write(&steps, text.replacen("\"longest_queue\": ", "\"longest_queue\": 1", 1)).unwrap();
    for name in ["size", "report"] {
        let finished = stage(&workdir, name, &[]);
        assert_eq!(finished.code, Some(3), "{finished:?}");
        let parts =
            ["04-models.json is stale: 03-steps.json has changed", "hint: run `cachefit fit`"];
        assert!(parts.iter().all(|part| finished.stderr.contains(part)), "{}", finished.stderr);
    }
    assert_done(&stage(&workdir, "fit", &[]));
    assert_done(&stage(&workdir, "size", &[]));
}

#[test]
fn an_artifact_that_cannot_be_used_is_named_with_its_place() {
    let workdir = measured();
    let models = workdir.out().join("04-models.json");
    let text = fs::read_to_string(&models).unwrap();
    let check = |text: Option<&str>, parts: &[&str]| {
        match text {
            Some(text) => fs::write(&models, text).unwrap(),
            None => fs::remove_file(&models).unwrap(),
        }
        let finished = stage(&workdir, "size", &[]);
        assert_eq!(finished.code, Some(3), "{finished:?}");
        for part in parts {
            assert!(finished.stderr.contains(part), "no `{part}` in:\n{}", finished.stderr);
        }
    };
    check(Some(&text[..text.len() / 2]), &["04-models.json cannot be used", "line ", "column "]);
    let newer = text.replacen("\"version\": ", "\"version\": 9", 1);
    check(Some(&newer), &["version 9", "reads version"]);
    check(None, &["04-models.json is missing", "hint: run `cachefit fit`"]);
}

#[test]
fn a_region_or_type_that_is_not_known_ends_with_3() {
    let workdir = Workdir::new();
    let check = |arguments: &[&str], part: &str| {
        let finished = Cachefit::start(&workdir.tmp(), arguments).finish();
        assert_eq!(finished.code, Some(3), "{finished:?}");
        assert!(finished.stderr.contains(part), "{}", finished.stderr);
    };
    check(&["catalog", "list", "--region", "mars-1"], "no prices for `mars-1`");
    check(&["catalog", "show", "cache.r7g.huge"], "no node type `cache.r7g.huge`");
}

#[test]
fn the_catalog_is_shown_with_prices_sources_and_dates() {
    let workdir = Workdir::new();
    let finished = Cachefit::start(&workdir.tmp(), &["catalog", "show", "cache.t3.micro"]).finish();
    for part in ["402653184", "us-east-1", "2026-10-02", "published", "[S1]"] {
        assert!(finished.stdout.contains(part), "no `{part}` in:\n{}", finished.stdout);
    }
    let arguments = ["catalog", "list", "--all", "--format", "json"];
    let finished = Cachefit::start(&workdir.tmp(), &arguments).finish();
    let listed: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 94);
}

#[test]
fn an_interrupted_run_goes_on_where_it_stopped() {
    let _alone = alone();
    let workdir = Workdir::new();
    let traffic = r#"{ class = "s", command = "get", weight = 1 }"#;
    let load = r#"levels = ["1500/s", "2k/s", "3k/s"], step = "1s", connections = 4"#;
    let plan = workdir.file("three.toml", &plan_text(traffic, load));
    let out = workdir.out();
    let arguments: [&OsStr; 4] = ["plan".as_ref(), plan.as_ref(), "--out".as_ref(), out.as_ref()];
    let mut interrupted = Cachefit::start(&workdir.tmp(), &arguments);
    interrupted.wait_for("offered 1.50k/s");
    interrupted.signal(Signal::INT);
    assert_eq!(interrupted.finish().code, Some(130));
    let (seed, steps) = (workdir.artifact("02-seed.json"), workdir.artifact("03-steps.json"));
    let left = steps["body"]["unmeasured"].as_array().unwrap().len();
    assert!((1..3).contains(&left), "{left} levels are left");

    let resume = ["plan".as_ref(), "--resume".as_ref(), out.as_os_str()];
    let finished = Cachefit::start(&workdir.tmp(), &resume).finish();
    assert_done(&finished);
    assert!(finished.stderr.contains("going on: "), "{}", finished.stderr);
    assert_eq!(workdir.artifact("02-seed.json"), seed);
    let whole = workdir.artifact("03-steps.json");
    assert_eq!(whole["body"]["unmeasured"].as_array().unwrap().len(), 0);
    assert_eq!(whole["body"]["levels"][0], steps["body"]["levels"][0]);
    assert!(whole["body"]["levels"].as_array().unwrap().len() >= 3);
    assert!(finished.stdout.contains("report.html"), "{}", finished.stdout);

    let again = Cachefit::start(&workdir.tmp(), &resume).finish();
    assert!(again.stderr.contains("every level was measured already"), "{}", again.stderr);
}

#[test]
fn seeding_again_makes_what_came_after_stale_and_load_renews_it() {
    let workdir = measured();
    let _alone = alone();
    let seeded = stage(&workdir, "seed", &[]);
    assert_eq!(seeded.code, Some(0), "{seeded:?}");
    let stale = stage(&workdir, "fit", &[]);
    assert_eq!(stale.code, Some(3), "{stale:?}");
    assert!(stale.stderr.contains("03-steps.json is stale"), "{}", stale.stderr);
    let loaded = stage(&workdir, "load", &[]);
    assert_eq!(loaded.code, Some(0), "{loaded:?}");
    for name in ["fit", "size", "report"] {
        assert_done(&stage(&workdir, name, &[]));
    }
}
