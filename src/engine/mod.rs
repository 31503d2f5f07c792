//! Which engine: names, versions, allocators, types of values. No behaviour; the laws live in `model`.

mod allocator;
mod collection;
mod number;
mod slots;
mod version;

pub use allocator::Allocator;
pub use collection::CollectionKind;
pub use number::{MOST_DIGITS, is_integer};
pub use slots::{SLOTS, SlotRange};
pub use version::{EngineVersion, Product};
