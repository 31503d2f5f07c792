//! What the template reads as `report.json`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::render::charts::{Heading, svg};
use crate::report::Report;

use super::margin::{Margin, margins};
use super::{Paper, PdfSettings};

/// The report, and what a template cannot make of it by itself.
#[derive(Serialize)]
struct Data<'a> {
    paper: Paper,
    outcome: &'a str,                  // in words
    report: &'a Report,                // as in 06-report.json
    margins: Vec<Margin<'a>>,          // in the order of the constraints
    charts: BTreeMap<&'a str, String>, // SVG without title and caption, by the chart's id
}

pub(super) fn data(report: &Report, settings: &PdfSettings) -> Vec<u8> {
    let PdfSettings { paper } = *settings;
    let picture = |chart| svg(chart, Heading::Omitted);
    let data = Data {
        paper,
        outcome: report.headline.outcome.label(),
        report,
        margins: margins(report),
        charts: report.charts().map(|chart| (chart.id.as_str(), picture(chart))).collect(),
    };
    serde_json::to_vec(&data).expect("a report serialises")
}
