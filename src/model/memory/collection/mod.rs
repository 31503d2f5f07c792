//! What hashes, sets, sorted sets and lists cost, besides key, object and expiry.
//!
//! Knows the compact forms (ziplist, listpack, intset) and the full ones (tables inside a value,
//! skiplists, quicklists) of each engine version, with the engines' default limits (MODEL.md §1.10).
//! The law is that of a collection as it was written: elements added in commands of at most
//! [`ELEMENTS_PER_COMMAND`] elements, to a list one at a time, and not read since.

mod compact;
mod field_ttl;
mod hash;
mod known;
mod list;
mod nested;
mod rules;
mod set;
mod shape;
mod sorted_set;

#[cfg(test)]
mod tests;

pub(in crate::model::memory) use field_ttl::Tracking;
pub use known::Collections;
pub use rules::{ELEMENTS_PER_COMMAND, collection};
pub(in crate::model::memory) use rules::{compact, compact_form, is_compact};
pub use shape::{Collection, CompactForm, Element, Item};
