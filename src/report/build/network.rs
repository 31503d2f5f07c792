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
    let of_network =
        |check: &&Check| matches!(check.resource, Resource::NetworkIn | Resource::NetworkOut);
    let checks = chosen.map_or(&[][..], |choice| &choice.checks).iter().filter(of_network);
    let limits: Vec<(Resource, f64)> = checks
        .filter_map(|check| Some((check.resource, check.limit.filter(|it| *it <= most * NEAR)?)))
        .collect();
    let mut markers = limit_markers(&limits);
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

/// The limits of both ways, as one where they are the same.
fn limit_markers(limits: &[(Resource, f64)]) -> Vec<Marker> {
    let marker = |what: &str, resource, limit| {
        let label = format!("{what} of the node: {}", amount(resource, limit));
        Marker::horizontal(limit, label, Role::Limit)
    };
    match limits {
        [(resource, one), (_, other)] if one.total_cmp(other).is_eq() => {
            vec![marker("limit each way", *resource, *one)]
        }
        _ => limits
            .iter()
            .map(|(way, limit)| marker(&format!("{way}, limit"), *way, *limit))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_both_ways_is_not_said_of_one() {
        let labels = |limits: &[(Resource, f64)]| -> Vec<String> {
            limit_markers(limits).into_iter().map(|marker| marker.label).collect()
        };
        let (way_in, out) = ((Resource::NetworkIn, 9e7), (Resource::NetworkOut, 9e7));
        assert_eq!(labels(&[way_in, out]), ["limit each way of the node: 90.0 MB/s"]);
        assert_eq!(labels(&[out]), ["network out, limit of the node: 90.0 MB/s"]);
        assert_eq!(labels(&[way_in, (Resource::NetworkOut, 8e7)]).len(), 2);
    }
}
