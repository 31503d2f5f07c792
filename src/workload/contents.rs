//! What stands under the keys of a class.

use std::ops::Range;

use crate::spec::{Class, MemberTemplate};
use crate::units::num;

use super::{CollectionCounts, CollectionValues, ValueCounts, Values};

/// Strings, or something with elements.
#[derive(Debug, Clone, PartialEq)]
pub enum Contents {
    /// A value each.
    Strings(Values),
    /// A collection each.
    Collections(CollectionValues),
}

/// How much the keys of a class hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Extent {
    /// Mean length in bytes of what a key holds: its value, or all members and values together.
    pub mean_bytes: f64,
    /// Shortest and longest.
    pub bytes: Range<u64>,
    /// Mean number of elements; `None` for strings.
    pub mean_elements: Option<f64>,
}

impl Extent {
    /// What the keys of `class` hold.
    pub fn of(class: &Class) -> Self {
        let Some(plan) = &class.collection else {
            let (mean_bytes, range) = ValueCounts::of(class).lengths();
            let bytes = range.start.into()..range.end.into();
            return Self { mean_bytes, bytes, mean_elements: None };
        };
        let counts = CollectionCounts::of(class, plan);
        // Keys of as many digits hold as much, or all alike.
        let names_key = plan.member.as_ref().is_some_and(MemberTemplate::names_the_key);
        let alike = if names_key { class.key.lengths(class.keys) } else { vec![(0, class.keys)] };
        let (mut mean_bytes, mut least, mut most, mut past) = (0.0, u64::MAX, 0, 0);
        for (_, keys) in alike {
            past += keys;
            let lengths = counts.content_lengths_under(past - 1);
            let mean = num::float(lengths.iter().sum()) / num::float_len(lengths.len().max(1));
            mean_bytes += mean * num::float(keys) / num::float(class.keys);
            for len in lengths {
                (least, most) = (least.min(len), most.max(len));
            }
        }
        Self { mean_bytes, bytes: least..most, mean_elements: Some(counts.sizes().0) }
    }
}

impl Contents {
    /// What the keys of `class` hold.
    ///
    /// # Panics
    /// As [`Values::of`].
    pub fn of(class: &Class) -> Self {
        match &class.collection {
            None => Self::Strings(Values::of(class)),
            Some(plan) => Self::Collections(CollectionValues::of(class, plan)),
        }
    }

    /// Bytes under key number `n` that take part in a comparison, roughly.
    pub fn n_bytes(&self, n: u64) -> usize {
        match self {
            Self::Strings(values) => values.get(n).len(),
            Self::Collections(values) => {
                let mut first = Vec::new();
                values.write_member(n, 0, &mut first);
                values.write_value(n, 0, &mut first);
                first.len() * num::index(values.n_elements(n))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::parse;

    fn of(member: &str) -> Extent {
        let text = format!(
            r#"
            name = "one"
            class = [{{ name = "c", keys = 1_000, key = "c:{{n}}", type = "set", members = 10,
                       member = "{member}" }}]
            traffic = [{{ class = "c", command = "smembers", weight = 1 }}]
            load = {{}}
            objective = {{ peak = "1k/s", p99 = "2ms" }}
            capacity = {{}}
            aws = {{ region = "eu-west-1", engines = ["redis-7.1"] }}
            "#
        );
        Extent::of(&parse("w.toml", &text).unwrap_or_else(|error| panic!("{error}")).classes[0])
    }

    /// Ten keys of one digit, 90 of two and 900 of three: 2.89 on average, in each of ten members.
    #[test]
    fn members_that_name_their_key_are_longer_under_later_ones() {
        let (plain, keyed) = (of("m{n}"), of("m{key}_{n}"));
        assert_eq!((plain.bytes.start, plain.bytes.end), (20, 20));
        assert_eq!((keyed.bytes.start, keyed.bytes.end), (40, 60));
        assert!((plain.mean_bytes - 20.0).abs() < 1e-9, "{plain:?}");
        assert!((keyed.mean_bytes - 58.9).abs() < 1e-9, "{keyed:?}");
    }
}
