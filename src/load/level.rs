//! One level: the generator's figures and the server's own, side by side.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::measurement::{Level, NodeLevel, ServerDelta, VoidEvidence, void_reasons};
use crate::spec::{ClosedLoop, PlanSpec};
use crate::target::{Control, SocketPair, Target};
use crate::units::{Micros, OpsPerSec, num};
use crate::workload::{Requests, Schedule, Share};

use super::LoadError;
use super::generator::{Outcome, Pool, Run};
use super::lanes::{Lanes, Node};
use super::open_files::raise_limit;
use super::queue::Source;
use super::tally::{OfNode, Tally, Window};
use super::users::Users;
use super::watch::{Watched, watch};

/// Tenths of a level before the server's counters are read, and of the saturation probe that are
/// warm-up.
const TENTHS_BEFORE: usize = 2;
/// Time between opening the pool and the first due operation, for INFO and thread start.
const LEAD: Duration = Duration::from_millis(20);
/// One level to measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelSettings {
    /// Rate at which operations are due.
    pub offered: OpsPerSec,
    /// Seeds arrivals and operations.
    pub seed: u64,
}

/// Stops the generators when the future that waits for them is dropped, and waits for their end:
/// own keys can be removed then, because nothing writes them any more.
struct StopOnDrop {
    stop: Arc<AtomicBool>,
    /// Fails once the threads have ended.
    ended: mpsc::Receiver<()>,
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.ended.recv();
    }
}

/// Whether the target has the nodes that a plan reads from.
///
/// # Errors
/// When a shard has no replica to be read from.
pub fn check_nodes(spec: &PlanSpec, target: &Target) -> Result<(), LoadError> {
    Lanes::of(target, spec.load.read_from).map(|_| ())
}

/// Offers one level and returns what was seen, valid or void.
///
/// # Errors
/// When the target is gone, or no connection of the pool survives.
pub async fn measure_level(
    spec: &PlanSpec,
    target: &Target,
    settings: LevelSettings,
) -> Result<Level, LoadError> {
    let offered = Offered::Rate(settings.offered);
    let shape = Shape { offered, length: spec.load.step, seed: settings.seed };
    let (outcome, watched) = offer(spec, target, shape).await?;
    Ok(level(spec, shape, Window::Found, outcome, watched))
}

/// Lets users of a closed loop send, for comparison with tools that do so: a server that stalls stops
/// their requests as well, so its response times are no measure of it. Its offered load is what was
/// achieved. The time in which users begin is warm-up, up to half of it.
///
/// # Errors
/// As [`measure_level`].
pub async fn measure_users(
    spec: &PlanSpec,
    users: ClosedLoop,
    target: &Target,
    seed: u64,
) -> Result<Level, LoadError> {
    let shape = Shape { offered: Offered::Users(users), length: users.length, seed };
    let (outcome, watched) = offer(spec, target, shape).await?;
    let spawning = f64::from(users.users) / users.spawn_rate.per_sec();
    let part = spawning / users.length.as_secs_f64();
    let tenths = num::index(num::ceil(part * 10.0).max(1));
    Ok(level(spec, shape, Window::AfterTenths(tenths), outcome, watched))
}

/// A probe of what the target and this generator reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SaturationSettings {
    /// How long it takes; a fifth of it is warm-up.
    pub length: Duration,
    /// Seeds the operations.
    pub seed: u64,
}

/// What a probe found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Saturation {
    /// Operations completed per second.
    pub throughput: OpsPerSec,
    /// CPU time of the generator meanwhile, warm-up excluded.
    pub generator_cpu_us: Option<Micros>,
}

/// Throughput with every connection always busy: an upper bound of what open load can reach.
///
/// # Errors
/// As [`measure_level`].
pub async fn probe_saturation(
    spec: &PlanSpec,
    target: &Target,
    settings: SaturationSettings,
) -> Result<Saturation, LoadError> {
    let SaturationSettings { length, seed } = settings;
    let shape = Shape { offered: Offered::Most, length, seed };
    let (outcome, _) = offer(spec, target, shape).await?;
    let seen = outcome.tally.within(Window::AfterTenths(TENTHS_BEFORE));
    let window = length.saturating_sub(tenths(length, TENTHS_BEFORE)).as_secs_f64();
    Ok(Saturation {
        throughput: OpsPerSec::of(num::float(seen.completed_in_window) / window),
        generator_cpu_us: outcome.cpu.after_tenths(TENTHS_BEFORE).map(|(all, _)| all),
    })
}

/// When operations come.
#[derive(Clone, Copy)]
enum Offered {
    /// On a schedule.
    Rate(OpsPerSec),
    /// As users send them.
    Users(ClosedLoop),
    /// Whenever a connection is free.
    Most,
}

/// When operations come, and for how long.
#[derive(Clone, Copy)]
struct Shape {
    offered: Offered,
    length: Duration,
    seed: u64,
}

