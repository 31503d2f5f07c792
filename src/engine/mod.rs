//! Which engine: names, versions, allocators, types of values. No behaviour; the laws live in `model`.

mod allocator;
mod collection;
mod slots;
mod version;

pub use allocator::Allocator;
pub use collection::CollectionKind;
pub use slots::{SLOTS, SlotRange};
pub use version::{EngineVersion, Product};
