//! What a bench is asked to cost.

use clap::Args;

use crate::engine::EngineVersion;

use super::{CatalogArg, engine};

/// Nodes beside each other for some time.
#[derive(Debug, Args)]
pub(in crate::cli) struct CostArgs {
    /// Node types, as in cache.m7g.large,cache.r7g.large; one node of each
    #[arg(required = true, value_name = "TYPE,…", value_delimiter = ',')]
    pub types: Vec<String>,
    /// Region of the prices
    #[arg(long, value_name = "REGION")]
    pub region: String,
    /// Their engine, as in valkey-8.1
    #[arg(long, value_name = "ENGINE", value_parser = engine, default_value = "valkey-8.1")]
    pub engine: EngineVersion,
    /// How long all of them exist
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub minutes: u64,
    /// Instance type of a host that measures them, as in m7g.2xlarge
    #[arg(long, value_name = "TYPE")]
    pub host: Option<String>,
    #[command(flatten)]
    pub from: CatalogArg,
}
