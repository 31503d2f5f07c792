//! Levels of load on real engines and on servers that misbehave by script.
//!
//! Limits are wide where a busy machine moves the figure, and exact where it cannot.

use std::time::{Duration, Instant};

use cachefit::load::{
    LevelSettings, LoadError, SaturationSettings, measure_level, measure_users, probe_saturation,
};
use cachefit::measurement::{Level, Stamp, VoidReason};
use cachefit::seed::seed;
use cachefit::spec::{ClosedLoop, PlanSpec};
use cachefit::target::{Control, Endpoint, Target, read_facts};
use cachefit::units::{Bytes, Micros, OpsPerSec, num};
use rustix::process::Signal;

use crate::support::{
    Answer, Cachefit, Server, Stub, Workdir, alone, block_on, memory_peak, plan, plan_text, signal,
};

const GET: &str = r#"{ class = "s", command = "get", weight = 1 }"#;
const MIX: &str = r#"
    { class = "s", command = "get", weight = 3 },
    { class = "s", command = "set", weight = 1 },
    { class = "s", command = "mget", batch = 5, weight = 1 }"#;

/// A plan with evenly spaced arrivals, two seconds a level, four connections.
fn paced(traffic: &str) -> PlanSpec {
    let load = r#"levels = ["1k/s"], step = "2s", connections = 4, arrivals = "paced""#;
    plan(&plan_text(traffic, load))
}

async fn level_at(spec: &PlanSpec, endpoint: &Endpoint, per_sec: f64) -> Result<Level, LoadError> {
    let control = Control::connect(endpoint).await.unwrap();
    let servers = Target::single(endpoint.clone(), control.clone());
    let settings = LevelSettings { offered: OpsPerSec::of(per_sec), seed: 1 };
    measure_level(spec, &servers, settings).await
}

/// A server that holds the plan's keys.
async fn seeded(spec: &PlanSpec, settings: &[&str]) -> Server {
    let server = Server::start(settings);
    let control = Control::connect(&server.endpoint()).await.unwrap();
    let servers = Target::single(server.endpoint(), control.clone());
    let facts = read_facts(&control, Some("its address".into())).await.unwrap();
    seed(spec, &servers, facts, Stamp { unix_secs: 0 }, |_, bytes| bytes, &mut |_, _| {})
        .await
        .unwrap();
    server
}

/// How many operations of an evenly spaced level are due in its window.
fn due(level: &Level) -> u64 {
    num::round(level.offered.per_sec() * level.window_us.secs())
}

fn ms(ms: f64) -> Micros {
    Micros::of(ms * 1e3)
}

#[track_caller]
fn assert_close(what: &str, found: f64, expected: f64, tolerance: f64) {
    println!("{what}: {found} for {expected}");
    let off = found / expected - 1.0;
    assert!(off.abs() <= tolerance, "{what}: {found} is not within {tolerance} of {expected}");
}

#[test]
fn a_light_level_achieves_what_is_offered_and_agrees_with_the_servers_own_count() {
    let _alone = alone();
    let spec = paced(MIX);
    let level = block_on(async {
        let server = seeded(&spec, &[]).await;
        level_at(&spec, &server.endpoint(), 2000.0).await.unwrap()
    });
    assert_eq!(level.void, [], "{level:?}");
    // The last operation is due before the end; a thousand gaps of a millisecond are spun for a tenth.
    let (all, spun) = (level.generator_cpu_us.unwrap(), level.spinning_us.unwrap());
    assert!(spun > Micros::ZERO && spun < all, "{spun} of {all}");
    assert_eq!(level.stolen.is_some(), cfg!(target_os = "linux"));
    assert_eq!(level.receive_queue_bytes.is_some(), cfg!(target_os = "linux"));
    assert_eq!(level.send_queue_bytes.is_some(), cfg!(target_os = "linux"));
    assert_close("achieved", level.achieved.per_sec(), 2000.0, 0.02);
    assert_eq!(level.completed(), due(&level));
    assert_eq!(level.unfinished, 0);

    let read: u64 = level.commands.iter().map(|command| command.keys_asked).sum();
    let missed: u64 = level.commands.iter().map(|command| command.keys_missed).sum();
    assert_eq!((missed, level.server.keyspace_misses), (0, Some(0)));

    // Per command, because the server's counters are read a little before or after the window.
    let commands = num::float(level.server.commands.unwrap());
    let completed = num::float(level.completed());
    let hits = num::float(level.server.keyspace_hits.unwrap());
    assert_close("hits", hits / commands, num::float(read) / completed, 0.03);
    let sum = |part: fn(&cachefit::measurement::CommandRecord) -> Bytes| -> f64 {
        level.commands.iter().map(|command| part(command).float()).sum()
    };
    let input = level.server.net_input_bytes.unwrap().float();
    let requests = sum(|command| command.request_bytes);
    // What falls into the one window and not the other are other SETs of a kilobyte among few.
    assert_close("input", input / commands, requests / completed, 0.04);
    let output = level.server.net_output_bytes.unwrap().float();
    let replies = sum(|command| command.reply_bytes);
    assert_close("output", output / commands, replies / completed, 0.04);
}

