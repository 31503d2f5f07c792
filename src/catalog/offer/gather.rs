//! Products and their prices as they come, in any form and order, to an offer.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::catalog::date::Date;
use crate::catalog::lookup::Catalog;
use crate::catalog::region::Region;

use super::fault::{Fault, OfferError, OfferProblem};
use super::sku::{Described, Sorted, Subject};
use super::term::{NodeReading, Part, Priced, RateReading, priced};

/// What is looked for in a list.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Full names; others are listed, not taken.
    pub node_types: BTreeSet<String>,
    /// Empty: all of them.
    pub regions: BTreeSet<Region>,
    /// Whether reservations are read as well.
    pub reserved: bool,
}

/// What a list says of the nodes, the serverless use and the backups that were looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The day it was published; `None` for products that came one by one.
    pub published: Option<Date>,
    /// As AWS numbers it; empty for products that came one by one.
    pub version: String,
    /// Ascending Region, type, engine and purchase.
    pub nodes: Vec<NodeReading>,
    /// Ascending Region, engine and item.
    pub rates: Vec<RateReading>,
    /// Node types that the catalog does not have, and where they are priced.
    pub unknown_types: BTreeMap<String, BTreeSet<Region>>,
    /// How many products, and terms, were not looked at further.
    pub left_out: BTreeMap<LeftOut, u64>,
}

/// Why something of a list is none of the catalog's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// A surcharge on engine versions past their end.
    ExtendedSupport,
    /// A surcharge on durable writes; the catalog holds it as a percentage.
    Durability,
    /// Outposts, Local Zones.
    OutsideRegions,
    /// Memcached.
    Memcached,
    /// An engine that is none of the three.
    OtherEngine,
    /// A Region that was not asked for.
    OtherRegion,
    /// Traffic, serverless backups and whatever else is charged for.
    OtherUsage,
    /// A reservation of another kind, as the old ones by utilisation.
    OtherTerm,
    /// The same price of the same thing under another key.
    Repeated,
}

/// Reads a list, or several parts of one.
#[derive(Debug)]
pub struct OfferReader {
    pub(super) scope: Scope,
    /// What is read at the moment.
    pub(super) file: String,
    offer: Offer,
    skus: BTreeMap<String, Option<Subject>>,
    parts: BTreeMap<String, Vec<Part>>,
    problems: Vec<OfferProblem>,
}

impl Scope {
    /// Everything that a catalog has a place for.
    pub fn of(catalog: &Catalog, regions: BTreeSet<Region>) -> Self {
        let node_types = catalog.node_types().iter().map(|node| node.name.clone()).collect();
        Self { node_types, regions, reserved: true }
    }

    pub(super) fn has_region(&self, region: &Region) -> bool {
        self.regions.is_empty() || self.regions.contains(region)
    }
}

impl OfferReader {
    /// Nothing was read yet.
    pub fn new(scope: Scope) -> Self {
        let offer = Offer {
            published: None,
            version: String::new(),
            nodes: Vec::new(),
            rates: Vec::new(),
            unknown_types: BTreeMap::new(),
            left_out: BTreeMap::new(),
        };
        let (skus, parts) = (BTreeMap::new(), BTreeMap::new());
        Self { scope, file: String::new(), offer, skus, parts, problems: Vec::new() }
    }

    /// What was read.
    ///
    /// # Errors
    /// Every problem of everything that was read; a list in which nothing was found is one.
    pub fn finish(mut self) -> Result<Offer, OfferError> {
        let mut seen = Seen::default();
        for (sku, subject) in std::mem::take(&mut self.skus) {
            let Some(subject) = subject else { continue };
            let parts = self.parts.remove(&sku).unwrap_or_default();
            let line = parts.first().and_then(|part| part.line);
            let Priced { nodes, rates, faults, other_terms } =
                priced(&subject, &parts, self.scope.reserved);
            self.leave_out(LeftOut::OtherTerm, other_terms);
            for (line, fault) in faults {
                self.problem(line, Some(&sku), fault);
            }
            let twins = seen.add(&sku, &subject, &nodes, &rates);
            match twins {
                Twins::None => {
                    self.offer.nodes.extend(nodes);
                    self.offer.rates.extend(rates);
                }
                Twins::Same => self.leave_out(LeftOut::Repeated, 1),
                Twins::Different(other) => {
                    let what = format!("the price of {subject}");
                    self.problem(line, Some(&sku), Fault::Contradicts { what, other });
                }
            }
        }
        let Offer { nodes, rates, .. } = &mut self.offer;
        nodes.sort_by(|a, b| {
            let key = |one: &NodeReading| (one.product, one.purchase);
            (&a.region, &a.node_type, key(a)).cmp(&(&b.region, &b.node_type, key(b)))
        });
        rates.sort_by(|a, b| (&a.region, a.product, a.item).cmp(&(&b.region, b.product, b.item)));
        if nodes.is_empty() && rates.is_empty() && self.problems.is_empty() {
            self.problem(None, None, Fault::Nothing);
        }
        if self.problems.is_empty() {
            Ok(self.offer)
        } else {
            Err(OfferError { problems: self.problems })
        }
    }

