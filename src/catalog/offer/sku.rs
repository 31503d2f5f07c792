//! Which product is what: a node, serverless use, a backup, or none of the catalog's business.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::catalog::region::Region;
use crate::catalog::serverless::ServerlessItem;
use crate::engine::Product;

use super::fault::Fault;
use super::gather::{LeftOut, Scope};

/// A product as every form of the list describes it. Processors, memory and network are not read: they
/// are empty on some products.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Described {
    pub(super) sku: String,
    pub(super) product_family: Option<String>,
    #[serde(default)]
    pub(super) attributes: Attributes,
}

/// What tells products apart.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Attributes {
    pub(super) region_code: Option<String>,
    pub(super) location_type: Option<String>,
    pub(super) usagetype: Option<String>,
    pub(super) cache_engine: Option<String>,
    pub(super) instance_type: Option<String>,
}

/// What a product's price is the price of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Node { region: Region, node_type: String, product: Product },
    Rate { region: Region, product: Option<Product>, item: ServerlessItem },
}

/// What becomes of a product.
pub(super) enum Sorted {
    Kept(Subject),
    LeftOut(LeftOut),
    UnknownType { region: Region, node_type: String },
    Faulty(Fault),
}

/// What a usage type names.
enum Usage<'u> {
    Node(&'u str),
    Rate(ServerlessItem),
    Other(LeftOut),
}

impl Described {
    /// What it is, by its usage type, place, engine and Region, in this order: a product that is left
    /// out may lack the rest.
    pub(super) fn sort(&self, scope: &Scope) -> Sorted {
        match self.try_sort(scope) {
            Ok(sorted) => sorted,
            Err(fault) => Sorted::Faulty(fault),
        }
    }

    fn try_sort(&self, scope: &Scope) -> Result<Sorted, Fault> {
        let Attributes { region_code, location_type, cache_engine, instance_type, .. } =
            &self.attributes;
        let usage = match self.usage() {
            Usage::Other(why) => return Ok(Sorted::LeftOut(why)),
            usage => usage,
        };
        let place = location_type.as_deref().ok_or(Fault::Missing { what: "locationType" })?;
        if place != "AWS Region" {
            return Ok(Sorted::LeftOut(LeftOut::OutsideRegions));
        }
        let product = match (cache_engine.as_deref().map(str::to_ascii_lowercase), &usage) {
            (Some(engine), _) => match engine.as_str() {
                "valkey" => Some(Product::Valkey),
                "redis" | "redis oss" => Some(Product::Redis),
                "any" if matches!(usage, Usage::Rate(ServerlessItem::BackupStorage)) => None,
                "memcached" => return Ok(Sorted::LeftOut(LeftOut::Memcached)),
                _ => return Ok(Sorted::LeftOut(LeftOut::OtherEngine)),
            },
            (None, Usage::Rate(ServerlessItem::BackupStorage)) => None,
            (None, _) => return Err(Fault::Missing { what: "cacheEngine" }),
        };
        // The prefix of the usage type does not tell the Region: us-east-1 has none, or `USE1-`.
        let code = region_code.as_deref().ok_or(Fault::Missing { what: "regionCode" })?;
        let region = Region::parse(code).ok_or_else(|| Fault::Invalid {
            what: "regionCode",
            found: code.to_owned(),
            expected: "a Region like us-east-1",
        })?;
        if !scope.has_region(&region) {
            return Ok(Sorted::LeftOut(LeftOut::OtherRegion));
        }
        Ok(match (usage, product) {
            (Usage::Node(node_type), Some(product)) => {
                agreed(node_type, instance_type.as_deref())?;
                node(&scope.node_types, region, node_type, product)
            }
            (Usage::Rate(item), product) => Sorted::Kept(Subject::Rate { region, product, item }),
            (Usage::Node(_) | Usage::Other(_), _) => Sorted::LeftOut(LeftOut::OtherEngine),
        })
    }

    fn usage(&self) -> Usage<'_> {
        let text = self.attributes.usagetype.as_deref().unwrap_or_default();
        if self.product_family.as_deref() == Some("Storage Snapshot") {
            return Usage::Rate(ServerlessItem::BackupStorage);
        }
        let Some((head, tail)) = text.split_once(':') else {
            return Usage::Other(LeftOut::OtherUsage);
        };
        match without_region(head) {
            "NodeUsage" => Usage::Node(tail),
            "CachedData" => Usage::Rate(ServerlessItem::DataStored),
            "ElastiCacheProcessingUnits" => Usage::Rate(ServerlessItem::Ecpu),
            other if other.contains("ExtendedSupport") => Usage::Other(LeftOut::ExtendedSupport),
            other if other.contains("Durability") => Usage::Other(LeftOut::Durability),
            other if other.contains("Outpost") => Usage::Other(LeftOut::OutsideRegions),
            _ => Usage::Other(LeftOut::OtherUsage),
        }
    }
}

/// `NodeUsage` of `APS1-NodeUsage`. A Region's prefix is capitals and digits, so that
/// `ExtendedSupportYr3-` is none.
fn without_region(head: &str) -> &str {
    let is_region = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    match head.split_once('-') {
        Some((prefix, rest)) if is_region(prefix) => rest,
        _ => head,
    }
}

/// The type stands in two places; where both are filled, they name the same.
fn agreed(usage: &str, instance_type: Option<&str>) -> Result<(), Fault> {
    match instance_type {
        Some(other) if other != usage => Err(Fault::Invalid {
            what: "instanceType",
            found: other.to_owned(),
            expected: "the node type of the usage type",
        }),
        _ => Ok(()),
    }
}

fn node(known: &BTreeSet<String>, region: Region, node_type: &str, product: Product) -> Sorted {
    let node_type = node_type.to_owned();
    if known.contains(&node_type) {
        Sorted::Kept(Subject::Node { region, node_type, product })
    } else {
        Sorted::UnknownType { region, node_type }
    }
}
