//! Node types side by side.

use crate::compare::{Basis, Better, TypeView, TypesComparison, Winner};
use crate::report::{
    Block, Cell, Column, Headline, Outcome, Report, Row, Section, Setting, Table, numbers,
};
use crate::size::{Check, Resource};

use super::super::amount::{amount, shortfall};
use super::words;

/// The comparison as a report.
pub fn compared_types(comparison: &TypesComparison) -> Report {
    let TypesComparison { name, region, horizon, .. } = comparison;
    let keys: u64 = horizon.keys.iter().sum();
    let mut section = Section::new("types", "Side by side");
    section.blocks.push(Block::Table(criteria(comparison)));
    section.blocks.push(Block::List(notes(comparison)));
    let mut all = Section::new("figures", "Every figure");
    all.blocks.push(Block::Table(checks(comparison)));
    Report {
        title: format!("Node types for {name}"),
        subtitle: format!(
            "{region}, month {}: {} keys, {} at peak",
            horizon.month,
            numbers::count(keys),
            horizon.peak
        ),
        headline: headline(comparison),
        sections: vec![section, all],
        footer: format!(
            "cachefit {} · sized with the catalog of this program",
            env!("CARGO_PKG_VERSION")
        ),
        setting: Setting::default(),
    }
}

/// How each column is headed: without the engine where all have the same.
fn labels(comparison: &TypesComparison) -> Vec<String> {
    let types = &comparison.types;
    let is_one = types.windows(2).all(|pair| pair[0].engine == pair[1].engine);
    let label = |one: &TypeView| {
        if is_one { one.node_type.clone() } else { format!("{} {}", one.node_type, one.engine) }
    };
    types.iter().map(label).collect()
}

fn headline(comparison: &TypesComparison) -> Headline {
    let labels = labels(comparison);
    let names: Vec<&str> = labels.iter().map(String::as_str).collect();
    let fits = comparison.types.iter().filter(|one| one.fits).count();
    let verdict = match (&comparison.cost, fits) {
        (_, 0) => "None of these types fits.".to_owned(),
        (Winner::Shown { .. } | Winner::NotShown { .. }, _) => {
            format!(
                "Cost per month: {}.",
                words::finding(&comparison.cost, Better::Less, Basis::Exact, &names)
            )
        }
        (Winner::Same, _) => "These types cost the same.".to_owned(),
        (Winner::Unknown, _) => "Fewer than two of these types fit and have a price.".to_owned(),
    };
    let mut reasons = Vec::new();
    for (label, one) in labels.iter().zip(&comparison.types) {
        if let Some(why) = why_not(one) {
            reasons.push(format!("{label} does not fit: {why}."));
        } else if let (Some(layout), Some(check)) = (one.layout, &one.one_shard_rejected_by) {
            reasons.push(format!(
                "{label} needs {} shards; one: {}.",
                layout.shards,
                shortfall(check)
            ));
        }
    }
    Headline { outcome: Outcome::Compared, verdict, reasons, facts: Vec::new() }
}

/// What keeps a type from fitting; `None` for one that does.
fn why_not(one: &TypeView) -> Option<String> {
    if one.fits {
        return None;
    }
    one.unavailable.clone().or_else(|| one.rejected_by.as_ref().map(shortfall))
}

fn notes(comparison: &TypesComparison) -> Vec<String> {
    let mut notes = vec![
        "Each type stands in the fewest shards of it that fit, or in those that come nearest; demand, \
         limit and margin are of one shard at the horizon."
            .to_owned(),
        "All types are asked for the same measured demand, so the doubt in it is common to them; limits \
         and prices are published figures, and their differences have no sampling error."
            .into(),
        "The margin is what is left of the limit less headroom; below zero it is what is short.".into(),
    ];
    let aside: Vec<&str> = comparison
        .types
        .iter()
        .filter(|one| !one.is_considered)
        .map(|one| one.node_type.as_str())
        .collect();
    if !aside.is_empty() {
        notes.push(format!(
            "The plan itself does not choose from: {}. Its families, engines or AWS leave them out.",
            aside.join(", ")
        ));
    }
    notes
}

