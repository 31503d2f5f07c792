//! What it costs to measure node types beside each other: `terraform/modules/bench`.

use serde::Serialize;

use crate::catalog::{Catalog, NodeType, Price, Region};
use crate::engine::Product;
use crate::units::Usd;

/// Nodes on demand, one of each type, and a host beside them.
#[derive(Debug, Clone, Copy)]
pub struct Bench<'a> {
    /// Where.
    pub region: &'a Region,
    /// With which engine.
    pub product: Product,
    /// What is measured.
    pub types: &'a [&'a NodeType],
    /// The node type that is named like the host's instance type; `None` for no host.
    pub host: Option<&'a NodeType>,
    /// How long all of it exists.
    pub minutes: u64,
}

/// What a bench costs at most.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BenchCost {
    /// Of each node in the order of the types, then of the host.
    pub items: Vec<BenchItem>,
    /// Of all whose price is known.
    #[serde(rename = "total_nano_usd")]
    pub total: Usd,
    /// Those whose price is not known in that Region.
    pub unpriced: Vec<String>,
    /// Node types whose network is wider than the host's, which would be measured in their place.
    pub wider_than_host: Vec<String>,
}

/// One node, or the host.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BenchItem {
    /// As in `cache.r7g.large`; the host's without `cache.`.
    pub name: String,
    /// Of an hour; of the host that of its namesake. `None` when it is not known.
    pub price: Option<Price>,
    /// For the whole time.
    #[serde(rename = "cost_nano_usd")]
    pub cost: Option<Usd>,
}

/// What a bench costs at most.
///
/// The host is counted at the price of the node type of its name, which is an assumption: AWS sells the
/// same machine for less as an instance than as a node. Disk, S3 and traffic are cents and left out.
pub fn bench_cost(catalog: &Catalog, bench: &Bench<'_>) -> BenchCost {
    let Bench { region, product, types, host, minutes } = *bench;
    let item = |node: &NodeType, name: &str| {
        let price = catalog.prices.on_demand(region, product, &node.name).ok();
        let cost = price.as_ref().map(|price| price.hourly.for_minutes(minutes));
        BenchItem { name: name.to_owned(), price, cost }
    };
    let nodes = types.iter().map(|node| item(node, &node.name));
    let instance = |node: &NodeType| node.name.trim_start_matches("cache.").to_owned();
    let items: Vec<BenchItem> = nodes.chain(host.map(|node| item(node, &instance(node)))).collect();
    let network = |node: &NodeType| node.network_baseline_bytes_per_sec;
    let is_wider = |node: &&&NodeType| {
        let both = network(node).zip(host.and_then(network));
        both.is_some_and(|(node, host)| node.per_sec() > host.per_sec())
    };
    BenchCost {
        total: items.iter().filter_map(|item| item.cost).sum(),
        unpriced: items
            .iter()
            .filter(|item| item.cost.is_none())
            .map(|item| item.name.clone())
            .collect(),
        wider_than_host: types.iter().filter(is_wider).map(|node| node.name.clone()).collect(),
        items,
    }
}
