//! `cachefit spec learn` from files: a snapshot and a capture of the same server, records, a Locust run.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use ::cachefit::spec::{Access, Command, Payload, PlanSpec, parse};
use ::cachefit::workload::KeyPicker;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::support::{Cachefit, Finished, Server, Workdir, engine};

/// 20,000 users whose values have 100 to 1,099 bytes, and 200 whose value is a number; one in ten of the
/// first stays. 5,000 carts of 3 fields, and two sets of which there are no others.
const KEYS: &str = "
    for n = 0, 19999 do
        local value = string.rep('v', 100 + n % 1000)
        if n % 10 == 0 then redis.call('SET', 'user:' .. n .. ':profile', value)
        else redis.call('SET', 'user:' .. n .. ':profile', value, 'EX', 3600) end
    end
    for n = 20000, 20199 do redis.call('SET', 'user:' .. n .. ':profile', n * 1000, 'EX', 3600) end
    redis.call('SADD', 'rare', 'text')
    redis.call('SADD', 'unique', 1)
    for n = 1000, 5999 do
        redis.call('HSET', 'cart:' .. n, 'secret-one', 'apple', 'secret-two', 'pear', 'secret-three', 'fig')
    end";
const USERS: u64 = 20_000;

fn learn(workdir: &Workdir, arguments: &[&str]) -> Finished {
    let arguments = [&["spec", "learn"], arguments].concat();
    Cachefit::start(&workdir.tmp(), &arguments).finish()
}

fn learned(finished: &Finished) -> PlanSpec {
    assert_eq!(finished.code, Some(0), "{finished:?}");
    parse("learned.toml", &finished.stdout).unwrap()
}

/// A server with those keys and its snapshot.
fn saved() -> (Server, PathBuf) {
    let server = Server::start_engine(&engine(), &["--maxmemory-policy", "allkeys-lru"]);
    server.ask::<()>(&["EVAL", KEYS, "0"]);
    server.ask::<()>(&["SAVE"]);
    let directory: Vec<String> = server.ask(&["CONFIG", "GET", "dir"]);
    (server, Path::new(&directory[1]).join("dump.rdb"))
}

/// What MONITOR prints of 6,000 GETs with a Zipf law, 2,000 SETs, 1,000 MGETs of 5 and 1,000 HGETALLs.
fn captured(server: &Server) -> String {
    let mut monitor = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    monitor.write_all(b"MONITOR\r\n").unwrap();
    let mut lines = BufReader::new(monitor).lines().map(Result::unwrap);
    assert_eq!(lines.next().unwrap(), "+OK");
    let mut picker = KeyPicker::new(Access::Zipf(0.9), USERS);
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut user = || format!("user:{}:profile", picker.pick(&mut rng));
    let mut connection = server.client(0);
    for _ in 0..100 {
        let mut pipeline = redis::pipe();
        for _ in 0..60 {
            pipeline.cmd("GET").arg(user()).ignore();
        }
        for _ in 0..20 {
            pipeline.cmd("SET").arg(user()).arg("secret-value").arg("EX").arg(3600).ignore();
        }
        for n in 0..10 {
            let users: Vec<String> = (0..5).map(|_| user()).collect();
            pipeline.cmd("MGET").arg(users).ignore();
            pipeline.cmd("HGETALL").arg(format!("cart:{}", 1000 + n * 7)).ignore();
        }
        pipeline.query::<()>(&mut connection).unwrap();
    }
    redis::cmd("ECHO").arg("enough").query::<String>(&mut connection).unwrap();
    let mut text = String::new();
    for line in lines {
        let is_last = line.ends_with("\"ECHO\" \"enough\"");
        text.push_str(line.strip_prefix('+').unwrap());
        text.push('\n');
        if is_last {
            break;
        }
    }
    text
}

#[test]
fn a_snapshot_and_a_capture_make_a_workload() {
    let workdir = Workdir::new();
    let (server, snapshot) = saved();
    let capture = workdir.file("monitor.txt", &format!("OK\n{}cut off \"", captured(&server)));
    let (snapshot, capture) = (snapshot.to_str().unwrap(), capture.to_str().unwrap());
    let finished = learn(&workdir, &["--rdb", snapshot, "--monitor", capture]);
    let plan = learned(&finished);

    let keys: Vec<(String, u64, Option<u64>)> = plan
        .classes
        .iter()
        .zip(&plan.capacity.keys)
        .map(|(class, keys)| (class.key.to_string(), *keys, class.ttl_secs))
        .collect();
    assert!(
        keys.iter()
            .any(|(key, keys, ttl)| key.starts_with("cart:") && (*keys, *ttl) == (5_000, None)),
        "{keys:?}"
    );
    let of_users = |ttl| keys.iter().find(|(key, _, of)| key.starts_with("user:") && *of == ttl);
    assert_eq!(of_users(Some(3600)).unwrap().1, 18_000, "{keys:?}");
    assert_eq!(of_users(None).unwrap().1, 2_000, "{keys:?}");
    let numbers = plan.classes.iter().position(|class| class.payload == Payload::Counter).unwrap();
    assert_eq!(plan.capacity.keys[numbers], 200, "{keys:?}");

    let total: f64 = plan.traffic.iter().map(|line| line.weight).sum();
    let share = |is_it: &dyn Fn(Command) -> bool| {
        let lines = plan.traffic.iter().filter(|line| is_it(line.command));
        lines.map(|line| line.weight).sum::<f64>() / total
    };
    for (name, found, expected) in [
        ("get", share(&|command| command == Command::Get), 0.6),
        ("set", share(&|command| command == Command::Set), 0.2),
        ("mget", share(&|command| command == Command::Mget(5)), 0.1),
        ("hgetall", share(&|command| command == Command::Hgetall), 0.1),
    ] {
        assert!((found - expected).abs() < 0.005, "{name}: {found}");
    }
    let of_users = plan.traffic.iter().find(|line| line.command == Command::Get).unwrap();
    let Access::Zipf(exponent) = of_users.access else { panic!("{of_users:?}") };
    assert!((exponent - 0.9).abs() < 0.05, "{exponent}");

    assert!(!finished.stdout.contains("secret"), "no value and no field: {}", finished.stdout);
    assert!(finished.stdout.contains("# Back-test: used_memory is"), "{}", finished.stdout);
    let cut = "1 line could not be read: line 10003: it does not begin with a time";
    assert!(finished.stderr.contains(cut), "{}", finished.stderr);
}

