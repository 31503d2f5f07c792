//! Prices of one product: which term each part belongs to, and what the parts make together.

use std::collections::BTreeMap;
use std::fmt;

use crate::catalog::price::{Payment, Purchase, Term};
use crate::catalog::region::Region;
use crate::catalog::serverless::ServerlessItem;
use crate::engine::Product;
use crate::units::{Usd, UsdPerHour};

use super::fault::Fault;
use super::sku::Subject;

/// What one node costs, as the list says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeReading {
    /// Where.
    pub region: Region,
    /// As in `cache.r7g.large`.
    pub node_type: String,
    /// With which engine.
    pub product: Product,
    /// Bought how.
    pub purchase: Purchase,
    /// Charged for each hour.
    pub hourly: UsdPerHour,
    /// Charged at once.
    pub upfront: Usd,
}

/// What a unit of something else costs, as the list says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateReading {
    /// Where.
    pub region: Region,
    /// With which engine; `None`: with any.
    pub product: Option<Product>,
    /// Of what.
    pub item: ServerlessItem,
    /// In the item's unit, of which ECPU has a million.
    pub price: Usd,
}

/// One part of a price.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) line: Option<u64>,
    /// The key of its term, which parts of one reservation share.
    pub(super) term: String,
    /// `1yr` or `3yr`; none on demand.
    pub(super) lease: Option<String>,
    /// `No Upfront` and so on; none on demand.
    pub(super) payment: Option<String>,
    pub(super) unit: String,
    /// As it stands there; none where there is no price in dollars.
    pub(super) usd: Option<String>,
}

/// What the parts of one product make, and what is wrong with them.
#[derive(Default)]
pub(super) struct Priced {
    pub(super) nodes: Vec<NodeReading>,
    pub(super) rates: Vec<RateReading>,
    pub(super) faults: Vec<(Option<u64>, Fault)>,
    /// Terms that the catalog has no name for.
    pub(super) other_terms: u64,
}

/// US dollars that one ECPU may cost at most. Published rates are two to six billionths
/// (serverless.csv); a rate for a thousand or a million units lies above.
const MOST_PER_ECPU: f64 = 1e-6;

impl NodeReading {
    /// The hourly charge with the upfront one spread over the term, to the nearest nano-dollar.
    pub fn effective(&self) -> UsdPerHour {
        let spread = match self.purchase {
            Purchase::OnDemand => 0,
            Purchase::Reserved(term, _) => (self.upfront.nanos() + term.hours() / 2) / term.hours(),
        };
        UsdPerHour::from_nanos(self.hourly.nanos() + spread)
    }
}

/// Puts the parts of one product together. With `reserved`, reservations as well.
pub(super) fn priced(subject: &Subject, parts: &[Part], reserved: bool) -> Priced {
    let mut priced = Priced::default();
    let mut terms: BTreeMap<&str, Vec<&Part>> = BTreeMap::new();
    for part in parts {
        terms.entry(&part.term).or_default().push(part);
    }
    for parts in terms.values() {
        let purchase = match purchase(parts[0]) {
            Ok(Some(purchase)) => purchase,
            Ok(None) => {
                priced.other_terms += 1;
                continue;
            }
            Err(fault) => {
                priced.faults.push((parts[0].line, fault));
                continue;
            }
        };
        if purchase != Purchase::OnDemand && !reserved {
            continue;
        }
        match subject {
            Subject::Node { region, node_type, product } => {
                if let Some((hourly, upfront)) = node(purchase, parts, &mut priced.faults) {
                    priced.nodes.push(NodeReading {
                        region: region.clone(),
                        node_type: node_type.clone(),
                        product: *product,
                        purchase,
                        hourly,
                        upfront,
                    });
                }
            }
            Subject::Rate { region, product, item } if purchase == Purchase::OnDemand => {
                if let Some(price) = rate(*item, parts, &mut priced.faults) {
                    let (region, product, item) = (region.clone(), *product, *item);
                    priced.rates.push(RateReading { region, product, item, price });
                }
            }
            Subject::Rate { .. } => priced.other_terms += 1,
        }
    }
    let is_read = !priced.rates.is_empty()
        || priced.nodes.iter().any(|reading| reading.purchase == Purchase::OnDemand);
    if !is_read && priced.faults.is_empty() {
        priced.faults.push((None, Fault::NoPrice));
    }
    priced
}

/// How a part is bought; `None` for terms of another kind, as the old ones by utilisation.
fn purchase(part: &Part) -> Result<Option<Purchase>, Fault> {
    let (lease, payment) = match (&part.lease, &part.payment) {
        (None, None) => return Ok(Some(Purchase::OnDemand)),
        (Some(lease), Some(payment)) => (lease, payment),
        (None, _) => return Err(Fault::Missing { what: "LeaseContractLength" }),
        (_, None) => return Err(Fault::Missing { what: "PurchaseOption" }),
    };
    let term = match lease.replace(' ', "").as_str() {
        "1yr" => Term::OneYear,
        "3yr" => Term::ThreeYears,
        _ => return Ok(None),
    };
    Ok(payment_named(payment).map(|payment| Purchase::Reserved(term, payment)))
}

