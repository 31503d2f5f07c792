//! Other forms of the same data: collections that stay compact, and small strings kept in hashes.

use crate::engine::CollectionKind;
use crate::model::memory::class::{Shape, StringClass, ValueShape};
use crate::model::memory::collection::{
    Collection, Collections, Element, Item, collection, compact, compact_form, is_compact,
};
use crate::model::memory::entry;
use crate::model::memory::footprint::Layout;
use crate::units::{Bytes, num};

use super::Change;

/// Limits are advised up to these: a compact form is searched from end to end at each access.
const MOST_MEMBERS: u64 = 1_024;
const MOST_BYTES: u64 = 256;
/// Fields of a hash that takes the place of strings; two digits of their numbers name them.
const FIELDS: u32 = 100;
const DIGITS: u32 = 2;
/// Longest value that a compact hash takes by default.
const LONGEST_FIELD: u32 = 64;

/// Limits under which collections that are not compact would be, and what they then cost.
pub(super) fn raised_limits(class: &StringClass, layout: &Layout) -> Option<(Change, Bytes)> {
    let form_of = |one: &Collection| {
        let fits = one.len() <= MOST_MEMBERS && one.longest_item() <= MOST_BYTES;
        if fits && !is_compact(one, layout) { compact_form(one, layout) } else { None }
    };
    let all = class.collections.all();
    // A class is of one kind, and so of one form; only sets may in theory be of both.
    let form = all.iter().find_map(form_of)?;
    let is_raised = |one: &Collection| form_of(one) == Some(form);
    let raised = || all.iter().filter(|one| is_raised(one));
    let members = raised().map(Collection::len).max()?;
    let bytes = raised().map(Collection::longest_item).max()?;
    let costs: Vec<Option<Bytes>> =
        all.iter().map(|one| is_raised(one).then(|| compact(one, form, layout).total())).collect();
    let then = cost(class, layout, |index, now| costs[index].map_or(now, |cost| cost.min(now)));
    let small = |n: u64| u32::try_from(n).expect("limits are small");
    Some((Change::CompactForm { form, members: small(members), bytes: small(bytes) }, then))
}

/// The cost of a class whose collections cost otherwise; keys, objects and expiries as they are.
fn cost(class: &StringClass, layout: &Layout, of: impl Fn(usize, Bytes) -> Bytes) -> Bytes {
    let parts = class.collections.parts(layout);
    let law = layout.law().entry;
    let one = |shape: &Shape| {
        let key = entry::parts(*shape, class.ttl, law, layout).total();
        let value = match shape.value {
            ValueShape::Collection(index) => {
                let index = num::index(index.into());
                of(index, parts[index].total())
            }
            ValueShape::Raw(_) | ValueShape::Integer { .. } => Bytes::ZERO,
        };
        (key + value) * shape.count
    };
    class.shapes.iter().map(one).sum()
}

/// Small strings as fields of hashes, a hundred of them each; not for keys that expire, since fields
/// would not, nor for values that a compact hash does not take.
pub(super) fn packed(class: &StringClass, layout: &Layout) -> Option<(Change, Bytes)> {
    let is_small = |shape: &Shape| match shape.value {
        ValueShape::Raw(len) => len <= LONGEST_FIELD,
        ValueShape::Integer { .. } => true,
        ValueShape::Collection(_) => false,
    };
    if class.ttl || class.keys() < u64::from(FIELDS) || !class.shapes.iter().all(is_small) {
        return None;
    }
    let law = layout.law().entry;
    let one = |shape: &Shape| {
        let value = match shape.value {
            ValueShape::Raw(len) => Item::Text(len),
            // Its width is not kept: the widest.
            ValueShape::Integer { small } => Item::Integer(if small { 9_999 } else { i64::MAX }),
            ValueShape::Collection(_) => unreachable!("tested above"),
        };
        let fields = (0..FIELDS).map(|n| Element::with(Item::Integer(n.into()), value));
        let hash = Collection::new(CollectionKind::Hash, fields);
        let key = Shape {
            key_len: shape.key_len.saturating_sub(DIGITS),
            value: ValueShape::Collection(0),
            count: 1,
        };
        let each =
            entry::parts(key, false, law, layout).total() + collection(&hash, layout).total();
        Bytes::from_float(each.float() / f64::from(FIELDS) * num::float(shape.count))
    };
    Some((Change::PackedHashes(FIELDS), class.shapes.iter().map(one).sum()))
}

