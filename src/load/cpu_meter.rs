//! CPU time of a generator thread, and what of it was spun away, from each moment on at which the
//! window may open.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::units::Micros;

use super::tally::boundaries;

/// CPU time of one thread, or of several together.
pub(super) struct CpuMeter {
    /// When to look, nanoseconds after the start, ascending; the last one is the end of the level.
    at: Vec<u64>,
    /// What was seen then, so far: CPU time, and time spent looking at the clock.
    seen: Vec<(Duration, Duration)>,
    /// Spun so far.
    spun: Duration,
}

impl CpuMeter {
    /// A meter for a level of `length` nanoseconds.
    pub(super) fn new(length: u64) -> Self {
        Self { at: boundaries(length), seen: Vec::new(), spun: Duration::ZERO }
    }

    /// Looks if it is time to.
    pub(super) fn look(&mut self, now: u64) {
        while self.at.get(self.seen.len()).is_some_and(|at| *at <= now) {
            self.seen.push((thread_cpu(), self.spun));
        }
    }

    /// The level is over, maybe a little before its time: nothing was left to do.
    pub(super) fn finish(&mut self) {
        self.seen.resize_with(self.at.len(), || (thread_cpu(), self.spun));
    }

    /// Adds another thread's.
    pub(super) fn add(&mut self, other: &Self) {
        for (own, more) in self.seen.iter_mut().zip(&other.seen) {
            *own = (own.0 + more.0, own.1 + more.1);
        }
    }

    /// So many nanoseconds went by looking at the clock, with nothing due and nothing to read.
    pub(super) fn spin(&mut self, nanos: u64) {
        self.spun += Duration::from_nanos(nanos);
    }

    /// From so many tenths of the level on to its end, all of it and what was spun; `None` before it is
    /// finished.
    pub(super) fn after_tenths(&self, tenths: usize) -> Option<(Micros, Micros)> {
        let (last, first) = (self.seen.get(self.at.len() - 1)?, self.seen.get(tenths)?);
        Some((last.0.saturating_sub(first.0).into(), last.1.saturating_sub(first.1).into()))
    }
}

fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
