//! `cachefit verify`: what it finds in runs that were altered. The run is made from the measurement
//! of the sample in `reports`, without an engine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cachefit::artifact::{Digest, Kind};
use cachefit::catalog::Catalog;
use cachefit::verify::{Verdict, recompute, verdict};
use serde_json::Value;

use crate::support::{Finished, SampleRun};

/// A copy of a whole run, to alter and verify.
struct Run(SampleRun);

impl Run {
    fn new() -> Self {
        Self(SampleRun::copy())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn replace(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "no `{from}` in {name}");
        fs::write(self.path(name), text.replacen(from, to, 1)).unwrap();
    }

    #[track_caller]
    fn check(&self, more: &[&str], code: i32, parts: &[&str]) -> Finished {
        // The PDF is compared once, by the run that nobody altered: each takes ten seconds here.
        let pdf: &[&str] = if more.contains(&"--strict") { &[] } else { &["--without-pdf"] };
        let finished = self.0.command(&[&["verify"], more, pdf].concat());
        assert_eq!(finished.code, Some(code), "{finished:?}");
        let said = format!("{}{}", finished.stdout, finished.stderr);
        for part in parts {
            assert!(said.contains(part), "no `{part}` in:\n{said}");
        }
        finished
    }
}

#[test]
fn an_untouched_run_agrees_and_says_what_that_is_worth() {
    let run = Run::new();
    let finished = run.check(&["--strict"], 0, &["agrees: ", "not against a forger"]);
    assert!(!finished.stdout.contains("difference"), "{}", finished.stdout);
    assert_eq!(run.path("report.pdf").exists(), cfg!(feature = "pdf"));
    // One of an earlier report does not stay beside a report without.
    assert!(run.0.command(&["report", "--format", "json"]).concluded());
    assert!(!run.path("report.pdf").exists());
}

#[test]
fn renderings_that_were_altered_are_found_in_their_place() {
    let run = Run::new();
    run.replace("csv/levels.csv", "5000,", "5001,");
    run.replace("cache.auto.tfvars.json", "\"num_node_groups\": 1", "\"num_node_groups\": 2");
    run.replace("report.md", "identity-cache", "identity-cash");
    fs::write(run.path("csv/old.csv"), "a\n1\n").unwrap();
    fs::remove_file(run.path("charts/throughput.svg")).unwrap();
    let parts = [
        "row 1, `Offered (ops/s)`",
        "stored      5001",
        "recomputed  5000",
        "$.num_node_groups",
        "line 1\n",
        "csv/old.csv",
        "left over",
        "charts/throughput.svg",
        "missing",
        "differs: 5 of ",
    ];
    run.check(&[], 1, &parts);
}

#[test]
fn a_figure_of_the_recommendation_is_found_where_it_is_and_nowhere_else() {
    let run = Run::new();
    run.replace("05-recommendation.json", "\"shards\": 1", "\"shards\": 7");
    let finished = run.check(&["--format", "json"], 1, &[]);
    let answer: Value = serde_json::from_str(&finished.stdout).unwrap();
    let differing: Vec<(&str, &str)> = answer["files"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|file| {
            let differences = file["differences"].as_array().unwrap();
            differences
                .iter()
                .map(|one| (file["file"].as_str().unwrap(), one["at"].as_str().unwrap()))
        })
        .collect();
    assert_eq!(
        differing,
        [
            ("05-recommendation.json", "$.body.recommendation.chosen.layout.shards"),
            ("06-report.json", "$.inputs.recommendation"),
        ],
        "the report agrees with what the recommendation should be"
    );
}

#[test]
fn a_report_that_is_older_than_the_recommendation_is_stale() {
    let run = Run::new();
    let kept = fs::read(run.path("06-report.json")).unwrap();
    assert!(run.0.command(&["size", "--headroom", "35%"]).concluded());
    run.check(&[], 0, &["was sized with `capacity.headroom` = 0.35, where 01-spec.json has 0.2"]);
    fs::write(run.path("06-report.json"), kept).unwrap();
    run.check(
        &[],
        1,
        &["06-report.json", "of another 05-recommendation.json", "$.inputs.recommend"],
    );
    let finished = run.0.command(&["report"]);
    assert!(finished.concluded() || finished.code == Some(0), "{finished:?}");
    run.check(&["--strict"], 1, &["agrees as far as it could be compared: ", "--without-pdf"]);
}

