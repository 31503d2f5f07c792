//! What is stored: classes of keys, as counts of equal shapes.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::collection::Collections;
use crate::spec::KeyTemplate;

/// Keys that serve one purpose and expire alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StringClass {
    /// What the workload calls it.
    pub name: String,
    /// Whether its keys carry a time to live.
    pub ttl: bool,
    /// How its keys 0, 1, 2… are spelled, which decides their slots in a cluster. `None`: not
    /// known; standalone it does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyTemplate>,
    /// How many keys of which shape; any order, shapes may repeat.
    pub shapes: Vec<Shape>,
    /// What [`ValueShape::Collection`] refers to; empty for strings.
    #[serde(default)]
    pub collections: Collections,
}

/// Keys that cost the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Length of the key in bytes.
    pub key_len: u32,
    /// The value.
    pub value: ValueShape,
    /// Number of keys.
    pub count: u64,
}

/// What the engine makes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueShape {
    /// Text or binary of this many bytes.
    Raw(u32),
    /// A decimal number that fits 64 bits, as the engine itself would print it.
    Integer {
        /// Whether it lies in 0…9999, the numbers that engines may share between keys.
        small: bool,
    },
    /// The collection of this number in its class's [`StringClass::collections`].
    Collection(u32),
}

impl ValueShape {
    /// Bytes of the value as a client sees it, 20 for any integer: the longest there is. `None` for a
    /// collection, which is not sent as one value.
    pub fn longest(self) -> Option<u64> {
        match self {
            Self::Raw(len) => Some(u64::from(len)),
            Self::Integer { .. } => Some(20),
            Self::Collection(_) => None,
        }
    }
}

impl StringClass {
    /// Keys and values of the given lengths, independent of each other.
    ///
    /// * `key_lens`: pairs of length and count; the class has as many keys as these sum up to.
    /// * `values`: pairs of value and weight, a sample of any size. Each key length gets the
    ///   sample's shares, rounded to whole keys so that no key is lost.
    pub fn from_lengths(
        name: impl Into<String>,
        ttl: bool,
        key_lens: &[(u32, u64)],
        values: &[(ValueShape, u64)],
    ) -> Self {
        let weights: Vec<u64> = values.iter().map(|&(_, weight)| weight).collect();
        let shapes = key_lens
            .iter()
            .flat_map(|&(key_len, n)| {
                let counts = apportion(n, &weights);
                values.iter().zip(counts).map(move |(&(value, _), count)| Shape {
                    key_len,
                    value,
                    count,
                })
            })
            .filter(|shape| shape.count > 0)
            .collect();
        Self { name: name.into(), ttl, key: None, shapes, collections: Collections::default() }
    }

    /// The number of keys.
    pub fn keys(&self) -> u64 {
        self.shapes.iter().fold(0, |sum, shape| sum.saturating_add(shape.count))
    }
}

/// Lengths of the keys `<prefix><id>` for sequential decimal ids without padding: pairs of length
/// and count, ascending, at most 20 of them.
pub fn decimal_key_lengths(prefix_len: u32, ids: Range<u64>) -> Vec<(u32, u64)> {
    let mut lengths = Vec::new();
    let mut first = ids.start;
    while first < ids.end {
        let digits = first.checked_ilog10().unwrap_or(0) + 1;
        let past = 10u64.checked_pow(digits).unwrap_or(u64::MAX).min(ids.end);
        lengths.push((prefix_len.saturating_add(digits), past - first));
        first = past;
    }
    lengths
}

/// Splits `total` by weight into whole numbers that sum up to it; larger remainders round up,
/// the earlier first when equal. All zero when no weight is above zero.
fn apportion(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let products: Vec<u128> =
        weights.iter().map(|&weight| u128::from(total) * u128::from(weight)).collect();
    let mut parts: Vec<u64> = products
        .iter()
        .map(|product| u64::try_from(product / sum).expect("a part is at most the total"))
        .collect();
    let rest = total - parts.iter().sum::<u64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(products[index] % sum));
    for (_, &index) in (0..rest).zip(&order) {
        parts[index] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequential_ids_have_exact_lengths() {
        assert_eq!(decimal_key_lengths(3, 0..200), [(4, 10), (5, 90), (6, 100)]);
        assert_eq!(decimal_key_lengths(0, 95..103), [(2, 5), (3, 3)]);
        assert_eq!(decimal_key_lengths(0, 5..5), []);
        let all: u64 = decimal_key_lengths(0, 0..u64::MAX).iter().map(|&(_, n)| n).sum();
        assert_eq!(all, u64::MAX);
    }

    #[test]
    fn parts_sum_up_to_the_total() {
        assert_eq!(apportion(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(apportion(7, &[0, 5]), [0, 7]);
        assert_eq!(apportion(7, &[0, 0]), [0, 0]);
        assert_eq!(apportion(u64::MAX, &[u64::MAX, u64::MAX]).iter().sum::<u64>(), u64::MAX);
    }

    #[test]
    fn a_sample_scales_to_more_keys_with_other_lengths() {
        let values = [(ValueShape::Raw(100), 30_000), (ValueShape::Raw(900), 20_000)];
        let class =
            StringClass::from_lengths("claims", true, &decimal_key_lengths(8, 0..400_000), &values);
        assert_eq!(class.keys(), 400_000);
        let short: u64 = class
            .shapes
            .iter()
            .filter(|shape| shape.value == ValueShape::Raw(100))
            .map(|shape| shape.count)
            .sum();
        assert_eq!(short, 240_000);
    }
}