/// One multiplexed connection, and two threads that share four.
#[test]
fn requests_share_connections_and_threads_share_a_level() {
    let _alone = alone();
    for (connections, pipeline, threads) in [(1, 1000, 1), (4, 3, 2)] {
        let mut spec = paced(MIX);
        (spec.load.connections, spec.load.pipeline, spec.load.threads) =
            (connections, pipeline, threads);
        let level = block_on(async {
            let server = seeded(&spec, &[]).await;
            level_at(&spec, &server.endpoint(), 2000.0).await.unwrap()
        });
        assert_eq!(level.void, [], "{level:?}");
        assert_eq!((level.completed(), level.unfinished), (due(&level), 0));
        // The control connection is one more.
        assert_eq!(level.server.connected_clients, Some(u64::from(connections) + 1));
        let wait = level.connection_wait.quantile(0.5).unwrap();
        assert!(wait < ms(1.0), "nothing waits for a connection: {wait}");
    }
}

#[test]
fn the_saturation_probe_exceeds_a_light_load() {
    let _alone = alone();
    let spec = paced(GET);
    let saturation = block_on(async {
        let server = seeded(&spec, &[]).await;
        let control = Control::connect(&server.endpoint()).await.unwrap();
        let servers = Target::single(server.endpoint(), control.clone());
        let settings = SaturationSettings { length: Duration::from_millis(1500), seed: 1 };
        let probe = probe_saturation(&spec, &servers, settings).await;
        probe.unwrap().throughput
    });
    assert!(saturation.per_sec() > 1000.0, "{saturation}");
}

