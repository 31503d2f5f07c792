//! The event loop of one level.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};
use rustix::time::{ClockId, clock_gettime};

use crate::target::Endpoint;
use crate::units::{Micros, num};
use crate::workload::Requests;

use super::LoadError;
use super::connection::Connection;
use super::pacer::Pacer;
use super::queue::{Queue, Source};
use super::tally::{InFlight, Tally};

/// Events fetched at once; more connections than this are served in several rounds.
const EVENTS: usize = 256;
/// A pooled socket's read buffer, shared by all because replies are not stored.
const READ_BUFFER: usize = 64 * 1024;
/// How often the loop looks for an interruption when nothing else wakes it.
const LOOK_AROUND: Duration = Duration::from_millis(50);
/// How long replies are waited for after an interruption.
const LAST_REPLIES: Duration = Duration::from_secs(1);

/// One level as the loop needs it; times in nanoseconds after the start.
pub(super) struct Run<'a> {
    pub endpoint: &'a Endpoint,
    pub connections: u32,
    pub source: Source,
    pub requests: Requests,
    pub tally: Tally,
    /// When the measured window opens.
    pub window_start: u64,
    /// When the last operation is due and the window closes.
    pub end: u64,
    /// When unfinished operations are given up.
    pub give_up: u64,
    pub stop: &'a AtomicBool,
}

/// What the loop brings home.
pub(super) struct Outcome {
    pub tally: Tally,
    pub longest_queue: u64,
    /// CPU time of this thread while the window was open.
    pub cpu: Option<Micros>,
    /// Connections that broke, and the first cause.
    pub lost: Option<(u32, String)>,
}

/// A pool ready to run: connections are opened before the clock starts.
pub(super) struct Pool<'a> {
    run: Run<'a>,
    poll: Poll,
    pacer: Pacer,
    connections: Vec<Option<Connection>>,
    in_flight: Vec<Option<InFlight>>,
    /// Connections without a request, used last in first out.
    idle: Vec<usize>,
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
        let mut connections = Vec::new();
        for number in 0..wanted {
            if run.stop.load(Ordering::Relaxed) {
                return Err(LoadError::Interrupted);
            }
            let token = Token(num::index(u64::from(number)));
            let connection = Connection::open(run.endpoint, poll.registry(), token);
            connections.push(Some(connection.map_err(|cause| LoadError::Connect {
                number: number + 1,
                wanted,
                endpoint: run.endpoint.to_string(),
                cause: cause.to_string(),
            })?));
        }
        let idle = (0..connections.len()).rev().collect();
        let in_flight = vec![None; connections.len()];
        let source = std::mem::replace(&mut run.source, Source::Closed);
        let queue = Queue::new(source, run.end);
        Ok(Self { run, poll, pacer, connections, in_flight, idle, queue, lost: None })
    }

    /// Runs the level that starts at `start`.
    pub(super) fn run(mut self, start: Instant) -> Result<Outcome, LoadError> {
        let mut events = Events::with_capacity(EVENTS);
        let mut buffer = vec![0; READ_BUFFER];
        let mut cpu = CpuMeter::default();
        while Instant::now() < start {
            std::hint::spin_loop();
        }
        loop {
            let now = nanos_since(start);
            cpu.look(now, self.run.window_start, self.run.end);
            self.queue.admit(now);
            self.dispatch(start)?;
            let waiting_for_replies = self.idle.len() < self.usable();
            if self.queue.is_exhausted(now) && !waiting_for_replies || now >= self.run.give_up {
                break;
            }
            if self.run.stop.load(Ordering::Relaxed) {
                self.drain(&mut events, &mut buffer, start)?;
                return Err(LoadError::Interrupted);
            }
            let until = self.queue.next_due().unwrap_or(u64::MAX).min(self.run.give_up);
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
        self.give_up(nanos_since(start));
        let longest_queue = num::count(self.queue.longest);
        Ok(Outcome { tally: self.run.tally, longest_queue, cpu: cpu.window(), lost: self.lost })
    }

    /// Sends what waits, as long as a connection is free.
    fn dispatch(&mut self, start: Instant) -> Result<(), LoadError> {
        while let Some(&index) = self.idle.last() {
            let now = nanos_since(start);
            let Some(due) = self.queue.take(now) else { return Ok(()) };
            self.idle.pop();
            let Some(connection) = self.connections[index].as_mut() else { continue };
            connection.request.clear();
            let line = self.run.requests.write_next(&mut connection.request);
            let request_bytes = connection.request.len();
            let sent = nanos_since(start);
            self.in_flight[index] = Some(InFlight { line, due, sent, request_bytes });
            if let Err(error) = connection.send() {
                self.lose(index, &error, sent)?;
            }
        }
        Ok(())
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
        let flushed = if is_writable { connection.flush() } else { Ok(()) };
        match flushed.and_then(|()| connection.receive(buffer)) {
            Ok(None) => Ok(()),
            Ok(Some(reply)) => {
                let done = nanos_since(start);
                if let Some(op) = self.in_flight[index].take() {
                    self.run.tally.complete(&op, done, reply);
                    self.idle.push(index);
                }
                Ok(())
            }
            Err(error) => self.lose(index, &error, nanos_since(start)),
        }
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
        while self.idle.len() < self.usable() && Instant::now() < deadline {
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

    /// Connections that have not broken.
    fn usable(&self) -> usize {
        self.connections.len() - self.lost.as_ref().map_or(0, |(n, _)| num::index(u64::from(*n)))
    }

    /// A connection broke: its operation is lost, the others go on.
    fn lose(&mut self, index: usize, error: &io::Error, now: u64) -> Result<(), LoadError> {
        if self.connections[index].take().is_none() {
            return Ok(());
        }
        self.idle.retain(|idle| *idle != index);
        if let Some(op) = self.in_flight[index].take() {
            self.run.tally.abandon(op.line, op.due, now);
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
        for op in self.in_flight.iter_mut().filter_map(Option::take) {
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

/// CPU time of this thread when the window opened and when it closed.
#[derive(Default)]
struct CpuMeter {
    opened: Option<Duration>,
    closed: Option<Duration>,
}

impl CpuMeter {
    fn look(&mut self, now: u64, window_start: u64, end: u64) {
        if now >= window_start && self.opened.is_none() {
            self.opened = Some(thread_cpu());
        }
        if now >= end && self.closed.is_none() {
            self.closed = Some(thread_cpu());
        }
    }

    fn window(&self) -> Option<Micros> {
        Some(self.closed?.saturating_sub(self.opened?).into())
    }
}

fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Nanoseconds since the start of the level, zero before it.
fn nanos_since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
