//! Fills a target with the plan's keys, reads its memory on the way, checks what is there, and
//! removes its own keys again. Never flushes, never touches a key the plan does not name.

mod checkpoints;
mod error;
mod keys;
mod loader;

pub use error::SeedError;
pub use keys::remove_keys;
pub use loader::{Progress, seed};
