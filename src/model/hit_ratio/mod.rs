//! How many reads find their key when a cache holds less than all keys, because memory is short or
//! because keys expire.
//!
//! Knows the access laws of a plan and how engines choose what to evict; knows neither bytes of a
//! key nor node types: the caller says what so many keys of each class take. Reads are taken to come
//! at random times and to be refilled: after a miss the application sets the key (look-aside).
//! Source of every formula: MODEL.md §5.

mod curve;
mod demand;
mod groups;
mod refill;
mod residence;

#[cfg(test)]
mod tests;

pub use curve::{Cached, Held, HitCurve};
pub use demand::{ClassDemand, LineDemand, demands};
pub use refill::Refill;
pub use residence::Timers;

/// Keys that ElastiCache looks at for each eviction: `maxmemory-samples` of its parameter groups,
/// which the family redis2.6 sets to 3 and no later family lists as changed (source L4). The engines' own
/// default is 5: src/config.c:3076 (Redis 7.0.15), :3184 (Valkey 8.0.1).
pub const SAMPLES_ON_ELASTICACHE: u32 = 3;
