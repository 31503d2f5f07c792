//! Where a few bytes more or less in keys and values change what the engine takes.
//!
//! Allocators round up to size classes and engines embed short values, so memory moves in steps.
//! Knows nothing of prices; what is advised is calculated by the same law as everything else.

mod forms;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::class::{Shape, StringClass, ValueShape};
use super::collection::{Collections, CompactForm};
use super::entry;
use super::footprint::Layout;
use crate::spec::Misspelt;
use crate::units::{Bytes, num};

/// Advice on values is given for classes with at most this many lengths: among more, what one
/// length gains at a step another loses.
const MOST_LENGTHS: usize = 64;
/// The longest change of a value that is looked at, and the longest as a share of the mean.
const MOST_CHANGE: u32 = 128;
const MOST_SHARE: f64 = 0.1;
/// Padding beyond the largest distance to a class boundary of small objects gains nothing.
const MOST_PADDING: u32 = 16;
/// A byte taken off must free at least so many: one alone is no step.
const WORTH: f64 = 1.5;
/// And the whole at least this share of the class.
const LEAST_GAIN: f64 = 0.01;
/// A value longer than any that an engine keeps in one block with its key: 128 bytes at most
/// (MODEL.md §1.3).
const APART: u32 = 129;
/// What a shortened key keeps beside its number, to be told from others.
const SHORT_NAME: u32 = 4;

/// One change and what it saves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// The class.
    pub class: String,
    /// What to change.
    pub change: Change,
    /// Mean bytes that a key costs now, tables apart.
    pub per_key_now: f64,
    /// And after the change.
    pub per_key_then: f64,
    /// What all keys of the class save.
    pub saved_bytes: Bytes,
}

/// A change to what an application stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Values shorter by so many bytes.
    ShorterValues(u32),
    /// Values *longer* by so many bytes, where that embeds them otherwise or ends a misfit.
    LongerValues(u32),
    /// Keys shorter by so many bytes, their numbers kept.
    ShorterKeys(u32),
    /// Limits of compact forms raised in the parameter group: members, and bytes of each.
    CompactForm {
        /// Which form, and so which limits.
        form: CompactForm,
        /// As many as the largest collection has.
        members: u32,
        /// As many as the longest member, field or value has.
        bytes: u32,
    },
    /// Numbers spelled as the engine itself prints them, so that it keeps them as integers.
    PlainNumbers(Misspelt),
    /// Strings kept as fields of hashes, so many in each: `HSET user:12 34 …` for `SET user:1234 …`.
    PackedHashes(u32),
}

/// What pays for these classes on this server, the largest saving first.
///
/// * `names`: bytes of each class's keys beside their number, in the order of `classes`.
///
/// Tables are left out: of these changes only packing into hashes touches them, and makes them smaller.
pub fn advice(classes: &[StringClass], names: &[u32], layout: &Layout) -> Vec<Advice> {
    let all = classes.iter().zip(names).flat_map(|(class, &name)| {
        let now = records(class, Change::ShorterKeys(0), layout);
        let strings = [
            shorter_values(class, now, layout),
            longer_values(class, now, layout),
            shorter_keys(class, name, layout),
        ]
        .into_iter()
        .flatten()
        .map(|change| (change, records(class, change, layout)));
        let forms = [forms::raised_limits(class, layout), forms::packed(class, layout)];
        strings
            .chain(forms.into_iter().flatten())
            .filter_map(|(change, then)| Advice::new(class, change, now, then))
            .collect::<Vec<_>>()
    });
    Advice::by_saving(all)
}

/// What `plain` saves, which is `class` with its numbers spelled as the engine prints them; `None`
/// where that is too little to tell. Numbers are kept as integers where values are strings, and
/// take fewer bytes in compact forms; sets that have no other members become intsets.
pub fn plain_numbers(
    class: &StringClass,
    plain: &StringClass,
    misspelt: Misspelt,
    layout: &Layout,
) -> Option<Advice> {
    let [now, then] = [class, plain].map(|class| records(class, Change::ShorterKeys(0), layout));
    Advice::new(class, Change::PlainNumbers(misspelt), now, then)
}

impl Advice {
    /// `None` where it saves too little.
    fn new(class: &StringClass, change: Change, now: Bytes, then: Bytes) -> Option<Self> {
        let keys = num::float(class.keys().max(1));
        let pays = now.float() * (1.0 - LEAST_GAIN) > then.float();
        pays.then(|| Self {
            class: class.name.clone(),
            change,
            per_key_now: now.float() / keys,
            per_key_then: then.float() / keys,
            saved_bytes: now.saturating_sub(then),
        })
    }

    /// The largest saving first.
    pub(crate) fn by_saving(all: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut all: Vec<Self> = all.into_iter().collect();
        all.sort_by(|a, b| b.saved_bytes.cmp(&a.saved_bytes).then(a.class.cmp(&b.class)));
        all
    }

