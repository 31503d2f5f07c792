//! Which law an engine version follows, and how well that is known.

use serde::{Deserialize, Serialize};

use super::table::TableLaw;
use crate::engine::{EngineVersion, Product};
use crate::units::Bytes;

/// How an engine version spends memory on string keys, standalone. Source: MODEL.md §1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Law {
    /// The version whose source was read and whose servers were measured.
    pub of: EngineVersion,
    /// Whether that is the version asked for.
    pub basis: Basis,
    /// How a key and its value are laid out.
    pub entry: EntryLaw,
    /// The hash table that holds them, and the one that holds keys with a time to live.
    pub table: TableLaw,
    /// Whether the server's timer doubles a table that is exactly full, one key early.
    pub doubles_when_full: bool,
    /// `used_memory` of a server that holds nothing and has run the workload's commands once.
    pub baseline: Bytes,
}

/// How well a law fits the version it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Read and measured for this very version.
    Exact,
    /// Taken over from the nearest known version.
    Assumed,
}

/// Layouts of a string key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryLaw {
    /// A table entry, a key string and a value object.
    Separate,
    /// The key inside the table entry, and a value object.
    KeyInEntry,
    /// The key inside the value object, and the value too when the block stays within 64 bytes.
    KeyInObject64,
    /// As before, with the value in place of its pointer and a limit of 128 bytes.
    KeyInObject128,
}

/// Versions with a law of their own, ascending within a product: baseline (official
/// builds, MODEL.md §1.6), layout, table, and whether the timer doubles full tables (§1.1).
const KNOWN: [(EngineVersion, u64, EntryLaw, TableLaw, bool); 9] = {
    use EngineVersion as V;
    use EntryLaw::{KeyInEntry, KeyInObject64, KeyInObject128, Separate};
    use TableLaw::{Dict, Hashtable};
    [
        (V::redis(6, 2), 872_200, Separate, Dict, false),
        (V::redis(7, 0), 1_079_552, Separate, Dict, false),
        (V::redis(7, 2), 1_086_848, Separate, Dict, false),
        (V::redis(7, 4), 1_167_232, Separate, Dict, true),
        (V::redis(8, 0), 873_640, Separate, Dict, true),
        (V::valkey(7, 2), 1_101_440, Separate, Dict, false),
        (V::valkey(8, 0), 1_112_528, KeyInEntry, Dict, true),
        (V::valkey(8, 1), 1_079_456, KeyInObject64, Hashtable, true),
        (V::valkey(9, 1), 1_127_248, KeyInObject128, Hashtable, true),
    ]
};

/// The law of `engine`; for a version without one, that of the latest known version before it,
/// or of the product's earliest.
pub fn law_for(engine: EngineVersion) -> Law {
    let of_product = || KNOWN.iter().filter(|known| known.0.product == engine.product);
    let &(of, baseline, entry, table, doubles_when_full) = of_product()
        .rfind(|known| known.0.number() <= engine.number())
        .or_else(|| of_product().next())
        .expect("each product has known versions");
    let basis = if of == engine { Basis::Exact } else { Basis::Assumed };
    Law { of, basis, entry, table, doubles_when_full, baseline: Bytes::new(baseline) }
}

impl Law {
    /// Whether commands keep a latency histogram each: Redis 7.0 introduced `latency-tracking`.
    pub fn tracks_latency(&self) -> bool {
        self.of.product == Product::Valkey || self.of.number() >= (7, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(asked: &str, expected: &str, basis: Basis) {
        let law = law_for(EngineVersion::parse(asked).expect("a version"));
        assert_eq!((law.of.to_string().as_str(), law.basis), (expected, basis), "{asked}");
    }

    #[test]
    fn every_version_maps_to_the_nearest_law() {
        check("redis-5.0", "redis-6.2", Basis::Assumed);
        check("redis-6.2.6", "redis-6.2", Basis::Exact);
        check("redis-7.1", "redis-7.0", Basis::Assumed);
        check("redis-7.4", "redis-7.4", Basis::Exact);
        check("redis-9.0", "redis-8.0", Basis::Assumed);
        check("valkey-7.2", "valkey-7.2", Basis::Exact);
        check("valkey-8.1.4", "valkey-8.1", Basis::Exact);
        check("valkey-8.2", "valkey-8.1", Basis::Assumed);
        check("valkey-9.0", "valkey-8.1", Basis::Assumed);
        check("valkey-9.1", "valkey-9.1", Basis::Exact);
        check("valkey-10.0", "valkey-9.1", Basis::Assumed);
    }
}
