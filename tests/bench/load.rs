//! What offering load costs: this program beside every peer it finds on PATH, on one server.
//!
//! `make bench` runs it. 50 connections, 200,000 existing keys of 1,337 bytes, GET and SET alike, at
//! one and at 16 requests in flight on each connection; five rounds, alternating. Tools that send one
//! kind of command at a time are run once for each and put together by their harmonic mean. Prints
//! medians and the ratios to the best peer; the reads of each have to find their keys. Then how late
//! operations are noticed at 20,000 a second, beside a thread that does nothing but look at the clock.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for developers")]

#[path = "load/peers.rs"]
mod peers;
#[path = "../it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "shared with the tests, which use the rest")]
mod support;

use std::time::{Duration, Instant};

use cachefit::load::{
    LevelSettings, Saturation, SaturationSettings, measure_level, probe_saturation,
};
use cachefit::measurement::Stamp;
use cachefit::seed::seed;
use cachefit::spec::{PlanSpec, parse};
use cachefit::target::{Control, Target, read_facts};
use cachefit::units::{OpsPerSec, num};

use peers::Peer;
use support::{Cluster, Server, block_on_for, engine};

const ROUNDS: usize = 5;
/// Of one measurement.
const LENGTH: Duration = Duration::from_secs(4);
const KEYS: u64 = 200_000;
const VALUE: usize = 1_337;
const CONNECTIONS: u32 = 50;

/// What one tool reached in one round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reached {
    /// Operations per second.
    pub(crate) per_sec: f64,
    /// CPU time of the tool per operation, µs.
    pub(crate) cpu_us: f64,
    /// Share of the keys it read that were there, by the server's counters.
    pub(crate) hits: f64,
}

fn main() {
    let server = Server::start(&["--io-threads", "1"]);
    fill(&server);
    let peers = peers::found();
    for depth in [1, 16] {
        compare(&server, &peers, depth);
    }
    lag(&server);
    scale(&server);
}

/// Both key spellings of the tools: plain numbers and twelve digits.
fn fill(server: &Server) {
    let value = vec![b'x'; VALUE];
    let mut connection = server.client(0);
    for from in (0..KEYS).step_by(1000) {
        let mut batch = redis::pipe();
        for n in from..from + 1000 {
            batch.cmd("SET").arg(format!("key:{n}")).arg(&value).ignore();
            batch.cmd("SET").arg(format!("key:{n:012}")).arg(&value).ignore();
        }
        let () = batch.query(&mut connection).unwrap();
    }
}

fn plan(pipeline: u32) -> PlanSpec {
    let text = format!(
        r#"
        name = "bench"
        class = [{{ name = "c", keys = {KEYS}, key = "key:{{n}}", size = "{VALUE}B" }}]
        traffic = [
            {{ class = "c", command = "get", weight = 1 }},
            {{ class = "c", command = "set", weight = 1 }},
        ]
        load = {{ step = "5s", connections = {CONNECTIONS}, pipeline = {pipeline} }}
        objective = {{ peak = "20k/s", p99 = "5ms" }}
        capacity = {{}}
        aws = {{ region = "us-east-1", engines = ["valkey-8.1"] }}
        "#
    );
    parse("bench.toml", &text).unwrap_or_else(|error| panic!("{error}"))
}

fn compare(server: &Server, peers: &[Peer], depth: u32) {
    println!(
        "\n{CONNECTIONS} connections, {depth} in flight on each, {VALUE}-byte values, GET:SET 1:1"
    );
    let mut rounds: Vec<Vec<Reached>> = vec![Vec::new(); peers.len() + 1];
    for _ in 0..ROUNDS {
        rounds[0].push(watched(server, || own(server, depth)));
        for (peer, found) in peers.iter().zip(&mut rounds[1..]) {
            found.push(watched(server, || peer.run(server, depth, LENGTH)));
        }
    }
    let names = std::iter::once("cachefit").chain(peers.iter().map(Peer::name));
    let medians: Vec<Reached> = rounds.iter().map(|found| median(found)).collect();
    for (name, found) in names.zip(&medians) {
        let Reached { per_sec, cpu_us, hits } = found;
        let hits = hits * 100.0;
        println!("{name:18} {per_sec:9.0} ops/s  {cpu_us:6.2} µs CPU per op  {hits:5.1} % hits");
    }
    let (own, others) = (medians[0], &medians[1..]);
    if others.is_empty() {
        return println!("no peer on PATH: nothing to compare with");
    }
    let best = others.iter().map(|peer| peer.per_sec).fold(0.0, f64::max);
    let least = others.iter().map(|peer| peer.cpu_us).fold(f64::INFINITY, f64::min);
    println!(
        "throughput {:.2} times the best peer's, CPU per op {:.2} times the least",
        own.per_sec / best,
        own.cpu_us / least
    );
}

