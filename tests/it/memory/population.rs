//! Keys that arrive at a rate and expire: their number against the law.

use std::path::Path;
use std::time::{Duration, Instant};

use cachefit::spec::population;
use cachefit::units::{OpsPerSec, num};

use crate::support::{Server, alone, engines};

/// New keys per second, and how long each lives.
const RATE: u32 = 2_000;
const LIFETIME: Duration = Duration::from_secs(5);
/// Keys arrive for this long; the first part, until the first have expired, is not counted.
const RUN: Duration = Duration::from_secs(15);
const FIRST: Duration = Duration::from_secs(7);
/// Between batches of keys.
const PAUSE: Duration = Duration::from_millis(10);

/// The law is an upper end: most engines hold less, and none more. A busy machine sends keys late, so
/// what is alive is counted from when they were sent.
#[test]
fn keys_that_expire_reach_a_steady_number() {
    let _alone = alone();
    for engine in engines() {
        let Steady { keys, alive, law } = steady(&engine);
        println!(
            "{}: {keys:.0} keys on average, {alive:.0} not expired, calculated {law:.0}",
            engine.display()
        );
        assert!(alive * 0.95 < keys, "{keys} keys where {alive} cannot have expired");
        assert!(keys < law, "{keys} keys where {law} were calculated");
        assert!(law < 1.5 * keys, "{law} calculated where there are {keys} keys");
    }
}

/// Means over the counted part of a run.
struct Steady {
    /// What the server counts.
    keys: f64,
    /// What was sent within a lifetime.
    alive: f64,
    /// What the law makes of the rate at which that was sent.
    law: f64,
}

fn steady(engine: &Path) -> Steady {
    let server = Server::start_engine(engine, &[]);
    let mut connection = server.client(0);
    let start = Instant::now();
    // When each batch was sent, and the number of keys up to and with it.
    let mut sent: Vec<(Instant, u32)> = Vec::new();
    let (mut keys, mut alive, mut law) = (0.0, 0.0, 0.0);
    let mut samples = 0;
    while start.elapsed() < RUN {
        let arrived = sent.last().map_or(0, |(_, total)| *total);
        let due = start + Duration::from_secs(1) * arrived / RATE + PAUSE;
        let total = arrived + arrive(&mut connection, arrived, due, start);
        sent.push((Instant::now(), total));
        if start.elapsed() > FIRST {
            keys += num::float(redis::cmd("DBSIZE").query::<u64>(&mut connection).unwrap());
            let now = Instant::now();
            let older = |(at, _): &&(Instant, u32)| now.duration_since(*at) >= LIFETIME;
            let expired = sent.iter().take_while(older).last().map_or(0, |(_, total)| *total);
            let living = f64::from(total - expired);
            let rate = OpsPerSec::of(living / LIFETIME.as_secs_f64());
            alive += living;
            law += num::float(population(rate, LIFETIME.as_secs()));
            samples += 1;
        }
    }
    let mean = |sum: f64| sum / f64::from(samples);
    Steady { keys: mean(keys), alive: mean(alive), law: mean(law) }
}

/// Waits until `next` and sends every key that is due by then; how many.
fn arrive(connection: &mut redis::Connection, from: u32, next: Instant, start: Instant) -> u32 {
    std::thread::sleep(next.saturating_duration_since(Instant::now()));
    let due = num::round(start.elapsed().as_secs_f64() * f64::from(RATE));
    let mut pipe = redis::pipe();
    let keys = u64::from(from)..due;
    for id in keys.clone() {
        let key = format!("session:{id}");
        pipe.cmd("SET").arg(key).arg("x").arg("PX").arg(LIFETIME.as_millis().to_string()).ignore();
    }
    pipe.query::<()>(connection).unwrap();
    u32::try_from(keys.count()).unwrap()
}
