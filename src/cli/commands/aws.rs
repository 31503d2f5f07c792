//! `cachefit aws`: what runs in an account, and how it is used.

use serde::Serialize;

use crate::aws::{Deployed, Inventory, Kind, Session, Whose, shortest_period};
use crate::catalog::{Catalog, Region};
use crate::cli::Outcome;
use crate::cli::args::{AccountArgs, AnyFormat, AwsCommand, CatalogArg, MetricsArgs};
use crate::cli::failure::{Failure, MET};
use crate::cli::printer::Printer;
use crate::engine::Product;
use crate::measurement::Stamp;
use crate::render::csv;
use crate::report::{Cell, Column, Row, Table, numbers};
use crate::units::{Usd, num};

use super::chosen::Chosen;
use super::input::now;
use super::plan::runtime;
use super::render::columns;
use super::spec::write_new;
use super::stages::json;

/// A cache with its bill.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    cache: &'a Deployed,
    /// Nodes on demand, without backups and traffic; `None` where no price is known and for
    /// serverless, whose bill follows its use.
    monthly_usd: Option<f64>,
}

/// Lists the caches of a Region, or tells how one was used.
pub(in crate::cli) fn aws(command: &AwsCommand, format: AnyFormat, printer: &Printer) -> Outcome {
    match command {
        AwsCommand::List { account, without_changes, from } => {
            list(account, !without_changes, from, format, printer)
        }
        AwsCommand::Metrics(args) => metrics(args, printer),
    }
}

fn whose(account: &AccountArgs) -> Whose {
    Whose { profile: account.profile.clone(), region: account.region.clone() }
}

/// Writes the metrics file of a cache.
fn metrics(args: &MetricsArgs, printer: &Printer) -> Outcome {
    let MetricsArgs { id, account, days, period, out } = args;
    let period_secs = period.map_or(shortest_period(*days), |period| period.as_secs());
    if period_secs == 0 || !period_secs.is_multiple_of(60) {
        return Err(Failure::MetricsPeriod);
    }
    let end = now();
    let start = Stamp { unix_secs: end.unix_secs.saturating_sub(days * 86_400) };
    let usage = runtime()?.block_on(async {
        let session = Session::open(&whose(account)).await?;
        let cache = session.find(id).await?;
        session.usage(&cache, (start, end), period_secs).await
    })?;
    for missing in &usage.not_collected {
        printer.step(&format!("not collected: {}: {}", missing.what, missing.why));
    }
    let text = serde_json::to_string(&usage).expect("texts and numbers serialise");
    match out {
        None => printer.result(&text),
        Some(path) => {
            write_new(path, &text)?;
            printer.step(&format!("wrote {}", path.display()));
        }
    }
    Ok(MET)
}

/// Lists the caches of a Region.
fn list(
    account: &AccountArgs,
    with_changes: bool,
    from: &CatalogArg,
    format: AnyFormat,
    printer: &Printer,
) -> Outcome {
    let Chosen { catalog, .. } = Chosen::named(from.catalog.as_deref())?;
    let inventory = runtime()?.block_on(async {
        let session = Session::open(&whose(account)).await?;
        session.inventory(with_changes).await
    })?;
    let Inventory { region, caches, remarks } = &inventory;
    let listed: Vec<Listed<'_>> = caches
        .iter()
        .map(|cache| Listed { cache, monthly_usd: monthly(&catalog, region, cache).map(Usd::usd) })
        .collect();
    match format {
        AnyFormat::Json => printer.result(&json(&serde_json::json!({
            "region": region, "caches": listed, "not_collected": remarks,
        }))),
        AnyFormat::Csv => printer.result(csv(&table(region, &listed)).trim_end()),
        AnyFormat::Text if listed.is_empty() => {
            printer.result(&format!("no caches in {region}"));
        }
        AnyFormat::Text => printer.result(&columns(&table(region, &listed)).join("\n")),
    }
    if format != AnyFormat::Json {
        for remark in remarks {
            printer.step(&format!("not collected: {}: {}", remark.what, remark.why));
        }
    }
    Ok(MET)
}

/// Its nodes on demand.
fn monthly(catalog: &Catalog, region: &str, cache: &Deployed) -> Option<Usd> {
    let region = Region::parse(region)?;
    let product = match cache.engine.as_deref()? {
        "valkey" => Product::Valkey,
        "redis" => Product::Redis,
        _ => return None,
    };
    let price = catalog.prices.on_demand(&region, product, cache.node_type.as_deref()?).ok()?;
    let nodes = u64::from(cache.shards?) * u64::from(cache.replicas? + 1);
    Some((price.hourly * nodes).monthly())
}

fn table(region: &str, listed: &[Listed<'_>]) -> Table {
    let mut table = Table::new(
        "caches",
        format!("Caches in {region}"),
        vec![
            Column::text("Cache"),
            Column::text("Kind"),
            Column::text("Status"),
            Column::text("Engine"),
            Column::text("Node type"),
            Column::count("Shards"),
            Column::count("Replicas"),
            Column::text("TLS"),
            Column::text("Auth"),
            Column::number("Reserved", "%"),
            Column::number("Nodes on demand", "USD/month"),
            Column::count("May become"),
        ],
    );
    for Listed { cache, monthly_usd } in listed {
        let text = |text: &Option<String>| text.as_ref().map_or_else(Cell::missing, Cell::text);
        let count = |n: Option<u32>| {
            n.map_or_else(Cell::missing, |n| Cell::number(n.to_string(), f64::from(n)))
        };
        let engine = match (&cache.engine, &cache.version) {
            (Some(engine), Some(version)) => Cell::text(format!("{engine} {version}")),
            (engine, _) => text(engine),
        };
        table.push(Row::new(vec![
            Cell::text(&cache.id),
            Cell::text(cache.kind.label()),
            Cell::text(&cache.status),
            engine,
            text(&cache.node_type),
            count(cache.shards),
            count(cache.replicas.filter(|_| cache.kind != Kind::Serverless)),
            cache.tls.map_or_else(Cell::missing, |tls| Cell::text(if tls { "on" } else { "off" })),
            Cell::text(cache.auth.label()),
            cache.reserved_memory_percent.map_or_else(Cell::missing, |percent| {
                Cell::number(format!("{percent}%"), f64::from(percent))
            }),
            monthly_usd.map_or_else(Cell::missing, |usd| {
                Cell::number(format!("${}", numbers::count(num::round(usd))), usd)
            }),
            cache.may_become.as_ref().map_or_else(Cell::missing, |types| {
                Cell::number(format!("{} types", types.len()), num::float_len(types.len()))
            }),
        ]));
    }
    table
}
