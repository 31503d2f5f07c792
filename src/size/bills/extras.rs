//! What comes on top of the nodes: backups, traffic between zones, Extended Support.

use serde::{Deserialize, Serialize};

use crate::catalog::{
    BILLED_GB, Catalog, Date, LimitUnit, LimitValue, Price, Region, ServerlessItem, ServerlessRow,
};
use crate::engine::{EngineVersion, Product};
use crate::evidence::Grade;
use crate::size::{Choice, Layout};
use crate::spec::{Durability, PlanSpec};
use crate::units::{Bytes, HOURS_PER_MONTH, Usd, num};

use super::serverless::figure;

/// Months of Extended Support at its first rate; the second is for the rest. Source: L12.
const FIRST_RATE_MONTHS: u32 = 24;

/// Something on top of the nodes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Extra {
    /// What.
    pub item: ExtraItem,
    /// A month, now; `None`: unpriced or not measured.
    #[serde(rename = "now_nano_usd")]
    pub now: Option<Usd>,
    /// A month, at the horizon.
    #[serde(rename = "at_horizon_nano_usd")]
    pub at_horizon: Option<Usd>,
    /// Over all months.
    #[serde(rename = "over_horizon_nano_usd")]
    pub over_horizon: Option<Usd>,
    /// How well it is known.
    pub grade: Grade,
    /// Keys of sources.csv; empty where nothing is charged.
    pub source: Vec<String>,
    /// When the rate was read; `None`: undated, or nothing is charged.
    pub date: Option<Date>,
    /// How the figure comes about, one sentence.
    pub note: String,
}

/// What comes on top of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtraItem {
    /// Storage of backups.
    Backups,
    /// Between clients and nodes in different Availability Zones; the client's host is charged.
    CrossAzTraffic,
    /// Of engine versions past their end of life.
    ExtendedSupport,
    /// Of writes that survive the loss of a shard.
    Durability,
}

impl ExtraItem {
    /// The words a report prints.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Backups => "backup storage",
            Self::CrossAzTraffic => "traffic across zones",
            Self::ExtendedSupport => "Extended Support",
            Self::Durability => "durable writes",
        }
    }
}

/// What a plan costs besides its nodes.
pub(super) struct Extras<'a> {
    pub(super) spec: &'a PlanSpec,
    pub(super) catalog: &'a Catalog,
    pub(super) region: &'a Region,
    pub(super) choice: &'a Choice,
    /// What totals are over.
    pub(super) months: u32,
    /// The day that stands for today.
    pub(super) today: Option<Date>,
    /// Bytes between clients and nodes per operation, packet headers included, both directions.
    pub(super) wire_bytes: Option<f64>,
}

impl Extras<'_> {
    /// All of them, in the order of [`ExtraItem`]; durable writes only where they are asked for.
    pub(super) fn all(&self) -> Vec<Extra> {
        let mut all = vec![self.backups(), self.cross_az(), self.extended_support()];
        all.extend(self.spec.production.durability.map(|durability| self.durability(durability)));
        all
    }

    fn rate(&self, item: ServerlessItem) -> Option<&ServerlessRow> {
        self.catalog.serverless.find(item, self.region, self.choice.engine.product)
    }

    /// A charge in proportion to growth: `monthly` at today's keys and load.
    fn growing(&self, item: ExtraItem, monthly: Option<f64>, row: Option<&ServerlessRow>) -> Extra {
        let at = |month| monthly.map(|usd| usd * self.spec.growth_in(month));
        let total = (0..self.months).map(at).sum::<Option<f64>>();
        Extra {
            item,
            now: at(0).map(dollars),
            at_horizon: at(self.spec.capacity.horizon_months).map(dollars),
            over_horizon: total.map(dollars),
            grade: if monthly.is_some() { Grade::Assumed } else { Grade::NotCollected },
            source: row.map_or_else(Vec::new, |row| row.published.source.clone()),
            date: row.and_then(|row| row.published.date),
            note: String::new(),
        }
    }

    /// Each backup is taken as large as keys and values are in memory; one is free of charge.
    fn backups(&self) -> Extra {
        let days = self.spec.capacity.backups_kept_days;
        if days == 0 {
            return nothing(ExtraItem::Backups, Grade::Calculated, "the plan keeps no backups");
        }
        let row = self.rate(ServerlessItem::BackupStorage);
        let shards = u64::from(self.choice.layout.shards);
        let bytes = self.choice.memory_today.records_bytes * shards;
        let monthly = row.map(|row| backup_usd(bytes, days, row.value));
        let note = match row {
            Some(_) => format!(
                "{days} backups of {bytes}, as large as keys and values in memory; one is free"
            ),
            None => "no rate of this Region was read".into(),
        };
        Extra { note, ..self.growing(ExtraItem::Backups, monthly, row) }
    }

    fn cross_az(&self) -> Extra {
        let item = ExtraItem::CrossAzTraffic;
        let (share, basis) = self.cross_az_share();
        if share <= 0.0 {
            return nothing(item, Grade::Assumed, &format!("nothing crosses zones: {basis}"));
        }
        let row = self.rate(ServerlessItem::CrossAzDataTransfer);
        let objective = self.spec.objective;
        let mean = objective.peak.per_sec() * objective.profile.mean().get();
        let monthly = row
            .zip(self.wire_bytes)
            .map(|(row, bytes)| traffic_usd(mean * bytes * share, row.value));
        let note = format!(
            "{:.0}% of the traffic crosses, {basis}; each GB is charged once, at the client's host",
            share * 100.0
        );
        Extra { note, ..self.growing(item, monthly, row) }
    }

    /// The plan's share, or with Multi-AZ (k − 1)/k of clients that are spread evenly over the k
    /// zones of a shard's nodes, at most three.
    fn cross_az_share(&self) -> (f64, &'static str) {
        let capacity = &self.spec.capacity;
        match capacity.cross_az_share {
            Some(share) => (share.get(), "as the plan says"),
            None if !capacity.multi_az => (0.0, "clients are taken to stand in the nodes' zone"),
            None => {
                let zones = (self.choice.layout.replicas + 1).min(3);
                let share = f64::from(zones - 1) / f64::from(zones);
                (share, "clients being taken as spread evenly over the nodes' zones")
            }
        }
    }

    /// A share of the nodes' price on demand. Source: limits.csv, `durability_…_price_uplift`.
    fn durability(&self, durability: Durability) -> Extra {
        let item = ExtraItem::Durability;
        let (row, mode) = match durability {
            Durability::Sync => ("durability_sync_price_uplift", "synchronous"),
            Durability::Async => ("durability_async_price_uplift", "asynchronous"),
        };
        let limits = &self.catalog.limits;
        let node = self.on_demand();
        let Some((percent, node)) = figure(limits, row, LimitUnit::Percent).zip(node) else {
            return unknown(item, "the node type is unpriced");
        };
        let month = share_of(&node, percent, self.choice.layout);
        Extra {
            item,
            now: Some(month),
            at_horizon: Some(month),
            over_horizon: Some(month * u64::from(self.months)),
            grade: Grade::Calculated,
            source: limits.get(row).map_or_else(Vec::new, |limit| limit.source.clone()),
            date: None,
            note: format!(
                "{mode}: {percent} % of the nodes' price on demand; reservations are taken not to \
                 lower it"
            ),
        }
    }

    fn on_demand(&self) -> Option<Price> {
        let Choice { engine, node_type, .. } = self.choice;
        self.catalog.prices.on_demand(self.region, engine.product, node_type).ok()
    }

    fn extended_support(&self) -> Extra {
        let item = ExtraItem::ExtendedSupport;
        let engine = self.choice.engine;
        let Some((first, last)) = extended_support_dates(self.catalog, engine) else {
            let note = format!("none is announced for {engine}");
            return nothing(item, Grade::Published, &note);
        };
        let Some(today) = self.today else {
            return unknown(item, "no price bears a date to count months from");
        };
        let node = self.on_demand();
        let month = |month: u32| {
            let at = today.months() + month;
            surcharge(self.catalog, node.as_ref()?, self.choice.layout, (first, last), at)
        };
        let total = (0..self.months).map(month).sum();
        Extra {
            item,
            now: month(0),
            at_horizon: month(self.spec.capacity.horizon_months),
            over_horizon: total,
            grade: Grade::Calculated,
            source: vec!["L12".into()],
            date: None,
            note: format!(
                "{engine} is in Extended Support from {first} to {last}; reservations do not \
                 lower it"
            ),
        }
    }
}

