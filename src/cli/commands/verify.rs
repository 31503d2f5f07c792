//! `cachefit verify`: a run directory against what follows from its own measurement.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::artifact::{ArtifactError, Digest, Kind};
use crate::cli::Outcome;
use crate::cli::args::{Format, VerifyArgs};
use crate::cli::failure::{Failure, MET, NOT_MET};
use crate::cli::printer::Printer;
use crate::report::{Cell, Column, Row, Table, numbers};
use crate::store::{ReadError, RunDir};
use crate::units::num;
use crate::verify::{
    Checked, Finding, Recomputed, Unusable, Verdict, compare_rendering, recompute, verdict,
};

use super::chosen::Chosen;
use super::render::{Beside, columns, renderings};
use super::stages::json;

/// Differences of one file that are printed; all of them are in the JSON.
const SHOWN: usize = 6;
/// What this can do and what not.
const FOOTER: &str = "verify guards against slips and stale files, not against a forger: who alters \
                      a measurement and everything that follows from it has made another run";

/// Everything that is printed, as programs read it.
#[derive(Serialize)]
struct Answer<'a> {
    verdict: Verdict,
    remarks: &'a [String],
    files: &'a [Checked],
    footer: &'static str,
}

/// Recomputes, compares and says what differs.
pub(in crate::cli) fn verify(args: &VerifyArgs, printer: &Printer) -> Outcome {
    let VerifyArgs { run, strict, without_pdf, from } = args;
    let directory = RunDir::open(&run.run_dir);
    let texts = texts(&directory)?;
    let digest = sized_with(&texts);
    let Chosen { catalog, .. } =
        Chosen::with_digest(digest.as_ref(), from.catalog.as_deref(), &directory)?;
    let mut recomputed =
        recompute(&texts, &catalog).map_err(|unusable| failure(&directory, unusable))?;
    let renderings = compared(&directory, &recomputed, !without_pdf)?;
    recomputed.checked.extend(renderings);
    let Recomputed { checked, remarks, .. } = &recomputed;
    let verdict = verdict(checked);
    match printer.format() {
        Format::Json => {
            printer.result(&json(&Answer { verdict, remarks, files: checked, footer: FOOTER }));
        }
        Format::Text => printer.result(&text(&run.run_dir, verdict, remarks, checked).join("\n")),
    }
    Ok(match verdict {
        Verdict::Agrees => MET,
        Verdict::AgreesInPart if !strict => MET,
        Verdict::AgreesInPart | Verdict::Differs => NOT_MET,
    })
}

/// The texts of the artifacts that are there.
fn texts(directory: &RunDir) -> Result<BTreeMap<Kind, String>, Failure> {
    let mut texts = BTreeMap::new();
    for kind in Kind::ALL {
        if let Some(bytes) = directory.read(kind.file_name())? {
            let text = String::from_utf8(bytes).map_err(|error| {
                let message =
                    format!("not UTF-8 from byte {} on", error.utf8_error().valid_up_to());
                let cause = ArtifactError::Malformed { line: 1, column: 1, message };
                failure(directory, Unusable { kind, cause: Some(cause) })
            })?;
            texts.insert(kind, text);
        }
    }
    Ok(texts)
}

/// The digest of the catalog that the run was sized with, as far as it says one.
fn sized_with(texts: &BTreeMap<Kind, String>) -> Option<Digest> {
    let text = texts.get(&Kind::Recommendation)?;
    let mut artifact: Value = serde_json::from_str(text).ok()?;
    serde_json::from_value(artifact.pointer_mut("/body/catalog")?.take()).ok()
}

fn failure(directory: &RunDir, Unusable { kind, cause }: Unusable) -> Failure {
    let path = directory.path().join(kind.file_name());
    Failure::Artifact(match cause {
        Some(cause) => ReadError::Bad { path, cause },
        None => ReadError::Missing { path, kind },
    })
}

/// What `--without-pdf` leaves out.
const PDF: &str = "report.pdf";

