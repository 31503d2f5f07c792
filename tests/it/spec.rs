//! Workload files and the files they name, through the program.

use std::fs;

use crate::support::{Cachefit, Finished, Workdir, alone};

fn run(workdir: &Workdir, arguments: &[&str]) -> Finished {
    Cachefit::start(&workdir.tmp(), arguments).finish()
}

#[test]
fn what_init_writes_is_valid() {
    let workdir = Workdir::new();
    let path = workdir.path("mine.toml");
    let path = path.to_str().unwrap();
    let printed = run(&workdir, &["spec", "init"]);
    assert_eq!(printed.code, Some(0));
    assert_eq!(run(&workdir, &["spec", "init", "--out", path]).code, Some(0));
    assert_eq!(fs::read_to_string(path).unwrap().trim_end(), printed.stdout.trim_end());
    let checked = run(&workdir, &["spec", "check", path]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    assert!(checked.stdout.contains("mine.toml is valid: my-cache\n"), "{checked:?}");
    assert!(checked.stdout.contains("  sessions: 200000 keys, values of 95"), "{checked:?}");

    let again = run(&workdir, &["spec", "init", "--out", path]);
    assert_eq!(again.code, Some(7), "a file that is there is kept: {again:?}");
    let schema = run(&workdir, &["spec", "schema"]);
    let schema: serde_json::Value = serde_json::from_str(&schema.stdout).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

/// A workload of two classes from files, beside it.
fn with_files(workdir: &Workdir) -> String {
    workdir.file("users.ndjson", "{\"id\":1,\"name\":\"Ana\"}\n{\"id\":2,\"name\":\"José\"}\n");
    workdir.file("counters.csv", "name,hits\nalpha,5\nb,123456\n");
    let text = r#"
name = "files"
class = [
    { name = "users", keys = 2_000, key = "u:{n}", file = "users.ndjson", encoding = "pickle" },
    { name = "hits", keys = 2_000, key = "h:{n}", file = "counters.csv", column = "hits" },
    { name = "named", key = "n:{name}", key_file = "counters.csv", file = "counters.csv", column = "hits", rows = "once" },
]
traffic = [
    { class = "users", command = "get", weight = 3, access = { hot = { keys = "10%", traffic = "90%" } } },
    { class = "hits", command = "set", weight = 1, access = "sequential" },
    { class = "named", command = "incr", weight = 1 },
]
load = { levels = ["1500/s"], step = "1s", connections = 4 }
objective = { peak = "1k/s", p99 = "2s" }
capacity = { keys = { users = 1_000_000 } }
aws = { region = "us-east-1", engines = ["valkey-8.1", "redis-7.1"] }
[framework]
django = { version = 3 }
"#;
    workdir.file("files.toml", text).to_str().unwrap().to_owned()
}

#[test]
fn every_problem_of_every_file_is_listed() {
    let workdir = Workdir::new();
    let path = with_files(&workdir);
    workdir.file("users.ndjson", "{\"id\":1}\n{\"id\":}\n{\"id\" 2}\n");
    let text = fs::read_to_string(&path).unwrap();
    let text = text.replace("\"hits\" }", "\"hist\" }").replacen(
        "counters.csv\", column",
        "counters.csv\", colum",
        1,
    );
    workdir.file("files.toml", &text);
    let checked = run(&workdir, &["spec", "check", &path]);
    assert_eq!((checked.code, checked.stdout.as_str()), (Some(3), ""));
    for part in [
        "files.toml has 4 problems",
        "files.toml:5:",
        "[[class]] has no `colum` (did you mean `column`?)",
        "users.ndjson:2:7: expected value",
        "users.ndjson:3:7: expected `:`",
    ] {
        assert!(checked.stderr.contains(part), "no `{part}` in:\n{}", checked.stderr);
    }
    fs::remove_file(workdir.path("users.ndjson")).unwrap();
    let checked = run(&workdir, &["spec", "check", &path]);
    assert_eq!(checked.code, Some(3));
    let part = "files.toml:4:59: cannot read `users.ndjson`: No such file or directory";
    assert!(checked.stderr.contains(part), "{}", checked.stderr);
}

/// Seeding needs the files, and so does every write; what was measured says all the rest.
#[test]
fn a_run_is_sized_again_without_its_files() {
    let _alone = alone();
    let workdir = Workdir::new();
    let path = with_files(&workdir);
    let out = workdir.out();
    let out = out.to_str().unwrap();
    let planned = run(&workdir, &["plan", &path, "--out", out]);
    assert!(planned.concluded(), "{planned:?}");
    for file in ["files.toml", "users.ndjson", "counters.csv"] {
        fs::remove_file(workdir.path(file)).unwrap();
    }
    let spec = workdir.artifact("01-spec.json");
    let users = &spec["body"]["classes"][0];
    assert_eq!(users["key"], ":3:u:{n}");
    assert_eq!(users["pool"]["shares"], "36*1 38*1");
    assert!(!spec.to_string().contains("Ana"), "the artifact holds no data");
    assert_eq!(spec["body"]["classes"][1]["pool"]["shares"], "small:1*1 int:6*1");
    let named = &spec["body"]["classes"][2];
    assert_eq!((&named["key"]["lengths"], &named["keys"]), (&"10*1 6*1".into(), &2.into()));
    assert!(!spec.to_string().contains("alpha"), "the artifact holds no names");
    for command in ["fit", "size"] {
        let again = run(&workdir, &[command, out]);
        assert_eq!(again.code.map(|code| code <= 1), Some(true), "{command}: {again:?}");
    }
    let report = fs::read_to_string(workdir.out().join("report.md")).unwrap();
    assert!(report.contains("records of users.ndjson, pickle"), "{report}");
    assert!(report.contains(r":3:n:\{name\}"), "{report}");
}
