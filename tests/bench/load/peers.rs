//! Other load generators, where they are on PATH.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::support::Server;
use super::{CONNECTIONS, KEYS, Reached, VALUE};

/// Ticks of the CPU times in `/proc`, `USER_HZ`: 100 on every Linux of today.
const TICKS_PER_SEC: f64 = 100.0;

/// A load generator.
pub(crate) enum Peer {
    /// `redis-benchmark` or `valkey-benchmark`: one kind of command per run.
    Benchmark(&'static str),
    /// `memtier_benchmark`, which mixes.
    Memtier,
}

/// Those on PATH.
pub(crate) fn found() -> Vec<Peer> {
    let all =
        [Peer::Benchmark("redis-benchmark"), Peer::Benchmark("valkey-benchmark"), Peer::Memtier];
    let runs = |peer: &Peer| {
        let mut version = Command::new(peer.name());
        version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        let is_found = version.status().is_ok();
        if !is_found {
            println!("{} is not on PATH: not compared", peer.name());
        }
        is_found
    };
    all.into_iter().filter(runs).collect()
}

impl Peer {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Benchmark(name) => name,
            Self::Memtier => "memtier_benchmark",
        }
    }

    /// Runs for about `length` and says what was reached; hits are the caller's to count.
    pub(crate) fn run(&self, server: &Server, depth: u32, length: Duration) -> Reached {
        let port = server.port();
        match self {
            Self::Benchmark(name) => {
                let [get, set] = ["get", "set"].map(|command| {
                    // As many as take about half the time, found by a short run.
                    let trial = benchmark(name, port, depth, command, 50_000);
                    let n = trial.per_sec * length.as_secs_f64() / 2.0;
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "a number of requests"
                    )]
                    benchmark(name, port, depth, command, n as u64)
                });
                Reached {
                    per_sec: 2.0 / (1.0 / get.per_sec + 1.0 / set.per_sec),
                    cpu_us: f64::midpoint(get.cpu_us, set.cpu_us),
                    hits: 0.0,
                }
            }
            Self::Memtier => memtier(server, depth, length),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of requests")]
fn benchmark(name: &str, port: u16, depth: u32, command: &str, requests: u64) -> Reached {
    let mut benchmark = Command::new(name);
    benchmark.args(["-p", &port.to_string(), "-t", command, "-q", "--csv"]);
    benchmark.args(["-n", &requests.to_string(), "-r", &KEYS.to_string()]);
    benchmark.args(["-d", &VALUE.to_string(), "-c", &CONNECTIONS.to_string()]);
    benchmark.args(["-P", &depth.to_string()]);
    let (output, cpu) = timed(&mut benchmark);
    // "GET","66733.40","0.376",… below a line of headings.
    let line =
        output.lines().find(|line| line.starts_with(&format!("\"{}\"", command.to_uppercase())));
    let rate = line.and_then(|line| line.split(',').nth(1)?.trim_matches('"').parse().ok());
    let per_sec = rate.unwrap_or_else(|| panic!("{name} printed no rate: {output}"));
    Reached { per_sec, cpu_us: cpu * 1e6 / requests as f64, hits: 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "a number of requests")]
fn memtier(server: &Server, depth: u32, length: Duration) -> Reached {
    let mut memtier = Command::new("memtier_benchmark");
    memtier.args(["-p", &server.port().to_string(), "-t", "1", "-c", &CONNECTIONS.to_string()]);
    memtier.args(["--pipeline", &depth.to_string(), "--ratio", "1:1", "--key-pattern", "R:R"]);
    // Without, all clients ask for the same keys at the same time, which lie in the server's caches then.
    memtier.arg("--distinct-client-seed");
    memtier.args(["--key-prefix", "key:", "--key-minimum", "1"]);
    memtier.args(["--key-maximum", &(KEYS - 1).to_string(), "-d", &VALUE.to_string()]);
    memtier.args(["--test-time", &length.as_secs().to_string(), "--hide-histogram"]);
    // Its rate is that of its test, and it runs for a second longer: operations are those that came.
    let before = commands(server);
    let (output, cpu) = timed(&mut memtier);
    let operations = (commands(server) - before) as f64;
    // Totals  72382.10 …
    let line = output.lines().find(|line| line.starts_with("Totals"));
    let rate = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    let per_sec = rate.unwrap_or_else(|| panic!("memtier_benchmark printed no rate: {output}"));
    Reached { per_sec, cpu_us: cpu * 1e6 / operations, hits: 0.0 }
}

/// Commands that a server has run.
fn commands(server: &Server) -> u64 {
    let info: String = server.ask(&["INFO", "stats"]);
    let count = info.lines().find_map(|line| line.strip_prefix("total_commands_processed:"));
    count.unwrap().trim().parse().unwrap()
}

/// What a program printed, and the CPU time it took, user and system, in seconds.
fn timed(command: &mut Command) -> (String, f64) {
    let before = children_cpu();
    let output = command.stderr(Stdio::null()).output().unwrap();
    let cpu = children_cpu() - before;
    (String::from_utf8_lossy(&output.stdout).into_owned(), cpu)
}

/// CPU time of all children that have ended: fields 16 and 17 of `/proc/self/stat`, `proc(5)`.
fn children_cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("a Linux machine");
    let after_name = stat.rsplit_once(')').expect("a name in brackets").1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |field: usize| fields[field - 3].parse::<f64>().expect("a number");
    (ticks(16) + ticks(17)) / TICKS_PER_SEC
}