#[test]
fn another_catalog_is_named_and_the_rest_verified() {
    let run = Run::new();
    let catalog = Digest::of(&Catalog::builtin().fingerprint_text());
    let other = Digest::of("another catalog").to_string();
    let changed = |price: &str| {
        let text = fs::read_to_string(SampleRun::whole().join("05-recommendation.json")).unwrap();
        let text = text.replace(&catalog.to_string(), &other);
        fs::write(run.path("05-recommendation.json"), text.replacen("_nano_usd\": 1", price, 1))
            .unwrap();
        // The same report but for the digest of what it was made from.
        let (was, is) = (
            digest(&SampleRun::whole().join("05-recommendation.json")),
            digest(&run.path("05-recommendation.json")),
        );
        let text = fs::read_to_string(SampleRun::whole().join("06-report.json")).unwrap();
        fs::write(run.path("06-report.json"), text.replace(&was, &is)).unwrap();
    };
    changed("_nano_usd\": 2");
    for name in ["report.md", "report.html", "csv/inputs.csv"] {
        let was = digest(&SampleRun::whole().join("05-recommendation.json"));
        run.replace(name, &was, &digest(&run.path("05-recommendation.json")));
    }
    let named = format!("sized with catalog {}, compared with {}", &other[..12], catalog.short());
    let parts = ["agrees as far as it could be compared", &named, "not compared"];
    let finished = run.check(&[], 0, &parts);
    assert!(!finished.stdout.contains("recomputed  "), "{}", finished.stdout);
    run.check(&["--strict"], 1, &[]);
    run.replace("csv/levels.csv", "5000,", "5001,");
    run.check(&[], 1, &["csv/levels.csv", &named]);
}

#[test]
fn another_version_of_the_program_is_named() {
    let run = Run::new();
    let this = concat!("\"cachefit ", env!("CARGO_PKG_VERSION"), "\"");
    run.replace("06-report.json", this, "\"cachefit 0.0.1\"");
    run.replace("06-report.json", "identity-cache", "identity-cash");
    let parts = ["06-report.json was written by cachefit 0.0.1, this is cachefit", "not compared"];
    run.check(&[], 0, &parts);
}

#[test]
fn what_cannot_be_read_ends_with_3() {
    let run = Run::new();
    fs::remove_file(run.path("05-recommendation.json")).unwrap();
    run.check(&[], 1, &["05-recommendation.json", "missing"]);
    fs::write(run.path("04-models.json"), "{").unwrap();
    run.check(&[], 3, &["04-models.json cannot be used"]);
    fs::remove_file(run.path("03-steps.json")).unwrap();
    run.check(&[], 3, &["03-steps.json is missing"]);
    fs::remove_dir_all(run.0.path()).unwrap();
    run.check(&[], 3, &["01-spec.json is missing"]);
}

fn digest(path: &Path) -> String {
    Digest::of(&fs::read_to_string(path).unwrap()).to_string()
}

/// Numbers of each artifact are altered one at a time, with the digests that name the artifact left
/// as they were and brought up to date.
#[test]
fn one_altered_number_never_passes() {
    /// Of each artifact, spread evenly.
    const NUMBERS: usize = 2;
    let catalog = Catalog::builtin();
    let texts: BTreeMap<Kind, String> = Kind::ALL
        .map(|kind| (kind, fs::read_to_string(SampleRun::whole().join(kind.file_name())).unwrap()))
        .into();
    let passes = |texts: &BTreeMap<Kind, String>| match recompute(texts, &catalog) {
        Ok(recomputed) => verdict(&recomputed.checked) == Verdict::Agrees,
        Err(_) => false,
    };
    assert!(passes(&texts));
    for kind in Kind::ALL.into_iter().skip(1) {
        let body: Value = serde_json::from_str(&texts[&kind]).unwrap();
        let mut paths = Vec::new();
        numbers("/body", &body["body"], &mut paths);
        let step = (paths.len() / NUMBERS).max(1);
        for path in paths.iter().skip(step / 2).step_by(step) {
            let altered = altered(&texts, kind, path);
            assert!(!passes(&altered), "{kind:?} {path}");
            let mut relinked = altered;
            relink(&mut relinked);
            assert!(!passes(&relinked), "{kind:?} {path} with digests brought up to date");
        }
    }
}

fn numbers(path: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(path.to_owned()),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                numbers(&format!("{path}/{index}"), item, found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                numbers(&format!("{path}/{name}"), field, found);
            }
        }
        _ => {}
    }
}

fn altered(texts: &BTreeMap<Kind, String>, kind: Kind, path: &str) -> BTreeMap<Kind, String> {
    let mut artifact: Value = serde_json::from_str(&texts[&kind]).unwrap();
    let number = artifact.pointer_mut(path).unwrap();
    *number = match number.as_u64() {
        Some(n) => Value::from(n + 1),
        None => Value::from(number.as_f64().unwrap() * 1.01 + 1e-6),
    };
    let mut texts = texts.clone();
    texts.insert(kind, serde_json::to_string_pretty(&artifact).unwrap() + "\n");
    texts
}

/// Each artifact names the digests of those before it as they are.
fn relink(texts: &mut BTreeMap<Kind, String>) {
    for kind in Kind::ALL {
        let digests: BTreeMap<Kind, Digest> =
            kind.inputs().map(|input| (input, Digest::of(&texts[&input]))).collect();
        let mut artifact: Value = serde_json::from_str(&texts[&kind]).unwrap();
        artifact["inputs"] = serde_json::to_value(digests).unwrap();
        texts.insert(kind, serde_json::to_string_pretty(&artifact).unwrap() + "\n");
    }
}
