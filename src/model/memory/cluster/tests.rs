//! A server's slots against the whole, and known answers.

use proptest::prelude::*;

use super::*;
use crate::model::memory::{ValueShape, footprint};

const ENGINES: [EngineVersion; 9] = [
    EngineVersion::redis(6, 2),
    EngineVersion::redis(7, 0),
    EngineVersion::redis(7, 2),
    EngineVersion::redis(7, 4),
    EngineVersion::redis(8, 0),
    EngineVersion::valkey(7, 2),
    EngineVersion::valkey(8, 0),
    EngineVersion::valkey(8, 1),
    EngineVersion::valkey(9, 1),
];

fn class(key: &str, keys: u64, ttl: bool) -> StringClass {
    let key = KeyTemplate::parse(key).unwrap();
    let lengths: Vec<(u32, u64)> =
        key.lengths(keys).iter().map(|&(len, n)| (u32::try_from(len).unwrap(), n)).collect();
    let class = StringClass::from_lengths("any", ttl, &lengths, &[(ValueShape::Raw(100), 1)]);
    StringClass { key: Some(key), ..class }
}

fn on(engine: EngineVersion, slots: SlotRange, classes: &[StringClass]) -> Footprint {
    footprint(classes, &Layout::in_cluster(engine, slots))
}

#[test]
fn all_shards_together_hold_what_one_shard_holds() {
    let classes = [class("claims:{n}", 300_000, true), class("{tag}:{n}", 5_000, false)];
    for engine in ENGINES {
        let whole = on(engine, SlotRange::ALL, &classes);
        assert_eq!((whole.keys(), whole.expiring()), (305_000, 300_000));
        let shards: Vec<Footprint> =
            (0..5).map(|i| on(engine, SlotRange::of_shard(i, 5), &classes)).collect();
        assert_eq!(shards.iter().map(Footprint::keys).sum::<u64>(), whole.keys(), "{engine}");
        let records: Bytes = shards.iter().map(Footprint::records).sum();
        assert!(records.get().abs_diff(whole.records().get()) < 50, "{engine}");
        let slots: Bytes = shards.iter().map(|shard| shard.slots).sum();
        // Each shard has a root of its own tree.
        assert!(slots.get().abs_diff(whole.slots.get()) < 20_000, "{engine} {slots} {whole:?}");
    }
}

#[test]
fn keys_with_one_tag_lie_on_one_shard() {
    let classes = [class("{tag}:{n}", 100_000, true)];
    let slot = u32::from(crate::engine::slot_of(b"{tag}:7"));
    let of = |engine, shard| on(engine, SlotRange::of_shard(shard, 4), &classes);
    for engine in ENGINES {
        for shard in 0..4 {
            let keys = of(engine, shard).keys();
            assert_eq!(keys, if slot / 4096 == shard { 100_000 } else { 0 }, "{engine}");
        }
        let costs = ClusterFootprint::new(
            &classes,
            &classes.each_ref().map(ClassSlots::new),
            &Layout::in_cluster(engine, SlotRange::ALL),
            Detail::Coarse,
        );
        assert_eq!(costs.fullest(4, 1.0), SlotRange::of_shard(slot / 4096, 4), "{engine}");
    }
    // One slot's table is one table; its header besides.
    let shard = of(EngineVersion::valkey(8, 0), slot / 4096);
    assert_eq!(shard.main_table, Bytes::new(8 << 17));
    assert_eq!(shard.slots, Bytes::new(2 * 80));
    assert_eq!(shard.rehash, Bytes::new(2 * ((8 << 16) + 24)));
}

/// Ten keys `{n}`: 0 to 9 lie in ten slots, so that each table and tree can be written down.
#[test]
fn ten_keys_by_hand() {
    let classes = [class("{n}", 10, true)];
    let slots = |engine| {
        let whole = on(engine, SlotRange::ALL, &classes);
        (whole.main_table.get(), whole.expiry_table.get(), whole.slots.get(), whole.rehash.get())
    };
    assert_eq!(slots(EngineVersion::redis(7, 0)), (128, 128, 160, 128));
    assert_eq!(slots(EngineVersion::redis(7, 4)), (320, 320, 10 * 128, 0));
    assert_eq!(slots(EngineVersion::redis(8, 0)), (320, 320, 10 * (2_560 + 64), 0));
    assert_eq!(slots(EngineVersion::valkey(8, 0)), (320, 320, 10 * 160, 0));
    assert_eq!(slots(EngineVersion::valkey(8, 1)), (640, 640, 10 * 192, 0));
    // Below each slot a run of one byte, 16, and a leaf, 8. The slots 1584, 1716, 5649, 5781, 9842,
    // 9974, 10106, 13907, 14039 and 14171 have six first bytes, two of them one slot and four two:
    // nodes of 16 and 24 under a root of 4 + 6 + 6 + 48 = 64, which the empty tree has with 8.
    let tree = 10 * (16 + 8) + 2 * 16 + 4 * 24 + 64 - 8;
    assert_eq!(slots(EngineVersion::redis(6, 2)).2, tree);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Not so with a tree, whose mean is taken of a sample.
    #[test]
    fn more_keys_never_need_less_on_any_shard(
        keys in 1u64..1 << 30, more in 0u64..1 << 30, ttl in any::<bool>(),
        engine in proptest::sample::select(ENGINES[1..].to_vec()), shard in 0u32..7,
    ) {
        let slots = SlotRange::of_shard(shard, 7);
        let total = |keys| on(engine, slots, &[class("k:{n}", keys, ttl)]).settled_total();
        // Records go by shares of keys, which round to a byte in each of five parts.
        prop_assert!(total(keys).get() <= total(keys + more).get() + 5);
    }

    #[test]
    fn the_fullest_shard_has_the_most(
        keys in 1u64..1 << 24, shards in 1u32..20,
        engine in proptest::sample::select(ENGINES[1..].to_vec()),
    ) {
        let classes = [class("k:{n}", keys, true)];
        let names = classes.each_ref().map(ClassSlots::new);
        let costs =
            { let layout = Layout::in_cluster(engine, SlotRange::ALL); ClusterFootprint::new(&classes, &names, &layout, Detail::Coarse) };
        let total = |slots| costs.server(&[slots]).rehashing_total().get();
        let fullest = total(costs.fullest(shards, 1.0));
        for shard in 0..shards {
            prop_assert!(total(SlotRange::of_shard(shard, shards)) <= fullest + 8);
        }
    }
}

/// The tree of a cell that was measured would be counted whole, key by key, as in a sample.
#[test]
fn a_sample_of_slots_stands_for_all() {
    let classes = [class("claims:{n}", 150_000, false), class("m2m:{n}", 50_000, false)];
    let names = classes.each_ref().map(ClassSlots::new);
    let counts: Vec<SlotCounts> =
        names.iter().zip(&classes).map(|(n, class)| n.count(class.keys())).collect();
    let classes = named(&classes, &names, &counts);
    let exact = num::float(radix::every_slot(&classes, Allocator::JemallocQ8));
    for (detail, within) in [(Detail::Fine, 1e-3), (Detail::Coarse, 3e-3)] {
        let sampled: f64 = radix::by_slot(&classes, detail, Allocator::JemallocQ8).iter().sum();
        println!("{detail:?}: {:+.5}", sampled / exact - 1.0);
        assert!((sampled / exact - 1.0).abs() < within, "{sampled} {exact}");
    }
}
