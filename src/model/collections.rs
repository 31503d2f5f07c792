//! Classes of hashes, sets, sorted sets and lists, in the shapes the memory law needs.

use crate::spec::{Class, CollectionPlan, KeyTemplate, MemberTemplate, StoredAs};
use crate::workload::{CollectionCounts, Spelled};

use super::memory::collection::{Collection, Collections, Element, Item};
use super::memory::{Shape, ValueShape};

/// The collections of a class, made once for any number of keys up to a limit.
#[derive(Debug, Clone)]
pub(super) struct CollectionShapes {
    counts: CollectionCounts,
    key: KeyTemplate,
    /// The number of the first collection of keys of each length, in their order; where members do not
    /// name their key all have the same collections.
    bases: Vec<usize>,
    collections: Collections,
}

impl CollectionShapes {
    /// For up to `most` keys of `class`.
    pub(super) fn of(class: &Class, plan: &CollectionPlan, most: u64) -> Self {
        Self::counted(class, plan, CollectionCounts::of(class, plan), most)
    }

    /// The same from counts that were made of the class.
    pub(super) fn counted(
        class: &Class,
        plan: &CollectionPlan,
        counts: CollectionCounts,
        most: u64,
    ) -> Self {
        let names_the_key = plan.member.as_ref().is_some_and(MemberTemplate::names_the_key);
        let mut all = Vec::new();
        let mut bases = Vec::new();
        let mut from = 0;
        for (_, n) in class.key.lengths(most) {
            if all.is_empty() || names_the_key {
                bases.push(all.len());
                let variants = 0..counts.n_variants();
                all.extend(variants.map(|variant| collection(plan, &counts, variant, from)));
            }
            from += n;
        }
        Self { counts, key: class.key.clone(), bases, collections: Collections::new(all) }
    }

    /// What `keys` keys are, at most as many as this was made for, and their collections.
    pub(super) fn shapes(&self, keys: u64) -> (Vec<Shape>, Collections) {
        let mut shapes = Vec::new();
        let mut from = 0;
        for (group, (len, n)) in self.key.lengths(keys).into_iter().enumerate() {
            let key_len = u32::try_from(len).expect("lengths are checked to fit 512 MB");
            let base = self.bases[group.min(self.bases.len() - 1)];
            let of_variant = self.counts.of_keys(from..from + n).into_iter().enumerate();
            shapes.extend(of_variant.filter(|(_, count)| *count > 0).map(|(variant, count)| {
                let index = u32::try_from(base + variant).expect("variants are few");
                Shape { key_len, value: ValueShape::Collection(index), count }
            }));
            from += n;
        }
        (shapes, self.collections.clone())
    }
}

fn collection(
    plan: &CollectionPlan,
    counts: &CollectionCounts,
    variant: usize,
    key: u64,
) -> Collection {
    let elements = counts
        .elements(variant, key)
        .map(|(member, value)| Element { member: item(member), value: value.map(item) });
    let collection = Collection::new(plan.kind, elements);
    if plan.field_ttl_secs.is_some() { collection.with_field_ttl() } else { collection }
}

fn item(spelled: Spelled) -> Item {
    match spelled {
        Spelled::Text(len) | Spelled::Value(StoredAs::Text(len)) => Item::Text(len),
        Spelled::Integer(number) => Item::Integer(number),
        // Of the pool's numbers only the lengths are kept; compact forms have a width for each
        // range of numbers, and this one has the width of most of that length.
        Spelled::Value(StoredAs::Integer { len, .. }) => {
            Item::Integer(5 * 10i64.pow(len.clamp(1, 18) - 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EngineVersion;
    use crate::model::memory::{Layout, StringClass, footprint};
    use crate::model::string_classes;
    use crate::spec::parse;

    /// The class of a workload that has one, with so many keys.
    fn class(lines: &str, keys: u64) -> StringClass {
        let text = format!(
            r#"
            name = "one"
            class = [{{ name = "c", keys = 10, key = "c:{{n}}", {lines} }}]
            traffic = [{{ class = "c", command = "smembers", weight = 1 }}]
            load = {{}}
            objective = {{ peak = "1k/s", p99 = "2ms" }}
            capacity = {{}}
            aws = {{ region = "eu-west-1", engines = ["redis-7.1"] }}
            "#
        );
        let spec = parse("w.toml", &text).unwrap_or_else(|error| panic!("{error}"));
        string_classes(&spec.classes, &[keys]).remove(0)
    }

    #[test]
    fn members_that_name_their_key_grow_with_its_number() {
        let of_key = class(r#"type = "set", members = 3, member = "m{key}_{n}""#, 1000);
        assert_eq!(of_key.collections.all().len(), 3, "keys of one, two and three digits");
        let len = |at: usize| of_key.collections.all()[at].elements[0].0.member;
        assert_eq!((len(0), len(2)), (Item::Text(4), Item::Text(6)));
        let common = class(r#"type = "set", members = 3, member = "m{n}""#, 1000);
        assert_eq!(common.collections.all().len(), 1);
        assert_eq!(common.keys(), 1000);
    }

    /// Billions of keys take no longer than a few.
    #[test]
    fn any_number_of_keys_is_counted() {
        let lines = r#"type = "set", members = { uniform = { min = 1, max = 9 } }, member = "{n}""#;
        let class = class(lines, 5_000_000_000);
        assert_eq!(class.keys(), 5_000_000_000);
        let layout = Layout::on_elasticache(EngineVersion::redis(7, 0));
        let per_key = footprint(&[class], &layout).bytes_per_key().unwrap();
        // Entry 24, key 16, object 16, an intset of 8 + 2 to 18 bytes in 16, 24 or 32; table 13.7.
        assert!((90.0..96.0).contains(&per_key), "{per_key}");
    }
}
