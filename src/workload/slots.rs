//! How many keys of a template fall into each hash slot.

mod by_digits;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::engine::SLOTS;
use crate::spec::{KeyTemplate, Spelled};
use crate::units::num;

use by_digits::ByDigits;

/// Keys in each of the [`SLOTS`], by slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotCounts(Vec<u64>);

impl SlotCounts {
    /// `keys` keys whose names are not known: as even as whole keys allow.
    pub fn even(keys: u64) -> Self {
        let (each, rest) = (keys / u64::from(SLOTS), keys % u64::from(SLOTS));
        Self((0..u64::from(SLOTS)).map(|slot| each + u64::from(slot < rest)).collect())
    }

    /// By slot, always [`SLOTS`] of them.
    pub fn by_slot(&self) -> &[u64] {
        &self.0
    }
}

/// Counts the keys of one template; what it has worked out once serves every further count.
#[derive(Debug, Clone)]
pub struct SlotCounter(By);

#[derive(Debug, Clone)]
enum By {
    Digits(Box<ByDigits>),
    /// The slot of each key of a file.
    File(Arc<[u16]>),
}

impl SlotCounter {
    /// For the keys of `template`.
    pub fn new(template: &KeyTemplate) -> Self {
        Self(match template.spelled() {
            Spelled::Numbered(numbered) => By::Digits(Box::new(ByDigits::new(numbered))),
            Spelled::Listed(list) => By::File(list.slots().into()),
        })
    }

    /// How many of the keys 0…`keys` fall into which slot; keys beyond a file's rows as these do. Takes a
    /// millisecond, however many; of a file a nanosecond for each row.
    pub fn count(&self, keys: u64) -> SlotCounts {
        SlotCounts(match &self.0 {
            By::Digits(digits) => digits.count(keys),
            By::File(slots) => {
                let mut counts = vec![0; usize::from(SLOTS)];
                slots
                    .iter()
                    .take(num::index(keys))
                    .for_each(|slot| counts[usize::from(*slot)] += 1);
                num::in_proportion(counts.into_iter(), keys)
            }
        })
    }

    /// The slot of key number `id`, as [`slot_of`](crate::engine::slot_of) finds it, without spelling the
    /// key; beyond a file's rows, that of one of them.
    pub fn slot(&self, id: u64) -> u16 {
        match &self.0 {
            By::Digits(digits) => digits.slot(id),
            By::File(slots) => slots[num::index(id % num::count(slots.len()))],
        }
    }

    /// Of the keys 0…`keys`, the ids of those that fall into each of the `wanted` slots, ascending; no
    /// further ones than a file has. The time taken grows with the ids found, and with `keys` ÷ 10,000
    /// times the slots.
    pub fn ids_in(&self, keys: u64, wanted: &[u16]) -> Vec<Vec<u64>> {
        match &self.0 {
            By::Digits(digits) => digits.ids_in(keys, wanted),
            By::File(slots) => {
                let mut found = vec![Vec::new(); usize::from(SLOTS)];
                (0..keys)
                    .zip(slots.iter())
                    .for_each(|(id, slot)| found[usize::from(*slot)].push(id));
                wanted.iter().map(|slot| std::mem::take(&mut found[usize::from(*slot)])).collect()
            }
        }
    }
}
