//! What was seen: typed records of a target, its memory and each load level.
//!
//! Pure values and parsers of replies; nothing here asks a server for anything. What a target
//! does not tell is `None`, "not collected", never zero.

mod course;
mod facts;
#[cfg(test)]
pub(crate) mod fixture;
mod histogram;
mod inflation;
mod info;
mod level;
mod memory_point;
mod node;
mod ranks;
mod stamp;
mod state;
mod student;
mod void;

pub use course::{SLICES, Slice, is_rising, warm_up_slices};
pub use facts::{AllocatorEvidence, Host, TargetFacts};
pub use histogram::{Histogram, Percentile};
pub use inflation::Inflation;
pub use info::Info;
pub use level::{CommandRecord, Level, ServerDelta, Steps};
pub use memory_point::{Loading, MemoryPoint, Seeded, Verification};
pub use node::{NodeLevel, ShardMemory, busiest_share};
pub use ranks::{Ranks, ranks};
pub use stamp::Stamp;
pub use state::{TargetState, Traffic};
pub use student::student;
pub use void::{VoidEvidence, VoidReason, void_reasons};
