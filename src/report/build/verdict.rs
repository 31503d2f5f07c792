//! The chosen layout, its margins, what would change it, and what to doubt.

use crate::report::numbers;
use crate::report::{Block, Cell, Column, Level, Row, Section, Table};
use crate::size::{Check, Choice, MemoryDemand};
use crate::units::Bytes;

use super::Evidence;
use super::amount::{cell, share};
use super::headline::layout;
use super::{bounds, failure, network};

pub(super) fn section(evidence: &Evidence<'_>) -> Section {
    let mut section = Section::new("verdict", "Why this one");
    let Some(choice) = &evidence.recommendation.chosen else {
        section.blocks.push(Block::Callout {
            level: Level::Problem,
            text: "Nothing was chosen. The candidates below say of each node type what it lacks."
                .into(),
        });
        return section;
    };
    section.blocks.push(Block::Table(checks(evidence, choice)));
    section.blocks.push(Block::List(notes(&choice.checks)));
    section.blocks.push(Block::Table(demand(choice)));
    section.blocks.push(Block::List(flips(choice)));
    if !choice.bounds.is_empty() {
        section.blocks.push(Block::Table(bounds::table(choice)));
    }
    section.blocks.extend(failure::blocks(choice));
    if evidence.recommendation.runners_up.is_empty() {
        section.blocks.push(Block::Paragraph("No other node type fits.".into()));
    } else {
        section.blocks.push(Block::Table(runners_up(evidence)));
    }
    section
}

/// Every constraint of one shard, today and at the horizon.
fn checks(evidence: &Evidence<'_>, choice: &Choice) -> Table {
    let month = evidence.recommendation.horizon.month;
    let mut table = Table::new(
        "constraints",
        format!(
            "What one shard of {} asks for and has, today and in month {month}",
            choice.node_type
        ),
        vec![
            Column::text("Constraint"),
            Column::number("Today", "in its unit"),
            Column::number("Horizon", "in its unit"),
            Column::number("Limit", "in its unit"),
            Column::number("Allowed", "in its unit"),
            Column::number("Used at horizon", "%"),
            Column::number("Margin to allowed", "%"),
            Column::text("Grade"),
        ],
    )
    .sortable();
    for (check, today) in choice.checks.iter().zip(&choice.checks_today) {
        let resource = check.resource;
        let cells = vec![
            Cell::text(resource.label()),
            cell(resource, today.demand),
            cell(resource, check.demand),
            cell(resource, check.limit),
            cell(resource, check.allowed),
            share(check.utilisation),
            share(check.pressure().map(|pressure| 1.0 - pressure)),
            Cell::text(check.grade.label()),
        ];
        table.push(if resource == choice.binding { Row::chosen(cells) } else { Row::new(cells) });
    }
    table
}

/// How each figure came about; those of the network have a section of their own.
fn notes(checks: &[Check]) -> Vec<String> {
    let checks = checks.iter().filter(|check| !network::is_of(check.resource));
    checks.map(|check| format!("{}: {}", check.resource, check.note)).collect()
}

/// What fills one shard's memory.
fn demand(choice: &Choice) -> Table {
    let mut table = Table::new(
        "memory-demand",
        "What fills one shard's used_memory, today and at the horizon",
        vec![
            Column::text("Part"),
            Column::number("Today", "bytes"),
            Column::number("Horizon", "bytes"),
        ],
    );
    let parts = |demand: &MemoryDemand| {
        [
            ("engine without keys", demand.baseline_bytes),
            ("keys and values", demand.records_bytes),
            ("hash tables", demand.tables_bytes),
            ("old tables while they grow", demand.rehash_bytes),
            ("cluster mode", demand.cluster_bytes),
            ("connections", demand.connections_bytes),
            ("replication", demand.replication_bytes),
            ("latency tracking", demand.latency_tracking_bytes),
            ("scripts and functions", demand.code_bytes),
            ("room for descriptors", demand.descriptors_bytes),
            ("other nodes of the cluster", demand.peers_bytes),
        ]
    };
    let size = |bytes: Bytes| Cell::number(bytes.to_string(), bytes.float());
    for ((name, today), (_, horizon)) in
        parts(&choice.memory_today).into_iter().zip(parts(&choice.memory))
    {
        table.push(Row::new(vec![Cell::text(name), size(today), size(horizon)]));
    }
    let total =
        vec![Cell::text("total"), size(choice.memory_today.total()), size(choice.memory.total())];
    table.push(Row::chosen(total));
    table
}

fn flips(choice: &Choice) -> Vec<String> {
    let flips = &choice.flips;
    let mut lines = Vec::new();
    if let (Some(keys), Some(factor), Some(resource)) =
        (flips.keys, flips.keys_factor, flips.keys_bound_by)
    {
        lines.push(format!(
            "With the horizon's peak it fits up to {} keys, {} today's; then {resource} is short.",
            numbers::count(keys),
            numbers::ratio(factor)
        ));
    }
    if let (Some(peak), Some(factor), Some(resource)) =
        (flips.peak, flips.peak_factor, flips.peak_bound_by)
    {
        lines.push(format!(
            "With the horizon's keys it fits up to {peak}, {} today's peak; then {resource} is \
             short.",
            numbers::ratio(factor)
        ));
    }
    lines.push(match flips.exhausted_in_months {
        Some(month) => format!("At the growth given a limit itself is passed in month {month}."),
        None => "At the growth given no limit is passed within ten years.".into(),
    });
    lines
}

fn runners_up(evidence: &Evidence<'_>) -> Table {
    let mut table = Table::new(
        "runners-up",
        "The next cheapest node types that fit",
        vec![
            Column::text("Node type"),
            Column::text("Engine"),
            Column::text("Layout"),
            Column::number("Cost", "USD/month"),
            Column::number("More than chosen", "USD/month"),
            Column::text("Binds"),
        ],
    )
    .sortable();
    let multi_az = evidence.spec.capacity.multi_az;
    for other in &evidence.recommendation.runners_up {
        table.push(Row::new(vec![
            Cell::text(&other.node_type),
            Cell::text(other.engine.to_string()),
            Cell::text(layout(other.layout, multi_az)),
            Cell::number(numbers::bill(other.bill.monthly), other.bill.monthly.usd()),
            Cell::number(numbers::bill(other.dearer_by), other.dearer_by.usd()),
            Cell::text(other.binding.label()),
        ]));
    }
    table
}

/// What to doubt.
pub(super) fn caveats(evidence: &Evidence<'_>) -> Section {
    let mut section = Section::new("caveats", "What to doubt");
    let caveats: Vec<String> =
        evidence.recommendation.caveats.iter().map(ToString::to_string).collect();
    section.blocks.push(if caveats.is_empty() {
        Block::Paragraph("Nothing in the evidence calls the answer into question.".into())
    } else {
        Block::List(caveats)
    });
    section
}
