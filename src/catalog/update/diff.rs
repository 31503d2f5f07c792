//! How two catalogs differ in their figures.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::artifact::Digest;
use crate::catalog::date::Date;
use crate::catalog::lookup::Catalog;
use crate::catalog::price::Purchase;
use crate::catalog::region::Region;
use crate::catalog::serverless::ServerlessItem;
use crate::engine::Product;

use super::warning::{Warning, warnings};

/// What changes from one catalog to another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diff {
    /// The present one.
    pub from: Edition,
    /// The one that would replace it.
    pub to: Edition,
    /// Figures that are others, in the order of [`FigureKey`].
    pub changes: Vec<Change>,
    /// Figures that are the same.
    pub unchanged: u64,
    /// What looks wrong.
    pub warnings: Vec<Warning>,
}

/// Which catalog it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edition {
    /// Of its contents.
    pub digest: Digest,
    /// The day of its newest price.
    pub date: Option<Date>,
}

/// A figure that is another, is new, or is no more.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// What it is the figure of.
    #[serde(flatten)]
    pub key: FigureKey,
    /// In the item's unit; `None`: it was not there.
    pub was: Option<f64>,
    /// In the item's unit; `None`: it is no more.
    pub now: Option<f64>,
    /// For a new price, what rules gave before it was read.
    pub calculated: Option<f64>,
    /// From the old figure, or the one that was calculated, to the new one.
    pub percent: Option<f64>,
}

/// What a figure belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum FigureKey {
    /// `maxmemory` of a type, bytes.
    Maxmemory {
        /// As in `cache.r7g.large`.
        node_type: String,
    },
    /// A node with what is paid upfront spread over the term, US dollars an hour.
    Price {
        /// Where.
        region: Region,
        /// With which engine.
        product: Product,
        /// As in `cache.r7g.large`.
        node_type: String,
        /// Bought how.
        purchase: Purchase,
    },
    /// Serverless use or backups, in the unit of serverless.csv.
    Rate {
        /// Where; `None`: everywhere.
        region: Option<Region>,
        /// With which engine; `None`: with any.
        product: Option<Product>,
        /// Of what.
        item: ServerlessItem,
    },
}

impl Diff {
    /// Compares every figure of both.
    pub fn between(from: &Catalog, to: &Catalog) -> Self {
        let (old, new) = (figures(from), figures(to));
        let keys: BTreeSet<&FigureKey> = old.keys().chain(new.keys()).collect();
        let mut unchanged = 0;
        let mut changes = Vec::new();
        for key in keys {
            let (was, now) = (old.get(key).copied(), new.get(key).copied());
            if was.zip(now).is_some_and(|(was, now)| was.total_cmp(&now).is_eq()) {
                unchanged += 1;
                continue;
            }
            let calculated = if was.is_none() { calculated(from, key) } else { None };
            let percent = was.or(calculated).zip(now).map(|(was, now)| (now - was) / was * 100.0);
            let percent = percent.filter(|percent| percent.is_finite());
            changes.push(Change { key: key.clone(), was, now, calculated, percent });
        }
        let warnings = warnings(&changes, from, to);
        Self { from: Edition::of(from), to: Edition::of(to), changes, unchanged, warnings }
    }
}

impl Edition {
    /// Of a catalog.
    pub fn of(catalog: &Catalog) -> Self {
        let digest = Digest::of(&catalog.fingerprint_text());
        Self { digest, date: catalog.prices.newest_reading() }
    }

    /// A name for a folder that holds it: equal catalogs have equal names.
    pub fn folder(&self) -> String {
        match self.date {
            Some(date) => format!("{date}-{}", self.digest.short()),
            None => format!("undated-{}", self.digest.short()),
        }
    }
}

/// `of 2026-10-02 (0123456789ab)`.
impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date {
            Some(date) => write!(f, "of {date} ({})", self.digest.short()),
            None => write!(f, "without dates ({})", self.digest.short()),
        }
    }
}

/// Every figure that an update may change.
fn figures(catalog: &Catalog) -> BTreeMap<FigureKey, f64> {
    let mut figures = BTreeMap::new();
    for node in catalog.node_types() {
        let key = FigureKey::Maxmemory { node_type: node.name.clone() };
        figures.insert(key, node.maxmemory_bytes.float());
    }
    for (region, node_type, price) in catalog.prices.all_readings() {
        let key = FigureKey::Price {
            region: region.clone(),
            product: price.product,
            node_type: node_type.to_owned(),
            purchase: price.purchase,
        };
        figures.insert(key, price.hourly.usd());
    }
    for row in catalog.serverless.rows() {
        let (region, product, item) = (row.region.clone(), row.product, row.item);
        figures.insert(FigureKey::Rate { region, product, item }, row.value);
    }
    figures
}

/// What rules gave for a price that was not read.
fn calculated(catalog: &Catalog, key: &FigureKey) -> Option<f64> {
    let FigureKey::Price { region, product, node_type, purchase } = key else { return None };
    let price = catalog.prices.price(region, *product, node_type, *purchase).ok()?;
    Some(price.hourly.usd())
}
