use super::*;
use crate::spec::{IDENTITY_CACHE, parse};

fn with(lines: &str) -> String {
    format!("{IDENTITY_CACHE}\n[incumbent]\n{lines}")
}

fn problem(lines: &str) -> String {
    let error = parse("w.toml", &with(lines)).expect_err("a bad file");
    let problem = &error.problems[0];
    let header = with("").lines().count();
    assert!(problem.line >= header, "{problem:?}");
    format!("{} ({})", problem.message, problem.suggestion.clone().unwrap_or_default())
}

#[test]
fn what_runs_today_is_read_with_its_defaults() {
    assert_eq!(parse("w.toml", IDENTITY_CACHE).expect("complete").incumbent, None);
    let lines = "node_type = \"cache.r6g.large\"\nengine = \"redis-7.1\"\nreplicas = 1\n";
    let incumbent = parse("w.toml", &with(lines)).expect("complete").incumbent.expect("given");
    assert_eq!((incumbent.shards, incumbent.replicas, incumbent.cluster_mode), (1, 1, false));
    assert_eq!((incumbent.engine, incumbent.reserved), (EngineVersion::redis(7, 1), None));
    let more = format!(
        "{lines}shards = 3\nreserved = {{ purchase = \"3y-partial-upfront\", months_left = 20 }}\n"
    );
    let incumbent = parse("w.toml", &with(&more)).expect("complete").incumbent.expect("given");
    assert!(incumbent.cluster_mode, "several shards need it");
    let purchase = ReservedAs::ThreeYearsPartialUpfront;
    assert_eq!(incumbent.reserved, Some(Reservation { purchase, months_left: 20 }));
}

#[test]
fn what_cannot_run_is_refused_with_its_place() {
    let rest = "engine = \"redis-7.1\"\nreplicas = 1\n";
    let check = |lines: &str, expected: &str| assert_eq!(problem(lines), expected);
    check(
        &format!("node_type = \"r6g.large\"\n{rest}"),
        "`node_type` cannot be `r6g.large`: it is a name like \"cache.r6g.large\" \
         (write \"cache.r6g.large\")",
    );
    check(
        "node_type = \"cache.r6g.large\"\nengine = \"redis-7.2\"\nreplicas = 1\n",
        "`engine` cannot be `redis-7.2` (did you mean `redis-6.2`?)",
    );
    let node = format!("node_type = \"cache.r6g.large\"\n{rest}");
    check(
        &format!("{node}shards = 2\ncluster_mode = \"disabled\"\n"),
        "several shards need `cluster_mode` \"enabled\" ()",
    );
    check(
        &format!("{node}reserved = {{ purchase = \"1y-no-upfront\", months_left = 13 }}\n"),
        "`1y-no-upfront` runs 12 months, not 13 ()",
    );
    check(
        "node_type = \"cache.r6g.large\"\nengine = \"redis-7.1\"\n",
        "[incumbent] lacks `replicas` (write replicas = 1)",
    );
}

#[test]
fn what_was_observed_is_optional_key_by_key() {
    let node = "node_type = \"cache.r6g.large\"\nengine = \"redis-7.1\"\nreplicas = 1\n";
    let observed = |lines: &str| {
        let text = with(&format!("{node}{lines}"));
        parse("w.toml", &text).expect("complete").incumbent.expect("given").observed
    };
    assert_eq!(observed(""), Observed::default());
    let some =
        observed("observed = { keys = \"5M\", engine_cpu = \"14%\", network_in = \"2MB/s\" }\n");
    assert_eq!((some.keys, some.rate, some.used_memory_bytes), (Some(5_000_000), None, None));
    assert_eq!(some.engine_cpu.map(|share| share.to_string()), Some("14%".into()));
    assert_eq!(some.network_in.map(|rate| rate.to_string()), Some("2.00 MB/s".into()));
    assert_eq!(
        problem(&format!("{node}observed = {{ used_memory = \"3.1\" }}\n")),
        "`used_memory`: `3.1` is not a size: write it like `512MiB`, `8GiB` or `1337B` ()"
    );
    let unknown = problem(&format!("{node}observed = {{ memory = \"3GiB\" }}\n"));
    assert!(unknown.starts_with("observed has no `memory`"), "{unknown}");
}
