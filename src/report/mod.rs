//! The report as values: what is said, in which order, with which numbers, tables and charts.
//!
//! It knows nothing of formats; `render` turns one [`Report`] into PDF, HTML, Markdown, CSV, SVG and
//! PNG.
//! The scales and units that people read (percent, GiB, ms, $) are chosen in [`numbers`] and nowhere
//! else.

mod build;
mod chart;
mod document;
mod explorer;
mod margin;
pub mod memory_tables;
pub mod numbers;
mod table;
mod text;

pub use build::{Evidence, FACTS_OF_CATALOG, build, compared_runs, compared_types};
pub use chart::{Axis, ChartSpec, Direction, Height, Mark, Marker, Point, Role, Scale, Series};
pub use document::{Block, Fact, Headline, Level, Outcome, Paper, Report, Section, Setting};
pub use explorer::{Choices, Explorer};
pub use margin::{Margin, margins};
pub use numbers::TickFormat;
pub use table::{Align, Cell, Column, Row, Table};
pub use text::{Span, spans};
