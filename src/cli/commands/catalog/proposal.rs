//! What an update would change, for people and for programs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use crate::catalog::{
    Change, Diff, FigureKey, LeftOut, Offer, Region, ServerlessItem, Source, Warning,
};
use crate::cli::args::Format;
use crate::cli::commands::render::columns;
use crate::cli::commands::stages::json;
use crate::cli::printer::Printer;
use crate::report::{Cell, Column, Row, Table, numbers};
use crate::units::num;

/// Changes that are printed; all of them are in the JSON.
const SHOWN: usize = 30;

/// What was read.
#[derive(Default, Serialize)]
pub(super) struct Read {
    pub sources: Vec<Source>,
    /// Prices of nodes.
    pub nodes: usize,
    /// Of serverless use and backups.
    pub rates: usize,
    /// Types whose `maxmemory` was read.
    pub maxmemory: usize,
    /// Types whose `maxmemory` differs between families; the smallest was taken.
    pub differing: Vec<String>,
    /// Types that the catalog does not have, and where they are priced.
    pub unknown_types: BTreeMap<String, BTreeSet<Region>>,
    /// Products that were not looked at.
    pub left_out: BTreeMap<LeftOut, u64>,
}

impl Read {
    pub(super) fn of(offer: &Offer) -> Self {
        Self {
            nodes: offer.nodes.len(),
            rates: offer.rates.len(),
            unknown_types: offer.unknown_types.clone(),
            left_out: offer.left_out.clone(),
            ..Self::default()
        }
    }
}

/// An update and what becomes of it.
#[derive(Serialize)]
pub(super) struct Proposal<'a> {
    pub read: Read,
    #[serde(flatten)]
    pub diff: Diff,
    /// Where it was written.
    pub written: Option<&'a Path>,
}

impl Proposal<'_> {
    pub(super) fn print(&self, printer: &Printer) {
        match printer.format() {
            Format::Json => printer.result(&json(self)),
            Format::Text => printer.result(&self.text().join("\n")),
        }
    }

    fn text(&self) -> Vec<String> {
        let Diff { from, to, changes, unchanged, warnings } = &self.diff;
        let mut lines = self.read.text();
        lines.push(format!("catalog {from}, with this {to}"));
        lines.push(format!("{} figures are unchanged", numbers::count(*unchanged)));
        if !changes.is_empty() {
            lines.push(String::new());
            lines.extend(columns(&counts(changes)));
            lines.push(String::new());
            let shown = largest(changes);
            lines.extend(columns(&table(&shown)));
            if let Some(more @ 1..) = changes.len().checked_sub(shown.len()) {
                lines.push(format!("  … and {} more; `--format json` lists all", count(more)));
            }
        }
        if !warnings.is_empty() {
            lines.push(String::new());
            lines.extend(warnings.iter().map(|warning: &Warning| format!("warning: {warning}")));
        }
        lines.push(String::new());
        lines.push(match self.written {
            Some(directory) => format!(
                "written to {0}; `--catalog {0}` uses it, and what it replaces is kept in {0}/{1}",
                directory.display(),
                from.folder()
            ),
            None => "nothing was written; `--catalog DIR --apply` writes it".into(),
        });
        lines
    }
}

impl Read {
    fn text(&self) -> Vec<String> {
        let Self { sources, nodes, rates, maxmemory, differing, unknown_types, left_out } = self;
        let mut lines: Vec<String> = sources
            .iter()
            .map(|one| format!("[{}] {}, {}", one.key, one.citation, one.date))
            .collect();
        let types = match maxmemory {
            0 => String::new(),
            n => format!(", maxmemory of {n} types"),
        };
        lines.push(format!(
            "read {} prices of nodes, {} of serverless use and backups{types}",
            count(*nodes),
            count(*rates)
        ));
        if !left_out.is_empty() {
            let parts = left_out.iter().map(|(why, n)| format!("{} {n}", why.label()));
            lines.push(format!("left out: {}", parts.collect::<Vec<_>>().join(", ")));
        }
        if !unknown_types.is_empty() {
            let names = unknown_types.iter().map(|(name, regions)| match regions.len() {
                0 => name.clone(),
                n => format!("{name} ({n} {})", if n == 1 { "Region" } else { "Regions" }),
            });
            let names = names.collect::<Vec<_>>().join(", ");
            lines.push(format!("not in the catalog, so not taken: {names}"));
        }
        if !differing.is_empty() {
            let names = differing.join(", ");
            lines.push(format!(
                "maxmemory differs between families, the smallest is taken: {names}"
            ));
        }
        lines
    }
}