/// Every rendering against the report that follows.
fn compared(
    directory: &RunDir,
    recomputed: &Recomputed,
    with_pdf: bool,
) -> Result<Vec<Checked>, Failure> {
    let Recomputed { report, excuse, tfvars, plan, steps, .. } = recomputed;
    let mut checked = Vec::new();
    let present = directory.renderings()?;
    let Some(report) = report else {
        let why = "the recommendation is missing";
        return Ok(present.iter().map(|name| Checked::not_compared(name, why)).collect());
    };
    let has_pdf = present.iter().any(|name| name == PDF);
    let beside = Beside { tfvars: tfvars.as_ref(), measured: Some((plan, steps)) };
    let wanted = renderings(report, beside, with_pdf && has_pdf)?;
    if with_pdf && !has_pdf && cfg!(feature = "pdf") {
        let why = "it is not there, as after --without-pdf; `cachefit report` writes it";
        checked.push(Checked::not_compared(PDF, why));
    }
    for rendering in &wanted {
        let name = &rendering.name;
        checked.push(match directory.read(name)? {
            Some(stored) => compare_rendering(name, &stored, &rendering.bytes, excuse.as_deref()),
            None => Checked::missing(name, "the report rendered again"),
        });
    }
    for name in present.iter().filter(|name| !wanted.iter().any(|one| one.name == **name)) {
        checked.push(if name == PDF {
            let left_out =
                if with_pdf { "this build of the program sets no PDF" } else { "left out" };
            Checked::not_compared(name, left_out)
        } else {
            Checked::left_over(name)
        });
    }
    Ok(checked)
}

/// The answer in lines.
fn text(run: &Path, verdict: Verdict, remarks: &[String], checked: &[Checked]) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", run.display(), sentence(verdict, checked))];
    lines.extend(remarks.iter().map(|remark| format!("  {remark}")));
    lines.push(String::new());
    lines.extend(columns(&table(checked)));
    let differing: Vec<&Checked> =
        checked.iter().filter(|one| !one.differences.is_empty()).collect();
    for one in differing {
        lines.push(String::new());
        lines.push(format!("{}, against {}", one.file, one.against));
        for difference in one.differences.iter().take(SHOWN) {
            let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".into());
            lines.push(format!("  {}", difference.at));
            lines.push(format!("    stored      {}", side(&difference.stored)));
            lines.push(format!("    recomputed  {}", side(&difference.recomputed)));
        }
        if let Some(more @ 1..) = one.differences.len().checked_sub(SHOWN) {
            lines.push(format!("  … and {more} more; `--format json` lists all"));
        }
    }
    lines.push(String::new());
    lines.push(FOOTER.into());
    lines
}

fn sentence(verdict: Verdict, checked: &[Checked]) -> String {
    let count = |wanted: fn(&Checked) -> bool| checked.iter().filter(|one| wanted(one)).count();
    let figures: u64 = checked.iter().map(|one| one.figures).sum();
    let agreeing = count(Checked::agrees);
    let not_compared = count(|one| matches!(one.finding, Finding::NotCompared { .. }));
    match verdict {
        Verdict::Agrees => format!(
            "agrees: {agreeing} files, {} figures and texts as they follow from the measurement",
            numbers::count(figures)
        ),
        Verdict::AgreesInPart => format!(
            "agrees as far as it could be compared: {agreeing} files agree, {not_compared} could not \
             be compared"
        ),
        Verdict::Differs => format!(
            "differs: {} of {} files are not as they follow from the measurement",
            checked.len() - agreeing - not_compared,
            checked.len()
        ),
    }
}

/// One row per artifact and per file that is not as it should be; renderings that agree are one
/// row per kind.
fn table(checked: &[Checked]) -> Table {
    let headings = vec![Column::text("File"), Column::count("Figures"), Column::text("Result")];
    let mut table = Table::new("verify", "What was compared", headings);
    let mut groups: Vec<(String, u32)> = Vec::new();
    for one in checked {
        match group(&one.file).filter(|_| one.agrees()) {
            Some(name) => match groups.iter_mut().find(|(known, _)| *known == name) {
                Some((_, n)) => *n += 1,
                None => groups.push((name, 1)),
            },
            None => table.push(row(&one.file, one.figures, result(one))),
        }
    }
    for (name, n) in groups {
        table.push(row(&name, 0, format!("{n} agree")));
    }
    table
}

fn row(file: &str, figures: u64, result: String) -> Row {
    let figures = if figures == 0 {
        Cell::missing()
    } else {
        Cell::number(numbers::count(figures), num::float(figures))
    };
    Row::new(vec![Cell::text(file), figures, Cell::text(result)])
}

fn result(one: &Checked) -> String {
    match &one.finding {
        Finding::Agrees if one.file == Kind::Spec.file_name() => "read".into(),
        Finding::Agrees => "agrees".into(),
        Finding::Differs if one.differences.len() == 1 => "1 difference".into(),
        Finding::Differs => format!("{} differences", one.differences.len()),
        Finding::Missing => "missing".into(),
        Finding::LeftOver => "left over from an earlier report; this one has no such file".into(),
        Finding::NotCompared { why } => format!("not compared: {why}"),
    }
}

/// `charts/*.png` for a file in a folder.
fn group(file: &str) -> Option<String> {
    let (folder, name) = file.split_once('/')?;
    let (_, extension) = name.rsplit_once('.')?;
    Some(format!("{folder}/*.{extension}"))
}
