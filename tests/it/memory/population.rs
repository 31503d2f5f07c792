//! Keys that arrive at a rate and expire: their number against the law.

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

/// The law is an upper end: most engines hold less, and none more.
#[test]
fn keys_that_expire_reach_a_steady_number() {
    let _alone = alone();
    let law = population(OpsPerSec::of(f64::from(RATE)), LIFETIME.as_secs());
    for engine in engines() {
        let server = Server::start_engine(&engine, &[]);
        let mut connection = server.client(0);
        let start = Instant::now();
        let (mut arrived, mut sizes) = (0, Vec::new());
        while start.elapsed() < RUN {
            arrived += arrive(&mut connection, arrived, start);
            if start.elapsed() > FIRST {
                sizes.push(redis::cmd("DBSIZE").query::<u64>(&mut connection).unwrap());
            }
        }
        let mean = num::float(sizes.iter().sum()) / num::float_len(sizes.len());
        let alive = f64::from(RATE) * LIFETIME.as_secs_f64();
        println!(
            "{}: {mean:.0} keys on average, {} at most, {alive} not expired, calculated {law}",
            engine.display(),
            sizes.iter().max().unwrap()
        );
        assert!(alive * 0.95 < mean && mean < num::float(law), "{mean} {law}");
        assert!(num::float(law) < 1.5 * mean, "{mean} {law}");
    }
}

/// Waits 10 ms and sends every key that is due by then; how many.
fn arrive(connection: &mut redis::Connection, from: u32, start: Instant) -> u32 {
    let next = start + Duration::from_secs(1) * from / RATE + Duration::from_millis(10);
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
