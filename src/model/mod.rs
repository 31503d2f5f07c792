//! From what was measured and what is known of the engine to laws that size a cluster.
//!
//! Pure: values in, values out. MODEL.md holds every formula with its source.

mod capacity;
mod collections;
mod commands;
mod cpu;
mod encodings;
mod estimate;
pub mod hit_ratio;
pub mod memory;
mod models;
mod network;
mod prediction;
mod search;
mod shapes;

#[cfg(test)]
mod any_plan;

pub use capacity::{CapacityModel, capacity_model};
pub use commands::{CommandModel, command_models};
pub use cpu::{CpuModel, cpu_model};
pub use encodings::{EncodingCost, encoding_costs};
pub use estimate::Estimate;
pub use models::{MemoryModel, Models};
pub use network::{NetworkModel, network_model, on_the_wire, packets};
pub use prediction::{Moment, PredictedMoment, Prediction, Stored};
pub use search::further_levels;
pub use shapes::{ClassShapes, PlainNumbers, string_classes};
