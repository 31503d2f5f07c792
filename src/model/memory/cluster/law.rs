//! What cluster mode adds, by engine version.

use crate::engine::{EngineVersion, Product};
use crate::units::Bytes;

use super::super::entry::DICT_ENTRY;
use super::super::law::law_for;

/// How a version finds the keys of a slot. Source: MODEL.md §1.11.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClusterLaw {
    /// A radix tree over slot and key beside one table, as before Redis 7.0.
    RadixTree,
    /// One table, whose entries are linked by slot: so many bytes longer than standalone's.
    LinkedEntries { entry: u64, standalone: u64 },
    /// A table for each slot that holds a key, and one for each that holds a key with a time to
    /// live; the bytes that each asks for besides its buckets.
    TablePerSlot { keys_header: u64, expiry_header: u64 },
}

/// `used_memory` of an empty server with cluster mode enabled. Official builds, measured on real
/// servers after the workload's commands had run once, MODEL.md §1.11.
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

/// A dict without its array: src/dict.h:96 (Redis 7.4.1), :93 (Valkey 8.0.1).
const DICT: u64 = 56;
/// A hashtable without its buckets: src/hashtable.c (Valkey 8.1.1), and with the list of safe
/// iterators (Valkey 9.1.2).
const HASHTABLE: [u64; 2] = [72, 80];
/// What a store of tables keeps with each: its place in the list of those that move keys, and from
/// Valkey 8.0 on the store. src/kvstore.c:65 (Redis 7.4.1), :87 (Valkey 8.0.1).
const IN_LIST: u64 = 8;
const IN_STORE: u64 = 16;
/// Redis 8.0 counts the sizes of keys of five types in 60 bins with each slot's table.
const SIZE_HISTOGRAM: u64 = 5 * 60 * 8;
/// The previous and the next key of the same slot in an entry of a dict: src/cluster.h:164 (Redis 7.0.15), :167 (7.2.6), :169 (Valkey 7.2.7).
const LINKS: u64 = 16;

/// The law of cluster mode that `engine` follows, where standalone it follows [`law_for`].
pub(super) fn cluster_law(engine: EngineVersion) -> ClusterLaw {
    let of = law_for(engine).of;
    let per_slot =
        |keys_header, expiry_header| ClusterLaw::TablePerSlot { keys_header, expiry_header };
    match (of.product, of.number()) {
        (Product::Redis, number) if number < (7, 0) => ClusterLaw::RadixTree,
        (Product::Redis, number) if number < (7, 4) => LINKED,
        (Product::Redis, number) if number < (8, 0) => per_slot(DICT + IN_LIST, DICT + IN_LIST),
        (Product::Redis, _) => per_slot(DICT + IN_LIST + SIZE_HISTOGRAM, DICT + IN_LIST),
        (Product::Valkey, number) if number < (8, 0) => LINKED,
        (Product::Valkey, (8, 0)) => per_slot(DICT + IN_STORE, DICT + IN_STORE),
        (Product::Valkey, number) => {
            let header = HASHTABLE[usize::from(number > (8, 1))] + IN_STORE;
            per_slot(header, header)
        }
    }
}

const LINKED: ClusterLaw =
    ClusterLaw::LinkedEntries { entry: DICT_ENTRY + LINKS, standalone: DICT_ENTRY };

/// `used_memory` of an empty server with cluster mode enabled; other builds differ by some ten
/// kilobytes, as they do standalone.
pub(super) fn baseline(engine: EngineVersion) -> Bytes {
    let of = law_for(engine).of;
    let known = BASELINES.iter().find(|(version, _)| *version == of);
    Bytes::new(known.expect("every version with a law was measured as a cluster, too").1)
}

#[cfg(test)]
mod tests {
    use super::super::super::block;
    use super::*;
    use crate::engine::Allocator;

    #[test]
    fn every_engine_on_offer_has_a_cluster_baseline() {
        for engine in EngineVersion::ON_ELASTICACHE {
            assert!(baseline(engine) > law_for(engine).baseline, "{engine}");
        }
    }

    /// As measured per slot that holds keys, on official builds.
    #[test]
    fn headers_take_the_blocks_that_were_measured() {
        let measured = [
            (EngineVersion::redis(7, 4), 64, 64),
            (EngineVersion::redis(8, 0), 2_560, 64),
            (EngineVersion::valkey(8, 0), 80, 80),
            (EngineVersion::valkey(8, 1), 96, 96),
            (EngineVersion::valkey(9, 1), 96, 96),
        ];
        for (engine, keys, expiry) in measured {
            let ClusterLaw::TablePerSlot { keys_header, expiry_header } = cluster_law(engine)
            else {
                panic!("{engine} keeps a table per slot");
            };
            let taken = [keys_header, expiry_header].map(|n| block(Allocator::JemallocQ8, n));
            assert_eq!(taken, [keys, expiry], "{engine}");
        }
        assert_eq!(cluster_law(EngineVersion::redis(6, 2)), ClusterLaw::RadixTree);
        assert_eq!(cluster_law(EngineVersion::redis(7, 1)), LINKED);
        assert_eq!(cluster_law(EngineVersion::valkey(7, 2)), LINKED);
    }
}
