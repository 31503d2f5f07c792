//! The commands, one file each, and the parts they share.

mod conclude;
mod input;
mod measure;
mod plan;
mod predict;

pub(super) use plan::plan;
pub(super) use predict::predict;
