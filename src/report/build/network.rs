//! Network and connections: what was carried, and what the node's limits are.

use crate::measurement::Level;
use crate::report::{
    Axis, Block, ChartSpec, Height, Mark, Marker, Role, Section, Series, TickFormat,
};
use crate::size::{Check, Resource};
use crate::units::Bytes;

use super::Evidence;
use super::amount::amount;
use super::level_charts::{curve, peak_today, valid};

/// A limit is drawn when it is at most so many times the most that was carried.
const NEAR: f64 = 3.0;

/// Whether the section speaks of it.
pub(super) fn is_of(resource: Resource) -> bool {
    use Resource::{Connections, NetworkIn, NetworkOut, Packets};
    matches!(resource, NetworkIn | NetworkOut | Packets | Connections)
}

pub(super) fn section(evidence: &Evidence<'_>) -> Section {
    let mut section = Section::new("network", "Network and connections");
    section.blocks.push(Block::Chart(Box::new(chart(evidence))));
    let chosen = evidence.recommendation.chosen.as_ref();
    let checks = chosen.map_or(&[][..], |choice| &choice.checks);
    let notes: Vec<String> = checks
        .iter()
        .filter(|check| is_of(check.resource))
        .map(|check| format!("{}: {}", check.resource, check.note))
        .collect();
    if !notes.is_empty() {
        section.blocks.push(Block::List(notes));
    }
    section
}

fn chart(evidence: &Evidence<'_>) -> ChartSpec {
    let line = |name: &str, role, bytes: &dyn Fn(&Level) -> Option<Bytes>| {
        let point = |level: &Level| {
            let secs = level.server.span_us.secs();
            let bytes = bytes(level).filter(|_| secs > 0.0)?;
            Some((level.offered.per_sec(), bytes.float() / secs))
        };
        Series::new(name, Mark::LineAndPoints, role, curve(valid(evidence).filter_map(point)))
    };
    let series = vec![
        line("into the server", Role::First, &|level| level.server.net_input_bytes),
        line("out of the server", Role::Second, &|level| level.server.net_output_bytes),
    ];
    let carried = series.iter().flat_map(|one| &one.points).map(|point| point.y);
    let most = carried.fold(0.0, f64::max);
    let chosen = evidence.recommendation.chosen.as_ref();
    let limit = |check: &Check| {
        let limit = check.limit.filter(|limit| *limit <= most * NEAR)?;
        let label =
            format!("{}, limit of the node: {}", check.resource, amount(check.resource, limit));
        Some(Marker::horizontal(limit, label, Role::Limit))
    };
    let of_network =
        |check: &&Check| matches!(check.resource, Resource::NetworkIn | Resource::NetworkOut);
    let checks = chosen.map_or(&[][..], |choice| &choice.checks);
    let mut markers: Vec<Marker> = checks.iter().filter(of_network).filter_map(limit).collect();
    markers.dedup_by(|a, b| a.at.total_cmp(&b.at).is_eq());
    markers.extend(peak_today(evidence));
    ChartSpec {
        id: "network".into(),
        title: "Bytes carried against offered load".into(),
        caption: "What the server counted in and out at each level, framing of the protocol \
                  included; headers of TCP and IP come on top and are part of what is planned."
            .into(),
        height: Height::Full,
        x: Axis::linear("offered load (operations/s)", TickFormat::Count),
        y: Axis::linear("bytes per second", TickFormat::Count),
        series,
        markers,
        note_when_empty: "No valid level tells what the server carried.".into(),
    }
}