/// What Django's cache does to keys that were seeded without it.
#[test]
fn a_level_that_reads_keys_never_written_is_void() {
    let _alone = alone();
    let spec = paced(r#"{ class = "s", command = "get", weight = 1, key = ":1:s:{n}" }"#);
    let level = block_on(async {
        let server = seeded(&spec, &[]).await;
        level_at(&spec, &server.endpoint(), 1000.0).await.unwrap()
    });
    let [VoidReason::KeysNeverWritten { label, asked, seeded, missed }] = &level.void[..] else {
        panic!("{:?}", level.void);
    };
    let found = (label.as_str(), asked.as_str(), seeded.as_str(), missed.get());
    assert_eq!(found, ("s get", ":1:s:{n}", "s:{n}", 1.0));
}

#[test]
fn a_level_that_misses_seeded_keys_is_void() {
    let _alone = alone();
    let spec = paced(GET);
    let level = block_on(async {
        let server = seeded(&spec, &[]).await;
        let () = server.ask(&["FLUSHALL"]);
        level_at(&spec, &server.endpoint(), 1000.0).await.unwrap()
    });
    let asked = due(&level);
    let all = VoidReason::UnexpectedMisses { label: "s get".into(), asked, missed: asked };
    assert_eq!(level.void, [all]);
}

/// 1,000 operations a second meet a server that stands still for 300 ms: 300 of them are late by
/// 300 ms to nothing, although only the four in flight were sent before it answered again.
#[test]
fn a_stall_is_charged_to_every_operation_that_was_due() {
    let _alone = alone();
    let spec = paced(GET);
    let stub = Stub::start(|n| match n {
        1000 => Answer::ReplyAfter(Duration::from_millis(300), "$1\r\nx\r\n"),
        _ => Answer::Reply("$1\r\nx\r\n"),
    });
    let level = block_on(level_at(&spec, &stub.endpoint(), 1000.0)).unwrap();
    let (response, service) = (level.response(), level.service());
    assert_eq!(response.count(), due(&level));
    assert!(response.max().unwrap() >= ms(299.0), "{:?}", response.max());
    assert!(response.quantile(0.99).unwrap() > ms(250.0), "300 waited: {level:?}");
    assert!(response.quantile(0.90).unwrap() > ms(100.0), "{:?}", response.quantile(0.9));
    assert!(service.quantile(0.99).unwrap() < ms(150.0), "four were sent: {service:?}");
    assert!(level.longest_queue > 200, "{}", level.longest_queue);
    assert!(level.connection_wait.quantile(0.99).unwrap() > ms(200.0), "where they waited");
    let lag = level.dispatch_lag.quantile(0.99).unwrap();
    assert!(lag < ms(100.0), "the generator noticed them in time: {lag}");
}

/// A real engine that stands still for S in a window of T: what is due meanwhile waits, then the
/// queue drains at 1 − ρ, so the longest share 1 − q of response times begins at
/// p = S − (1 − q)·T·(1 − ρ).
#[test]
fn a_stall_of_a_second_shows_as_it_is_calculated() {
    let _alone = alone();
    let mut spec = paced(GET);
    spec.load.step = Duration::from_secs(10);
    let (level, stalled, saturation) = block_on(async {
        let server = seeded(&spec, &[]).await;
        let (pid, endpoint) = (server.pid(), server.endpoint());
        let stall = async {
            tokio::time::sleep(Duration::from_secs(6)).await;
            let began = Instant::now();
            signal(pid, Signal::STOP);
            tokio::time::sleep(Duration::from_secs(1)).await;
            signal(pid, Signal::CONT);
            began.elapsed().as_secs_f64()
        };
        let (level, stalled) = tokio::join!(level_at(&spec, &endpoint, 2000.0), stall);
        let control = Control::connect(&endpoint).await.unwrap();
        let servers = Target::single(endpoint.clone(), control.clone());
        // As long as the queue takes to drain, after standing still: a machine that was idle is slower.
        let settings = SaturationSettings { length: Duration::from_millis(30), seed: 1 };
        let mut probes = Vec::new();
        for _ in 0..9 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let probe = probe_saturation(&spec, &servers, settings).await.unwrap();
            probes.push(probe.throughput);
        }
        probes.sort();
        (level.unwrap(), stalled, probes[probes.len() / 2])
    });
    assert_eq!(level.completed(), due(&level), "all were answered");
    assert!(!level.is_rising, "a stall is no trend");
    let rho = 2000.0 / saturation.per_sec();
    for q in [0.95, 0.99, 0.999] {
        let expected = stalled - (1.0 - q) * level.window_us.secs() * (1.0 - rho);
        let found = level.response().quantile(q).unwrap().secs();
        assert_close(&format!("p{}", q * 100.0), found, expected, 0.02);
    }
    let lag = level.dispatch_lag.quantile(0.99).unwrap();
    assert!(lag < ms(100.0), "the generator noticed them in time: {lag}");
}

/// The same stall in a closed loop at the same rate: four users wait for it, and of some 18,000
/// requests nobody else does.
#[test]
fn a_closed_loop_hides_the_same_stall() {
    let _alone = alone();
    let spec = paced(GET);
    let think = ms(1.9);
    let users = ClosedLoop {
        users: 4,
        spawn_rate: OpsPerSec::of(4.0),
        think_us: (think, think),
        length: Duration::from_secs(10),
    };
    let level = block_on(async {
        let server = seeded(&spec, &[]).await;
        let pid = server.pid();
        let stall = async {
            tokio::time::sleep(Duration::from_secs(6)).await;
            signal(pid, Signal::STOP);
            tokio::time::sleep(Duration::from_secs(1)).await;
            signal(pid, Signal::CONT);
        };
        let endpoint = server.endpoint();
        let control = Control::connect(&endpoint).await.unwrap();
        let servers = Target::single(endpoint.clone(), control.clone());
        let level = measure_users(&spec, users, &servers, 1);
        tokio::join!(level, stall).0.unwrap()
    });
    let response = level.response();
    assert!(response.count() > 5_000, "{}", response.count());
    assert!(response.quantile(0.999).unwrap() < ms(200.0), "{:?}", response.quantile(0.999));
    assert!(response.max().unwrap() > ms(950.0), "{:?}", response.max());
    assert_eq!(level.longest_queue.min(4), level.longest_queue, "no more than the users wait");
}

