//! Caches of hidden contents, known by CloudWatch's metrics alone: learned, planned and held against what
//! was observed.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use cachefit::measurement::{Info, Stamp};
use cachefit::metrics::{CacheFacts, Metric, Usage};
use cachefit::spec::{PlanSpec, parse};
use cachefit::units::{Bytes, num};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};

use crate::support::production::{Hidden, Holds, Named, fill};
use crate::support::{Cachefit, Finished, Server, Workdir, alone};

/// What the cache holds and is asked, which nobody is told.
const PRODUCTION: [Hidden; 2] = [
    Hidden {
        prefix: "user:",
        keys: 21_870,
        named: Named::From(1_000_000),
        holds: Holds::String(1_700.0, 0.5),
        volatile: (0.0, 9),
        asked: &[("get", 52.0), ("set", 11.0)],
        zipf: 0.9,
    },
    Hidden {
        prefix: "session:",
        keys: 13_420,
        named: Named::From(1_000_000),
        holds: Holds::String(3_000.0, 0.0),
        volatile: (1.0, 36_000),
        asked: &[("get", 28.0), ("set", 9.0)],
        zipf: 0.9,
    },
];
/// What its owner knows: how the values look, not how many there are or who asks for them.
const PAYLOADS: &str = r#"
    name = "learned"
    class = [
        { name = "user", keys = 3_000, key = "user:{n+1000000}", size = { lognormal = { median = "1700B", sigma = 0.5, max = "64KiB" } } },
        { name = "session", keys = 2_000, key = "session:{n+1000000}", size = "3000B", ttl = "10h" },
    ]
    traffic = [
        { class = "user", command = "get", weight = 1 },
        { class = "user", command = "set", weight = 1 },
        { class = "session", command = "get", weight = 1 },
        { class = "session", command = "set", weight = 1 },
    ]
    load = { levels = ["2k/s"], step = "1s", trials = 1, connections = 4 }
    objective = { peak = "1/s", p99 = "2s" } # generous: the machine may be busy
    capacity = { replicas = 0 }
    aws = { region = "us-east-1", engines = ["redis-7.0", "valkey-8.1"] }
"#;
/// Clients, each of which waits for its reply.
const CLIENTS: u32 = 4;
/// Rates of the intervals; the second is the busiest.
const RATES: [u32; 3] = [1_000, 4_000, 2_000];
const INTERVAL: Duration = Duration::from_millis(400);
const MINUTE: u64 = 60;
const START: Stamp = Stamp { unix_secs: 1_790_856_000 };
/// Of a packet of Ethernet, IP and TCP, as a host counts them.
const HEADERS: f64 = 66.0;
const FULL_PACKET: f64 = 1_448.0;

/// The node type that it is said to run on: 20,000 connections, as the engine here is told.
fn cache() -> CacheFacts {
    CacheFacts {
        id: "hidden".into(),
        kind: "replication-group".into(),
        engine: Some("redis".into()),
        version: Some("7.0.15".into()),
        node_type: Some("cache.t4g.micro".into()),
        shards: Some(1),
        replicas: Some(0),
        cluster_mode: Some(false),
        tls: Some(false),
        reserved_memory_percent: None,
    }
}

