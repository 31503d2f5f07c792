//! Which operations are due, and which of them wait for a connection.

use std::collections::VecDeque;

use crate::workload::Schedule;

use super::users::Users;

/// An operation that is due; times in nanoseconds after the start of the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    /// When it should have been sent.
    pub due: u64,
    /// When the generator noticed.
    pub enqueued: u64,
}

/// Where operations come from.
pub(super) enum Source {
    /// A schedule that nothing moves: open loop.
    Open(Box<Schedule>),
    /// Users who wait for their replies: closed loop.
    Users(Box<Users>),
    /// Whenever a connection is free: the saturation probe.
    Saturate,
}

/// Due operations in the order they became due.
pub(super) struct Queue {
    source: Source,
    /// The next operation's due time.
    next: u64,
    /// No operation is due from here on.
    end: u64,
    waiting: VecDeque<Due>,
    /// Most that waited at once.
    pub(super) longest: usize,
}

impl Queue {
    /// A queue of the operations due before `end`.
    pub(super) fn new(mut source: Source, end: u64) -> Self {
        let next = match &mut source {
            Source::Open(schedule) => schedule.next().unwrap_or(u64::MAX),
            Source::Users(_) | Source::Saturate => 0,
        };
        Self { source, next, end, waiting: VecDeque::new(), longest: 0 }
    }

    /// Notices everything that is due by `now`.
    pub(super) fn admit(&mut self, now: u64) {
        match &mut self.source {
            Source::Open(schedule) => {
                while self.next <= now && self.next < self.end {
                    self.waiting.push_back(Due { due: self.next, enqueued: now });
                    self.next = schedule.next().unwrap_or(u64::MAX);
                }
            }
            Source::Users(users) => {
                while let Some(due) = users.take(now.min(self.end - 1)) {
                    self.waiting.push_back(Due { due, enqueued: now });
                }
            }
            Source::Saturate => {}
        }
        self.longest = self.longest.max(self.waiting.len());
    }

    /// The operation to send now that a connection is free.
    pub(super) fn take(&mut self, now: u64) -> Option<Due> {
        match self.source {
            Source::Open(_) | Source::Users(_) => self.waiting.pop_front(),
            Source::Saturate => (now < self.end).then_some(Due { due: now, enqueued: now }),
        }
    }

    /// When the generator has to look again, if no event comes before.
    pub(super) fn next_due(&self) -> Option<u64> {
        match &self.source {
            Source::Open(_) => (self.next < self.end).then_some(self.next),
            Source::Users(users) => users.next().filter(|next| *next < self.end),
            Source::Saturate => None,
        }
    }

    /// Everything that was due before the end has been taken.
    pub(super) fn is_exhausted(&self, now: u64) -> bool {
        match self.source {
            Source::Open(_) => self.next >= self.end && self.waiting.is_empty(),
            Source::Users(_) => now >= self.end && self.waiting.is_empty(),
            Source::Saturate => now >= self.end,
        }
    }

    /// An operation was answered, or given up with its connection.
    pub(super) fn answered(&mut self, now: u64) {
        if let Source::Users(users) = &mut self.source {
            users.answered(now);
        }
    }

    /// Gives up what still waits.
    pub(super) fn abandon(&mut self) -> impl Iterator<Item = Due> + '_ {
        self.waiting.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Arrivals;
    use crate::units::OpsPerSec;

    fn paced(per_sec: f64, end: u64) -> Queue {
        Queue::new(
            Source::Open(Box::new(Schedule::new(Arrivals::Paced, OpsPerSec::of(per_sec), 1))),
            end,
        )
    }

    /// A generator that looks away for 10 ms finds ten operations, each with its own due time.
    #[test]
    fn a_pause_delays_noticing_but_not_due_times() {
        let mut queue = paced(1000.0, 1_000_000_000);
        queue.admit(10_000_000);
        let due: Vec<Due> = std::iter::from_fn(|| queue.take(10_000_000)).collect();
        assert_eq!(due.len(), 10);
        assert_eq!(due[0], Due { due: 1_000_000, enqueued: 10_000_000 });
        assert_eq!(due[9].due, 10_000_000);
        assert_eq!(queue.longest, 10);
        assert_eq!(queue.next_due(), Some(11_000_000));
    }

    #[test]
    fn nothing_is_due_after_the_end() {
        let mut queue = paced(1000.0, 3_000_000);
        queue.admit(99_000_000);
        assert!(!queue.is_exhausted(99_000_000));
        assert_eq!(std::iter::from_fn(|| queue.take(0)).count(), 2);
        assert!(queue.is_exhausted(99_000_000));
        assert_eq!(queue.next_due(), None);
    }
}