/// Runs something and adds the hit ratio that the server saw.
fn watched(server: &Server, run: impl FnOnce() -> Reached) -> Reached {
    let (hits, misses) = lookups(server);
    let found = run();
    let (more_hits, more_misses) = lookups(server);
    let (hits, misses) = (more_hits - hits, more_misses - misses);
    Reached { hits: num::float(hits) / num::float((hits + misses).max(1)), ..found }
}

fn lookups(server: &Server) -> (u64, u64) {
    let info: String = server.ask(&["INFO", "stats"]);
    let count = |name: &str| {
        info.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok()).unwrap()
    };
    (count("keyspace_hits:"), count("keyspace_misses:"))
}

fn own(server: &Server, depth: u32) -> Reached {
    let spec = plan(depth);
    let Saturation { throughput, generator_cpu_us, .. } = block_on_for(LENGTH * 3, async {
        let control = Control::connect(&server.endpoint()).await.unwrap();
        let servers = Target::single(server.endpoint(), control.clone());
        let settings = SaturationSettings { length: LENGTH, seed: 1 };
        probe_saturation(&spec, &servers, settings).await.unwrap()
    });
    let window = LENGTH.as_secs_f64() * 0.8;
    let cpu_us = generator_cpu_us.unwrap().get() / (throughput.per_sec() * window);
    Reached { per_sec: throughput.per_sec(), cpu_us, hits: 0.0 }
}

/// Two generator threads on two servers, against one thread on one.
fn scale(server: &Server) {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if cores < 4 {
        return println!(
            "\ntwo threads on two servers: not collected, {cores} cores where it takes four"
        );
    }
    let cluster = Cluster::start(&engine(), 2, 0);
    let [one, two] = [1, 2].map(|threads| {
        let mut spec = plan(1);
        spec.load.threads = threads;
        spec
    });
    let settings = SaturationSettings { length: LENGTH, seed: 1 };
    let (mut alone, mut both) = block_on_for(LENGTH * 60, async {
        let single = Target::connect(&server.endpoint()).await.unwrap();
        let pair = Target::connect(&cluster.primaries[0].endpoint()).await.unwrap();
        let facts = read_facts(&pair.shards()[0].control, Some("two".into())).await.unwrap();
        let started = Stamp { unix_secs: 0 };
        seed(&two, &pair, facts, started, |_, bytes| bytes, &mut |_, _| {}).await.unwrap();
        let (mut alone, mut both) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            for (spec, target, found) in [(&one, &single, &mut alone), (&two, &pair, &mut both)] {
                let probe = probe_saturation(spec, target, settings).await.unwrap();
                found.push(probe.throughput.per_sec());
            }
        }
        (alone, both)
    });
    let ratio = middle(&mut both) / middle(&mut alone);
    println!("\ntwo threads on two servers: {ratio:.2} times one on one");
}

fn lag(server: &Server) {
    const RATE: f64 = 20_000.0;
    println!("\nhow late operations are noticed at {RATE} a second, p99 of five rounds");
    let (mut own, mut probe) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let spec = plan(1);
        let level = block_on_for(LENGTH * 5, async {
            let control = Control::connect(&server.endpoint()).await.unwrap();
            let servers = Target::single(server.endpoint(), control.clone());
            let settings = LevelSettings { offered: OpsPerSec::of(RATE), seed: num::count(round) };
            measure_level(&spec, &servers, settings).await.unwrap()
        });
        own.push(level.dispatch_lag.quantile(0.99).unwrap().get());
        probe.push(spin(RATE));
    }
    let (own, probe) = (middle(&mut own), middle(&mut probe));
    let limit = f64::max(100.0, 1.5 * probe);
    println!("cachefit {own:.0} µs, a spinning thread {probe:.0} µs; wanted at most {limit:.0} µs");
}

/// p99 of how late a thread is that spins to each due time, µs.
fn spin(rate: f64) -> f64 {
    let start = Instant::now();
    let due = |n: f64| start + Duration::from_secs_f64(n / rate);
    let mut late: Vec<f64> = Vec::new();
    let mut n = 1.0;
    while n < LENGTH.as_secs_f64() * rate {
        let now = Instant::now();
        while now >= due(n) {
            late.push((now - due(n)).as_secs_f64() * 1e6);
            n += 1.0;
        }
    }
    late.sort_by(f64::total_cmp);
    late[late.len() * 99 / 100]
}

fn median(found: &[Reached]) -> Reached {
    let of = |part: fn(&Reached) -> f64| middle(&mut found.iter().map(part).collect::<Vec<f64>>());
    Reached {
        per_sec: of(|one| one.per_sec),
        cpu_us: of(|one| one.cpu_us),
        hits: of(|one| one.hits),
    }
}

fn middle(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
