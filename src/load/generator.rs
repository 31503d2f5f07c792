//! The event loop of one level.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};

use crate::target::Endpoint;
use crate::units::num;
use crate::workload::Requests;

use super::LoadError;
use super::connection::Connection;
use super::cpu_meter::CpuMeter;
use super::pacer::Pacer;
use super::queue::{Queue, Source};
use super::tally::Tally;

/// Events fetched at once; more connections than this are served in several rounds.
const EVENTS: usize = 256;
/// A pooled socket's read buffer, shared by all because replies are not stored.
const READ_BUFFER: usize = 64 * 1024;
/// How often the loop looks for an interruption when nothing else wakes it.
const LOOK_AROUND: Duration = Duration::from_millis(50);
/// How long replies are waited for after an interruption.
const LAST_REPLIES: Duration = Duration::from_secs(1);

/// One thread's part of a level as its loop needs it; times in nanoseconds after the start.
pub(super) struct Run<'a> {
    pub endpoint: &'a Endpoint,
    /// Connections of this thread; at least 1.
    pub connections: u32,
    /// Requests in flight on each of them, at most; at least 1.
    pub pipeline: usize,
    pub source: Source,
    pub requests: Requests,
    pub tally: Tally,
    /// When the last operation is due.
    pub end: u64,
    /// When unfinished operations are given up.
    pub give_up: u64,
    pub stop: &'a AtomicBool,
}

/// What the loop brings home.
pub(super) struct Outcome {
    pub tally: Tally,
    pub longest_queue: u64,
    /// CPU time of the generator threads.
    pub cpu: CpuMeter,
    /// Connections that broke, and the first cause.
    pub lost: Option<(u32, String)>,
}

impl Outcome {
    /// What this thread and another one saw of one level.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.tally.merge(other.tally);
        // Each thread has a queue of its own; the longest ones need not have met.
        self.longest_queue += other.longest_queue;
        self.cpu.add(&other.cpu);
        self.lost = match (self.lost, other.lost) {
            (Some((n, cause)), Some((more, _))) => Some((n + more, cause)),
            (one, another) => one.or(another),
        };
        self
    }
}

/// A pool ready to run: connections are opened before the clock starts.
pub(super) struct Pool<'a> {
    run: Run<'a>,
    poll: Poll,
    pacer: Pacer,
    connections: Vec<Option<Connection>>,
    /// Connections that may take one more request. The one that got its reply last is taken first,
    /// as pools do; what still has room afterwards lines up behind the others.
    free: VecDeque<usize>,
    /// Operations whose reply is to come.
    in_flight: usize,
    queue: Queue,
    lost: Option<(u32, String)>,
}

impl<'a> Pool<'a> {
    /// Opens every connection.
    pub(super) fn open(mut run: Run<'a>) -> Result<Self, LoadError> {
        let poll = Poll::new()?;
        let wanted = run.connections;
        let timer = Token(num::index(u64::from(wanted)));
        let pacer = Pacer::new(&poll, timer)?;
        let tls = run.endpoint.session().map_err(LoadError::Target)?;
        let mut connections = Vec::new();
        for number in 0..wanted {
            if run.stop.load(Ordering::Relaxed) {
                return Err(LoadError::Interrupted);
            }
            let token = Token(num::index(u64::from(number)));
            let connection = Connection::open(run.endpoint, tls.as_ref(), poll.registry(), token);
            connections.push(Some(connection.map_err(|cause| LoadError::Connect {
                number: number + 1,
                wanted,
                endpoint: run.endpoint.to_string(),
                cause: cause.to_string(),
            })?));
        }
        let free = (0..connections.len()).rev().collect();
        let source = std::mem::replace(&mut run.source, Source::Saturate);
        let queue = Queue::new(source, run.end);
        Ok(Self { run, poll, pacer, connections, free, in_flight: 0, queue, lost: None })
    }

    /// Runs the level that starts at `start`.
    pub(super) fn run(mut self, start: Instant) -> Result<Outcome, LoadError> {
        let mut events = Events::with_capacity(EVENTS);
        let mut buffer = vec![0; READ_BUFFER];
        let mut cpu = CpuMeter::new(self.run.end);
        while Instant::now() < start {
            std::hint::spin_loop();
        }
        loop {
            let now = nanos_since(start);
            cpu.look(now);
            self.queue.admit(now);
            self.dispatch(start)?;
            if self.queue.is_exhausted(now) && self.in_flight == 0 || now >= self.run.give_up {
                break;
            }
            if self.run.stop.load(Ordering::Relaxed) {
                self.drain(&mut events, &mut buffer, start)?;
                return Err(LoadError::Interrupted);
            }
            let until = self.queue.next_due().unwrap_or(u64::MAX).min(self.run.give_up);
            // A closed loop has nothing due when its time is up, and ends then.
            let until = if self.in_flight == 0 { until.min(self.run.end) } else { until };
            let now = nanos_since(start);
            let wait = Duration::from_nanos(until.saturating_sub(now)).min(LOOK_AROUND);
            self.pacer.wait(&mut self.poll, &mut events, wait)?;
            for event in &events {
                let index = event.token().0;
                if index < self.connections.len() {
                    self.serve(index, event.is_writable(), &mut buffer, start)?;
                    // Between replies, so that a burst of them does not delay what is due.
                    self.queue.admit(nanos_since(start));
                    self.dispatch(start)?;
                }
            }
        }
        cpu.finish();
        self.give_up(nanos_since(start));
        let longest_queue = num::count(self.queue.longest);
        Ok(Outcome { tally: self.run.tally, longest_queue, cpu, lost: self.lost })
    }

