//! Known answers, worked by hand in blocks of an official build.

use proptest::prelude::*;

use super::*;
use crate::engine::{Allocator, CollectionKind, EngineVersion};
use crate::model::memory::tests::class_of;
use crate::model::memory::{Layout, Shape, StringClass, ValueShape, footprint};
use crate::units::Bytes;

const REDIS_6_2: EngineVersion = EngineVersion::redis(6, 2);
const REDIS_7_0: EngineVersion = EngineVersion::redis(7, 0);
const REDIS_7_2: EngineVersion = EngineVersion::redis(7, 2);
const REDIS_7_4: EngineVersion = EngineVersion::redis(7, 4);
const REDIS_8_0: EngineVersion = EngineVersion::redis(8, 0);
const VALKEY_8_0: EngineVersion = EngineVersion::valkey(8, 0);
const VALKEY_8_1: EngineVersion = EngineVersion::valkey(8, 1);
const VALKEY_9_1: EngineVersion = EngineVersion::valkey(9, 1);

/// Members `field_0`, `field_1` and so on, each with the same value.
fn fields(n: u32, value: Option<Item>) -> impl Iterator<Item = Element> {
    (0..n).map(move |i| {
        let len = u32::try_from(format!("field_{i}").len()).unwrap();
        Element { member: Item::Text(len), value }
    })
}

fn total(
    kind: CollectionKind,
    elements: impl Iterator<Item = Element>,
    engine: EngineVersion,
) -> u64 {
    collection(&Collection::new(kind, elements), &Layout::on_elasticache(engine)).total().get()
}

#[track_caller]
fn hash(n: u32, value: u32, engine: EngineVersion, expected: u64) {
    let elements = fields(n, Some(Item::Text(value)));
    assert_eq!(total(CollectionKind::Hash, elements, engine), expected, "{engine} {n} {value}");
}

#[test]
fn short_hashes_are_one_block() {
    // 6 + 10 · (1 + 7 + 1 + 1 + 20 + 1) + 1 = 317; a ziplist has 4 bytes more.
    hash(10, 20, REDIS_6_2, 384);
    hash(10, 20, REDIS_7_0, 320);
    hash(10, 20, VALKEY_9_1, 320);
    // 7 + (9 + 66): texts from 64 bytes on have a length of two bytes.
    hash(1, 64, REDIS_7_0, 96);
}

#[test]
fn a_longer_value_or_one_more_field_takes_a_table() {
    // Header, four buckets, entry, name, value in 5 + 65 + 1 or 3 + 65 + 1 bytes.
    hash(1, 65, REDIS_6_2, 96 + 32 + 24 + 16 + 80);
    hash(1, 65, REDIS_8_0, 56 + 32 + 24 + 16 + 80);
    hash(1, 65, VALKEY_8_1, 80 + 64 + 80);
    hash(1, 65, VALKEY_9_1, 96 + 64 + 80);
    // Name and value share a block of at most 128 bytes: 1 + 7 + 1 + 3 + 115 + 1.
    hash(1, 115, VALKEY_8_1, 80 + 64 + 128);
    hash(1, 116, VALKEY_8_1, 80 + 64 + 24 + 128);
    // 512 fields: 7 + Σ (9, 10, 11 for the name; 32 for the value).
    hash(512, 30, REDIS_7_0, 24_576);
    let names = 10 * 16 + 503 * 16;
    hash(513, 30, REDIS_7_0, 56 + 8192 + 513 * 24 + names + 513 * 32);
    // Up to 6.2 the table grows on the way and keeps the old one.
    hash(513, 30, REDIS_6_2, 96 + 8192 + 4096 + 513 * 24 + names + 513 * 32);
}

/// The table doubled at the 17th field; 16 buckets have 10.3 on average that hold something.
#[test]
fn a_table_that_doubled_late_keeps_the_old_one() {
    let full = |n: u64, table: u64| 56 + table + n * (24 + 16 + 112);
    hash(16, 100, REDIS_7_0, full(16, 128));
    // Two lookups a field: two buckets have moved, and all of them at the latest at 24 fields.
    hash(18, 100, REDIS_7_0, full(18, 256 + 128));
    hash(26, 100, REDIS_7_0, full(26, 256));
    // One lookup a field.
    hash(18, 100, REDIS_7_2, full(18, 256 + 128));
    hash(32, 100, REDIS_7_4, full(32, 256));
    hash(32, 100, VALKEY_8_0, full(32, 256));
    // Buckets of seven: at eight fields there are two of them, and the old one.
    hash(7, 100, VALKEY_8_1, 80 + 64 + 7 * 128);
    hash(8, 100, VALKEY_8_1, 80 + 128 + 64 + 8 * 128);
    // One of two buckets takes more than seven of nine fields once in 26 times.
    hash(9, 100, VALKEY_8_1, 80 + 128 + 9 * 128 + 3);
}

