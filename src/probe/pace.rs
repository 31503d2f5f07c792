//! How fast a target may be asked, and when to stop. Pure: times are passed in.

use std::time::Duration;

use crate::units::{Fraction, OpsPerSec, num};

/// How much of a target may be taken.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Commands per second, as a share of those that others send.
    pub share: Fraction,
    /// Commands per second and server that are always allowed, be it idle or not.
    pub floor: OpsPerSec,
    /// How long others are watched, with nothing sent.
    pub interval: Duration,
    /// How long keys are sampled.
    pub time: Duration,
    /// Keys that are looked at, over all servers.
    pub keys: u64,
}

impl Limits {
    /// Commands per second that one server may be asked, of which others ask `rate` per second.
    pub(super) fn allowed(&self, rate: f64) -> f64 {
        (rate * self.share.get()).max(self.floor.per_sec())
    }
}

/// When the next commands are due.
#[derive(Debug)]
pub(super) struct Pace {
    per_sec: f64,
    due: Duration,
}

impl Pace {
    /// So many commands a second, from `now` on.
    pub(super) fn new(per_sec: f64, now: Duration) -> Self {
        Self { per_sec, due: now }
    }

    /// When commands may be sent again.
    pub(super) fn due(&self) -> Duration {
        self.due
    }

    /// So many were sent; `slowed` makes them count as many times.
    pub(super) fn sent(&mut self, commands: u64, slowed: f64, now: Duration) {
        let span = Duration::from_secs_f64(num::float(commands) * slowed / self.per_sec);
        // Time in which nothing was sent is not made up for.
        self.due = self.due.max(now) + span;
    }
}

/// Between two looks at a server's response time.
pub(super) const LOOK: Duration = Duration::from_millis(500);
/// A server is slower when an answer takes both times as long and so much longer than at first.
const SLOWER_FACTOR: f64 = 4.0;
const SLOWER_BY: Duration = Duration::from_millis(5);
/// Looks in a row at which it is slower, to stop.
const LOOKS: u32 = 4;

/// Whether a server answers as fast as it did before it was sampled.
#[derive(Debug)]
pub(super) struct Watch {
    at_first: Duration,
    slower: u32,
}

/// What a look says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// As fast as at first.
    Calm,
    /// Slower: go easier on it.
    Slower,
    /// For too long: stop.
    Stop,
}

impl Watch {
    /// A server that answered so fast.
    pub(super) fn new(at_first: Duration) -> Self {
        Self { at_first, slower: 0 }
    }

    /// How fast that was.
    pub(super) fn at_first(&self) -> Duration {
        self.at_first
    }

    /// It took so long now.
    pub(super) fn look(&mut self, took: Duration) -> Verdict {
        let limit = self.at_first.mul_f64(SLOWER_FACTOR).max(self.at_first + SLOWER_BY);
        if took <= limit {
            self.slower = 0;
            return Verdict::Calm;
        }
        self.slower += 1;
        if self.slower >= LOOKS { Verdict::Stop } else { Verdict::Slower }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_target_allows_a_share_and_an_idle_one_the_floor() {
        let limits = Limits {
            share: Fraction::from_percent(1).unwrap(),
            floor: OpsPerSec::of(500.0),
            interval: Duration::ZERO,
            time: Duration::ZERO,
            keys: 0,
        };
        let allowed = [0.0, 20_000.0, 90_000.0].map(|rate| limits.allowed(rate));
        assert!((allowed[0] - 500.0).abs() + (allowed[1] - 500.0).abs() < 1e-9);
        assert!((allowed[2] - 900.0).abs() < 1e-9);
    }

    #[test]
    fn commands_are_spread_and_pauses_not_made_up_for() {
        let ms = Duration::from_millis;
        let mut pace = Pace::new(1_000.0, ms(0));
        pace.sent(50, 1.0, ms(0));
        assert_eq!(pace.due(), ms(50));
        pace.sent(50, 2.0, ms(51));
        assert_eq!(pace.due(), ms(151));
        pace.sent(10, 1.0, ms(900));
        assert_eq!(pace.due(), ms(910));
    }

    #[test]
    fn one_slow_answer_is_a_warning_and_four_are_the_end() {
        let ms = Duration::from_millis;
        let mut watch = Watch::new(ms(1));
        assert_eq!(watch.look(ms(5)), Verdict::Calm);
        for _ in 0..3 {
            assert_eq!(watch.look(ms(9)), Verdict::Slower);
        }
        assert_eq!(watch.look(ms(1)), Verdict::Calm, "it starts over");
        let last: Vec<Verdict> = (0..4).map(|_| watch.look(ms(9))).collect();
        assert_eq!(last[3], Verdict::Stop);
        let mut far = Watch::new(ms(80));
        assert_eq!((far.look(ms(200)), far.look(ms(400))), (Verdict::Calm, Verdict::Slower));
    }
}