/// Others use it for an interval at that rate, one request of a connection at a time.
fn used(server: &Server, per_sec: u32, seed: u64) {
    let until = Instant::now() + INTERVAL;
    let client = |number: u32| {
        let mut connection = server.client(0);
        let mut rng = ChaCha8Rng::seed_from_u64(seed + u64::from(number));
        let mut due = Instant::now();
        while Instant::now() < until {
            let mut at = rng.random_range(0.0..100.0);
            let lines = PRODUCTION.iter().flat_map(|c| c.asked.iter().map(move |line| (c, line)));
            let (class, (command, _)) = lines
                .into_iter()
                .find(|(_, (_, weight))| {
                    at -= weight;
                    at < 0.0
                })
                .unwrap();
            let words = class.ask(command, rng.random_range(0..class.keys));
            let mut ask = redis::Cmd::new();
            for word in &words {
                ask.arg(&word[..]);
            }
            let _: redis::Value = ask.query(&mut connection).unwrap();
            due += Duration::from_secs(1) * CLIENTS / per_sec;
            thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    };
    thread::scope(|scope| (0..CLIENTS).for_each(|n| drop(scope.spawn(move || client(n)))));
}

fn info(server: &Server) -> Info {
    Info::parse(&server.ask::<String>(&["INFO", "everything"]))
}

/// What happened between two replies as CloudWatch has it of a minute: as much as at that rate.
fn reported(usage: &mut Usage, minute: u64, before: &Info, after: &Info, secs: f64) {
    let at = Stamp { unix_secs: START.unix_secs + minute * MINUTE };
    let scale = 60.0 / secs;
    let count = |field: &str| after.count(field).unwrap() - before.count(field).unwrap();
    let calls = |command: &str| {
        let of = |info: &Info| info.command_calls().get(command).map_or(0, |(calls, _)| *calls);
        num::float(of(after) - of(before))
    };
    let (reads, writes) = (calls("get"), calls("set"));
    // As a host counts: every message in packets of its own.
    let on_the_wire = |bytes: f64, messages: f64, long: f64| {
        let packets = messages - long + long * (bytes / long / FULL_PACKET).ceil();
        bytes + HEADERS * packets
    };
    let received = on_the_wire(num::float(count("total_net_input_bytes")), reads + writes, writes);
    let replied = on_the_wire(num::float(count("total_net_output_bytes")), reads + writes, reads);
    let cpu = after.main_thread_cpu().unwrap().secs() - before.main_thread_cpu().unwrap().secs();
    let keyspace = after.text("db0").unwrap();
    let volatile = keyspace.split(',').find_map(|part| part.strip_prefix("expires=")).unwrap();
    let keys: u64 = after.keys_by_database().values().sum();
    let mut add = |metric: Metric, value: f64| {
        let value = if metric.is_count() { value * scale } else { value };
        for statistic in metric.statistics() {
            usage.add("hidden-001", (metric, *statistic), at, value);
        }
    };
    add(Metric::BytesUsedForCache, num::float(after.count("used_memory").unwrap()));
    add(Metric::CurrItems, num::float(keys));
    add(Metric::CurrVolatileItems, volatile.parse().unwrap());
    add(Metric::EngineCPUUtilization, cpu / secs * 100.0);
    add(Metric::CurrConnections, f64::from(CLIENTS));
    add(Metric::GetTypeCmds, reads);
    add(Metric::SetTypeCmds, writes);
    add(Metric::StringBasedCmds, reads + writes);
    add(Metric::CacheHits, num::float(count("keyspace_hits")));
    add(Metric::CacheMisses, num::float(count("keyspace_misses")));
    add(Metric::Evictions, num::float(count("evicted_keys")));
    add(Metric::Reclaimed, num::float(count("expired_keys")));
    add(Metric::NetworkBytesIn, received);
    add(Metric::NetworkBytesOut, replied);
    add(Metric::ReplicationBytes, 0.0);
    add(Metric::IsMaster, 1.0);
}

/// The metrics of a production that was filled and used here.
fn observed() -> Usage {
    let settings =
        ["--maxmemory", "4gb", "--maxmemory-policy", "volatile-lru", "--maxclients", "20000"];
    let server = Server::start(&settings);
    fill(&[&server], &PRODUCTION);
    let mut usage = Usage::new(START, MINUTE);
    usage.region = Some("us-east-1".into());
    usage.cache = Some(cache());
    for (minute, rate) in (0..).zip(RATES) {
        let (before, began) = (info(&server), Instant::now());
        used(&server, rate, minute * 100);
        let secs = began.elapsed().as_secs_f64();
        reported(&mut usage, minute, &before, &info(&server), secs);
    }
    usage
}

fn learn(workdir: &Workdir, metrics: &str, more: &[&str]) -> (Finished, String) {
    let path = workdir.path("learned.toml");
    let words = ["spec", "learn", "--metrics", metrics, "--out", path.to_str().unwrap()];
    let finished = Cachefit::start(&workdir.tmp(), &[&words[..], more].concat()).finish();
    (finished, fs::read_to_string(path).unwrap_or_default())
}

#[track_caller]
fn read(text: &str) -> PlanSpec {
    parse("learned.toml", text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// The error of the back-test that the file says of itself, as a share.
#[track_caller]
fn stated_error(text: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with("# Back-test:")).expect(text);
    let (_, error) = line.rsplit_once(", ").unwrap();
    error.trim_end_matches(['.', '%', ' ']).parse::<f64>().unwrap() / 100.0
}

#[test]
fn a_hidden_production_is_learned_planned_and_met() {
    let _alone = alone();
    let workdir = Workdir::new();
    let usage = observed();
    let metrics = workdir.file("metrics.json", &serde_json::to_string(&usage).unwrap());
    let payloads = workdir.file("payloads.toml", PAYLOADS);
    let more = ["--classes", payloads.to_str().unwrap()];
    let (finished, text) = learn(&workdir, metrics.to_str().unwrap(), &more);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let plan = read(&text);
    let [users, sessions] = plan.capacity.keys[..] else { panic!("{text}") };
    assert!(users.abs_diff(PRODUCTION[0].keys) <= 1, "{users}");
    assert!(sessions.abs_diff(PRODUCTION[1].keys) <= 1, "{sessions}");
    let total: f64 = plan.traffic.iter().map(|line| line.weight).sum();
    let reads = plan.traffic.iter().filter(|line| line.command.word() == "get");
    let reads = reads.map(|line| line.weight).sum::<f64>() / total;
    assert!((reads - 0.80).abs() < 0.02, "{reads} in\n{text}");
    let peak = plan.objective.peak.per_sec();
    assert!((2_000.0..4_200.0).contains(&peak), "{peak}");
    assert_eq!(plan.production.connections, Some(CLIENTS));
    assert!(!plan.production.tls, "as the inventory says");
    assert!(stated_error(&text).abs() < 0.01, "{text}");

    let learned = workdir.path("learned.toml");
    let mut command = Cachefit::command(&workdir.tmp());
    command.arg("plan").arg(&learned).arg("--out").arg(workdir.out());
    let planned = Cachefit::from(command).finish();
    assert!(matches!(planned.code, Some(0 | 1)), "{planned:?}");
    let tested = workdir.artifact("05-recommendation.json")["body"]["recommendation"]["incumbent"]
        ["back_test"]
        .clone();
    let of = |resource: &str| {
        let tested = tested.as_array().unwrap();
        tested.iter().find(|one| one["resource"] == resource).expect(resource).clone()
    };
    let error = |one: &Value| {
        one["predicted"]["value"].as_f64().unwrap() / one["observed"].as_f64().unwrap() - 1.0
    };
    println!("{tested:#}");
    let memory = error(&of("memory"));
    assert!(memory.abs() < 0.01, "{memory}: {tested:#}");
    let cpu = of("engine_cpu");
    let within = cpu["predicted"]["low"].as_f64()..=cpu["predicted"]["high"].as_f64();
    assert!(within.contains(&cpu["observed"].as_f64()), "{tested:#}");
    for network in ["network_in", "network_out"] {
        assert!(error(&of(network)).abs() < 0.15, "{tested:#}");
    }
    let report = fs::read_to_string(workdir.out().join("report.md")).unwrap();
    assert!(report.contains("The models meet what runs today: memory predicted"), "{report}");

    // Without payloads: strings of the length that the network tells, off by what lengths differ.
    let alone = Workdir::new();
    let (finished, text) = learn(&alone, metrics.to_str().unwrap(), &[]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let plan = read(&text);
    assert_eq!(plan.classes.len(), 2, "{text}");
    assert!(text.contains("bytes on average, by the bytes through the hosts"), "{text}");
    println!("{text}");
    assert!(stated_error(&text).abs() < 0.1, "{text}");
}

/// An export has no inventory: what runs comes from the payloads' own `[incumbent]`.
#[test]
fn an_export_of_the_aws_command_line_is_enough() {
    let workdir = Workdir::new();
    let result = |label: &str, values: [f64; 2]| {
        json!({
            "Id": "m", "Label": label, "StatusCode": "Complete", "Values": values,
            "Timestamps": ["2026-10-01T12:01:00+00:00", "2026-10-01T12:00:00+00:00"],
        })
    };
    let results = [
        result("orders-001 CurrItems Average", [20_000.0, 10_000.0]),
        result("orders-001 BytesUsedForCache Average", [60e6, 40e6]),
        result("orders-001 GetTypeCmds Sum", [60_000.0, 90_000.0]),
        result("orders-001 SetTypeCmds Sum", [6_000.0, 30_000.0]),
        result("orders-001 EngineCPUUtilization Average", [4.0, 6.5]),
    ];
    let export = json!({ "MetricDataResults": results, "Messages": [] }).to_string();
    let metrics = workdir.file("export.json", &export);
    let text = format!(
        "{PAYLOADS}\nincumbent = {{ node_type = \"cache.r6g.large\", engine = \"redis-7.1\", replicas = 1 }}\n"
    );
    let payloads = workdir.file("payloads.toml", &text);
    let more = ["--classes", payloads.to_str().unwrap()];
    let (finished, text) = learn(&workdir, metrics.to_str().unwrap(), &more);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let plan = read(&text);
    assert_eq!(plan.capacity.keys, [12_000, 8_000], "in the payloads' proportion");
    assert!((plan.objective.peak.per_sec() - 2_000.0).abs() < 1e-9, "the busiest minute");
    let incumbent = plan.incumbent.expect("the payloads name one");
    assert_eq!((incumbent.node_type.as_str(), incumbent.replicas), ("cache.r6g.large", 1));
    assert_eq!(incumbent.observed.keys, Some(20_000));
    assert_eq!(incumbent.observed.used_memory_bytes.map(Bytes::get), Some(60_000_000));
    assert_eq!(incumbent.observed.engine_cpu.map(|share| share.to_string()), Some("6.5%".into()));
    assert_eq!(incumbent.observed.network_in, None, "not collected");
    let reads = plan.traffic.iter().filter(|line| line.command.word() == "get");
    let reads: f64 = reads.map(|line| line.weight).sum();
    let all: f64 = plan.traffic.iter().map(|line| line.weight).sum();
    assert!((reads / all - 150.0 / 186.0).abs() < 1e-3, "{text}");
}

#[test]
fn files_that_cannot_be_used_say_why() {
    let workdir = Workdir::new();
    let refused = |text: &str, parts: [&str; 2]| {
        let path = workdir.file("metrics.json", text);
        let (finished, _) = learn(&Workdir::new(), path.to_str().unwrap(), &[]);
        assert_eq!(finished.code, Some(3), "{finished:?}");
        for part in parts {
            assert!(finished.stderr.contains(part), "no `{part}` in {}", finished.stderr);
        }
    };
    refused("{", ["it is not a metrics file", "cachefit aws metrics"]);
    refused("{\"kind\": \"x\"}", ["neither a metrics file nor an export", "get-metric-data"]);
    let items =
        r#"{"MetricDataResults": [{"Label": "CurrItems", "Timestamps": [1], "Values": [5]}]}"#;
    refused(items, ["it has no BytesUsedForCache", "add that metric"]);
    let two = items.replace(
        "]}]}",
        "]}, {\"Label\": \"b CurrItems\", \"Timestamps\": [1], \"Values\": [5]}]}",
    );
    refused(&two, ["2 nodes and no IsMaster", "aws metrics"]);
}
