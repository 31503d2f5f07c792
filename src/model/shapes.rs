//! The plan's classes in the shapes the memory law needs.

use crate::spec::{Class, KeyTemplate, StoredAs};
use crate::workload::ValueCounts;

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

#[derive(Debug, Clone)]
enum Content {
    Strings(ValueCounts),
    Collections(CollectionShapes),
}

/// The plan's classes with `keys` of each: which key has which value is known, so that lengths of keys
/// and values are counted together.
pub fn string_classes(classes: &[Class], keys: &[u64]) -> Vec<StringClass> {
    ClassShapes::up_to(classes, keys).with_keys(keys)
}

impl ClassShapes {
    /// For at most so many keys of each class.
    pub fn up_to(classes: &[Class], most: &[u64]) -> Self {
        let one = |(class, most): (&Class, &u64)| OneClass {
            name: class.name.clone(),
            ttl: class.ttl_secs.is_some(),
            key: class.key.clone(),
            content: match &class.collection {
                Some(plan) => Content::Collections(CollectionShapes::of(class, plan, *most)),
                None => Content::Strings(ValueCounts::of(class)),
            },
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

fn strings(key: &KeyTemplate, values: &ValueCounts, keys: u64) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let mut from = 0;
    for (len, n) in key.lengths(keys) {
        let key_len = u32::try_from(len).expect("lengths are checked to fit 512 MB");
        let counts = values.of_keys(from..from + n).into_iter();
        shapes.extend(counts.map(|(stored, count)| {
            let value = match stored {
                StoredAs::Text(len) => ValueShape::Raw(len),
                StoredAs::Integer { small, .. } => ValueShape::Integer { small },
            };
            Shape { key_len, value, count }
        }));
        from += n;
    }
    shapes
}