#[test]
fn a_level_that_lost_a_connection_is_void_and_goes_on() {
    let _alone = alone();
    let spec = paced(GET);
    let stub = Stub::start(|n| match n {
        1000 => Answer::Close,
        _ => Answer::Reply("$1\r\nx\r\n"),
    });
    let level = block_on(level_at(&spec, &stub.endpoint(), 1000.0)).unwrap();
    assert!(
        matches!(level.void[..], [VoidReason::ConnectionsLost { count: 1, .. }]),
        "{:?}",
        level.void
    );
    assert_eq!((level.completed(), level.unfinished), (due(&level) - 1, 1));
}

#[test]
fn a_level_that_lost_all_connections_is_an_error() {
    let _alone = alone();
    let spec = paced(GET);
    let stub = Stub::start(|n| if n < 500 { Answer::Reply("$-1\r\n") } else { Answer::Close });
    let error = block_on(level_at(&spec, &stub.endpoint(), 1000.0)).unwrap_err();
    assert!(matches!(error, LoadError::AllConnectionsLost { connections: 4, .. }), "{error}");
}

#[test]
fn nobody_listening_is_an_error() {
    let spec = paced(GET);
    let server = Server::start(&[]);
    let endpoint = server.endpoint();
    let error = block_on(async {
        let control = Control::connect(&endpoint).await.unwrap();
        let servers = Target::single(endpoint.clone(), control.clone());
        drop(server);
        let settings = LevelSettings { offered: OpsPerSec::of(1000.0), seed: 1 };
        measure_level(&spec, &servers, settings).await.unwrap_err()
    });
    assert!(matches!(error, LoadError::Connect { number: 1, wanted: 4, .. }), "{error}");
}

#[test]
fn a_level_with_error_replies_is_void() {
    let _alone = alone();
    let spec = paced(GET);
    let stub = Stub::start(|n| match n {
        700..710 => Answer::Reply("-BUSY no time\r\n"),
        _ => Answer::Reply("$1\r\nx\r\n"),
    });
    let level = block_on(level_at(&spec, &stub.endpoint(), 1000.0)).unwrap();
    assert_eq!(level.void, [VoidReason::Errors { count: 10, first: "BUSY no time".into() }]);
}

