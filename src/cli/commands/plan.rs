//! `cachefit plan`, the whole pipeline, and the stages of it that need a server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tokio::runtime::Runtime;

use crate::artifact::{Artifact, Digest, Kind};
use crate::catalog::Catalog;
use crate::cli::Outcome;
use crate::cli::args::{FilesArgs, Format, PlaceArgs, PlanArgs, StageArgs};
use crate::cli::failure::{Failure, MET};
use crate::cli::printer::Printer;
use crate::cli::signals::Stop;
use crate::measurement::{Stamp, Steps};
use crate::report::Setting;
use crate::size::check_names;
use crate::spec::PlanSpec;
use crate::store::{ReadError, RunDir};

use super::chosen::Chosen;
use super::conclude::Run;
use super::input::{now, refill, spec, under_policy};
use super::measure::{Before, Job, measure};
use super::render::setting;
use super::server::{Server, find};
use super::stages::json;

/// Measures, learns, sizes and reports.
pub(in crate::cli) fn plan(args: &PlanArgs, printer: &Printer) -> Outcome {
    let PlanArgs { spec: file, out, resume, policy, from, place, files } = args;
    // What is wrong with template or server is told before anything is measured.
    setting(files, Setting::default())?;
    let runtime = runtime()?;
    let server = runtime.block_on(find(&place.server))?;
    let (opened, before) = if let Some(directory) = resume {
        let opened = Opened::existing(directory)?;
        if from.catalog.is_some() {
            let chosen = Chosen::named(from.catalog.as_deref())?;
            opened.run.keep_catalog(chosen.files.as_ref())?;
        }
        let before = opened.before()?.filter(|before| before.steps.is_some());
        (opened, before)
    } else {
        let spec = under_policy(spec(file.as_deref())?, policy.as_deref(), printer)?;
        let chosen = Chosen::named(from.catalog.as_deref())?;
        let spec = measured_on(spec, server.as_ref(), &chosen.catalog);
        check_names(&spec, &chosen.catalog)?;
        let out = out.clone().unwrap_or_else(|| default_directory(&spec.name, now()));
        let opened = Opened::new(&out, spec)?;
        opened.run.keep_catalog(chosen.files.as_ref())?;
        (opened, None)
    };
    let is_whole = resume.is_some() && before.is_none() && opened.has_steps()?;
    let mut stop = runtime.block_on(async { Stop::listen() });
    let keys_left = if is_whole {
        printer.step("every level was measured already");
        None
    } else {
        runtime.block_on(opened.measure(
            Where { place, server: server.as_ref() },
            before.as_ref(),
            false,
            printer,
            &mut stop,
        ))?
    };
    let aftermath = "what was measured is kept; `plan --resume` concludes from it";
    match (runtime.block_on(stop.or(conclude(&opened.run, files, printer), aftermath)), keys_left) {
        (Err(cause), Some(Failure::KeysLeft { remains, .. })) => {
            Err(Failure::KeysLeft { cause: Some(Box::new(cause)), remains })
        }
        (Ok(_), Some(keys_left)) => Err(keys_left),
        (concluded, _) => concluded,
    }
}

/// Where a run is measured.
#[derive(Clone, Copy)]
struct Where<'a> {
    place: &'a PlaceArgs,
    server: Option<&'a Server>,
}

/// The plan with the node type that AWS says is measured, unless it names one itself.
fn measured_on(mut plan: PlanSpec, server: Option<&Server>, catalog: &Catalog) -> PlanSpec {
    let found = server.and_then(|server| server.node_type.clone());
    let known = found.filter(|name| catalog.node_type(name).is_some());
    plan.production.measured_on = plan.production.measured_on.or(known);
    plan
}

/// Learns, sizes, reports, and prints the answer; whoever wants to stop it can between the three.
async fn conclude(run: &RunDir, files: &FilesArgs, printer: &Printer) -> Outcome {
    tokio::task::yield_now().await;
    Run::new(run).fit()?;
    tokio::task::yield_now().await;
    let Chosen { catalog, .. } = Chosen::of_run(None, run)?;
    let recommendation = Run::new(run).size(&catalog, Ok)?;
    tokio::task::yield_now().await;
    let (rendered, code) = Run::new(run).report(&catalog, files, |_| {})?;
    match printer.format() {
        Format::Text => printer.result(&rendered.verdict()),
        Format::Json => printer.result(&json(&recommendation)),
    }
    Ok(code)
}

