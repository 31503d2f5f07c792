//! One level: the generator's figures and the server's own, side by side.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::measurement::{Level, ServerDelta, VoidEvidence, void_reasons};
use crate::spec::PlanSpec;
use crate::target::{Control, Endpoint};
use crate::units::{Micros, OpsPerSec, num};
use crate::workload::{Requests, Schedule};

use super::LoadError;
use super::generator::{Outcome, Pool, Run};
use super::queue::Source;
use super::tally::Tally;

/// Share of a step that is not measured: connections warm up, queues reach their length.
const WARM_UP_SHARE: f64 = 0.2;
/// Time between opening the pool and the first due operation, for INFO and thread start.
const LEAD: Duration = Duration::from_millis(20);
/// Length of the saturation probe.
const PROBE: Duration = Duration::from_millis(1500);

/// One level to measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelSettings {
    /// Rate at which operations are due.
    pub offered: OpsPerSec,
    /// Seeds arrivals and operations.
    pub seed: u64,
}

/// Stops the generator thread when the future that waits for it is dropped, and waits for its end:
/// own keys can be removed then, because nothing writes them any more.
struct StopOnDrop {
    stop: Arc<AtomicBool>,
    /// Fails once the thread has ended.
    ended: mpsc::Receiver<()>,
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.ended.recv();
    }
}

/// Offers one level and returns what was seen, valid or void.
///
/// # Errors
/// When the target is gone, or no connection of the pool survives.
pub async fn measure_level(
    spec: &PlanSpec,
    endpoint: &Endpoint,
    control: &Control,
    settings: LevelSettings,
) -> Result<Level, LoadError> {
    let step = spec.load.step;
    let warm_up = step.mul_f64(WARM_UP_SHARE);
    let schedule = Schedule::new(spec.load.arrivals, settings.offered, settings.seed);
    let shape =
        Shape { source: Source::Open(Box::new(schedule)), warm_up, step, seed: settings.seed };
    let (outcome, server) = offer(spec, endpoint, control, shape).await?;
    Ok(level(spec, settings.offered, warm_up, outcome, server))
}

/// Throughput with every connection always busy: an upper bound of what open load can reach.
///
/// # Errors
/// As [`measure_level`].
pub async fn probe_saturation(
    spec: &PlanSpec,
    endpoint: &Endpoint,
    control: &Control,
    seed: u64,
) -> Result<OpsPerSec, LoadError> {
    let warm_up = PROBE.mul_f64(WARM_UP_SHARE);
    let shape = Shape { source: Source::Closed, warm_up, step: PROBE, seed };
    let (outcome, _) = offer(spec, endpoint, control, shape).await?;
    let window = PROBE.saturating_sub(warm_up).as_secs_f64();
    Ok(OpsPerSec::of(num::float(outcome.tally.completed_in_window) / window))
}

/// When operations come, and for how long.
struct Shape {
    source: Source,
    warm_up: Duration,
    step: Duration,
    seed: u64,
}

/// Runs the generator on a thread of its own and reads INFO as the window opens and closes.
async fn offer(
    spec: &PlanSpec,
    endpoint: &Endpoint,
    control: &Control,
    shape: Shape,
) -> Result<(Outcome, ServerDelta), LoadError> {
    let Shape { source, warm_up, step, seed } = shape;
    let stop = Arc::new(AtomicBool::new(false));
    let (alive, ended) = mpsc::channel::<()>();
    let _stop_on_drop = StopOnDrop { stop: stop.clone(), ended };
    let (spec, endpoint) = (spec.clone(), endpoint.clone());
    let (ready, started) = tokio::sync::oneshot::channel();
    let generator: JoinHandle<Result<Outcome, LoadError>> =
        tokio::task::spawn_blocking(move || {
            let _alive = alive;
            let labels: Vec<String> = spec.traffic.iter().map(|line| spec.label(line)).collect();
            let keys_read = spec.traffic.iter().map(|line| line.command.keys_read()).collect();
            let window = (nanos(warm_up), nanos(step));
            let pool = Pool::open(Run {
                endpoint: &endpoint,
                connections: spec.load.connections,
                source,
                requests: Requests::new(&spec, seed),
                tally: Tally::new(window, &labels, keys_read),
                window_start: window.0,
                end: window.1,
                give_up: nanos(step + step.min(Duration::from_secs(5))),
                stop: &stop,
            })?;
            let start = Instant::now() + LEAD;
            // The receiver is gone only when the run was interrupted, which `stop` tells as well.
            let _ = ready.send(start);
            pool.run(start)
        });
    let server = match started.await {
        Ok(start) => server_delta(control, start + warm_up, start + step).await?,
        // The pool did not open; the generator's error says why.
        Err(_) => ServerDelta::default(),
    };
    let outcome = generator.await.expect("the generator thread does not panic")?;
    Ok((outcome, server))
}

/// The server's counters over the window.
async fn server_delta(
    control: &Control,
    from: Instant,
    to: Instant,
) -> Result<ServerDelta, LoadError> {
    tokio::time::sleep_until(from.into()).await;
    let (before, began) = (control.info().await?, Instant::now());
    tokio::time::sleep_until(to.into()).await;
    let (after, ended) = (control.info().await?, Instant::now());
    Ok(ServerDelta::between(&before, &after, (ended - began).into()))
}

fn level(
    spec: &PlanSpec,
    offered: OpsPerSec,
    warm_up: Duration,
    outcome: Outcome,
    server: ServerDelta,
) -> Level {
    let Outcome { tally, longest_queue, cpu, lost } = outcome;
    let window = spec.load.step.saturating_sub(warm_up);
    let mut level = Level {
        offered,
        achieved: OpsPerSec::of(num::float(tally.completed_in_window) / window.as_secs_f64()),
        warm_up_us: warm_up.into(),
        window_us: Micros::from(window),
        commands: tally.commands,
        unfinished: tally.unfinished,
        dispatch_lag: tally.dispatch_lag,
        connection_wait: tally.connection_wait,
        longest_queue,
        generator_cpu_us: cpu,
        server,
        void: Vec::new(),
    };
    let evidence = VoidEvidence { first_error: tally.first_error, connections_lost: lost };
    level.void = void_reasons(spec, &level, evidence);
    level
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
