//! Workload files learned from servers whose contents are known.

#![expect(clippy::cast_precision_loss, reason = "counts of some thousand keys")]

use std::collections::BTreeMap;
use std::fs;

use cachefit::measurement::Info;
use cachefit::spec::{PlanSpec, parse};
use cachefit::workload::Extent;
use rustix::process::Signal;

use crate::support::production::{Hidden, Holds, Named, Others, Stored, fill};
use crate::support::tutorial::{self, set};
use crate::support::{Cachefit, Cluster, Finished, Server, Workdir, busy, engine};

/// As ElastiCache runs an engine.
const LIMITED: [&str; 4] = ["--maxmemory", "4gb", "--maxmemory-policy", "volatile-lru"];
/// Commands of sampling, connecting and looking on; none writes.
const READERS: [&str; 26] = [
    "client|setinfo",
    "scan",
    "type",
    "object|encoding",
    "object|idletime",
    "object|freq",
    "pttl",
    "strlen",
    "hlen",
    "scard",
    "zcard",
    "llen",
    "hrandfield",
    "srandmember",
    "zrandmember",
    "lrange",
    "memory|usage",
    "memory|malloc-stats",
    "info",
    "ping",
    "dbsize",
    "client|no-touch",
    "readonly",
    "cluster|slots",
    "cluster|info",
    "command",
];

const SMALL: [Hidden; 3] = [
    Hidden {
        prefix: "user:",
        keys: 12_000,
        named: Named::From(0),
        holds: Holds::String(300.0, 0.5),
        volatile: (0.4, 3_600),
        asked: &[("get", 60.0), ("set", 15.0)],
        zipf: 0.9,
    },
    Hidden {
        prefix: "session:",
        keys: 5_000,
        named: Named::Uuid,
        holds: Holds::Hash((4, 12), (30.0, 0.3)),
        volatile: (0.0, 9),
        asked: &[("hgetall", 20.0)],
        zipf: 0.9,
    },
    Hidden {
        prefix: "hits:",
        keys: 3_000,
        named: Named::From(1_000_000),
        holds: Holds::Counter,
        volatile: (0.0, 9),
        asked: &[("incr", 5.0)],
        zipf: 0.9,
    },
];

/// Every other type, and keys whose slots follow from a part of them.
const OTHER_TYPES: [Hidden; 4] = [
    Hidden {
        prefix: "cart:",
        keys: 6_000,
        named: Named::Tagged,
        holds: Holds::List((2, 9), (40.0, 0.3)),
        ..SMALL[1]
    },
    Hidden {
        prefix: "etag:",
        keys: 6_000,
        named: Named::Hex,
        holds: Holds::String(120.0, 0.4),
        ..SMALL[0]
    },
    Hidden { prefix: "tags:", keys: 4_000, holds: Holds::Set(3, 20), ..SMALL[2] },
    Hidden { prefix: "board:", keys: 4_000, holds: Holds::SortedSet(5, 30), ..SMALL[2] },
];

/// `cachefit spec learn --target URL --out FILE MORE…`, quickly.
fn learn(workdir: &Workdir, url: &str, more: &[&str]) -> (Finished, String) {
    let path = workdir.path("learned.toml");
    let path = path.to_str().unwrap();
    let usual = ["spec", "learn", "--target", url, "--out", path];
    let interval = if more.contains(&"--interval") { &[][..] } else { &["--interval", "300ms"] };
    let arguments = [&usual[..], &["--floor", "100k/s"], interval, more].concat();
    let finished = Cachefit::start(&workdir.tmp(), &arguments).finish();
    (finished, fs::read_to_string(path).unwrap_or_default())
}

/// The file as the program reads it, once `spec check` has found nothing wrong.
#[track_caller]
fn checked(workdir: &Workdir, text: &str) -> PlanSpec {
    let path = workdir.path("learned.toml");
    let arguments = ["spec", "check", path.to_str().unwrap()];
    let checked = Cachefit::start(&workdir.tmp(), &arguments).finish();
    assert_eq!(checked.code, Some(0), "{checked:?}");
    parse("learned.toml", text).unwrap_or_else(|error| panic!("{error}"))
}

