//! Files that a workload is learned from.

use std::path::PathBuf;

use clap::Args;

/// Files that tell what is stored, or what is asked of it.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct LearnFilesArgs {
    /// Learn what is stored from a snapshot, dump.rdb; once for each shard of a cluster
    #[arg(long, value_name = "FILE", conflicts_with_all = ["server", "info_before"])]
    pub rdb: Vec<PathBuf>,
    /// Learn the sizes of values from records, .csv or .ndjson: with a `key` and a `value` each, and a
    /// `ttl` in seconds, or just values
    #[arg(long, value_name = "FILE", conflicts_with_all = ["server", "info_before", "rdb"])]
    pub payloads: Option<PathBuf>,
    /// Learn what is asked from what `redis-cli MONITOR` has printed: commands, rates, batches, and how
    /// unevenly keys are asked for. Alone it tells keys, sizes and lifetimes as well, of those that were
    /// written meanwhile
    #[arg(long, value_name = "FILE", conflicts_with = "info_before")]
    pub monitor: Option<PathBuf>,
    /// Learn what is asked from the `_stats.csv` of a Locust run: commands and rates, of classes that the
    /// requests are named by, as in `GET claims`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["info_before", "monitor"])]
    pub locust: Option<PathBuf>,
}