#[test]
fn a_capture_alone_and_a_locust_run_with_records() {
    let workdir = Workdir::new();
    let line = |n: u32, command: &str| format!("{n}.000000 [0 127.0.0.1:5] {command}\n");
    let mut text = String::new();
    for n in 0..40 {
        text += &line(n, &format!("\"get\" \"item:{n}\""));
        text += &line(n, &format!("\"setex\" \"item:{n}\" \"60\" \"0123456789\""));
        text += &line(n, &format!("\"hset\" \"cart:{n}\" \"f\" \"v\""));
    }
    let capture = workdir.file("monitor.txt", &text);
    let finished = learn(&workdir, &["--monitor", capture.to_str().unwrap()]);
    let plan = learned(&finished);
    let [class] = &plan.classes[..] else { panic!("{finished:?}") };
    assert_eq!((class.key.to_string().as_str(), class.ttl_secs), ("item:{n}", Some(60)));
    assert_eq!(plan.capacity.keys, [40]);
    assert!(finished.stdout.contains("cart:{n}: not enough is known"), "{}", finished.stdout);

    let record = |n: u32| format!("{{\"key\":\"claims:{n}\",\"value\":\"{n:0>200}\"}}");
    let records: Vec<String> = (0..50).map(record).collect();
    let records = workdir.file("sample.ndjson", &records.join("\n"));
    let stats = workdir.file(
        "run_stats.csv",
        "Type,Name,Request Count,Failure Count,Average Content Size,Requests/s\n\
         GET,claims,900,0,200,90\nredis,set claims,100,3,0,10\nPOST,/login,50,0,0,5\n\
         ,Aggregated,1050,3,0,105\n",
    );
    let (records, stats) = (records.to_str().unwrap(), stats.to_str().unwrap());
    let finished = learn(&workdir, &["--payloads", records, "--locust", stats]);
    let plan = learned(&finished);
    let mix: Vec<(Command, f64)> =
        plan.traffic.iter().map(|line| (line.command, line.weight)).collect();
    assert_eq!(mix, [(Command::Get, 90.0), (Command::Set, 10.0)]);
    assert!(
        finished.stdout.contains("requests `POST /login`: 4.8 % of the requests"),
        "{}",
        finished.stdout
    );
    assert!(
        finished.stdout.contains("`redis set claims`: 3 requests failed"),
        "{}",
        finished.stdout
    );
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let workdir = Workdir::new();
    let (_server, snapshot) = saved();
    let whole = fs::read(&snapshot).unwrap();
    let cut = workdir.path("cut.rdb");
    fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let text = workdir.file("notes.txt", "nothing\nof this kind\n");
    let (cut, text) = (cut.to_str().unwrap(), text.to_str().unwrap());
    for (arguments, code, said) in [
        (vec!["--rdb", cut], 3, "whole keys: the file ends within"),
        (vec!["--rdb", text], 3, "byte 0, after 0 whole keys: this is no RDB file"),
        (vec!["--rdb", "nowhere.rdb"], 3, "cannot read nowhere.rdb"),
        (vec!["--monitor", text], 3, "is no capture of MONITOR: 2 lines could not be read: line 1"),
        (vec!["--payloads", text], 3, "files end in .ndjson or .jsonl"),
        (vec!["--locust", text], 3, "a `_stats.csv` of Locust has the columns"),
        (vec!["--rdb", text, "--payloads", text], 2, "cannot be used with"),
        (vec!["--monitor", text, "--locust", text], 2, "cannot be used with"),
    ] {
        let finished = learn(&workdir, &arguments);
        assert_eq!(finished.code, Some(code), "{finished:?}");
        assert!(finished.stderr.contains(said), "{said}: {}", finished.stderr);
        assert!(finished.stdout.is_empty(), "{finished:?}");
    }
}
