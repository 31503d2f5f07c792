//! Every node type: what it would cost, what it lacks, why it is not the answer.

use crate::catalog::Purchase;
use crate::report::numbers;
use crate::report::{
    Axis, Block, Cell, ChartSpec, Column, Height, Mark, Point, Role, Row, Section, Series, Table,
    TickFormat,
};
use crate::size::{Candidate, Check, NotChosen, Outcome, Quantity, Resource};

use super::Evidence;
use super::amount::{share, shortfall};
use super::costs;
use super::sure;
use super::utilisation;

pub(super) fn section(evidence: &Evidence<'_>) -> Section {
    let mut section = Section::new("candidates", "Every node type");
    section.blocks.push(Block::Chart(Box::new(chart(evidence))));
    section.blocks.push(Block::Chart(Box::new(utilisation::chart(evidence))));
    section.blocks.push(Block::Table(table(evidence)));
    section
}

pub(super) fn is_chosen(evidence: &Evidence<'_>, candidate: &Candidate) -> bool {
    evidence.recommendation.chosen.as_ref().is_some_and(|choice| {
        choice.node_type == candidate.node_type && choice.engine == candidate.engine
    })
}

pub(super) fn checks(candidate: &Candidate) -> &[Check] {
    match &candidate.outcome {
        Outcome::Fits { checks, .. }
        | Outcome::FitsUnpriced { checks, .. }
        | Outcome::TooSmall { checks, .. } => checks,
        Outcome::Unsupported(_) | Outcome::NotOffered(_) => &[],
    }
}

/// The check that is nearest to what it allows.
fn tightest(candidate: &Candidate) -> Option<&Check> {
    checks(candidate)
        .iter()
        .filter(|check| check.pressure().is_some())
        .max_by(|a, b| a.pressure().partial_cmp(&b.pressure()).expect("pressures are numbers"))
}

/// Monthly cost against the share of the tightest limit that stays free.
fn chart(evidence: &Evidence<'_>) -> ChartSpec {
    let recommendation = evidence.recommendation;
    let point = |candidate: &Candidate| {
        let bill = candidate.bill()?;
        let free = 1.0 - tightest(candidate)?.utilisation?;
        Some(Point::new(bill.monthly.usd(), free))
    };
    let of = |engine| {
        let matching = recommendation
            .candidates
            .iter()
            .filter(move |c| c.engine == engine && !is_chosen(evidence, c));
        matching.filter_map(point).collect::<Vec<Point>>()
    };
    let mut series: Vec<Series> = evidence
        .spec
        .aws
        .engines
        .iter()
        .zip(Role::EQUAL)
        .map(|(engine, role)| Series {
            name: engine.to_string(),
            mark: Mark::Points,
            role,
            points: of(*engine),
        })
        .collect();
    series.insert(0, frontier(evidence, point));
    label_runners_up(evidence, &mut series, point);
    if let Some(choice) = &recommendation.chosen {
        let chosen = recommendation.candidate(&choice.node_type, choice.engine).and_then(point);
        series.push(Series {
            name: "recommended".into(),
            mark: Mark::Points,
            role: Role::Chosen,
            points: chosen.map(|point| point.labelled(&choice.node_type)).into_iter().collect(),
        });
    }
    ChartSpec {
        id: "cost-headroom".into(),
        title: "Node types that fit: cost against headroom at the horizon".into(),
        caption: "Each point is the fewest shards of a node type that fit; the line joins those \
                  that no other beats on both cost and headroom."
            .into(),
        height: Height::Full,
        x: Axis::log10(format!("cost {} (USD a month)", bought(evidence)), TickFormat::Usd),
        y: Axis {
            range: Some((0.0, 1.0)),
            ..Axis::linear("free share of the tightest limit", TickFormat::Percent)
        },
        series,
        markers: Vec::new(),
        note_when_empty: "No node type fits, or none that fits has a price in this Region.".into(),
    }
}

/// How the nodes are bought, in words.
fn bought(evidence: &Evidence<'_>) -> &'static str {
    let costs = evidence.recommendation.costs.as_ref();
    costs::words(costs.map_or(Purchase::OnDemand, |costs| costs.purchase))
}

/// Candidates that no other beats on both axes, by ascending cost.
fn frontier(evidence: &Evidence<'_>, point: impl Fn(&Candidate) -> Option<Point>) -> Series {
    let mut points: Vec<Point> =
        evidence.recommendation.candidates.iter().filter_map(point).collect();
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(b.y.total_cmp(&a.y)));
    let mut best = f64::NEG_INFINITY;
    points.retain(|point| {
        let better = point.y > best;
        best = best.max(point.y);
        better
    });
    Series { name: "best trade-offs".into(), mark: Mark::Steps, role: Role::Guide, points }
}

