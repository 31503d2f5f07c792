//! Imports point down only, and files stay short: ARCHITECTURE.md draws the layers, this checks
//! them. Reads `src/**/*.rs` as text; tests inside `src` may use what they like.

use std::fs;
use std::path::{Path, PathBuf};

/// The core, lowest first: a module uses only those before it.
const CORE: [&str; 18] = [
    "units",
    "artifact",
    "evidence",
    "engine",
    "rdb",
    "monitor",
    "spec",
    "catalog",
    "measurement",
    "metrics",
    "workload",
    "model",
    "learn",
    "size",
    "compare",
    "provision",
    "report",
    "verify",
];

/// The shell with what each of it may use beside the core.
const SHELL: [(&str, &[&str]); 7] = [
    ("target", &[]),
    ("seed", &["target"]),
    ("load", &["target"]),
    ("probe", &["target"]),
    ("render", &[]),
    ("store", &[]),
    ("aws", &[]),
];

/// What reaches outside, and the only modules that may name it; none of them is core.
const OUTSIDE: [(&str, &[&str]); 29] = [
    ("tokio::", &["target", "seed", "load", "probe", "aws", "cli"]),
    ("redis::", &["target", "seed", "probe"]),
    ("mio::", &["load"]),
    ("rustix::", &["target", "load"]),
    ("rustls::", &["target", "load"]),
    ("getrandom::", &["target"]),
    ("tempfile::", &["target", "store"]),
    ("plotters::", &["render"]),
    ("aws_config::", &["aws"]),
    ("aws_sdk_elasticache::", &["aws"]),
    ("aws_sdk_pricing::", &["aws"]),
    ("aws_sdk_cloudwatch::", &["aws"]),
    ("png::", &["render"]),
    ("ab_glyph::", &["render"]),
    ("clap::", &["cli"]),
    ("indicatif::", &["cli"]),
    ("console::", &["cli"]),
    ("std::fs", &["target", "store", "cli"]),
    ("std::net", &["target", "load"]),
    ("std::env", &["target", "cli", "main"]),
    ("std::process", &["target", "cli", "main"]),
    ("Instant::now", &["target", "seed", "load", "probe", "cli"]),
    ("SystemTime::now", &["target", "aws", "cli"]),
    ("io::stdout", &["cli"]),
    ("io::stderr", &["cli"]),
    ("print!", &["cli"]),
    ("println!", &["cli"]),
    ("eprint!", &["cli"]),
    ("eprintln!", &["cli"]),
];

const MAX_LINES: usize = 400;

#[test]
fn imports_point_down_and_files_are_short() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&src);
    assert!(files.len() > 50, "found {} files below {}", files.len(), src.display());
    let violations: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let name = file.strip_prefix(&src).unwrap().to_str().unwrap();
            violations(name, &fs::read_to_string(file).unwrap())
        })
        .collect();
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

/// Every `.rs` file below `directory`, in a fixed order.
fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let mut files = Vec::new();
    for entry in entries {
        if entry.is_dir() {
            files.extend(rust_files(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            files.push(entry);
        }
    }
    files
}

/// What is wrong with one file; `name` is its path below `src`.
fn violations(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines = text.lines().count();
    if lines > MAX_LINES {
        found.push(format!("src/{name}: {lines} lines, at most {MAX_LINES} are allowed"));
    }
    let path: Vec<&str> = name.trim_end_matches(".rs").split('/').collect();
    let is_test = path[1..].iter().any(|part| ["tests", "fixture"].contains(part));
    let module = path[0];
    if is_test || module == "lib" {
        return found;
    }
    let code = without_tests_and_comments(text);
    let mut report = |at: usize, what: &str, allowed: &[&str]| {
        let line = code[..at].lines().count().max(1);
        let allowed = if allowed.is_empty() { "nothing".into() } else { allowed.join(", ") };
        found.push(format!("src/{name}:{line}: {what} (allowed: {allowed})"));
    };
    match may_use(module) {
        None => report(0, &format!("`{module}` is in no layer; give it one in this test"), &[]),
        Some(allowed) => {
            for (at, used) in modules_used(&code, &path) {
                if used != module && !allowed.contains(&used.as_str()) {
                    report(at, &format!("`{module}` must not use `{used}`"), &allowed);
                }
            }
        }
    }
    for (outside, owners) in OUTSIDE {
        for at in mentions(&code, outside) {
            if !owners.contains(&module) {
                report(at, &format!("`{module}` must not name `{outside}`"), owners);
            }
        }
    }
    found
}

/// The modules that `module` may use; `None` when it is in no layer.
fn may_use(module: &str) -> Option<Vec<&'static str>> {
    let shell = SHELL.map(|(name, _)| name);
    if let Some(height) = CORE.iter().position(|core| *core == module) {
        return Some(CORE[..height].to_vec());
    }
    if let Some((_, beside)) = SHELL.iter().find(|(name, _)| *name == module) {
        return Some([&CORE[..], beside].concat());
    }
    match module {
        "cli" => Some([&CORE[..], &shell[..]].concat()),
        "main" => Some(vec!["cli"]),
        _ => None,
    }
}

