//! Nodes, bought by the hour or reserved.

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Payment, Price, Purchase, Region, Term};
use crate::engine::{EngineVersion, Product};
use crate::size::{Candidate, Choice, Layout, Outcome};
use crate::spec::{Buying, PlanSpec};
use crate::units::Usd;

/// The same nodes bought one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeOffer {
    /// How.
    pub purchase: Purchase,
    /// What that costs; `None`: unpriced.
    pub bill: Option<NodeBill>,
}

/// All nodes of a layout, bought one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeBill {
    /// One node, with where the figure is from.
    pub price: Price,
    /// Paid at once for a term; `None`: its part of the price is not known.
    #[serde(rename = "upfront_nano_usd")]
    pub upfront: Option<Usd>,
    /// Paid each month besides; `None` as above.
    #[serde(rename = "recurring_nano_usd_per_month")]
    pub recurring: Option<Usd>,
    /// A month, what is paid upfront spread over the term.
    #[serde(rename = "monthly_nano_usd")]
    pub monthly: Usd,
    /// Over all months; reserved terms are paid to their end.
    #[serde(rename = "over_horizon_nano_usd")]
    pub over_horizon: Usd,
    /// The first month of the term by whose end the whole term has cost less than on demand;
    /// `None` for on demand itself, and where no month does.
    pub pays_from_month: Option<u32>,
}

/// The chosen nodes with the other engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherEngine {
    /// The one that the plan lists, or the newest of Redis OSS, or Valkey 8.1.
    pub engine: EngineVersion,
    /// On demand; `None`: the node type does not run it, or it is unpriced.
    pub bill: Option<NodeBill>,
    /// Whether the node type runs it.
    pub is_supported: bool,
    /// Whether the plan fits as many shards with it; `None`: it was not sized.
    pub fits: Option<bool>,
}

/// A plan's word as the catalog has it.
pub(in crate::size) const fn purchase(buying: Buying) -> Purchase {
    let (term, payment) = match buying {
        Buying::OnDemand => return Purchase::OnDemand,
        Buying::OneYearNoUpfront => (Term::OneYear, Payment::NoUpfront),
        Buying::OneYearPartialUpfront => (Term::OneYear, Payment::PartialUpfront),
        Buying::OneYearAllUpfront => (Term::OneYear, Payment::AllUpfront),
        Buying::ThreeYearsNoUpfront => (Term::ThreeYears, Payment::NoUpfront),
        Buying::ThreeYearsPartialUpfront => (Term::ThreeYears, Payment::PartialUpfront),
        Buying::ThreeYearsAllUpfront => (Term::ThreeYears, Payment::AllUpfront),
    };
    Purchase::Reserved(term, payment)
}

/// Months of a term.
const fn term_months(term: Term) -> u32 {
    match term {
        Term::OneYear => 12,
        Term::ThreeYears => 36,
    }
}

/// Every way to buy the nodes of a layout: on demand, then by term and payment.
pub(super) fn offers(
    catalog: &Catalog,
    region: &Region,
    product: Product,
    node_type: &str,
    layout: Layout,
    months: u32,
) -> Vec<NodeOffer> {
    let price = |purchase| catalog.prices.price(region, product, node_type, purchase).ok();
    let on_demand = price(Purchase::OnDemand);
    let offer = |purchase| {
        let bill = price(purchase).map(|price| bill(price, on_demand.as_ref(), layout, months));
        NodeOffer { purchase, bill }
    };
    Purchase::ALL.into_iter().map(offer).collect()
}

/// What `layout` costs at `price` a node.
///
/// Reserved terms are bought one after the other until they cover `months`, and paid to the end.
/// What is paid each month besides the upfront part is what the effective price has more than that
/// part spread over the term. Source: MODEL.md §3.10.
///
/// * `on_demand`: what the same node costs by the hour, to compare with.
pub(super) fn bill(
    price: Price,
    on_demand: Option<&Price>,
    layout: Layout,
    months: u32,
) -> NodeBill {
    let nodes = u64::from(layout.nodes);
    let hourly = price.hourly * nodes;
    let monthly = hourly.monthly();
    let Purchase::Reserved(term, _) = price.purchase else {
        let over_horizon = monthly * u64::from(months);
        return NodeBill {
            price,
            upfront: Some(Usd::ZERO),
            recurring: Some(monthly),
            monthly,
            over_horizon,
            pays_from_month: None,
        };
    };
    let spread = Usd::from_nanos((hourly * term.hours()).nanos());
    let upfront = price.upfront.map(|upfront| upfront * nodes);
    // Prices have six decimals: what the rounding of the spread leaves is not a charge.
    let whole_term = upfront
        .filter(|upfront| upfront.nanos().abs_diff(spread.nanos()) < rounding(term, nodes))
        .unwrap_or(spread);
    let recurring = upfront.map(|upfront| {
        let rest = whole_term.nanos().saturating_sub(upfront.nanos());
        Usd::from_nanos(rest / u64::from(term_months(term)))
    });
    let terms = u64::from(months.div_ceil(term_months(term)));
    let by_the_hour = on_demand.map(|price| (price.hourly * nodes).monthly());
    NodeBill {
        upfront,
        recurring,
        monthly,
        over_horizon: whole_term * terms,
        pays_from_month: by_the_hour.and_then(|month| pays_from(whole_term, month, term)),
        price,
    }
}

/// What half of the last decimal of a price, 10⁻⁶ dollars an hour, adds up to over a term, and once
/// more for the upfront charge, in nano-dollars.
const fn rounding(term: Term, nodes: u64) -> u64 {
    1_000 * term.hours() * nodes
}

/// The first month by whose end `whole_term` has cost less than as many months on demand.
fn pays_from(whole_term: Usd, on_demand: Usd, term: Term) -> Option<u32> {
    let whole_months = whole_term.nanos().checked_div(on_demand.nanos())?;
    u32::try_from(whole_months + 1).ok().filter(|month| *month <= term_months(term))
}

/// The chosen nodes with the other engine, on demand.
pub(super) fn other_engine(
    spec: &PlanSpec,
    catalog: &Catalog,
    region: &Region,
    choice: &Choice,
    candidates: &[Candidate],
    months: u32,
) -> OtherEngine {
    let product = match choice.engine.product {
        Product::Valkey => Product::Redis,
        Product::Redis => Product::Valkey,
    };
    let engine = version_of(spec, product);
    let is_supported =
        catalog.node_type(&choice.node_type).is_some_and(|node| node.supports(engine).is_ok());
    let price = catalog.prices.on_demand(region, product, &choice.node_type).ok();
    let sized = candidates.iter().find(|c| c.node_type == choice.node_type && c.engine == engine);
    OtherEngine {
        engine,
        bill: price.filter(|_| is_supported).map(|price| bill(price, None, choice.layout, months)),
        is_supported,
        fits: sized.map(|candidate| match &candidate.outcome {
            Outcome::Fits { layout, .. } | Outcome::FitsUnpriced { layout, .. } => {
                layout.shards <= choice.layout.shards
            }
            Outcome::TooSmall { .. } | Outcome::Unsupported(_) | Outcome::NotOffered(_) => false,
        }),
    }
}

/// The first version of an engine that the plan lists; else the newest of Redis OSS, or Valkey 8.1.
pub(super) fn version_of(spec: &PlanSpec, product: Product) -> EngineVersion {
    let listed = spec.aws.engines.iter().find(|engine| engine.product == product);
    listed.copied().unwrap_or(match product {
        Product::Valkey => EngineVersion::valkey(8, 1),
        Product::Redis => EngineVersion::redis(7, 1),
    })
}
