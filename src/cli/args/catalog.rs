//! Which catalog, and what is done with it.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::catalog::Region;

use super::CostArgs;

/// Which catalog a command works with.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct CatalogArg {
    /// Directory of node types and prices that `catalog import` or `catalog refresh` wrote, or
    /// `builtin` [default: that of the run, or the built-in one]
    #[arg(long, value_name = "DIR")]
    pub catalog: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum CatalogCommand {
    /// List node types with usable memory and prices on demand
    List {
        /// Region of the prices
        #[arg(long, value_name = "REGION", default_value = "us-east-1")]
        region: String,
        /// Previous generations as well
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        from: CatalogArg,
    },
    /// Show everything known of a node type, with sources and dates
    Show {
        /// As in cache.r7g.large
        node_type: String,
        #[command(flatten)]
        from: CatalogArg,
    },
    /// Say what nodes cost on demand for some time, as to measure them beside each other
    ///
    /// Ends with 1 when a price is not known.
    Cost(CostArgs),
    /// Take prices from an offer file of AWS, and show what that changes
    ///
    /// The file is index.json or index.csv of
    /// <https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/AmazonElastiCache/current/>, or of a
    /// Region below it. Where it prices nodes of an engine in a Region, its prices replace all of that
    /// engine there. Nothing is written without --apply.
    Import {
        /// Offer file, JSON or CSV
        offer: PathBuf,
        #[command(flatten)]
        update: UpdateArgs,
    },
    /// Ask AWS for prices, reservations and `maxmemory`, and show what that changes
    ///
    /// Credentials are found as every AWS tool finds them. It needs four permissions to read; an error
    /// prints the policy. When any call fails, nothing changes. Nothing is written without --apply.
    Refresh {
        /// Profile of the shared AWS configuration files [default: `AWS_PROFILE`, or `default`]
        #[arg(long, value_name = "NAME")]
        profile: Option<String>,
        #[command(flatten)]
        update: UpdateArgs,
    },
}

/// What is updated.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct UpdateArgs {
    /// Region to take prices of; may be given several times [default: every Region of an offer file,
    /// that of the account otherwise]
    #[arg(long, value_name = "REGION", value_parser = region)]
    pub region: Vec<Region>,
    /// Directory of the catalog to update; where there is none yet, the built-in one is taken
    /// [default: the built-in one, which cannot be written]
    #[arg(long, value_name = "DIR")]
    pub catalog: Option<PathBuf>,
    /// Write the updated catalog, and keep the one it replaces beside it
    #[arg(long, requires = "catalog")]
    pub apply: bool,
}

fn region(text: &str) -> Result<Region, String> {
    Region::parse(text).ok_or_else(|| "write it like us-east-1".into())
}
