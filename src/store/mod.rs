//! Run directories: where artifacts and renderings lie on disk.

mod atomic;
mod run_dir;

pub use run_dir::{ReadError, RunDir, StoreError};
