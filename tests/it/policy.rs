//! Policy files, and what runs today, on copies of the sample run: no engine is needed.

use std::fs;
use std::path::{Path, PathBuf};

use cachefit::artifact::Digest;
use cachefit::spec::IDENTITY_CACHE;

use crate::support::{Cachefit, Finished, Workdir};

const ARTIFACTS: [&str; 4] = ["01-spec.json", "02-seed.json", "03-steps.json", "04-models.json"];

/// The sample run, its plan with what `change` makes of it; later artifacts name its new digest.
fn sample(change: impl Fn(&mut serde_json::Value)) -> Workdir {
    let workdir = Workdir::new();
    fs::create_dir(workdir.out()).unwrap();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample");
    let mut digests: Vec<(String, String)> = Vec::new();
    for name in ARTIFACTS {
        let before = fs::read_to_string(from.join(name)).unwrap();
        let mut text = before.clone();
        if name == ARTIFACTS[0] {
            let mut artifact: serde_json::Value = serde_json::from_str(&text).unwrap();
            change(&mut artifact["body"]);
            text = serde_json::to_string_pretty(&artifact).unwrap() + "\n";
        }
        for (old, new) in &digests {
            text = text.replace(old, new);
        }
        fs::write(workdir.out().join(name), &text).unwrap();
        digests.push((Digest::of(&before).to_string(), Digest::of(&text).to_string()));
    }
    workdir
}

fn size(workdir: &Workdir, policy: Option<&PathBuf>) -> Finished {
    let out = workdir.out();
    let mut command = Cachefit::command(&workdir.tmp());
    command.env("PATH", workdir.tmp()).arg("size").arg(out);
    if let Some(policy) = policy {
        command.arg("--policy").arg(policy);
    }
    Cachefit::from(command).finish()
}

#[track_caller]
fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

#[test]
fn a_policy_file_changes_the_answer_says_what_it_changed_and_is_recorded() {
    let workdir = sample(|_| {});
    let spec = fs::read(workdir.out().join(ARTIFACTS[0])).unwrap();
    let text = "name = \"acme\"\nmin_replicas = 2\ndeny = [\"r6g\", \"cache.m6g.xlarge\"]\n";
    let policy = workdir.file("acme.toml", text);
    let finished = size(&workdir, Some(&policy));
    assert!(finished.concluded(), "{finished:?}");
    contains(&finished.stderr, &["acme.toml: min_replicas is 2, not 0", "deny is r6g, cache.m6g"]);
    contains(&finished.stdout, &["2 replicas"]);
    assert!(!finished.stdout.contains("Provision cache.r6g."), "{}", finished.stdout);

    let report = fs::read_to_string(workdir.out().join("report.md")).unwrap();
    contains(&report, &["By which rules", "policy acme"]);
    contains(&report, &["the plan says `replicas` = 1, and it was sized with 2"]);
    let rules = fs::read_to_string(workdir.out().join("csv/rules.csv")).unwrap();
    contains(&rules, &["denied families and types", "\"policy acme, instead of 0\"", "[L23]"]);
    let candidates = fs::read_to_string(workdir.out().join("csv/candidates.csv")).unwrap();
    contains(&candidates, &["the policy's `deny` names r6g", "`deny` names cache.m6g.xlarge"]);

    let sized = workdir.artifact("05-recommendation.json");
    let file = &sized["body"]["plan"]["policy_origin"]["file"];
    assert_eq!(file["name"], "acme");
    assert_eq!(file["digest"], Digest::of(text).to_string());
    assert_eq!(fs::read(workdir.out().join(ARTIFACTS[0])).unwrap(), spec, "what was measured");
}

