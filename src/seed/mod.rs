//! Fills a target with the plan's keys, reads its memory on the way, checks what is there, and
//! removes its own keys again. Never flushes, never touches a key the plan does not name, and says
//! beforehand when a target must not be filled.

mod baseline;
mod checkpoints;
mod collections;
mod error;
mod guard;
mod keys;
mod loader;
mod part;
mod read_back;
mod replication;
mod survey;

pub use error::SeedError;
pub use guard::{Concern, Unsafe, check_cluster, check_kind, check_use};
pub use keys::remove_keys;
pub use loader::{Progress, seed};
pub use survey::{Survey, check_access, remove_leftovers, survey};
