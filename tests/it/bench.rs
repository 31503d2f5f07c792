//! The bench on AWS without AWS: `terraform/examples/bench/run` and what its host does, with spies in
//! place of the tools that they call.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::support::{Tools, Workdir, plan_text};

const RUN: &str = include_str!("../../terraform/examples/bench/run");
const VARIABLES: &str = include_str!("../../terraform/examples/bench/variables.tf");
const HOST: &str = include_str!("../../terraform/modules/bench/host.sh");

/// Makes everything, or what `$here/breaks` says it cannot; knows what is made, and where results go.
const TERRAFORM: &str = r#"
breaks() { grep -qs "$1" "$here/breaks"; }
case "$*" in
*" apply "*)
    echo module.bench.aws_instance.host >"${1#-chdir=}/terraform.tfstate"
    cp "${1#-chdir=}/bench.auto.tfvars.json" "$here/settings"
    [ ! -f "$here/interrupts" ] || kill -INT "$PPID"
    ! breaks apply ;;
*" destroy "*) ! breaks destroy && rm "${1#-chdir=}/terraform.tfstate" ;;
*" state list") ! breaks state && cat "${1#-chdir=}/terraform.tfstate" ;;
*" output "*) ! breaks apply && echo s3://bucket/results ;;
esac"#;

/// A status that is in the file of that name, line after line, and results.
const AWS: &str = r#"
case "$*" in
*/status*)
    head -n 1 "$here/status"
    if [ "$(wc -l <"$here/status")" -gt 1 ]; then
        sed 1d "$here/status" >"$here/rest" && mv "$here/rest" "$here/status"
    fi ;;
*--recursive*) ! grep -qs fetch "$here/breaks" && mkdir -p "$6/cache.m7g.large" ;;
esac"#;

/// The program itself.
const CACHEFIT: &str = concat!("exec '", env!("CARGO_BIN_EXE_cachefit"), "' \"$@\"");

const DIGEST: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

const OPTIONS: [&str; 12] = [
    "--region",
    "us-east-1",
    "--subnet",
    "subnet-0a",
    "--types",
    "cache.m7g.large,cache.r7g.large",
    "--workload",
    "plan.toml",
    "--binary",
    "s3://ours/cachefit",
    "--sha256",
    DIGEST,
];

/// A place to run the script from, with spies.
struct Bench {
    workdir: Workdir,
    tools: Tools,
    script: PathBuf,
}

