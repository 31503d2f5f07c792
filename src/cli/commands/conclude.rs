//! From measurements to files: learn, size, report, render.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::artifact::{Artifact, Digest, Kind};
use crate::catalog::Catalog;
use crate::cli::Outcome;
use crate::cli::args::Format;
use crate::cli::failure::{Failure, MET, NOT_MET};
use crate::cli::printer::Printer;
use crate::model::Models;
use crate::render::{charts, csv, html, markdown};
use crate::report::{Block, Evidence, Report, build};
use crate::size::recommend;
use crate::spec::PlanSpec;
use crate::store::RunDir;

use super::measure::Measured;

/// Writes the rest of a run and prints its verdict.
pub(super) fn conclude(
    spec: &PlanSpec,
    spec_digest: Digest,
    measured: Measured,
    run: &RunDir,
    printer: &Printer,
) -> Outcome {
    let Measured { seeded, seeded_digest, steps, steps_digest } = measured;
    let mut digests = BTreeMap::from([
        (Kind::Spec, spec_digest),
        (Kind::Seed, seeded_digest),
        (Kind::Steps, steps_digest),
    ]);
    let models = Models::learn(spec, &seeded, &steps);
    let artifact = Artifact::new(Kind::Models, digests.clone(), models.clone());
    digests.insert(Kind::Models, run.write_artifact(&artifact)?);

    let catalog = Catalog::builtin();
    let recommendation = recommend(spec, &models, &seeded.target, &catalog)?;
    let artifact = Artifact::new(Kind::Recommendation, digests.clone(), recommendation.clone());
    digests.insert(Kind::Recommendation, run.write_artifact(&artifact)?);

    let report = build(&Evidence {
        spec,
        seeded: &seeded,
        steps: &steps,
        models: &models,
        recommendation: &recommendation,
        catalog: &catalog,
        digests: &digests,
    });
    run.write_artifact(&Artifact::new(Kind::Report, digests, report.clone()))?;
    let files = render(&report, run)?;
    match printer.format() {
        Format::Text => printer.result(&verdict(&report, &files)),
        Format::Json => {
            let text = serde_json::to_string_pretty(&recommendation);
            printer.result(&text.expect("a recommendation serialises"));
        }
    }
    Ok(if recommendation.chosen.is_some() { MET } else { NOT_MET })
}

/// Writes every rendering; returns the files a person opens first.
fn render(report: &Report, run: &RunDir) -> Result<Vec<PathBuf>, Failure> {
    let files = vec![
        run.write("report.html", html(report).as_bytes())?,
        run.write("report.md", markdown(report).as_bytes())?,
    ];
    for chart in report.charts() {
        let svg = charts::svg(chart, charts::Heading::Drawn);
        run.write(&format!("charts/{}.svg", chart.id), svg.as_bytes())?;
        run.write(&format!("charts/{}.png", chart.id), &charts::png(chart))?;
    }
    for table in report.tables() {
        run.write(&format!("csv/{}.csv", table.id), csv(table).as_bytes())?;
    }
    Ok(files)
}

/// The verdict as plain text: the sentence, its reasons, the constraints, the files.
fn verdict(report: &Report, files: &[PathBuf]) -> String {
    let mut lines =
        vec![format!("{}: {}", report.headline.outcome.label(), report.headline.verdict)];
    lines.extend(report.headline.reasons.iter().map(|reason| format!("  {reason}")));
    let constraints =
        report.sections.iter().flat_map(|section| &section.blocks).find_map(|block| match block {
            Block::Table(table) if table.id == "constraints" => Some(table),
            _ => None,
        });
    if let Some(table) = constraints {
        lines.push(String::new());
        lines.extend(columns(table));
    }
    lines.push(String::new());
    lines.extend(files.iter().map(|file| format!("  {}", file.display())));
    lines.join("\n")
}

/// A table in aligned columns.
fn columns(table: &crate::report::Table) -> Vec<String> {
    use crate::report::Align;
    let header: Vec<&str> = table.columns.iter().map(|column| column.header.as_str()).collect();
    let rows: Vec<Vec<&str>> = std::iter::once(header)
        .chain(table.rows.iter().map(|row| row.cells.iter().map(|c| c.text.as_str()).collect()))
        .collect();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..table.columns.len()).map(width).collect();
    let cell = |(at, text): (usize, &&str)| match table.columns[at].align {
        Align::Left => format!("{text:<width$}", width = widths[at]),
        Align::Right => format!("{text:>width$}", width = widths[at]),
    };
    let line = |row: &Vec<&str>| {
        let cells: Vec<String> = row.iter().enumerate().map(cell).collect();
        format!("  {}", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}
