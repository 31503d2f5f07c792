//! What lies on disk: run directories with their artifacts and renderings, and catalogs.

mod atomic;
mod catalog_dir;
mod run_dir;

pub use catalog_dir::{CatalogDir, CatalogDirError};
pub use run_dir::{ReadError, RunDir, StoreError};
