//! What to do about a failure.

use crate::artifact::Kind;
use crate::compare::TypesError;
use crate::load::LoadError;
use crate::spec::EngineLacks;
use crate::store::ReadError;

use super::Failure;

const TEMPLATE_HINT: &str =
    "`cachefit template` prints the built-in one; `--template builtin` returns to it";

impl Failure {
    /// What to do about it.
    pub(super) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Size(error) | Self::Types(TypesError::Size(error)) => return Some(error.hint()),
            Self::Types(TypesError::Unknown { nearest, .. }) => {
                return Some(format!("did you mean {}?", nearest.join(", ")));
            }
            Self::Compare(_) => {
                "`cachefit compare RUN_A RUN_B`, or `cachefit compare RUN --types \
                 cache.r7g.large,cache.m7g.large`"
            }
            Self::HoldsRun { .. } => "name another directory with --out",
            Self::SpecUnreadable { .. }
            | Self::PolicyUnreadable { .. }
            | Self::InfoUnreadable { .. }
            | Self::LearnUnreadable { .. }
            | Self::MetricsUnreadable { .. }
            | Self::Snapshot { .. }
            | Self::NoCapture { .. }
            | Self::FeedName { .. }
            | Self::Catalog { .. }
            | Self::NoCatalog { .. }
            | Self::CatalogDir(_)
            | Self::OfferUnreadable { .. }
            | Self::Offer { .. } => self.about_a_file()?,
            Self::Feed(error) => error.hint(),
            Self::Rows(error) => error.hint(),
            #[cfg(feature = "aws")]
            Self::MetricsPeriod => "write it like 60s, 5m or 1h",
            Self::Metrics { cause, .. } => cause.hint(),
            Self::Learn(error) => error.hint(),
            Self::Spec(_) | Self::Runtime(_) | Self::Interrupted { .. } | Self::KeysLeft { .. } => {
                return None;
            }
            Self::Lacks(_) => EngineLacks::HINT,
            Self::TargetLacks(_) => {
                "measure on Valkey 9.0, Redis 7.4 or later: --engine-bin names a binary"
            }
            Self::Address(error) => error.hint(),
            Self::Unsafe(error) => error.hint(),
            Self::NoSuchType { .. } => "write it like cache.r7g.large; see `cachefit catalog list`",
            Self::NoSuchRegion { known, .. } => {
                return Some(format!("one of {}", known.join(", ")));
            }
            #[cfg(feature = "aws")]
            Self::Answers(_) => "try again, or import an offer file; nothing was changed",
            Self::Restock(_) => {
                "run it from where the workload file is, with the files it names unchanged, or start \
                 a new run"
            }
            Self::OtherEngine { .. } => "name the same engine, or start a new run",
            Self::Artifact(ReadError::Missing { kind, .. }) | Self::Stale { kind, .. } => {
                return Some(format!("{} first", remake(*kind)));
            }
            Self::Artifact(_) => "restore the file, or measure again with `cachefit plan`",
            Self::Engine(error) => error.hint(),
            Self::Target(error) | Self::Load(LoadError::Target(error)) => error.hint(),
            Self::TooLarge { .. } => {
                "seed fewer keys: `keys` of a class is a sample, `capacity.keys` is what \
                 production will hold"
            }
            Self::Seed(error) => error.hint(),
            Self::Load(LoadError::Connect { .. }) => {
                "lower `load.connections`, or raise the limit on open files (ulimit -n) and the \
                 server's maxclients"
            }
            Self::Load(LoadError::NoReplica { .. }) => {
                "add a replica to every shard, or leave `load.reads` out"
            }
            Self::Load(_) => "look at the server's log: it may have been stopped or killed",
            #[cfg(feature = "pdf")]
            Self::Pdf(_) => {
                "report.html holds the same report; tell the authors what the line says"
            }
            #[cfg(feature = "pdf")]
            Self::Template { .. } => TEMPLATE_HINT,
            Self::TemplateUnreadable { .. } => TEMPLATE_HINT,
            #[cfg(feature = "aws")]
            Self::Aws(error) => return Some(error.hint()),
            #[cfg(feature = "aws")]
            Self::WantsLogin { .. } => {
                "set REDISCLI_AUTH to the token or to the password of --user NAME, or name a user \
                 with --user NAME --iam"
            }
            #[cfg(not(feature = "aws"))]
            Self::WithoutAws => "build it with `--features aws`",
            Self::Store(_) => "free space on the disk, or name another directory with --out",
        };
        Some(hint.to_owned())
    }

    /// What to do about a file that was named; `None` where it is about something else.
    fn about_a_file(&self) -> Option<&'static str> {
        Some(match self {
            Self::SpecUnreadable { .. } => {
                "name a workload file, or none for the built-in workload"
            }
            Self::PolicyUnreadable { .. } => {
                "name a policy file; `cachefit spec policy` prints one to start from"
            }
            Self::InfoUnreadable { .. } => "name files with the text of INFO as a server prints it",
            Self::LearnUnreadable { .. } => {
                "name a file: a snapshot with --rdb, records with --payloads, a capture with --monitor, a \
                 Locust run's _stats.csv with --locust"
            }
            Self::MetricsUnreadable { .. } => "name a file that `cachefit aws metrics` wrote",
            Self::Snapshot { .. } => {
                "copy the file again once the server has ended writing it; `redis-cli --rdb` fetches a \
                 new one where the server allows it"
            }
            Self::NoCapture { .. } => {
                "name what `redis-cli MONITOR` has printed, as it was printed"
            }
            Self::FeedName { .. } => "name a file that workload files can read: --out rows.csv",
            Self::Catalog { .. } => {
                "mend the files, or take a folder beside them that was kept; `--catalog builtin` is \
                 the program's own"
            }
            Self::NoCatalog { .. } => {
                "`cachefit catalog import OFFER_FILE --catalog DIR --apply` makes one"
            }
            Self::CatalogDir(_) => {
                "name a directory that `cachefit catalog import` or `refresh` has written"
            }
            Self::OfferUnreadable { .. } => {
                "name index.json or index.csv of AWS's price list for ElastiCache"
            }
            Self::Offer { .. } => {
                "load the file anew, or take single Regions of it with --region; nothing was changed"
            }
            _ => return None,
        })
    }
}

/// How an artifact is made again.
fn remake(kind: Kind) -> &'static str {
    match kind {
        Kind::Spec => "run `cachefit plan`",
        Kind::Seed => "run `cachefit seed` on this directory",
        Kind::Steps => "run `cachefit load` on this directory",
        Kind::Models => "run `cachefit fit` on this directory",
        Kind::Recommendation => "run `cachefit size` on this directory",
        Kind::Report => "run `cachefit report` on this directory",
    }
}
