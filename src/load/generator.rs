//! The event loop of one level.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};

use crate::target::SocketPair;
use crate::units::num;
use crate::workload::{Drawn, Requests};

use super::LoadError;
use super::connection::Connection;
use super::cpu_meter::CpuMeter;
use super::lanes::{Lanes, Redirect};
use super::pacer::{Pacer, SPIN};
use super::queue::{Queue, Source, Waiting};
use super::scanner::Reply;
use super::tally::{InFlight, Tally};

/// Events fetched at once; more connections than this are served in several rounds.
const EVENTS: usize = 256;
/// A pooled socket's read buffer, shared by all because replies are not stored.
const READ_BUFFER: usize = 64 * 1024;
/// How often the loop looks for an interruption when nothing else wakes it.
const LOOK_AROUND: Duration = Duration::from_millis(50);
/// How long replies are waited for after an interruption.
const LAST_REPLIES: Duration = Duration::from_secs(1);
/// Where connections are kept busy, replies are read in bunches: a generator that is faster than its server
/// would go to sleep and be woken for every single one, which costs both.
const BRIEF: Duration = Duration::from_micros(5);
/// What such a sleep really takes: the timer slack of a thread is 50 µs where nobody set it
/// (`PR_SET_TIMERSLACK`, prctl(2)).
const BRIEFLY: Duration = Duration::from_micros(60);
/// How often an operation follows a redirection before that counts as its reply.
const MOST_HOPS: u8 = 5;

/// One thread's part of a level as its loop needs it; times in nanoseconds after the start.
pub(super) struct Run<'a> {
    pub lanes: Lanes,
    /// Connections of this thread in each lane; at least 1.
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
    /// The lane and the node of each connection.
    places: Vec<(usize, usize)>,
    /// By lane, connections that may take one more request. The one that got its reply last is taken
    /// first, as pools do; what still has room afterwards lines up behind the others.
    free: Vec<VecDeque<usize>>,
    /// Operations whose reply is to come.
    in_flight: usize,
    queue: Queue,
    /// Operations that were sent elsewhere, until they are queued again.
    redirected: Vec<(InFlight, Redirect, Reply)>,
    lost: Option<(u32, String)>,
    /// Operations that were answered.
    completed: u64,
}

impl<'a> Pool<'a> {
    /// Opens every connection.
    pub(super) fn open(mut run: Run<'a>) -> Result<Self, LoadError> {
        let poll = Poll::new()?;
        let each = num::index(u64::from(run.connections));
        let spread = |(lane, nodes): (usize, &Vec<usize>)| {
            let nodes = nodes.clone();
            (0..each).map(move |number| (lane, nodes[number % nodes.len()]))
        };
        let places: Vec<(usize, usize)> =
            run.lanes.all().iter().enumerate().flat_map(spread).collect();
        let pacer = Pacer::new(&poll, Token(places.len()))?;
        let sessions = run.lanes.nodes().iter().map(|node| node.endpoint.session());
        let sessions = sessions.collect::<Result<Vec<_>, _>>().map_err(LoadError::Target)?;
        let mut connections = Vec::new();
        let mut free = vec![VecDeque::new(); run.lanes.all().len()];
        for (number, (lane, node)) in places.iter().enumerate() {
            if run.stop.load(Ordering::Relaxed) {
                return Err(LoadError::Interrupted);
            }
            let (tls, node) = (sessions[*node].as_ref(), &run.lanes.nodes()[*node]);
            let connection = Connection::open(node, tls, poll.registry(), Token(number));
            connections.push(Some(connection.map_err(|cause| LoadError::Connect {
                number: u32::try_from(number + 1).unwrap_or(u32::MAX),
                wanted: u32::try_from(places.len()).unwrap_or(u32::MAX),
                endpoint: node.endpoint.to_string(),
                cause: cause.to_string(),
            })?));
            free[*lane].push_front(number);
        }
        let source = std::mem::replace(&mut run.source, Source::Saturate);
        let queue = Queue::new(source, run.end, free.len());
        Ok(Self {
            run,
            poll,
            pacer,
            connections,
            places,
            free,
            in_flight: 0,
            queue,
            redirected: Vec::new(),
            lost: None,
            completed: 0,
        })
    }

