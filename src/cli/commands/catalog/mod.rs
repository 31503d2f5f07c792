//! `cachefit catalog`: the node types and prices that plans choose from.

mod cost;
mod proposal;
#[cfg(feature = "aws")]
mod refresh;
mod update;

use serde::Serialize;

use crate::catalog::{Catalog, NodeType, Price, PriceGrade, Purchase, Region, Source};
use crate::cli::Outcome;
use crate::cli::args::{CatalogCommand, Format};
use crate::cli::failure::{Failure, MET};
use crate::cli::printer::Printer;
use crate::engine::Product;
use crate::report::{Cell, Column, Row, Table};
use crate::units::{Bytes, BytesPerSec, Fraction};

use super::chosen::Chosen;
use super::render::columns;
use super::stages::json;

/// One node type with its prices in one Region.
#[derive(Serialize)]
struct Listed<'a> {
    node_type: &'a NodeType,
    usable_bytes: Bytes,
    /// On demand; absent where no price is known.
    valkey: Option<Price>,
    redis: Option<Price>,
}

/// Everything known of one node type.
#[derive(Serialize)]
struct Shown<'a> {
    node_type: &'a NodeType,
    usable_bytes: Bytes,
    prices: Vec<Priced>,
    sources: Vec<&'a Source>,
}

/// A price and where it holds.
#[derive(Serialize)]
struct Priced {
    region: Region,
    price: Price,
}

/// Prints the catalog or one type of it, or brings it up to date.
pub(in crate::cli) fn catalog(command: &CatalogCommand, printer: &Printer) -> Outcome {
    match command {
        CatalogCommand::Cost(args) => return cost::cost(args, printer),
        CatalogCommand::List { region, all, from } => {
            let Chosen { catalog, .. } = Chosen::named(from.catalog.as_deref())?;
            let region = known_region(&catalog, region)?;
            let listed: Vec<Listed<'_>> = catalog
                .node_types()
                .iter()
                .filter(|node| *all || node.is_current())
                .map(|node| listed(&catalog, node, &region))
                .collect();
            match printer.format() {
                Format::Json => printer.result(&json(&listed)),
                Format::Text => printer.result(&columns(&table(&listed)).join("\n")),
            }
        }
        CatalogCommand::Show { node_type, from } => {
            let Chosen { catalog, .. } = Chosen::named(from.catalog.as_deref())?;
            let node = catalog
                .node_type(node_type)
                .ok_or_else(|| Failure::NoSuchType { name: node_type.clone() })?;
            let shown = shown(&catalog, node);
            match printer.format() {
                Format::Json => printer.result(&json(&shown)),
                Format::Text => printer.result(&text(&shown)),
            }
        }
        CatalogCommand::Import { offer, update } => {
            return update::import(offer, update, printer);
        }
        #[cfg(feature = "aws")]
        CatalogCommand::Refresh { profile, update } => {
            return refresh::refresh(profile.as_deref(), update, printer);
        }
        #[cfg(not(feature = "aws"))]
        CatalogCommand::Refresh { .. } => return Err(Failure::WithoutAws),
    }
    Ok(MET)
}

fn known_region(catalog: &Catalog, name: &str) -> Result<Region, Failure> {
    let region = Region::parse(name).filter(|region| catalog.prices.regions().any(|r| r == region));
    region.ok_or_else(|| Failure::NoSuchRegion {
        name: name.to_owned(),
        known: catalog.prices.regions().map(ToString::to_string).collect(),
    })
}

fn usable(node: &NodeType) -> Bytes {
    node.usable_memory(Fraction::from_percent(25).expect("a percentage"))
}

fn listed<'a>(catalog: &Catalog, node: &'a NodeType, region: &Region) -> Listed<'a> {
    let price = |product| catalog.prices.on_demand(region, product, &node.name).ok();
    Listed {
        node_type: node,
        usable_bytes: usable(node),
        valkey: price(Product::Valkey),
        redis: price(Product::Redis),
    }
}

