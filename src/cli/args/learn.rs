//! What a workload file is learned from, and how carefully.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args};

use crate::units::{Fraction, OpsPerSec};

use super::{LearnFilesArgs, ServerArgs, quantity};

/// Where to learn from.
#[derive(Debug, Args)]
#[command(group(
    ArgGroup::new("learned-from")
        .args(["target", "elasticache", "info_before", "rdb", "payloads", "monitor", "locust", "metrics"])
        .multiple(true)
        .required(true)
))]
pub(in crate::cli) struct LearnArgs {
    #[command(flatten)]
    pub server: ServerArgs,
    /// Learn from the text of INFO that was saved earlier, without a server; `INFO everything` has the
    /// command mix as well
    #[arg(long, value_name = "FILE", requires = "info_after", conflicts_with = "server")]
    pub info_before: Option<PathBuf>,
    /// The same of some time later: the mix and the rate are what lies between
    #[arg(long, value_name = "FILE", requires = "info_before")]
    pub info_after: Option<PathBuf>,
    #[command(flatten)]
    pub files: LearnFilesArgs,
    /// Learn from CloudWatch's metrics, without a server: what `cachefit aws metrics` wrote, or what `aws
    /// cloudwatch get-metric-data --output json` prints, its labels naming metric, statistic and node
    #[arg(long, value_name = "FILE", conflicts_with = "server")]
    pub metrics: Option<PathBuf>,
    /// Workload file whose classes say what is stored, which CloudWatch does not tell; they are scaled to
    /// the cache's number of keys
    #[arg(long, value_name = "FILE", requires = "metrics")]
    pub classes: Option<PathBuf>,
    /// Write the file here instead of to standard output; it must not exist
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Commands per second, as a share of those that others send to the same server
    #[arg(long, value_name = "SHARE", value_parser = quantity::<Fraction>, default_value = "1%")]
    pub share: Fraction,
    /// Commands per second and server that are sent in any case, however little others send; 2k/s keep an
    /// engine busy for about one hundredth of its time
    #[arg(long, value_name = "RATE", value_parser = quantity::<OpsPerSec>, default_value = "2k/s")]
    pub floor: OpsPerSec,
    /// How long keys are sampled at most
    #[arg(long, value_name = "TIME", value_parser = quantity::<Duration>, default_value = "40s")]
    pub time: Duration,
    /// How long others are watched before that, with nothing sent
    #[arg(long, value_name = "TIME", value_parser = quantity::<Duration>, default_value = "10s")]
    pub interval: Duration,
    /// Keys to look at, at most; more make the shares and means surer
    #[arg(long, value_name = "N", value_parser = quantity::<u64>, default_value = "60k")]
    pub keys: u64,
}
