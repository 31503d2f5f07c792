//! What ends a command early, with the code it ends with.

mod hint;

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use crate::artifact::Kind;
#[cfg(feature = "aws")]
use crate::aws::AwsError;
use crate::catalog::{CatalogError, OfferError};
use crate::compare::TypesError;
use crate::learn::{LearnError, of_malformed};
use crate::load::LoadError;
use crate::metrics::MetricsError;
use crate::monitor::Malformed;
use crate::rdb::RdbError;
#[cfg(feature = "pdf")]
use crate::render::PdfError;
use crate::seed::{SeedError, Unsafe};
use crate::size::SizeError;
use crate::spec::{EngineLacks, FeedError, SpecError};
use crate::store::{CatalogDirError, ReadError, StoreError};
use crate::target::{AddressError, EngineError, RowsError, TargetError};
use crate::units::Bytes;
use crate::workload::RestockError;

/// The goal is met.
pub(super) const MET: u8 = 0;
/// Done, but nothing fits or the objective is missed.
pub(super) const NOT_MET: u8 = 1;
/// The command line is wrong.
pub(super) const USAGE: u8 = 2;
const BAD_INPUT: u8 = 3;
const TARGET: u8 = 4;
/// Every level is void.
pub(super) const NO_MEASUREMENT: u8 = 5;
/// AWS refused, did not answer, or has no such cache.
#[cfg(feature = "aws")]
const AWS: u8 = 6;
const NOT_WRITTEN: u8 = 7;
const INTERRUPTED: u8 = 130;

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("cannot read {}: {cause}", path.display())]
    SpecUnreadable { path: PathBuf, cause: io::Error },
    #[error("cannot read {}: {cause}", path.display())]
    PolicyUnreadable { path: PathBuf, cause: io::Error },
    #[error("cannot read {}: {cause}", path.display())]
    InfoUnreadable { path: PathBuf, cause: io::Error },
    #[error("cannot read {}: {cause}", path.display())]
    LearnUnreadable { path: PathBuf, cause: io::Error },
    #[error("the snapshot {} cannot be read", path.display())]
    Snapshot {
        path: PathBuf,
        #[source]
        cause: RdbError,
    },
    #[error("{} is no capture of MONITOR: {}", path.display(), of_malformed(malformed))]
    NoCapture { path: PathBuf, malformed: Malformed },
    #[error("{} does not end in .csv", path.display())]
    FeedName { path: PathBuf },
    #[error("the rows are no records")]
    Feed(#[from] FeedError),
    #[error("the rows cannot be had")]
    Rows(#[from] RowsError),
    #[error("cannot read {}: {cause}", path.display())]
    MetricsUnreadable { path: PathBuf, cause: io::Error },
    #[error("nothing can be learned from {}", path.display())]
    Metrics {
        path: PathBuf,
        #[source]
        cause: MetricsError,
    },
    #[cfg(feature = "aws")]
    #[error("`--period` is 60s or a multiple of it")]
    MetricsPeriod,
    #[error("no workload file can be learned")]
    Learn(#[from] LearnError),
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error(transparent)]
    Size(#[from] SizeError),
    #[error(transparent)]
    Lacks(#[from] EngineLacks),
    #[error("the target must not be filled")]
    TargetLacks(#[source] EngineLacks),
    #[error("the catalog has no node type `{name}`")]
    NoSuchType { name: String },
    #[error(transparent)]
    Types(#[from] TypesError),
    #[error("{0}")]
    Compare(&'static str),
    #[error("{} holds a run; a comparison needs a directory of its own", path.display())]
    HoldsRun { path: PathBuf },
    #[error("the catalog has no prices for `{name}`")]
    NoSuchRegion { name: String, known: Vec<String> },
    #[error("the catalog in {} cannot be used", path.display())]
    Catalog {
        path: PathBuf,
        #[source]
        cause: CatalogError,
    },
    #[error("there is no catalog in {}", path.display())]
    NoCatalog { path: PathBuf },
    #[error(transparent)]
    CatalogDir(#[from] CatalogDirError),
    #[error("cannot read {}: {cause}", path.display())]
    OfferUnreadable { path: PathBuf, cause: io::Error },
    #[error("nothing was taken from {}", path.display())]
    Offer {
        path: PathBuf,
        #[source]
        cause: OfferError,
    },
    #[cfg(feature = "aws")]
    #[error("AWS's answers cannot be used")]
    Answers(#[from] OfferError),
    #[error("the run was measured on {was}, and this is {is}")]
    OtherEngine { was: String, is: String },
    #[error("keys and values of the plan cannot be made again")]
    Restock(#[from] RestockError),
    #[error(transparent)]
    Artifact(#[from] ReadError),
    #[error("{} is stale: {} has changed since it was made", path.display(), input.file_name())]
    Stale { path: PathBuf, kind: Kind, input: Kind },
    #[error("no private engine")]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("the target cannot be used")]
    Target(#[from] TargetError),
    #[error("the target must not be filled")]
    Unsafe(#[from] Unsafe),
    #[error("the data set needs {needed}, but {limit} is all that {whose} allows")]
    TooLarge { needed: Bytes, limit: Bytes, whose: &'static str },
    #[error(transparent)]
    Seed(#[from] SeedError),
    #[error("the load could not be measured")]
    Load(#[from] LoadError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[cfg(feature = "pdf")]
    #[error("report.pdf cannot be made")]
    Pdf(#[from] PdfError),
    #[cfg(feature = "pdf")]
    #[error("the template {} cannot be used", path.display())]
    Template {
        path: PathBuf,
        #[source]
        cause: PdfError,
    },
    #[error("cannot read the template {}: {cause}", path.display())]
    TemplateUnreadable { path: PathBuf, cause: io::Error },
    #[cfg(feature = "aws")]
    #[error("the AWS account cannot be asked")]
    Aws(#[from] AwsError),
    #[cfg(feature = "aws")]
    #[error("cache `{id}` lets nobody in without logging in: {auth}")]
    WantsLogin { id: String, auth: String },
    #[cfg(not(feature = "aws"))]
    #[error("this build of the program cannot speak to AWS")]
    WithoutAws,
    #[error("cannot start the runtime: {0}")]
    Runtime(io::Error),
    #[error("interrupted; {aftermath}")]
    Interrupted { aftermath: &'static str },
    /// After `cause`, or at the end of a whole run.
    #[error("own keys are left on the target")]
    KeysLeft { cause: Option<Box<Failure>>, remains: Remains },
}

/// Own keys that could not be removed.
#[derive(Debug)]
pub(super) struct Remains {
    /// Host and port.
    pub endpoint: String,
    /// Why they are still there.
    pub why: String,
    /// What removes them.
    pub command: String,
}

impl Failure {
    /// The exit code.
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::Address(_) | Self::FeedName { .. } | Self::Compare(_) | Self::HoldsRun { .. } => {
                USAGE
            }
            #[cfg(feature = "aws")]
            Self::MetricsPeriod => USAGE,
            Self::SpecUnreadable { .. }
            | Self::PolicyUnreadable { .. }
            | Self::InfoUnreadable { .. }
            | Self::LearnUnreadable { .. }
            | Self::MetricsUnreadable { .. }
            | Self::Metrics { .. }
            | Self::Snapshot { .. }
            | Self::NoCapture { .. }
            | Self::Feed(_)
            | Self::Learn(_)
            | Self::TemplateUnreadable { .. }
            | Self::Spec(_)
            | Self::Size(_)
            | Self::Lacks(_)
            | Self::NoSuchType { .. }
            | Self::Types(_)
            | Self::NoSuchRegion { .. }
            | Self::Catalog { .. }
            | Self::NoCatalog { .. }
            | Self::CatalogDir(_)
            | Self::OfferUnreadable { .. }
            | Self::Offer { .. }
            | Self::OtherEngine { .. }
            | Self::Restock(_)
            | Self::Artifact(_)
            | Self::Stale { .. } => BAD_INPUT,
            Self::KeysLeft { cause: Some(cause), .. } => cause.code(),
            Self::Engine(_)
            | Self::Target(_)
            | Self::Rows(_)
            | Self::Unsafe(_)
            | Self::TargetLacks(_)
            | Self::KeysLeft { cause: None, .. }
            | Self::TooLarge { .. }
            | Self::Seed(_)
            | Self::Load(
                LoadError::Target(_) | LoadError::Connect { .. } | LoadError::NoReplica { .. },
            ) => TARGET,
            Self::Load(LoadError::Interrupted) | Self::Interrupted { .. } => INTERRUPTED,
            Self::Load(_) => NO_MEASUREMENT,
            Self::Store(_) => NOT_WRITTEN,
            #[cfg(feature = "pdf")]
            Self::Pdf(_) => NOT_WRITTEN,
            #[cfg(feature = "pdf")]
            Self::Template { .. } => BAD_INPUT,
            #[cfg(feature = "aws")]
            Self::WantsLogin { .. } => TARGET,
            #[cfg(feature = "aws")]
            Self::Aws(_) | Self::Answers(_) => AWS,
            #[cfg(not(feature = "aws"))]
            Self::WithoutAws => USAGE,
            Self::Runtime(_) => 70,
        }
    }

    /// What happened, why, and what to do.
    pub(super) fn render(&self) -> String {
        if let Self::KeysLeft { cause, remains: Remains { endpoint, why, command } } = self {
            let cause = cause.as_ref().map_or(format!("error: {self}"), |cause| cause.render());
            return format!(
                "{cause}\nown keys may be left on {endpoint}: {why}\nremove them with: {command}"
            );
        }
        let mut text = format!("error: {self}");
        let mut source = self.source();
        while let Some(cause) = source {
            let _ = write!(text, "\n  caused by: {cause}");
            source = cause.source();
        }
        if let Some(hint) = self.hint() {
            let _ = write!(text, "\nhint: {hint}");
        }
        text
    }
}
