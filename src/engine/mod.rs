//! Which engine: names, versions, allocators, types of values, hash slots. The laws of what engines spend
//! live in `model`.

mod allocator;
mod collection;
mod number;
mod slots;
mod version;

pub use allocator::Allocator;
pub use collection::CollectionKind;
pub use number::{MOST_DIGITS, is_integer};
pub use slots::{SLOTS, SlotRange, crc16, hash_tag, slot_of};
pub use version::{EngineVersion, Product};
