//! Where the bytes of keys go.

use std::iter::Sum;
use std::ops::{Add, Mul};

use serde::{Deserialize, Serialize};

use crate::units::Bytes;

/// Bytes by purpose; they add up to what the allocator hands out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// The characters of the keys.
    pub key: Bytes,
    /// The characters of the values; nothing for integers, which live in a pointer.
    pub value: Bytes,
    /// Table entries, object headers, string headers and terminators.
    pub entry: Bytes,
    /// What a time to live adds, its table apart.
    pub expiry: Bytes,
    /// Rounding up to the allocator's size classes.
    pub waste: Bytes,
}

impl Parts {
    /// All of them together.
    pub fn total(self) -> Bytes {
        let Self { key, value, entry, expiry, waste } = self;
        key + value + entry + expiry + waste
    }
}

impl Add for Parts {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            key: self.key + other.key,
            value: self.value + other.value,
            entry: self.entry + other.entry,
            expiry: self.expiry + other.expiry,
            waste: self.waste + other.waste,
        }
    }
}

impl Sum for Parts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

impl Mul<u64> for Parts {
    type Output = Self;
    fn mul(self, n: u64) -> Self {
        Self {
            key: self.key * n,
            value: self.value * n,
            entry: self.entry * n,
            expiry: self.expiry * n,
            waste: self.waste * n,
        }
    }
}
