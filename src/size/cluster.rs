//! What cluster mode adds to memory until its exact law exists: a baseline that was measured, and
//! an allowance per key and slot that no measured server exceeded.

use crate::engine::{EngineVersion, Product};
use crate::evidence::Grade;
use crate::model::memory::law_for;
use crate::units::{Bytes, num};

/// Hash slots of a cluster. Source: the Redis and Valkey cluster specification.
const SLOTS: u32 = 16_384;

/// `used_memory` of an empty server with cluster mode enabled. Official builds, measured on real
/// servers after the workload's commands had run once, MODEL.md §3.2.
const BASELINES: [(EngineVersion, u64); 9] = [
    (EngineVersion::redis(6, 2), 1_530_560),
    (EngineVersion::redis(7, 0), 1_853_704),
    (EngineVersion::redis(7, 2), 1_854_112),
    (EngineVersion::redis(7, 4), 2_550_336),
    (EngineVersion::redis(8, 0), 2_214_504),
    (EngineVersion::valkey(7, 2), 1_868_704),
    (EngineVersion::valkey(8, 0), 2_958_152),
    (EngineVersion::valkey(8, 1), 2_926_344),
    (EngineVersion::valkey(9, 1), 3_015_864),
];

/// The share of keys and load that the fullest of `shards` shards has: slots are handed out whole,
/// so of 3 shards one has 5,462 of 16,384. Keys are taken as spread evenly over slots.
pub(super) fn largest_share(shards: u32) -> f64 {
    f64::from(slots(shards)) / f64::from(SLOTS)
}

/// Slots of the fullest shard.
fn slots(shards: u32) -> u32 {
    SLOTS.div_ceil(shards.max(1))
}

/// `used_memory` of an empty server with cluster mode enabled.
pub(super) fn baseline(engine: EngineVersion) -> Bytes {
    let of = law_for(engine).of;
    let known = BASELINES.iter().find(|(version, _)| *version == of);
    Bytes::new(known.expect("every version with a law was measured as a cluster, too").1)
}

/// What one shard of `shards` keeps besides, for `keys` keys of which `expiring` have a time to
/// live: more than any measured server needed. Graded [`Grade::Assumed`].
///
/// * Redis up to 6.2: a radix tree over slot and key. It took 40 to 47 bytes per key: 47.
/// * Redis 7.0 to 7.2, Valkey 7.2: each key's table entry links to its neighbours of the same
///   slot, 40 bytes instead of 24: 16 per key.
/// * Newer: a table per slot, and another for keys with a time to live. Tables of a power of two
///   waste at most 8 bytes per key against one large table; each slot's table has a header of at
///   most 96 bytes (Redis 8.0: 2,560, and 64) and a smallest size of at most 64 bytes.
///
/// Source: measured on real servers, MODEL.md §3.2.
pub(super) fn allowance(engine: EngineVersion, shards: u32, keys: u64, expiring: u64) -> Bytes {
    let version = engine.number();
    let per_slot = match engine.product {
        Product::Redis if version < (7, 0) => return Bytes::new(47) * keys,
        Product::Redis if version < (7, 4) => return Bytes::new(16) * keys,
        Product::Valkey if version < (8, 0) => return Bytes::new(16) * keys,
        Product::Redis if version >= (8, 0) => 2_560 + 64,
        Product::Redis | Product::Valkey => 2 * 96,
    };
    let tables = Bytes::new(per_slot + 2 * 64) * u64::from(slots(shards));
    tables + Bytes::new(8) * keys.saturating_add(expiring)
}

/// How well the two figures above are known together.
pub(super) const GRADE: Grade = Grade::Assumed;

/// `n` keys of which the fullest shard holds its share, rounded up.
pub(super) fn keys_of_shard(n: u64, shards: u32) -> u64 {
    if shards <= 1 { n } else { num::ceil(num::float(n) * largest_share(shards)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_engine_on_offer_has_a_cluster_baseline() {
        for engine in EngineVersion::ON_ELASTICACHE {
            assert!(baseline(engine) > law_for(engine).baseline, "{engine}");
        }
    }

    #[test]
    fn slots_are_whole() {
        assert_eq!(slots(3), 5_462);
        assert!((largest_share(1) - 1.0).abs() < 1e-12);
        assert_eq!(keys_of_shard(16_384, 3), 5_462);
        assert_eq!(keys_of_shard(7, 1), 7);
    }

    #[test]
    fn the_allowance_follows_the_structure() {
        let million = |engine| allowance(engine, 2, 1_000_000, 1_000_000);
        assert_eq!(million(EngineVersion::redis(6, 2)), Bytes::new(47_000_000));
        assert_eq!(million(EngineVersion::redis(7, 1)), Bytes::new(16_000_000));
        assert_eq!(million(EngineVersion::valkey(7, 2)), Bytes::new(16_000_000));
        assert_eq!(
            million(EngineVersion::valkey(8, 1)),
            Bytes::new(16_000_000 + 8_192 * (2 * 96 + 2 * 64))
        );
    }
}
