//! The hit ratio at every amount of memory.

use serde::{Deserialize, Serialize};

use crate::spec::MaxmemoryPolicy;
use crate::units::num;

use super::demand::ClassDemand;
use super::groups::{Group, groups};
use super::residence::{Residence, Timers};

/// Ages that are tried, as shares of the largest: so many to a factor of ten, down to 1e-6, where a
/// cache holds next to nothing.
const PER_DECADE: u32 = 16;
const DECADES: u32 = 6;
/// And so many at even distances in the upper half, where a cache holds most keys.
const UPPER: u32 = 24;
/// Bisections, each of which halves the interval of a logarithm: to one part in a million of the widest.
const STEPS: u32 = 26;
/// A search finds the rate of eviction between these, in units of 1 ÷ age.
const RATES: (f64, f64) = (1e-9, 1e9);
/// From one age to the next that product changes by less than this factor, or all of [`RATES`] is
/// searched; and so many bisections, to one part in a million.
const NEARBY: f64 = 4.0;
const STEPS_NEARBY: u32 = 21;
/// Keys that have expired and wait for collection, at most, as a share of those that have not: the
/// engine searches them until it finds 10 %, MODEL.md §1.14.
const MOST_STALE: f64 = 0.22;

/// What a cache holds and how often it hits, for any amount of memory.
#[derive(Debug, Clone)]
pub struct HitCurve {
    groups: Vec<Group>,
    ttls: Vec<Option<f64>>,
    /// Of each class, whether its keys may be evicted.
    evictable: Vec<bool>,
    n_classes: usize,
    /// Without shortage of memory.
    full: Held,
    /// Ascending amounts of keys.
    short: Vec<Held>,
}

/// What is held in the long run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// When keys are evicted; `None` where memory is not short.
    pub timers: Option<Timers>,
    /// Keys of each class that take memory, expired ones that wait for collection included.
    pub keys: Vec<f64>,
    /// Keys read per second.
    pub reads: f64,
    /// Of them, those that are found.
    pub hits: f64,
}

/// How an amount of memory serves.
#[derive(Debug, Clone, PartialEq)]
pub enum Cached {
    /// It holds every key that has not expired.
    All(Held),
    /// Keys are evicted for others.
    Some(Held),
    /// Keys that must not be evicted need more: writes are refused.
    OutOfMemory {
        /// What they need.
        needed: f64,
    },
}

impl Held {
    /// Share of the reads that find their key; `None` without reads.
    pub fn hit_ratio(&self) -> Option<f64> {
        (self.reads > 0.0).then(|| (self.hits / self.reads).clamp(0.0, 1.0))
    }

    /// Keys read per second that are not there.
    pub fn misses(&self) -> f64 {
        (self.reads - self.hits).max(0.0)
    }

    /// The state between two, `part` of the way from `self`.
    fn towards(&self, other: &Self, part: f64) -> Self {
        let mix = |a: f64, b: f64| a + (b - a) * part;
        let timers = match (self.timers, other.timers) {
            (Some(a), Some(b)) => {
                Some(Timers { age_secs: mix(a.age_secs, b.age_secs), rate: mix(a.rate, b.rate) })
            }
            (timers, None) | (None, timers) => timers,
        };
        let keys = self.keys.iter().zip(&other.keys).map(|(a, b)| mix(*a, *b)).collect();
        Self { timers, keys, reads: self.reads, hits: mix(self.hits, other.hits) }
    }
}

impl HitCurve {
    /// Takes some hundred milliseconds, whatever the number of keys.
    ///
    /// * `samples`: keys that the engine looks at for each eviction, at least 1.
    pub fn new(demands: &[ClassDemand], policy: MaxmemoryPolicy, samples: u32) -> Self {
        let evictable = |demand: &ClassDemand| match policy {
            MaxmemoryPolicy::NoEviction => false,
            MaxmemoryPolicy::VolatileLru => demand.ttl_secs.is_some(),
            MaxmemoryPolicy::AllkeysLru => true,
        };
        let mut curve = Self {
            groups: demands.iter().enumerate().flat_map(|(at, one)| groups(at, one)).collect(),
            ttls: demands.iter().map(|one| one.ttl_secs.map(num::float)).collect(),
            evictable: demands.iter().map(evictable).collect(),
            n_classes: demands.len(),
            full: Held { timers: None, keys: Vec::new(), reads: 0.0, hits: 0.0 },
            short: Vec::new(),
        };
        curve.full = curve.state(None).0;
        let samples = f64::from(samples.max(1));
        let Some(longest) = curve.longest_age(samples) else { return curve };
        let mut ages: Vec<f64> = (1..=PER_DECADE * DECADES)
            .map(|step| longest * 10f64.powf(-f64::from(step) / f64::from(PER_DECADE)))
            .chain(
                (1..=UPPER).map(|step| longest * (1.0 - 0.5 * f64::from(step) / f64::from(UPPER))),
            )
            .collect();
        ages.sort_by(f64::total_cmp);
        let mut known = None;
        curve.short = ages
            .into_iter()
            .map(|age| {
                let timers = curve.timers_at(age, samples, known);
                known = Some(timers.rate * age);
                curve.state(Some(timers)).0
            })
            .collect();
        curve
    }