/// One row per criterion.
fn criteria(comparison: &TypesComparison) -> Table {
    let labels = labels(comparison);
    let names: Vec<&str> = labels.iter().map(String::as_str).collect();
    let mut columns = vec![Column::text("Criterion")];
    columns.extend(labels.iter().map(|label| Column::number(label, "in its unit")));
    columns.push(Column::text("Finding"));
    let mut table = Table::new("criteria", "Each node type, criterion by criterion", columns);
    let types = &comparison.types;
    let mut push = |title: &str, cells: Vec<Cell>, finding: String| {
        let mut row = vec![Cell::text(title)];
        row.extend(cells);
        row.push(Cell::text(finding));
        table.push(Row::new(row));
    };
    let each = |cell: &dyn Fn(&TypeView) -> Cell| -> Vec<Cell> { types.iter().map(cell).collect() };
    let exact = |winner: &Winner, better| words::finding(winner, better, Basis::Exact, &names);
    push("fits", each(&|one| Cell::text(if one.fits { "yes" } else { "no" })), String::new());
    push(
        "cost per month",
        each(&|one| {
            one.bill.as_ref().map_or_else(Cell::missing, |bill| {
                Cell::number(numbers::bill(bill.monthly), bill.monthly.usd())
            })
        }),
        exact(&comparison.cost, Better::Less),
    );
    push(
        "price of a node",
        each(&|one| {
            one.bill.as_ref().map_or_else(Cell::missing, |bill| {
                let hourly = bill.price.hourly;
                Cell::number(hourly.to_string(), hourly.usd())
            })
        }),
        String::new(),
    );
    push(
        "shards",
        each(&|one| {
            one.layout.filter(|_| one.fits).map_or_else(Cell::missing, |layout| {
                Cell::number(layout.shards.to_string(), f64::from(layout.shards))
            })
        }),
        exact(&comparison.shards, Better::Less),
    );
    for margin in &comparison.margins {
        push(
            &format!("{}: margin", margin.resource),
            types
                .iter()
                .zip(&margin.margins)
                .map(|(one, share)| margin_cell(one, margin.resource, *share))
                .collect(),
            leader(&margin.winner, &names),
        );
    }
    push(
        "one shard rejected by",
        each(&|one| match (&one.one_shard_rejected_by, &one.unavailable) {
            (Some(check), _) => Cell::text(shortfall(check)),
            (None, Some(why)) => Cell::text(why),
            (None, None) => Cell::text("nothing"),
        }),
        String::new(),
    );
    table
}

/// `44%: 4.15 GiB of 9.30 GiB`, with the share as the number.
fn margin_cell(one: &TypeView, resource: Resource, margin: Option<f64>) -> Cell {
    let Some(check) = one.checks.iter().find(|check| check.resource == resource) else {
        return Cell::missing();
    };
    let figures = format!("{} of {}", shown(check, check.demand), shown(check, check.limit));
    match margin {
        Some(share) => Cell::number(format!("{}: {figures}", numbers::percent(share)), share),
        None => Cell::text(format!("not known: {figures}")),
    }
}

fn shown(check: &Check, value: Option<f64>) -> String {
    value.map_or_else(|| "an unknown amount".into(), |value| amount(check.resource, value))
}

/// Margins are shares already: the best is named without another share of them.
fn leader(winner: &Winner, names: &[&str]) -> String {
    match winner {
        Winner::Shown { best, .. } => format!("{} has most left", names[*best]),
        Winner::NotShown { best, next } => {
            format!("{} and {} have as much left", names[*best], names[*next])
        }
        Winner::Same => "the same".into(),
        Winner::Unknown => "–".into(),
    }
}

/// One row per type and constraint, for programs.
fn checks(comparison: &TypesComparison) -> Table {
    let mut table = Table::new(
        "figures",
        "Demand, limit and margin of one shard, each in the unit of its constraint",
        vec![
            Column::text("Node type"),
            Column::text("Engine"),
            Column::count("Shards"),
            Column::number("Cost", "USD/month"),
            Column::text("Constraint"),
            Column::count("Demand"),
            Column::count("Limit"),
            Column::count("Allowed"),
            Column::number("Margin", "1"),
            Column::text("Grade"),
        ],
    );
    for one in &comparison.types {
        for check in &one.checks {
            let number = |value: Option<f64>| {
                value.map_or_else(Cell::missing, |value| {
                    Cell::number(amount(check.resource, value), value)
                })
            };
            let margin = check.pressure().map(|pressure| 1.0 - pressure);
            table.push(Row::new(vec![
                Cell::text(&one.node_type),
                Cell::text(one.engine.to_string()),
                one.layout.map_or_else(Cell::missing, |layout| {
                    Cell::number(layout.shards.to_string(), f64::from(layout.shards))
                }),
                one.bill.as_ref().map_or_else(Cell::missing, |bill| {
                    Cell::number(numbers::bill(bill.monthly), bill.monthly.usd())
                }),
                Cell::text(check.resource.label()),
                number(check.demand),
                number(check.limit),
                number(check.allowed),
                margin.map_or_else(Cell::missing, |share| {
                    Cell::number(numbers::percent(share), share)
                }),
                Cell::text(check.grade.label()),
            ]));
        }
    }
    table
}
