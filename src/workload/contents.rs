//! What stands under the keys of a class.

use std::ops::Range;

use crate::spec::Class;
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
        let lengths = counts.content_lengths();
        let total: u64 = lengths.iter().sum();
        let bytes =
            lengths.iter().min().copied().unwrap_or(0)..lengths.iter().max().copied().unwrap_or(0);
        let mean_bytes = num::float(total) / num::float_len(lengths.len().max(1));
        Self { mean_bytes, bytes, mean_elements: Some(counts.sizes().0) }
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
