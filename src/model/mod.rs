//! From what was measured and what is known of the engine to laws that size a cluster.
//!
//! Pure: values in, values out. MODEL.md holds every formula with its source.

pub mod memory;
