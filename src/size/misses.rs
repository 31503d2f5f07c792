//! Smaller, with misses: node types that cannot hold every key, how often they hit, what the rest
//! costs at the origin. Values and arithmetic; `smaller` searches.

use serde::{Deserialize, Serialize};

use crate::engine::EngineVersion;
use crate::model::hit_ratio::{Held, HitCurve, Refill};
use crate::spec::{MaxmemoryPolicy, Origin};
use crate::units::{Bytes, Fraction, HOURS_PER_MONTH, Micros, OpsPerSec, Usd, num};

use super::{Bill, Layout};

/// What a plan with an origin may save by holding less than every key. Calculated at the horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Misses {
    /// What the cache does when memory is full.
    pub policy: MaxmemoryPolicy,
    /// Keys that the engine looks at for each eviction.
    pub samples: u32,
    /// Keys read per second at the peak; those of lines that spell them otherwise left out.
    pub reads: OpsPerSec,
    /// How the chosen layout serves; `None` when nothing was chosen.
    pub full: Option<Caching>,
    /// Layouts that cost less than the chosen one and hold less than every key, each node type and
    /// engine once, at most fifteen: those that keep to what the plan asks first, ascending total.
    pub smaller: Vec<Smaller>,
    /// How many of these there are, listed or not.
    pub n_smaller: u32,
    /// Node types and engines, at any number of shards below the chosen price, on which writes would
    /// be refused: the keys that may not be evicted do not fit.
    pub n_refusing_writes: u32,
}

/// A layout that holds less than every key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Smaller {
    /// As in `cache.r7g.large`.
    pub node_type: String,
    /// What it runs.
    pub engine: EngineVersion,
    /// How many of it.
    pub layout: Layout,
    /// Its nodes.
    pub bill: Bill,
    /// What all shards have for keys, their values and tables.
    pub room_bytes: Bytes,
    /// What every key of the plan would take there.
    pub wanted_bytes: Bytes,
    /// How it serves.
    pub caching: Caching,
    /// Nodes and origin, a month at the peak.
    #[serde(rename = "total_nano_usd")]
    pub total: Usd,
}

/// How a layout serves reads in the long run, and after it lost a shard's keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Caching {
    /// Share of the keys read that are found.
    pub hit_ratio: Fraction,
    /// Keys that take memory at a time.
    pub keys_held: u64,
    /// Seconds that a key is safe from eviction after it was asked for; `None` when nothing is evicted.
    pub safe_secs: Option<f64>,
    /// Reads of the origin per second.
    pub misses: OpsPerSec,
    /// What they cost if the peak lasted all month; `None` without a price.
    #[serde(rename = "origin_nano_usd")]
    pub origin: Option<Usd>,
    /// What the origin's latency adds to a read on average; `None` without one.
    pub added_us: Option<Micros>,
    /// Whether the hit ratio is what the plan asks for; `None` when it does not.
    pub meets_hit_ratio: Option<bool>,
    /// Whether the origin bears the misses; `None` when its capacity is not given.
    pub origin_bears: Option<bool>,
    /// Reads of the origin per second right after one shard lost its keys.
    pub cold_misses: OpsPerSec,
    /// Whether the origin bears these; `None` when its capacity is not given.
    pub origin_bears_cold: Option<bool>,
    /// How that shard fills up again; `None` when it never does.
    pub refill: Option<Refill>,
}

impl Caching {
    /// Of a layout whose hottest shard takes `share` of the load; not how it refills.
    pub(super) fn of(held: &Held, origin: &Origin, share: f64) -> Self {
        let hit_ratio = held.hit_ratio().and_then(Fraction::new).unwrap_or(Fraction::ZERO);
        let misses = OpsPerSec::of(held.misses());
        let cold = OpsPerSec::of(held.reads * share + held.misses() * (1.0 - share));
        let bears = |load| origin.capacity.map(|capacity| load <= capacity);
        Self {
            hit_ratio,
            keys_held: num::round(held.keys.iter().sum()),
            safe_secs: held.timers.map(|timers| timers.age_secs),
            misses,
            origin: origin.cost_per_million.map(|cost| monthly(misses, cost)),
            added_us: origin.latency_us.map(|latency| latency.scale(hit_ratio.rest().get())),
            meets_hit_ratio: origin.min_hit_ratio.map(|least| hit_ratio >= least),
            origin_bears: bears(misses),
            cold_misses: cold,
            origin_bears_cold: bears(cold),
            refill: None,
        }
    }

    /// The same with how a shard of that share of the load refills, no faster than the origin gives.
    pub(super) fn refilled(
        self,
        curve: &HitCurve,
        held: &Held,
        origin: &Origin,
        share: f64,
    ) -> Self {
        // What is left for it of the origin, as if all shards were cold.
        let left = origin.capacity.map_or(f64::INFINITY, |capacity| {
            (capacity.per_sec() - held.misses() * (1.0 - share)) / share
        });
        let refill = curve.refill(held, left);
        let refill = refill.map(|all| Refill { fetched: all.fetched * share, ..all });
        Self { refill, ..self }
    }

    /// Whether it keeps to everything that the plan asks of it in the long run.
    pub fn is_acceptable(&self) -> bool {
        self.meets_hit_ratio != Some(false) && self.origin_bears != Some(false)
    }
}

impl Misses {
    /// The cheapest of the smaller layouts that keeps to what the plan asks, where it saves something
    /// in total.
    pub fn saving(&self, full: Usd) -> Option<&Smaller> {
        let acceptable = self.smaller.iter().filter(|one| one.caching.is_acceptable());
        acceptable.min_by_key(|one| one.total).filter(|one| one.total < full)
    }
}

/// A month of 730 hours of so many reads per second.
fn monthly(reads: OpsPerSec, cost_per_million: Usd) -> Usd {
    let millions = reads.per_sec() * num::float(HOURS_PER_MONTH) * 3_600.0 / 1e6;
    Usd::from_nanos(num::round(millions * num::float(cost_per_million.nanos())))
}
