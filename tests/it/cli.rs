//! The program: exit codes, what it prints, what it leaves behind.
//!
//! What a whole run recommends is not judged here; 0 (goal met) and 1 (not met) both count as done.

use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use cachefit::spec::IDENTITY_CACHE;
use rustix::process::Signal;

use crate::support::{Cachefit, Finished, PATIENCE, Workdir, alone, ended, engine, plan_text};

const GET: &str = r#"{ class = "s", command = "get", weight = 1 }"#;

/// Two levels of a second each.
fn tiny_plan(workdir: &Workdir) -> PathBuf {
    let traffic = r#"
        { class = "s", command = "get", weight = 3, access = { zipf = 0.99 } },
        { class = "s", command = "set", weight = 1 }"#;
    let load = r#"levels = ["1500/s", "3k/s"], step = "1s", connections = 4"#;
    workdir.file("tiny.toml", &plan_text(traffic, load))
}

/// `cachefit plan PLAN --out OUT MORE…`; without a plan the built-in one.
fn start(workdir: &Workdir, plan: Option<&PathBuf>, more: &[&str]) -> Cachefit {
    let out = workdir.out();
    let mut arguments: Vec<&OsStr> = vec!["plan".as_ref()];
    arguments.extend(plan.map(|plan| plan.as_os_str()));
    arguments.extend(["--out".as_ref(), out.as_os_str()]);
    arguments.extend(more.iter().map(|word| OsStr::new(*word)));
    Cachefit::start(&workdir.tmp(), &arguments)
}

/// It ended with `code`, said all of `parts` on standard error, and left no engine.
#[track_caller]
fn assert_fails(workdir: &Workdir, finished: &Finished, code: i32, parts: &[&str]) {
    assert_eq!(finished.code, Some(code), "{finished:?}");
    for part in parts {
        assert!(finished.stderr.contains(part), "no `{part}` in:\n{}", finished.stderr);
    }
    assert_eq!(finished.stdout, "", "results only");
    assert_eq!(workdir.engine_directories(), Vec::<PathBuf>::new(), "an engine is left");
}

#[test]
fn bad_usage_ends_with_2() {
    let workdir = Workdir::new();
    let check = |arguments: &[&str], part: &str| {
        let finished = Cachefit::start(&workdir.tmp(), arguments).finish();
        assert_fails(&workdir, &finished, 2, &[part]);
    };
    check(&[], "Usage:");
    check(&["plan", "--bogus"], "--bogus");
    check(&["plan", "--engine-port", "99999"], "99999");
    check(&["plan", "--engine-memory", "5 apples"], "5 apples");
    check(&["plam"], "plan");
}

#[test]
fn help_and_version_are_answers() {
    let workdir = Workdir::new();
    for (argument, part) in [("--help", "Usage:"), ("--version", env!("CARGO_PKG_VERSION"))] {
        let finished = Cachefit::start(&workdir.tmp(), &[argument]).finish();
        assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
        assert!(finished.stdout.contains(part), "{}", finished.stdout);
    }
}

#[test]
fn a_bad_workload_file_ends_with_3_and_every_place() {
    let workdir = Workdir::new();
    let text = IDENTITY_CACHE
        .replacen("ttl =", "tll =", 1)
        .replacen("weight = 60", "weight = 0", 1)
        .replacen("\"5ms\"", "\"5\"", 1);
    let file = workdir.file("bad.toml", &text);
    let place = |part: &str| {
        let line = text.lines().position(|line| line.contains(part)).unwrap();
        let column = text.lines().nth(line).unwrap().find(part).unwrap();
        format!("bad.toml:{}:{}: ", line + 1, column + 1)
    };
    let finished = start(&workdir, Some(&file), &[]).finish();
    let (key, weight, objective) = (place("tll"), place("weight = 0"), place("\"5\""));
    let weight = weight.replace(":1: ", &format!(":{}: ", "weight = 0".len()));
    let parts = ["has 3 problems", &key, &weight, &objective, "did you mean `ttl`?"];
    assert_fails(&workdir, &finished, 3, &parts);
    assert!(!workdir.out().exists(), "nothing is written before the plan is understood");
}

#[test]
fn a_missing_workload_file_ends_with_3() {
    let workdir = Workdir::new();
    let finished = start(&workdir, Some(&workdir.path("none.toml")), &[]).finish();
    assert_fails(&workdir, &finished, 3, &["cannot read", "none.toml", "hint: "]);
}

#[test]
fn no_engine_ends_with_4() {
    let workdir = Workdir::new();
    let mut command = Cachefit::command(&workdir.tmp());
    command.env("PATH", workdir.tmp()).arg("plan").arg("--out").arg(workdir.out());
    let finished = Cachefit::from(command).finish();
    let parts = ["neither valkey-server nor redis-server on PATH", "hint: install valkey or redis"];
    assert_fails(&workdir, &finished, 4, &parts);

    let finished = start(&workdir, None, &["--engine-bin", "no-such-engine"]).finish();
    assert_fails(&workdir, &finished, 4, &["no-such-engine", "hint: "]);
}

