//! What was seen: typed records of a target, its memory and each load level.
//!
//! Pure values and parsers of replies; nothing here asks a server for anything. What a target
//! does not tell is `None`, "not collected", never zero.

mod facts;
#[cfg(test)]
pub(crate) mod fixture;
mod histogram;
mod info;
mod level;
mod memory_point;
mod ranks;
mod stamp;
mod state;
mod void;

pub use facts::{AllocatorEvidence, Host, TargetFacts};
pub use histogram::Histogram;
pub use info::Info;
pub use level::{CommandRecord, Level, ServerDelta, Steps};
pub use memory_point::{Loading, MemoryPoint, Seeded, Verification};
pub use ranks::{Ranks, ranks};
pub use stamp::Stamp;
pub use state::{TargetState, Traffic};
pub use void::{VoidEvidence, VoidReason, void_reasons};
