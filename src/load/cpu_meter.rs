//! CPU time of a generator thread from each moment on at which the window may open.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::units::Micros;

use super::tally::boundaries;

/// CPU time of one thread, or of several together.
pub(super) struct CpuMeter {
    /// When to look, nanoseconds after the start, ascending; the last one is the end of the level.
    at: Vec<u64>,
    /// What was seen then, so far.
    seen: Vec<Duration>,
}

impl CpuMeter {
    /// A meter for a level of `length` nanoseconds.
    pub(super) fn new(length: u64) -> Self {
        Self { at: boundaries(length), seen: Vec::new() }
    }

    /// Looks if it is time to.
    pub(super) fn look(&mut self, now: u64) {
        while self.at.get(self.seen.len()).is_some_and(|at| *at <= now) {
            self.seen.push(thread_cpu());
        }
    }

    /// The level is over, maybe a little before its time: nothing was left to do.
    pub(super) fn finish(&mut self) {
        self.seen.resize_with(self.at.len(), thread_cpu);
    }

    /// Adds another thread's.
    pub(super) fn add(&mut self, other: &Self) {
        self.seen.iter_mut().zip(&other.seen).for_each(|(own, more)| *own += *more);
    }

    /// From so many tenths of the level on to its end; `None` before it is finished.
    pub(super) fn after_tenths(&self, tenths: usize) -> Option<Micros> {
        let last = self.at.len() - 1;
        Some(self.seen.get(last)?.saturating_sub(*self.seen.get(tenths)?).into())
    }
}

fn thread_cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
