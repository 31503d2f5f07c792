//! Turns a report into files' contents: PDF, HTML, Markdown, CSV, SVG, PNG.
//!
//! Each function takes a value and returns a text or bytes; the same value gives the same bytes on
//! every machine, because the fonts are bundled. Nothing here touches the disk or decides what a
//! report says. Every text that comes from a report is escaped here, once, for its format.

pub mod charts;
mod csv;
pub mod fonts;
mod html;
mod load;
mod markdown;
#[cfg(feature = "pdf")]
mod pdf;

pub use csv::csv;
pub use html::html;
pub use load::{LoadFile, load_files};
pub use markdown::{markdown, summary};
#[cfg(feature = "pdf")]
pub use pdf::{PdfError, TEMPLATE, check_template, pdf};

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
