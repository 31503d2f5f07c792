//! A closed loop: users who wait for their reply, think, and send again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::spec::ClosedLoop;
use crate::units::num;
use crate::workload::Share;

/// Users between two requests; times in nanoseconds after the start of the level.
pub(super) struct Users {
    /// When each of them sends next.
    ready: BinaryHeap<Reverse<u64>>,
    /// Shortest and longest think time.
    think: (u64, u64),
    rng: ChaCha8Rng,
}

impl Users {
    /// One generator's share of the users, who begin one after the other at the spawn rate.
    pub(super) fn new(plan: &ClosedLoop, seed: u64, share: Share) -> Self {
        let gap = 1e9 / plan.spawn_rate.per_sec();
        let begins = |user: u32| Reverse(num::round(gap * f64::from(user)));
        let own = (0..plan.users).filter(|user| user % share.of == share.number);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(u64::from(share.number));
        let (least, most) = plan.think_us;
        let nanos = |us: f64| num::round(us * 1e3);
        Self {
            ready: own.map(begins).collect(),
            think: (nanos(least.get()), nanos(most.get())),
            rng,
        }
    }

    /// When the next user sends.
    pub(super) fn next(&self) -> Option<u64> {
        self.ready.peek().map(|Reverse(at)| *at)
    }

    /// A user who sends by `now`, and when.
    pub(super) fn take(&mut self, now: u64) -> Option<u64> {
        let at = self.next().filter(|at| *at <= now)?;
        self.ready.pop();
        Some(at)
    }

    /// A user got a reply at `now` and begins to think.
    pub(super) fn answered(&mut self, now: u64) {
        let (least, most) = self.think;
        let think = if least < most { self.rng.random_range(least..=most) } else { least };
        self.ready.push(Reverse(now.saturating_add(think)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Micros, OpsPerSec};

    fn users(n: u32, think_ms: (f64, f64)) -> Users {
        let us = |ms: f64| Micros::of(ms * 1e3);
        let plan = ClosedLoop {
            users: n,
            spawn_rate: OpsPerSec::of(5.0),
            think_us: (us(think_ms.0), us(think_ms.1)),
            length: std::time::Duration::from_secs(30),
        };
        Users::new(&plan, 1, Share::WHOLE)
    }

    /// Locust's 25 users at 5 a second: one every 200 ms.
    #[test]
    fn users_begin_one_after_the_other() {
        let mut users = users(25, (1000.0, 1000.0));
        let begins: Vec<u64> = std::iter::from_fn(|| users.take(u64::MAX)).collect();
        assert_eq!((begins.len(), begins[1], begins[24]), (25, 200_000_000, 4_800_000_000));
    }

    #[test]
    fn a_user_sends_again_only_after_a_reply_and_a_thought() {
        let mut users = users(1, (10.0, 20.0));
        assert_eq!(users.take(0), Some(0));
        assert_eq!((users.take(u64::MAX), users.next()), (None, None), "the reply is not there");
        users.answered(5_000_000);
        let next = users.next().unwrap();
        assert!((15_000_000..=25_000_000).contains(&next), "{next}");
        assert_eq!(users.take(next - 1), None);
    }
}
