//! `cachefit compare`: runs side by side, or node types for one run.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::artifact::Kind;
use crate::cli::Outcome;
use crate::cli::args::{AnyFormat, CompareArgs};
use crate::cli::failure::{Failure, MET};
use crate::cli::printer::Printer;
use crate::compare::{RunView, RunsComparison, compare_runs, compare_types};
use crate::measurement::{Seeded, Steps};
use crate::model::Models;
use crate::render::csv;
use crate::report::{Report, Table, compared_runs, compared_types};
use crate::size::Sized;
use crate::spec::PlanSpec;
use crate::store::RunDir;

use super::chosen::Chosen;
use super::conclude::Run;
use super::render::{Beside, Rendering, columns, renderings};
use super::stages::json;

/// What a run directory holds, as far as it is compared.
struct Stored {
    label: String,
    path: String,
    spec: PlanSpec,
    seeded: Seeded,
    steps: Steps,
    models: Models,
    sized: Sized,
}

/// Where a comparison is written.
pub(super) struct Place<'a> {
    pub directory: &'a Path,
    pub with_pdf: bool,
}

/// Compares and prints; with `--out` it writes a report as well.
pub(in crate::cli) fn compare(args: &CompareArgs, format: AnyFormat, printer: &Printer) -> Outcome {
    let CompareArgs { runs, types, engine, out, without_pdf } = args;
    let out = out.as_ref().map(|out| Place { directory: out, with_pdf: !without_pdf });
    match (runs.as_slice(), types.is_empty()) {
        ([_], true) => return Err(Failure::Compare("one run has nothing to stand beside")),
        ([_, _, ..], false) => {
            return Err(Failure::Compare("`--types` compares types for one run"));
        }
        _ => {}
    }
    let stored = read_all(runs)?;
    if types.is_empty() {
        let views: Vec<RunView<'_>> = stored.iter().map(Stored::view).collect();
        let comparison = compare_runs(&views);
        let report = on_paper_of(&runs[0], compared_runs(&comparison));
        let tables = ["plans", "circumstances", "criteria"];
        let notes = what_differs(&comparison);
        conclude(&comparison, &report, &notes, &tables, out.as_ref(), format, printer)
    } else {
        let Stored { seeded, models, sized, .. } = &stored[0];
        let Chosen { catalog, .. } = Chosen::of_run(None, &RunDir::open(&runs[0]))?;
        let comparison = compare_types(sized, models, &seeded.target, &catalog, types, engine)?;
        let report = on_paper_of(&runs[0], compared_types(&comparison));
        conclude(&comparison, &report, &[], &["criteria"], out.as_ref(), format, printer)
    }
}

/// Writes a comparison of runs, and names its files.
pub(super) fn put_beside(
    runs: &[PathBuf],
    out: &Place<'_>,
    printer: &Printer,
) -> Result<(), Failure> {
    let stored = read_all(runs)?;
    let views: Vec<RunView<'_>> = stored.iter().map(Stored::view).collect();
    let comparison = compare_runs(&views);
    let report = on_paper_of(&runs[0], compared_runs(&comparison));
    for file in write(&comparison, &report, out)? {
        printer.step(&format!("wrote {}", file.display()));
    }
    Ok(())
}

/// A comparison for the paper that the first run's report is set on.
fn on_paper_of(run: &Path, mut report: Report) -> Report {
    if let Ok((artifact, _)) = RunDir::open(run).read_artifact::<Report>(Kind::Report) {
        report.setting.paper = artifact.body.setting.paper;
    }
    report
}

fn read_all(runs: &[PathBuf]) -> Result<Vec<Stored>, Failure> {
    runs.iter().enumerate().map(|(index, run)| read(index, run)).collect()
}

/// Reads a run whose artifacts are checked against each other.
fn read(index: usize, path: &Path) -> Result<Stored, Failure> {
    let directory = RunDir::open(path);
    let mut run = Run::new(&directory);
    let letter = u32::try_from(index).ok().and_then(|index| char::from_u32(u32::from('A') + index));
    let label = letter.filter(char::is_ascii_uppercase);
    Ok(Stored {
        label: label.map_or_else(|| format!("run {}", index + 1), String::from),
        path: path.display().to_string(),
        spec: run.read(Kind::Spec)?,
        seeded: run.read(Kind::Seed)?,
        steps: run.read(Kind::Steps)?,
        models: run.read(Kind::Models)?,
        sized: run.read(Kind::Recommendation)?,
    })
}

impl Stored {
    fn view(&self) -> RunView<'_> {
        let Self { label, path, spec, seeded, steps, models, sized } = self;
        RunView { label, path, spec, seeded, steps, models, sized }
    }
}

/// One line that is read before any figure.
fn what_differs(comparison: &RunsComparison) -> Vec<String> {
    match comparison.plans.len() {
        0 => vec!["The plans are the same in every key.".into()],
        1 => {
            vec!["The plans differ in one place, so the answers may differ for that alone:".into()]
        }
        n => vec![format!(
            "The plans differ in {n} places, so the answers may differ for that alone:"
        )],
    }
}

/// Prints, and writes the report where that is asked for.
fn conclude(
    comparison: &impl Serialize,
    report: &Report,
    notes: &[String],
    tables: &[&str],
    out: Option<&Place<'_>>,
    format: AnyFormat,
    printer: &Printer,
) -> Outcome {
    let table = |id: &str| report.tables().find(|table| table.id == id);
    match format {
        AnyFormat::Json => printer.result(&json(comparison)),
        AnyFormat::Csv => {
            printer.result(table("figures").map(csv).unwrap_or_default().trim_end());
        }
        AnyFormat::Text => {
            let shown: Vec<&Table> = tables.iter().filter_map(|id| table(id)).collect();
            printer.result(&text(report, notes, &shown).join("\n"));
        }
    }
    if let Some(out) = out {
        let files = write(comparison, report, out)?;
        if format == AnyFormat::Text {
            let paths = files.iter().map(|file| format!("\n  {}", file.display()));
            printer.result(&paths.collect::<String>());
        }
    }
    Ok(MET)
}

fn text(report: &Report, notes: &[String], tables: &[&Table]) -> Vec<String> {
    let plain = |text: &str| text.replace('`', "");
    let mut lines = vec![plain(&report.subtitle)];
    lines.extend(notes.iter().cloned());
    for table in tables {
        if table.rows.is_empty() {
            continue;
        }
        lines.push(String::new());
        lines.push(table.caption.clone());
        lines.extend(columns(table));
    }
    lines.push(String::new());
    lines.push(plain(&report.headline.verdict));
    lines.push(plain(&report.footer));
    lines
}

/// Writes every rendering and returns those a person opens first.
fn write(
    comparison: &impl Serialize,
    report: &Report,
    out: &Place<'_>,
) -> Result<Vec<PathBuf>, Failure> {
    let Place { directory: path, with_pdf } = *out;
    let directory = RunDir::create(path)?;
    if directory.read(Kind::Spec.file_name())?.is_some() {
        return Err(Failure::HoldsRun { path: path.to_owned() });
    }
    let mut main = Vec::new();
    for Rendering { name, bytes } in renderings(report, Beside::default(), with_pdf)? {
        let own = name.replace("report.", "compare.").replace("summary.", "compare-summary.");
        let path = directory.write(&own, &bytes)?;
        if !own.contains('/') {
            main.push(path);
        }
    }
    directory.write("compare.json", (json(comparison) + "\n").as_bytes())?;
    Ok(main)
}
