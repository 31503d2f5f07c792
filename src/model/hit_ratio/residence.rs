//! How long one key stays, and so how often it is found.

use serde::{Deserialize, Serialize};

use super::groups::Group;

/// When the engine evicts: nothing is evicted that was asked for within `age_secs`; what was not is
/// evicted at a constant `rate` from then on.
///
/// Exact LRU is an infinite rate, random eviction an age of zero. Source: MODEL.md §5.1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Timers {
    /// The age from which on keys are evicted, seconds since they were last asked for or written.
    pub age_secs: f64,
    /// Evictions of each such key per second.
    pub rate: f64,
}

/// The state of a key on the average.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Residence {
    /// The share of time in which it is there and has not expired: the hit ratio of reads at random
    /// times.
    pub(super) live: f64,
    /// The share of time in which it has expired and nobody has noticed: neither a lookup nor the
    /// evictions. The engine's own search for expired keys is not counted.
    pub(super) stale: f64,
    /// The share of time in which it is there, expired or not, and old enough to be evicted.
    pub(super) old: f64,
    /// Hit ratio of a sequential line's reads.
    pub(super) visit_hits: f64,
}

impl Residence {
    /// Of a key that is never removed.
    pub(super) const ALWAYS: Self = Self { live: 1.0, stale: 0.0, old: 0.0, visit_hits: 1.0 };

    /// * `timers`: `None` where memory is never short.
    /// * `ttl`: seconds from each write on; `None` for ever.
    pub(super) fn of(group: &Group, timers: Option<Timers>, ttl: Option<f64>) -> Self {
        if timers.is_none() && ttl.is_none() {
            return Self::ALWAYS;
        }
        if group.accesses() <= 0.0 {
            return Self::default();
        }
        let evicted = timers.map_or(Evicted::NEVER, |timers| Evicted::of(group, timers));
        match ttl {
            Some(ttl) => evicted.and_expired(group, timers, ttl),
            None => Self {
                live: 1.0 - evicted.vacant,
                stale: 0.0,
                old: evicted.old,
                visit_hits: evicted.visit_hits,
            },
        }
    }
}

/// What evictions alone make of a key that does not expire.
#[derive(Debug, Clone, Copy)]
struct Evicted {
    vacant: f64,
    old: f64,
    visit_hits: f64,
}

impl Evicted {
    const NEVER: Self = Self { vacant: 0.0, old: 0.0, visit_hits: 1.0 };

    /// With random accesses at a rate l and a visit every g seconds, the time since the last access is
    /// longer than a with `G(a) = e^(−l·a) · (1 − a/g)`; a key of that age is there with
    /// `S(a) = 1` up to the age A and `e^(−h·(a − A))` beyond. So `vacant = ∫ h·S(a)·G(a) da` from A
    /// on, and `G(A)` is what is vacant or old. Source: MODEL.md §5.1.
    fn of(group: &Group, timers: Timers) -> Self {
        let Timers { age_secs: age, rate } = timers;
        let (at_random, gap) = (group.at_random(), group.gap);
        if age >= gap {
            return Self::NEVER;
        }
        let (untouched, sum) = ((-at_random * age).exp(), rate + at_random);
        let beyond = gap - age;
        let passed = if gap.is_finite() { -(-sum * beyond).exp_m1() } else { 1.0 };
        let bracket = if gap.is_finite() {
            (1.0 - age / gap) / sum - passed / (sum * sum * gap)
        } else {
            1.0 / sum
        };
        let vacant = (rate * untouched * bracket).clamp(0.0, 1.0);
        let older = untouched * if gap.is_finite() { 1.0 - age / gap } else { 1.0 };
        Self {
            vacant,
            old: (older - vacant).max(0.0),
            visit_hits: 1.0 - (rate * untouched * passed / sum).clamp(0.0, 1.0),
        }
    }