pub(super) fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Failure::Runtime)
}

/// A stage that needs a server, alone.
fn stage(
    opened: &Opened,
    args: &StageArgs,
    before: Option<&Before>,
    seeds_only: bool,
    printer: &Printer,
) -> Outcome {
    let measured = async {
        let server = find(&args.place.server).await?;
        let place = Where { place: &args.place, server: server.as_ref() };
        opened.measure(place, before, seeds_only, printer, &mut Stop::listen()).await
    };
    runtime()?.block_on(measured)?.map_or(Ok(MET), Err)
}

/// Seeds again. What was made from the old seeding is stale from then on.
pub(in crate::cli) fn seed(args: &StageArgs, printer: &Printer) -> Outcome {
    let opened = Opened::existing(&args.run.run_dir)?;
    stage(&opened, args, None, true, printer)
}

/// Offers the levels that are left, or all of them again.
pub(in crate::cli) fn load(args: &StageArgs, printer: &Printer) -> Outcome {
    let opened = Opened::existing(&args.run.run_dir)?;
    let before = opened.before()?;
    stage(&opened, args, before.as_ref(), false, printer)
}

/// A run directory and its plan.
struct Opened {
    run: RunDir,
    spec: PlanSpec,
    spec_digest: Digest,
}

impl Opened {
    /// A new run in `out`; what an earlier one left there is removed.
    fn new(out: &Path, spec: PlanSpec) -> Result<Self, Failure> {
        let run = RunDir::create(out)?;
        run.clear()?;
        let artifact = Artifact::new(Kind::Spec, BTreeMap::new(), spec);
        let spec_digest = run.write_artifact(&artifact)?;
        Ok(Self { run, spec: artifact.body, spec_digest })
    }

    fn existing(directory: &Path) -> Result<Self, Failure> {
        let run = RunDir::open(directory);
        let (artifact, spec_digest) = run.read_artifact(Kind::Spec)?;
        Ok(Self { run, spec: refill(artifact.body)?, spec_digest })
    }

    /// What the run has measured; `None` when it was stopped before seeding had ended.
    fn before(&self) -> Result<Option<Before>, Failure> {
        let mut run = Run::new(&self.run);
        let _: PlanSpec = run.read(Kind::Spec)?;
        let Some(seeded) = present(run.read(Kind::Seed))? else { return Ok(None) };
        let (_, seeded_digest) = self.run.read_artifact::<serde_json::Value>(Kind::Seed)?;
        // Levels on another seeding are of no use to this one.
        let steps: Option<Steps> = match run.read(Kind::Steps) {
            Err(Failure::Stale { .. }) => None,
            read => present(read)?,
        };
        let steps = steps.filter(|steps| !steps.unmeasured.is_empty());
        Ok(Some(Before { seeded, seeded_digest, steps }))
    }

    fn has_steps(&self) -> Result<bool, Failure> {
        let mut run = Run::new(&self.run);
        let _: PlanSpec = run.read(Kind::Spec)?;
        Ok(present(run.read::<Steps>(Kind::Steps))?.is_some())
    }

    async fn measure(
        &self,
        Where { place, server }: Where<'_>,
        before: Option<&Before>,
        seeds_only: bool,
        printer: &Printer,
        stop: &mut Stop,
    ) -> Result<Option<Failure>, Failure> {
        let Self { spec, spec_digest, run } = self;
        let job = Job { spec, spec_digest, run, printer, seeds_only, before };
        measure(job, place, server, stop).await
    }
}

/// `None` for an artifact whose stage has not ended.
fn present<T>(read: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match read {
        Err(Failure::Artifact(ReadError::Missing { .. })) => Ok(None),
        other => other.map(Some),
    }
}

/// `reports/identity-cache-20261123-120000`.
fn default_directory(name: &str, now: Stamp) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' };
    let name: String = name.chars().map(plain).collect();
    let time: String = now.to_string().chars().filter(char::is_ascii_digit).collect();
    PathBuf::from("reports").join(format!("{name}-{}-{}", &time[..8], &time[8..14]))
}
