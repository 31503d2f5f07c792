//! A report as files, and its verdict as text.

use std::path::PathBuf;

use crate::cli::failure::Failure;
#[cfg(feature = "pdf")]
use crate::render::{PdfSettings, pdf};
use crate::render::{charts, csv, html, markdown};
use crate::report::{Align, Report, Table};
use crate::store::RunDir;

/// What was written.
pub(super) struct Rendered {
    pub report: Report,
    /// The files a person opens first.
    pub files: Vec<PathBuf>,
}

/// Writes every rendering.
pub(super) fn render(report: Report, run: &RunDir) -> Result<Rendered, Failure> {
    let mut files = vec![
        run.write("report.html", html(&report).as_bytes())?,
        run.write("report.md", markdown(&report).as_bytes())?,
    ];
    files.extend(render_pdf(&report, run)?);
    for chart in report.charts() {
        let svg = charts::svg(chart, charts::Heading::Drawn);
        run.write(&format!("charts/{}.svg", chart.id), svg.as_bytes())?;
        run.write(&format!("charts/{}.png", chart.id), &charts::png(chart))?;
    }
    for table in report.tables() {
        run.write(&format!("csv/{}.csv", table.id), csv(table).as_bytes())?;
    }
    Ok(Rendered { report, files })
}

/// Writes the PDF and returns its path.
#[cfg(feature = "pdf")]
fn render_pdf(report: &Report, run: &RunDir) -> Result<Option<PathBuf>, Failure> {
    let bytes = pdf(report, &PdfSettings::default())?;
    Ok(Some(run.write("report.pdf", &bytes)?))
}

/// This build sets no PDF.
#[cfg(not(feature = "pdf"))]
#[expect(clippy::unnecessary_wraps, reason = "the other build's function can fail")]
fn render_pdf(_report: &Report, _run: &RunDir) -> Result<Option<PathBuf>, Failure> {
    Ok(None)
}

impl Rendered {
    /// The verdict and the files.
    pub(super) fn verdict(&self) -> String {
        format!("{}\n{}", verdict(&self.report), self.paths())
    }

    /// The files, after an empty line.
    pub(super) fn paths(&self) -> String {
        let paths = self.files.iter().map(|file| format!("\n  {}", file.display()));
        paths.collect()
    }
}

/// The verdict as plain text: the sentence, its reasons, the constraints.
pub(super) fn verdict(report: &Report) -> String {
    let headline = &report.headline;
    let mut lines = vec![format!("{}: {}", headline.outcome.label(), headline.verdict)];
    lines.extend(headline.reasons.iter().map(|reason| format!("  {reason}")));
    if let Some(table) = report.tables().find(|table| table.id == "constraints") {
        lines.push(String::new());
        lines.extend(columns(table));
    }
    lines.join("\n")
}

/// A table in aligned columns.
pub(super) fn columns(table: &Table) -> Vec<String> {
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
