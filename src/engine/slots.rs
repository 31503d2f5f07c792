//! The hash slots of a cluster: which one a key falls into, and which of them a server owns.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Hash slots of a cluster. Source: the Redis and Valkey cluster specification;
/// `CLUSTER_SLOTS`, src/cluster.h:8 (Redis 6.2.6).
pub const SLOTS: u16 = 16_384;

/// CRC16-CCITT as XMODEM has it: nothing reflected, starting at zero. src/crc16.c (Redis 6.2.6).
const POLYNOMIAL: u16 = 0x1021;
/// The slots first…past of a cluster's 16,384, in one piece as `ElastiCache` hands them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotRange {
    /// The first slot.
    pub first: u16,
    /// The slot after the last, at most 16,384.
    pub past: u16,
}

/// The hash slot of a key: CRC16 of what stands between its first `{` and the first `}` after it,
/// or of the whole key where that is nothing.
///
/// Source: `keyHashSlot`, src/cluster.c:749 (Redis 6.2.6).
pub fn slot_of(key: &[u8]) -> u16 {
    crc16(0, hash_tag(key).unwrap_or(key)) % SLOTS
}

/// What a key's braces make it hash by; `None` for the whole key.
pub fn hash_tag(key: &[u8]) -> Option<&[u8]> {
    let from = key.iter().position(|byte| *byte == b'{')? + 1;
    let len = key[from..].iter().position(|byte| *byte == b'}')?;
    (len > 0).then(|| &key[from..from + len])
}

/// CRC16 of `bytes` after what gave `start`; of nothing, 0.
pub fn crc16(start: u16, bytes: &[u8]) -> u16 {
    bytes.iter().fold(start, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ POLYNOMIAL }
        })
    })
}

impl SlotRange {
    /// All slots: a cluster of a single shard.
    pub const ALL: Self = Self { first: 0, past: SLOTS };

    /// Shard number `shard`, counted from 0, of `shards` that share the slots evenly.
    ///
    /// Sizes differ by one slot at most. Which shards have the larger ranges is not published for
    /// `ElastiCache`; this takes i · 16,384 ÷ shards, rounded down, for the first slot.
    pub fn of_shard(shard: u32, shards: u32) -> Self {
        let shards = u64::from(shards.max(1));
        let bound = |shard: u64| {
            let slot = u64::from(SLOTS) * shard.min(shards) / shards;
            u16::try_from(slot).expect("at most 16,384")
        };
        Self { first: bound(u64::from(shard)), past: bound(u64::from(shard) + 1) }
    }

    /// As indices of a list by slot.
    pub fn indices(self) -> Range<usize> {
        let past = usize::from(self.past.min(SLOTS));
        usize::from(self.first).min(past)..past
    }
}

/// The first and the last slot, as engines print them: `0-5460`.
impl fmt::Display for SlotRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.past.saturating_sub(self.first) {
            0 => f.write_str("none"),
            1 => write!(f, "{}", self.first),
            _ => write!(f, "{}-{}", self.first, self.past - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of CRC-16/XMODEM, and slots as `CLUSTER KEYSLOT` tells them.
    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(crc16(0, b"123456789"), 0x31c3);
        for (key, slot) in [("123456789", 12_739), ("foo", 12_182), ("{foo}bar", 12_182), ("", 0)] {
            assert_eq!(slot_of(key.as_bytes()), slot, "{key}");
        }
        assert_eq!(slot_of(b"a{}{b}"), crc16(0, b"a{}{b}") % SLOTS);
        assert_eq!(slot_of(b"a{{b}}"), crc16(0, b"{b") % SLOTS);
        assert_eq!(slot_of(b"a{b"), crc16(0, b"a{b") % SLOTS);
    }

    #[test]
    fn shards_share_all_slots() {
        for shards in [1, 2, 3, 7, 500] {
            let ranges: Vec<SlotRange> =
                (0..shards).map(|shard| SlotRange::of_shard(shard, shards)).collect();
            assert_eq!((ranges[0].first, ranges[ranges.len() - 1].past), (0, SLOTS));
            assert!(ranges.windows(2).all(|pair| pair[0].past == pair[1].first));
            let sizes = ranges.iter().map(|range| range.indices().len());
            assert!(sizes.clone().max().unwrap() - sizes.min().unwrap() <= 1, "{shards}");
        }
        assert_eq!(SlotRange::of_shard(2, 3), SlotRange { first: 10_922, past: 16_384 });
        assert_eq!(SlotRange::of_shard(0, 0), SlotRange::ALL);
    }

    #[test]
    fn ranges_read_as_engines_print_them() {
        let text = |first, past| SlotRange { first, past }.to_string();
        assert_eq!(
            (text(0, 5461), text(7, 8), text(7, 7)),
            ("0-5460".into(), "7".into(), "none".into())
        );
    }
}
