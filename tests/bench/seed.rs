//! Loading 400,000 keys: this program against `redis-cli --pipe` with the same keys.
//!
//! Five rounds, alternating, each on a server of its own; `make bench` runs it. Prints every round,
//! the medians and their ratio, which is to stay below 1.3.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for developers")]

#[path = "../it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "shared with the tests, which use the rest")]
mod support;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use cachefit::measurement::Stamp;
use cachefit::seed::seed;
use cachefit::spec::{PlanSpec, identity_cache};
use cachefit::target::{Control, Target, read_facts};
use cachefit::workload::Values;

use support::{Server, Workdir, block_on};

const ROUNDS: usize = 5;

fn main() {
    let spec = identity_cache();
    let workdir = Workdir::new();
    let file = workdir.path("keys.resp");
    write_commands(&spec, &file);

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let own = load(&spec);
        let piped = pipe(&file);
        println!("round {round}: cachefit {own:.2?}, redis-cli --pipe {piped:.2?}");
        ours.push(own);
        theirs.push(piped);
    }
    let (own, piped) = (median(ours), median(theirs));
    let ratio = own.as_secs_f64() / piped.as_secs_f64();
    println!("median: cachefit {own:.2?}, redis-cli --pipe {piped:.2?}, ratio {ratio:.2}");
}

/// Time this program takes to send all keys and get all replies, reading memory on the way.
fn load(spec: &PlanSpec) -> Duration {
    let server = Server::start(&[]);
    let seeded = block_on(async {
        let control = Control::connect(&server.endpoint()).await.unwrap();
        let servers = Target::single(server.endpoint(), control.clone());
        let target = read_facts(&control, None).await.unwrap();
        let started = Stamp { unix_secs: 0 };
        seed(spec, &servers, target, started, |_, baseline| baseline, &mut |_, _| {}).await.unwrap()
    });
    Duration::from_secs_f64(seeded.loading.elapsed_us.secs())
}

/// Time `redis-cli --pipe` takes for the same.
fn pipe(file: &Path) -> Duration {
    let server = Server::start(&[]);
    let port = server.endpoint().port.to_string();
    let began = Instant::now();
    let status = Command::new("redis-cli")
        .args(["-h", "127.0.0.1", "-p", &port, "--pipe"])
        .stdin(File::open(file).unwrap())
        .stdout(Stdio::null())
        .status()
        .expect("redis-cli is on PATH");
    let took = began.elapsed();
    assert!(status.success());
    assert_eq!(server.ask::<u64>(&["DBSIZE"]), 400_000);
    took
}

/// Every SET of the plan as it goes over the wire.
fn write_commands(spec: &PlanSpec, path: &Path) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    for class in &spec.classes {
        let values = Values::of(class);
        let ttl = class.ttl_secs.expect("the built-in classes expire").to_string();
        for n in 0..class.keys {
            let mut key = Vec::new();
            class.key.write(n, &mut key);
            write!(file, "*5\r\n").unwrap();
            for word in [b"SET", key.as_slice(), values.get(n), b"EX", ttl.as_bytes()] {
                write!(file, "${}\r\n", word.len()).unwrap();
                file.write_all(word).unwrap();
                file.write_all(b"\r\n").unwrap();
            }
        }
    }
    file.flush().unwrap();
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