#[track_caller]
fn expiring(n: u32, value: u32, engine: EngineVersion, expected: u64) {
    let hash = Collection::new(CollectionKind::Hash, fields(n, Some(Item::Text(value))));
    let parts = collection(&hash.with_field_ttl(), &Layout::on_elasticache(engine));
    assert_eq!(parts.total().get(), expected, "{engine} {n} {value}");
    assert!(parts.expiry.get() > 0, "{engine} {n} {value}");
}

#[test]
fn fields_that_expire_have_their_times_beside_them() {
    // 7 + 10 · (9 + 22 + 10) = 417, and 16 + 8 + 8 for the hash's own time, key and listpack.
    expiring(10, 20, REDIS_7_4, 448 + 32);
    expiring(10, 20, REDIS_8_0, 448 + 32);
    // Header 56 + 32 in 96; names in 16 + 2 + 1 + 7 + 1 = 27.
    expiring(1, 65, REDIS_7_4, 96 + 32 + 24 + 32 + 80);
    expiring(16, 65, REDIS_7_4, 96 + 128 + 16 * (24 + 32 + 80));
    // From 17 on a tree of one bucket: 32 + 24 + 16, its header 16, and one more for each 16.
    expiring(17, 65, REDIS_7_4, 96 + 256 + 17 * (24 + 32 + 80) + 88 + 24);
    expiring(40, 65, REDIS_8_0, 96 + 512 + 40 * (24 + 32 + 80) + 88 + 2 * 24);
    // The old table has moved by then.
    expiring(18, 100, REDIS_8_0, 96 + 256 + 18 * (24 + 32 + 112) + 88 + 24);
    // Valkey: no listpack. 8 + 3 + 7 + 1 + 3 + 20 + 1 = 43 in 48; two buckets with 0.11 further
    // ones; a vector of 8 + 80.
    expiring(10, 20, VALKEY_9_1, 96 + 128 + 7 + 10 * 48 + 96);
    expiring(1, 20, VALKEY_9_1, 96 + 64 + 48);
    expiring(1, 105, VALKEY_9_1, 96 + 64 + 128);
    // 129 bytes: the value apart, in 8 + 8 + 3 + 7 + 1 = 27 and 3 + 106 + 1.
    expiring(1, 106, VALKEY_9_1, 96 + 64 + 32 + 112);
    // Assumed of 9.0: what 8.1 has, and the times of 9.1; 72 + 8 in 80.
    expiring(1, 20, EngineVersion::valkey(9, 0), 80 + 64 + 48);
}

/// Hashes have a place each in a tree of Redis, where one expires a millisecond, and in a table of Valkey.
#[test]
fn hashes_whose_fields_expire_are_found_by_time() {
    let class = |expire: bool| {
        let hash = Collection::new(CollectionKind::Hash, fields(10, Some(Item::Text(20))));
        let hash = if expire { hash.with_field_ttl() } else { hash };
        let shape = Shape { key_len: 16, value: ValueShape::Collection(0), count: 100_000 };
        let collections = Collections::new(vec![hash]);
        StringClass { collections, ..class_of(shape, false) }
    };
    let on = |engine| footprint(&[class(true)], &Layout::on_elasticache(engine));
    let redis = on(REDIS_7_4);
    assert_eq!((redis.expiry_table, redis.tracked()), (Bytes::ZERO, 0));
    // A bucket of 8: 16 + 16, and a 32nd of a node of 320 with a 256th of one of 2,560 above.
    assert_eq!(redis.records(), Bytes::new(100_000 * (24 + 24 + 16 + 480) + 528_906));
    let valkey = on(VALKEY_9_1);
    assert_eq!((valkey.expiry_table, valkey.tracked()), (valkey.main_table, 100_000));
    assert_eq!(valkey.expiring(), 0);
    let plain = footprint(&[class(false)], &Layout::on_elasticache(VALKEY_9_1));
    assert_eq!((plain.expiry_table, plain.tracked()), (Bytes::ZERO, 0));
    assert_eq!(valkey.rehash, plain.rehash * 2);
}

