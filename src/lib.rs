//! Plans the capacity of an Amazon `ElastiCache` cluster from a measured workload.
//!
//! A pure core (values in, values out) with a thin shell around it; imports point down only.
//! ARCHITECTURE.md is the map, MODEL.md holds every formula with its source.

// The core, lowest layer first: a module uses only modules above it.
pub mod units;

pub mod artifact;

pub mod evidence;

pub mod engine;

pub mod rdb;

pub mod monitor;

pub mod spec;

pub mod catalog;

pub mod measurement;

pub mod metrics;

pub mod workload;

pub mod model;

pub mod learn;

pub mod size;

pub mod compare;

pub mod provision;

pub mod report;

pub mod verify;

// The shell: each touches one outside thing.
pub mod target;

pub mod seed;

pub mod load;

pub mod probe;

pub mod render;

pub mod store;

#[cfg(feature = "aws")]
pub mod aws;

// The application.
pub mod cli;
