//! From a report to the bytes of a PDF.

use serde::Serialize;
use typst::World;
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::Smart;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandards};

use crate::report::Report;

use super::data::data;
use super::world::Desk;

const TEMPLATE: &str = include_str!("../templates/report.typ");

/// How the report is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PdfSettings {
    /// What it can be printed on.
    pub paper: Paper,
}

/// A size of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Paper {
    /// 210 × 297 mm.
    #[default]
    A4,
    /// 8.5 × 11 in.
    UsLetter,
}

/// Why a report has no PDF.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// The template does not accept the report.
    #[error("line {line} of the report's template: {message}")]
    Template {
        /// From 1; 0 where typst names none.
        line: usize,
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
pub fn pdf(report: &Report, settings: &PdfSettings) -> Result<Vec<u8>, PdfError> {
    let Warned { output, warnings: _ } = set(report, settings);
    export(&output?, PdfStandards::default())
}

/// The pages, and what typst finds odd about them.
pub(super) fn set(
    report: &Report,
    settings: &PdfSettings,
) -> Warned<Result<PagedDocument, PdfError>> {
    let desk = Desk::new(TEMPLATE, data(report, settings));
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
    let line = error
        .and_then(|error| typst::WorldExt::range(desk as &dyn World, error.span))
        .and_then(|range| desk.template().lines().byte_to_line(range.start))
        .map_or(0, |line| line + 1);
    PdfError::Template { line, message }
}
