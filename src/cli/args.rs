//! What was typed. Parsing only validates; `commands` decides what it means.

mod catalog;
mod cost;
mod feed;
mod learn;
mod learn_files;
mod metrics;
mod place;

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use crate::engine::{Allocator, EngineVersion};
use crate::spec::Buying;
use crate::units::{Fraction, OpsPerSec, Parse};

pub(super) use catalog::{CatalogArg, CatalogCommand, UpdateArgs};
pub(super) use cost::CostArgs;
pub(super) use feed::FeedArgs;
pub(super) use learn::LearnArgs;
pub(super) use learn_files::LearnFilesArgs;
pub(super) use metrics::MetricsArgs;
pub(super) use place::{PlaceArgs, ServerArgs};

/// Which ElastiCache do we provision for this workload, and why not the smaller one?
#[derive(Debug, Parser)]
#[command(name = "cachefit", version, arg_required_else_help = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub output: Output,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Output {
    /// Print no progress
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// How the result is printed to standard output
    #[arg(long, global = true, value_enum, default_value_t = AnyFormat::Text)]
    pub format: AnyFormat,
}

/// How results can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum AnyFormat {
    /// For people
    Text,
    /// For programs
    Json,
    /// For spreadsheets, one row per figure; of `compare` and `aws list` alone
    Csv,
}

