//! The scheduler and the accounting against queues whose answer is known, on a virtual clock.
//!
//! One connection, one request in flight, one server that takes them in order: the generator's
//! queue is then the server's, and response times are those of M/D/1 and M/M/1.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::measurement::Histogram;
use crate::spec::Arrivals;
use crate::units::{OpsPerSec, num};
use crate::workload::{Drawn, Schedule};

use super::queue::{Queue, Source, Waiting};
use super::scanner::Reply;
use super::tally::{InFlight, Tally, Window};

/// Arrivals of one run.
const ARRIVALS: f64 = 1e6;
/// Mean service time in nanoseconds.
const SERVICE: f64 = 1e6;
/// Utilisations, and how many runs keep the sampling error of the mean near a third of a per cent:
/// by Whitt's asymptotic variance of M/M/1, 2ρ(2 + 5ρ − 4ρ² + ρ³)/(1 − ρ)⁴ per arrival in units of
/// the mean service time ("Planning queueing simulations", Management Science 35, 1989).
const UTILISATIONS: [(f64, u64); 3] = [(0.3, 1), (0.6, 3), (0.8, 14)];

/// Response times of one run at utilisation `rho`, by the parts the event loop is made of.
fn run(rho: f64, seed: u64, mut service: impl FnMut() -> u64) -> Histogram {
    let rate = rho / SERVICE * 1e9;
    let end = num::round(ARRIVALS / rate * 1e9);
    let schedule = Schedule::new(Arrivals::Poisson, OpsPerSec::of(rate), seed);
    let mut queue = Queue::new(Source::Open(Box::new(schedule)), end, 1);
    let mut tally = Tally::new(end, &["get".into()], vec![1], 1);
    let draw = || (0, Drawn { line: 0, key: 0 });
    // When the reply in flight comes, and what for.
    let mut busy: Option<(u64, InFlight)> = None;
    let mut now = 0;
    loop {
        queue.admit(now, draw);
        if let Some((_, op)) = busy.take_if(|(done, _)| *done <= now) {
            tally.complete(&op, 0, now, Reply::default());
        }
        if busy.is_none()
            && let Some(Waiting { due, drawn, .. }) = queue.take(0, now, draw)
        {
            let op = InFlight { drawn, due, sent: now, request_bytes: 0, hops: 0 };
            busy = Some((now + service(), op));
        }
        let done = busy.as_ref().map(|(done, _)| *done);
        match done.into_iter().chain(queue.next_due()).min() {
            Some(next) => now = next,
            None => return tally.within(Window::AfterTenths(0)).commands.remove(0).response,
        }
    }
}

/// All runs at one utilisation together.
fn runs(rho: f64, n: u64, service: impl Fn(&mut ChaCha8Rng) -> f64) -> Histogram {
    let mut all = Histogram::new();
    for seed in 0..n {
        let mut rng = ChaCha8Rng::seed_from_u64(1000 + seed);
        all.merge(&run(rho, seed, || num::round(service(&mut rng))));
    }
    all
}

/// In units of the service time: mean within 1 %, p99 within 2 %.
#[track_caller]
fn check(system: &str, rho: f64, response: &Histogram, mean: f64, p99: f64) {
    let found = response.mean().unwrap().get() * 1e3 / SERVICE;
    let off = found / mean - 1.0;
    assert!(off.abs() < 0.01, "{system} at {rho}: mean {found} for {mean} ({:.2}%)", off * 100.0);
    let found = response.quantile(0.99).unwrap().get() * 1e3 / SERVICE;
    let off = found / p99 - 1.0;
    assert!(off.abs() < 0.02, "{system} at {rho}: p99 {found} for {p99} ({:.2}%)", off * 100.0);
}

/// Response time is exponential with mean 1/(1 − ρ) (Kleinrock, Queueing Systems I, §5.12).
#[test]
fn m_m_1_is_met() {
    for (rho, n) in UTILISATIONS {
        let response = runs(rho, n, |rng| -(1.0 - rng.random::<f64>()).ln() * SERVICE);
        check("M/M/1", rho, &response, 1.0 / (1.0 - rho), 100_f64.ln() / (1.0 - rho));
    }
}

/// Mean 1 + ρ/(2(1 − ρ)) by Pollaczek and Khinchine; the waiting time is at most t with probability
/// (1 − ρ) Σ e^x (−x)^k / k! over k ≤ t, with x = ρ(t − k) (Erlang, 1909; Iversen & Staalhagen,
/// "Waiting time distribution in M/D/1 queueing systems", Electronics Letters 35, 1999).
#[test]
fn m_d_1_is_met() {
    for (rho, n) in UTILISATIONS {
        let response = runs(rho, n, |_| SERVICE);
        // The sum cancels itself out far beyond.
        let (mut low, mut high) = (0.0, 30.0);
        while high - low > 1e-6 {
            let middle = f64::midpoint(low, high);
            if waits_at_most(rho, middle) < 0.99 { low = middle } else { high = middle }
        }
        check("M/D/1", rho, &response, 1.0 + rho / (2.0 * (1.0 - rho)), 1.0 + low);
    }
}

fn waits_at_most(rho: f64, t: f64) -> f64 {
    let mut sum = 0.0;
    let mut k = 0.0;
    let mut factorial = 1.0;
    while k <= t {
        let x: f64 = rho * (t - k);
        sum += x.exp() * power(-x, k) / factorial;
        k += 1.0;
        factorial *= k;
    }
    (1.0 - rho) * sum
}

fn power(x: f64, k: f64) -> f64 {
    // 0⁰ is 1 here.
    if k == 0.0 { 1.0 } else { x.powf(k) }
}
