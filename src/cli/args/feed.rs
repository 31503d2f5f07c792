//! Rows of another server.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args};

use super::{ServerArgs, quantity};

/// Which rows, and what becomes of them.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("feed-of").args(["list", "set", "hash", "strings"]).required(true)))]
#[command(group(ArgGroup::new("feed-from").args(["target", "elasticache"]).required(true)))]
pub(in crate::cli) struct FeedArgs {
    #[command(flatten)]
    pub server: ServerArgs,
    /// The elements of this list, from its head on
    #[arg(long, value_name = "KEY")]
    pub list: Option<String>,
    /// The members of this set, at random
    #[arg(long, value_name = "KEY")]
    pub set: Option<String>,
    /// The fields of this hash, each with its value
    #[arg(long, value_name = "KEY")]
    pub hash: Option<String>,
    /// Keys that match this pattern and hold strings, each with its value; found with SCAN
    #[arg(long, value_name = "PATTERN", conflicts_with = "consume")]
    pub strings: Option<String>,
    /// Names of the columns, in the order of the parts of a row; of a hash or of strings the first is the
    /// field or key [default: value, or key,value]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub fields: Vec<String>,
    /// What stands between the parts of a row, where it has several
    #[arg(long, value_name = "TEXT", default_value = ",", allow_hyphen_values = true)]
    pub delimiter: String,
    /// Rows to read, at most
    #[arg(long, value_name = "N", value_parser = quantity::<u64>, default_value = "100000")]
    pub rows: u64,
    /// Remove the rows from the other server once they are in the file, so that nobody else is given them
    #[arg(long)]
    pub consume: bool,
    /// How long connecting, and each command, may take
    #[arg(long, value_name = "TIME", value_parser = quantity::<Duration>, default_value = "5s")]
    pub timeout: Duration,
    /// The file, .csv; it must not exist
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}
