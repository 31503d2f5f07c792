//! A report as PDF, set by typst from the template `templates/report.typ`.
//!
//! The template is a program; the report is data that it reads from a file in memory. No text of a
//! report is ever parsed as markup, no font of the machine is looked for, no clock is read, so the
//! same report gives the same bytes everywhere. Typst's types stay in here.

mod data;
mod output;
mod world;

pub use output::{PdfError, TEMPLATE, check_template, pdf};

#[cfg(test)]
mod tests;
