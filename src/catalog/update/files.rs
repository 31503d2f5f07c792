//! What was read since, written into the files of a catalog.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::date::Date;
use crate::catalog::offer::{NodeReading, RateReading};
use crate::catalog::parse::PRICE_COLUMNS;
use crate::catalog::price::Confidence;
use crate::catalog::region::Region;
use crate::catalog::source::{Source, Sources};
use crate::engine::Product;
use crate::units::Bytes;

use super::sheet::Sheet;

/// A catalog's files: their names, as in `prices/us-east-1.csv`, and what they hold.
pub type Files = BTreeMap<String, String>;

/// What was read since.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Update {
    /// Prices, each part with its source.
    pub figures: Vec<Figures>,
    /// What the engine may use on each type; `None`: not read.
    pub maxmemory: Option<MaxMemory>,
}

/// Prices that were read together.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// A row of sources.csv.
    pub source: Source,
    /// The day they held.
    pub date: Date,
    /// Of nodes.
    pub nodes: Vec<NodeReading>,
    /// Of serverless use and backups.
    pub rates: Vec<RateReading>,
}

/// `maxmemory` of node types.
#[derive(Debug, Clone, PartialEq)]
pub struct MaxMemory {
    /// A row of sources.csv.
    pub source: Source,
    /// By full name; types that the catalog does not have are passed over.
    pub of: BTreeMap<String, Bytes>,
}

/// The files with what was read since in them.
///
/// Where nodes of an engine were priced in a Region, their rows replace all of that engine there: a
/// type that is no longer priced has no price from then on, and an old reservation never stands beside
/// a new hourly price. Rates and `maxmemory` replace theirs one by one.
///
/// * `files`: of a catalog that was parsed.
pub fn updated(files: &Files, update: &Update) -> Files {
    let mut files = files.clone();
    let mut sources: Vec<&Source> = Vec::new();
    let nodes = || update.figures.iter().flat_map(|figures| &figures.nodes);
    let replaced: BTreeSet<(&Region, Product)> =
        nodes().map(|reading| (&reading.region, reading.product)).collect();
    let regions: BTreeSet<&Region> = replaced.iter().map(|(region, _)| *region).collect();
    for region in regions {
        let name = format!("prices/{region}.csv");
        let mut sheet = match files.get(&name) {
            Some(text) => Sheet::read(text),
            None => Sheet::new(&PRICE_COLUMNS),
        };
        sheet.retain(|sheet, row| {
            let engine = sheet.get(row, "engine");
            let is_replaced = |product: Product| replaced.contains(&(region, product));
            ![Product::Redis, Product::Valkey]
                .into_iter()
                .any(|product| engine == product.to_string() && is_replaced(product))
        });
        for figures in &update.figures {
            for reading in figures.nodes.iter().filter(|reading| reading.region == *region) {
                sheet.put(None, &price_row(reading, figures));
            }
        }
        files.insert(name, sheet.text());
    }
    edit(&mut files, "serverless.csv", |sheet| {
        for figures in &update.figures {
            for rate in &figures.rates {
                put_rate(sheet, rate, figures);
            }
        }
    });
    for figures in &update.figures {
        if !figures.nodes.is_empty() || !figures.rates.is_empty() {
            sources.push(&figures.source);
        }
    }
    if let Some(maxmemory) = &update.maxmemory {
        edit(&mut files, "node-types.csv", |sheet| {
            if put_maxmemory(sheet, maxmemory) {
                sources.push(&maxmemory.source);
            }
        });
    }
    edit(&mut files, "sources.csv", |sheet| {
        for Source { key, citation, date, note } in sources {
            let known = sheet.position(|sheet, row| sheet.get(row, "key") == key);
            let cells = [key, citation, date, note].map(Clone::clone);
            sheet.put(known, &Sources::COLUMNS.into_iter().zip(cells).collect::<Vec<_>>());
        }
    });
    files
}

fn edit(files: &mut Files, name: &str, change: impl FnOnce(&mut Sheet)) {
    let Some(text) = files.get_mut(name) else { return };
    let mut sheet = Sheet::read(text);
    change(&mut sheet);
    *text = sheet.text();
}

fn price_row(reading: &NodeReading, figures: &Figures) -> Vec<(&'static str, String)> {
    let NodeReading { region: _, node_type, product, purchase, hourly, upfront } = reading;
    vec![
        ("node_type", node_type.clone()),
        ("engine", product.to_string()),
        ("purchase_option", purchase.to_string()),
        ("usd_per_hour", dollars(hourly.nanos())),
        ("upfront_usd", dollars(upfront.nanos())),
        ("effective_usd_per_hour", dollars(reading.effective().nanos())),
        ("as_of_date", figures.date.to_string()),
        ("source", figures.source.key.clone()),
        ("confidence", confidence()),
    ]
}

/// Replaces the row of the same Region, engine and item, or adds one.
fn put_rate(sheet: &mut Sheet, rate: &RateReading, figures: &Figures) {
    let RateReading { region, product, item, price } = rate;
    let engine = product.map_or_else(|| "*".to_owned(), |product| product.to_string());
    let known = sheet.position(|sheet, row| {
        sheet.get(row, "region") == region.as_str()
            && sheet.get(row, "engine") == engine
            && sheet.get(row, "item") == item.name()
    });
    let cells = [
        ("region", region.to_string()),
        ("engine", engine),
        ("item", item.name().to_owned()),
        ("value", dollars(price.nanos())),
        ("unit", item.unit().to_owned()),
        ("as_of_date", figures.date.to_string()),
        ("source", figures.source.key.clone()),
        ("confidence", confidence()),
        ("note", String::new()),
    ];
    sheet.put(known, &cells);
}

/// Writes the figures that are others than those that stand there; whether there were any.
fn put_maxmemory(sheet: &mut Sheet, maxmemory: &MaxMemory) -> bool {
    let mut has_changed = false;
    for (node_type, bytes) in &maxmemory.of {
        let row = sheet.position(|sheet, row| sheet.get(row, "node_type") == node_type);
        let Some(row) = row else { continue };
        let Some(cell) = sheet.cell(row, "maxmemory_bytes") else { continue };
        let text = bytes.get().to_string();
        if *cell != text {
            *cell = text;
            has_changed = true;
            if let Some(source) = sheet.cell(row, "source") {
                let key = &maxmemory.source.key;
                if !source.split(';').any(|known| known == key) {
                    source.push(';');
                    source.push_str(key);
                }
            }
        }
    }
    has_changed
}

/// A figure of the price list itself, read today.
fn confidence() -> String {
    let name = serde_json::to_value(Confidence::High);
    name.ok().and_then(|name| name.as_str().map(str::to_owned)).expect("a unit variant has a name")
}

/// `0.068` of 68,000,000 nano-dollars: exact, without trailing zeros.
fn dollars(nanos: u64) -> String {
    let (whole, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    if rest == 0 {
        return whole.to_string();
    }
    let digits = format!("{rest:09}");
    format!("{whole}.{}", digits.trim_end_matches('0'))
}