fn table(listed: &[Listed<'_>]) -> Table {
    let mut table = Table::new(
        "catalog",
        "Node types",
        vec![
            Column::text("Node type"),
            Column::count("vCPU"),
            Column::number("maxmemory", "bytes"),
            Column::number("Usable at 25%", "bytes"),
            Column::number("Network baseline", "bytes/s"),
            Column::number("Valkey", "USD/hour"),
            Column::number("Redis OSS", "USD/hour"),
        ],
    );
    for one in listed {
        let node = one.node_type;
        let price = |price: &Option<Price>| {
            price.as_ref().map_or_else(Cell::missing, |price| {
                let mark = if price.is_published() { "" } else { " (calculated)" };
                Cell::number(format!("{}{mark}", price.hourly), price.hourly.usd())
            })
        };
        table.push(Row::new(vec![
            Cell::text(&node.name),
            Cell::number(node.vcpus.to_string(), f64::from(node.vcpus)),
            Cell::number(node.maxmemory_bytes.to_string(), node.maxmemory_bytes.float()),
            Cell::number(one.usable_bytes.to_string(), one.usable_bytes.float()),
            node.network_baseline_bytes_per_sec.map_or_else(Cell::missing, |rate| {
                Cell::number(format!("{} Gbit/s", rate.gbps()), rate.per_sec())
            }),
            price(&one.valkey),
            price(&one.redis),
        ]));
    }
    table
}

fn shown<'a>(catalog: &'a Catalog, node: &'a NodeType) -> Shown<'a> {
    let mut prices = Vec::new();
    for region in catalog.prices.regions() {
        for product in [Product::Valkey, Product::Redis] {
            for purchase in Purchase::ALL {
                if let Ok(price) = catalog.prices.price(region, product, &node.name, purchase) {
                    prices.push(Priced { region: region.clone(), price });
                }
            }
        }
    }
    let mut keys: Vec<&String> = node.source.iter().collect();
    keys.extend(prices.iter().flat_map(|priced| &priced.price.reading().source));
    keys.sort();
    keys.dedup();
    let sources = keys.into_iter().filter_map(|key| catalog.sources.get(key)).collect();
    Shown { node_type: node, usable_bytes: usable(node), prices, sources }
}

fn text(shown: &Shown<'_>) -> String {
    let node = shown.node_type;
    let bytes = |bytes: Bytes| format!("{} ({bytes})", bytes.get());
    let gbps = |rate: Option<BytesPerSec>| {
        rate.map_or("not collected".into(), |rate| format!("{} Gbit/s", rate.gbps()))
    };
    let mut lines = vec![
        node.name.clone(),
        format!("  vCPU              {}", node.vcpus),
        format!("  maxmemory         {}", bytes(node.maxmemory_bytes)),
        format!("  usable at 25%     {}", bytes(shown.usable_bytes)),
        format!("  network baseline  {}", gbps(node.network_baseline_bytes_per_sec)),
        format!("  network burst     {}", gbps(node.network_burst_bytes_per_sec)),
        format!("  connections       {}", node.maxclients),
    ];
    let engines: Vec<String> = node.min_versions.iter().map(|v| format!("{v} or later")).collect();
    lines.push(format!("  engines           {}", engines.join(", ")));
    if let Some(credits) = &node.cpu_credits {
        lines.push(format!(
            "  CPU credits       {} of each vCPU for ever, {} earned an hour, {} at most",
            credits.baseline_per_vcpu, credits.earned_per_hour, credits.balance_max
        ));
    }
    lines.push(String::new());
    lines.extend(columns(&prices(shown)));
    lines.push(String::new());
    lines.extend(
        shown
            .sources
            .iter()
            .map(|source| format!("  [{}] {} ({})", source.key, source.citation, source.date)),
    );
    lines.join("\n")
}

fn prices(shown: &Shown<'_>) -> Table {
    let mut table = Table::new(
        "prices",
        "Prices",
        vec![
            Column::text("Region"),
            Column::text("Engine"),
            Column::text("Purchase"),
            Column::number("Effective", "USD/hour"),
            Column::number("A month", "USD"),
            Column::text("Grade"),
            Column::text("Read"),
            Column::text("Source"),
        ],
    );
    for Priced { region, price } in &shown.prices {
        let reading = price.reading();
        let grade = match &price.grade {
            PriceGrade::Published(_) => "published".to_owned(),
            PriceGrade::Calculated { rule, .. } => format!("calculated: {}", rule.name),
        };
        table.push(Row::new(vec![
            Cell::text(region.to_string()),
            Cell::text(price.product.to_string()),
            Cell::text(price.purchase.name()),
            Cell::number(price.hourly.to_string(), price.hourly.usd()),
            Cell::number(price.hourly.monthly().to_string(), price.hourly.monthly().usd()),
            Cell::text(grade),
            Cell::text(reading.date.map_or("undated".into(), |date| date.to_string())),
            Cell::text(reading.source.join(" ")),
        ]));
    }
    table
}
