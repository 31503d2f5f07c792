//! What a level saw: counts and histograms per line of the mix.

use crate::measurement::{CommandRecord, Histogram};
use crate::units::Bytes;

use super::queue::Due;
use super::scanner::Reply;

/// An operation in flight; times in nanoseconds after the start of the level.
#[derive(Debug, Clone, Copy)]
pub(super) struct InFlight {
    /// Its line in the mix.
    pub line: usize,
    /// When it was due and noticed.
    pub due: Due,
    /// When it was handed to the socket.
    pub sent: u64,
    /// Size of the request.
    pub request_bytes: usize,
}

/// Counts and histograms of the operations due within a window.
pub(super) struct Tally {
    /// Start and end of the window.
    window: (u64, u64),
    /// Keys each line asks for with one command.
    keys_read: Vec<u64>,
    pub commands: Vec<CommandRecord>,
    pub dispatch_lag: Histogram,
    pub connection_wait: Histogram,
    /// Operations that completed while the window was open, whenever they were due.
    pub completed_in_window: u64,
    /// Operations of the window that never completed.
    pub unfinished: u64,
    /// The first error reply.
    pub first_error: Option<String>,
}

impl Tally {
    /// An empty tally; `labels` and `keys_read` describe the lines of the mix.
    pub(super) fn new(window: (u64, u64), labels: &[String], keys_read: Vec<u64>) -> Self {
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
            window,
            keys_read,
            commands: labels.iter().map(command).collect(),
            dispatch_lag: Histogram::new(),
            connection_wait: Histogram::new(),
            completed_in_window: 0,
            unfinished: 0,
            first_error: None,
        }
    }

    /// An operation got its reply.
    pub(super) fn complete(&mut self, op: &InFlight, done: u64, reply: Reply) {
        let (start, end) = self.window;
        if (start..end).contains(&done) {
            self.completed_in_window += 1;
        }
        if !(start..end).contains(&op.due.due) {
            return;
        }
        let command = &mut self.commands[op.line];
        command.replies += 1;
        command.request_bytes += Bytes::new(op.request_bytes as u64);
        command.reply_bytes += Bytes::new(reply.bytes);
        if let Some(error) = reply.error {
            command.errors += 1;
            self.first_error.get_or_insert(error);
        } else {
            command.keys_asked += self.keys_read[op.line];
            command.keys_missed += reply.nulls;
        }
        command.response.record(done - op.due.due);
        command.service.record(done - op.sent);
        self.dispatch_lag.record(op.due.enqueued - op.due.due);
        self.connection_wait.record(op.sent - op.due.enqueued);
    }

    /// An operation was given up: it waited at least until `now`, and that is recorded, because
    /// leaving it out would make the slowest level look fast.
    pub(super) fn abandon(&mut self, line: usize, due: Due, now: u64) {
        let (start, end) = self.window;
        if (start..end).contains(&due.due) {
            self.unfinished += 1;
            self.commands[line].response.record(now - due.due);
            self.dispatch_lag.record(due.enqueued - due.due);
        }
    }
}
