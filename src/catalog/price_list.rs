//! Prices by Region, node type and engine; rules fill in what was not read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::Product;
use crate::units::Usd;

use super::date::Date;
use super::price::{Payment, Price, PriceGrade, Purchase, Rule};
use super::region::Region;

/// All prices that were read, and the rules for those that were not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriceList {
    pub(super) rules: PriceRules,
    /// By Region and node type; ascending engine and purchase.
    pub(super) readings: BTreeMap<Region, BTreeMap<String, Vec<Price>>>,
}

/// The ratios that fill in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct PriceRules {
    /// Valkey over Redis.
    pub(super) valkey: Rule,
    /// Reserved over on demand; one for each way to reserve.
    pub(super) reserved: BTreeMap<Purchase, Rule>,
}

/// No price was read and none can be calculated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("no {purchase} price of {node_type} with {product} is known in {region}")]
pub struct Unpriced {
    /// Where.
    pub region: Region,
    /// Of what.
    pub node_type: String,
    /// With which engine.
    pub product: Product,
    /// Bought how.
    pub purchase: Purchase,
    /// What is missing.
    pub reason: UnpricedReason,
}

/// Why a price is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnpricedReason {
    /// The catalog has no price of any node type in this Region.
    NoRegion,
    /// It has prices there, but none from which this one follows.
    NoReading,
}

/// The oldest and the newest day of some readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateRange {
    /// The oldest.
    pub oldest: Date,
    /// The newest.
    pub newest: Date,
}

impl PriceList {
    /// What one node costs in a Region.
    ///
    /// A reading when there is one. Otherwise a Valkey price is calculated from the Redis reading,
    /// and a reserved price without either from the on-demand price; both are graded so.
    ///
    /// # Errors
    /// When neither a reading nor a rule gives a price: it is unknown, not zero.
    pub fn price(
        &self,
        region: &Region,
        product: Product,
        node_type: &str,
        purchase: Purchase,
    ) -> Result<Price, Unpriced> {
        let unpriced = |reason| Unpriced {
            region: region.clone(),
            node_type: node_type.to_owned(),
            product,
            purchase,
            reason,
        };
        let region_prices =
            self.readings.get(region).ok_or_else(|| unpriced(UnpricedReason::NoRegion))?;
        let readings = region_prices.get(node_type).map_or(&[][..], Vec::as_slice);
        self.known(readings, product, purchase).ok_or_else(|| unpriced(UnpricedReason::NoReading))
    }

    /// [`Self::price`] on demand.
    ///
    /// # Errors
    /// As [`Self::price`].
    pub fn on_demand(
        &self,
        region: &Region,
        product: Product,
        node_type: &str,
    ) -> Result<Price, Unpriced> {
        self.price(region, product, node_type, Purchase::OnDemand)
    }

    /// Every price of one node type that was read, not calculated: ascending engine and purchase.
    pub fn readings(&self, region: &Region, node_type: &str) -> &[Price] {
        self.readings.get(region).and_then(|types| types.get(node_type)).map_or(&[], Vec::as_slice)
    }

    /// Every price that was read, with its Region and node type: ascending both, then engine and
    /// purchase.
    pub(super) fn all_readings(&self) -> impl Iterator<Item = (&Region, &str, &Price)> {
        self.readings.iter().flat_map(|(region, types)| {
            types.iter().flat_map(move |(node_type, prices)| {
                prices.iter().map(move |price| (region, node_type.as_str(), price))
            })
        })
    }

    /// What Valkey costs in percent of Redis, by the rule that fills in.
    pub(super) fn valkey_percent(&self) -> u8 {
        self.rules.valkey.percent
    }

    /// Forgets the readings that are not to be kept; what rules give from them goes as well.
    pub fn retain(&mut self, keep: impl Fn(&Price) -> bool) {
        for prices in self.readings.values_mut().flat_map(BTreeMap::values_mut) {
            prices.retain(&keep);
        }
    }

    /// The Regions with any price, ascending name.
    pub fn regions(&self) -> impl Iterator<Item = &Region> {
        self.readings.keys()
    }

    /// From when to when the Region's prices were read; undated readings do not count.
    /// `None` when no reading bears a date.
    pub fn dates(&self, region: &Region) -> Option<DateRange> {
        let dates = || {
            let types = self.readings.get(region).into_iter().flat_map(BTreeMap::values);
            types.flatten().filter_map(|price| price.reading().date)
        };
        Some(DateRange { oldest: dates().min()?, newest: dates().max()? })
    }

    /// The newest day of any reading; `None` when none bears a date.
    pub fn newest_reading(&self) -> Option<Date> {
        self.regions().filter_map(|region| Some(self.dates(region)?.newest)).max()
    }

    fn known(&self, readings: &[Price], product: Product, purchase: Purchase) -> Option<Price> {
        let reading = |product| {
            readings.iter().find(|price| price.product == product && price.purchase == purchase)
        };
        if let Some(price) = reading(product) {
            return Some(price.clone());
        }
        if product == Product::Valkey
            && let Some(redis) = reading(Product::Redis)
        {
            return Some(valkey_from(redis, &self.rules.valkey));
        }
        let rule = self.rules.reserved.get(&purchase)?;
        let on_demand = self.known(readings, product, Purchase::OnDemand)?;
        Some(reserved_from(on_demand, purchase, rule))
    }
}

/// The rule holds for the hourly and the upfront part alike (c7gn.large, source P5).
fn valkey_from(redis: &Price, rule: &Rule) -> Price {
    let percent = u64::from(rule.percent);
    Price {
        product: Product::Valkey,
        purchase: redis.purchase,
        hourly: redis.hourly.percent(percent),
        upfront: redis.upfront.map(|usd| Usd::from_nanos(usd.nanos() / 100 * percent)),
        grade: PriceGrade::Calculated { rule: rule.clone(), from: Box::new(redis.clone()) },
    }
}

fn reserved_from(on_demand: Price, purchase: Purchase, rule: &Rule) -> Price {
    let hourly = on_demand.hourly.percent(u64::from(rule.percent));
    let upfront = match purchase {
        Purchase::OnDemand | Purchase::Reserved(_, Payment::NoUpfront) => Some(Usd::ZERO),
        Purchase::Reserved(_, Payment::PartialUpfront) => None,
        Purchase::Reserved(term, Payment::AllUpfront) => {
            Some(Usd::from_nanos((hourly * term.hours()).nanos()))
        }
    };
    Price {
        product: on_demand.product,
        purchase,
        hourly,
        upfront,
        grade: PriceGrade::Calculated { rule: rule.clone(), from: Box::new(on_demand) },
    }
}
