//! Five productions whose parameters `spec learn` does not know, 1 to 5 million keys each on real engines,
//! one of them a cluster, all in use while they are learned; and the tutorial's data.
//!
//! `make learn-truth` runs it, twenty minutes and up to 3 GB of memory. Prints what was learned beside
//! what is true; the last column says whether every figure lies within what is wanted.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement for developers"
)]

#[path = "../it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "shared with the tests, which use the rest")]
mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use cachefit::measurement::Info;
use cachefit::spec::{Access, Class, PlanSpec, parse};
use cachefit::workload::Extent;

use support::production::{Hidden, Holds, Named, Others, Stored, fill};
use support::{Cluster, Server, Workdir, engine, tutorial};

/// As ElastiCache runs an engine.
const LIMITED: [&str; 4] = ["--maxmemory", "12gb", "--maxmemory-policy", "volatile-lru"];
/// Commands per second of others.
const OTHERS: u32 = 4_000;
/// How long they use a production before it is learned, and at least as long as loading took: the skew
/// shows in what was not used for half of its age.
const USED_FOR: Duration = Duration::from_secs(40);

struct Production {
    name: &'static str,
    classes: &'static [Hidden],
    primaries: usize,
}

const DAY: u64 = 86_400;

const CLAIMS: Hidden = Hidden {
    prefix: "user:claims:",
    keys: 900_000,
    named: Named::From(0),
    holds: Holds::String(300.0, 0.6),
    volatile: (0.4, 3_600),
    asked: &[("get", 55.0), ("set", 12.0)],
    zipf: 0.99,
};
const SESSIONS: Hidden = Hidden {
    prefix: "session:",
    keys: 350_000,
    named: Named::Uuid,
    holds: Holds::Hash((3, 14), (40.0, 0.5)),
    volatile: (1.0, DAY),
    asked: &[("hgetall", 15.0), ("hset", 5.0)],
    zipf: 0.8,
};
const HITS: Hidden = Hidden {
    prefix: "hits:",
    keys: 250_000,
    named: Named::From(10_000_000),
    holds: Holds::Counter,
    volatile: (0.0, 9),
    asked: &[("incr", 13.0)],
    zipf: 1.1,
};

const PRODUCTIONS: [Production; 5] = [
    Production { name: "identity", classes: &[CLAIMS, SESSIONS, HITS], primaries: 1 },
    Production {
        name: "shop",
        classes: &[
            Hidden {
                prefix: "product:",
                keys: 400_000,
                named: Named::From(1_000_000),
                holds: Holds::String(600.0, 0.8),
                volatile: (0.4, 2 * 3_600),
                asked: &[("get", 50.0), ("getrange", 5.0)],
                zipf: 0.9,
            },
            Hidden {
                prefix: "cart:",
                keys: 300_000,
                named: Named::Hex,
                holds: Holds::List((1, 12), (60.0, 0.4)),
                volatile: (1.0, 7 * DAY),
                asked: &[("lrange", 20.0)],
                zipf: 0.7,
            },
            Hidden {
                prefix: "tags:",
                keys: 300_000,
                named: Named::From(0),
                holds: Holds::Set(2, 30),
                volatile: (0.0, 9),
                asked: &[("smembers", 15.0), ("sadd", 10.0)],
                zipf: 0.9,
            },
        ],
        primaries: 1,
    },
    Production {
        name: "games",
        classes: &[
            Hidden {
                prefix: "board:",
                keys: 60_000,
                named: Named::From(0),
                holds: Holds::SortedSet(5, 180),
                volatile: (0.0, 9),
                asked: &[("zrange", 30.0), ("zadd", 10.0)],
                zipf: 1.0,
            },
            Hidden {
                prefix: "player:",
                keys: 700_000,
                named: Named::Uuid,
                holds: Holds::String(180.0, 0.5),
                volatile: (0.4, DAY),
                asked: &[("get", 40.0)],
                zipf: 0.99,
            },
            // No table is about to be full, whose old one would go while it is learned.
            Hidden { prefix: "match:", keys: 200_000, asked: &[("hget", 20.0)], ..SESSIONS },
        ],
        primaries: 1,
    },
    Production {
        name: "cluster of 3",
        classes: &[
            Hidden { keys: 700_000, ..CLAIMS },
            Hidden { prefix: "cart:", keys: 400_000, named: Named::Tagged, ..SESSIONS },
            Hidden { keys: 400_000, ..HITS },
        ],
        primaries: 3,
    },
    Production {
        name: "five million",
        classes: &[
            Hidden { keys: 2_500_000, holds: Holds::String(90.0, 0.5), ..CLAIMS },
            Hidden {
                prefix: "etag:",
                keys: 1_500_000,
                named: Named::Hex,
                holds: Holds::String(40.0, 0.4),
                ..CLAIMS
            },
            Hidden { keys: 1_000_000, ..HITS },
        ],
        primaries: 1,
    },
];

