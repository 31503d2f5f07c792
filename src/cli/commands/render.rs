//! A report as files, and its verdict as text.

use std::path::PathBuf;

use console::colors_enabled;

use crate::cli::args::{FilesArgs, PaperArg};
use crate::cli::failure::Failure;
use crate::measurement::Steps;
use crate::provision::Tfvars;
use crate::render::{charts, csv, html, load_files, markdown, summary};
#[cfg(feature = "pdf")]
use crate::render::{check_template, pdf};
use crate::report::{Align, Paper, Report, Setting, Table};
use crate::spec::PlanSpec;
use crate::store::RunDir;

use super::verdict::verdict;

/// What was written.
pub(super) struct Rendered {
    pub report: Report,
    /// The files a person opens first.
    pub files: Vec<PathBuf>,
}

/// A file that shows a report.
pub(super) struct Rendering {
    /// Below the run directory.
    pub name: String,
    pub bytes: Vec<u8>,
}

impl Rendering {
    fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }

    /// Whether a person opens it first.
    fn is_main(&self) -> bool {
        !self.name.contains('/')
    }
}

/// Writes every rendering, and removes those of an earlier report that this one does not have.
pub(super) fn render(
    report: Report,
    beside: Beside<'_>,
    files: &FilesArgs,
    run: &RunDir,
) -> Result<Rendered, Failure> {
    let renderings = renderings(&report, beside, !files.without_pdf)?;
    let mut files = Vec::new();
    for rendering in &renderings {
        let path = run.write(&rendering.name, &rendering.bytes)?;
        if rendering.is_main() {
            files.push(path);
        }
    }
    let known: Vec<&str> = renderings.iter().map(|rendering| rendering.name.as_str()).collect();
    run.remove_other_renderings(&known)?;
    Ok(Rendered { report, files })
}

/// How a report is set from now on: as it was, but for what the arguments say. A template is tried
/// before anything else is done.
pub(super) fn setting(files: &FilesArgs, before: Setting) -> Result<Setting, Failure> {
    let FilesArgs { paper, template, without_pdf: _ } = files;
    let paper = paper.map_or(before.paper, |paper| match paper {
        PaperArg::A4 => Paper::A4,
        PaperArg::UsLetter => Paper::UsLetter,
    });
    let template = match template {
        None => before.template,
        Some(path) if path.as_os_str() == "builtin" => None,
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|cause| Failure::TemplateUnreadable { path: path.clone(), cause })?;
            #[cfg(feature = "pdf")]
            check_template(&text)
                .map_err(|cause| Failure::Template { path: path.clone(), cause })?;
            Some(text)
        }
    };
    Ok(Setting { paper, template })
}

/// What is rendered beside a report.
#[derive(Clone, Copy, Default)]
pub(super) struct Beside<'a> {
    /// The variables that provision its answer.
    pub tfvars: Option<&'a Tfvars>,
    /// What was measured, by which plan.
    pub measured: Option<(&'a PlanSpec, &'a Steps)>,
}

/// Every file that shows a report, the PDF if wanted, and those beside it.
pub(super) fn renderings(
    report: &Report,
    beside: Beside<'_>,
    with_pdf: bool,
) -> Result<Vec<Rendering>, Failure> {
    let mut files = vec![
        Rendering::new("report.html", html(report)),
        Rendering::new("report.md", markdown(report)),
        Rendering::new("summary.md", summary(report)),
    ];
    if with_pdf {
        files.extend(render_pdf(report)?);
    }
    for chart in report.charts() {
        let svg = charts::svg(chart, charts::Heading::Drawn);
        files.push(Rendering::new(format!("charts/{}.svg", chart.id), svg));
        files.push(Rendering::new(format!("charts/{}.png", chart.id), charts::png(chart)));
    }
    for table in report.tables() {
        files.push(Rendering::new(format!("csv/{}.csv", table.id), csv(table)));
    }
    if let Some((spec, steps)) = beside.measured {
        let files_of_load = load_files(spec, steps).into_iter();
        files.extend(files_of_load.map(|file| Rendering::new(file.name, file.text)));
    }
    if let Some(tfvars) = beside.tfvars {
        let text = serde_json::to_string_pretty(&tfvars).expect("variables serialise") + "\n";
        files.push(Rendering::new("cache.auto.tfvars.json", text));
    }
    Ok(files)
}

/// The PDF.
#[cfg(feature = "pdf")]
fn render_pdf(report: &Report) -> Result<Option<Rendering>, Failure> {
    Ok(Some(Rendering::new("report.pdf", pdf(report)?)))
}

/// This build sets no PDF.
#[cfg(not(feature = "pdf"))]
#[expect(clippy::unnecessary_wraps, reason = "the other build's function can fail")]
fn render_pdf(_report: &Report) -> Result<Option<Rendering>, Failure> {
    Ok(None)
}

impl Rendered {
    /// The verdict and the files.
    pub(super) fn verdict(&self) -> String {
        format!("{}\n{}", verdict(&self.report, colors_enabled()), self.paths())
    }

    /// The files, after an empty line.
    pub(super) fn paths(&self) -> String {
        let paths = self.files.iter().map(|file| format!("\n  {}", file.display()));
        paths.collect()
    }
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
