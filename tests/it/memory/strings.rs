//! The memory law of strings over a grid of data sets, each predicted before it is loaded.

use std::path::Path;

use cachefit::engine::Allocator;
use cachefit::measurement::TargetFacts;
use cachefit::model::memory::law_for;
use cachefit::spec::PlanSpec;
use cachefit::units::{Bytes, num};

use crate::support::{Cell, busy, calculated, classes, engines, is_whole, score, with_keys};

/// A cell holds at least so much, so that the buffers of a connection do not show.
const LEAST: Bytes = Bytes::new(50_000_000);
/// Lengths of values around every header (31, 252, 255), the last embedded one (44), and size
/// classes of both quanta up to 4 KiB, each with its neighbours.
const VALUES: [u32; 31] = [
    0, 1, 8, 9, 10, 27, 28, 31, 32, 43, 44, 45, 59, 60, 61, 92, 123, 124, 125, 251, 252, 253, 255,
    256, 314, 315, 1018, 1019, 1274, 3578, 4090,
];
/// Names that give keys around 32, 64, 128 and 256 bytes with their five or six digits.
const NAMES: [usize; 12] = [1, 5, 12, 25, 26, 27, 38, 58, 59, 121, 122, 248];

/// Cells of one class: every length of value, with names and TTL in turn, then every name.
fn fixed() -> Vec<String> {
    let one = |name: usize, value: u32, ttl: bool| {
        let ttl = if ttl { r#", ttl = "10h""# } else { "" };
        let name = "k".repeat(name);
        format!(r#"{{ name = "a", keys = 1, key = "{name}{{n}}", size = "{value}B"{ttl} }}"#)
    };
    let values = VALUES.iter().enumerate();
    let values = values.map(|(at, value)| one(NAMES[at % NAMES.len()], *value, at % 2 == 0));
    let names = NAMES.iter().enumerate().map(|(at, name)| one(*name, 40, at % 2 == 1));
    values.chain(names).collect()
}

/// Three classes together: a law of sizes, values of every length up to a limit, and objects.
const MIXES: [&str; 3] = [
    r#"{ name = "a", keys = 3, key = "session:{n}", ttl = "10h",
         size = { lognormal = { median = "220B", sigma = 0.9, max = "32KiB" } } },
       { name = "b", keys = 2, key = "etag:{n}", size = { uniform = { min = "0B", max = "120B" } } },
       { name = "c", keys = 1, key = "user:{n}:claims", payload = "claims-varied",
         encoding = "json-compact", ttl = "10h" }"#,
    r#"{ name = "a", keys = 5, key = "{n}", size = { lognormal = { median = "30B", sigma = 0.6, max = "4KiB" } } },
       { name = "b", keys = 1, key = "page:{n}", size = { lognormal = { median = "3KiB", sigma = 0.5, max = "64KiB" } } },
       { name = "c", keys = 4, key = "flag:{n}", size = "1B", ttl = "10h" }"#,
    r#"{ name = "a", keys = 1, key = "token:{n}", payload = "m2m-token-varied", encoding = "json", ttl = "10h" },
       { name = "b", keys = 2, key = "p:{n}", payload = "claims-varied", encoding = "pickle" },
       { name = "c", keys = 2, key = "o:{n}", size = { choices = [
         { size = "100B", weight = 3 }, { size = "900B", weight = 1 }] }, ttl = "10h" }"#,
];

/// As many keys as take at least [`LEAST`], in the proportions of the plan.
fn filled(spec: &PlanSpec, target: &TargetFacts) -> PlanSpec {
    let keys = |times: u64| with_keys(spec, |keys| keys * times);
    let mut times = 20_000;
    while calculated(&keys(times), target, Bytes::ZERO) < LEAST {
        times += times / 10;
    }
    keys(times)
}

/// Predicted, loaded, compared.
struct Grid<'a> {
    engine: &'a Path,
    off: Vec<f64>,
    is_libc: bool,
}

impl Grid<'_> {
    fn cell(
        &mut self,
        case: &str,
        settings: &[&str],
        spec: &PlanSpec,
        scaled: impl FnOnce(&TargetFacts) -> PlanSpec,
    ) {
        let cell = Cell::measure(self.engine, settings, spec, scaled);
        let Cell { target, predicted, measured } = &cell;
        score("strings", target, case, predicted.float(), measured.float());
        assert!(*measured >= LEAST, "{case}: {measured}");
        self.is_libc = target.allocator == Allocator::Libc;
        let bar = if self.is_libc { 0.006 } else { 0.001 };
        assert!(cell.off().abs() <= bar, "{} {case}: {:+}", target.version, cell.off());
        self.off.push(cell.off().abs());
    }

    fn filled(&mut self, case: &str, settings: &[&str], spec: &PlanSpec) {
        self.cell(case, settings, spec, |target| filled(spec, target));
    }

    /// Numbers of keys just below, at and above the doubling of their table.
    fn around_a_doubling(&mut self) {
        let line = r#"{ name = "a", keys = 1, key = "key:{n}", size = "60B", ttl = "10h" }"#;
        let spec = classes(line, "");
        for (case, add) in [("below", -1000), ("at", 0), ("above", 1000)] {
            self.cell(&format!("{case} a doubling"), &[], &spec, |target| {
                let capacity = law_for(target.engine).table.capacity(400_000);
                with_keys(&spec, |_| capacity.checked_add_signed(add).unwrap())
            });
        }
    }

    /// Numbers small and large, shared between keys or not, which a policy decides.
    fn integers(&mut self) {
        let policies: [&[&str]; 3] = [
            &[],
            &["--maxmemory", "4gb", "--maxmemory-policy", "volatile-lru"],
            &["--maxmemory", "4gb", "--maxmemory-policy", "noeviction"],
        ];
        let small: Vec<String> = (0..4000_u64).map(|n| (n * 7 % 12_000).to_string()).collect();
        let large: Vec<String> = (1..4000_u64).map(|n| (n * 1_000_003).to_string()).collect();
        let class =
            r#"{ name = "a", keys = 1, key = "n:{n}", file = "n.ndjson", encoding = "raw" }"#;
        for (numbers, name) in [(small, "small"), (large, "large")] {
            let spec = classes(class, &numbers.join("\n"));
            for policy in policies {
                let policy_name = policy.last().unwrap_or(&"no limit");
                self.filled(&format!("{name} integers, {policy_name}"), policy, &spec);
            }
        }
    }
}

#[test]
fn every_cell_of_the_grid_takes_the_predicted_memory() {
    let _busy = busy();
    for engine in engines() {
        let mut grid = Grid { engine: &engine, off: Vec::new(), is_libc: false };
        // Every second one has a lifetime: a third of them holds both kinds.
        let every = if is_whole() { 1 } else { 3 };
        for line in fixed().into_iter().step_by(every) {
            grid.filled(&line, &[], &classes(&line, ""));
        }
        for (at, lines) in MIXES.iter().enumerate() {
            grid.filled(&format!("mix {}", at + 1), &[], &classes(lines, ""));
        }
        grid.around_a_doubling();
        grid.integers();
        let mean = grid.off.iter().sum::<f64>() / num::float_len(grid.off.len());
        println!(
            "{}: {} cells, {:.5} % off on average",
            engine.display(),
            grid.off.len(),
            mean * 100.0
        );
        assert!(grid.off.len() >= 55 / every);
        assert!(mean <= 0.000_3 || grid.is_libc, "{mean}");
    }
}