#[test]
fn a_busy_port_ends_with_4() {
    let workdir = Workdir::new();
    let holder = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = holder.local_addr().unwrap().port().to_string();
    let finished = start(&workdir, Some(&tiny_plan(&workdir)), &["--engine-port", &port]).finish();
    let busy = format!("port {port} on 127.0.0.1 is already in use");
    assert_fails(&workdir, &finished, 4, &[&busy, "hint: leave --engine-port out"]);
}

#[test]
fn data_that_does_not_fit_ends_with_4() {
    let workdir = Workdir::new();
    let finished = start(&workdir, None, &["--engine-memory", "10MiB"]).finish();
    assert_fails(&workdir, &finished, 4, &["the data set needs", "10", "hint: seed fewer keys"]);

    let text = plan_text(GET, r#"levels = ["1k/s"]"#).replace("2_000", "100_000_000_000");
    let finished = start(&workdir, Some(&workdir.file("huge.toml", &text)), &[]).finish();
    let parts = ["the data set needs", "this machine's free memory", "hint: seed fewer keys"];
    assert_fails(&workdir, &finished, 4, &parts);
}

#[test]
fn an_unwritable_directory_ends_with_7_before_anything_is_measured() {
    let workdir = Workdir::new();
    let file = workdir.file("file", "");
    let below = file.join("run");
    let arguments = ["plan".as_ref(), "--out".as_ref(), below.as_os_str()];
    let finished = Cachefit::start(&workdir.tmp(), &arguments).finish();
    assert_fails(&workdir, &finished, 7, &["cannot write", "file/run", "hint: "]);
    assert!(!finished.stderr.contains("starting"), "{}", finished.stderr);
}

/// A file size limit stands in for a full disk: writing fails in the middle of an artifact.
#[test]
fn a_full_disk_ends_with_7_and_no_half_files() {
    let _alone = alone();
    let workdir = Workdir::new();
    let mut limited = std::process::Command::new("sh");
    // Eight blocks of 512 bytes hold the plan, but not the record of seeding.
    limited.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"]);
    limited.arg(env!("CARGO_BIN_EXE_cachefit")).arg("plan").arg(tiny_plan(&workdir));
    limited.arg("--out").arg(workdir.out()).env("TMPDIR", workdir.tmp());
    let finished = Cachefit::from(limited).finish();
    assert_fails(&workdir, &finished, 7, &["cannot write", "02-seed.json", "hint: free space"]);
    assert_eq!(workdir.artifacts(), ["01-spec.json"]);
}

#[test]
fn a_small_plan_runs_from_start_to_end_and_keeps_the_password_to_itself() {
    let _alone = alone();
    let workdir = Workdir::new();
    let spy = workdir.spy_engine(&engine());
    let plan = tiny_plan(&workdir);
    let finished = start(&workdir, Some(&plan), &["--engine-bin", spy.to_str().unwrap()]).finish();
    assert!(finished.concluded(), "{finished:?}");
    for part in ["seeded 2000 keys", "offered 1.50k/s", "removed 2000 own keys", "engine stopped"] {
        assert!(finished.stderr.contains(part), "no `{part}` in:\n{}", finished.stderr);
    }
    assert!(!finished.stdout.is_empty(), "the result");
    assert_eq!(workdir.engine_directories(), Vec::<PathBuf>::new());

    let steps = workdir.artifact("03-steps.json");
    assert_eq!(steps["body"]["levels"].as_array().unwrap().len(), 2);
    assert_eq!(steps["body"]["unmeasured"].as_array().unwrap().len(), 0);

    let password = workdir.spied_password();
    assert!(!finished.stdout.contains(&password) && !finished.stderr.contains(&password));
    for (path, bytes) in workdir.run_files() {
        let found = bytes.windows(password.len()).any(|text| text == password.as_bytes());
        assert!(!found, "the password stands in {}", path.display());
    }
}

/// `cachefit COMMAND RUN_DIR`, with no engine to be found.
fn again(workdir: &Workdir, command: &str) -> Finished {
    let mut again = Cachefit::command(&workdir.tmp());
    again.env("PATH", workdir.tmp()).arg(command).arg(workdir.out());
    Cachefit::from(again).finish()
}

#[test]
fn a_quiet_run_prints_its_result_and_its_stages_repeat_to_the_same_bytes() {
    let _alone = alone();
    let workdir = Workdir::new();
    let finished = start(&workdir, Some(&tiny_plan(&workdir)), &["--quiet"]).finish();
    assert!(finished.concluded(), "{finished:?}");
    assert_eq!(finished.stderr, "");

    let before = workdir.run_files();
    for command in ["fit", "size", "report"] {
        let repeated = again(&workdir, command);
        assert!(repeated.concluded(), "{command}: {repeated:?}");
        assert_eq!(repeated.stderr, "");
        if command != "fit" {
            assert_eq!(repeated.stdout, finished.stdout, "{command}");
        }
    }
    let after = workdir.run_files();
    let names = |files: &[(PathBuf, Vec<u8>)]| -> Vec<PathBuf> {
        files.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&before), names(&after));
    for ((name, before), (_, after)) in before.iter().zip(&after) {
        assert!(before == after, "{} changed", name.display());
    }

    // An artifact that was changed by hand no longer belongs to those made from it.
    let steps = workdir.out().join("03-steps.json");
    let text = fs::read_to_string(&steps).unwrap();
    fs::write(&steps, text + "\n").unwrap();
    assert_fails(&workdir, &again(&workdir, "report"), 3, &["04-models.json", "hint: "]);
}