/// What the collections of a class cost now, by their numbers in it.
pub(super) fn collections_of(collections: &Collections, layout: &Layout) -> Vec<Bytes> {
    collections.parts(layout).iter().map(|parts| parts.total()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EngineVersion;
    use crate::model::memory::collection::CompactForm;
    use crate::model::memory::tests::class_of;

    fn close(actual: Bytes, expected: f64) {
        assert!((actual.float() / expected - 1.0).abs() < 1e-6, "{actual:?} {expected}");
    }

    /// By hand, Redis 7.0: entry 24, key of 6 in 8, object 16, and a listpack of 7 + 100 · (2 + 12)
    /// bytes in 1,536: 1,584 for what cost 100 · (24 + 16 + 32).
    #[test]
    fn small_strings_fit_into_hashes() {
        let layout = Layout::on_elasticache(EngineVersion::redis(7, 0));
        let shape = Shape { key_len: 8, value: ValueShape::Raw(10), count: 1_000_000 };
        let (change, then) = packed(&class_of(shape, false), &layout).expect("it pays");
        assert_eq!(change, Change::PackedHashes(100));
        close(then, 15_840_000.0);
        assert_eq!(packed(&class_of(shape, true), &layout), None, "fields do not expire");
        let large = Shape { value: ValueShape::Raw(65), ..shape };
        assert_eq!(packed(&class_of(large, false), &layout), None);
    }

    /// By hand, Redis 7.0: 20 fields of 2 characters with values of 70: 7 + 20 · (4 + 74) = 1,567 bytes
    /// in 1,792; besides entry 24, key of 8 in 16, object 16.
    #[test]
    fn a_hash_beyond_the_default_limits_is_told_its_own() {
        let layout = Layout::on_elasticache(EngineVersion::redis(7, 0));
        let fields = (0..20).map(|_| Element::with(Item::Text(2), Item::Text(70)));
        let hash = Collection::new(CollectionKind::Hash, fields);
        let shape = Shape { key_len: 8, value: ValueShape::Collection(0), count: 1_000 };
        let class =
            StringClass { collections: Collections::new(vec![hash]), ..class_of(shape, false) };
        let (change, then) = raised_limits(&class, &layout).expect("it pays");
        let form = CompactForm::HashListpack;
        assert_eq!(change, Change::CompactForm { form, members: 20, bytes: 70 });
        close(then, 1_848_000.0);
    }

    /// By hand: 8 + 600 · 2 bytes in 1,280; besides entry 24, key of 8 in 16, object 16. Text members
    /// have no compact form before Redis 7.2.
    #[test]
    fn sets_of_integers_stay_intsets_on_every_version() {
        let set = |item: fn(u32) -> Item| {
            let shape = Shape { key_len: 8, value: ValueShape::Collection(0), count: 1_000 };
            let members = (0..600).map(|n| Element::of(item(n)));
            let set = Collection::new(CollectionKind::Set, members);
            StringClass { collections: Collections::new(vec![set]), ..class_of(shape, false) }
        };
        let numbers = set(|n| Item::Integer(n.into()));
        for version in [(6, 2), (7, 0), (7, 2)] {
            let layout = Layout::on_elasticache(EngineVersion::redis(version.0, version.1));
            let (change, then) = raised_limits(&numbers, &layout).expect("it pays");
            let form = CompactForm::Intset;
            assert_eq!(change, Change::CompactForm { form, members: 600, bytes: 3 });
            close(then, 1_336_000.0);
            let texts = raised_limits(&set(|_| Item::Text(5)), &layout);
            assert_eq!(texts.is_some(), version == (7, 2), "{version:?}");
        }
    }
}
