//! Plans the capacity of an Amazon ElastiCache cluster from a measured workload.
//!
//! A pure core (values in, values out) with a thin shell around it; imports point down only.
//! ARCHITECTURE.md is the map, MODEL.md holds every formula with its source.

// Modules in reading order, lowest layer first.
pub mod units;

pub mod engine;

pub mod spec;

pub mod catalog;

pub mod measurement;

pub mod workload;

pub mod target;

pub mod load;