fn main() {
    let only = std::env::args().nth(1).filter(|word| !word.starts_with('-'));
    println!(
        "{:14} {:>9} {:>6} {:>7} {:>7} {:>7} {:>7} {:>9} {:>14} {:>15} {:>6}  zipf (true)",
        "production",
        "keys",
        "s",
        "share",
        "size",
        "memory",
        "mix",
        "change",
        "own of allowed",
        "busy",
        "within"
    );
    for production in &PRODUCTIONS {
        if only.as_deref().is_none_or(|only| production.name.starts_with(only)) {
            check(production);
        }
    }
    if only.as_deref().is_none_or(|only| only == "tutorial") {
        check_tutorial();
    }
}

/// What was learned, and how long that took.
struct Outcome {
    plan: PlanSpec,
    text: String,
    took: Duration,
}

fn check(production: &Production) {
    let Production { name, classes, primaries } = production;
    let cluster = (*primaries > 1).then(|| Cluster::start(&engine(), *primaries, 0));
    let single = cluster.is_none().then(|| Server::start(&LIMITED));
    let servers: Vec<&Server> = match (&cluster, &single) {
        (Some(cluster), _) => cluster.primaries.iter().collect(),
        (None, single) => single.iter().collect(),
    };
    let began = Instant::now();
    let truth = fill(&servers, classes);
    let loading = began.elapsed();
    let others = Others::start(&servers, classes, OTHERS);
    sleep(USED_FOR.max(loading));
    let before = used(&servers);
    let Outcome { plan, text, took } = learned(servers[0]);
    let change =
        used(&servers).iter().zip(&before).map(|(after, b)| (after - b).abs()).fold(0.0, f64::max);
    drop(others);

    let total: u64 = classes.iter().map(|class| class.keys).sum();
    let (mut share, mut size): (f64, f64) = (0.0, 0.0);
    for (class, stored) in classes.iter().zip(&truth) {
        let of: Vec<(&Class, u64)> = of_prefix(&plan, class.prefix);
        let keys: u64 = of.iter().map(|(_, keys)| keys).sum();
        share = share.max((keys as f64 - class.keys as f64).abs() / total as f64);
        let off = of.first().map_or(1.0, |(learned, _)| size_error(learned, stored));
        size = size.max(off.abs());
    }
    let mix = mix_error(&plan, classes);
    let memory = back_test(&text);
    let (own, allowed) = own_load(&text);
    let is_within = took < Duration::from_mins(1)
        && share < 0.02
        && size < 0.02
        && memory.abs() < 0.02
        && mix < 0.02
        && change < 1e6
        && own <= allowed * 1.02;
    println!(
        "{name:14} {total:>9} {:>6.1} {:>5.2}pt {:>6.2}% {:>+6.2}% {:>5.2}pt {:>6.0} kB {own:>6.0} of {allowed:>4.0} {:>15} {:>6}  {}",
        took.as_secs_f64(),
        share * 100.0,
        size * 100.0,
        memory * 100.0,
        mix * 100.0,
        change / 1e3,
        busy(&text),
        if is_within { "yes" } else { "NO" },
        exponents(&plan, classes)
    );
}

/// Runs the program as a user does.
fn learned(server: &Server) -> Outcome {
    let workdir = Workdir::new();
    let path = workdir.path("learned.toml");
    let began = Instant::now();
    let finished = Command::new(env!("CARGO_BIN_EXE_cachefit"))
        .args(["spec", "learn", "--target", &server.url(""), "--out"])
        .arg(&path)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let took = began.elapsed();
    assert!(finished.status.success(), "{}", String::from_utf8_lossy(&finished.stderr));
    keep(&path);
    let text = std::fs::read_to_string(&path).unwrap();
    let plan = parse("learned.toml", &text).unwrap_or_else(|error| panic!("{error}"));
    Outcome { plan, text, took }
}

/// Keeps the file where `CACHEFIT_LEARNED` says, to look at.
fn keep(path: &Path) {
    if let Ok(directory) = std::env::var("CACHEFIT_LEARNED") {
        let name = format!("{:?}.toml", Instant::now()).replace([' ', '{', '}', ':', ','], "");
        let _ = std::fs::copy(path, Path::new(&directory).join(name));
    }
}

