//! The radix tree over slot and key that Redis up to 6.2 keeps in cluster mode.
//!
//! Built as the engine builds it for a sample of slots, with every key of theirs; the keys of
//! other slots count with the sample's mean. Names of a file need not be there; made-up ones of their
//! lengths stand in for them. Source: MODEL.md §1.11.

use crate::engine::{Allocator, SLOTS};
use crate::spec::KeyTemplate;
use crate::units::num;
use crate::workload::SlotCounter;

use super::super::blocks::block;

/// A node without children: a header of four bytes, padded to a pointer. src/rax.c:188 (Redis 6.2.6).
const HEADER: u64 = 4;
const POINTER: u64 = 8;
/// Slots that a sample holds at least, where there are as many.
const FEWEST: u64 = 16;
/// Steps by 16,384 ÷ the golden ratio reach slots that are spread evenly, in all their bits.
const STRIDE: u32 = 10_125;

/// How large a sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The mean is known to about 0.1 % of what is sampled. Takes some 20 ms.
    Fine,
    /// To about 0.3 %, in an eighth of the time.
    Coarse,
}

impl Detail {
    /// Keys in the sample, about.
    fn keys(self) -> u64 {
        match self {
            Self::Fine => 1 << 16,
            Self::Coarse => 1 << 13,
        }
    }
}

/// One class's keys.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) template: &'a KeyTemplate,
    pub(super) counter: &'a SlotCounter,
    pub(super) keys: u64,
    /// How many of them lie in each slot.
    pub(super) by_slot: &'a [u64],
}

