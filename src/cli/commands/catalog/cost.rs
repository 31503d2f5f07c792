//! `cachefit catalog cost`: what a bench of node types costs, before there is one.

use crate::catalog::NodeType;
use crate::cli::Outcome;
use crate::cli::args::{CostArgs, Format};
use crate::cli::failure::{Failure, MET, NOT_MET};
use crate::cli::printer::Printer;
use crate::provision::{Bench, BenchCost, BenchItem, bench_cost};
use crate::report::{Cell, Column, Row, Table};

use super::known_region;
use crate::cli::commands::chosen::Chosen;
use crate::cli::commands::render::columns;
use crate::cli::commands::stages::json;

/// Prints what the bench costs at most; [`NOT_MET`] when a price is not known.
pub(super) fn cost(args: &CostArgs, printer: &Printer) -> Outcome {
    let CostArgs { types, region, engine, minutes, host, from } = args;
    let Chosen { catalog, .. } = Chosen::named(from.catalog.as_deref())?;
    let region = known_region(&catalog, region)?;
    let known = |name: &str| {
        let node = catalog.node_type(name);
        node.ok_or_else(|| Failure::NoSuchType { name: name.to_owned() })
    };
    let types =
        types.iter().map(|name| known(name)).collect::<Result<Vec<&NodeType>, Failure>>()?;
    let host = host.as_ref().map(|name| known(&format!("cache.{name}"))).transpose()?;
    let bench =
        Bench { region: &region, product: engine.product, types: &types, host, minutes: *minutes };
    let cost = bench_cost(&catalog, &bench);
    match printer.format() {
        Format::Json => printer.result(&json(&cost)),
        Format::Text => printer.result(&text(&cost, &bench)),
    }
    Ok(if cost.unpriced.is_empty() { MET } else { NOT_MET })
}

fn text(cost: &BenchCost, bench: &Bench<'_>) -> String {
    let time = format!("{} min", bench.minutes);
    let mut table = Table::new(
        "bench",
        "What it costs at most",
        vec![
            Column::text("What"),
            Column::number("On demand", "USD/hour"),
            Column::number(&time, "USD"),
            Column::text("Read"),
        ],
    );
    for BenchItem { name, price, cost } in &cost.items {
        let read = price.as_ref().map(|price| {
            let date = price.reading().date.map_or("undated".into(), |date| date.to_string());
            if price.is_published() { date } else { format!("{date}, calculated") }
        });
        let hourly = price.as_ref().map(|price| price.hourly);
        table.push(Row::new(vec![
            Cell::text(name),
            hourly.map_or_else(Cell::missing, |price| Cell::number(price.to_string(), price.usd())),
            cost.map_or_else(Cell::missing, |cost| Cell::number(cost.to_string(), cost.usd())),
            read.map_or_else(Cell::missing, Cell::text),
        ]));
    }
    let mut lines = columns(&table);
    let at = if cost.unpriced.is_empty() { "at most" } else { "not counting what has no price" };
    lines.push(format!("{at} {} in {time}", cost.total));
    if bench.host.is_some() {
        lines.push("the host is counted as a node of its name, assumed to cost more".into());
    }
    if !cost.unpriced.is_empty() {
        let names = cost.unpriced.join(", ");
        lines.push(format!("no price is known in {} of: {names}", bench.region));
    }
    if !cost.wider_than_host.is_empty() {
        let names = cost.wider_than_host.join(", ");
        lines.push(format!("take a larger host: its network is narrower than that of {names}"));
    }
    lines.join("\n")
}
