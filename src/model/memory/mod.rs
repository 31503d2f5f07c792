//! What keys cost: `used_memory` from the engine's own data structures.
//!
//! Knows the layouts of each engine version and the size classes of the allocators, as read in
//! their sources and checked on real servers (MODEL.md §1). Takes no measurement and sees no
//! server; [`fit`] compares the calculation with what others measured.

mod advice;
mod blocks;
mod class;
mod cluster;
pub mod collection;
mod entry;
pub mod fit;
mod footprint;
mod law;
pub mod overhead;
mod parts;
mod rewrite;
pub mod save;
mod servers;
mod table;

#[cfg(test)]
mod tests;

pub use advice::{Advice, Change, advice, plain_numbers};
pub use blocks::block;
pub use class::{Shape, StringClass, ValueShape, decimal_key_lengths};
pub use cluster::{ClassSlots, ClusterFootprint, Detail};
pub use footprint::{ClassFootprint, Footprint, Layout, footprint};
pub use law::{Basis, EntryLaw, Law, law_for};
pub use parts::Parts;
pub use servers::{by_shard, together};
pub use table::{Doubling, TableLaw};