/// Bytes of the tree below each slot, as the whole of these classes makes them.
pub(super) fn by_slot(classes: &[Named<'_>], detail: Detail, allocator: Allocator) -> Vec<f64> {
    let enough = detail.keys();
    let in_slot = |slot: usize| classes.iter().map(|class| class.by_slot[slot]).sum::<u64>();
    let all: Vec<u64> = (0..usize::from(SLOTS)).map(in_slot).collect();
    let keys_of = |slots: &[u16]| slots.iter().map(|slot| all[usize::from(*slot)]).sum::<u64>();
    let filled: Vec<u16> = spread().filter(|slot| all[usize::from(*slot)] > 0).collect();
    // A slot that holds far more than others is a class's own, by a tag in its keys.
    let total = keys_of(&filled);
    let is_own = |slot: &u16| all[usize::from(*slot)] > enough.max(total / 256);
    let (own, others): (Vec<u16>, Vec<u16>) = filled.into_iter().partition(is_own);
    let mut bytes = vec![0.0; all.len()];
    for slot in own {
        let tree = Tree::of(classes, &[slot], tens(all[usize::from(slot)], enough), allocator);
        bytes[usize::from(slot)] = tree.per_key() * num::float(all[usize::from(slot)]);
    }
    let keys = keys_of(&others);
    let mean = keys / num::count(others.len()).max(1);
    let tens = tens(mean, enough / FEWEST);
    let most = num::index(enough / (mean / tens).max(1));
    let sample = &others[..most.min(others.len())];
    let tree = Tree::of(classes, sample, tens, allocator);
    for slot in &others {
        bytes[usize::from(*slot)] = tree.per_key() * num::float(all[usize::from(*slot)]);
    }
    if tens == 1 {
        for (slot, exact) in sample.iter().zip(&tree.by_slot) {
            bytes[usize::from(*slot)] = num::float(*exact);
        }
    }
    bytes
}

/// The same for every key of every slot, added up; slow.
#[cfg(test)]
pub(super) fn every_slot(classes: &[Named<'_>], allocator: Allocator) -> u64 {
    let slots: Vec<u16> = (0..SLOTS).collect();
    Tree::of(classes, &slots, 1, allocator).by_slot.iter().sum()
}

/// Bytes of the nodes above the slots: one for the first byte of the slot's number, one for the
/// second below each.
///
/// * `filled`: slots with keys, by first byte; those without any left out.
pub(super) fn above_slots(filled: impl Iterator<Item = u64> + Clone, allocator: Allocator) -> u64 {
    let first = filled.clone().filter(|slots| *slots > 0).count();
    let second = filled.filter(|slots| *slots > 0).map(|slots| node(slots, slots, allocator));
    // The empty root is part of the baseline.
    let root = node(num::count(first), num::count(first), allocator);
    second.sum::<u64>() + root.saturating_sub(node(0, 0, allocator))
}

/// The power of ten by which numbers of keys are divided so that `keys` becomes at most `most`.
///
/// A tree over ids repeats itself with each further digit: keys a tenth as many cost the same each,
/// but for one full node above hundreds of keys.
fn tens(keys: u64, most: u64) -> u64 {
    (0..19).map(|power| 10_u64.pow(power)).find(|tens| keys / tens <= most).unwrap_or(1)
}

/// Every slot once, in an order whose every beginning is spread evenly.
fn spread() -> impl Iterator<Item = u16> {
    let slots = u32::from(SLOTS);
    (0..slots).map(move |n| u16::try_from(n * STRIDE % slots).expect("below 16,384"))
}

/// What some slots hold.
struct Tree {
    keys: u64,
    /// Bytes, in the order asked for.
    by_slot: Vec<u64>,
}

impl Tree {
    fn of(classes: &[Named<'_>], slots: &[u16], tens: u64, allocator: Allocator) -> Self {
        let mut spelled = vec![Vec::new(); slots.len()];
        for class in classes {
            let ids = class.counter.ids_in(class.keys / tens, slots);
            for (spelled, ids) in spelled.iter_mut().zip(ids) {
                spelled.extend(ids.into_iter().map(|id| {
                    let mut key = Vec::with_capacity(class.template.len(id));
                    class.template.write_stand_in(id, &mut key);
                    key
                }));
            }
        }
        let mut keys = 0;
        let by_slot = spelled.into_iter().map(|mut spelled| {
            spelled.sort_unstable();
            spelled.dedup();
            keys += num::count(spelled.len());
            if spelled.is_empty() { 0 } else { below(&spelled, 0, allocator) }
        });
        let by_slot = by_slot.collect();
        Self { keys, by_slot }
    }

    fn per_key(&self) -> f64 {
        num::float(self.by_slot.iter().sum()) / num::float(self.keys.max(1))
    }
}

/// Bytes of the node that `keys` reach with their first `depth` bytes, and of all below it.
///
/// * `keys`: ascending, at least one, no two alike, and alike up to `depth`.
///
/// A node stands for a run of bytes that all keys below it share, or for the different bytes that
/// follow; a key ends at a node, and costs nothing there, for its value is null.
fn below(keys: &[Vec<u8>], depth: usize, allocator: Allocator) -> u64 {
    let longer = if keys[0].len() == depth { &keys[1..] } else { keys };
    let [first, .., last] = longer else {
        let len = longer.first().map_or(0, |key| num::count(key.len() - depth));
        let leaf = node(0, 0, allocator);
        return if len > 0 { node(len, 1, allocator) + leaf } else { leaf };
    };
    let alike = first.iter().zip(last).skip(depth).take_while(|(a, b)| a == b).count();
    if alike > 0 {
        return node(num::count(alike), 1, allocator) + below(longer, depth + alike, allocator);
    }
    let mut children = 0;
    let mut bytes = 0;
    for child in longer.chunk_by(|a, b| a[depth] == b[depth]) {
        children += 1;
        bytes += below(child, depth + 1, allocator);
    }
    bytes + node(children, children, allocator)
}

/// A node of so many bytes of keys and pointers to children. `raxNodeCurrentLength`, src/rax.c:177
/// (Redis 6.2.6).
fn node(bytes: u64, children: u64, allocator: Allocator) -> u64 {
    let text = (HEADER + bytes).next_multiple_of(POINTER);
    block(allocator, text + POINTER * children)
}

#[cfg(test)]
mod tests {
    use rand::RngExt;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;
    use crate::spec::KeyList;

    const Q8: Allocator = Allocator::JemallocQ8;

    fn tree(keys: &[&str]) -> u64 {
        let keys: Vec<Vec<u8>> = keys.iter().map(|key| key.as_bytes().to_vec()).collect();
        below(&keys, 0, Q8)
    }

    /// By hand: a leaf 8; a run of l bytes ⌈(4 + l)/8⌉·8 + 8; c children ⌈(4 + c)/8⌉·8 + 8c.
    #[test]
    fn small_trees_by_hand() {
        assert_eq!(tree(&[""]), 8);
        assert_eq!(tree(&["annibale"]), 16 + 8 + 8);
        // annibal, then e or o.
        assert_eq!(tree(&["annibale", "annibalo"]), 24 + 24 + 8 + 8);
        // k1 is a key itself: a run of two, a run of one to k12.
        assert_eq!(tree(&["k1", "k12"]), 16 + 16 + 8);
        // k, then 1 or 2; k1 has one child, k2 ends.
        assert_eq!(tree(&["k1", "k12", "k2"]), 16 + 24 + 16 + 8 + 8);
    }

    #[test]
    fn a_full_tree_above_the_slots() {
        // 64 first bytes with 256 slots each: 4 + 256 + 4 + 2,048 = 2,312, class 2,560.
        let second = 64 * 2_560;
        let root = 640; // 4 + 64 + 4 + 512 = 584
        assert_eq!(above_slots([256; 64].into_iter(), Q8), second + root - 8);
    }

    /// A tree of ten times the keys costs the same per key.
    #[test]
    fn trees_repeat_themselves_with_each_digit() {
        let template = KeyTemplate::parse("session:{n}").unwrap();
        let counter = SlotCounter::new(&template);
        let per_key = |keys, tens| {
            let by_slot = counter.count(keys);
            let class =
                Named { template: &template, counter: &counter, keys, by_slot: by_slot.by_slot() };
            Tree::of(&[class], &[7, 4_242, 9_999], tens, Q8).per_key()
        };
        let (whole, tenth) = (per_key(150_000_000, 1), per_key(150_000_000, 10));
        assert!((whole / tenth - 1.0).abs() < 2e-3, "{whole} {tenth}");
    }

    /// Made-up digits in place of a file's names, as a share of what the names themselves take.
    #[test]
    fn names_of_a_file_are_stood_in_for() {
        let ratio = |name: &dyn Fn(u64) -> String| {
            let mut csv = "id\n".to_owned();
            (0..20_000).for_each(|n| csv.extend([name(n), "\n".to_owned()]));
            let list = KeyList::read("{tag}:{id}", "x.csv", csv.into()).expect("rows");
            let template = KeyTemplate::listed(list);
            let counter = SlotCounter::new(&template);
            let by_slot = counter.count(20_000);
            let by_slot = by_slot.by_slot();
            let class = Named { template: &template, counter: &counter, keys: 20_000, by_slot };
            let made_up = Tree::of(&[class], &[counter.slot(0)], 1, Q8).by_slot[0];
            let mut real: Vec<Vec<u8>> = template
                .list()
                .map(|list| (0..20_000).map(|n| list.name(n).to_vec()).collect())
                .unwrap();
            real.sort_unstable();
            num::float(made_up) / num::float(below(&real, 0, Q8))
        };
        let drawn = |n: u64| ChaCha8Rng::seed_from_u64(n + 20_261_129).random::<u128>();
        let random = ratio(&|n| format!("{:032x}", drawn(n)));
        let address = ratio(&|n| format!("{:x}@example.org", drawn(n) % 10_000_000_000));
        assert!((random - 1.0).abs() < 0.002 && (address - 1.0).abs() < 0.02, "{random} {address}");
    }

    #[test]
    fn every_slot_comes_once() {
        let mut slots: Vec<u16> = spread().collect();
        slots.sort_unstable();
        assert!(slots.into_iter().eq(0..SLOTS));
    }
}