    /// Sends what waits, as long as a connection is free. Requests for one connection leave together.
    fn dispatch(&mut self, start: Instant) -> Result<(), LoadError> {
        let mut last = None;
        while let Some(&index) = self.free.back() {
            let now = nanos_since(start);
            let Some(due) = self.queue.take(now) else { break };
            self.free.pop_back();
            let Some(connection) = self.connections[index].as_mut() else { continue };
            let requests = &mut self.run.requests;
            connection.push(due, now, |out| requests.write_next(out));
            self.in_flight += 1;
            if connection.depth() < self.run.pipeline {
                self.free.push_front(index);
            }
            if let Some(before) = last.replace(index).filter(|before| *before != index) {
                self.flush(before, start)?;
            }
        }
        last.map_or(Ok(()), |index| self.flush(index, start))
    }

    fn flush(&mut self, index: usize, start: Instant) -> Result<(), LoadError> {
        let Some(connection) = self.connections[index].as_mut() else { return Ok(()) };
        connection.flush().or_else(|error| self.lose(index, &error, nanos_since(start)))
    }

    /// Handles one event of a connection.
    fn serve(
        &mut self,
        index: usize,
        is_writable: bool,
        buffer: &mut [u8],
        start: Instant,
    ) -> Result<(), LoadError> {
        let Some(connection) = self.connections[index].as_mut() else { return Ok(()) };
        let was_full = connection.depth() >= self.run.pipeline;
        let flushed = if is_writable { connection.flush() } else { Ok(()) };
        let (tally, queue) = (&mut self.run.tally, &mut self.queue);
        let mut completed = 0;
        let received = flushed.and_then(|()| {
            let clock = || nanos_since(start);
            connection.receive(buffer, clock, |op, done, reply| {
                tally.complete(op, done, reply);
                queue.answered(done);
                completed += 1;
            })
        });
        self.in_flight -= completed;
        if was_full && completed > 0 {
            self.free.push_back(index);
        }
        received.or_else(|error| self.lose(index, &error, nanos_since(start)))
    }

    /// Sends nothing more and waits for replies, so that whoever stopped the level finds no write
    /// of it still on its way.
    fn drain(
        &mut self,
        events: &mut Events,
        buffer: &mut [u8],
        start: Instant,
    ) -> Result<(), LoadError> {
        let deadline = Instant::now() + LAST_REPLIES;
        while self.in_flight > 0 && Instant::now() < deadline {
            self.pacer.wait(&mut self.poll, events, LOOK_AROUND)?;
            for event in &*events {
                let index = event.token().0;
                if index < self.connections.len() {
                    self.serve(index, event.is_writable(), buffer, start)?;
                }
            }
        }
        Ok(())
    }

    /// A connection broke: its operations are lost, the others go on.
    fn lose(&mut self, index: usize, error: &io::Error, now: u64) -> Result<(), LoadError> {
        let Some(connection) = self.connections[index].take() else { return Ok(()) };
        self.free.retain(|free| *free != index);
        for op in connection.abandon() {
            self.in_flight -= 1;
            self.run.tally.abandon(op.line, op.due, now);
            self.queue.answered(now);
        }
        let (count, cause) = self.lost.get_or_insert_with(|| (0, error.to_string()));
        *count += 1;
        if *count == self.run.connections {
            return Err(LoadError::AllConnectionsLost {
                connections: self.run.connections,
                endpoint: self.run.endpoint.to_string(),
                cause: cause.clone(),
            });
        }
        Ok(())
    }

    /// Operations that are in flight or still wait end here, and count with the time so far.
    fn give_up(&mut self, now: u64) {
        let connections = self.connections.iter_mut().filter_map(Option::take);
        for op in connections.flat_map(Connection::abandon) {
            self.run.tally.abandon(op.line, op.due, now);
        }
        // What was never sent has no line yet; it is drawn as it would have been.
        let mut scratch = Vec::new();
        for due in self.queue.abandon() {
            scratch.clear();
            let line = self.run.requests.write_next(&mut scratch);
            self.run.tally.abandon(line, due, now);
        }
    }
}

/// Nanoseconds since the start of the level, zero before it.
fn nanos_since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
