//! Waits for the next due time or the next event, whichever comes first.
//!
//! The event loop's own timeout counts whole milliseconds, twenty times too coarse. On Linux a
//! timer descriptor in the same epoll set wakes the loop shortly before the due time, and the rest
//! is spun; elsewhere (kqueue takes nanoseconds) the timeout itself does.

use std::io;
use std::time::Duration;

use mio::{Events, Poll};

#[cfg(target_os = "linux")]
use mio::{Interest, Token, unix::SourceFd};
#[cfg(target_os = "linux")]
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

/// Waking takes up to this long on a virtual machine (measured 30–60 µs), so the last stretch
/// before a due time is spun.
pub(super) const SPIN: Duration = Duration::from_micros(100);

/// From this wait on the event loop's timeout, which is up to a millisecond late, is taken a
/// millisecond short; the rest is waited for by the timer.
#[cfg(target_os = "linux")]
const COARSE: Duration = Duration::from_millis(3);

/// The event loop's clock.
pub(super) struct Pacer {
    #[cfg(target_os = "linux")]
    timer: rustix::fd::OwnedFd,
}

#[cfg(target_os = "linux")]
impl Pacer {
    /// Registers the timer under `token`, whose events carry nothing.
    pub(super) fn new(poll: &Poll, token: Token) -> io::Result<Self> {
        use std::os::fd::AsRawFd;
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        poll.registry().register(&mut SourceFd(&timer.as_raw_fd()), token, Interest::READABLE)?;
        Ok(Self { timer })
    }

    /// Collects events; blocks until one arrives or `until_due` has almost passed.
    pub(super) fn wait(
        &self,
        poll: &mut Poll,
        events: &mut Events,
        until_due: Duration,
    ) -> io::Result<()> {
        // The event loop's own timeout is good enough for long waits, and costs one call less.
        if until_due >= COARSE {
            let whole = u64::try_from(until_due.as_millis()).unwrap_or(u64::MAX) - 1;
            return poll_once(poll, events, Some(Duration::from_millis(whole)));
        }
        // While replies keep coming there is no need for the timer, which costs as much as a reply.
        poll_once(poll, events, Some(Duration::ZERO))?;
        if !events.is_empty() || until_due <= SPIN {
            return Ok(());
        }
        let sleep = until_due.saturating_sub(SPIN);
        let value = Timespec {
            tv_sec: i64::try_from(sleep.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(sleep.subsec_nanos()),
        };
        let once = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once)?;
        // The timeout is a safety net; the timer comes first.
        poll_once(poll, events, Some(until_due + Duration::from_millis(10)))
    }
}

#[cfg(not(target_os = "linux"))]
impl Pacer {
    /// Needs no timer of its own.
    pub(super) fn new(_poll: &Poll, _token: mio::Token) -> io::Result<Self> {
        Ok(Self {})
    }

    /// Collects events; blocks until one arrives or `until_due` has almost passed.
    pub(super) fn wait(
        &self,
        poll: &mut Poll,
        events: &mut Events,
        until_due: Duration,
    ) -> io::Result<()> {
        poll_once(poll, events, Some(until_due.saturating_sub(SPIN)))
    }
}

/// A signal that interrupts the wait is no event.
fn poll_once(poll: &mut Poll, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
    match poll.poll(events, timeout) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
        outcome => outcome,
    }
}