#[test]
fn a_level_that_makes_the_server_evict_is_void() {
    let _alone = alone();
    let spec = paced(r#"{ class = "s", command = "set", weight = 1 }"#);
    let level = block_on(async {
        let server = Server::start(&["--maxmemory", "2mb", "--maxmemory-policy", "allkeys-lru"]);
        level_at(&spec, &server.endpoint(), 2000.0).await.unwrap()
    });
    assert!(matches!(level.void[..], [VoidReason::Evictions(1..)]), "{:?}", level.void);
}

#[test]
fn a_level_in_which_keys_expire_is_void() {
    let _alone = alone();
    let spec = paced(GET);
    let level = block_on(async {
        let server = seeded(&spec, &[]).await;
        // Due in the middle of the level; engines look for such keys all the time.
        let () = server.ask(&["SET", "short-lived", "x", "PX", "1200"]);
        level_at(&spec, &server.endpoint(), 1000.0).await.unwrap()
    });
    assert_eq!(level.void, [VoidReason::Expiries(1)]);
}

/// Every command of a mix, on engines that hold what the plan wrote afterwards as before.
#[test]
fn every_command_leaves_what_it_found() {
    let _alone = alone();
    let workdir = Workdir::new();
    workdir
        .file("counters.csv", &(0..500).fold("n\n".to_owned(), |text, n| text + &format!("{n}\n")));
    let classes = r#"[
        { name = "s", keys = 500, key = "s:{n}", size = "1KiB", ttl = "1h" },
        { name = "m", keys = 500, key = "m:{n}", size = "1KiB" },
        { name = "n", keys = 500, key = "n:{n}", file = "counters.csv", column = "n", encoding = "raw" },
        { name = "h", keys = 500, key = "h:{n}", type = "hash", members = 5, member = "f{n}", size = "20B" },
        { name = "e", keys = 500, key = "e:{n}", type = "set", members = 5, member = "m{n}" },
        { name = "z", keys = 500, key = "z:{n}", type = "sorted-set", members = 5, member = "m{n}" },
        { name = "l", keys = 500, key = "l:{n}", type = "list", members = 5, size = "20B" },
    ]"#;
    let commands = [
        ("s", "get", ""),
        ("s", "set", ""),
        ("s", "mget", "batch = 3"),
        ("m", "mset", "batch = 3"),
        ("s", "del", ""),
        ("s", "expire", ""),
        ("n", "incr", ""),
        ("h", "hget", ""),
        ("h", "hgetall", ""),
        ("h", "hset", ""),
        ("e", "smembers", ""),
        ("e", "sadd", ""),
        ("z", "zrange", ""),
        ("z", "zadd", ""),
        ("l", "lrange", ""),
        ("l", "lpush", ""),
        ("s", "raw", r#"raw = "GETRANGE {key} 0 9""#),
        ("l", "raw", r#"raw = "LLEN {key}""#),
    ];
    let line = |(class, command, more): &(&str, &str, &str)| {
        let more = if more.is_empty() { String::new() } else { format!(", {more}") };
        format!(r#"{{ class = "{class}", command = "{command}", weight = 1{more} }}"#)
    };
    let lines: Vec<String> = commands.iter().map(line).collect();
    let load = r#"levels = ["4k/s"], step = "3s", connections = 8"#;
    let text = plan_text(&lines.join(",\n    "), load)
        .replace(
            r#"class = [{ name = "s", keys = 2_000, key = "s:{n}", size = "1KiB" }]"#,
            &format!("class = {classes}"),
        )
        .replace("capacity = { keys = { s = 1_000_000 } }", "capacity = {}");
    let server = Server::start(&[]);
    let run = Cachefit::on_target(&workdir, &text, &server.url(""), &["--keep-keys"]).finish();
    assert!(run.concluded(), "{run:?}");
    let level = &workdir.artifact("03-steps.json")["body"]["levels"][0];
    for (command, (class, name, _)) in level["commands"].as_array().unwrap().iter().zip(commands) {
        assert_eq!(command["errors"], 0, "{class} {name}: {}", level["void"]);
        assert!(command["replies"].as_u64().unwrap() > 100, "{class} {name}");
    }
    assert!(!level["void"].to_string().contains("misses"), "{}", level["void"]);
    let stats: String = server.ask(&["INFO", "commandstats"]);
    for name in "get set mget mset del expire incrby hget hgetall hset smembers sadd zrange zadd lrange lpush lpop getrange llen".split(' ') {
        assert!(stats.contains(&format!("cmdstat_{name}:")), "{name} in {stats}");
    }
    // What is there is exactly what the plan writes: `clean` knows it by that.
    let keys: u64 = server.ask(&["DBSIZE"]);
    assert_eq!(keys, 3_500);
    let mut clean = Cachefit::command(&workdir.tmp());
    clean.current_dir(workdir.path(""));
    clean.arg("clean").arg(workdir.out()).args(["--target", &server.url("")]);
    let clean = Cachefit::from(clean).finish();
    assert_eq!(clean.code, Some(0), "{clean:?}");
    assert_eq!(server.ask::<u64>(&["DBSIZE"]), 0, "{clean:?}");
}

/// Under 100 MiB, whatever a level's length: histograms have a fixed size.
#[test]
fn five_thousand_connections_take_little_memory() {
    let _alone = alone();
    let workdir = Workdir::new();
    let server = Server::start(&["--maxclients", "6000"]);
    let load = r#"levels = ["5k/s"], step = "3s", connections = 5_000"#;
    let mut run = Cachefit::on_target(&workdir, &plan_text(MIX, load), &server.url(""), &[]);
    run.wait_for("offered 5.00k/s");
    let peak = memory_peak(run.pid());
    let run = run.finish();
    assert!(run.concluded(), "{run:?}");
    let level = &workdir.artifact("03-steps.json")["body"]["levels"][0];
    assert!(level["server"]["connected_clients"].as_u64().is_some_and(|n| n > 5_000), "{level}");
    if let Some(peak) = peak {
        assert!(peak < 100 * 1024, "{peak} KiB");
    }
}
