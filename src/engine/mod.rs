//! Which engine: names, versions, allocators. No behaviour; the laws live in `model`.

mod allocator;
mod version;

pub use allocator::Allocator;
pub use version::{EngineVersion, Product};
