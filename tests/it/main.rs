//! The integration tests: the layers of `src`, and the program against real engines.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "clippy.toml allows both in tests, and these are their helpers"
)]

#[cfg(feature = "aws")]
mod aws;
#[cfg(feature = "aws")]
mod aws_metrics;
mod bench;
mod catalog;
mod cli;
mod cluster;
mod compare;
mod engine;
mod eviction;
mod feed;
mod layers;
mod learn;
mod learn_files;
mod load;
mod memory;
mod metrics;
mod own_keys;
mod policy;
mod rdb;
mod report;
mod seed;
mod spec;
mod stages;
mod support;
mod target;
mod tls;
mod verify;