    /// The addresses of its connections.
    pub(super) fn pairs(&self) -> impl Iterator<Item = SocketPair> {
        self.connections.iter().flatten().filter_map(Connection::pair)
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
            self.admit(now);
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
            if self.queue.is_unpaced() && leaves_time(self.in_flight, self.completed, now) {
                std::thread::sleep(BRIEF);
            }
            self.pacer.wait(&mut self.poll, &mut events, wait)?;
            if events.is_empty() && wait <= SPIN {
                cpu.spin(nanos_since(start) - now);
            }
            for event in &events {
                let index = event.token().0;
                if index < self.connections.len() {
                    let now = self.serve(index, event.is_writable(), &mut buffer, start)?;
                    // Between replies, so that a burst of them does not delay what is due.
                    self.admit(now);
                    self.dispatch(start)?;
                }
            }
        }
        cpu.finish();
        self.give_up(nanos_since(start));
        let longest_queue = num::count(self.queue.longest);
        Ok(Outcome { tally: self.run.tally, longest_queue, cpu, lost: self.lost })
    }

    /// Notices what is due.
    fn admit(&mut self, now: u64) {
        let (requests, lanes) = (&mut self.run.requests, &self.run.lanes);
        self.queue.admit(now, || draw(requests, lanes));
    }

    /// Sends what waits, as long as connections are free.
    fn dispatch(&mut self, start: Instant) -> Result<(), LoadError> {
        for lane in 0..self.free.len() {
            self.dispatch_lane(lane, start)?;
        }
        Ok(())
    }

    /// Sends what waits for one lane. Requests for one connection leave together.
    fn dispatch_lane(&mut self, lane: usize, start: Instant) -> Result<(), LoadError> {
        let mut last = None;
        while let Some(&index) = self.free[lane].back() {
            let now = nanos_since(start);
            let (requests, lanes) = (&mut self.run.requests, &self.run.lanes);
            let Some(op) = self.queue.take(lane, now, || draw(requests, lanes)) else { break };
            self.free[lane].pop_back();
            let Some(connection) = self.connections[index].as_mut() else { continue };
            let replies = requests.n_replies(op.drawn);
            connection.push(op, now, replies, |drawn, out| requests.write(drawn, out));
            self.in_flight += 1;
            if connection.depth() < self.run.pipeline {
                self.free[lane].push_front(index);
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

    /// Handles one event of a connection. Returns the time.
    fn serve(
        &mut self,
        index: usize,
        is_writable: bool,
        buffer: &mut [u8],
        start: Instant,
    ) -> Result<u64, LoadError> {
        let Some(connection) = self.connections[index].as_mut() else {
            return Ok(nanos_since(start));
        };
        let was_full = connection.depth() >= self.run.pipeline;
        let flushed = if is_writable { connection.flush() } else { Ok(()) };
        let (tally, queue) = (&mut self.run.tally, &mut self.queue);
        let (redirected, is_cluster) = (&mut self.redirected, self.run.lanes.is_cluster());
        let (lane, node) = self.places[index];
        let (mut completed, mut now) = (0, None);
        let received = flushed.and_then(|()| {
            let clock = || nanos_since(start);
            connection.receive(buffer, clock, |op, done, reply| {
                completed += 1;
                now = Some(done);
                let error = reply.error.as_deref().filter(|_| is_cluster);
                if let Some(redirect) = error.and_then(Redirect::parse) {
                    redirected.push((*op, redirect, reply));
                    return;
                }
                tally.complete(op, node, done, reply);
                queue.answered(done);
            })
        });
        self.in_flight -= completed;
        self.completed += num::count(completed);
        let now = now.unwrap_or_else(|| nanos_since(start));
        if was_full && completed > 0 {
            // Nodes that share a lane take turns, or the one that got its reply last would get most.
            if self.run.lanes.all()[lane].len() > 1 {
                self.free[lane].push_front(index);
            } else {
                self.free[lane].push_back(index);
            }
        }
        if !self.redirected.is_empty() {
            self.redirect(node, now);
        }
        received.or_else(|error| self.lose(index, &error, now)).map(|()| now)
    }

    /// Queues what node number `from` sent elsewhere; where that is nobody we know, it was an error.
    fn redirect(&mut self, from: usize, now: u64) {
        for (op, redirect, reply) in std::mem::take(&mut self.redirected) {
            let to = self.run.lanes.follow(&redirect, from).filter(|_| op.hops < MOST_HOPS);
            let Some(lane) = to else {
                self.run.tally.complete(&op, from, now, reply);
                self.queue.answered(now);
                continue;
            };
            self.run.tally.redirect();
            let InFlight { drawn, due, hops, .. } = op;
            self.queue.redirect(lane, Waiting { due, drawn, hops: hops + 1, asks: redirect.asks });
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
        let (lane, node) = self.places[index];
        self.free[lane].retain(|free| *free != index);
        for op in connection.abandon() {
            self.in_flight -= 1;
            self.run.tally.abandon(op.drawn.line, op.due, now);
            self.queue.answered(now);
        }
        let endpoint = self.run.lanes.nodes()[node].endpoint.to_string();
        let cause = || {
            if self.run.lanes.nodes().len() > 1 {
                format!("{endpoint}: {error}")
            } else {
                error.to_string()
            }
        };
        let (count, cause) = self.lost.get_or_insert_with(|| (0, cause()));
        *count += 1;
        let connections = u32::try_from(self.connections.len()).unwrap_or(u32::MAX);
        if *count == connections {
            let cause = cause.clone();
            return Err(LoadError::AllConnectionsLost { connections, endpoint, cause });
        }
        Ok(())
    }

    /// Operations that are in flight or still wait end here, and count with the time so far.
    fn give_up(&mut self, now: u64) {
        let connections = self.connections.iter_mut().filter_map(Option::take);
        for op in connections.flat_map(Connection::abandon) {
            self.run.tally.abandon(op.drawn.line, op.due, now);
        }
        for op in self.queue.abandon() {
            self.run.tally.abandon(op.drawn.line, op.due, now);
        }
    }
}

/// Whether the server has enough to do while the generator sleeps: a quarter of a round, which is what
/// `in_flight` requests take where `completed` took `now` nanoseconds.
fn leaves_time(in_flight: usize, completed: u64, now: u64) -> bool {
    let all = u128::from(now) * u128::from(num::count(in_flight));
    all > 4 * BRIEFLY.as_nanos() * u128::from(completed.max(1))
}

/// The next operation and its lane.
fn draw(requests: &mut Requests, lanes: &Lanes) -> (usize, Drawn) {
    let drawn = requests.draw();
    (lanes.lane(|| requests.slot(drawn), requests.reads(drawn)), drawn)
}

/// Nanoseconds since the start of the level, zero before it.
fn nanos_since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At 100,000 a second 50 requests take half a millisecond, and 10 a tenth of one.
    #[test]
    fn replies_are_read_in_bunches_where_the_server_stays_busy() {
        assert!(leaves_time(50, 100_000, 1_000_000_000));
        assert!(!leaves_time(10, 100_000, 1_000_000_000));
        assert!(!leaves_time(0, 100_000, 1_000_000_000), "nothing is on its way");
        assert!(leaves_time(50, 0, 1_000_000), "a server that has not answered yet");
    }
}