    /// What is saved, as a share of what the class's keys cost now.
    pub fn share(&self) -> f64 {
        1.0 - self.per_key_then / self.per_key_now
    }
}

/// The step down that frees most for each byte taken off the values.
fn shorter_values(class: &StringClass, now: Bytes, layout: &Layout) -> Option<Change> {
    let mean = mean_value(class)?;
    let most =
        MOST_CHANGE.min(u32::try_from(num::round(mean * MOST_SHARE)).unwrap_or(u32::MAX).max(8));
    let freed = |by: u32| {
        let then = records(class, Change::ShorterValues(by), layout);
        now.saturating_sub(then).float() / num::float(class.keys().max(1))
    };
    let gains = (1..=most).map(|by| (by, freed(by) / f64::from(by)));
    let (by, gain) = gains.reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    (gain >= WORTH).then_some(Change::ShorterValues(by))
}

/// The least padding that frees most.
fn longer_values(class: &StringClass, now: Bytes, layout: &Layout) -> Option<Change> {
    mean_value(class)?;
    let (then, by) = (1..=MOST_PADDING)
        .map(|by| (records(class, Change::LongerValues(by), layout), by))
        .min()?;
    (then < now).then_some(Change::LongerValues(by))
}

/// The least shortening of the name that frees as much as the shortest name does.
fn shorter_keys(class: &StringClass, name: u32, layout: &Layout) -> Option<Change> {
    let most = name.checked_sub(SHORT_NAME).filter(|most| *most > 0)?.min(MOST_CHANGE);
    let keys = for_keys(class);
    let (_, by) =
        (1..=most).map(|by| (records(&keys, Change::ShorterKeys(by), layout), by)).min()?;
    Some(Change::ShorterKeys(by))
}

/// A class that costs as much more or less than this one whatever the lengths of its keys: values
/// that stand apart from their keys are taken for one, so that pools of thousands are few shapes.
fn for_keys(class: &StringClass) -> StringClass {
    let mut counts: BTreeMap<(u32, ValueShape), u64> = BTreeMap::new();
    for shape in &class.shapes {
        let value = match shape.value {
            ValueShape::Raw(len) => ValueShape::Raw(len.min(APART)),
            ValueShape::Integer { .. } => shape.value,
            // Objects without characters, as large numbers are.
            ValueShape::Collection(_) => ValueShape::Integer { small: false },
        };
        *counts.entry((shape.key_len, value)).or_default() += shape.count;
    }
    let shapes =
        counts.into_iter().map(|((key_len, value), count)| Shape { key_len, value, count });
    let collections = Collections::default();
    StringClass { shapes: shapes.collect(), collections, key: None, name: String::new(), ..*class }
}

/// Mean length of values that are not numbers, when they have few lengths.
fn mean_value(class: &StringClass) -> Option<f64> {
    let mut lengths = BTreeSet::new();
    let (mut sum, mut count) = (0.0, 0);
    for shape in &class.shapes {
        if let ValueShape::Raw(len) = shape.value {
            lengths.insert(len);
            if lengths.len() > MOST_LENGTHS {
                return None;
            }
            sum += f64::from(len) * num::float(shape.count);
            count += shape.count;
        }
    }
    (count > 0).then(|| sum / num::float(count))
}

/// What the keys of a class cost after a change, tables apart.
fn records(class: &StringClass, change: Change, layout: &Layout) -> Bytes {
    let law = layout.law().entry;
    let collections = forms::collections_of(&class.collections, layout);
    let one = |shape: &Shape| {
        let changed = changed(*shape, change);
        let inside = match shape.value {
            ValueShape::Collection(index) => collections[num::index(index.into())],
            ValueShape::Raw(_) | ValueShape::Integer { .. } => Bytes::ZERO,
        };
        (entry::parts(changed, class.ttl, law, layout).total() + inside) * shape.count
    };
    class.shapes.iter().map(one).sum()
}