/// Dollars a month for daily backups of `bytes` kept that many days, the first being free.
/// Source: L20.
///
/// * `rate`: dollars per GB and month.
pub(super) fn backup_usd(bytes: Bytes, days: u32, rate: f64) -> f64 {
    bytes / BILLED_GB * f64::from(days.saturating_sub(1)) * rate
}

/// Dollars a month for so many bytes per second at `rate` dollars per GB.
fn traffic_usd(bytes_per_sec: f64, rate: f64) -> f64 {
    bytes_per_sec * 3600.0 * num::float(HOURS_PER_MONTH) / BILLED_GB.float() * rate
}

/// First and last day of a version's Extended Support; `None`: none is announced.
fn extended_support_dates(catalog: &Catalog, engine: EngineVersion) -> Option<(Date, Date)> {
    if engine.product != Product::Redis || engine.major != 6 {
        return None;
    }
    let LimitValue::Text(span) = &catalog.limits.get("extended_support_redis_6")?.value else {
        return None;
    };
    let (first, last) = span.split_once(" to ")?;
    Some((Date::parse(first)?, Date::parse(last)?))
}

/// What Extended Support adds to a layout in the calendar month numbered `at`; nothing before it
/// begins; `None` after its end, when AWS runs the version no more.
pub(super) fn surcharge(
    catalog: &Catalog,
    node: &Price,
    layout: Layout,
    (first, last): (Date, Date),
    at: u32,
) -> Option<Usd> {
    let Some(into) = at.checked_sub(first.months()) else { return Some(Usd::ZERO) };
    if at > last.months() {
        return None;
    }
    let row =
        if into < FIRST_RATE_MONTHS { "extended_support_y1_y2" } else { "extended_support_y3" };
    let percent = figure(&catalog.limits, row, LimitUnit::Percent)?;
    Some(share_of(node, percent, layout))
}

/// So many per cent of a month of all nodes.
fn share_of(node: &Price, percent: f64, layout: Layout) -> Usd {
    (node.hourly.percent(num::round(percent)) * u64::from(layout.nodes)).monthly()
}

fn nothing(item: ExtraItem, grade: Grade, note: &str) -> Extra {
    Extra {
        item,
        now: Some(Usd::ZERO),
        at_horizon: Some(Usd::ZERO),
        over_horizon: Some(Usd::ZERO),
        grade,
        source: Vec::new(),
        date: None,
        note: note.into(),
    }
}

fn unknown(item: ExtraItem, note: &str) -> Extra {
    Extra {
        now: None,
        at_horizon: None,
        over_horizon: None,
        ..nothing(item, Grade::NotCollected, note)
    }
}

fn dollars(usd: f64) -> Usd {
    Usd::from_nanos(num::round(usd * 1e9))
}
