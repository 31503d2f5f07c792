//! What a level saw: counts and histograms per line of the mix, by the part of the level in which
//! operations were due.

use crate::measurement::{
    CommandRecord, Histogram, Inflation, SLICES, Slice, is_rising, warm_up_slices,
};
use crate::units::{Bytes, num};
use crate::workload::Drawn;

use super::queue::Due;
use super::scanner::Reply;

/// Slices of one part: a tenth of a level.
const SLICES_A_PART: usize = SLICES / 10;
/// Parts that can turn out to be warm-up, a tenth each; what follows them is one part.
const EARLY_PARTS: usize = 5;
/// The percentiles that are quoted with an interval.
const QUOTED: [f64; 4] = [0.5, 0.9, 0.99, 0.999];

/// An operation in flight; times in nanoseconds after the start of the level.
#[derive(Debug, Clone, Copy)]
pub(super) struct InFlight {
    /// What was asked.
    pub drawn: Drawn,
    /// When it was due and noticed.
    pub due: Due,
    /// When it was handed to the socket.
    pub sent: u64,
    /// Size of the request.
    pub request_bytes: usize,
    /// How often a server sent it elsewhere before.
    pub hops: u8,
}

/// Where a level's measured window begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Window {
    /// Where response times settle, after a tenth of the level at the earliest.
    Found,
    /// After so many tenths, at most half.
    AfterTenths(usize),
}

/// Counts and histograms while a level runs.
pub(super) struct Tally {
    /// Length of the level, nanoseconds.
    length: u64,
    /// Keys each line asks for with one command.
    keys_read: Vec<u64>,
    /// The early parts, then the rest.
    parts: Vec<Part>,
    /// Response times of all lines, and completions.
    slices: Vec<(Histogram, u64)>,
    /// The first error reply.
    first_error: Option<String>,
    /// Operations that a server sent elsewhere.
    redirected: u64,
}

/// What a level saw within its window.
pub(super) struct Seen {
    /// Tenths of the level before the window.
    pub warm_up_tenths: usize,
    pub commands: Vec<CommandRecord>,
    pub dispatch_lag: Histogram,
    pub connection_wait: Histogram,
    /// Operations that completed while the window was open, whenever they were due.
    pub completed_in_window: u64,
    /// Operations of the window that never completed.
    pub unfinished: u64,
    pub course: Vec<Slice>,
    pub is_rising: bool,
    pub inflation: Vec<Inflation>,
    pub first_error: Option<String>,
    /// Replies of each server and their response times; none where there is one only.
    pub nodes: Vec<OfNode>,
    /// In the whole level.
    pub redirected: u64,
}

/// What one of several servers answered.
#[derive(Clone)]
pub(super) struct OfNode {
    pub replies: u64,
    pub response: Histogram,
}

/// Operations due in one part.
struct Part {
    commands: Vec<CommandRecord>,
    dispatch_lag: Histogram,
    connection_wait: Histogram,
    unfinished: u64,
    nodes: Vec<OfNode>,
}

impl Tally {
    /// An empty tally of a level of `length` nanoseconds on so many servers; `labels` and `keys_read`
    /// describe the lines of the mix.
    pub(super) fn new(length: u64, labels: &[String], keys_read: Vec<u64>, nodes: usize) -> Self {
        let nodes = if nodes > 1 { nodes } else { 0 };
        Self {
            length,
            keys_read,
            parts: (0..=EARLY_PARTS).map(|_| Part::new(labels, nodes)).collect(),
            slices: (0..SLICES).map(|_| (Histogram::new(), 0)).collect(),
            first_error: None,
            redirected: 0,
        }
    }

    /// The slice in which `at` lies; the last one from the level's end on.
    fn slice(&self, at: u64) -> usize {
        num::index(at / (self.length / num::count(SLICES)).max(1)).min(SLICES - 1)
    }

    /// Adds what another thread saw of the same level.
    pub(super) fn merge(&mut self, other: Self) {
        self.parts.iter_mut().zip(&other.parts).for_each(|(part, more)| part.merge(more));
        for ((response, completed), (more, also)) in self.slices.iter_mut().zip(&other.slices) {
            response.merge(more);
            *completed += also;
        }
        self.first_error = self.first_error.take().or(other.first_error);
        self.redirected += other.redirected;
    }

    /// A server sent an operation elsewhere.
    pub(super) fn redirect(&mut self) {
        self.redirected += 1;
    }

