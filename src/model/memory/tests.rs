//! Known answers and properties of the memory law.

use proptest::prelude::*;

use super::collection::Collections;
use super::*;
use crate::engine::{Allocator, EngineVersion};
use crate::units::Bytes;

const ALLOCATORS: [Allocator; 3] = [Allocator::JemallocQ8, Allocator::JemallocQ16, Allocator::Libc];

/// The tutorial's data: 200,000 claims and as many tokens, TTL 600 s (MODEL.md §1.5).
fn tutorial() -> [StringClass; 2] {
    [("TESTING_PURPOSE_KEY_CLAIMS_", 303), ("TESTING_PURPOSE_KEY_M2M_", 1337)].map(
        |(prefix, len)| {
            let prefix_len = u32::try_from(prefix.len()).expect("short");
            let keys = decimal_key_lengths(prefix_len, 0..200_000);
            StringClass::from_lengths(prefix, true, &keys, &[(ValueShape::Raw(len), 1)])
        },
    )
}

#[track_caller]
fn meets(engine: EngineVersion, allocator: Allocator, baseline: f64, published: f64, within: f64) {
    let layout = Layout {
        allocator,
        shares_integers: true,
        baseline: Bytes::from_float(baseline),
        ..Layout::on_elasticache(engine)
    };
    let calculated = footprint(&tutorial(), &layout).settled_total().float();
    let off = calculated / published - 1.0;
    assert!(off.abs() <= within, "{calculated} is off by {:.4} %", off * 100.0);
}

#[test]
fn the_tutorials_published_figure() {
    let published = 400.98 * 1_048_576.0;
    meets(EngineVersion::redis(6, 2), Allocator::JemallocQ8, 853.33 * 1024.0, published, 0.0005);
}

#[test]
fn the_tutorial_on_debian() {
    let baseline = 1_079_552.0;
    meets(EngineVersion::redis(7, 0), Allocator::JemallocQ16, baseline, 428_693_248.0, 0.001);
}

#[test]
fn the_tutorial_on_libc() {
    let baseline = 917.38 * 1024.0;
    meets(EngineVersion::redis(6, 2), Allocator::Libc, baseline, 386_939_816.0, 0.006);
}

fn engines() -> impl Strategy<Value = EngineVersion> {
    proptest::sample::select(vec![
        EngineVersion::redis(6, 2),
        EngineVersion::redis(7, 4),
        EngineVersion::valkey(8, 0),
        EngineVersion::valkey(8, 1),
        EngineVersion::valkey(9, 1),
    ])
}

fn layouts() -> impl Strategy<Value = Layout> {
    (engines(), proptest::sample::select(ALLOCATORS.to_vec()), any::<bool>()).prop_map(
        |(engine, allocator, shares_integers)| Layout {
            allocator,
            shares_integers,
            ..Layout::on_elasticache(engine)
        },
    )
}

fn lengths() -> impl Strategy<Value = u32> {
    prop_oneof![0u32..300, 0u32..70_000, 0u32..=512 << 20]
}

fn shapes() -> impl Strategy<Value = Shape> {
    let value = prop_oneof![
        lengths().prop_map(ValueShape::Raw),
        any::<bool>().prop_map(|small| ValueShape::Integer { small }),
    ];
    let counts = prop_oneof![0u64..1000, 0u64..=1 << 40];
    (lengths(), value, counts).prop_map(|(key_len, value, count)| Shape { key_len, value, count })
}

fn classes() -> impl Strategy<Value = StringClass> {
    (proptest::collection::vec(shapes(), 0..4), any::<bool>()).prop_map(|(shapes, ttl)| {
        StringClass {
            name: "any".into(),
            ttl,
            key: None,
            shapes,
            collections: Collections::default(),
        }
    })
}

/// A class of one shape.
pub(super) fn class_of(shape: Shape, ttl: bool) -> StringClass {
    let collections = Collections::default();
    StringClass { name: "one".into(), ttl, key: None, shapes: vec![shape], collections }
}

fn one(key_len: u32, value: ValueShape, count: u64, ttl: bool) -> [StringClass; 1] {
    [class_of(Shape { key_len, value, count }, ttl)]
}

fn total(classes: &[StringClass], layout: &Layout) -> Bytes {
    footprint(classes, layout).settled_total()
}

