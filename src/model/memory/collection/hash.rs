//! Hashes.

use crate::model::memory::entry::{DICT_ENTRY, Request, sds_header};
use crate::model::memory::table::POINTER;
use crate::model::memory::{Parts, TableLaw};

use super::compact::{Compact, MAX_ITEM};
use super::field_ttl;
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

/// Whether the default limits leave it in one block.
pub(super) fn is_compact(hash: &Collection, rules: &Rules) -> bool {
    hash.len() <= MAX_COMPACT && is_short(hash) && has_compact_form(hash, rules)
}

/// Whether the engine has a compact form for it at all: Valkey has none for fields with a time to live
/// (`hashTypeSetExpire`, `src/t_hash.c:495` (V 9.1.2)).
pub(super) fn has_compact_form(hash: &Collection, rules: &Rules) -> bool {
    !(hash.fields_expire && rules.table == TableLaw::Hashtable)
}

fn is_short(hash: &Collection) -> bool {
    hash.longest_item() <= MAX_ITEM
}

/// One block; with times to live a header of its own besides.
pub(super) fn compact(hash: &Collection, rules: &Rules) -> Parts {
    let mut compact = Compact::new(rules);
    for (field, count) in hash.counted() {
        field.items().for_each(|item| compact.push_many(item, count));
    }
    if !hash.fields_expire {
        return compact.block(rules);
    }
    compact.push_times(hash.len());
    compact.block(rules) + field_ttl::around_listpack(rules)
}

pub(super) fn parts(hash: &Collection, rules: &Rules) -> Parts {
    let n = hash.len();
    if is_compact(hash, rules) {
        return compact(hash, rules);
    }
    // From 7.0 on the table is sized for what the compact form holds when it has become too long, or
    // when it gets a time to live that it cannot hold.
    let made_for = match () {
        () if !is_short(hash) || !rules.has_listpacks() => 0,
        () if n <= MAX_COMPACT => n,
        () => MAX_COMPACT + 1,
    };
    // Each field is looked up once more to get its time, which moves all of an old table on.
    let later = if hash.fields_expire { n } else { 0 };
    let table = Nested { n, made_for, lookups: rules.lookups_per_field(), later };
    let fields: Parts =
        hash.counted().map(|(field, count)| entry(field, hash.fields_expire, rules) * count).sum();
    let header = rules.table_header(true);
    let times = if hash.fields_expire {
        let header = Request { expiry: field_ttl::in_header(rules), ..header };
        header.taken(rules.allocator) + field_ttl::index(n, rules)
    } else {
        header.taken(rules.allocator)
    };
    fields + table.bytes(rules) + times
}

/// A field with its value, and its time if it has one.
fn entry(field: Element, expires: bool, rules: &Rules) -> Parts {
    let name = field.member.text_len();
    let value = field.value.map_or(0, super::Item::text_len);
    let header = sds_header(name, rules.entry);
    match rules.table {
        TableLaw::Dict => {
            let name = if expires {
                field_ttl::name(name, rules)
            } else {
                rules.taken(name, rules.name_header(name) + 1)
            };
            rules.taken(0, DICT_ENTRY) + name + rules.string(value)
        }
        TableLaw::Hashtable if expires => field_ttl::entry(name, value, EMBEDDED_MAX, rules),
        TableLaw::Hashtable if header + name + value + EMBEDDED <= EMBEDDED_MAX => {
            rules.taken(name + value, header + EMBEDDED)
        }
        // The shortest header has no bits to say that the value is elsewhere.
        TableLaw::Hashtable => rules.taken(name, POINTER + header.max(3) + 1) + rules.string(value),
    }
}