/// `plan --policy` writes it to the plan; sizing without the flag keeps it.
#[test]
fn a_recorded_policy_is_kept_until_another_takes_its_place() {
    let mut planned = cachefit::spec::identity_cache();
    planned = planned.under_policy("acme.toml", "name = \"acme\"\nmin_replicas = 2\n").unwrap();
    let planned = serde_json::to_value(&planned).unwrap();
    let workdir = sample(|plan| {
        for key in ["policy", "policy_origin"] {
            plan[key] = planned[key].clone();
        }
    });
    let finished = size(&workdir, None);
    contains(&finished.stdout, &["2 replicas"]);
    let report = fs::read_to_string(workdir.out().join("report.md")).unwrap();
    contains(&report, &["Sized by the policy acme (`acme.toml`, digest"]);
    let other = workdir.file("other.toml", "name = \"other\"\nmemory = \"90%\"\n");
    contains(&size(&workdir, Some(&other)).stdout, &["1 replica "]);
}

#[test]
fn a_bad_policy_file_ends_with_3_and_every_place() {
    let workdir = sample(|_| {});
    let refused = |text: &str, parts: &[&str]| {
        let finished = size(&workdir, Some(&workdir.file("acme.toml", text)));
        assert_eq!(finished.code, Some(3), "{finished:?}");
        contains(&finished.stderr, parts);
    };
    refused(
        "name = \"acme\"\nmin_replica = 2\nburstable = \"maybe\"\n",
        &["has 2 problems", "acme.toml:2:1: ", "did you mean `min_replicas`?", "acme.toml:3:13: "],
    );
    refused("name = \"acme\"\ndeny = [\"r66g\"]\n", &["`deny` names r66g", "did you mean r6g"]);
    let finished = size(&workdir, Some(&workdir.path("none.toml")));
    assert_eq!(finished.code, Some(3), "{finished:?}");
    contains(&finished.stderr, &["cannot read", "none.toml", "`cachefit spec policy`"]);
}

#[test]
fn the_template_is_a_policy_file() {
    let workdir = sample(|_| {});
    let template = Cachefit::start(&workdir.tmp(), &["spec", "policy"]).finish();
    assert_eq!(template.code, Some(0), "{template:?}");
    let finished = size(&workdir, Some(&workdir.file("policy.toml", &template.stdout)));
    assert!(finished.concluded(), "{finished:?}");
    assert_eq!(finished.stderr, "", "it changes nothing");
}

#[test]
fn what_runs_today_is_compared_with_the_answer() {
    let workdir = sample(|plan| {
        plan["incumbent"] = serde_json::json!({
            "node_type": "cache.r5.xlarge",
            "engine": "redis-6.2",
            "shards": 1,
            "replicas": 1,
            "cluster_mode": false,
            "reserved": { "purchase": "1y-no-upfront", "months_left": 5 },
        });
    });
    let finished = size(&workdir, None);
    assert!(finished.concluded(), "{finished:?}");
    contains(&finished.stdout, &["Today cache.r5.xlarge with redis-6.2, 1 shard with 1 replica"]);
    let report = fs::read_to_string(workdir.out().join("report.md")).unwrap();
    contains(&report, &["What runs today", "The reservation runs 5 more months", "in place"]);
    let csv = |name: &str| fs::read_to_string(workdir.out().join("csv").join(name)).unwrap();
    contains(&csv("migration.csv"), &["[G7]", "about 1 s", "[G3]"]);
    contains(&csv("incumbent.csv"), &["memory,", "engine CPU,"]);
    contains(&csv("incumbent-saving.csv"), &["both on demand"]);
}

#[test]
fn a_layout_that_cannot_run_is_refused_before_anything_is_measured() {
    let workdir = Workdir::new();
    let lines =
        "\n[incumbent]\nnode_type = \"cache.r6g.lrge\"\nengine = \"redis-7.1\"\nreplicas = 1\n";
    let file = workdir.file("w.toml", &format!("{IDENTITY_CACHE}{lines}"));
    let mut command = Cachefit::command(&workdir.tmp());
    command.arg("plan").arg(&file).arg("--out").arg(workdir.out());
    let finished = Cachefit::from(command).finish();
    assert_eq!(finished.code, Some(3), "{finished:?}");
    contains(&finished.stderr, &["cache.r6g.lrge", "did you mean cache.r6g.large"]);
    assert!(!workdir.out().exists() && !finished.stderr.contains("starting"), "{finished:?}");
}