impl Bench {
    fn new(status: &str) -> Self {
        let workdir = Workdir::new();
        workdir.file(
            "plan.toml",
            &plan_text(r#"{ class = "s", command = "get", weight = 1 }"#, "connections = 2"),
        );
        fs::create_dir(workdir.path("bench")).unwrap();
        let script = workdir.file("bench/run", RUN);
        // A look at the clock takes five minutes.
        let date = r#"
            echo 300 >>"$here/minutes"
            awk '{ now += $1 } END { print now }' "$here/minutes""#;
        let tools = [
            ("terraform", TERRAFORM),
            ("aws", AWS),
            ("cachefit", CACHEFIT),
            ("sleep", ""),
            ("date", date),
        ];
        let tools = Tools::new(&workdir.path(""), &tools);
        fs::write(tools.file("status"), status).unwrap();
        Self { workdir, tools, script }
    }

    fn run(&self, options: &[&str], typed: &str) -> Output {
        self.tools.run(&self.script, options, typed)
    }

    /// With everything it needs, and `more`.
    fn whole(&self, more: &[&str]) -> Output {
        self.run(&[&OPTIONS[..], more].concat(), "")
    }

    /// What was asked of the tools but the time and pauses, each call's first words.
    fn calls(&self) -> Vec<String> {
        let calls = self.tools.calls().into_iter();
        let calls = calls.filter(|call| !call.starts_with("date") && !call.starts_with("sleep"));
        calls
            .map(|call| {
                let words = call.split(' ').filter(|word| !word.starts_with('-'));
                words.take(3).collect::<Vec<_>>().join(" ")
            })
            .collect()
    }

    fn is_destroyed(&self) -> bool {
        let state = self.workdir.path("bench/terraform.tfstate");
        let settings = self.workdir.path("bench/bench.auto.tfvars.json");
        self.calls().last().is_some_and(|call| call == "terraform destroy")
            && !state.exists()
            && !settings.exists()
    }
}

#[track_caller]
fn check(output: &Output, code: i32, parts: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for part in parts {
        assert!(said.contains(part), "no `{part}` in:\n{said}");
    }
}

#[test]
fn one_command_estimates_makes_measures_fetches_and_destroys() {
    let bench = Bench::new(
        "measuring cache.m7g.large; the first\nended: cache.m7g.large=0 cache.r7g.large=1\n",
    );
    let output = bench.run(&OPTIONS, "yes\n");
    let out = bench.workdir.path("bench-results").display().to_string();
    let hint = format!("cachefit compare {out}/cache.m7g.large {out}/cache.r7g.large");
    let parts =
        ["at most $", "cache.r7g.large", "m7g.2xlarge", "180 min", &hint, "nothing is left"];
    check(&output, 0, &parts);
    let plan = bench.workdir.path("plan.toml").display().to_string();
    let expected = [
        "cachefit spec check",
        "cachefit catalog cost",
        "terraform init",
        "terraform apply",
        "terraform output results",
        "aws s3 cp",
        "aws s3 cp",
        "aws s3 cp",
        "terraform destroy",
    ];
    assert_eq!(bench.calls(), expected);
    assert!(bench.is_destroyed());

    let settings = fs::read_to_string(bench.tools.file("settings")).unwrap();
    let settings: Value = serde_json::from_str(&settings).unwrap();
    let names: BTreeSet<&str> = settings.as_object().unwrap().keys().map(String::as_str).collect();
    let body: hcl::Body = hcl::parse(VARIABLES).unwrap();
    let declared: BTreeSet<&str> = body.blocks().map(|block| block.labels()[0].as_str()).collect();
    assert_eq!(names, declared);
    assert_eq!(settings["workload"], plan.as_str());
    assert_eq!(settings["node_types"], serde_json::json!(["cache.m7g.large", "cache.r7g.large"]));
    assert_eq!(
        (&settings["engine"], &settings["engine_version"]),
        (&"valkey".into(), &"8.1".into())
    );
}

#[test]
fn who_does_not_say_yes_makes_nothing() {
    for (typed, more) in [("no\n", &[][..]), ("y\n", &[]), ("", &[])] {
        let bench = Bench::new("");
        check(&bench.run(&[&OPTIONS[..], more].concat(), typed), 1, &["nothing was made"]);
        assert_eq!(bench.calls(), ["cachefit spec check", "cachefit catalog cost"]);
        assert!(!bench.workdir.path("bench/bench.auto.tfvars.json").exists());
    }
    // Nobody is there to decide on a price that is not known.
    let bench = Bench::new("");
    let there = OPTIONS.map(|word| if word == "us-east-1" { "eu-west-1" } else { word });
    check(
        &bench.run(&[&there[..], &["--yes"]].concat(), ""),
        1,
        &["no price is known in eu-west-1"],
    );
    assert!(!bench.calls().iter().any(|call| call.starts_with("terraform")));
}

#[test]
fn wrong_usage_and_a_bad_workload_are_told_before_anything_is_made() {
    let bench = Bench::new("");
    check(&bench.run(&OPTIONS[..10], ""), 2, &["--sha256 is missing"]);
    check(&bench.whole(&["--minutes", "soon"]), 2, &["whole numbers"]);
    check(&bench.whole(&["--nodes", "3"]), 2, &["unknown: --nodes"]);
    check(&bench.whole(&["--subnet", "a\", \"b"]), 2, &["--subnet holds a quote"]);
    check(&bench.whole(&["--types", "cache.m7g.huge"]), 3, &["no node type `cache.m7g.huge`"]);
    // The host has nothing but what is named with --file.
    let text = fs::read_to_string(bench.workdir.path("plan.toml")).unwrap();
    let text = text.replace("size = \"1KiB\"", "file = \"counters.csv\", column = \"n\"");
    bench.workdir.file("plan.toml", &text);
    bench.workdir.file("counters.csv", &format!("n\n{}", "1\n".repeat(2_000)));
    check(&bench.whole(&["--yes"]), 3, &["counters.csv", "each --file"]);
    let named = bench.run(&[&OPTIONS[..], &["--file", "counters.csv"]].concat(), "no\n");
    check(&named, 1, &["nothing was made"]);
    bench.workdir.file("plan.toml", "nonsense = 1");
    check(&bench.whole(&["--yes"]), 3, &["nonsense"]);
    assert!(!bench.calls().iter().any(|call| call.starts_with("terraform")));
}

#[test]
fn whatever_fails_all_is_destroyed() {
    // What cannot be made.
    let bench = Bench::new("");
    fs::write(bench.tools.file("breaks"), "apply").unwrap();
    check(&bench.whole(&["--yes"]), 1, &["nothing is left"]);
    assert!(bench.is_destroyed());

    // Somebody interrupts while things are made, or while they are waited for.
    for at in ["apply", "sleep"] {
        let bench = Bench::new("starting\n");
        if at == "apply" {
            fs::write(bench.tools.file("interrupts"), "").unwrap();
        } else {
            fs::write(bench.tools.file("sleep.sh"), "kill -INT \"$PPID\"").unwrap();
        }
        check(&bench.whole(&["--yes"]), 130, &["nothing is left"]);
        assert!(bench.is_destroyed(), "{at}");
        let fetched = bench.tools.calls().iter().any(|call| call.contains("--recursive"));
        assert!(fetched, "what was measured is fetched first");
    }

    // The host measures for ever, never reports, or says that it failed.
    for (status, part) in [
        ("measuring cache.m7g.large; the first\n", "has not ended by itself"),
        ("\n", "has not reported within 15 minutes"),
        ("failed: cachefit does not run on this host\n", "cachefit does not run"),
        (
            "time-limit: interrupted: cache.r7g.large; cache.m7g.large=0 cache.r7g.large=124\n",
            "not measured: cache.r7g.large",
        ),
        ("ended: cache.m7g.large=0 cache.r7g.large=5\n", "not measured: cache.r7g.large"),
    ] {
        let bench = Bench::new(status);
        check(&bench.whole(&["--yes"]), 1, &[part, "nothing is left"]);
        assert!(bench.is_destroyed(), "{status}");
    }
}

#[test]
fn what_cannot_be_destroyed_is_told_and_can_be_finished() {
    let bench = Bench::new("ended: cache.m7g.large=0 cache.r7g.large=0\n");
    fs::write(bench.tools.file("breaks"), "destroy").unwrap();
    check(&bench.whole(&["--yes"]), 3, &["may cost money", "run --destroy"]);
    let tries = bench.calls().iter().filter(|call| *call == "terraform destroy").count();
    assert_eq!(tries, 15);
    // Another run does not begin on top of it.
    check(&bench.whole(&["--yes", "--out", "other"]), 3, &["an earlier run is not destroyed yet"]);
    // A state that cannot be read is not taken for an empty one.
    fs::write(bench.tools.file("breaks"), "state").unwrap();
    check(&bench.whole(&["--yes", "--out", "other"]), 3, &["an earlier run is not destroyed yet"]);
    check(&bench.run(&["--destroy"], ""), 0, &["nothing is left in the account"]);
    assert!(bench.is_destroyed());
    check(&bench.run(&["--destroy"], ""), 0, &["nothing is left of an earlier run"]);
}

#[test]
fn results_that_cannot_be_fetched_stay_where_they_are() {
    let bench = Bench::new("ended: cache.m7g.large=0 cache.r7g.large=0\n");
    fs::write(bench.tools.file("breaks"), "fetch").unwrap();
    check(
        &bench.whole(&["--yes"]),
        1,
        &["aws s3 rb --force s3://bucket", "nothing but that bucket is left"],
    );
    let calls = bench.tools.calls();
    let at = |part: &str| calls.iter().position(|call| call.contains(part)).unwrap();
    assert!(at("state rm module.bench.aws_s3_bucket.results") < at("destroy"), "{calls:?}");
    assert!(bench.is_destroyed());
}

/// What the host does with user data as the module composes it; results are below `s3`.
struct Host {
    workdir: Workdir,
    tools: Tools,
}

impl Host {
    /// `cachefit` is what the binary does, `limit_secs` its time.
    fn new(cachefit: &str) -> Self {
        let workdir = Workdir::new();
        fs::create_dir(workdir.path("s3")).unwrap();
        fs::write(workdir.path("s3/cachefit"), format!("#!/bin/sh\n{cachefit}")).unwrap();
        fs::write(workdir.path("s3/workload.toml"), "").unwrap();
        // `aws s3 cp --only-show-errors [--recursive] FROM TO`, the bucket being a directory.
        let aws = r#"
            shift 3
            [ "$1" != --recursive ] || shift
            from=$(echo "$1" | sed "s,^s3:/,$here/../s3,") to=$(echo "$2" | sed "s,^s3:/,$here/../s3,")
            mkdir -p "$(dirname "$to")"
            if [ "$from" = - ]; then cat >>"$to"; else cp -r "$from" "$to"; fi"#;
        let digest = format!("echo {DIGEST} cachefit");
        let timeout = r#"shift 3; "$@""#;
        let tools = [
            ("aws", aws),
            ("sha256sum", &digest),
            ("timeout", timeout),
            ("systemd-run", ""),
            ("systemctl", ""),
        ];
        let tools = Tools::new(&workdir.path(""), &tools);
        Self { workdir, tools }
    }

