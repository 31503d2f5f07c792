//! How full each limit of the chosen layout and its neighbours is.

use crate::report::numbers;
use crate::report::{Axis, ChartSpec, Height, Mark, Marker, Point, Role, Series, TickFormat};
use crate::size::{Candidate, Check, Outcome, Resource, RunnerUp};
use crate::units::num;

use super::Evidence;
use super::candidates::{checks, is_chosen};

/// Rejected types that are shown: the nearest to what would fit.
const REJECTED: usize = 5;
/// Shares above this stand side by side at the right edge, their figures before them.
const MOST: f64 = 1.5;
/// Between two of those.
const STEP: f64 = 0.025;
/// Beyond this a figure says no more than that.
const FAR: f64 = 10.0;

pub(super) fn chart(evidence: &Evidence<'_>) -> ChartSpec {
    let rows = rows(evidence);
    let axis = Axis::rows("node type and engine, one shard", rows.iter().map(|it| name(it)));
    let shown = resources(&rows);
    let series = shown.iter().zip(Role::EQUAL).map(|(resource, role)| Series {
        name: resource.label().into(),
        mark: Mark::Points,
        role,
        points: rows
            .iter()
            .enumerate()
            .filter_map(|(row, candidate)| point(candidate, *resource, &shown, axis.row(row)))
            .collect(),
    });
    let allowed = evidence.spec.capacity.headroom.rest().get();
    let mut markers = vec![Marker::vertical(1.0, "limit", Role::Limit)];
    if allowed < 1.0 {
        markers.push(Marker::vertical(allowed, "less headroom", Role::Chosen));
    }
    let which = match &evidence.recommendation.chosen {
        Some(choice) => format!(
            "{}, recommended, on top, then the next cheapest that fit, then the nearest of those that \
             do not",
            choice.node_type
        ),
        None => "The types that come nearest".into(),
    };
    ChartSpec {
        id: "utilisation".into(),
        title: "How full each limit is at the horizon, type by type".into(),
        caption: format!(
            "{which}: what stands right of the headroom rejects them. Shares beyond 150% stand at the \
             edge, their figures before them in the same order."
        ),
        height: Height::Full,
        x: Axis {
            range: Some((0.0, MOST)),
            ..Axis::linear("share of the limit", TickFormat::Percent)
        },
        series: series.collect(),
        y: axis,
        markers,
        note_when_empty: "No limit of any node type is known.".into(),
    }
}

/// The chosen one, the runners-up and the nearest rejected ones, each type once with one shard's
/// checks.
fn rows<'a>(evidence: &Evidence<'a>) -> Vec<&'a Candidate> {
    let recommendation = evidence.recommendation;
    let mut rows: Vec<&Candidate> =
        recommendation.candidates.iter().filter(|it| is_chosen(evidence, it)).collect();
    let of = |other: &'a RunnerUp| recommendation.candidate(&other.node_type, other.engine);
    rows.extend(recommendation.runners_up.iter().filter_map(of));
    let mut rejected: Vec<(&Candidate, f64)> = recommendation
        .candidates
        .iter()
        .filter(|candidate| is_too_small(candidate))
        .filter_map(|candidate| {
            let worst = checks(candidate).iter().filter_map(Check::pressure);
            worst.reduce(f64::max).map(|worst| (candidate, worst))
        })
        .collect();
    rejected.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.node_type.cmp(&b.0.node_type)));
    for (candidate, _) in rejected {
        let is_new = rows.iter().all(|row| row.node_type != candidate.node_type);
        if is_new && rows.iter().filter(|row| is_too_small(row)).count() < REJECTED {
            rows.push(candidate);
        }
    }
    rows
}

fn is_too_small(candidate: &Candidate) -> bool {
    matches!(candidate.outcome, Outcome::TooSmall { .. })
}

fn name(candidate: &Candidate) -> String {
    let shards = candidate.layout().map_or(1, |layout| layout.shards);
    let of = if shards > 1 { format!(", {shards} shards") } else { String::new() };
    format!("{}, {}{of}", candidate.node_type, candidate.engine)
}

fn share(candidate: &Candidate, resource: Resource) -> Option<f64> {
    checks(candidate).iter().find(|check| check.resource == resource)?.utilisation
}

/// The resources that come nearest to their limits in any row.
fn resources(rows: &[&Candidate]) -> Vec<Resource> {
    let highest = |resource: Resource| {
        rows.iter()
            .filter_map(|row| share(row, resource))
            .fold(None, |most: Option<f64>, share| Some(most.map_or(share, |most| most.max(share))))
    };
    let mut known: Vec<(Resource, f64)> = Resource::ALL
        .into_iter()
        .filter_map(|resource| Some((resource, highest(resource)?)))
        .collect();
    known.sort_by(|a, b| b.1.total_cmp(&a.1));
    known.truncate(Role::EQUAL.len());
    known.into_iter().map(|(resource, _)| resource).collect()
}

/// Where a resource stands in a candidate's row; the first of those beyond the edge is labelled with
/// the figures of all.
fn point(candidate: &Candidate, of: Resource, shown: &[Resource], row: f64) -> Option<Point> {
    let value = share(candidate, of)?;
    if value <= MOST {
        return Some(Point::new(value, row));
    }
    let mut beyond: Vec<(f64, Resource)> = shown
        .iter()
        .filter_map(|resource| Some((share(candidate, *resource)?, *resource)))
        .filter(|(share, _)| *share > MOST)
        .collect();
    beyond.sort_by(|a, b| a.0.total_cmp(&b.0));
    let after = beyond.iter().rev().position(|(_, resource)| *resource == of)?;
    let point = Point::new(MOST - STEP * num::float(num::count(after)), row);
    if after + 1 < beyond.len() {
        return Some(point);
    }
    let figure = |share: f64| {
        if share > FAR { format!(">{}", numbers::percent(FAR)) } else { numbers::percent(share) }
    };
    let figures: Vec<String> = beyond.iter().map(|(share, _)| figure(*share)).collect();
    Some(point.labelled(figures.join(", ")))
}
