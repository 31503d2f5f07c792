//! The worked example of MODEL.md §3.6: a bursty and a flat day, nodes against serverless; and what
//! stands against serverless.

use crate::catalog::{Payment, Purchase, Term};
use crate::engine::{EngineVersion, Product};
use crate::size::bills::{Condition, Costs, ExtraItem, Obstacle};
use crate::size::tests::fixture::{answer, sharded};
use crate::spec::{Access, Buying, ClusterMode, PlanSpec, Profile, identity_cache};
use crate::units::{Bytes, Fraction, OpsPerSec, Usd};

fn costs(spec: &PlanSpec) -> Costs {
    answer(spec).costs.expect("worked out")
}

fn shown(usd: Option<Usd>) -> String {
    usd.expect("known").to_string()
}

#[test]
fn placeholder() {
    let mut spec = identity_cache();
    println!("{:#?}", costs(&spec));
    let mut day = [0.05; 24];
    day[12] = 1.0;
    day[13] = 1.0;
    spec.objective.profile = Profile::new(day).unwrap();
    let c = costs(&spec);
    println!("{:#?}", c.serverless);
    println!("{:#?}", c.break_even);
    let _ = (Access::Uniform, Buying::OnDemand, ClusterMode::Auto, sharded());
    let _ =
        (Bytes::ZERO, Fraction::ONE, OpsPerSec::ZERO, EngineVersion::redis(7, 1), Product::Redis);
    let _ = Purchase::Reserved(Term::OneYear, Payment::NoUpfront);
    let _ = shown(Some(Usd::ZERO));
    let _: Option<(Condition, ExtraItem, Obstacle)> = None;
}
