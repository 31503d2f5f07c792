//! What the template reads as `report.json`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::render::charts::{Heading, svg};
use crate::report::{Margin, Paper, Report, margins};

/// The report, and what a template cannot make of it by itself.
#[derive(Serialize)]
struct Data<'a> {
    paper: &'a Paper,
    outcome: &'a str,                  // in words
    report: &'a Report,                // as in 06-report.json
    margins: Vec<Margin<'a>>,          // in the order of the constraints
    charts: BTreeMap<&'a str, String>, // SVG without its heading, by id; none of an empty chart
}

pub(super) fn data(report: &Report) -> Vec<u8> {
    let drawn = report.charts().filter(|chart| !chart.is_empty());
    let data = Data {
        paper: &report.setting.paper,
        outcome: report.headline.outcome.label(),
        report,
        margins: margins(report),
        charts: drawn.map(|chart| (chart.id.as_str(), svg(chart, Heading::Omitted))).collect(),
    };
    let mut value = serde_json::to_value(&data).expect(IN_MEMORY);
    tame(&mut value);
    serde_json::to_vec(&value).expect(IN_MEMORY)
}

const IN_MEMORY: &str = "a report serialises";

/// Replaces the characters that would end a line or turn its direction by spaces.
fn tame(value: &mut Value) {
    match value {
        Value::String(text) if text.contains(is_wild) => *text = text.replace(is_wild, " "),
        Value::Array(items) => items.iter_mut().for_each(tame),
        Value::Object(fields) => fields.values_mut().for_each(tame),
        _ => {}
    }
}

/// Controls, and the marks of Unicode's bidirectional algorithm that act on other text.
fn is_wild(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
