mod api;
pub(crate) mod fixture;
mod problems;
mod traps;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::catalog::{Catalog, Region};

use super::gather::{Offer, OfferReader, Scope};
use super::{NodeReading, OfferError};
use fixture::{Sold, index_csv, index_json};

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

fn scope(regions: &[&str]) -> Scope {
    let regions: BTreeSet<Region> = regions.iter().filter_map(|name| Region::parse(name)).collect();
    Scope::of(&CATALOG, regions)
}

fn from_json(text: &str) -> Result<Offer, OfferError> {
    let mut reader = OfferReader::new(scope(&[]));
    reader.read_json("index.json", text.as_bytes());
    reader.finish()
}

fn from_csv(text: &str) -> Result<Offer, OfferError> {
    let mut reader = OfferReader::new(scope(&[]));
    reader.read_csv("index.csv", text.as_bytes());
    reader.finish()
}

/// The offer, which both forms must give alike.
#[track_caller]
fn offer(products: &[Sold]) -> Offer {
    let json = from_json(&index_json(products)).unwrap();
    // A term that the catalog has no name for counts once; so does a product in either form.
    assert_eq!(from_csv(&index_csv(products)).unwrap(), json);
    json
}

/// Nodes in short: Region, type, engine and how they are bought, with the effective price.
fn prices(offer: &Offer) -> Vec<(String, f64)> {
    let short = |one: &NodeReading| {
        let NodeReading { region, node_type, product, purchase, .. } = one;
        (format!("{region} {node_type} {product} {purchase}"), one.effective().usd())
    };
    offer.nodes.iter().map(short).collect()
}