fn numbers(n: i64, first: i64) -> impl Iterator<Item = Element> {
    (first..first + n).map(|i| Element::of(Item::Integer(i)))
}

#[track_caller]
fn set(elements: impl Iterator<Item = Element>, engine: EngineVersion, expected: u64) {
    assert_eq!(total(CollectionKind::Set, elements, engine), expected, "{engine}");
}

#[test]
fn sets_of_numbers_are_as_wide_as_their_widest() {
    set(numbers(10, 0), REDIS_6_2, 32);
    set(numbers(10, 32_758), REDIS_7_0, 32);
    set(numbers(10, 32_759), VALKEY_9_1, 48);
    set(numbers(10, -2_147_483_649), REDIS_7_2, 96);
    set(numbers(512, 0), REDIS_7_0, 1280);
    let text = |n: i64| u64::from(n > 0) * u64::try_from(n).unwrap() * 8;
    // Texts of at most six characters take 8 bytes each, entries 24.
    set(numbers(513, 0), REDIS_7_0, 56 + 8192 + 513 * 24 + text(513));
}

#[test]
fn small_sets_of_texts_are_listpacks_from_7_2_on() {
    set(fields(10, None), REDIS_7_0, 56 + 128 + 64 + 10 * (24 + 16));
    // 7 + 10 · 9.
    set(fields(10, None), REDIS_7_2, 112);
    set(fields(10, None), VALKEY_8_1, 112);
    set(fields(128, None), REDIS_7_2, 1536);
    // 129 members on 256 buckets: 101.5 stand alone or last, the other 27.5 need an entry.
    let table = 56 + 2048 + 129 * 16;
    set(fields(129, None), REDIS_7_2, table + 440);
    // 32 buckets of seven, and 1.6 further ones on average.
    let hashtable = 80 + 2048 + 129 * 16;
    set(fields(129, None), VALKEY_8_1, hashtable + 103);
    set(std::iter::once(Element::of(Item::Text(65))), VALKEY_9_1, 80 + 64 + 80);
}

#[track_caller]
fn sorted(n: u32, score: Item, engine: EngineVersion, expected: u64) {
    let elements = fields(n, Some(score));
    assert_eq!(total(CollectionKind::SortedSet, elements, engine), expected, "{engine} {n}");
}

#[test]
fn short_sorted_sets_hold_scores_as_numbers_or_texts() {
    let seconds = Item::Integer(1_700_000_000);
    // 7 + 10 · (9 + 6) and 11 + 10 · (9 + 6).
    sorted(10, seconds, REDIS_7_0, 160);
    sorted(10, seconds, REDIS_6_2, 192);
    // 1700000000.5: 7 + 10 · (9 + 14).
    sorted(10, Item::Text(12), VALKEY_8_1, 256);
    let members = 10 * (8 + 1 + 6) + 90 * (9 + 1 + 6) + 28 * (10 + 1 + 6);
    assert_eq!(members, 2066);
    sorted(128, seconds, REDIS_7_2, 2560);
}

/// Nodes of 1, 2, 3… levels take 40, 56, 80, 96 bytes: 45.8 on average.
#[test]
fn skiplists_count_with_their_mean_height() {
    let seconds = Item::Integer(1_700_000_000);
    let head = 16 + 32 + 640;
    let node = 45.84;
    let whole = |bytes: f64| crate::units::num::round(bytes);
    let redis = head + 56 + 2048 + 129 * (24 + 16) + whole(129.0 * node);
    let actual = total(CollectionKind::SortedSet, fields(129, Some(seconds)), REDIS_7_2);
    assert!(actual.abs_diff(redis) < 60, "{actual} {redis}");
    // Until 7.0 the old table stands beside the new one.
    let older = total(CollectionKind::SortedSet, fields(129, Some(seconds)), REDIS_7_0);
    assert_eq!(older, actual + 1024);
    let of = |engine| total(CollectionKind::SortedSet, fields(1000, Some(seconds)), engine);
    assert!(of(VALKEY_9_1) < of(VALKEY_8_1) && of(VALKEY_8_1) < of(REDIS_8_0));
}

fn list(n: u32, len: u32, engine: EngineVersion) -> u64 {
    let elements = (0..n).map(|_| Element::of(Item::Text(len)));
    total(CollectionKind::List, elements, engine)
}

