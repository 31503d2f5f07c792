//! The catalog as a whole.

use serde::Serialize;

use super::limits::Limits;
use super::node_type::NodeType;
use super::price_list::PriceList;
use super::serverless::Serverless;
use super::source::Sources;

/// Everything ElastiCache offers, as far as it is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Catalog {
    pub(super) node_types: Vec<NodeType>, // ascending family, then size
    /// What nodes cost.
    pub prices: PriceList,
    /// What ElastiCache Serverless costs.
    pub serverless: Serverless,
    /// Limits, thresholds and claims.
    pub limits: Limits,
    /// What the source keys stand for.
    pub sources: Sources,
}

impl Catalog {
    /// Every node type, previous ones included: ascending family, then size.
    pub fn node_types(&self) -> &[NodeType] {
        &self.node_types
    }

    /// A node type by its full name, as in `cache.r7g.large`.
    pub fn node_type(&self, name: &str) -> Option<&NodeType> {
        self.node_types.iter().find(|node| node.name == name)
    }

    /// The catalog's contents as text for a digest: equal catalogs give equal texts, whatever the
    /// order of their rows and columns, and any change of a figure, source or note changes it.
    pub fn fingerprint_text(&self) -> String {
        serde_json::to_string(self).expect("a catalog holds only finite numbers and string keys")
    }
}
