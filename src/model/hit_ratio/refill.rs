//! How an empty cache fills up again.

use serde::{Deserialize, Serialize};

use super::curve::{Held, HitCurve};

/// A cache counts as warm when its hit ratio is back to this share of what it is in the long run.
const WARM: f64 = 0.9;
/// Steps of the integral over the time it takes, even in its logarithm: to 0.5 % of it.
const STEPS: u32 = 100;
/// To one part in a million of the time it takes.
const BISECTIONS: u32 = 26;

/// How a cache that lost all its keys gets them back, each after a read that missed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Refill {
    /// Seconds until the hit ratio is back to 90 % of what it is in the long run.
    pub secs: f64,
    /// Keys read from the origin until then.
    pub fetched: f64,
}

impl HitCurve {
    /// How all that `held` describes comes back from nothing; `None` when there are no hits, or the
    /// origin never catches up.
    ///
    /// A key that was not asked for in t seconds is not there after them; one that was is there as
    /// often as in the long run, or less: `min(1 − G(t), held)`. Source: MODEL.md §5.4.
    ///
    /// * `origin`: keys per second that it gives at most; what is beyond is asked for again. Infinite
    ///   when not known.
    pub fn refill(&self, held: &Held, origin: f64) -> Option<Refill> {
        let warm = held.hits * WARM;
        if warm <= 0.0 || origin <= 0.0 {
            return None;
        }
        let hits = self.hits_after(held);
        let (mut low, mut high) = ((1e-9 / held.reads).ln(), 40.0_f64);
        if hits(high.exp()) < warm {
            return None;
        }
        for _ in 0..BISECTIONS {
            let middle = f64::midpoint(low, high);
            if hits(middle.exp()) < warm { low = middle } else { high = middle }
        }
        let end = high.exp();
        // Time runs slower while the origin gives less than what misses.
        let (mut secs, mut fetched, mut before) = (0.0, 0.0, 0.0);
        let first = end * 1e-6;
        for step in 0..=STEPS {
            let until = first * (end / first).powf(f64::from(step) / f64::from(STEPS));
            let (span, misses) = (until - before, held.reads - hits(f64::midpoint(before, until)));
            secs += span * (misses / origin).max(1.0);
            fetched += span * misses;
            before = until;
        }
        secs.is_finite().then_some(Refill { secs, fetched })
    }

    /// Hits per second so many seconds after it was empty.
    fn hits_after(&self, held: &Held) -> impl Fn(f64) -> f64 {
        let groups: Vec<_> = self
            .groups()
            .iter()
            .map(|group| (*group, self.residence(group, held.timers)))
            .collect();
        move |secs: f64| {
            let of = |(group, one): &(super::groups::Group, super::residence::Residence)| {
                let visited = (secs / group.gap).min(1.0);
                let untouched = (-group.at_random() * secs).exp() * (1.0 - visited);
                let at_random = group.reads * one.live.min(1.0 - untouched);
                let visits = group.reading_visits() * one.visit_hits.min(visited);
                group.keys * (at_random + visits)
            };
            groups.iter().map(of).sum()
        }
    }
}
