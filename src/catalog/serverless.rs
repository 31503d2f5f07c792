//! ElastiCache Serverless: rates, minimums and the bill.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::engine::Product;
use crate::units::{Bytes, OpsPerSec, Usd, UsdPerHour};

use super::date::Date;
use super::price::Published;
use super::problem::{Problem, ProblemKind};
use super::region::Region;
use super::table::{Table, decimal, named};

/// One row of instance-catalog/serverless.csv.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerlessRow {
    /// Where it applies; `None`: everywhere.
    pub region: Option<Region>,
    /// To which engine; `None`: to both.
    pub product: Option<Product>,
    /// What it is about.
    pub item: ServerlessItem,
    /// The figure, in the item's unit.
    pub value: f64,
    /// Where it was read.
    pub published: Published,
    /// What to know about it; often empty.
    pub note: String,
}

/// What is charged, and the figures around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerlessItem {
    /// Data at rest, US dollars per GB and hour.
    DataStored,
    /// Processing units, US dollars per million.
    Ecpu,
    /// The least data a cache is charged for, GB.
    MinimumMeteredData,
    /// What AWS says Valkey saves over Redis, percent.
    DiscountVsRedisServerless,
    /// What a simple command costs, ECPU per KB moved, at least one.
    EcpuSimpleCommand,
    /// Backups, US dollars per GB and month.
    BackupStorage,
    /// Traffic between zones, US dollars per GB each way; charged to the client's host.
    CrossAzDataTransfer,
}

/// All of serverless.csv.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Serverless {
    rows: Vec<ServerlessRow>, // ascending item, Region, engine
}

/// What a serverless cache costs in one Region with one engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerlessRates {
    /// US dollars per hour for each GB of data.
    #[serde(rename = "per_gb_nano_usd_per_hour")]
    pub per_gb: UsdPerHour,
    /// US dollars for a million ECPU.
    #[serde(rename = "per_million_ecpu_nano_usd")]
    pub per_million_ecpu: Usd,
    /// The least data that is charged.
    #[serde(rename = "minimum_data_bytes")]
    pub minimum_data: Bytes,
    /// Where the rate of data was read.
    pub data_published: Published,
    /// Where the rate of ECPU was read.
    pub ecpu_published: Published,
}

/// A GB on the bill, of data, backups and traffic. AWS does not say whether it has 10^9 or 2^30 bytes; 10^9 gives the higher bill.
pub const BILLED_GB: Bytes = Bytes::new(1_000_000_000);

impl Serverless {
    /// The rates in a Region; `None` when one of them was not read there.
    pub fn rates(&self, region: &Region, product: Product) -> Option<ServerlessRates> {
        let find = |item| self.find(item, region, product);
        let data = find(ServerlessItem::DataStored)?;
        let ecpu = find(ServerlessItem::Ecpu)?;
        let minimum = find(ServerlessItem::MinimumMeteredData)?;
        Some(ServerlessRates {
            per_gb: UsdPerHour::from_usd(data.value)?,
            per_million_ecpu: Usd::from_nanos(UsdPerHour::from_usd(ecpu.value)?.nanos()),
            minimum_data: BILLED_GB.scale(minimum.value),
            data_published: data.published.clone(),
            ecpu_published: ecpu.published.clone(),
        })
    }

    /// The row that applies: one of the Region and engine before one that applies everywhere.
    pub fn find(
        &self,
        item: ServerlessItem,
        region: &Region,
        product: Product,
    ) -> Option<&ServerlessRow> {
        self.rows
            .iter()
            .filter(|row| row.item == item)
            .filter(|row| row.region.as_ref().is_none_or(|r| r == region))
            .filter(|row| row.product.is_none_or(|p| p == product))
            .max_by_key(|row| (row.region.is_some(), row.product.is_some()))
    }

    /// All rows: ascending item, Region and engine.
    pub fn rows(&self) -> &[ServerlessRow] {
        &self.rows
    }

    pub(super) const COLUMNS: [&'static str; 9] =
        ["region", "engine", "item", "value", "unit", "as_of_date", "source", "confidence", "note"];

    pub(super) fn read(
        table: &Table<'_>,
        sources: &BTreeSet<String>,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut rows = Vec::new();
        for row in table.rows() {
            let mut cells = row.cells(problems);
            let region = cells.read("region", "a Region or *", any_or(Region::parse));
            let product = cells.read("engine", "an engine (redis or valkey) or *", any_or(named));
            let item: Option<ServerlessItem> = cells.read("item", "an item of the bill", named);
            let value = cells.read("value", "a number, zero or above", decimal);
            let unit = cells.text("unit");
            let date = cells.optional("as_of_date", "a date like 2026-10-02", Date::parse);
            let source = cells.sources(sources);
            let confidence = cells.read("confidence", "high, medium or low", named);
            let note = cells.optional_text("note");
            if let (Some(item), Some(found)) = (item, unit)
                && found != item.unit()
            {
                let (name, expected) = (item.name().to_owned(), item.unit().to_owned());
                cells.note("unit", ProblemKind::WrongUnit { name, found, expected });
            }
            if let (Some(region), Some(product), Some(item), Some(value)) =
                (region, product, item, value)
                && let (Some(source), Some(confidence)) = (source, confidence)
            {
                let published = Published { source, date, confidence };
                rows.push(ServerlessRow { region, product, item, value, published, note });
            }
        }
        table.refuse_duplicates(&["item", "region", "engine"], problems);
        rows.sort_by(|a, b| (a.item, &a.region, a.product).cmp(&(b.item, &b.region, b.product)));
        Self { rows }
    }
}

impl ServerlessRates {
    /// What an hour costs: data at rest, at least the minimum, and the ECPU of an hour.
    ///
    /// * `data`: mean over the hour.
    /// * `ecpu`: ECPU per second, mean over the hour. A simple command is one for each KB it moves
    ///   and at least one; other commands cost the more of that and their relative CPU time.
    ///
    /// Source: L10, P17.
    pub fn hourly(&self, data: Bytes, ecpu: OpsPerSec) -> UsdPerHour {
        let billed_gb = data.max(self.minimum_data) / BILLED_GB;
        let million_ecpu = ecpu.per_sec() * 3600.0 / 1e6;
        let usd = billed_gb * self.per_gb.usd() + million_ecpu * self.per_million_ecpu.usd();
        UsdPerHour::from_usd(usd).expect("a sum of products of valid quantities")
    }
}

impl ServerlessItem {
    /// As serverless.csv writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DataStored => "data_stored",
            Self::Ecpu => "ecpu",
            Self::MinimumMeteredData => "minimum_metered_data",
            Self::DiscountVsRedisServerless => "discount_vs_redis_serverless",
            Self::EcpuSimpleCommand => "ecpu_simple_command",
            Self::BackupStorage => "backup_storage",
            Self::CrossAzDataTransfer => "cross_az_data_transfer",
        }
    }

    /// The only unit its figures may be in.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::DataStored => "usd_per_gb_hour",
            Self::Ecpu => "usd_per_million_ecpu",
            Self::MinimumMeteredData => "gb_per_cache",
            Self::DiscountVsRedisServerless => "percent",
            Self::EcpuSimpleCommand => "ecpu_per_kb",
            Self::BackupStorage => "usd_per_gb_month",
            Self::CrossAzDataTransfer => "usd_per_gb_each_way",
        }
    }
}

/// A reader for cells where `*` means any.
fn any_or<T>(read: impl FnOnce(&str) -> Option<T>) -> impl FnOnce(&str) -> Option<Option<T>> {
    move |text| if text == "*" { Some(None) } else { read(text).map(Some) }
}