fn used(servers: &[&Server]) -> Vec<f64> {
    let of = |server: &&Server| {
        let info = Info::parse(&server.ask::<String>(&["INFO", "memory"]));
        info.count("used_memory").unwrap() as f64
    };
    servers.iter().map(of).collect()
}

fn of_prefix<'a>(plan: &'a PlanSpec, prefix: &str) -> Vec<(&'a Class, u64)> {
    let all = plan.classes.iter().zip(plan.capacity.keys.iter().copied());
    all.filter(|(class, _)| class.key.to_string().starts_with(prefix)).collect()
}

/// Mean bytes of what a key holds, against the truth: of a string its value, of a collection its values
/// or, where it has none, its number of elements.
fn size_error(class: &Class, stored: &Stored) -> f64 {
    let extent = Extent::of(class);
    let keys = stored.keys as f64;
    match extent.mean_elements {
        Some(elements) => elements / (stored.elements as f64 / keys) - 1.0,
        None if stored.values > 0 => {
            extent.mean_bytes / (stored.value_bytes as f64 / stored.values as f64) - 1.0
        }
        None => 0.0,
    }
}

/// The largest difference of a command's share.
fn mix_error(plan: &PlanSpec, classes: &[Hidden]) -> f64 {
    let asked = || classes.iter().flat_map(|class| class.asked);
    let all: f64 = asked().map(|(_, weight)| weight).sum();
    let total: f64 = plan.traffic.iter().map(|line| line.weight).sum();
    let mut worst: f64 = 0.0;
    for (command, _) in asked() {
        let wanted: f64 = asked().filter(|(name, _)| name == command).map(|(_, w)| w).sum();
        let is_it = |line: &&cachefit::spec::Traffic| match &line.raw {
            Some(raw) => raw.command().eq_ignore_ascii_case(command),
            None => line.command.word() == *command,
        };
        let found: f64 = plan.traffic.iter().filter(is_it).map(|line| line.weight).sum();
        worst = worst.max((found / total - wanted / all).abs());
    }
    worst
}

fn exponents(plan: &PlanSpec, classes: &[Hidden]) -> String {
    let of = |class: &Hidden| {
        let learned = plan.traffic.iter().find_map(|line| {
            let key = plan.classes[line.class].key.to_string();
            match line.access {
                Access::Zipf(exponent) if key.starts_with(class.prefix) => Some(exponent),
                _ => None,
            }
        });
        let learned = learned.map_or("-".into(), |exponent| format!("{exponent:.2}"));
        format!("{learned} ({})", class.zipf)
    };
    classes.iter().map(of).collect::<Vec<_>>().join(" ")
}

/// The file's own figure of its error.
fn back_test(text: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with("# Back-test:")).expect("servers");
    let (_, error) = line.split_once("of this file, ").unwrap();
    error.split(' ').next().unwrap().parse::<f64>().unwrap() / 100.0
}

/// Own commands per second and what was allowed, as the file has them.
fn own_load(text: &str) -> (f64, f64) {
    let line = text.lines().find(|line| line.starts_with("# Own load:")).expect("a target");
    let rate = |after: &str| {
        let (_, rest) = line.split_once(after).unwrap();
        let number = rest.trim_start().split("/s").next().unwrap();
        match number.strip_suffix('k') {
            Some(thousands) => thousands.parse::<f64>().unwrap() * 1e3,
            None => number.parse().unwrap(),
        }
    };
    (rate("commands, "), rate("asked the most of "))
}

/// How busy the engine's thread was before and meanwhile, as the file has it.
fn busy(text: &str) -> String {
    let text = text.replace("\n# ", " ");
    let part = text.split_once("was busy ").and_then(|(_, rest)| rest.split_once(" then"));
    part.map_or("-".into(), |(part, _)| part.replace(" of the time before,", ""))
}

fn check_tutorial() {
    let server = Server::start(&LIMITED);
    tutorial::seed(&server);
    let Outcome { plan, text, took } = learned(&server);
    println!(
        "the tutorial's data, {:.1} s, memory {:+.2} %:",
        took.as_secs_f64(),
        back_test(&text) * 100.0
    );
    for (class, keys) in plan.classes.iter().zip(&plan.capacity.keys) {
        let (key, bytes) = (&class.key, Extent::of(class).bytes);
        println!(
            "  {key}: {keys} keys of {} to {} bytes, ttl {:?} s",
            bytes.start, bytes.end, class.ttl_secs
        );
    }
}
