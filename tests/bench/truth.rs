//! Response times against answers that are known.
//!
//! First a server that takes requests in their order and draws its service times: constant,
//! exponential, and short with a rare stall of 100 ms, at utilisations 0.3, 0.6 and 0.8. From the
//! same arrivals and the same draws the recursion `end = max(due, end before) + service` gives every
//! response time, so mean and p99 are known for this very run, not just on average. Then thirty
//! levels of one load on a real engine: how many of their 95 % intervals of p99 hold the value of all
//! of them together. `make bench` runs it.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for developers")]

#[path = "../it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "shared with the tests, which use the rest")]
mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use cachefit::load::{LevelSettings, measure_level};
use cachefit::measurement::{Histogram, Level, Stamp};
use cachefit::spec::{Arrivals, PlanSpec};
use cachefit::target::{Control, Endpoint, Target, read_facts};
use cachefit::units::{OpsPerSec, num};
use cachefit::workload::Schedule;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use support::{Server, block_on_for, plan, plan_text};

const GET: &str = r#"{ class = "s", command = "get", weight = 1 }"#;
/// Mean service time, or the short one, in seconds.
const SERVICE: f64 = 0.004;
/// A rare stall, and how often it comes.
const STALL: (f64, f64) = (0.1, 0.01);
const LENGTH: Duration = Duration::from_secs(20);
/// What a check may be off.
const WITHIN: f64 = 0.05;
/// The last stretch of a service time is spun: sleeping is this much too long.
const SPIN: Duration = Duration::from_micros(300);

/// How long one request takes, in seconds.
type Service = fn(&mut ChaCha8Rng) -> f64;

const SYSTEMS: [(&str, f64, Service); 3] = [
    ("constant", SERVICE, |_| SERVICE),
    ("exponential", SERVICE, |rng| -(1.0 - rng.random::<f64>()).ln() * SERVICE),
    ("rare stalls", SERVICE * (1.0 - STALL.1) + STALL.0 * STALL.1, |rng| {
        if rng.random::<f64>() < STALL.1 { STALL.0 } else { SERVICE }
    }),
];

fn main() {
    println!("response times of a server whose service times are known, {WITHIN} wanted");
    let mut held = 0;
    for (name, mean, service) in SYSTEMS {
        for utilisation in [0.3, 0.6, 0.8] {
            held += check(name, utilisation / mean, utilisation, service);
        }
    }
    println!("{held} of 18 checks are within {WITHIN}");
    coverage();
}

/// One level on the stub; how many of its two figures are met.
fn check(name: &str, per_sec: f64, utilisation: f64, service: Service) -> u32 {
    let seed = 7;
    let port = serve(seed, service);
    let load = format!(
        r#"levels = ["1k/s"], step = "{}s", connections = 1, pipeline = 1000"#,
        LENGTH.as_secs()
    );
    let spec = plan(&plan_text(GET, &load));
    let offered = OpsPerSec::of(per_sec);
    let level = measure(&spec, &Endpoint::new("127.0.0.1", port), offered, seed);
    let mut known = known(offered, seed, service, level.warm_up_us.secs());
    let response = level.response();
    known.sort_by(f64::total_cmp);
    let mean = known.iter().sum::<f64>() / num::float_len(known.len());
    let p99 = known[known.len() * 99 / 100];
    let found = [response.mean().unwrap().secs(), response.quantile(0.99).unwrap().secs()];
    let mut held = 0;
    for (figure, found, known) in [("mean", found[0], mean), ("p99", found[1], p99)] {
        let off = found / known - 1.0;
        held += u32::from(off.abs() <= WITHIN);
        println!(
            "{name:12} {utilisation:.1}  {figure:4} {:9.3} ms, known {:9.3} ms, {:+.2} %",
            found * 1e3,
            known * 1e3,
            off * 100.0
        );
    }
    held
}

/// Every response time of the window, in seconds.
fn known(offered: OpsPerSec, seed: u64, service: Service, warm_up: f64) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut end = 0.0;
    let mut responses = Vec::new();
    for due in Schedule::new(Arrivals::Poisson, offered, seed) {
        let due = num::float(due) / 1e9;
        if due >= LENGTH.as_secs_f64() {
            return responses;
        }
        end = f64::max(end, due) + service(&mut rng);
        if due >= warm_up {
            responses.push(end - due);
        }
    }
    responses
}