fn label_runners_up(
    evidence: &Evidence<'_>,
    series: &mut [Series],
    point: impl Fn(&Candidate) -> Option<Point>,
) {
    for other in evidence.recommendation.runners_up.iter().take(2) {
        let Some(at) =
            evidence.recommendation.candidate(&other.node_type, other.engine).and_then(&point)
        else {
            continue;
        };
        for known in series.iter_mut().skip(1).flat_map(|series| &mut series.points) {
            if *known == at {
                known.label = Some(other.node_type.clone());
            }
        }
    }
}

fn table(evidence: &Evidence<'_>) -> Table {
    let mut columns = vec![
        Column::text("Node type"),
        Column::text("Engine"),
        Column::count("Shards"),
        Column::count("Nodes"),
        Column::number("Cost", "USD/month"),
        Column::number("Fits in", "% of worlds"),
        Column::text("Why not"),
    ];
    let limited = limited(evidence);
    columns.extend(limited.iter().map(|r| Column::number(r.label(), "% of limit")));
    let mut table = Table::new(
        "candidates",
        "Every node type with every engine: the fewest shards that fit, or the number that rejects \
         it; shares are of each limit at the horizon, per shard",
        columns,
    )
    .sortable();
    for candidate in &evidence.recommendation.candidates {
        let layout = candidate.layout();
        let count = |n: Option<u32>| {
            n.map_or_else(Cell::missing, |n| Cell::number(n.to_string(), f64::from(n)))
        };
        let mut cells = vec![
            Cell::text(&candidate.node_type),
            Cell::text(candidate.engine.to_string()),
            count(layout.map(|layout| layout.shards)),
            count(layout.map(|layout| layout.nodes)),
            candidate.bill().map_or_else(Cell::missing, |bill| {
                Cell::number(numbers::bill(bill.monthly), bill.monthly.usd())
            }),
            sure::cell(candidate.fits_probability),
            Cell::text(why_not(candidate)),
        ];
        cells.extend(limited.iter().map(|resource| {
            let check = checks(candidate).iter().find(|check| check.resource == *resource);
            share(check.and_then(|check| check.utilisation))
        }));
        let row = if is_chosen(evidence, candidate) { Row::chosen(cells) } else { Row::new(cells) };
        table.push(row);
    }
    table
}

/// What would make a type that is too small fit.
fn would_fit(candidate: &Candidate) -> String {
    candidate.would_fit.map_or_else(String::new, |would| {
        let of = match would.of {
            Quantity::Keys => "of the horizon's keys",
            Quantity::Peak => "of the horizon's peak",
            Quantity::Headroom => "of the headroom",
        };
        format!("; would fit with {} {of}", numbers::percent(would.share))
    })
}

/// The resources that some candidate has a known share of.
fn limited(evidence: &Evidence<'_>) -> Vec<Resource> {
    let is_known = |resource: &Resource| {
        let all = evidence.recommendation.candidates.iter().flat_map(checks);
        all.filter(|check| check.resource == *resource).any(|check| check.utilisation.is_some())
    };
    Resource::ALL.into_iter().filter(is_known).collect()
}

fn why_not(candidate: &Candidate) -> String {
    let single = |text: String| match &candidate.first_shortfall {
        Some(check) => format!("{text}; one shard: {}", shortfall(check)),
        None => text,
    };
    match &candidate.not_chosen {
        None => single("recommended".into()),
        Some(NotChosen::Dearer { by }) => single(format!("{} a month more", numbers::bill(*by))),
        Some(NotChosen::SamePrice) => single("same price, comes later in the order".into()),
        Some(NotChosen::Unpriced) => single("no price known in this Region".into()),
        Some(NotChosen::TooSmall { check }) => shortfall(check) + &would_fit(candidate),
        Some(NotChosen::Unsupported(reason)) => reason.to_string(),
        Some(NotChosen::NotOffered(reason)) => reason.to_string(),
    }
}
