//! What of a change looks wrong: a slip of who made the list, or of who read it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::catalog::date::Date;
use crate::catalog::lookup::Catalog;
use crate::catalog::region::Region;
use crate::engine::Product;

use super::diff::{Change, FigureKey};

/// Something to look at before a catalog is replaced.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "warning")]
pub enum Warning {
    /// Figures that move further than prices do.
    Jump {
        /// Where; `None`: no matter of a Region.
        region: Option<Region>,
        /// What moves, and by how many percent; furthest first.
        figures: Vec<(String, f64)>,
    },
    /// Types that lose every price of an engine in a Region.
    Vanishes {
        /// Where.
        region: Region,
        /// Of which engine.
        product: Product,
        /// Which.
        node_types: Vec<String>,
    },
    /// Valkey on demand is not the percentage of Redis that it always was.
    ValkeyRatio {
        /// Where.
        region: Region,
        /// The percentage.
        expected: u8,
        /// Types, and their percentage.
        node_types: Vec<(String, f64)>,
    },
    /// The new readings are older than those they replace.
    Older {
        /// Where.
        region: Region,
        /// The newest of the present catalog.
        was: Date,
        /// The newest of the other.
        now: Date,
    },
}

/// A price moves by that much at most. Chosen: AWS has lowered prices by a fifth to a third and the
/// wrong engine, the wrong unit or a surcharge is further off, or exactly 20 % where the ratio tells.
const JUMP_PERCENT: f64 = 30.0;
/// A ratio may be off by so many points: prices are rounded to a tenth of a cent.
const RATIO_POINTS: f64 = 1.0;

/// Everything that looks wrong.
pub(super) fn warnings(changes: &[Change], from: &Catalog, to: &Catalog) -> Vec<Warning> {
    let mut warnings = jumps(changes);
    warnings.extend(vanished(changes, to));
    warnings.extend(ratios(changes, to));
    warnings.extend(older(from, to));
    warnings
}

fn jumps(changes: &[Change]) -> Vec<Warning> {
    let mut regions: BTreeMap<Option<Region>, Vec<(String, f64)>> = BTreeMap::new();
    for change in changes {
        let Some(percent) = change.percent.filter(|percent| percent.abs() > JUMP_PERCENT) else {
            continue;
        };
        let region = change.key.region().cloned();
        regions.entry(region).or_default().push((change.key.to_string(), percent));
    }
    for figures in regions.values_mut() {
        figures.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    }
    regions.into_iter().map(|(region, figures)| Warning::Jump { region, figures }).collect()
}

fn vanished(changes: &[Change], to: &Catalog) -> Vec<Warning> {
    let mut gone: BTreeMap<(Region, Product), BTreeSet<String>> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.now.is_none()) {
        let FigureKey::Price { region, product, node_type, .. } = &change.key else { continue };
        let readings = to.prices.readings(region, node_type);
        if readings.iter().all(|price| price.product != *product) {
            gone.entry((region.clone(), *product)).or_default().insert(node_type.clone());
        }
    }
    gone.into_iter()
        .map(|((region, product), node_types)| Warning::Vanishes {
            region,
            product,
            node_types: node_types.into_iter().collect(),
        })
        .collect()
}

/// Where a price on demand changed and both engines were read.
fn ratios(changes: &[Change], to: &Catalog) -> Vec<Warning> {
    let mut touched: BTreeMap<&Region, BTreeSet<&str>> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.now.is_some()) {
        if let FigureKey::Price { region, node_type, .. } = &change.key {
            touched.entry(region).or_default().insert(node_type);
        }
    }
    let expected = to.prices.valkey_percent();
    let mut warnings = Vec::new();
    for (region, node_types) in touched {
        let off: Vec<(String, f64)> = node_types
            .into_iter()
            .filter_map(|node_type| {
                let price = |product| {
                    let price = to.prices.on_demand(region, product, node_type).ok()?;
                    price.is_published().then(|| price.hourly.usd())
                };
                let percent = price(Product::Valkey)? / price(Product::Redis)? * 100.0;
                let is_off = (percent - f64::from(expected)).abs() > RATIO_POINTS;
                is_off.then(|| (node_type.to_owned(), percent))
            })
            .collect();
        if !off.is_empty() {
            let region = region.clone();
            warnings.push(Warning::ValkeyRatio { region, expected, node_types: off });
        }
    }
    warnings
}

fn older(from: &Catalog, to: &Catalog) -> impl Iterator<Item = Warning> {
    to.prices.regions().filter_map(|region| {
        let newest = |catalog: &Catalog| Some(catalog.prices.dates(region)?.newest);
        let (was, now) = (newest(from)?, newest(to)?);
        (now < was).then(|| Warning::Older { region: region.clone(), was, now })
    })
}

/// How many of a list are named.
const NAMED: usize = 5;

/// The first of a list, and how many more there are.
fn first<T>(list: &[T], name: impl Fn(&T) -> String) -> String {
    let text = list.iter().take(NAMED).map(name).collect::<Vec<_>>().join(", ");
    match list.len().checked_sub(NAMED) {
        Some(more @ 1..) => format!("{text} and {more} more"),
        _ => text,
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jump { region, figures } => {
                match region {
                    Some(region) => write!(f, "{region}: ")?,
                    None => write!(f, "everywhere: ")?,
                }
                let figures = first(figures, |(what, percent)| format!("{what} {percent:+.1}%"));
                write!(f, "moves by more than {JUMP_PERCENT}%: {figures}")
            }
            Self::Vanishes { region, product, node_types } => {
                let names = first(node_types, String::clone);
                write!(f, "{region}: no {product} price any more: {names}")
            }
            Self::ValkeyRatio { region, expected, node_types } => {
                let names = first(node_types, |(name, percent)| format!("{name} {percent:.1}%"));
                write!(f, "{region}: Valkey is not {expected}% of Redis: {names}")
            }
            Self::Older { region, was, now } => {
                write!(f, "{region}: read on {now}, before the present readings of {was}")
            }
        }
    }
}

impl FigureKey {
    /// Where it holds.
    pub fn region(&self) -> Option<&Region> {
        match self {
            Self::Maxmemory { .. } => None,
            Self::Price { region, .. } => Some(region),
            Self::Rate { region, .. } => region.as_ref(),
        }
    }
}

/// What it is, without its Region.
impl fmt::Display for FigureKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Maxmemory { node_type } => write!(f, "maxmemory of {node_type}"),
            Self::Price { product, node_type, purchase, .. } => {
                write!(f, "{node_type} {product} {purchase}")
            }
            Self::Rate { product: Some(product), item, .. } => {
                write!(f, "{} {product}", item.name())
            }
            Self::Rate { product: None, item, .. } => f.write_str(item.name()),
        }
    }
}