fn count(n: usize) -> String {
    numbers::count(num::count(n))
}

/// How many figures of each Region are new, are no more, and are others.
fn counts(changes: &[Change]) -> Table {
    let headings = vec![
        Column::text("Region"),
        Column::count("Added"),
        Column::count("Removed"),
        Column::count("Changed"),
    ];
    let mut regions: BTreeMap<Option<&Region>, [usize; 3]> = BTreeMap::new();
    for change in changes {
        let kind = match (change.was, change.now) {
            (None, _) => 0,
            (Some(_), None) => 1,
            (Some(_), Some(_)) => 2,
        };
        regions.entry(change.key.region()).or_default()[kind] += 1;
    }
    let mut table = Table::new("regions", "What changes where", headings);
    for (region, counts) in regions {
        let name = region.map_or_else(|| "everywhere".to_owned(), ToString::to_string);
        let cells = counts.iter().map(|&n| Cell::number(count(n), num::float_len(n)));
        table.push(Row::new(std::iter::once(Cell::text(name)).chain(cells).collect()));
    }
    table
}

/// Those that change most, in their order.
fn largest(changes: &[Change]) -> Vec<&Change> {
    let size = |change: &Change| match (change.was, change.now, change.percent) {
        (Some(_), Some(_), percent) => (2, percent.unwrap_or_default().abs()),
        (Some(_), None, _) => (1, 0.0),
        (None, _, percent) => (0, percent.unwrap_or_default().abs()),
    };
    let mut order: Vec<usize> = (0..changes.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (size(&changes[a]), size(&changes[b]));
        b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
    });
    order.truncate(SHOWN);
    order.sort_unstable();
    order.into_iter().map(|index| &changes[index]).collect()
}

fn table(changes: &[&Change]) -> Table {
    let headings = vec![
        Column::text("Region"),
        Column::text("Figure"),
        Column::text("Was"),
        Column::text("Is"),
        Column::number("Change", "%"),
    ];
    let mut table = Table::new("changes", "What changes", headings);
    for Change { key, was, now, calculated, percent } in changes {
        let before = match (was, calculated) {
            (Some(was), _) => figure(key, *was),
            (None, Some(calculated)) => format!("{} (calculated)", figure(key, *calculated)),
            (None, None) => "-".into(),
        };
        table.push(Row::new(vec![
            Cell::text(key.region().map_or("everywhere", Region::as_str)),
            Cell::text(key.to_string()),
            Cell::text(before),
            Cell::text(now.map_or_else(|| "-".into(), |now| figure(key, now))),
            percent.map_or_else(Cell::missing, |percent| {
                Cell::number(format!("{percent:+.1}%"), percent)
            }),
        ]));
    }
    table
}

/// A figure in its unit.
fn figure(key: &FigureKey, value: f64) -> String {
    match key {
        FigureKey::Maxmemory { .. } => numbers::count(num::round(value)),
        FigureKey::Price { .. } => format!("${value}"),
        FigureKey::Rate { item, .. } => match item {
            ServerlessItem::DataStored
            | ServerlessItem::Ecpu
            | ServerlessItem::BackupStorage
            | ServerlessItem::CrossAzDataTransfer => format!("${value}"),
            _ => value.to_string(),
        },
    }
}