/// Keys and mean bytes of a value of the learned classes whose keys begin so.
fn of_prefix(plan: &PlanSpec, prefix: &str) -> (u64, f64) {
    let classes = plan.classes.iter().zip(&plan.capacity.keys);
    let of: Vec<_> =
        classes.filter(|(class, _)| class.key.to_string().starts_with(prefix)).collect();
    let extent = Extent::of(of.first().expect("a class of this prefix").0);
    (of.iter().map(|(_, keys)| **keys).sum(), extent.mean_bytes)
}

fn calls(server: &Server) -> BTreeMap<String, u64> {
    let info = Info::parse(&server.ask::<String>(&["INFO", "everything"]));
    info.command_calls().into_iter().map(|(name, (calls, _))| (name, calls)).collect()
}

/// The learned file's own figure of its error, as a share.
#[track_caller]
fn back_test(text: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with("# Back-test:")).expect(text);
    let (_, error) = line.trim_end_matches(['.', '%', ' ']).rsplit_once(", ").unwrap();
    error.trim_end_matches(" %").parse::<f64>().unwrap() / 100.0
}

#[test]
fn a_small_production_is_learned_without_changing_it() {
    let _busy = busy();
    let (server, workdir) = (Server::start(&LIMITED), Workdir::new());
    let truth: Vec<Stored> = fill(&[&server], &SMALL);
    let _: String = server.ask(&["SET", "alice@example.org", "TOP-SECRET"]);
    let changes = |server: &Server| {
        let info = Info::parse(&server.ask::<String>(&["INFO", "everything"]));
        (info.count("rdb_changes_since_last_save"), server.ask::<u64>(&["DBSIZE"]))
    };
    let (before, asked_before) = (changes(&server), calls(&server));
    let (finished, text) = learn(&workdir, &server.url(""), &["--keys", "9k"]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(changes(&server), before, "nothing was written");
    let others = calls(&server).into_iter().filter(|(name, calls)| {
        asked_before.get(name).is_none_or(|before| before < calls)
            && !READERS.contains(&name.as_str())
    });
    assert_eq!(others.collect::<Vec<_>>(), [], "only readers were sent");
    assert!(!text.contains("alice") && !text.contains("SECRET"), "{text}");

    let plan = checked(&workdir, &text);
    let total: u64 = plan.capacity.keys.iter().sum();
    assert!((20_000..=20_002).contains(&total), "{total}");
    for (class, stored) in SMALL.iter().zip(&truth) {
        let (keys, mean) = of_prefix(&plan, class.prefix);
        let points = (keys as f64 - class.keys as f64).abs() / total as f64;
        assert!(points < 0.02, "{}: {keys} keys", class.prefix);
        if let Holds::String(..) = class.holds {
            let off = mean / (stored.value_bytes as f64 / stored.values as f64) - 1.0;
            assert!(off.abs() < 0.04, "{}: {mean} bytes", class.prefix);
        }
    }
    let volatile = plan.classes.iter().zip(&plan.capacity.keys);
    let volatile: u64 =
        volatile.filter(|(class, _)| class.ttl_secs == Some(3_600)).map(|(_, keys)| keys).sum();
    assert!((volatile as f64 / 12_000.0 - 0.4).abs() < 0.03, "{volatile}");
    assert!(text.contains(r#"key = "user:{n}""#), "{text}");
    assert!(text.contains(r#"payload = "counter""#), "{text}");
    assert!(text.contains("# session:{uuid}: "), "{text}");
    assert!(back_test(&text).abs() < 0.02, "{text}");
    assert!(finished.stderr.contains("back-test: used_memory is "), "{}", finished.stderr);
}

#[test]
fn what_others_ask_becomes_the_mix() {
    let _busy = busy();
    let (server, workdir) = (Server::start(&LIMITED), Workdir::new());
    fill(&[&server], &SMALL);
    let others = Others::start(&[&server], &SMALL, 4_000);
    let more = ["--keys", "2k", "--interval", "1s"];
    let (finished, text) = learn(&workdir, &server.url(""), &more);
    drop(others);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let plan = checked(&workdir, &text);
    let total: f64 = plan.traffic.iter().map(|line| line.weight).sum();
    for (command, share) in [("get", 0.6), ("set", 0.15), ("hgetall", 0.2), ("incr", 0.05)] {
        let lines = plan.traffic.iter().filter(|line| line.command.word() == command);
        let found = lines.map(|line| line.weight).sum::<f64>() / total;
        assert!((found - share).abs() < 0.03, "{command}: {found} in\n{text}");
    }
    let peak = plan.objective.peak.per_sec();
    assert!((2_000.0..5_000.0).contains(&peak), "{peak}");
    assert!(text.contains("# Hit ratio 100.0 %."), "{text}");
    assert!(text.contains("while others sent "), "{text}");
    let own_load = text.lines().find(|line| line.starts_with("# Own load: ")).unwrap();
    assert!(own_load.contains("; its engine thread was busy "), "{own_load}");
}

#[test]
fn the_tutorials_data_comes_out_as_its_two_classes() {
    const KEYS: u64 = 15_000;
    let _busy = busy();
    let (server, workdir) = (Server::start(&LIMITED), Workdir::new());
    let mut connection = server.client(0);
    for class in 0..tutorial::CLASSES.len() {
        for first in (0..KEYS).step_by(1_000) {
            let mut pipe = redis::pipe();
            (first..first + 1_000).for_each(|id| {
                pipe.add_command(set(class, id)).ignore();
            });
            pipe.query::<()>(&mut connection).unwrap();
        }
    }
    let (finished, text) = learn(&workdir, &server.url(""), &["--keys", "5k"]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let plan = checked(&workdir, &text);
    assert_eq!(plan.classes.len(), 2, "{text}");
    for (prefix, len) in tutorial::CLASSES {
        let class =
            plan.classes.iter().find(|class| class.key.to_string().starts_with(prefix)).unwrap();
        assert_eq!(class.key.to_string(), format!("{prefix}{{n}}"));
        assert_eq!(class.ttl_secs, Some(36_000));
        assert_eq!(Extent::of(class).bytes, u64::from(len)..u64::from(len));
        let (keys, _) = of_prefix(&plan, prefix);
        assert!(keys.abs_diff(KEYS) < KEYS * 3 / 100, "{prefix}: {keys}");
    }
    assert!(back_test(&text).abs() < 0.02, "{text}");
}

#[test]
fn what_is_refused_is_told_and_the_rest_is_learned() {
    let _busy = busy();
    let (server, workdir) = (Server::start(&LIMITED), Workdir::new());
    fill(&[&server], &SMALL[..1]);
    let () = server.ask(&[
        "ACL", "SETUSER", "reader", "on", ">pw", "~*", "+info", "+dbsize", "+scan", "+type",
        "+strlen", "+ping", "+pttl",
    ]);
    let (finished, text) = learn(&workdir, &server.url("reader:pw@"), &["--keys", "1k"]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    checked(&workdir, &text);
    for command in ["OBJECT ENCODING", "OBJECT IDLETIME", "MEMORY USAGE"] {
        let line = format!("# Not collected: {command}: NOPERM ");
        assert!(text.contains(&line), "no `{line}` in\n{text}");
    }
    assert!(!format!("{finished:?}{text}").contains("pw@"), "no password");
    let () = server.ask(&["ACL", "SETUSER", "reader", "-scan"]);
    let none = Workdir::new();
    let (finished, _) = learn(&none, &server.url("reader:pw@"), &[]);
    assert_eq!(finished.code, Some(4), "{finished:?}");
    assert!(finished.stderr.contains("refused SCAN: NOPERM"), "{}", finished.stderr);
}

/// Every other command of the server takes 30 ms, once sampling has begun.
#[test]
fn a_server_that_answers_slower_is_left_alone() {
    let _busy = busy();
    let server = Server::start(&["--enable-debug-command", "yes"]);
    fill(&[&server], &SMALL);
    let workdir = Workdir::new();
    let path = workdir.path("learned.toml");
    let arguments = [
        "spec",
        "learn",
        "--target",
        &server.url(""),
        "--out",
        path.to_str().unwrap(),
        "--interval",
        "100ms",
        "--floor",
        "200/s",
        "--time",
        "50s",
    ];
    let mut running = Cachefit::start(&workdir.tmp(), &arguments);
    running.wait_for("sampling keys");
    let sleeper = || {
        let mut connection = server.client(0);
        while !path.exists() {
            let slept = redis::cmd("DEBUG").arg("SLEEP").arg("0.03").query::<()>(&mut connection);
            if slept.is_err() {
                return;
            }
        }
    };
    let finished = std::thread::scope(|scope| {
        scope.spawn(sleeper);
        scope.spawn(sleeper);
        running.finish()
    });
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(finished.stderr.contains("stopped early: the server answered within"), "{finished:?}");
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains("# Sampling stopped early"), "{text}");
}

#[test]
fn who_stops_it_gets_no_file() {
    let _busy = busy();
    let (server, workdir) = (Server::start(&[]), Workdir::new());
    fill(&[&server], &SMALL[2..]);
    let path = workdir.path("learned.toml");
    let out = path.to_str().unwrap();
    let arguments =
        ["spec", "learn", "--target", &server.url(""), "--out", out, "--interval", "50s"];
    let mut running = Cachefit::start(&workdir.tmp(), &arguments);
    running.wait_for("watching what others ask");
    running.signal(Signal::INT);
    let finished = running.finish();
    assert_eq!(finished.code, Some(130), "{finished:?}");
    assert!(finished.stderr.contains("interrupted; nothing was written"), "{finished:?}");
    assert!(!path.exists());
}

#[test]
fn a_cluster_is_learned_whole_and_from_its_replicas() {
    let _busy = busy();
    let cluster = Cluster::start(&engine(), 2, 1);
    let primaries: Vec<&Server> = cluster.primaries.iter().collect();
    fill(&primaries, &OTHER_TYPES);
    let _: u64 = cluster.primaries[0].ask(&["WAIT", "1", "30000"]);
    let workdir = Workdir::new();
    let (finished, text) = learn(&workdir, &primaries[0].url(""), &["--keys", "6k"]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let plan = checked(&workdir, &text);
    let all = |plan: &PlanSpec| plan.capacity.keys.iter().sum::<u64>();
    // Each class is rounded to whole keys.
    assert!(all(&plan).abs_diff(20_000) < 4, "{text}");
    for class in &OTHER_TYPES {
        let (keys, _) = of_prefix(&plan, class.prefix);
        assert!(keys.abs_diff(class.keys) < 500, "{}: {keys}", class.prefix);
    }
    assert!(back_test(&text).abs() < 0.02, "{text}");

    let replica = &cluster.replicas[0];
    let before = calls(replica);
    let (from_replica, more) = (Workdir::new(), ["--keys", "2k"]);
    let (finished, text) = learn(&from_replica, &replica.url(""), &more);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(all(&checked(&from_replica, &text)).abs_diff(20_000) < 4, "{text}");
    let asked = calls(replica);
    assert!(asked["scan"] > before.get("scan").copied().unwrap_or(0), "the replica was sampled");
    assert!(asked["readonly"] > 0);
}

#[test]
fn saved_replies_are_enough_for_mix_and_memory() {
    let _busy = busy();
    let (server, workdir) = (Server::start(&LIMITED), Workdir::new());
    fill(&[&server], &SMALL);
    let info = || server.ask::<String>(&["INFO", "everything"]);
    let before = workdir.file("before.txt", &info());
    for _ in 0..3 {
        let _: String = server.ask(&["GET", "user:1"]);
    }
    let after = workdir.file("after.txt", &info());
    let path = workdir.path("learned.toml");
    let arguments = [
        "spec",
        "learn",
        "--info-before",
        before.to_str().unwrap(),
        "--info-after",
        after.to_str().unwrap(),
        "--out",
        path.to_str().unwrap(),
    ];
    let finished = Cachefit::start(&workdir.tmp(), &arguments).finish();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let text = fs::read_to_string(&path).unwrap();
    let plan = checked(&workdir, &text);
    assert_eq!(plan.capacity.keys.iter().sum::<u64>(), 20_000);
    assert!(plan.traffic.iter().all(|line| line.command.word() == "get"), "{text}");
    assert!(back_test(&text).abs() < 0.02, "{text}");
    let predicted = Cachefit::start(&workdir.tmp(), &["predict", path.to_str().unwrap()]).finish();
    assert_eq!(predicted.code, Some(0), "{predicted:?}");
}
