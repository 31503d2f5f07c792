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

/// A run whose keys came later than this says nothing of the engine, unless it agrees anyway.
const LATEST: Duration = Duration::from_millis(250);
const ATTEMPTS: u32 = 4;

/// The law is an upper end: most engines hold less, and none more.
#[test]
fn keys_that_expire_reach_a_steady_number() {
    let _alone = alone();
    let law = num::float(population(OpsPerSec::of(f64::from(RATE)), LIFETIME.as_secs()));
    let alive = f64::from(RATE) * LIFETIME.as_secs_f64();
    for engine in engines() {
        for attempt in 1..=ATTEMPTS {
            let (mean, late) = steady(&engine);
            println!(
                "{}: {mean:.0} keys on average, {alive} not expired, calculated {law}, {late:?} late",
                engine.display()
            );
            if alive * 0.95 < mean && mean < law && law < 1.5 * mean {
                break;
            }
            assert!(late > LATEST, "{mean} keys where {law} were calculated");
            assert!(attempt < ATTEMPTS, "the machine is too busy: keys came {late:?} late");
        }
    }
}

/// The mean number of keys once the first have expired, and how late a batch of keys was at most.
fn steady(engine: &Path) -> (f64, Duration) {
    let server = Server::start_engine(engine, &[]);
    let mut connection = server.client(0);
    let start = Instant::now();
    let (mut arrived, mut sizes, mut late) = (0, Vec::new(), Duration::ZERO);
    while start.elapsed() < RUN {
        let due = start + Duration::from_secs(1) * arrived / RATE + PAUSE;
        arrived += arrive(&mut connection, arrived, due, start);
        late = late.max(due.elapsed());
        if start.elapsed() > FIRST {
            sizes.push(redis::cmd("DBSIZE").query::<u64>(&mut connection).unwrap());
        }
    }
    (num::float(sizes.iter().sum()) / num::float_len(sizes.len()), late)
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
