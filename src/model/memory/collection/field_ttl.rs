//! Hashes whose fields have a time to live: what that adds in the hash, and outside of it.
//!
//! Redis orders fields, and hashes by their next field, in radix trees of segments; Valkey keeps a
//! vector or table of fields in the hash, and a table of such hashes. Fields of a hash are taken to
//! expire together, hashes each in a millisecond of their own. Source: MODEL.md §1.10.

use crate::engine::Allocator;
use crate::model::memory::entry::{Request, sds_header};
use crate::model::memory::table::POINTER;
use crate::model::memory::{EntryLaw, Parts, TableLaw, block};
use crate::units::{Bytes, num};

use super::Item;
use super::nested::Nested;
use super::rules::Rules;

/// A time in milliseconds, as compact forms of Redis keep it behind each value: of 48 bits, so that it
/// takes the widest integer (`listpackExAddInternal`, `src/t_hash.c:432` (R 7.4.1), :436 (R 8.0.2)).
pub(super) const TIME: Item = Item::Integer(1 << 47);
/// Time and next item (`ExpireMeta`, `src/ebuckets.h:161` (R 7.4.1), :162 (R 8.0.2)).
const EXPIRE_META: u64 = 16;
/// Which of them a name has, before its header (`mstrFlags`, `src/mstr.h`; `mstrNewWithMeta`,
/// `src/mstr.c:82` (R 7.4.1), :83 (R 8.0.2)).
const META_FLAGS: u64 = 2;
/// The hash's own time, its key, and its listpack or its fields by time (`listpackEx`,
/// `dictExpireMetadata`, `src/server.h:3170, 3186` (R 7.4.1), :3367, 3383 (R 8.0.2)).
const HASH_META: u64 = EXPIRE_META + 2 * POINTER;
/// Items of a list or segment (`EB_SEG_MAX_ITEMS`, `src/ebuckets.c:62` (R 7.4.1), :63 (R 8.0.2)). A full
/// one is split in the middle when an item of another time comes (`ebTrySegSplit`, :286).
const SEGMENT: u64 = 16;
/// Headers of a bucket's first and further segments (`src/ebuckets.c:93, 112` (R 7.4.1)).
const FIRST_SEGMENT: u64 = 16;
const NEXT_SEGMENT: u64 = 24;
/// A radix tree, with a count of items in Redis and of bytes in Valkey (`src/rax.h`).
const RAX: u64 = 24 + 8;
/// A node of a tree for a run of six or eight bytes, the two lengths of a time, and its end with a
/// value; both `4 + bytes`, padded, and a pointer.
const RUN: u64 = 24;
const END: u64 = 16;
/// Different bytes that follow a node.
const BYTES: u64 = 256;
/// Entries of a vector (`VOLATILESET_VECTOR_BUCKET_MAX_SIZE`, `src/vset.c:726` (V 9.1.2)), and its head
/// (:222).
const MOST_IN_VECTOR: u64 = 127;
const VECTOR: u64 = 8;
/// The time before a field of Valkey (`entryReqSize`, `src/entry.c:243` (V 9.1.2)).
pub(super) const ENTRY_TIME: u64 = 8;

/// What an engine keeps outside of a hash so as to find it when a field is due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::model::memory) enum Tracking {
    /// A place in a radix tree of hashes by time: so many bytes each.
    Tree(f64),
    /// A place in a table of such hashes, one for each slot in a cluster.
    Table,
}

impl Tracking {
    /// How servers of that law do it.
    pub(in crate::model::memory) fn of(table: TableLaw, allocator: Allocator) -> Self {
        match table {
            TableLaw::Dict => Self::Tree(per_hash(allocator)),
            TableLaw::Hashtable => Self::Table,
        }
    }
}

/// A hash's place in the tree of Redis (`db->hexpires`) where hashes come in the order in which they
/// expire, one a millisecond: segments are split when full and stay half full, and each has an end
/// in the tree below a node for every 256 ms. Hashes that expire in the same millisecond, or in any
/// order, take less, those seconds apart more: 1.5 to 7.3 bytes. Source: MODEL.md §1.10.
fn per_hash(allocator: Allocator) -> f64 {
    let taken = |wanted| num::float(block(allocator, wanted));
    let node = |children: u64| taken((4 + children).next_multiple_of(POINTER) + POINTER * children);
    let hashes = SEGMENT / 2;
    let segments = BYTES / hashes;
    let above = node(segments) + node(BYTES) / num::float(BYTES);
    (taken(FIRST_SEGMENT) + taken(END) + above / num::float(segments)) / num::float(hashes)
}

/// What a compact hash needs besides its listpack.
pub(super) fn around_listpack(rules: &Rules) -> Parts {
    expiry(HASH_META, rules)
}

/// What a table's header grows by; Valkey 9.1 has the place in every hash.
pub(super) fn in_header(rules: &Rules) -> u64 {
    match rules.table {
        TableLaw::Dict => HASH_META,
        TableLaw::Hashtable if rules.entry == EntryLaw::KeyInObject128 => 0,
        TableLaw::Hashtable => POINTER,
    }
}

/// The name of a field in Redis, which holds its time.
pub(super) fn name(len: u64, rules: &Rules) -> Parts {
    let entry = rules.name_header(len) + 1;
    let request = Request { value: len, expiry: EXPIRE_META + META_FLAGS, ..Request::entry(entry) };
    request.taken(rules.allocator)
}

/// A field of Valkey that holds its time, with its value where `limit` allows.
pub(super) fn entry(name: u64, value: u64, limit: u64, rules: &Rules) -> Parts {
    let taken = |value, entry| {
        Request { value, expiry: ENTRY_TIME, ..Request::entry(entry) }.taken(rules.allocator)
    };
    // The shortest header has no bits to say that there is a time.
    let header = sds_header(name, rules.entry).max(3) + 1;
    let with_value = header + 3 + 1;
    if ENTRY_TIME + with_value + name + value <= limit {
        return taken(name + value, with_value);
    }
    taken(name, POINTER + header) + rules.string(value)
}

/// The fields of a hash of `n` by time, where it has become a table.
pub(super) fn index(n: u64, rules: &Rules) -> Parts {
    let tree = || [RAX, RUN, END].map(|bytes| expiry(bytes, rules)).into_iter().sum::<Parts>();
    match rules.table {
        TableLaw::Dict if n <= SEGMENT => Parts::default(),
        TableLaw::Dict => {
            let further = n.div_ceil(SEGMENT) - 1;
            tree() + expiry(FIRST_SEGMENT, rules) + expiry(NEXT_SEGMENT, rules) * further
        }
        TableLaw::Hashtable if n <= 1 => Parts::default(),
        TableLaw::Hashtable if n <= MOST_IN_VECTOR => expiry(VECTOR + POINTER * n, rules),
        TableLaw::Hashtable => {
            let table = Nested { n, made_for: 0, lookups: 1, later: 0 }.bytes(rules).total();
            let header = rules.table_header(false).taken(rules.allocator).total();
            tree() + Parts { expiry: table + header, ..Parts::default() }
        }
    }
}

/// A block that is there for the sake of times only.
fn expiry(wanted: u64, rules: &Rules) -> Parts {
    let bytes = Bytes::new(block(rules.allocator, wanted));
    Parts { expiry: bytes, ..Parts::default() }
}