/// How every command can print its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Measure a workload and recommend a node type
    Plan(PlanArgs),
    /// Remove a plan's own keys from a target, where a run could not
    Clean(CleanArgs),
    /// Calculate the memory a workload needs, without any server
    Predict(PredictArgs),
    /// Seed again, for the plan of a run, and keep what memory did
    Seed(StageArgs),
    /// Offer load again, or the levels that an interrupted run has left
    Load(StageArgs),
    /// Learn the models of a run again from what it measured
    Fit(RunArgs),
    /// Size a run again, with another Region, headroom, engine, peak … , and renew its report
    Size(SizeArgs),
    /// Write the report of a run again
    Report(ReportArgs),
    /// Print the Typst template of reports, to copy, change and name with `--template`
    #[cfg(feature = "pdf")]
    Template,
    /// Put runs side by side, or node types for one run, and say which differences are shown
    Compare(CompareArgs),
    /// Calculate everything after the measurement of a run again and compare, without a server
    ///
    /// Ends with 0 when everything agrees, 1 when something differs, 3 when the run cannot be read.
    /// It guards against slips and stale files, not against a forger: who alters a measurement and
    /// everything that follows from it has made another run.
    Verify(VerifyArgs),
    /// Ask an AWS account for its caches
    Aws {
        #[command(subcommand)]
        command: AwsCommand,
    },
    /// Show the node types and prices that plans choose from, and bring them up to date
    Catalog {
        #[command(subcommand)]
        command: CatalogCommand,
    },
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Write, check or describe workload files
    Spec {
        #[command(subcommand)]
        command: SpecCommand,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum AwsCommand {
    /// List replication groups, clusters and serverless caches with their bills, and what each may be
    /// changed to
    ///
    /// Credentials and Region are found as every AWS tool finds them. It needs five permissions to
    /// read; an error prints the policy.
    List {
        #[command(flatten)]
        account: AccountArgs,
        /// Do not ask what each may be changed to, which takes a call for each
        #[arg(long)]
        without_changes: bool,
        #[command(flatten)]
        from: CatalogArg,
    },
    /// Write how a cache was used, from CloudWatch, for `spec learn --metrics`
    ///
    /// One JSON file: what the cache is, and 32 metrics of each of its nodes. It holds no key and no
    /// secret. AWS bills each metric that is asked for; an error prints the policy.
    Metrics(MetricsArgs),
}

/// Whose AWS account.
#[derive(Debug, Clone, Args)]
pub(super) struct AccountArgs {
    /// Profile of the shared AWS configuration files [default: `AWS_PROFILE`, or `default`]
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Region of the account, as in eu-west-1 [default: that of the profile or the surroundings]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum SpecCommand {
    /// Print a workload file that shows and explains every key
    Init {
        /// Write it to a new file instead
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Report every problem of a workload file and of the files it names
    Check {
        /// Workload file
        file: PathBuf,
    },
    /// Print the JSON Schema of workload files
    Schema,
    /// Print a policy file that shows and explains every rule
    Policy,
    /// Write a workload file of what a running server holds and is asked, without changing it, or of files
    /// that tell
    ///
    /// A snapshot or records tell what is stored, a capture or a Locust run what is asked; one of each, or
    /// a target and one of what is asked, make a file together.
    ///
    /// Reads names with SCAN and looks at some of the keys: type, encoding, length, elements, lifetime,
    /// time since the last use. No value and no name is kept or written, only templates. Asks at most 1 %
    /// of what others ask, or the floor; stops by itself when the server answers slower.
    Learn(Box<LearnArgs>),
    /// Copy rows of a list, set or hash, or strings, of another server to a file that workload files name
    ///
    /// Rows are split at a delimiter into named columns. They stay where they are unless --consume is
    /// given. Read once, before a run: a plan knows the file by its digest, so that it can be repeated.
    Feed(Box<FeedArgs>),
}

#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    /// Workload file; the built-in identity-cache workload without one
    pub spec: Option<PathBuf>,
    /// Directory for artifacts, report and charts [default: reports/<name>-<date>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Go on with a run that was interrupted: the levels it has are kept, the others measured
    #[arg(long, value_name = "RUN_DIR", conflicts_with_all = ["spec", "out", "policy"])]
    pub resume: Option<PathBuf>,
    /// Rules of a company or a team, over those of the workload file; `spec policy` prints one
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    #[command(flatten)]
    pub from: CatalogArg,
    #[command(flatten)]
    pub place: PlaceArgs,
    #[command(flatten)]
    pub files: FilesArgs,
}

/// What is written of a report.
#[derive(Debug, Clone, Args)]
pub(super) struct FilesArgs {
    /// Write no report.pdf: to set it takes longer than all else after the measurement
    #[arg(long)]
    pub without_pdf: bool,
    /// What report.pdf can be printed on [default: as before, a4 at first]
    #[arg(long, value_enum, conflicts_with = "without_pdf")]
    pub paper: Option<PaperArg>,
    /// Typst file that sets report.pdf from then on, or `builtin`; `cachefit template` prints the
    /// built-in one to start from
    #[arg(long, value_name = "FILE", conflicts_with = "without_pdf")]
    pub template: Option<PathBuf>,
}

/// A size of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PaperArg {
    /// 210 × 297 mm
    A4,
    /// 8.5 × 11 in
    UsLetter,
}

/// A stage that needs a server.
#[derive(Debug, Args)]
pub(super) struct StageArgs {
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub place: PlaceArgs,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("where").args(["target", "elasticache"]).required(true)))]
pub(super) struct CleanArgs {
    /// Workload file or directory of a run; the built-in identity-cache workload without one
    pub spec: Option<PathBuf>,
    #[command(flatten)]
    pub server: ServerArgs,
}

#[derive(Debug, Args)]
pub(super) struct PredictArgs {
    /// Workload file; the built-in identity-cache workload without one
    pub spec: Option<PathBuf>,
    /// Engine and version, as in valkey-8.1, or `all` that ElastiCache offers
    /// [default: the workload file's engines]
    #[arg(long, value_name = "ENGINE", value_parser = engines)]
    pub engine: Option<Engines>,
    /// Compare the encodings of the same objects, and what each saves
    #[arg(long)]
    pub encodings: bool,
    /// What the engine is linked with: jemalloc-q8 (official builds, assumed of `ElastiCache`),
    /// jemalloc-q16 (Debian and Ubuntu packages) or libc
    #[arg(long, value_name = "ALLOCATOR", value_parser = allocator, default_value = "jemalloc-q8")]
    pub allocator: Allocator,
    /// With cluster mode enabled, as on a single shard that owns every slot
    #[arg(long)]
    pub cluster_mode: bool,
    #[command(flatten)]
    pub from: CatalogArg,
}

