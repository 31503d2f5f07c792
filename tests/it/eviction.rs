//! The hit ratio of caches that are too small, predicted and then measured on real engines.
//!
//! A cache starts empty and is asked for keys by an access law; a key that is missing is set, as an
//! application would. All caches of an engine are asked at the same time, each at such a rate that a
//! key stays for seconds: engines tell the age of keys in whole seconds.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use cachefit::measurement::TargetFacts;
use cachefit::model::hit_ratio::{Cached, ClassDemand, Held, HitCurve, LineDemand};
use cachefit::spec::{Access, MaxmemoryPolicy, PlanSpec};
use cachefit::target::{Control, read_facts};
use cachefit::units::{Bytes, Fraction, num};
use cachefit::workload::KeyPicker;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::support::{
    PATIENCE, Server, alone, block_on, calculated, classes, engines, settled, with_keys,
};

const KEYS: u64 = 30_000;
const VALUE: usize = 300;
/// Requests sent at once.
const BATCH: usize = 40;
/// What is predicted and measured agree within this share of all reads.
const WITHIN: f64 = 0.02;
/// The age at which keys are evicted, where the rate allows it.
const AGE_SECS: f64 = 2.0;
/// Highest rate of one cache, reads per second.
const MOST_PER_SEC: f64 = 25_000.0;
const WARM_UP: Duration = Duration::from_secs(5);
const MEASURED: Duration = Duration::from_secs(4);

/// One cache that is too small.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    access: Access,
    /// Of the keys, how many fit.
    share: f64,
    samples: u32,
    ttl_secs: u64,
}

fn cases() -> Vec<Case> {
    let share = |x| Fraction::new(x).unwrap();
    let hot = Access::Hot { keys: share(0.1), traffic: share(0.9) };
    let case =
        |name, access, share, samples| Case { name, access, share, samples, ttl_secs: 3_600 };
    vec![
        case("Zipf 0.99", Access::Zipf(0.99), 0.3, 5),
        case("Zipf 0.99", Access::Zipf(0.99), 0.5, 3),
        case("Zipf 0.99", Access::Zipf(0.99), 0.7, 5),
        case("Zipf 0.8", Access::Zipf(0.8), 0.3, 3),
        case("Zipf 0.8", Access::Zipf(0.8), 0.5, 5),
        case("hot set 10 %, 90 %", hot, 0.15, 3),
        case("hot set 10 %, 90 %", hot, 0.5, 5),
        case("uniform", Access::Uniform, 0.5, 5),
        Case { ttl_secs: 3, ..case("Zipf 0.99, TTL 3 s", Access::Zipf(0.99), 0.2, 3) },
        Case { ttl_secs: 3, ..case("Zipf 0.99, TTL 3 s", Access::Zipf(0.99), 0.35, 5) },
    ]
}

#[test]
fn caches_that_are_too_small_hit_as_often_as_predicted() {
    let _alone = alone();
    let mut rows = Vec::new();
    for engine in engines() {
        let runs: Vec<_> = thread::scope(|scope| {
            let start = |case: Case| {
                scope.spawn({
                    let engine = &engine;
                    move || Run::of(engine, case)
                })
            };
            let all: Vec<_> = cases().into_iter().map(start).collect();
            all.into_iter().map(|run| run.join().unwrap()).collect()
        });
        for run in runs {
            println!("{}", run.row());
            rows.push(run);
        }
    }
    for run in &rows {
        assert!((run.predicted - run.measured).abs() <= WITHIN, "{}", run.row());
    }
}

struct Run {
    case: Case,
    target: TargetFacts,
    predicted: f64,
    measured: f64,
    age_secs: f64,
    per_sec: f64,
}

impl Run {
    fn of(engine: &Path, case: Case) -> Self {
        let server = Server::start_engine(
            engine,
            &[
                "--maxmemory-policy",
                "volatile-lru",
                "--maxmemory-samples",
                &case.samples.to_string(),
            ],
        );
        let target = block_on(async {
            let control = Control::connect(&server.endpoint()).await.unwrap();
            read_facts(&control, None).await.unwrap()
        });
        let mut client = Client::connect(&server, case);
        client.warm_up();
        let baseline = settled(&server, 3, Duration::from_millis(20));
        let spec = spec();
        let cost = |keys: f64| {
            calculated(&with_keys(&spec, |_| num::round(keys)), &target, Bytes::ZERO).float()
        };
        let capacity = cost(case.share * num::float(KEYS));
        let maxmemory = baseline + Bytes::from_float(capacity);
        let () = server.ask(&["CONFIG", "SET", "maxmemory", &maxmemory.get().to_string()]);

        let held = |per_sec| predicted(case, per_sec, capacity, &cost);
        let age = |held: &Held| held.timers.map_or(f64::INFINITY, |timers| timers.age_secs);
        let requests = age(&held(MOST_PER_SEC)) * MOST_PER_SEC;
        let per_sec = (requests / AGE_SECS).min(MOST_PER_SEC);
        let per_sec = if case.ttl_secs < 60 { MOST_PER_SEC / 2.0 } else { per_sec };
        let held = held(per_sec);
        client.ask_for(4.0 * per_sec, WARM_UP / 5);
        client.ask_for(per_sec, WARM_UP);
        let measured = client.ask_for(per_sec, MEASURED);
        Self {
            case,
            target,
            predicted: held.hit_ratio().unwrap(),
            measured,
            age_secs: age(&held),
            per_sec,
        }
    }