fn changed(shape: Shape, change: Change) -> Shape {
    let Shape { key_len, value, .. } = shape;
    match (change, value) {
        (Change::ShorterKeys(by), _) => Shape { key_len: key_len.saturating_sub(by), ..shape },
        (Change::ShorterValues(by), ValueShape::Raw(len)) => {
            Shape { value: ValueShape::Raw(len.saturating_sub(by)), ..shape }
        }
        (Change::LongerValues(by), ValueShape::Raw(len)) => {
            Shape { value: ValueShape::Raw(len.saturating_add(by)), ..shape }
        }
        (
            Change::ShorterValues(_)
            | Change::LongerValues(_)
            | Change::CompactForm { .. }
            | Change::PlainNumbers(_)
            | Change::PackedHashes(_),
            _,
        ) => shape,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EngineVersion;

    fn strings(name: &str, shapes: Vec<Shape>) -> StringClass {
        let collections = Collections::default();
        StringClass { name: name.into(), ttl: false, key: None, shapes, collections }
    }

    fn class(key_len: u32, len: u32) -> StringClass {
        let shapes = vec![Shape { key_len, value: ValueShape::Raw(len), count: 1_000_000 }];
        strings("tokens", shapes)
    }

    fn on(engine: EngineVersion, key_len: u32, len: u32, name: u32) -> Vec<Advice> {
        advice(&[class(key_len, len)], &[name], &Layout::on_elasticache(engine))
    }

    /// The tutorial's token: 1,343 bytes with header and terminator, 63 more than the class of 1,280.
    #[test]
    fn a_token_just_above_a_size_class_is_told_how_much_to_lose() {
        let all = on(EngineVersion::valkey(8, 0), 30, 1_337, 4);
        assert_eq!(all[0].change, Change::ShorterValues(63));
        assert_eq!(all[0].saved_bytes, Bytes::new(256_000_000));
    }

    #[test]
    fn a_value_that_fills_its_class_is_left_alone() {
        assert_eq!(on(EngineVersion::valkey(8, 0), 30, 1_530, 4), []);
    }

    /// Valkey 8.1 embeds 9 bytes after a key of 32 in a block of 80, and keeps 10 outside: 56 + 16.
    #[test]
    fn a_byte_more_may_cost_less() {
        let all = on(EngineVersion::valkey(8, 1), 32, 9, 4);
        assert!(all.iter().any(|one| one.change == Change::LongerValues(1)), "{all:?}");
        let padded = all.iter().find(|one| one.change == Change::LongerValues(1)).unwrap();
        assert!((padded.per_key_now - 80.0).abs() < 1e-9, "{padded:?}");
        assert!((padded.per_key_then - 72.0).abs() < 1e-9, "{padded:?}");
    }

    #[test]
    fn long_names_are_shortened_no_further_than_it_pays() {
        // 60 characters of name, 6 digits: 66 + 3 + 1 = 70 bytes, class 80; 5 + 4 + 1 … 8 + 1: 16.
        let all = on(EngineVersion::redis(7, 0), 66, 20, 60);
        let shorter = all.iter().find(|one| matches!(one.change, Change::ShorterKeys(_))).unwrap();
        assert_eq!(shorter.change, Change::ShorterKeys(52), "{all:?}");
        assert!((shorter.per_key_now - shorter.per_key_then - 64.0).abs() < 1e-9, "{all:?}");
    }

    /// 4,096 lengths at six lengths of keys: some hundred shapes decide, and choose the same.
    #[test]
    fn keys_of_large_pools_are_looked_at_by_few_shapes() {
        let engines = [
            EngineVersion::redis(7, 0),
            EngineVersion::valkey(8, 0),
            EngineVersion::valkey(8, 1),
            EngineVersion::valkey(9, 1),
        ];
        let shapes = |from: u32| -> Vec<Shape> {
            let lengths = from..from + 4_096;
            let of = |len| (40..46).map(move |key| (key, ValueShape::Raw(len)));
            let all = lengths.flat_map(of).chain([
                (40, ValueShape::Integer { small: true }),
                (40, ValueShape::Integer { small: false }),
            ]);
            all.map(|(key_len, value)| Shape { key_len, value, count: 7 }).collect()
        };
        for (engine, from) in engines.into_iter().flat_map(|engine| [(engine, 0), (engine, 200)]) {
            let layout = Layout::on_elasticache(engine);
            let class = StringClass { ttl: true, ..strings("many", shapes(from)) };
            let few = for_keys(&class);
            assert!(few.shapes.len() <= 6 * 130 + 2, "{}", few.shapes.len());
            assert_eq!(few.keys(), class.keys());
            let apart = |by| {
                let of = |class| records(class, Change::ShorterKeys(by), &layout).float();
                of(&class) - of(&few)
            };
            for by in [1, 2, 7, 20, 36] {
                assert!((apart(by) - apart(0)).abs() < 0.5, "{engine}, {by}");
            }
        }
    }

    #[test]
    fn numbers_and_values_of_many_lengths_get_no_advice_on_values() {
        let numbers =
            vec![Shape { key_len: 8, value: ValueShape::Integer { small: false }, count: 9 }];
        let numbers = strings("n", numbers);
        let many =
            (0..100).map(|n| Shape { key_len: 8, value: ValueShape::Raw(100 + n), count: 9 });
        let many = strings("m", many.collect());
        let layout = Layout::on_elasticache(EngineVersion::redis(7, 0));
        assert_eq!(advice(&[numbers, many], &[2, 2], &layout), []);
    }
}
