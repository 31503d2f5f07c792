//! Hashes.

use crate::model::memory::entry::{DICT_ENTRY, sds_header};
use crate::model::memory::{Parts, TableLaw};

use super::compact::{Compact, MAX_ITEM};
use super::nested::Nested;
use super::rules::Rules;
use super::{Collection, Element};

/// Most fields of a compact hash (`hash-max-ziplist-entries`, `src/config.c:2532` (R 6.2.6),
/// `hash-max-listpack-entries`, :3122 (R 7.0.15), :3335 (V 8.1.1), :3471 (V 9.1.2)).
const MAX_COMPACT: u64 = 512;
/// Largest block that a field shares with its value (`src/t_hash.c:72` (V 8.1.1), `src/entry.h:25`
/// (V 9.1.2)).
const EMBEDDED_MAX: u64 = 128;
/// Both terminators, and the value's header, which has three bytes whatever its length.
const EMBEDDED: u64 = 1 + 3 + 1;
const POINTER: u64 = 8;

pub(super) fn is_compact(hash: &Collection) -> bool {
    hash.len() <= MAX_COMPACT && is_short(hash)
}

fn is_short(hash: &Collection) -> bool {
    hash.longest_item() <= MAX_ITEM
}

pub(super) fn parts(hash: &Collection, rules: &Rules) -> Parts {
    let n = hash.len();
    if is_compact(hash) {
        let mut compact = Compact::new(rules);
        for (field, count) in hash.counted() {
            field.items().for_each(|item| compact.push_many(item, count));
        }
        return compact.block(rules);
    }
    // From 7.0 on the table is sized for what the compact form holds when it has become too long.
    let made_for = if is_short(hash) && rules.has_listpacks() { MAX_COMPACT + 1 } else { 0 };
    let table = Nested { n, made_for, lookups: rules.lookups_per_field() };
    hash.counted()
        .map(|(field, count)| entry(field, rules) * count)
        .fold(table.bytes(rules), std::ops::Add::add)
        + rules.table_header(true).taken(rules.allocator)
}

/// A field with its value.
fn entry(field: Element, rules: &Rules) -> Parts {
    let name = field.member.text_len();
    let value = field.value.map_or(0, super::Item::text_len);
    let header = sds_header(name, rules.entry);
    match rules.table {
        TableLaw::Dict => rules.taken(0, DICT_ENTRY) + rules.string(name) + rules.string(value),
        TableLaw::Hashtable if header + name + value + EMBEDDED <= EMBEDDED_MAX => {
            rules.taken(name + value, header + EMBEDDED)
        }
        // The shortest header has no bits to say that the value is elsewhere.
        TableLaw::Hashtable => rules.taken(name, POINTER + header.max(3) + 1) + rules.string(value),
    }
}