    /// Without shortage of memory: every key that was asked for and has not expired.
    pub fn full(&self) -> &Held {
        &self.full
    }

    /// What `capacity` holds, in the unit of `cost`.
    ///
    /// * `cost`: what so many keys of each class take; more keys never take less.
    pub fn within(&self, capacity: f64, cost: impl Fn(&[f64]) -> f64) -> Cached {
        if cost(&self.full.keys) <= capacity {
            return Cached::All(self.full.clone());
        }
        let pinned: Vec<f64> = self
            .full
            .keys
            .iter()
            .zip(&self.evictable)
            .map(|(keys, evictable)| if *evictable { 0.0 } else { *keys })
            .collect();
        let needed = cost(&pinned);
        if needed > capacity {
            return Cached::OutOfMemory { needed };
        }
        let next = self.short.partition_point(|held| cost(&held.keys) <= capacity);
        let nothing = self.without_evictable(pinned);
        let below = next.checked_sub(1).map_or(&nothing, |at| &self.short[at]);
        let above = self.short.get(next).unwrap_or(&self.full);
        let (low, high) = (cost(&below.keys), cost(&above.keys));
        let part = if high > low { ((capacity - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
        Cached::Some(below.towards(above, part))
    }

    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    pub(super) fn residence(&self, group: &Group, timers: Option<Timers>) -> Residence {
        let class = group.class;
        if !self.evictable[class] && self.ttls[class].is_none() {
            return Residence::ALWAYS;
        }
        Residence::of(group, timers.filter(|_| self.evictable[class]), self.ttls[class])
    }

    /// What is held with keys evicted so, and of the keys that may be evicted how many there are and
    /// how many of them are old enough.
    fn state(&self, timers: Option<Timers>) -> (Held, [f64; 2]) {
        let mut keys = vec![0.0; self.n_classes];
        let mut stale = keys.clone();
        let mut old = 0.0;
        let (mut reads, mut hits) = (0.0, 0.0);
        for group in &self.groups {
            let one = self.residence(group, timers);
            keys[group.class] += group.keys * one.live;
            stale[group.class] += group.keys * one.stale;
            reads += group.keys * (group.reads + group.reading_visits());
            hits += group.keys * (group.reads * one.live + group.reading_visits() * one.visit_hits);
            if self.evictable[group.class] {
                old += group.keys * one.old;
            }
        }
        for (keys, stale) in keys.iter_mut().zip(&stale) {
            *keys += stale.min(MOST_STALE * *keys);
        }
        let sampled = keys.iter().zip(&self.evictable).filter(|(_, evictable)| **evictable);
        let sampled = sampled.map(|(keys, _)| *keys).sum();
        (Held { timers, keys, reads, hits }, [sampled, old])
    }

    /// The rate that goes with an age: of the keys that may be evicted one in `samples` is older.
    ///
    /// * `nearby`: rate · age at an age not far from this one.
    fn timers_at(&self, age_secs: f64, samples: f64, nearby: Option<f64>) -> Timers {
        let timers = |product: f64| Timers { age_secs, rate: product.exp() / age_secs };
        let too_slow = |product| self.are_too_many_old(timers(product), samples);
        let near = nearby.map(|product| ((product / NEARBY).ln(), (product * NEARBY).ln()));
        let (mut low, mut high, steps) = match near {
            Some((low, high)) if too_slow(low) && !too_slow(high) => (low, high, STEPS_NEARBY),
            _ => (RATES.0.ln(), RATES.1.ln(), STEPS),
        };
        for _ in 0..steps {
            let middle = f64::midpoint(low, high);
            if too_slow(middle) { low = middle } else { high = middle }
        }
        timers(f64::midpoint(low, high))
    }

    fn are_too_many_old(&self, timers: Timers, samples: f64) -> bool {
        let (_, [evictable, old]) = self.state(Some(timers));
        old * samples > evictable
    }

    /// The age up to which there is a rate: one at which next to nothing has to be evicted. `None` when
    /// nothing may be evicted, or nothing that may is asked for.
    fn longest_age(&self, samples: f64) -> Option<f64> {
        let hottest = self
            .groups
            .iter()
            .filter(|group| self.evictable[group.class])
            .map(Group::accesses)
            .fold(0.0, f64::max);
        if hottest <= 0.0 {
            return None;
        }
        let is_short = |age_secs: f64| {
            self.are_too_many_old(Timers { age_secs, rate: RATES.0 / age_secs }, samples)
        };
        let (mut low, mut high) = ((1e-3 / hottest).ln(), (1e12 / hottest).ln());
        for _ in 0..STEPS {
            let middle = f64::midpoint(low, high);
            if is_short(middle.exp()) { low = middle } else { high = middle }
        }
        Some(low.exp())
    }

    /// Nothing but what must not be evicted.
    fn without_evictable(&self, keys: Vec<f64>) -> Held {
        let mut held = Held { timers: None, keys, reads: self.full.reads, hits: 0.0 };
        for group in self.groups.iter().filter(|group| !self.evictable[group.class]) {
            let one = self.residence(group, None);
            held.hits +=
                group.keys * (group.reads * one.live + group.reading_visits() * one.visit_hits);
        }
        held
    }
}
