//! Comparisons to a [`Report`](crate::report::Report): of runs, and of node types in one run.

mod charts;
mod runs;
mod types;
mod words;

pub use runs::compared_runs;
pub use types::compared_types;