/// A server for one load connection beside the control connection; returns its port.
fn serve(seed: u64, service: Service) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || answer(stream, ChaCha8Rng::seed_from_u64(seed), service));
        }
    });
    port
}

/// Answers GETs one after the other, each after its service time, and INFO at once.
fn answer(mut stream: TcpStream, mut rng: ChaCha8Rng, service: Service) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut waiting: Vec<u8> = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    let mut end = Instant::now();
    loop {
        let Some(at) = waiting.windows(4).position(|word| word == b"GET\r" || word == b"INFO")
        else {
            let n = stream.read(&mut buffer)?;
            if n == 0 {
                return Ok(());
            }
            waiting.extend_from_slice(&buffer[..n]);
            end = end.max(Instant::now());
            continue;
        };
        if waiting[at..].starts_with(b"INFO") {
            waiting.clear();
            stream.write_all(b"$22\r\nredis_version:7.0.15\r\n\r\n")?;
            continue;
        }
        waiting.drain(..at + 4);
        end += Duration::from_secs_f64(service(&mut rng));
        thread::sleep(end.saturating_duration_since(Instant::now()).saturating_sub(SPIN));
        while Instant::now() < end {
            std::hint::spin_loop();
        }
        stream.write_all(b"$1\r\nx\r\n")?;
        // What came meanwhile waited since then; what has not come yet begins now.
        if !waiting.windows(4).any(|word| word == b"GET\r") {
            stream.set_nonblocking(true)?;
            while let Ok(n @ 1..) = stream.read(&mut buffer) {
                waiting.extend_from_slice(&buffer[..n]);
            }
            stream.set_nonblocking(false)?;
        }
    }
}

fn measure(spec: &PlanSpec, endpoint: &Endpoint, offered: OpsPerSec, seed: u64) -> Level {
    block_on_for(LENGTH * 3, async {
        let control = Control::connect(endpoint).await.unwrap();
        let servers = Target::single(endpoint.clone(), control.clone());
        let settings = LevelSettings { offered, seed };
        measure_level(spec, &servers, settings).await.unwrap()
    })
}

/// Thirty levels of 3 s at one load: whose interval of p99 holds that of all together.
fn coverage() {
    const RUNS: u64 = 30;
    let offered = OpsPerSec::of(20_000.0);
    let spec = plan(&plan_text(GET, r#"levels = ["1k/s"], step = "3s", connections = 50"#));
    let server = Server::start(&[]);
    block_on_for(LENGTH, async {
        let control = Control::connect(&server.endpoint()).await.unwrap();
        let servers = Target::single(server.endpoint(), control.clone());
        let facts = read_facts(&control, Some("its address".into())).await.unwrap();
        let started = Stamp { unix_secs: 0 };
        cachefit::seed::seed(&spec, &servers, facts, started, |_, bytes| bytes, &mut |_, _| {})
            .await
            .unwrap();
    });
    let levels: Vec<Level> =
        (0..RUNS).map(|seed| measure(&spec, &server.endpoint(), offered, seed)).collect();
    let mut all = Histogram::new();
    for level in &levels {
        all.merge(&level.response());
    }
    let pooled = all.quantile(0.99).unwrap();
    let holds = |level: &&Level| {
        let interval = level.response_interval(0.99);
        interval.is_some_and(|(low, high)| (low..=high).contains(&pooled))
    };
    let held = levels.iter().filter(holds).count();
    let shown = |level: &Level| {
        level.response_interval(0.99).map_or_else(
            || "none".to_owned(),
            |(low, high)| format!("{:.0}..{:.0}", low.get(), high.get()),
        )
    };
    let each: Vec<String> = levels.iter().map(shown).collect();
    println!("\np99 of {RUNS} levels at {offered}, µs: {}", each.join(" "));
    println!("{held} of {RUNS} intervals hold that of all, {:.0} µs; 27 are wanted", pooled.get());
    // What they would be if samples were independent.
    let plain = |level: &&Level| {
        let interval = level.response().quantile_interval(0.99, 1.0);
        interval.is_some_and(|(low, high)| (low..=high).contains(&pooled))
    };
    println!("{} of {RUNS} would if samples were independent", levels.iter().filter(plain).count());
}
