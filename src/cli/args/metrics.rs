//! Of which cache metrics are asked, and of what time.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{AccountArgs, quantity};

/// Of which cache, and of what time.
#[derive(Debug, Args)]
pub(in crate::cli) struct MetricsArgs {
    /// The cache, as `cachefit aws list` shows it
    pub id: String,
    #[command(flatten)]
    pub account: AccountArgs,
    /// Days up to now, at most 455; a week and more show growth
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=455), default_value_t = 14)]
    pub days: u64,
    /// Length of a period, 60s or a multiple [default: the shortest that CloudWatch still has: 60s of the
    /// last 15 days, 5m of 63, 1h of more]
    #[arg(long, value_name = "TIME", value_parser = quantity::<Duration>)]
    pub period: Option<Duration>,
    /// Write the file here instead of to standard output; it must not exist
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
