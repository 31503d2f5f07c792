//! Everything the answer costs. Values only.

use serde::{Deserialize, Serialize};

use crate::catalog::{Date, Purchase};
use crate::engine::{EngineVersion, Product};
use crate::size::Layout;
use crate::units::{Fraction, OpsPerSec, Usd};

use super::{BreakEven, Ecpu, Extra, NodeBill, NodeOffer, OtherEngine, ServerlessOffer};

/// What the answer costs in every way to buy it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// Months that totals are over, from month 0 on: the plan's horizon, at least one.
    pub months: u32,
    /// The day that stands for today: of the catalog's newest price. `None`: no price bears a date.
    pub counted_from: Option<Date>,
    /// By which price layouts were ranked.
    pub purchase: Purchase,
    /// What is asked for over a day.
    pub load: DayLoad,
    /// The chosen nodes, on demand and in six ways reserved; empty when nothing was chosen.
    pub nodes: Vec<NodeOffer>,
    /// The same nodes with the other engine; `None` when nothing was chosen.
    pub other_engine: Option<OtherEngine>,
    /// What comes on top of the nodes; empty when nothing was chosen.
    pub extras: Vec<Extra>,
    /// The next best layouts, in their order.
    pub runners_up: Vec<RunnerUpCost>,
    /// ElastiCache Serverless with Valkey, then with Redis OSS.
    pub serverless: Vec<ServerlessOffer>,
    /// Which engine's serverless rates break-even lines are against; `None` without any.
    pub versus: Option<Product>,
    /// Where serverless costs as much as the nodes, by purchase; empty without either's price.
    pub break_even: Vec<BreakEven>,
}

/// Load over a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DayLoad {
    /// Mean over a day as a share of its peak; 1 where the plan has no profile.
    pub mean_share: Fraction,
    /// Mean over a day, now.
    pub mean_now: OpsPerSec,
    /// Mean over a day at the horizon.
    pub mean_at_horizon: OpsPerSec,
    /// What an operation of the mix is charged; `None`: its bytes were not measured.
    pub ecpu: Option<Ecpu>,
}

/// A runner-up, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunnerUpCost {
    /// As in `cache.r7g.large`.
    pub node_type: String,
    /// What it runs.
    pub engine: EngineVersion,
    /// How many of it.
    pub layout: Layout,
    /// A month on demand; `None`: unpriced.
    #[serde(rename = "on_demand_nano_usd")]
    pub on_demand: Option<Usd>,
    /// A month, reserved for a year without upfront payment.
    #[serde(rename = "one_year_nano_usd")]
    pub one_year: Option<Usd>,
    /// A month, reserved for three years and paid at once.
    #[serde(rename = "three_years_nano_usd")]
    pub three_years: Option<Usd>,
}

impl Costs {
    /// The chosen nodes bought that way; `None`: nothing was chosen, or no price is known.
    pub fn bought(&self, purchase: Purchase) -> Option<&NodeBill> {
        self.nodes.iter().find(|offer| offer.purchase == purchase)?.bill.as_ref()
    }

    /// The other way to buy the nodes that costs least over all months, where it costs less than the
    /// plan's.
    pub fn cheaper_purchase(&self) -> Option<(Purchase, &NodeBill)> {
        let plan = self.bought(self.purchase)?.over_horizon;
        self.nodes
            .iter()
            .filter_map(|offer| Some((offer.purchase, offer.bill.as_ref()?)))
            .filter(|(_, bill)| bill.over_horizon < plan)
            .min_by_key(|(_, bill)| bill.over_horizon)
    }

    /// The serverless cache that costs least over all months, where nothing stands against it and
    /// it costs less than the plan's nodes.
    pub fn cheaper_serverless(&self) -> Option<(&ServerlessOffer, Usd)> {
        let plan = self.bought(self.purchase)?.over_horizon;
        let possible = self.serverless.iter().filter(|offer| offer.obstacles.is_empty());
        possible
            .filter_map(|offer| Some((offer, offer.over_horizon?)))
            .filter(|(_, total)| *total < plan)
            .min_by_key(|(_, total)| *total)
    }

    /// Nodes, bought the plan's way, and all that comes on top, a month now and over all months;
    /// `None` where one of them is unpriced.
    pub fn totals(&self) -> Option<(Usd, Usd)> {
        let nodes = self.bought(self.purchase)?;
        let now: Option<Usd> = self.extras.iter().map(|extra| extra.now).sum::<Option<Usd>>();
        let total: Option<Usd> = self.extras.iter().map(|extra| extra.over_horizon).sum();
        Some((nodes.monthly + now?, nodes.over_horizon + total?))
    }
}