/// Engines to predict for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Engines {
    All,
    One(EngineVersion),
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    /// Directory of a run
    pub run_dir: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// Put this run beside it on the same charts as well, in the directory `compared` of the first;
    /// may be given several times
    #[arg(long, value_name = "RUN_DIR")]
    pub compare: Vec<PathBuf>,
    #[command(flatten)]
    pub files: FilesArgs,
}

#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// Directories of runs: two or more, or one with --types
    #[arg(required = true, value_name = "RUN_DIR")]
    pub runs: Vec<PathBuf>,
    /// Node types to compare for one run, as in cache.r7g.large,cache.m7g.large
    #[arg(long, value_name = "TYPE,…", value_delimiter = ',')]
    pub types: Vec<String>,
    /// Engine to compare them with, as in valkey-8.1; may be given several times [default: the
    /// answer's]
    #[arg(long, value_name = "ENGINE", value_parser = engine, requires = "types")]
    pub engine: Vec<EngineVersion>,
    /// Write the comparison with charts as PDF, HTML, Markdown and CSV to this directory
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Leave out compare.pdf
    #[arg(long, requires = "out")]
    pub without_pdf: bool,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// End with 1 as well when something could not be compared: another catalog, another version
    #[arg(long)]
    pub strict: bool,
    /// Leave out report.pdf: to set it anew takes longer than all the rest
    #[arg(long, conflicts_with = "strict")]
    pub without_pdf: bool,
    #[command(flatten)]
    pub from: CatalogArg,
}

#[derive(Debug, Args)]
pub(super) struct SizeArgs {
    #[command(flatten)]
    pub run: RunArgs,
    /// Region to take prices from, as in eu-west-1
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Share of every limit left free, as in 30%
    #[arg(long, value_name = "SHARE", value_parser = quantity::<Fraction>)]
    pub headroom: Option<Fraction>,
    /// Engine to choose from, as in valkey-8.1; may be given several times
    #[arg(long, value_name = "ENGINE", value_parser = engine)]
    pub engine: Vec<EngineVersion>,
    /// Highest load of production now, as in 20k/s
    #[arg(long, value_name = "RATE", value_parser = quantity::<OpsPerSec>)]
    pub peak: Option<OpsPerSec>,
    /// Months the answer has to hold
    #[arg(long, value_name = "MONTHS", value_parser = clap::value_parser!(u32).range(0..=120))]
    pub horizon: Option<u32>,
    /// Replicas of each shard
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=5))]
    pub replicas: Option<u32>,
    /// Rules of a company or a team, over those of the workload file and in place of the policy file
    /// that the run was planned with
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// How nodes are bought, which decides their order: on-demand, reserved-1y-no-upfront,
    /// reserved-1y-partial-upfront, reserved-1y-all-upfront, or the same with 3y
    #[arg(long, value_name = "PURCHASE", value_parser = buying)]
    pub purchase: Option<Buying>,
    #[command(flatten)]
    pub from: CatalogArg,
    #[command(flatten)]
    pub files: FilesArgs,
}

fn quantity<T: Parse>(text: &str) -> Result<T, String> {
    T::parse(text).map_err(|error| error.to_string())
}

fn engine(text: &str) -> Result<EngineVersion, String> {
    EngineVersion::parse(text).ok_or_else(|| "write it like valkey-8.1 or redis-7.1".into())
}

fn buying(text: &str) -> Result<Buying, String> {
    let words = Buying::WORDS.map(|(word, _)| word).join(", ");
    Buying::parse(text).ok_or_else(|| format!("one of {words}"))
}

fn engines(text: &str) -> Result<Engines, String> {
    if text == "all" { Ok(Engines::All) } else { engine(text).map(Engines::One) }
}

fn allocator(text: &str) -> Result<Allocator, String> {
    [Allocator::JemallocQ8, Allocator::JemallocQ16, Allocator::Libc]
        .into_iter()
        .find(|allocator| allocator.to_string() == text)
        .ok_or_else(|| "one of jemalloc-q8, jemalloc-q16, libc".into())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