    pub(super) fn problem(&mut self, line: Option<u64>, sku: Option<&str>, fault: Fault) {
        let (file, sku) = (self.file.clone(), sku.map(str::to_owned));
        self.problems.push(OfferProblem { file, line, sku, fault });
    }

    /// Takes note of a product. `is_row`: it comes with each of its prices, so that it is no
    /// surprise to see it again.
    pub(super) fn product(&mut self, line: Option<u64>, product: &Described, is_row: bool) {
        if self.skus.contains_key(&product.sku) {
            if !is_row {
                let fault = Fault::Twice { what: "the product".into() };
                self.problem(line, Some(&product.sku), fault);
            }
            return;
        }
        let mut subject = None;
        match product.sort(&self.scope) {
            Sorted::Kept(kept) => subject = Some(kept),
            Sorted::LeftOut(why) => self.leave_out(why, 1),
            Sorted::UnknownType { region, node_type } => {
                self.offer.unknown_types.entry(node_type).or_default().insert(region);
            }
            Sorted::Faulty(fault) => self.problem(line, Some(&product.sku), fault),
        }
        self.skus.insert(product.sku.clone(), subject);
    }

    /// Whether prices of a product are needed: not when it is known to be left out.
    pub(super) fn needs(&self, sku: &str) -> bool {
        self.skus.get(sku).is_none_or(Option::is_some)
    }

    pub(super) fn part(&mut self, sku: &str, part: Part) {
        if let Some(parts) = self.parts.get_mut(sku) {
            parts.push(part);
        } else {
            self.parts.insert(sku.to_owned(), vec![part]);
        }
    }

    pub(super) fn service(&mut self, line: Option<u64>, code: &str) {
        if code != "AmazonElastiCache" {
            self.problem(line, None, Fault::OtherService { found: code.to_owned() });
        }
    }

    pub(super) fn published(&mut self, line: Option<u64>, moment: &str) {
        self.offer.published = moment.get(..10).and_then(Date::parse);
        if self.offer.published.is_none() {
            let fault = Fault::Invalid {
                what: "the publication date",
                found: moment.to_owned(),
                expected: "a moment like 2026-10-02T12:00:00Z",
            };
            self.problem(line, None, fault);
        }
    }

    pub(super) fn version(&mut self, version: &str) {
        version.clone_into(&mut self.offer.version);
    }

    /// Whole lists bear a date.
    pub(super) fn needs_date(&mut self) {
        if self.offer.published.is_none() && self.problems.is_empty() {
            self.problem(None, None, Fault::Missing { what: "the publication date" });
        }
    }

    fn leave_out(&mut self, why: LeftOut, n: u64) {
        if n > 0 {
            *self.offer.left_out.entry(why).or_default() += n;
        }
    }
}

impl LeftOut {
    /// The words that are printed.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ExtendedSupport => "Extended Support",
            Self::Durability => "durable writes",
            Self::OutsideRegions => "Outposts and other places outside Regions",
            Self::Memcached => "Memcached",
            Self::OtherEngine => "other engines",
            Self::OtherRegion => "Regions not asked for",
            Self::OtherUsage => "other usage",
            Self::OtherTerm => "reservations of other kinds",
            Self::Repeated => "the same price again",
        }
    }
}

/// What was priced so far, and under which key.
#[derive(Default)]
struct Seen(BTreeMap<Subject, (String, Vec<NodeReading>, Vec<RateReading>)>);

/// Whether another product prices the same.
enum Twins {
    None,
    Same,
    Different(String),
}

impl Seen {
    fn add(
        &mut self,
        sku: &str,
        subject: &Subject,
        nodes: &[NodeReading],
        rates: &[RateReading],
    ) -> Twins {
        match self.0.get(subject) {
            Some((_, other_nodes, other_rates)) if other_nodes == nodes && other_rates == rates => {
                Twins::Same
            }
            Some((other, ..)) => Twins::Different(other.clone()),
            None => {
                let value = (sku.to_owned(), nodes.to_vec(), rates.to_vec());
                self.0.insert(subject.clone(), value);
                Twins::None
            }
        }
    }
}
