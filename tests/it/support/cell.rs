//! One data set on one engine: predicted before the first key is sent, then loaded and measured.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ::cachefit::measurement::TargetFacts;
use ::cachefit::model::memory::{Layout, footprint};
use ::cachefit::model::string_classes;
use ::cachefit::spec::{PlanSpec, parse_with_files};
use ::cachefit::target::{Control, read_facts};
use ::cachefit::units::Bytes;
use ::cachefit::workload::{Values, stock};

use super::wire::{BATCH, command, connect, exchange, word};
use super::{PATIENCE, Server, block_on};

/// Memory has settled when so many readings in a row agree. The timer runs at `HZ`.
const EQUAL_READINGS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);
const HZ: &str = "200";

/// What became of a data set.
pub(crate) struct Cell {
    pub target: TargetFacts,
    pub predicted: Bytes,
    pub measured: Bytes,
}

/// A workload whose classes are these lines; `file` is the content of the files they name.
#[track_caller]
pub(crate) fn classes(classes: &str, file: &str) -> PlanSpec {
    let text = format!(
        r#"
        name = "cell"
        class = [{classes}]
        traffic = [{{ class = "a", command = "get", weight = 1 }}]
        load = {{ levels = ["1k/s"], step = "1s" }}
        objective = {{ peak = "1k/s", p99 = "2ms" }}
        capacity = {{}}
        aws = {{ region = "eu-west-1", engines = ["redis-7.1"] }}
        "#
    );
    let spec = parse_with_files("cell.toml", &text, &|_| Ok(file.into()));
    stock(spec.unwrap_or_else(|error| panic!("{error}")))
}

/// The same plan with other numbers of keys.
pub(crate) fn with_keys(spec: &PlanSpec, keys: impl Fn(u64) -> u64) -> PlanSpec {
    let mut spec = spec.clone();
    spec.classes.iter_mut().for_each(|class| class.keys = keys(class.keys));
    spec
}

/// `used_memory` of the plan's keys by the law, on a server like that one.
pub(crate) fn calculated(spec: &PlanSpec, target: &TargetFacts, baseline: Bytes) -> Bytes {
    let keys: Vec<u64> = spec.classes.iter().map(|class| class.keys).collect();
    let layout = Layout {
        engine: target.engine,
        allocator: target.allocator,
        shares_integers: target.shares_integers(),
        baseline,
        slots: None,
    };
    footprint(&string_classes(&spec.classes, &keys), &layout).settled_total()
}

impl Cell {
    /// Loads `spec` into a fresh server with `settings`; `scaled` may change the numbers of keys
    /// once the server is known.
    pub(crate) fn measure(
        engine: &Path,
        settings: &[&str],
        spec: &PlanSpec,
        scaled: impl FnOnce(&TargetFacts) -> PlanSpec,
    ) -> Self {
        let values: Vec<Values> = spec.classes.iter().map(Values::of).collect();
        Self::fill(engine, settings, spec, scaled, |class, n| values[class].get(n))
    }

    /// The same with values that are not the plan's own; it has one class.
    pub(crate) fn measure_values<'v>(
        engine: &Path,
        spec: &PlanSpec,
        values: &'v dyn Fn(u64) -> &'v [u8],
    ) -> Self {
        Self::fill(engine, &[], spec, |_| spec.clone(), |_, n| values(n))
    }

    fn fill<'v>(
        engine: &Path,
        settings: &[&str],
        spec: &PlanSpec,
        scaled: impl FnOnce(&TargetFacts) -> PlanSpec,
        value: impl Fn(usize, u64) -> &'v [u8],
    ) -> Self {
        let mut all = vec!["--hz", HZ];
        all.extend(settings);
        let server = Server::start_engine(engine, &all);
        let target = block_on(async {
            let control = Control::connect(&server.endpoint()).await.unwrap();
            read_facts(&control, None).await.unwrap()
        });
        warm_up(&server, spec, &value);
        let baseline = settled(&server, EQUAL_READINGS, PAUSE);
        let spec = scaled(&target);
        let predicted = calculated(&spec, &target, baseline);
        load(&server, &spec, &value);
        finish_rehash(&server, &spec);
        Self { target, predicted, measured: settled(&server, EQUAL_READINGS, PAUSE) }
    }

    /// predicted ÷ measured − 1.
    pub(crate) fn off(&self) -> f64 {
        self.predicted / self.measured - 1.0
    }
}

/// Runs each command once, for the histograms that engines keep from then on.
fn warm_up<'v>(server: &Server, spec: &PlanSpec, value: &impl Fn(usize, u64) -> &'v [u8]) {
    let spec = with_keys(spec, |_| 1);
    load(server, &spec, value);
    finish_rehash(server, &spec);
    for class in &spec.classes {
        let mut name = Vec::new();
        class.key.write(0, &mut name);
        assert_eq!(server.ask::<u64>(&["DEL", str::from_utf8(&name).unwrap()]), 1);
    }
}

/// Sends every key of the plan, a batch at a time.
fn load<'v>(server: &Server, spec: &PlanSpec, value: &impl Fn(usize, u64) -> &'v [u8]) {
    let mut stream = connect(server);
    for (at, class) in spec.classes.iter().enumerate() {
        let expiry = class.ttl_secs.map(|ttl| ttl.to_string());
        let n_words = if expiry.is_some() { 5 } else { 3 };
        let (mut request, mut key) = (Vec::new(), Vec::new());
        let ids: Vec<u64> = (0..class.keys).collect();
        for ids in ids.chunks(BATCH) {
            request.clear();
            for id in ids {
                key.clear();
                class.key.write(*id, &mut key);
                command(&mut request, n_words);
                word(&mut request, b"SET");
                word(&mut request, &key);
                word(&mut request, value(at, *id));
                if let Some(expiry) = &expiry {
                    word(&mut request, b"EX");
                    word(&mut request, expiry.as_bytes());
                }
            }
            exchange(&mut stream, &request, &b"+OK\r\n".repeat(ids.len()));
        }
    }
}

/// A lookup moves a table on by one bucket: so many of one key end every growth.
fn finish_rehash(server: &Server, spec: &PlanSpec) {
    let total: u64 = spec.classes.iter().map(|class| class.keys).sum();
    let mut key = Vec::new();
    spec.classes[0].key.write(0, &mut key);
    let mut request = Vec::new();
    command(&mut request, BATCH + 1);
    word(&mut request, b"EXISTS");
    (0..BATCH).for_each(|_| word(&mut request, &key));
    let mut stream = connect(server);
    let batches = total.next_power_of_two() / 1000 + 1;
    (0..batches).for_each(|_| exchange(&mut stream, &request, b":1000\r\n"));
}

/// As a fresh connection sees it.
pub(crate) fn used_memory(server: &Server) -> Bytes {
    let info: String = server.ask(&["INFO", "memory"]);
    let line = info.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap();
    Bytes::new(line.parse().unwrap())
}

/// Waits until `used_memory` stands still: so many readings in a row agree.
pub(crate) fn settled(server: &Server, readings: u32, pause: Duration) -> Bytes {
    let deadline = Instant::now() + PATIENCE;
    let (mut last, mut equal) = (used_memory(server), 0);
    while equal < readings {
        assert!(Instant::now() < deadline, "used_memory never stood still");
        sleep(pause);
        let next = used_memory(server);
        equal = if next == last { equal + 1 } else { 0 };
        last = next;
    }
    last
}