    /// An operation got its reply from server number `node`.
    pub(super) fn complete(&mut self, op: &InFlight, node: usize, done: u64, reply: Reply) {
        if done < self.length {
            let slice = self.slice(done);
            self.slices[slice].1 += 1;
        }
        let slice = self.slice(op.due.due);
        let response = done - op.due.due;
        self.slices[slice].0.record(response);
        let part = &mut self.parts[(slice / SLICES_A_PART).min(EARLY_PARTS)];
        let command = &mut part.commands[op.drawn.line];
        command.replies += 1;
        command.request_bytes += Bytes::new(op.request_bytes as u64);
        command.reply_bytes += Bytes::new(reply.bytes);
        if let Some(error) = reply.error {
            command.errors += 1;
            self.first_error.get_or_insert(error);
        } else {
            command.keys_asked += self.keys_read[op.drawn.line];
            command.keys_missed += reply.nulls;
        }
        command.response.record(response);
        command.service.record(done - op.sent);
        part.dispatch_lag.record(op.due.enqueued - op.due.due);
        part.connection_wait.record(op.sent - op.due.enqueued);
        if let Some(of_node) = part.nodes.get_mut(node) {
            of_node.replies += 1;
            of_node.response.record(response);
        }
    }

    /// An operation was given up: it waited at least until `now`, and that is recorded, because
    /// leaving it out would make the slowest level look fast.
    pub(super) fn abandon(&mut self, line: usize, due: Due, now: u64) {
        let slice = self.slice(due.due);
        self.slices[slice].0.record(now - due.due);
        let part = &mut self.parts[(slice / SLICES_A_PART).min(EARLY_PARTS)];
        part.unfinished += 1;
        part.commands[line].response.record(now - due.due);
        part.dispatch_lag.record(due.enqueued - due.due);
    }

    /// What was seen within the window.
    pub(super) fn within(self, window: Window) -> Seen {
        let slice = |(response, completed): &(Histogram, u64)| Slice::of(response, *completed);
        let course: Vec<Slice> = self.slices.iter().map(slice).collect();
        let warm_up_tenths = match window {
            Window::Found => warm_up_slices(&course).div_ceil(SLICES_A_PART).max(1),
            Window::AfterTenths(tenths) => tenths.min(EARLY_PARTS),
        };
        let from = warm_up_tenths * SLICES_A_PART;
        let responses: Vec<Histogram> =
            self.slices.into_iter().skip(from).map(|(response, _)| response).collect();
        let mut parts = self.parts.into_iter().skip(warm_up_tenths);
        let mut whole = parts.next().expect("no more than the early parts are warm-up");
        parts.for_each(|part| whole.merge(&part));
        Seen {
            warm_up_tenths,
            commands: whole.commands,
            dispatch_lag: whole.dispatch_lag,
            connection_wait: whole.connection_wait,
            completed_in_window: course[from..].iter().map(|slice| slice.completed).sum(),
            unfinished: whole.unfinished,
            is_rising: is_rising(&course[from..]),
            inflation: QUOTED.iter().map(|q| Inflation::of(&responses, *q)).collect(),
            course,
            first_error: self.first_error,
            nodes: whole.nodes,
            redirected: self.redirected,
        }
    }
}

impl Part {
    fn new(labels: &[String], nodes: usize) -> Self {
        let command = |label: &String| CommandRecord {
            label: label.clone(),
            replies: 0,
            errors: 0,
            keys_asked: 0,
            keys_missed: 0,
            request_bytes: Bytes::ZERO,
            reply_bytes: Bytes::ZERO,
            response: Histogram::new(),
            service: Histogram::new(),
        };
        Self {
            commands: labels.iter().map(command).collect(),
            dispatch_lag: Histogram::new(),
            connection_wait: Histogram::new(),
            unfinished: 0,
            nodes: vec![OfNode { replies: 0, response: Histogram::new() }; nodes],
        }
    }

    fn merge(&mut self, other: &Self) {
        for (command, more) in self.commands.iter_mut().zip(&other.commands) {
            command.replies += more.replies;
            command.errors += more.errors;
            command.keys_asked += more.keys_asked;
            command.keys_missed += more.keys_missed;
            command.request_bytes += more.request_bytes;
            command.reply_bytes += more.reply_bytes;
            command.response.merge(&more.response);
            command.service.merge(&more.service);
        }
        self.dispatch_lag.merge(&other.dispatch_lag);
        self.connection_wait.merge(&other.connection_wait);
        self.unfinished += other.unfinished;
        for (node, more) in self.nodes.iter_mut().zip(&other.nodes) {
            node.replies += more.replies;
            node.response.merge(&more.response);
        }
    }
}

/// The tenths of a level at which its window may begin, in nanoseconds after its start, ascending,
/// and its end.
pub(super) fn boundaries(length: u64) -> Vec<u64> {
    let tenth = |n: usize| length / 10 * num::count(n);
    (0..=EARLY_PARTS).map(tenth).chain([length]).collect()
}
