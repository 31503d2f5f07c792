//! From a report to the bytes of a PDF.

use typst::World;
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::Smart;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandards};

use crate::report::{Headline, Outcome, Report, Setting};

use super::data::data;
use super::world::Desk;

/// The program that sets reports, for teams to copy and change.
pub const TEMPLATE: &str = include_str!("../templates/report.typ");

/// Why a report has no PDF.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// The template does not accept the report.
    #[error("line {line}, column {column} of the report's template: {message}")]
    Template {
        /// From 1; 0 where typst names none.
        line: usize,
        /// From 1; 0 where typst names none.
        column: usize,
        /// As typst says it.
        message: String,
    },
    /// The pages are set, but not as PDF.
    #[error("the pages cannot be written as PDF: {message}")]
    Export {
        /// As typst says it.
        message: String,
    },
}

/// `report` as a tagged PDF with its fonts embedded.
///
/// # Errors
/// When typst refuses the template with this report, or the pages that came out of it.
pub fn pdf(report: &Report) -> Result<Vec<u8>, PdfError> {
    let Warned { output, warnings: _ } = set(report);
    export(&output?, PdfStandards::default())
}

/// Whether a template sets a report at all: one without sections, before there is another.
///
/// # Errors
/// What typst refuses it for.
pub fn check_template(template: &str) -> Result<(), PdfError> {
    let report = Report {
        title: "A report".into(),
        subtitle: String::new(),
        headline: Headline {
            outcome: Outcome::Met,
            verdict: String::new(),
            reasons: Vec::new(),
            facts: Vec::new(),
        },
        sections: Vec::new(),
        footer: String::new(),
        setting: Setting { template: Some(template.to_owned()), ..Setting::default() },
    };
    set(&report).output.map(|_| ())
}

/// The pages, and what typst finds odd about them.
pub(super) fn set(report: &Report) -> Warned<Result<PagedDocument, PdfError>> {
    let template = report.setting.template.as_deref().unwrap_or(TEMPLATE);
    let desk = Desk::new(template, data(report));
    let Warned { output, warnings } = typst::compile::<PagedDocument>(&desk);
    Warned { output: output.map_err(|errors| refused(&desk, errors.first())), warnings }
}

/// `pages` as PDF. Without a timestamp it has none, and its identifier is made of its title.
pub(super) fn export(pages: &PagedDocument, standards: PdfStandards) -> Result<Vec<u8>, PdfError> {
    let creator = concat!("cachefit ", env!("CARGO_PKG_VERSION")).to_owned();
    let creator = Smart::Custom(Some(creator));
    let options = PdfOptions { creator, standards, ..PdfOptions::default() };
    typst_pdf::pdf(pages, &options).map_err(|errors| PdfError::Export {
        message: errors.first().map_or_else(String::new, |error| error.message.to_string()),
    })
}

/// What typst says first, with its place in the template.
fn refused(desk: &Desk, error: Option<&SourceDiagnostic>) -> PdfError {
    let message = error.map_or_else(String::new, |error| error.message.to_string());
    let place = error
        .and_then(|error| typst::WorldExt::range(desk as &dyn World, error.span))
        .and_then(|range| desk.template().lines().byte_to_line_column(range.start));
    let (line, column) = place.map_or((0, 0), |(line, column)| (line + 1, column + 1));
    PdfError::Template { line, column, message }
}
