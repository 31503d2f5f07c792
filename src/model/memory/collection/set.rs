//! Sets.

use crate::model::memory::entry::DICT_ENTRY;
use crate::model::memory::{Parts, TableLaw};
use crate::units::Bytes;

use super::compact::{Compact, MAX_ITEM};
use super::nested::Nested;
use super::rules::Rules;
use super::{Collection, Item};

/// Most members of an intset (`set-max-intset-entries`, `src/config.c:2533` (R 6.2.6), :3215 (R 7.2.6),
/// :3336 (V 8.1.1), :3472 (V 9.1.2)).
const MAX_INTSET: u64 = 512;
/// Most members of a listpack (`set-max-listpack-entries`, `src/config.c:3217` (R 7.2.6), :3337
/// (V 8.1.1), :3473 (V 9.1.2)).
const MAX_LISTPACK: u64 = 128;
/// An entry of a dict without a value (`src/dict.c:77`, R 7.2.6); others have one that sets leave empty.
const BARE_ENTRY: u64 = 16;

pub(super) fn is_compact(set: &Collection, rules: &Rules) -> bool {
    let most = if is_integers(set) { MAX_INTSET } else { MAX_LISTPACK };
    let has_form = is_integers(set) || takes_listpack(set, rules);
    has_form && set.len() <= most
}

pub(super) fn is_integers(set: &Collection) -> bool {
    set.all(|element| matches!(element.member, Item::Integer(_)))
}

fn takes_listpack(set: &Collection, rules: &Rules) -> bool {
    let is_short = set.all(|element| element.member.text_len() <= MAX_ITEM);
    rules.is_at_least_7_2() && is_short && !is_integers(set)
}

pub(super) fn parts(set: &Collection, rules: &Rules) -> Parts {
    let n = set.len();
    let is_integers = is_integers(set);
    if is_integers && n <= MAX_INTSET {
        return intset(set, rules);
    }
    let takes_listpack = takes_listpack(set, rules);
    if takes_listpack && n <= MAX_LISTPACK {
        let mut compact = Compact::new(rules);
        set.counted().for_each(|(element, count)| compact.push_many(element.member, count));
        return compact.block(rules);
    }
    let made_for = match () {
        () if is_integers => MAX_INTSET + 1,
        () if takes_listpack => MAX_LISTPACK + 1,
        () => 0,
    };
    let table = Nested { n, made_for, lookups: 1, later: 0 };
    set.counted()
        .map(|(element, count)| rules.string(element.member.text_len()) * count)
        .fold(table.bytes(rules) + entries(table, rules), std::ops::Add::add)
        + rules.table_header(false).taken(rules.allocator)
}

/// What the members' table needs besides its buckets.
fn entries(table: Nested, rules: &Rules) -> Parts {
    match rules.table {
        TableLaw::Dict if rules.is_at_least_7_2() => {
            let one = rules.taken(0, BARE_ENTRY).total();
            let bytes = table.bare_entries(rules.moves_visited_buckets()) * one.float();
            Parts { entry: Bytes::from_float(bytes), ..Parts::default() }
        }
        TableLaw::Dict => rules.taken(0, DICT_ENTRY) * table.n,
        TableLaw::Hashtable => Parts::default(),
    }
}

/// Sorted numbers, each as wide as the widest needs (`src/intset.c:46, 106`, R 7.2.6).
pub(super) fn intset(set: &Collection, rules: &Rules) -> Parts {
    let width = |element: &super::Element| match element.member {
        Item::Integer(-32_768..=32_767) => 2,
        Item::Integer(-2_147_483_648..=2_147_483_647) => 4,
        _ => 8,
    };
    let widest = set.elements.iter().map(|(element, _)| width(element)).max().unwrap_or(2);
    rules.taken(widest * set.len(), 8)
}
