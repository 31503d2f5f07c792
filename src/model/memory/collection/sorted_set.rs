//! Sorted sets.

use crate::model::memory::entry::{DICT_ENTRY, sds_header};
use crate::model::memory::{EntryLaw, Parts, TableLaw};
use crate::units::{Bytes, num};

use super::compact::{Compact, MAX_ITEM};
use super::nested::Nested;
use super::rules::{ELEMENTS_PER_COMMAND, Rules};
use super::{Collection, Element};

/// Most members of a compact sorted set (`zset-max-ziplist-entries`, `src/config.c:2534` (R 6.2.6),
/// `zset-max-listpack-entries`, :3124 (R 7.0.15), :3339 (V 8.1.1), :3475 (V 9.1.2)).
const MAX_COMPACT: u64 = 128;
/// Levels of a node: one more has a chance of a quarter, up to 32 (`src/server.h:379` (R 6.2.6), :482
/// (R 7.0.15), :507 (V 8.1.1), :500 (V 9.1.2)).
const MOST_LEVELS: u32 = 32;
const ONE_MORE: f64 = 0.25;
/// Next node and distance to it.
const LEVEL: u64 = 16;
/// Member, score and the node before.
const NODE: u64 = 24;
/// Score and the node before, where the member follows the levels.
const NODE_WITH_MEMBER: u64 = 16;
/// Table and skiplist; head, tail, length and height of the skiplist.
const TABLE_AND_LIST: u64 = 16;
const LIST: u64 = 32;

pub(super) fn is_compact(set: &Collection) -> bool {
    set.len() <= MAX_COMPACT && is_short(set)
}

fn is_short(set: &Collection) -> bool {
    set.all(|element| element.member.text_len() <= MAX_ITEM)
}

pub(super) fn parts(set: &Collection, rules: &Rules) -> Parts {
    let n = set.len();
    let is_short = is_short(set);
    if is_compact(set) {
        let mut compact = Compact::new(rules);
        for (element, count) in set.counted() {
            element.items().for_each(|item| compact.push_many(item, count));
        }
        return compact.block(rules);
    }
    // From 7.2 on the table is sized for what it takes over, or for the first command when a member
    // is too long for the compact form.
    let made_for = match () {
        () if !rules.is_at_least_7_2() => 0,
        () if is_short => MAX_COMPACT + 1,
        () => n.min(num::count(ELEMENTS_PER_COMMAND)),
    };
    // A search for the member, then its insertion.
    let table = Nested { n, made_for, lookups: 2, later: 0 };
    set.counted()
        .map(|(element, count)| node(element, count, rules))
        .fold(table.bytes(rules) + head(rules), std::ops::Add::add)
        + rules.table_header(false).taken(rules.allocator)
}

/// What every skiplist has: its ends, and a first node of all levels.
fn head(rules: &Rules) -> Parts {
    let levels = u64::from(MOST_LEVELS) * LEVEL;
    let list = if rules.entry == EntryLaw::KeyInObject128 {
        rules.taken(0, NODE_WITH_MEMBER + levels)
    } else {
        rules.taken(0, LIST) + rules.taken(0, NODE + levels)
    };
    rules.taken(0, TABLE_AND_LIST) + list
}

/// A number of members alike, with their places in skiplist and table.
fn node(element: Element, count: u64, rules: &Rules) -> Parts {
    let member = element.member.text_len();
    let embeds = rules.entry == EntryLaw::KeyInObject128;
    let around = |levels: u32| {
        let levels = u64::from(levels) * LEVEL;
        if embeds {
            // One byte tells the length of the member's header.
            NODE_WITH_MEMBER + levels + 1 + sds_header(member, rules.entry) + 1
        } else {
            NODE + levels
        }
    };
    let inside = if embeds { member } else { 0 };
    let entry = match rules.table {
        TableLaw::Dict => rules.taken(0, DICT_ENTRY),
        TableLaw::Hashtable => Parts::default(),
    };
    let string = if embeds { Parts::default() } else { rules.string(member) };
    (entry + string) * count + mean_over_levels(count, |levels| rules.taken(inside, around(levels)))
}

/// The sum of `count` blocks whose levels are drawn, as it is on average.
fn mean_over_levels(count: u64, block: impl Fn(u32) -> Parts) -> Parts {
    let mut share = 1.0 - ONE_MORE;
    let (mut entry, mut waste) = (0.0, 0.0);
    for levels in 1..=MOST_LEVELS {
        let Parts { entry: of_entry, waste: of_waste, .. } = block(levels);
        entry += share * of_entry.float();
        waste += share * of_waste.float();
        share *= ONE_MORE;
    }
    let whole = |bytes: f64| Bytes::from_float(bytes * num::float(count));
    Parts {
        value: block(1).value * count,
        entry: whole(entry),
        waste: whole(waste),
        ..Parts::default()
    }
}