#[test]
fn lists_are_chains_of_nodes_of_8_kb() {
    // 11 + 10 · 22 and 7 + 10 · 22 in a node, until 7.2 keeps a short list as it is.
    assert_eq!(list(10, 20, REDIS_6_2), 40 + 32 + 256);
    assert_eq!(list(10, 20, REDIS_7_0), 40 + 40 + 256);
    assert_eq!(list(10, 20, REDIS_7_2), 256);
    // 103 bytes each: 79 of them and the header are 8,144, and one more needs 100 + 8.
    assert_eq!(list(79, 100, REDIS_7_0), 40 + 40 + 8192);
    assert_eq!(list(80, 100, REDIS_7_0), 40 + 40 + 8192 + 40 + 112);
    // Until it is a quicklist only the 100 are looked at.
    assert_eq!(list(79, 100, REDIS_7_2), 8192);
    assert_eq!(list(80, 100, REDIS_7_2), 40 + 40 + 8192 + 40 + 112);
    // 5 bytes each: 1,635 are 8,182; then 3 + 8 do not fit, and 3 do twice.
    assert_eq!(list(1635, 3, REDIS_7_0), 40 + 40 + 8192);
    assert_eq!(list(1636, 3, REDIS_7_0), 40 + 40 + 8192 + 40 + 16);
    assert_eq!(list(1637, 3, REDIS_7_2), 8192);
}

#[test]
fn large_elements_have_nodes_of_their_own() {
    // 5 + 9000 + 2 + 7 in a listpack; as they are from 7.4 and Valkey 8.0 on.
    assert_eq!(list(2, 9000, REDIS_7_0), 40 + 2 * (40 + 10_240));
    assert_eq!(list(2, 10_240, REDIS_7_2), 40 + 2 * (40 + 12_288));
    assert_eq!(list(2, 10_240, REDIS_7_4), 40 + 2 * (40 + 10_240));
    assert_eq!(list(2, 10_240, VALKEY_8_0), 40 + 2 * (40 + 10_240));
    assert_eq!(list(2, 8192, VALKEY_8_0), 40 + 2 * (40 + 10_240));
}

#[test]
fn a_key_holds_its_collection_as_an_object_of_its_own_or_in_the_key() {
    let collections = Collections::new(vec![Collection::new(
        CollectionKind::Hash,
        fields(10, Some(Item::Text(20))),
    )]);
    let per_key = |engine, ttl| {
        let value = ValueShape::Collection(0);
        let shapes = vec![Shape { key_len: 16, value, count: 1 }];
        let class = StringClass {
            name: "h".into(),
            ttl,
            key: None,
            shapes,
            collections: collections.clone(),
        };
        footprint(&[class], &Layout::on_elasticache(engine)).records().get()
    };
    assert_eq!(per_key(REDIS_7_0, false), 24 + 24 + 16 + 320);
    assert_eq!(per_key(REDIS_7_0, true), 24 + 24 + 16 + 320 + 24);
    // 16 + 1 + 1 + 16 + 1, and 8 for the expiry.
    assert_eq!(per_key(VALKEY_8_1, false), 40 + 320);
    assert_eq!(per_key(VALKEY_8_1, true), 48 + 320);
}

fn items() -> impl Strategy<Value = Item> {
    prop_oneof![(0u32..200).prop_map(Item::Text), any::<i64>().prop_map(Item::Integer)]
}

fn collections() -> impl Strategy<Value = (CollectionKind, Vec<Element>)> {
    let element = (items(), items()).prop_map(|(member, value)| Element::with(member, value));
    let kinds = proptest::sample::select(CollectionKind::ALL.to_vec());
    (kinds, proptest::collection::vec(element, 1..700))
}

proptest! {
    #[test]
    fn all_that_is_stored_is_paid_for(
        (kind, elements) in collections(), minor in 0u16..3, q16 in any::<bool>(),
    ) {
        let engine = [REDIS_6_2, VALKEY_8_0, VALKEY_9_1][usize::from(minor)];
        let allocator = if q16 { Allocator::JemallocQ16 } else { Allocator::JemallocQ8 };
        let layout = Layout { allocator, ..Layout::on_elasticache(engine) };
        let texts: u64 = elements
            .iter()
            .flat_map(|e| e.items().collect::<Vec<_>>())
            .map(|item| if let Item::Text(len) = item { u64::from(len) } else { 0 })
            .sum();
        let stored = match kind {
            CollectionKind::Hash | CollectionKind::SortedSet => texts,
            _ => 0,
        };
        let parts = collection(&Collection::new(kind, elements), &layout);
        let total = parts.total().get();
        prop_assert!(kind == CollectionKind::SortedSet || total >= stored);
    }
}