#[test]
fn a_stage_without_a_run_ends_with_3() {
    let workdir = Workdir::new();
    assert_fails(&workdir, &again(&workdir, "size"), 3, &["01-spec.json", "hint: "]);
}

/// Interrupts `plan` once `event` has been printed; returns what is left.
#[track_caller]
fn interrupt(plan: Option<&str>, event: &str, kind: Signal) -> Workdir {
    let _alone = alone();
    let workdir = Workdir::new();
    let file = plan.map(|text| workdir.file("plan.toml", text));
    let mut run = start(&workdir, file.as_ref(), &[]);
    run.wait_for(event);
    // An engine that only just starts has no pid file yet.
    let engine = (event != STARTING).then(|| workdir.engine_pid());
    run.signal(kind);
    let finished = run.finish();
    assert_fails(&workdir, &finished, 130, &["interrupted"]);
    assert!(engine.is_none_or(|engine| ended(engine, PATIENCE)), "the engine still runs");
    workdir
}

const STARTING: &str = "starting ";

#[test]
fn an_interruption_while_the_engine_starts_leaves_none() {
    let workdir = interrupt(None, STARTING, Signal::INT);
    assert_eq!(workdir.artifacts(), ["01-spec.json"]);
}

#[test]
fn an_interruption_while_seeding_ends_with_130_and_no_engine() {
    for kind in [Signal::INT, Signal::TERM] {
        let workdir = interrupt(None, "private engine: ", kind);
        assert_eq!(workdir.artifacts(), ["01-spec.json"]);
    }
}

#[test]
fn an_interruption_under_load_keeps_what_was_measured() {
    let load = r#"levels = ["1500/s", "1600/s", "1700/s"], step = "2s", connections = 4"#;
    for kind in [Signal::INT, Signal::TERM, Signal::HUP] {
        let workdir = interrupt(Some(&plan_text(GET, load)), "offered 1.50k/s", kind);
        assert_eq!(workdir.artifacts(), ["01-spec.json", "02-seed.json", "03-steps.json"]);
        let steps = &workdir.artifact("03-steps.json")["body"];
        assert_eq!(steps["levels"].as_array().unwrap().len(), 1);
        assert_eq!(steps["unmeasured"].as_array().unwrap().len(), 2);
    }
}

/// The signal may come too late for a machine that is quick; what is there is whole either way.
#[test]
fn an_interruption_of_the_conclusion_keeps_what_was_measured_and_says_how_to_go_on() {
    let _alone = alone();
    let workdir = Workdir::new();
    let load = r#"levels = ["1500/s"], step = "1s", connections = 4"#;
    let file = workdir.file("plan.toml", &plan_text(GET, load));
    let mut run = start(&workdir, Some(&file), &[]);
    run.wait_for("private engine stopped");
    run.signal(Signal::INT);
    let finished = run.finish();
    let artifacts = workdir.artifacts();
    assert_eq!(artifacts[..3], ["01-spec.json", "02-seed.json", "03-steps.json"]);
    let is_json = |name: &&String| Path::new(name).extension() == Some("json".as_ref());
    for name in artifacts.iter().filter(is_json) {
        assert!(workdir.artifact(name)["body"].is_object(), "{name}");
    }
    let is_reported = artifacts.contains(&"06-report.json".to_owned());
    if finished.concluded() {
        assert!(is_reported, "{artifacts:?}");
    } else {
        assert_fails(&workdir, &finished, 130, &["interrupted", "plan --resume"]);
        // The report itself may have been written by then, its other forms not.
        let all_written = artifacts.iter().all(|name| !name.starts_with('.'));
        assert!(all_written, "{artifacts:?}");
    }
}

#[test]
fn an_engine_that_dies_under_load_ends_with_its_loss() {
    let _alone = alone();
    let workdir = Workdir::new();
    let load = r#"levels = ["1500/s", "1600/s"], step = "2s", connections = 4"#;
    let file = workdir.file("plan.toml", &plan_text(GET, load));
    let mut run = start(&workdir, Some(&file), &[]);
    run.wait_for("offered 1.50k/s");
    crate::support::signal(workdir.engine_pid(), Signal::KILL);
    let finished = run.finish();
    assert!(matches!(finished.code, Some(4 | 5)), "{finished:?}");
    assert!(finished.stderr.contains("hint: "), "{}", finished.stderr);
    assert_eq!(workdir.engine_directories(), Vec::<PathBuf>::new());
    assert!(workdir.artifacts().contains(&"03-steps.json".to_owned()));
}
