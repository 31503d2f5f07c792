//! `cachefit fit | size | report`: one stage again, without touching a server.

use std::path::PathBuf;

use console::colors_enabled;
use serde::Serialize;

use crate::cli::Outcome;
use crate::cli::args::{Format, ReportArgs, RunArgs, SizeArgs};
use crate::cli::failure::MET;
use crate::cli::printer::Printer;
use crate::spec::PlanSpec;
use crate::store::RunDir;

use super::chosen::Chosen;
use super::compare::{Place, put_beside};
use super::conclude::Run;
use super::input::under_policy;
use super::verdict::verdict;

/// Learns the models again.
pub(in crate::cli) fn fit(args: &RunArgs, printer: &Printer) -> Outcome {
    let directory = RunDir::open(&args.run_dir);
    let models = Run::new(&directory).fit()?;
    match printer.format() {
        Format::Json => printer.result(&json(&models)),
        Format::Text => printer.result(&format!(
            "memory: calculated {:+.4}% of measured; capacity: {}",
            models.memory.deviation * 100.0,
            models.capacity
        )),
    }
    Ok(MET)
}

/// Sizes again, with what the arguments change, and renews the report.
pub(in crate::cli) fn size(args: &SizeArgs, printer: &Printer) -> Outcome {
    let directory = RunDir::open(&args.run.run_dir);
    let Chosen { catalog, files } = Chosen::of_run(args.from.catalog.as_deref(), &directory)?;
    let recommendation = Run::new(&directory).size(&catalog, |plan| {
        under_policy(changed(plan, args), args.policy.as_deref(), printer)
    })?;
    if args.from.catalog.is_some() {
        directory.keep_catalog(files.as_ref())?;
    }
    let (rendered, code) =
        Run::new(&directory).report(&catalog, &args.files, |report| match printer.format() {
            Format::Json => printer.result(&json(&recommendation)),
            Format::Text => printer.result(&verdict(report, colors_enabled())),
        })?;
    if printer.format() == Format::Text {
        printer.result(&rendered.paths());
    }
    Ok(code)
}

/// Writes the report again.
pub(in crate::cli) fn report(args: &ReportArgs, printer: &Printer) -> Outcome {
    let directory = RunDir::open(&args.run.run_dir);
    let Chosen { catalog, .. } = Chosen::of_run(None, &directory)?;
    let (rendered, code) = Run::new(&directory).report(&catalog, &args.files, |_| {})?;
    if !args.compare.is_empty() {
        let first = &args.run.run_dir;
        let runs: Vec<PathBuf> = [first].into_iter().chain(&args.compare).cloned().collect();
        let out = first.join("compared");
        let out = Place { directory: &out, with_pdf: !args.files.without_pdf };
        put_beside(&runs, &out, printer)?;
    }
    match printer.format() {
        Format::Json => printer.result(&json(&rendered.report)),
        Format::Text => printer.result(&rendered.verdict()),
    }
    Ok(code)
}

pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("results serialise")
}

/// The plan with what was typed in place of what the file says.
fn changed(mut plan: PlanSpec, args: &SizeArgs) -> PlanSpec {
    let SizeArgs {
        run: _,
        region,
        headroom,
        engine,
        peak,
        horizon,
        replicas,
        policy: _,
        purchase,
        from: _,
        files: _,
    } = args;
    if let Some(region) = region {
        plan.aws.region.clone_from(region);
    }
    if let Some(headroom) = headroom {
        plan.capacity.headroom = *headroom;
    }
    if !engine.is_empty() {
        plan.aws.engines.clone_from(engine);
    }
    if let Some(peak) = peak {
        plan.objective.peak = *peak;
    }
    if let Some(horizon) = horizon {
        plan.capacity.horizon_months = *horizon;
    }
    if let Some(replicas) = replicas {
        plan.capacity.replicas = *replicas;
        plan.capacity.multi_az &= *replicas > 0;
    }
    if let Some(purchase) = purchase {
        plan.aws.purchase = *purchase;
    }
    plan
}