/// How a reservation is paid, as AWS names it.
pub(super) fn payment_named(name: &str) -> Option<Payment> {
    match name {
        "No Upfront" => Some(Payment::NoUpfront),
        "Partial Upfront" => Some(Payment::PartialUpfront),
        "All Upfront" => Some(Payment::AllUpfront),
        _ => None,
    }
}

/// The hourly and the upfront part.
fn node(
    purchase: Purchase,
    parts: &[&Part],
    faults: &mut Vec<(Option<u64>, Fault)>,
) -> Option<(UsdPerHour, Usd)> {
    let n_faults = faults.len();
    let (mut hourly, mut upfront) = (None, None);
    for part in parts {
        let (slot, what) = match part.unit.as_str() {
            "Hrs" => (&mut hourly, format!("{purchase}, hourly")),
            "Quantity" => (&mut upfront, format!("{purchase}, upfront")),
            found => {
                let expected = "Hrs or Quantity";
                let fault = Fault::Invalid { what: "unit", found: found.to_owned(), expected };
                faults.push((part.line, fault));
                continue;
            }
        };
        if slot.is_some() {
            faults.push((part.line, Fault::Twice { what: what.clone() }));
        }
        match amount(&what, part.usd.as_deref()) {
            Ok(usd) => *slot = Some(usd),
            Err(fault) => faults.push((part.line, fault)),
        }
    }
    if faults.len() > n_faults {
        return None;
    }
    let line = parts[0].line;
    let (needs_hourly, needs_upfront) = match purchase {
        Purchase::OnDemand | Purchase::Reserved(_, Payment::NoUpfront) => (true, false),
        Purchase::Reserved(_, Payment::PartialUpfront) => (true, true),
        Purchase::Reserved(_, Payment::AllUpfront) => (false, true),
    };
    for (is_needed, value, unit, part) in [
        (needs_hourly, hourly, "Hrs", "the hourly part"),
        (needs_upfront, upfront, "Quantity", "the upfront part"),
    ] {
        let what = purchase.to_string();
        let found = value.map(|usd: f64| usd.to_string()).unwrap_or_default();
        match value {
            None if is_needed => faults.push((line, Fault::NoPart { what, unit })),
            Some(usd) if is_needed && usd <= 0.0 => {
                faults.push((line, Fault::NotAPrice { what: format!("{what}, {unit}"), found }));
            }
            Some(usd) if !is_needed && usd > 0.0 => {
                let expected = "zero, as it is paid otherwise";
                faults.push((line, Fault::Invalid { what: part, found, expected }));
            }
            _ => {}
        }
    }
    if faults.len() > n_faults {
        return None;
    }
    let upfront = UsdPerHour::from_usd(upfront.unwrap_or_default())?;
    let hourly = UsdPerHour::from_usd(hourly.unwrap_or_default())?;
    Some((hourly, Usd::from_nanos(upfront.nanos())))
}

/// The single price of something that is not a node.
fn rate(
    item: ServerlessItem,
    parts: &[&Part],
    faults: &mut Vec<(Option<u64>, Fault)>,
) -> Option<Usd> {
    let what = || item.name().to_owned();
    let [part] = parts else {
        faults.push((parts[0].line, Fault::Twice { what: what() }));
        return None;
    };
    let usd = match amount(item.name(), part.usd.as_deref()) {
        Ok(usd) if usd > 0.0 => usd,
        Ok(usd) => {
            faults.push((part.line, Fault::NotAPrice { what: what(), found: usd.to_string() }));
            return None;
        }
        Err(fault) => {
            faults.push((part.line, fault));
            return None;
        }
    };
    let unit = part.unit.to_ascii_lowercase();
    let (is_expected, expected, times) = match item {
        ServerlessItem::Ecpu => (usd <= MOST_PER_ECPU, "the price of a single ECPU", 1e6),
        ServerlessItem::BackupStorage => (unit.starts_with("gb-mo"), "GB-Mo", 1.0),
        _ => (unit.starts_with("gb-h"), "GB-Hours", 1.0),
    };
    if !is_expected {
        let found = format!("{usd} per {}", part.unit);
        faults.push((part.line, Fault::Invalid { what: "the unit", found, expected }));
        return None;
    }
    UsdPerHour::from_usd(usd * times).map(|price| Usd::from_nanos(price.nanos()))
}

/// A price as the list writes it, zero or above; some stand with an exponent.
fn amount(what: &str, text: Option<&str>) -> Result<f64, Fault> {
    let what = || what.to_owned();
    let text = text.ok_or_else(|| Fault::NotUsd { what: what() })?;
    let usd = text.trim().parse().ok().filter(|usd: &f64| usd.is_finite() && *usd >= 0.0);
    usd.ok_or_else(|| Fault::NotAPrice { what: what(), found: text.to_owned() })
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node { region, node_type, product } => {
                write!(f, "{node_type} with {product} in {region}")
            }
            Self::Rate { region, product: Some(product), item } => {
                write!(f, "{} with {product} in {region}", item.name())
            }
            Self::Rate { region, product: None, item } => {
                write!(f, "{} in {region}", item.name())
            }
        }
    }
}
