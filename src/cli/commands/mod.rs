//! The commands, one file each, and the parts they share.

#[cfg(feature = "aws")]
mod aws;
mod catalog;
mod chosen;
mod clean;
mod compare;
mod conclude;
mod feed;
mod input;
mod learn;
mod learn_files;
mod measure;
mod plan;
mod predict;
mod private;
mod remote;
mod render;
mod server;
mod spec;
mod stages;
mod verdict;
mod verify;

#[cfg(feature = "aws")]
pub(super) use aws::aws;
pub(super) use catalog::catalog;
pub(super) use clean::clean;
pub(super) use compare::compare;
pub(super) use plan::{load, plan, seed};
pub(super) use predict::predict;
pub(super) use spec::spec;
pub(super) use stages::{fit, report, size};
pub(super) use verify::verify;
