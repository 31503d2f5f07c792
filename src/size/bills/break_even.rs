//! Where ElastiCache Serverless costs as much as nodes.

use serde::{Deserialize, Serialize};

use crate::catalog::{BILLED_GB, Purchase, ServerlessRates};
use crate::units::{Bytes, HOURS_PER_MONTH, OpsPerSec, Usd, num};

use super::{Ecpu, MonthlyUse, NodeOffer};

/// One way to buy the chosen nodes, against serverless.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BreakEven {
    /// How the nodes are bought.
    pub purchase: Purchase,
    /// A month of them.
    #[serde(rename = "monthly_nano_usd")]
    pub monthly: Usd,
    /// Mean load of a day below which serverless costs less, with today's data; `None`: today's
    /// data alone costs as much as the nodes.
    pub load: Option<OpsPerSec>,
    /// Data below which serverless costs less, at today's mean load; `None`: today's load alone, or
    /// it and the least data that is charged, costs as much as the nodes.
    pub data_bytes: Option<Bytes>,
}

/// Break-even lines of every way to buy the nodes that has a price.
///
/// `load = (nodes − data) / (ECPU per operation · price of an ECPU per second)`,
/// `data = (nodes − ECPU) / price of a byte`, all for a month. Source: MODEL.md §3.10.
///
/// * `now`: today's use of the serverless cache.
pub(super) fn break_even(
    nodes: &[NodeOffer],
    now: &MonthlyUse,
    ecpu: &Ecpu,
    rates: &ServerlessRates,
) -> Vec<BreakEven> {
    let hours = num::float(HOURS_PER_MONTH);
    let per_byte = rates.per_gb.usd() * hours / BILLED_GB.float();
    let per_ecpu = rates.per_million_ecpu.usd() / 1e6 * 3600.0 * hours;
    let line = |offer: &NodeOffer| {
        let monthly = offer.bill.as_ref()?.monthly;
        let left_for = |other: Option<Usd>| Some(monthly.usd() - other?.usd());
        let per_operation = ecpu.per_operation * per_ecpu;
        let load = left_for(now.data_cost)
            .filter(|left| *left > 0.0)
            .and_then(|left| OpsPerSec::new(left / per_operation));
        let data_bytes = left_for(now.ecpu_cost)
            .filter(|left| *left > 0.0)
            .map(|left| Bytes::from_float(left / per_byte))
            .filter(|data| *data >= rates.minimum_data);
        Some(BreakEven { purchase: offer.purchase, monthly, load, data_bytes })
    };
    nodes.iter().filter_map(line).collect()
}