/// Runs the generators on threads of their own and reads INFO after a fifth of it and at the end.
async fn offer(
    spec: &PlanSpec,
    target: &Target,
    shape: Shape,
) -> Result<(Outcome, Watched), LoadError> {
    raise_limit();
    let length = shape.length;
    let lanes = Lanes::of(target, spec.load.read_from)?;
    let nodes = lanes.nodes().to_vec();
    let mut controls: Vec<Control> =
        target.shards().iter().map(|shard| shard.control.clone()).collect();
    for replica in &nodes[controls.len()..] {
        controls.push(Control::connect(&replica.endpoint).await?);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let (alive, ended) = mpsc::channel::<()>();
    let _stop_on_drop = StopOnDrop { stop: stop.clone(), ended };
    let spec = spec.clone();
    let (ready, started) = tokio::sync::oneshot::channel();
    let generators: JoinHandle<Result<Outcome, LoadError>> =
        tokio::task::spawn_blocking(move || {
            let _alive = alive;
            generate(&spec, &lanes, &shape, &stop, |start, pairs| {
                // The receiver is gone only when the run was interrupted; `stop` tells as well.
                let _ = ready.send((start, pairs));
            })
        });
    let watched = match started.await {
        Ok((start, pairs)) => {
            let from = start + tenths(length, TENTHS_BEFORE);
            watch(&controls, nodes, &pairs, from, start + length).await?
        }
        // The pool did not open; the generator's error says why.
        Err(_) => Watched::default(),
    };
    let outcome = generators.await.expect("the generator threads do not panic")?;
    Ok((outcome, watched))
}

/// Opens every thread's connections, tells when the level starts and which those are, and runs it.
fn generate(
    spec: &PlanSpec,
    lanes: &Lanes,
    level: &Shape,
    stop: &AtomicBool,
    ready: impl FnOnce(Instant, Vec<SocketPair>),
) -> Result<Outcome, LoadError> {
    let threads = spec.load.threads.min(spec.load.connections);
    let open = |number| {
        let share = Share { number, of: threads };
        Pool::open(run(spec, lanes, level, share, stop))
    };
    let mut pools = (0..threads).map(open).collect::<Result<Vec<Pool<'_>>, LoadError>>()?;
    let pairs = pools.iter().flat_map(Pool::pairs).collect();
    let start = Instant::now() + LEAD;
    ready(start, pairs);
    let first = pools.remove(0);
    thread::scope(|scope| {
        let others: Vec<_> =
            pools.into_iter().map(|pool| scope.spawn(move || pool.run(start))).collect();
        let mut whole = first.run(start);
        for other in others {
            let part = other.join().expect("the generator threads do not panic");
            whole = whole.and_then(|whole| Ok(whole.and(part?)));
        }
        whole
    })
}

/// One thread's share of a level.
fn run<'a>(
    spec: &PlanSpec,
    lanes: &Lanes,
    level: &Shape,
    share: Share,
    stop: &'a AtomicBool,
) -> Run<'a> {
    let Shape { offered, length, seed } = *level;
    let source = match offered {
        Offered::Rate(rate) => {
            Source::Open(Box::new(Schedule::share(spec.load.arrivals, rate, seed, share)))
        }
        Offered::Users(users) => Source::Users(Box::new(Users::new(&users, seed, share))),
        Offered::Most => Source::Saturate,
    };
    let labels: Vec<String> = spec.traffic.iter().map(|line| spec.label(line)).collect();
    let keys_read = spec.traffic.iter().map(|line| line.command.keys_read()).collect();
    Run {
        lanes: lanes.clone(),
        connections: share.part(spec.load.connections),
        pipeline: num::index(u64::from(spec.load.pipeline)),
        source,
        requests: Requests::share(spec, seed, share),
        tally: Tally::new(nanos(length), &labels, keys_read, lanes.nodes().len()),
        end: nanos(length),
        give_up: nanos(length + length.min(Duration::from_secs(5))),
        stop,
    }
}

fn level(
    spec: &PlanSpec,
    shape: Shape,
    window: Window,
    outcome: Outcome,
    watched: Watched,
) -> Level {
    let Outcome { tally, longest_queue, cpu, lost } = outcome;
    let seen = tally.within(window);
    let cpu = cpu.after_tenths(seen.warm_up_tenths);
    let of_node = |((node, server), seen): ((Node, ServerDelta), OfNode)| NodeLevel {
        address: node.endpoint.to_string(),
        slots: node.slots,
        is_replica: node.is_replica,
        replies: seen.replies,
        response: seen.response,
        server,
    };
    let warm_up = tenths(shape.length, seen.warm_up_tenths);
    let window = shape.length.saturating_sub(warm_up);
    let achieved = OpsPerSec::of(num::float(seen.completed_in_window) / window.as_secs_f64());
    let offered = if let Offered::Rate(rate) = shape.offered { rate } else { achieved };
    let mut level = Level {
        began: None,
        offered,
        achieved,
        warm_up_us: warm_up.into(),
        window_us: Micros::from(window),
        commands: seen.commands,
        unfinished: seen.unfinished,
        course: seen.course,
        is_rising: seen.is_rising,
        inflation: seen.inflation,
        dispatch_lag: seen.dispatch_lag,
        connection_wait: seen.connection_wait,
        longest_queue,
        generator_cpu_us: cpu.map(|(all, _)| all),
        spinning_us: cpu.map(|(_, spun)| spun),
        stolen: watched.stolen,
        send_queue_bytes: watched.queues.map(|queues| queues.unsent),
        receive_queue_bytes: watched.queues.map(|queues| queues.unread),
        server: watched.all,
        nodes: watched.each.into_iter().zip(seen.nodes).map(of_node).collect(),
        redirected: seen.redirected,
        void: Vec::new(),
    };
    let evidence = VoidEvidence { first_error: seen.first_error, connections_lost: lost };
    level.void = void_reasons(spec, &level, evidence);
    level
}

/// So many tenths of a level.
fn tenths(length: Duration, n: usize) -> Duration {
    length / 10 * u32::try_from(n).unwrap_or(u32::MAX)
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}