/// The text up to its test module, comments blanked out, every line where it was.
fn without_tests_and_comments(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let tests_follow = lines.peek().is_some_and(|next| next.starts_with("mod tests {"));
        if line == "#[cfg(test)]" && tests_follow {
            break;
        }
        if !line.trim_start().starts_with("//") {
            code.push_str(line.split_once(" // ").map_or(line, |(code, _)| code));
        }
        code.push('\n');
    }
    code
}

/// The crate's modules named in `code`, and where. `path` is that of the file below `src`.
fn modules_used(code: &str, path: &[&str]) -> Vec<(usize, String)> {
    let depth = path.iter().filter(|part| **part != "mod").count();
    let root = "super::".repeat(depth);
    let mut used = Vec::new();
    for start in ["crate::", "cachefit::", &root] {
        for at in mentions(code, start) {
            let names = first_names(&code[at + start.len()..]);
            used.extend(names.into_iter().filter(|name| name != "super").map(|name| (at, name)));
        }
    }
    used
}

/// Where `name` stands in `code` as a whole word or path; groups such as `std::{fs, io}` count.
fn mentions(code: &str, name: &str) -> Vec<usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let whole = |(at, _): &(usize, &str)| {
        let before = code[..*at].chars().next_back();
        let after = code[at + name.len()..].chars().next();
        let joins_after = name.ends_with(is_word) && after.is_some_and(is_word);
        !before.is_some_and(is_word) && !joins_after
    };
    let mut found: Vec<usize> = code.match_indices(name).filter(whole).map(|(at, _)| at).collect();
    if let Some((parent, child)) = name.split_once("::").filter(|(_, child)| !child.is_empty()) {
        let group = format!("{parent}::{{");
        found.extend(code.match_indices(&group).map(|(at, _)| at).filter(|at| {
            first_names(&code[at + parent.len() + 2..]).iter().any(|name| name == child)
        }));
    }
    found
}

/// The first names of a path, or of each path in a group: `a::b` → a; `{a::B, c::{D, E}}` → a, c.
fn first_names(rest: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let Some(group) = rest.strip_prefix('{') else { return vec![word(rest)] };
    let (mut names, mut depth) = (vec![word(group)], 1);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(word(&group[at + 1..])),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

mod the_checker {
    use super::violations;

    #[track_caller]
    fn check(file: &str, text: &str, expected: &[&str]) {
        assert_eq!(violations(file, text), expected, "{text}");
    }

    #[test]
    fn finds_imports_that_point_up() {
        check(
            "artifact/digest.rs",
            "//! Digests.\n\nuse crate::units::Bytes;\nuse crate::spec::PlanSpec;\n",
            &["src/artifact/digest.rs:4: `artifact` must not use `spec` (allowed: units)"],
        );
        check(
            "units/mod.rs",
            "use super::spec::X;",
            &["src/units/mod.rs:1: `units` must not use `spec` (allowed: nothing)"],
        );
        check(
            "units/bytes.rs",
            "use super::super::{num, engine::Y};\nuse super::num;\n",
            &[
                "src/units/bytes.rs:1: `units` must not use `num` (allowed: nothing)",
                "src/units/bytes.rs:1: `units` must not use `engine` (allowed: nothing)",
            ],
        );
        check(
            "store/atomic.rs",
            "use crate::{\n    artifact::{Artifact, Kind},\n    target::Control,\n};\n",
            &["src/store/atomic.rs:1: `store` must not use `target` (allowed: units, artifact, \
               evidence, engine, rdb, monitor, spec, catalog, measurement, metrics, workload, model, learn, size, compare, provision, report, \
               verify)"],
        );
        assert_eq!(violations("seed/loader.rs", "use crate::load::X;").len(), 1);
        assert_eq!(violations("seed/loader.rs", "use crate::target::X;").len(), 0);
        assert_eq!(violations("target/mod.rs", "use crate::cli::X;").len(), 1);
    }

    #[test]
    fn finds_what_reaches_outside() {
        for line in [
            "let now = Instant::now();",
            "let now = std::time::Instant::now();",
            "std::fs::read(path)",
            "use std::fs;",
            "use std::{fmt, fs};",
            "use redis::Cmd;",
            "println!(\"x\");",
            "let _ = std::io::stdout();",
        ] {
            assert_eq!(violations("model/cpu.rs", line).len(), 1, "{line}");
        }
        check(
            "load/level.rs",
            "fn f() {\n    let x = 1;\n    redis::cmd(\"X\");\n}",
            &["src/load/level.rs:3: `load` must not name `redis::` (allowed: target, seed, probe)"],
        );
    }

    #[test]
    fn leaves_comments_tests_and_lookalikes_alone() {
        check("model/cpu.rs", "// std::fs is for others\nlet x = 1; // redis::Cmd\n", &[]);
        check("model/cpu.rs", "#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n", &[]);
        check("spec/tests.rs", "use std::fs;", &[]);
        check("model/cpu.rs", "EngineVersion::redis(7, 0); xtokio::y; std::format!(\"\")", &[]);
    }

    #[test]
    fn finds_long_files_and_modules_without_a_layer() {
        let long = "//\n".repeat(401);
        check("units/x.rs", &long, &["src/units/x.rs: 401 lines, at most 400 are allowed"]);
        assert!(violations("utils/x.rs", "")[0].contains("`utils` is in no layer"));
    }
}
