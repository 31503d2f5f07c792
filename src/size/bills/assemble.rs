//! All costs of an answer, put together.

use crate::catalog::{Catalog, Payment, Purchase, Region, Term};
use crate::engine::{EngineVersion, Product};
use crate::model::on_the_wire;
use crate::size::constraint::{Rules, SPLIT_REQUEST_BYTES};
use crate::size::demand::Ask;
use crate::size::{Candidate, Choice, RunnerUp};
use crate::spec::PlanSpec;
use crate::units::OpsPerSec;

use super::break_even::break_even;
use super::ecpu::ecpu;
use super::extras::Extras;
use super::nodes::{offers, other_engine, purchase, version_of};
use super::serverless::Plan;
use super::{Costs, DayLoad, RunnerUpCost, ServerlessOffer};

/// What costs are worked out from.
pub(in crate::size) struct Ground<'a> {
    pub(in crate::size) rules: &'a Rules<'a>,
    pub(in crate::size) catalog: &'a Catalog,
    pub(in crate::size) region: &'a Region,
    pub(in crate::size) horizon: &'a Ask,
    pub(in crate::size) candidates: &'a [Candidate],
    pub(in crate::size) runners_up: &'a [RunnerUp],
}

/// Everything the answer costs; without one, what serverless would.
pub(in crate::size) fn costs(ground: &Ground<'_>, chosen: Option<&Choice>) -> Costs {
    let Ground { rules, catalog, region, candidates, .. } = ground;
    let spec = rules.spec;
    let months = spec.capacity.horizon_months.max(1);
    let ecpu = ecpu(spec, rules.models);
    let plan = Plan::new(rules, ecpu.as_ref(), ground.horizon, months);
    let serverless: Vec<ServerlessOffer> = [Product::Valkey, Product::Redis]
        .into_iter()
        .map(|product| {
            let engine = serverless_version(spec, product);
            plan.offer(engine, catalog.serverless.rates(region, product))
        })
        .collect();
    let nodes = chosen.map_or_else(Vec::new, |choice| {
        offers(catalog, region, choice.engine.product, &choice.node_type, choice.layout, months)
    });
    let versus = versus(&serverless, chosen);
    let break_even = versus
        .and_then(|offer| Some((offer, offer.rates.as_ref()?, ecpu.as_ref()?)))
        .map_or_else(Vec::new, |(offer, rates, ecpu)| break_even(&nodes, &offer.now, ecpu, rates));
    let counted_from = catalog.prices.newest_reading();
    let extras = chosen.map_or_else(Vec::new, |choice| {
        let (today, wire_bytes) = (counted_from, wire_bytes(rules, choice));
        Extras { spec, catalog, region, choice, months, today, wire_bytes }.all()
    });
    let mean_share = spec.objective.profile.mean();
    let mean = |month| -> OpsPerSec {
        spec.objective.peak.scale(spec.growth_in(month)).scale(mean_share.get())
    };
    Costs {
        months,
        counted_from,
        purchase: purchase(spec.aws.purchase),
        load: DayLoad {
            mean_share,
            mean_now: mean(0),
            mean_at_horizon: mean(spec.capacity.horizon_months),
            ecpu,
        },
        nodes,
        other_engine: chosen
            .map(|choice| other_engine(spec, catalog, region, choice, candidates, months)),
        extras,
        runners_up: ground.runners_up.iter().map(|other| short(ground, other)).collect(),
        versus: versus.map(|offer| offer.engine.product),
        serverless,
        break_even,
    }
}

/// Bytes between clients and nodes per operation, both directions. Where clients split batches each
/// further command is a packet each way more, as in the network checks.
fn wire_bytes(rules: &Rules<'_>, choice: &Choice) -> Option<f64> {
    let network = rules.models.network?;
    let commands =
        if choice.layout.cluster_mode { rules.prepared.commands_per_operation } else { 1.0 };
    let further = on_the_wire(SPLIT_REQUEST_BYTES) + on_the_wire(0.0);
    Some(network.wire_in_bytes + network.wire_out_bytes + (commands - 1.0) * further)
}

/// A version that serverless caches run: they begin with Redis OSS 7.
fn serverless_version(spec: &PlanSpec, product: Product) -> EngineVersion {
    let engine = version_of(spec, product);
    match product {
        Product::Redis if engine.major < 7 => EngineVersion::redis(7, 1),
        Product::Redis | Product::Valkey => engine,
    }
}

/// The offer that nodes are compared with: of the chosen engine, or of the other one where only
/// that is priced.
fn versus<'a>(
    serverless: &'a [ServerlessOffer],
    chosen: Option<&Choice>,
) -> Option<&'a ServerlessOffer> {
    let product = chosen?.engine.product;
    let priced = || serverless.iter().filter(|offer| offer.now.total().is_some());
    priced().find(|offer| offer.engine.product == product).or_else(|| priced().next())
}

fn short(ground: &Ground<'_>, other: &RunnerUp) -> RunnerUpCost {
    let monthly = |purchase| {
        let price = ground.catalog.prices.price(
            ground.region,
            other.engine.product,
            &other.node_type,
            purchase,
        );
        Some((price.ok()?.hourly * u64::from(other.layout.nodes)).monthly())
    };
    RunnerUpCost {
        node_type: other.node_type.clone(),
        engine: other.engine,
        layout: other.layout,
        on_demand: monthly(Purchase::OnDemand),
        one_year: monthly(Purchase::Reserved(Term::OneYear, Payment::NoUpfront)),
        three_years: monthly(Purchase::Reserved(Term::ThreeYears, Payment::AllUpfront)),
    }
}
