//! Bills against published ones, by hand, and laws of every bill.

mod laws;
mod published;
mod worked;

use crate::catalog::{Catalog, Region};
use crate::engine::{EngineVersion, Product};
use crate::size::constraint::Rules;
use crate::size::demand::Ask;
use crate::size::prepared::Prepared;
use crate::size::tests::fixture::models;
use crate::size::transfer::Measured;
use crate::spec::PlanSpec;

use super::ServerlessOffer;
use super::ecpu::ecpu;
use super::serverless::Plan;

/// The serverless cache with Valkey, without a search for nodes.
fn offer(spec: &PlanSpec) -> ServerlessOffer {
    let (catalog, models) = (Catalog::builtin(), models(spec));
    let prepared = Prepared::of(spec);
    let rules = Rules {
        spec,
        models: &models,
        limits: &catalog.limits,
        measured: Measured::AnyMachine,
        is_private: true,
        prepared: &prepared,
    };
    let months = spec.capacity.horizon_months;
    let horizon = Ask::in_months(&prepared, months);
    let ecpu = ecpu(spec, &models);
    let region = Region::parse(&spec.aws.region).unwrap();
    let rates = catalog.serverless.rates(&region, Product::Valkey);
    let plan = Plan::new(&rules, ecpu.as_ref(), &horizon, months);
    plan.offer(EngineVersion::valkey(8, 1), rates)
}