    fn row(&self) -> String {
        let Case { name, share, samples, .. } = self.case;
        format!(
            "| {} {} | {name} | {:.0} % | {samples} | {:.1} % | {:.1} % | {:+.1} | {:.1} s {:.0}/s",
            self.target.engine.product,
            self.target.version,
            share * 100.0,
            self.predicted * 100.0,
            self.measured * 100.0,
            (self.predicted - self.measured) * 100.0,
            self.age_secs,
            self.per_sec,
        )
    }
}

fn predicted(case: Case, per_sec: f64, capacity: f64, cost: &dyn Fn(f64) -> f64) -> Held {
    let line = LineDemand { access: case.access, reads: per_sec, writes: 0.0 };
    let demand = ClassDemand { keys: KEYS, ttl_secs: Some(case.ttl_secs), lines: vec![line] };
    let curve = HitCurve::new(&[demand], MaxmemoryPolicy::VolatileLru, case.samples);
    match curve.within(capacity, |keys| cost(keys[0])) {
        Cached::All(held) | Cached::Some(held) => held,
        Cached::OutOfMemory { .. } => panic!("all keys may be evicted"),
    }
}

fn spec() -> PlanSpec {
    classes(
        &format!(
            r#"{{ name = "a", keys = {KEYS}, key = "key:{{n}}", size = "{VALUE}B", ttl = "1h" }}"#
        ),
        "",
    )
}

/// An application that sets what it misses.
struct Client {
    stream: BufReader<TcpStream>,
    picker: KeyPicker,
    rng: ChaCha8Rng,
    set_tail: Vec<u8>,
}

impl Client {
    fn connect(server: &Server, case: Case) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let ttl = case.ttl_secs.to_string();
        let value = "v".repeat(VALUE);
        let tail = format!("${VALUE}\r\n{value}\r\n$2\r\nEX\r\n${}\r\n{ttl}\r\n", ttl.len());
        Self {
            stream: BufReader::new(stream),
            picker: KeyPicker::new(case.access, KEYS),
            rng: ChaCha8Rng::seed_from_u64(7),
            set_tail: tail.into_bytes(),
        }
    }

    /// Runs each command, so that buffers and histograms are there.
    fn warm_up(&mut self) {
        let keys: Vec<u64> = (0..num::count(BATCH)).collect();
        self.set(&keys);
        assert!(self.get(&keys).is_empty());
        let mut request = Vec::new();
        for key in &keys {
            let name = format!("key:{key}");
            write!(request, "*2\r\n$3\r\nDEL\r\n${}\r\n{name}\r\n", name.len()).unwrap();
        }
        self.stream.get_mut().write_all(&request).unwrap();
        for _ in keys {
            assert_eq!(self.line(), ":1");
        }
    }

    /// Asks at a rate for so long, and returns the share of reads that found their key.
    fn ask_for(&mut self, per_sec: f64, span: Duration) -> f64 {
        let (start, mut asked, mut missed) = (Instant::now(), 0_u64, 0);
        while start.elapsed() < span {
            let due = Duration::from_secs_f64(num::float(asked) / per_sec);
            thread::sleep(due.saturating_sub(start.elapsed()));
            let keys: Vec<u64> = (0..BATCH).map(|_| self.picker.pick(&mut self.rng)).collect();
            let mut missing = self.get(&keys);
            asked += num::count(keys.len());
            missed += missing.len();
            missing.sort_unstable();
            missing.dedup();
            self.set(&missing);
        }
        1.0 - num::float_len(missed) / num::float(asked)
    }

    /// Reads keys at once and returns those that are not there.
    fn get(&mut self, keys: &[u64]) -> Vec<u64> {
        let mut request = Vec::new();
        for key in keys {
            let name = format!("key:{key}");
            write!(request, "*2\r\n$3\r\nGET\r\n${}\r\n{name}\r\n", name.len()).unwrap();
        }
        self.stream.get_mut().write_all(&request).unwrap();
        let mut missing = Vec::new();
        for key in keys {
            if self.line() == "$-1" {
                missing.push(*key);
            } else {
                self.stream.read_exact(&mut [0; VALUE + 2]).unwrap();
            }
        }
        missing
    }

    fn set(&mut self, keys: &[u64]) {
        let mut request = Vec::new();
        for key in keys {
            let name = format!("key:{key}");
            write!(request, "*5\r\n$3\r\nSET\r\n${}\r\n{name}\r\n", name.len()).unwrap();
            request.extend_from_slice(&self.set_tail);
        }
        self.stream.get_mut().write_all(&request).unwrap();
        for _ in keys {
            assert_eq!(self.line(), "+OK");
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}
