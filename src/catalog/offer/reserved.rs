//! Reservations as `DescribeReservedCacheNodesOfferings` lists them.

use std::collections::BTreeMap;

use crate::catalog::price::{Purchase, Term};
use crate::catalog::region::Region;
use crate::engine::Product;
use crate::units::{Usd, UsdPerHour};

use super::fault::{Fault, OfferError, OfferProblem};
use super::gather::{LeftOut, Scope};
use super::term::{NodeReading, payment_named};

/// One offering of a Region, in AWS's words; what AWS did not tell is `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReservedOffering {
    /// Its identifier.
    pub id: String,
    /// As in `cache.r7g.large`.
    pub node_type: Option<String>,
    /// Seconds.
    pub duration: Option<i32>,
    /// US dollars at once.
    pub fixed: Option<f64>,
    /// As in `valkey`.
    pub engine: Option<String>,
    /// As in `No Upfront`.
    pub payment: Option<String>,
    /// What is charged again and again.
    pub recurring: Vec<Recurring>,
}

/// A charge that recurs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recurring {
    /// US dollars.
    pub amount: Option<f64>,
    /// As in `Hourly`.
    pub frequency: Option<String>,
}

/// Offerings as readings, ascending type, engine and purchase, and what was left out. A price upfront
/// is not the price: it is spread over the term and added to the hourly one.
///
/// * `file`: the call, for problems.
///
/// # Errors
/// Every offering that cannot be used.
pub fn reserved(
    file: &str,
    region: &Region,
    offerings: &[ReservedOffering],
    scope: &Scope,
) -> Result<(Vec<NodeReading>, BTreeMap<LeftOut, u64>), OfferError> {
    let mut readings: BTreeMap<(String, Product, Purchase), NodeReading> = BTreeMap::new();
    let (mut left_out, mut problems) = (BTreeMap::new(), Vec::new());
    for offering in offerings {
        let found = read(region, offering).and_then(|found| match found {
            Ok(reading) if !scope.node_types.contains(&reading.node_type) => Ok(None),
            Ok(reading) => {
                let key = (reading.node_type.clone(), reading.product, reading.purchase);
                match readings.get(&key) {
                    Some(other) if *other == reading => Ok(Some(LeftOut::Repeated)),
                    Some(_) => {
                        let (node_type, _, purchase) = key;
                        let what = format!("{purchase} of {node_type}");
                        Err(Fault::Contradicts { what, other: "another offering".into() })
                    }
                    None => {
                        readings.insert(key, reading);
                        Ok(None)
                    }
                }
            }
            Err(why) => Ok(Some(why)),
        });
        match found {
            Ok(None) => {}
            Ok(Some(why)) => *left_out.entry(why).or_default() += 1,
            Err(fault) => problems.push(OfferProblem {
                file: file.to_owned(),
                line: None,
                sku: Some(offering.id.clone()),
                fault,
            }),
        }
    }
    if problems.is_empty() {
        Ok((readings.into_values().collect(), left_out))
    } else {
        Err(OfferError { problems })
    }
}

fn read(
    region: &Region,
    offering: &ReservedOffering,
) -> Result<Result<NodeReading, LeftOut>, Fault> {
    let ReservedOffering { id: _, node_type, duration, fixed, engine, payment, recurring } =
        offering;
    let product = match engine.as_deref().map(str::to_ascii_lowercase).as_deref() {
        Some("valkey") => Product::Valkey,
        Some("redis") => Product::Redis,
        Some("memcached") => return Ok(Err(LeftOut::Memcached)),
        Some(_) => return Ok(Err(LeftOut::OtherEngine)),
        None => return Err(Fault::Missing { what: "ProductDescription" }),
    };
    let payment = payment.as_deref().ok_or(Fault::Missing { what: "OfferingType" })?;
    let Some(payment) = payment_named(payment) else { return Ok(Err(LeftOut::OtherTerm)) };
    let seconds = duration.ok_or(Fault::Missing { what: "Duration" })?;
    let terms = [Term::OneYear, Term::ThreeYears];
    let term = terms.into_iter().find(|term| u64::try_from(seconds) == Ok(term.hours() * 3600));
    let Some(term) = term else { return Ok(Err(LeftOut::OtherTerm)) };
    let node_type = node_type.clone().ok_or(Fault::Missing { what: "CacheNodeType" })?;
    let upfront = usd("FixedPrice", fixed.unwrap_or_default())?;
    let mut hourly = UsdPerHour::default();
    for charge in recurring {
        match charge.frequency.as_deref() {
            Some("Hourly") => {
                let amount =
                    charge.amount.ok_or(Fault::Missing { what: "RecurringChargeAmount" })?;
                let more = usd("RecurringChargeAmount", amount)?;
                hourly = UsdPerHour::from_nanos(hourly.nanos() + more.nanos());
            }
            other => {
                return Err(Fault::Invalid {
                    what: "RecurringChargeFrequency",
                    found: other.unwrap_or_default().to_owned(),
                    expected: "Hourly",
                });
            }
        }
    }
    let purchase = Purchase::Reserved(term, payment);
    let region = region.clone();
    let reading = NodeReading { region, node_type, product, purchase, hourly, upfront };
    if reading.effective().nanos() == 0 {
        return Err(Fault::NotAPrice { what: purchase.to_string(), found: "0".into() });
    }
    Ok(Ok(reading))
}

fn usd(what: &str, amount: f64) -> Result<Usd, Fault> {
    let price = UsdPerHour::from_usd(amount);
    let price = price
        .ok_or_else(|| Fault::NotAPrice { what: what.to_owned(), found: amount.to_string() })?;
    Ok(Usd::from_nanos(price.nanos()))
}
