//! `cachefit plan`: the whole pipeline.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::artifact::{Artifact, Kind};
use crate::cli::Outcome;
use crate::cli::args::{Format, PlanArgs};
use crate::cli::failure::Failure;
use crate::cli::printer::Printer;
use crate::cli::signals::Stop;
use crate::measurement::Stamp;
use crate::store::RunDir;

use super::conclude::Run;
use super::input::{now, spec};
use super::measure::{Job, measure};
use super::stages::json;

/// Measures, learns, sizes and reports.
pub(in crate::cli) fn plan(args: &PlanArgs, printer: &Printer) -> Outcome {
    let spec = spec(args.spec.as_deref())?;
    let out = args.out.clone().unwrap_or_else(|| default_directory(&spec.name, now()));
    let run = RunDir::create(&out)?;
    run.clear()?;
    let spec_digest =
        run.write_artifact(&Artifact::new(Kind::Spec, BTreeMap::new(), spec.clone()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Failure::Runtime)?;
    let job = Job { spec: &spec, spec_digest: &spec_digest, run: &run, printer };
    let afterwards = runtime.block_on(async { measure(job, args, &mut Stop::listen()).await })?;
    Run::new(&run).fit()?;
    let recommendation = Run::new(&run).size(|plan| plan)?;
    let (rendered, code) = Run::new(&run).report()?;
    match printer.format() {
        Format::Text => printer.result(&rendered.verdict()),
        Format::Json => printer.result(&json(&recommendation)),
    }
    afterwards.map_or(Ok(code), Err)
}

/// `reports/identity-cache-20261123-120000`.
fn default_directory(name: &str, now: Stamp) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' };
    let name: String = name.chars().map(plain).collect();
    let time: String = now.to_string().chars().filter(char::is_ascii_digit).collect();
    PathBuf::from("reports").join(format!("{name}-{}-{}", &time[..8], &time[8..14]))
}
