//! What layouts cost, and which of those that fit comes first.

use std::cmp::Reverse;

use serde::Serialize;

use crate::catalog::{Catalog, Price, Region};
use crate::engine::EngineVersion;
use crate::units::{Bytes, Usd, num};

use super::{Bill, Candidate, Layout};

/// All nodes of a layout by the hour.
pub(super) fn bill(layout: Layout, price: Price) -> Bill {
    let hourly = price.hourly * u64::from(layout.nodes);
    Bill { hourly, monthly: hourly.monthly(), price }
}

/// Cheapest first; of equals, fewer shards, then the newer generation, then the name, then the
/// engine that the plan lists first.
pub(super) type Rank<'a> = (Usd, u32, Reverse<u32>, &'a str, usize);

/// Where a candidate stands among those that fit; `None` for one that does not, or has no price.
pub(super) fn rank<'a>(
    candidate: &'a Candidate,
    family: &str,
    engine_index: usize,
) -> Option<Rank<'a>> {
    let monthly = candidate.bill()?.monthly;
    let shards = candidate.layout()?.shards;
    Some((monthly, shards, Reverse(generation(family)), &candidate.node_type, engine_index))
}

/// The number in a family's name: 7 of `r7g`.
pub(super) fn generation(family: &str) -> u32 {
    let digits: String = family
        .chars()
        .skip_while(|letter| !letter.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap_or(0)
}

/// The cheapest usable memory of a Region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemoryPrice {
    /// The node type that has it.
    pub node_type: String,
    /// A month of one of its nodes, on demand.
    #[serde(rename = "node_nano_usd_per_month")]
    pub node: Usd,
    /// What that node has after `reserved-memory-percent`'s default of 25 %.
    #[serde(rename = "usable_bytes")]
    pub usable: Bytes,
}

impl MemoryPrice {
    /// What `bytes` cost a month on `copies` nodes: a rate for comparing, not a bill, because
    /// nodes are bought whole.
    pub fn of(&self, bytes: Bytes, copies: u32) -> Usd {
        let nodes = bytes / self.usable * f64::from(copies);
        Usd::from_nanos(num::round(num::float(self.node.nanos()) * nodes))
    }
}

/// The current node type with the cheapest byte of usable memory, for an engine in a Region;
/// `None` where nothing is priced. Burstable types count only where nothing else does: their
/// memory cannot be had without the limits of their processors.
pub fn memory_price(
    catalog: &Catalog,
    region: &Region,
    engine: EngineVersion,
) -> Option<MemoryPrice> {
    let offers = catalog
        .node_types()
        .iter()
        .filter(|node| node.is_current() && node.supports(engine).is_ok());
    let priced = offers.filter_map(|node| {
        let price = catalog.prices.on_demand(region, engine.product, &node.name).ok()?;
        let usable = node.usable_memory(catalog.limits.reserved_memory_default.value);
        let offer =
            MemoryPrice { node_type: node.name.clone(), node: price.hourly.monthly(), usable };
        Some((node.is_burstable(), offer))
    });
    let per_byte = |offer: &MemoryPrice| num::float(offer.node.nanos()) / offer.usable.float();
    priced
        .min_by(|a, b| a.0.cmp(&b.0).then(per_byte(&a.1).total_cmp(&per_byte(&b.1))))
        .map(|(_, offer)| offer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_read_off_family_names() {
        let cases = [("r7g", 7), ("c7gn", 7), ("m5", 5), ("t4g", 4), ("r6gd", 6), ("x", 0)];
        for (family, expected) in cases {
            assert_eq!(generation(family), expected, "{family}");
        }
    }

    /// By hand, us-east-1 with Valkey: cache.r8g.16xlarge, $5.6177 an hour for 378.39 GiB usable.
    #[test]
    fn the_cheapest_memory_is_priced_by_the_byte() {
        let catalog = Catalog::builtin();
        let region = Region::parse("us-east-1").expect("a Region");
        let price = memory_price(&catalog, &region, EngineVersion::valkey(8, 1)).expect("priced");
        assert_eq!(price.node_type, "cache.r8g.16xlarge");
        assert_eq!(price.of(Bytes::from_gib(1), 1).to_string(), "$10.84");
        assert_eq!(price.of(Bytes::from_gib(4), 2), price.of(Bytes::from_gib(8), 1));
        let nowhere = Region::parse("mars-north-1").expect("a Region in form");
        assert_eq!(memory_price(&catalog, &nowhere, EngineVersion::valkey(8, 1)), None);
    }
}