    /// Runs it with so much time, knowing the binary by `sha256`; returns every status.
    fn run(&self, limit_secs: u32, sha256: &str) -> Vec<String> {
        let work = self.workdir.path("work").display().to_string();
        let limit = limit_secs.to_string();
        let settings = [
            ("region", "eu-west-1"),
            ("results", "s3://results"),
            ("input", "s3:/"),
            ("files", "workload.toml"),
            ("candidates", "cache.m7g.large=b-m7g cache.r7g.large=b-r7g"),
            ("user", "b-host"),
            ("binary_url", "s3://cachefit"),
            ("binary_sha256", sha256),
            ("limit_secs", &limit),
            ("work", &work),
        ];
        let settings = settings.map(|(name, value)| format!("{name}='{value}'")).join("\n");
        let script = self.workdir.file("user-data", &format!("#!/bin/sh\n{settings}\n{HOST}"));
        self.tools.run(&script, &[], "");
        let statuses = fs::read_to_string(self.workdir.path("s3/results/status")).unwrap();
        statuses.lines().map(str::to_owned).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.workdir.path("s3/results").join(name).exists()
    }

    /// Its first act is to bound its own life, its last to end it.
    fn ends(&self) -> bool {
        let calls = self.tools.calls();
        calls[0].starts_with("systemd-run") && calls.last().unwrap() == "systemctl poweroff"
    }
}

/// Writes a run directory and ends as the candidate wants it.
const MEASURES: &str = r#"
[ "$1" = plan ] || exit 0
echo "$*"
while [ "$1" != --out ]; do shift; done
mkdir "$2" && echo "$2" >"$2/01-spec.json"
[ "$2" != cache.m7g.large ] || exit 5"#;

#[test]
fn the_host_measures_one_after_the_other_and_shuts_down() {
    let host = Host::new(MEASURES);
    let statuses = host.run(3600, DIGEST);
    assert_eq!(
        statuses,
        [
            "starting",
            "measuring cache.m7g.large; the first",
            "measuring cache.r7g.large; cache.m7g.large=5",
            "ended: cache.m7g.large=5 cache.r7g.large=0",
        ]
    );
    for name in ["cache.m7g.large/01-spec.json", "cache.r7g.large/01-spec.json", "host.log"] {
        assert!(host.has(name), "{name}");
    }
    let log = fs::read_to_string(host.workdir.path("s3/results/cache.r7g.large.log")).unwrap();
    let asked = "plan workload.toml --elasticache b-r7g --user b-host --iam --out cache.r7g.large";
    assert_eq!(log.trim(), asked);
    assert!(host.ends());
    // The first one is there before the second begins.
    let calls = host.tools.calls();
    let at = |part: &str| calls.iter().position(|call| call.contains(part)).unwrap();
    assert!(at("results/cache.m7g.large.log") < at("--recursive cache.r7g.large"), "{calls:?}");
    assert!(calls[0].contains("--on-active=3600"), "{calls:?}");
}

#[test]
fn the_host_runs_no_other_binary_and_stops_in_time() {
    let host = Host::new("touch \"$(dirname \"$0\")/ran\"");
    let statuses = host.run(3600, &"0".repeat(64));
    assert!(statuses.last().unwrap().starts_with("failed: the SHA-256 of s3://cachefit is"));
    assert!(!host.workdir.path("work/ran").exists() && host.ends());

    let host = Host::new(MEASURES);
    let statuses = host.run(200, DIGEST);
    assert_eq!(
        statuses.last().unwrap(),
        "time-limit: not measured any more: cache.m7g.large; nothing"
    );
    assert!(host.ends());

    let host = Host::new("exit 1");
    let statuses = host.run(3600, DIGEST);
    assert_eq!(statuses.last().unwrap(), "failed: cachefit does not run on this host");
    assert!(host.ends());
}

/// The scripts and the spy are what every shell takes.
#[test]
fn scripts_parse() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for script in [
        "terraform/examples/bench/run",
        "terraform/modules/bench/host.sh",
        "tests/it/support/spy-tool",
    ] {
        let parsed = std::process::Command::new("sh").arg("-n").arg(root.join(script)).status();
        assert!(parsed.unwrap().success(), "{script}");
    }
}
