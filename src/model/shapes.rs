//! The plan's classes in the shapes the memory law needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::spec::{Class, KeyList, KeyTemplate, Misspelt, Spelled, StoredAs};
use crate::units::num;
use crate::workload::{CollectionCounts, ValueCounts};

use super::collections::CollectionShapes;
use super::memory::collection::Collections;
use super::memory::{Shape, StringClass, ValueShape};

/// Classes that are counted for many numbers of keys; what does not depend on them is made once.
#[derive(Debug, Clone)]
pub struct ClassShapes(Vec<OneClass>);

#[derive(Debug, Clone)]
struct OneClass {
    name: String,
    ttl: bool,
    key: KeyTemplate,
    content: Content,
}

/// Strings under the keys of a file, and the shapes of all of them.
#[derive(Debug, Clone)]
struct OfFile {
    list: Arc<KeyList>,
    values: ValueCounts,
    shapes: Vec<Shape>,
}

#[derive(Debug, Clone)]
enum Content {
    Strings(ValueCounts),
    StringsOfFile(OfFile),
    Collections(CollectionShapes),
}

/// The plan's classes with `keys` of each: which key has which value is known, so that lengths of keys
/// and values are counted together.
pub fn string_classes(classes: &[Class], keys: &[u64]) -> Vec<StringClass> {
    ClassShapes::up_to(classes, keys).with_keys(keys)
}

/// A class whose numbers are stored as text, as it would be otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainNumbers {
    /// With numbers spelled as an engine spells them.
    pub class: StringClass,
    /// How many values, or members and values of a collection, that concerns.
    pub misspelt: Misspelt,
}

impl PlainNumbers {
    /// `keys` keys of a class; `None` where no number is stored as text.
    pub fn of(class: &Class, keys: u64) -> Option<Self> {
        let (content, misspelt) = match &class.collection {
            None => {
                let (values, misspelt) = ValueCounts::of(class).with_plain_numbers()?;
                (Content::strings(&class.key, values), misspelt)
            }
            Some(plan) => {
                let counts = CollectionCounts::of(class, plan);
                let (counts, misspelt) = counts.with_plain_numbers()?;
                let shapes = CollectionShapes::counted(class, plan, counts, keys);
                (Content::Collections(shapes), misspelt)
            }
        };
        let shapes = ClassShapes(vec![OneClass::new(class, content)]);
        Some(Self { class: shapes.with_keys(&[keys]).remove(0), misspelt })
    }
}

impl OneClass {
    fn new(class: &Class, content: Content) -> Self {
        let ttl = class.ttl_secs.is_some();
        Self { name: class.name.clone(), ttl, key: class.key.clone(), content }
    }
}

impl ClassShapes {
    /// For at most so many keys of each class.
    pub fn up_to(classes: &[Class], most: &[u64]) -> Self {
        let one = |(class, most): (&Class, &u64)| {
            let content = match &class.collection {
                Some(plan) => Content::Collections(CollectionShapes::of(class, plan, *most)),
                None => Content::strings(&class.key, ValueCounts::of(class)),
            };
            OneClass::new(class, content)
        };
        Self(classes.iter().zip(most).map(one).collect())
    }

    /// With so many keys of each.
    pub fn with_keys(&self, keys: &[u64]) -> Vec<StringClass> {
        let one = |(class, keys): (&OneClass, &u64)| {
            let (shapes, collections) = match &class.content {
                Content::Strings(values) => {
                    (strings(&class.key, values, *keys), Collections::default())
                }
                Content::StringsOfFile(file) => (file.shapes(*keys), Collections::default()),
                Content::Collections(collections) => collections.shapes(*keys),
            };
            StringClass {
                name: class.name.clone(),
                ttl: class.ttl,
                key: Some(class.key.clone()),
                shapes,
                collections,
            }
        };
        self.0.iter().zip(keys).map(one).collect()
    }
}

impl Content {
    fn strings(key: &KeyTemplate, values: ValueCounts) -> Self {
        let Spelled::Listed(list) = key.spelled() else { return Self::Strings(values) };
        let shapes = strings_of_file(list, &values, list.n_keys());
        Self::StringsOfFile(OfFile { list: list.clone(), values, shapes })
    }
}

impl OfFile {
    /// `keys` keys: the first ones, or more in the proportions of all.
    fn shapes(&self, keys: u64) -> Vec<Shape> {
        if keys < self.list.n_keys() {
            return strings_of_file(&self.list, &self.values, keys);
        }
        let counts = num::in_proportion(self.shapes.iter().map(|shape| shape.count), keys);
        let shapes = self.shapes.iter().zip(counts);
        shapes.map(|(shape, count)| Shape { count, ..*shape }).collect()
    }
}

/// Each of the first `keys` keys with its value.
fn strings_of_file(list: &KeyList, values: &ValueCounts, keys: u64) -> Vec<Shape> {
    let mut counts = BTreeMap::new();
    let values = values.of_each(0..keys);
    for one in list.lengths().iter().copied().zip(values) {
        *counts.entry(one).or_insert(0) += 1;
    }
    let shape = |((key_len, stored), count)| Shape { key_len, value: value_shape(stored), count };
    counts.into_iter().map(shape).collect()
}

fn value_shape(stored: StoredAs) -> ValueShape {
    match stored {
        StoredAs::Text(len) => ValueShape::Raw(len),
        StoredAs::Integer { small, .. } => ValueShape::Integer { small },
    }
}

fn strings(key: &KeyTemplate, values: &ValueCounts, keys: u64) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let mut from = 0;
    for (len, n) in key.lengths(keys) {
        let key_len = u32::try_from(len).expect("lengths are checked to fit 512 MB");
        let counts = values.of_keys(from..from + n).into_iter();
        shapes.extend(counts.map(|(stored, count)| {
            let value = value_shape(stored);
            Shape { key_len, value, count }
        }));
        from += n;
    }
    shapes
}
