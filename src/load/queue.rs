//! Which operations are due, and which of them wait for a connection.

use std::collections::VecDeque;

use crate::workload::{Drawn, Schedule};

use super::users::Users;

/// Operations that may wait for other lanes while one is kept busy; beyond it the busiest lane is what
/// limits them all.
const MOST_AHEAD: usize = 10_000;

/// An operation that is due; times in nanoseconds after the start of the level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    /// When it should have been sent.
    pub due: u64,
    /// When the generator noticed.
    pub enqueued: u64,
}

/// An operation that waits for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiting {
    pub due: Due,
    pub drawn: Drawn,
    /// How often a server sent it elsewhere.
    pub hops: u8,
    /// Whether the next one has to be asked first: the slot is on its way there.
    pub asks: bool,
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

/// Due operations in the order they became due, by the lane whose connections they take.
pub(super) struct Queue {
    source: Source,
    /// The next operation's due time.
    next: u64,
    /// No operation is due from here on.
    end: u64,
    lanes: Vec<VecDeque<Waiting>>,
    /// How many wait, over all lanes.
    waiting: usize,
    /// Most that waited at once.
    pub(super) longest: usize,
}

impl Queue {
    /// A queue of the operations due before `end`, for so many lanes.
    pub(super) fn new(mut source: Source, end: u64, lanes: usize) -> Self {
        let next = match &mut source {
            Source::Open(schedule) => schedule.next().unwrap_or(u64::MAX),
            Source::Users(_) | Source::Saturate => 0,
        };
        Self { source, next, end, lanes: vec![VecDeque::new(); lanes], waiting: 0, longest: 0 }
    }

    /// Notices everything that is due by `now`; `draw` gives an operation and its lane.
    pub(super) fn admit(&mut self, now: u64, mut draw: impl FnMut() -> (usize, Drawn)) {
        let (lanes, waiting) = (&mut self.lanes, &mut self.waiting);
        let mut enqueue = |due| {
            let (lane, drawn) = draw();
            lanes[lane].push_back(Waiting {
                due: Due { due, enqueued: now },
                drawn,
                hops: 0,
                asks: false,
            });
            *waiting += 1;
        };
        match &mut self.source {
            Source::Open(schedule) => {
                while self.next <= now && self.next < self.end {
                    enqueue(self.next);
                    self.next = schedule.next().unwrap_or(u64::MAX);
                }
            }
            Source::Users(users) => {
                while let Some(due) = users.take(now.min(self.end - 1)) {
                    enqueue(due);
                }
            }
            Source::Saturate => {}
        }
        self.longest = self.longest.max(self.waiting);
    }

    /// The operation to send now that a connection of `lane` is free.
    pub(super) fn take(
        &mut self,
        lane: usize,
        now: u64,
        mut draw: impl FnMut() -> (usize, Drawn),
    ) -> Option<Waiting> {
        if let Some(first) = self.lanes[lane].pop_front() {
            self.waiting -= 1;
            return Some(first);
        }
        let may_draw = matches!(self.source, Source::Saturate) && now < self.end;
        while may_draw && self.waiting < MOST_AHEAD {
            let (of, drawn) = draw();
            let due = Due { due: now, enqueued: now };
            let next = Waiting { due, drawn, hops: 0, asks: false };
            if of == lane {
                return Some(next);
            }
            self.lanes[of].push_back(next);
            self.waiting += 1;
        }
        None
    }

    /// Whether connections are kept busy instead of waiting for what is due.
    pub(super) fn is_unpaced(&self) -> bool {
        matches!(self.source, Source::Saturate)
    }

    /// Puts an operation first that a server sent to `lane`.
    pub(super) fn redirect(&mut self, lane: usize, op: Waiting) {
        self.lanes[lane].push_front(op);
        self.waiting += 1;
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
            Source::Open(_) => self.next >= self.end && self.waiting == 0,
            Source::Users(_) => now >= self.end && self.waiting == 0,
            Source::Saturate => now >= self.end,
        }
    }

    /// An operation was answered, or given up with its connection.
    pub(super) fn answered(&mut self, now: u64) {
        if let Source::Users(users) = &mut self.source {
            users.answered(now);
        }
    }

    /// Gives up what still waits and was due.
    pub(super) fn abandon(&mut self) -> impl Iterator<Item = Waiting> + '_ {
        // What was drawn for other lanes to keep one busy was not due.
        let is_due = !matches!(self.source, Source::Saturate);
        self.lanes.iter_mut().flat_map(|lane| lane.drain(..)).filter(move |_| is_due)
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
            2,
        )
    }

    /// All operations take the first lane.
    fn first() -> (usize, Drawn) {
        (0, Drawn { line: 0, key: 0 })
    }

    /// A generator that looks away for 10 ms finds ten operations, each with its own due time.
    #[test]
    fn a_pause_delays_noticing_but_not_due_times() {
        let mut queue = paced(1000.0, 1_000_000_000);
        queue.admit(10_000_000, first);
        let take = || queue.take(0, 10_000_000, first).map(|op| op.due);
        let due: Vec<Due> = std::iter::from_fn(take).collect();
        assert_eq!(due.len(), 10);
        assert_eq!(due[0], Due { due: 1_000_000, enqueued: 10_000_000 });
        assert_eq!(due[9].due, 10_000_000);
        assert_eq!(queue.longest, 10);
        assert_eq!(queue.next_due(), Some(11_000_000));
    }

    #[test]
    fn nothing_is_due_after_the_end() {
        let mut queue = paced(1000.0, 3_000_000);
        queue.admit(99_000_000, first);
        assert!(!queue.is_exhausted(99_000_000));
        assert_eq!(std::iter::from_fn(|| queue.take(0, 0, first)).count(), 2);
        assert!(queue.is_exhausted(99_000_000));
        assert_eq!(queue.next_due(), None);
    }

    /// Two lanes of which one gets nine operations of ten: kept busy, they get what falls to each, and
    /// nothing is drawn for ever where a lane gets none.
    #[test]
    fn lanes_that_are_kept_busy_share_as_operations_are_drawn() {
        let mut queue = Queue::new(Source::Saturate, 1_000, 2);
        let mut n = 0;
        let mut draw = || {
            n += 1;
            (usize::from(n % 10 == 0), Drawn { line: 0, key: n })
        };
        assert!(queue.take(1, 0, &mut draw).is_some_and(|op| op.drawn.key == 10));
        let firsts: Vec<u64> =
            (0..9).filter_map(|_| queue.take(0, 0, &mut draw)).map(|op| op.drawn.key).collect();
        assert_eq!(firsts, (1..10).collect::<Vec<u64>>(), "what waited comes first");
        assert_eq!(queue.take(1, 0, first), None, "none falls to it");
        assert_eq!(queue.abandon().count(), 0, "what was drawn ahead was not due");
    }
}