proptest! {
    #[test]
    fn more_keys_never_need_less(
        class in classes(), layout in layouts(), shape in shapes(), more in 0u64..1 << 20,
    ) {
        let mut larger = class.clone();
        larger.shapes.push(Shape { count: more, ..shape });
        prop_assert!(total(&[class], &layout) <= total(&[larger], &layout));
    }

    #[test]
    fn a_time_to_live_never_needs_less(class in classes(), layout in layouts()) {
        let with = StringClass { ttl: true, ..class.clone() };
        let without = StringClass { ttl: false, ..class };
        prop_assert!(total(&[without], &layout) <= total(&[with], &layout));
    }

    /// Values past every embedding limit; below it the next byte may move a value out of its
    /// object, and two smaller blocks may round up to less than one.
    #[test]
    fn longer_values_never_need_less(
        key_len in 0u32..200, len in 128u32..1 << 29, more in 0u32..1 << 20,
        ttl in any::<bool>(), layout in layouts(),
    ) {
        let [short, long] = [len, len + more].map(|len| one(key_len, ValueShape::Raw(len), 1000, ttl));
        prop_assert!(total(&short, &layout) <= total(&long, &layout));
    }

    #[test]
    fn the_order_of_classes_does_not_matter(
        mut classes in proptest::collection::vec(classes(), 0..4), layout in layouts(),
    ) {
        let forwards = total(&classes, &layout);
        classes.reverse();
        prop_assert_eq!(forwards, total(&classes, &layout));
    }

    #[test]
    fn a_table_grows_exactly_at_its_next_doubling(keys in 1u64..1 << 40, layout in layouts()) {
        let doubling = layout.next_doubling(keys);
        let table = |keys| footprint(&one(8, ValueShape::Raw(8), keys, false), &layout).main_table;
        prop_assert!(doubling.at_keys > keys);
        let [before, after] = [doubling.at_keys - 1, doubling.at_keys].map(table);
        prop_assert!(after.float() > 1.3 * before.float(), "{before:?} {after:?}");
        prop_assert!((after.float() - before.float() - doubling.permanent.float()).abs() <= 200.0);
        prop_assert!(table(keys) <= before);
    }
}

#[test]
fn parts_add_up_to_whole_blocks() {
    for layout in EngineVersion::ON_ELASTICACHE.map(Layout::on_elasticache) {
        let class = &footprint(&one(20, ValueShape::Raw(100), 10, true), &layout).classes[0];
        assert_eq!(class.parts.key, Bytes::new(200));
        assert_eq!(class.parts.value, Bytes::new(1000));
        assert_eq!(class.parts.total().get() % 8, 0);
    }
}

#[track_caller]
fn per_key(engine: EngineVersion, key_len: u32, value: ValueShape, ttl: bool, expected: u64) {
    let classes = one(key_len, value, 1, ttl);
    let records = footprint(&classes, &Layout::on_elasticache(engine)).records();
    assert_eq!(records, Bytes::new(expected), "{engine} {key_len} {value:?} ttl {ttl}");
}

/// Worked in MODEL.md §1.3.
#[test]
fn one_key_by_hand() {
    let raw = ValueShape::Raw;
    let small = ValueShape::Integer { small: true };
    let redis = EngineVersion::redis(7, 0);
    per_key(redis, 33, raw(303), true, 24 + 40 + 16 + 320 + 24);
    per_key(redis, 30, raw(44), false, 24 + 32 + 64);
    per_key(redis, 30, raw(45), false, 24 + 32 + 16 + 56);
    per_key(redis, 30, small, false, 24 + 32 + 16);
    let valkey = EngineVersion::valkey(8, 0);
    per_key(valkey, 16, raw(16), true, 40 + 40 + 24);
    per_key(valkey, 252, raw(16), false, 320 + 40);
    let valkey = EngineVersion::valkey(8, 1);
    per_key(valkey, 16, raw(16), false, 56);
    per_key(valkey, 16, raw(16), true, 64);
    per_key(valkey, 16, raw(26), true, 48 + 32);
    per_key(valkey, 40, raw(1), true, 80);
    per_key(valkey, 40, raw(2), true, 80 + 8);
    per_key(valkey, 16, small, false, 40);
    let valkey = EngineVersion::valkey(9, 1);
    per_key(valkey, 16, raw(16), false, 48);
    per_key(valkey, 16, raw(0), true, 48);
    per_key(valkey, 16, raw(89), true, 128);
    per_key(valkey, 16, raw(90), true, 48 + 96);
    per_key(valkey, 111, raw(0), true, 160);
    per_key(valkey, 128, raw(200), false, 160 + 224);
}

#[test]
fn shared_integers_cost_an_entry_only() {
    let mut layout = Layout::on_elasticache(EngineVersion::redis(7, 0));
    let classes = one(30, ValueShape::Integer { small: true }, 1, false);
    assert_eq!(footprint(&classes, &layout).records(), Bytes::new(72));
    layout.shares_integers = true;
    assert_eq!(footprint(&classes, &layout).records(), Bytes::new(56));
}

#[test]
fn a_full_table_doubles_early_where_the_timer_looks_at_it() {
    let full = one(8, ValueShape::Raw(8), 1 << 10, false);
    let table = |engine| footprint(&full, &Layout::on_elasticache(engine)).main_table;
    assert_eq!(table(EngineVersion::redis(7, 0)), Bytes::from_kib(8));
    assert_eq!(table(EngineVersion::redis(7, 4)), Bytes::from_kib(16));
    let smallest = footprint(
        &one(8, ValueShape::Raw(8), 4, false),
        &Layout::on_elasticache(EngineVersion::redis(7, 4)),
    );
    assert_eq!(smallest.main_table, Bytes::new(32));
    let doubling = |engine| Layout::on_elasticache(engine).next_doubling(1000).at_keys;
    assert_eq!(Layout::on_elasticache(EngineVersion::redis(7, 4)).next_doubling(3).at_keys, 5);
    assert_eq!(doubling(EngineVersion::redis(7, 0)), (1 << 10) + 1);
    assert_eq!(doubling(EngineVersion::redis(7, 4)), 1 << 10);
}