    /// A stay ends by eviction or by expiry, whichever is first. Either has a time in which it cannot
    /// come, the age and the lifetime, and is then taken to come at a constant rate, chosen so that
    /// its mean is exact. Source: MODEL.md §5.2.
    fn and_expired(self, group: &Group, timers: Option<Timers>, ttl: f64) -> Residence {
        let accesses = group.accesses();
        let expiry = Ending::of_expiry(group, ttl);
        let (stay, evictions) = match timers {
            None => (expiry.mean, 0.0),
            Some(timers) => {
                let mean = (1.0 - self.vacant) / (self.vacant * accesses);
                let eviction = Ending::new(timers.age_secs.min(mean), mean);
                eviction.before(expiry)
            }
        };
        let live = 1.0 - 1.0 / (1.0 + accesses * stay);
        let stays = accesses * (1.0 - live);
        let (rate, patience) = timers.map_or((f64::INFINITY, f64::INFINITY), |timers| {
            // What is left of its age when it expires: it was last asked for some time before.
            let idle = -(-group.at_random() * ttl).exp_m1() / accesses;
            (timers.rate, (timers.age_secs - idle).max(0.0) + 1.0 / timers.rate)
        });
        let missed = (-accesses * patience).exp();
        let expired = stays * (1.0 - evictions);
        let (live, visit_hits) = if group.at_random() > 0.0 {
            let held = 1.0 - self.vacant;
            (live, if held > 0.0 { self.visit_hits * live / held } else { 0.0 })
        } else {
            self.visited(group, stay, ttl)
        };
        Residence {
            live,
            stale: expired * (1.0 - missed) / accesses,
            old: stays * evictions / rate + expired * missed / rate,
            visit_hits,
        }
    }

    /// Of keys that are visited in turn and otherwise left alone, as often as they live.
    fn visited(self, group: &Group, stay: f64, ttl: f64) -> (f64, f64) {
        if group.visits_read < 1.0 {
            // Some visits write and so extend the life: as for random accesses.
            // So divided, because a stay may be longer than any number.
            let live = 1.0 / (1.0 + group.gap / stay);
            return (live, live.min(self.visit_hits));
        }
        let visits = (ttl / group.gap).ceil() - 1.0;
        let p = self.visit_hits;
        let hits = if p < 1.0 { p * (1.0 - p.powf(visits)) / (1.0 - p) } else { visits };
        ((stay / (group.gap * (1.0 + hits))).min(1.0), hits / (1.0 + hits))
    }
}

/// A way for a stay to end: not before `none_before`, at a constant rate from then on.
#[derive(Debug, Clone, Copy)]
struct Ending {
    none_before: f64,
    rate: f64,
    mean: f64,
}

impl Ending {
    fn new(none_before: f64, mean: f64) -> Self {
        Self { none_before, rate: 1.0 / (mean - none_before).max(0.0), mean }
    }

    /// Each write starts the lifetime anew, so that it ends with the first gap between writes that is
    /// longer: after `(e^(w·ttl) − 1) / w` on average.
    fn of_expiry(group: &Group, ttl: f64) -> Self {
        let writes = group.writes + (1.0 - group.visits_read) / group.gap;
        let mean = if writes * ttl > 1e-9 { (writes * ttl).exp_m1() / writes } else { ttl };
        Self::new(ttl, mean)
    }

    /// How long until either of two comes, and how likely this one is first.
    fn before(self, other: Self) -> (f64, f64) {
        let is_first = self.none_before <= other.none_before;
        let [first, second] = if is_first { [self, other] } else { [other, self] };
        let alone = second.none_before - first.none_before;
        let survives = if alone > 0.0 { (-first.rate * alone).exp() } else { 1.0 };
        let rates = first.rate + second.rate;
        let to_second = match (first.rate.is_infinite(), second.rate.is_infinite()) {
            (false, true) => 1.0,
            (false, false) if rates > 0.0 => second.rate / rates,
            _ => 0.0,
        };
        let after = if survives > 0.0 { survives / rates } else { 0.0 };
        let stay = first.none_before + mean_within(first.rate, alone) + after;
        let second_wins = survives * to_second;
        (stay, if is_first { 1.0 - second_wins } else { second_wins })
    }
}

/// `∫ e^(−rate·t) dt` from 0 to `span`.
fn mean_within(rate: f64, span: f64) -> f64 {
    match rate * span {
        decay if decay > 1e-9 => -(-decay).exp_m1() / rate,
        _ => span,
    }
}
