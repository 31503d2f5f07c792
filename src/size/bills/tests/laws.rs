//! Properties of every bill.

use proptest::prelude::*;

use super::offer;
use crate::catalog::{Catalog, Purchase, Region};
use crate::engine::Product;
use crate::size::Layout;
use crate::size::bills::nodes::offers;
use crate::size::bills::{Costs, MonthlyUse};
use crate::size::tests::fixture::{answer, sharded};
use crate::spec::{ClusterMode, PlanSpec, Profile};
use crate::units::{Bytes, OpsPerSec, Usd, num};

/// Total of the serverless cache with Valkey over the plan's months.
fn serverless(spec: &PlanSpec) -> Usd {
    offer(spec).over_horizon.expect("priced in us-east-1")
}

fn costs(spec: &PlanSpec) -> Costs {
    answer(spec).costs.expect("worked out")
}

/// A plan of some size, with a day of some form.
fn plan() -> impl Strategy<Value = PlanSpec> {
    let day = prop::array::uniform24(0.0..=1.0);
    (2.0..7.5, 1.0..5.0, 1u32..30, day).prop_map(|(claims, peak, months, mut day)| {
        let mut spec = sharded();
        spec.capacity.keys = vec![num::round(10f64.powf(claims)), 1_000];
        spec.objective.peak = OpsPerSec::of(10f64.powf(peak));
        spec.capacity.horizon_months = months;
        day[3] = 1.0;
        spec.objective.profile = Profile::new(day).unwrap();
        spec
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn more_data_or_load_never_costs_less(spec in plan(), factor in 1.0..3.0) {
        let before = serverless(&spec);
        let mut keys = spec.clone();
        keys.capacity.keys = spec.keys_times(factor);
        prop_assert!(serverless(&keys) >= before, "keys");
        let mut peak = spec.clone();
        peak.objective.peak = spec.objective.peak.scale(factor);
        prop_assert!(serverless(&peak) >= before, "peak");
        let mut flat = spec.clone();
        flat.objective.profile = Profile::FLAT;
        prop_assert!(serverless(&flat) >= before, "a flat day");
        let mut longer = spec;
        longer.capacity.horizon_months += 1;
        prop_assert!(serverless(&longer) > before, "a longer horizon");
    }

    /// Nodes are a step function of data and load; what comes on top follows both.
    #[test]
    fn extras_follow_load_and_backups(spec in plan(), factor in 1.0..3.0) {
        let of = |spec: &PlanSpec| {
            let costs = costs(spec);
            [0, 1].map(|index| costs.extras.get(index).and_then(|extra| extra.now))
        };
        let mut kept = spec;
        kept.capacity.cluster_mode = ClusterMode::Disabled;
        kept.aws.engines.truncate(1);
        kept.capacity.backups_kept_days = 3;
        // Of the same layout only: another one may have other zones.
        let mut peak = kept.clone();
        peak.objective.peak = kept.objective.peak.scale(factor);
        if let ([Some(_), Some(few)], [Some(_), Some(many)]) = (of(&kept), of(&peak)) {
            prop_assert!(many >= few);
        }
        let mut more = kept.clone();
        more.capacity.backups_kept_days = 7;
        if let (Some(few), Some(many)) = (of(&kept)[0], of(&more)[0]) {
            prop_assert!(many >= few && few > Usd::ZERO);
        }
    }

    #[test]
    fn the_month_of_a_cache_grows_with_each_unit(gb in 0.0..5_000.0, ecpu in 0.0..1e7) {
        let region = Region::parse("us-east-1").unwrap();
        let catalog = Catalog::builtin();
        for product in [Product::Valkey, Product::Redis] {
            let rates = catalog.serverless.rates(&region, product).unwrap();
            let month = |gb: f64, ecpu| {
                let data = Bytes::from_float(gb * 1e9);
                MonthlyUse::of(data, OpsPerSec::new(ecpu), Some(&rates)).total().unwrap()
            };
            let before = month(gb, ecpu);
            prop_assert!(month(gb + 1.0, ecpu) >= before && month(gb, ecpu + 1e3) > before);
        }
    }
}

/// Every node type that is priced, in every Region.
#[test]
fn a_reserved_term_never_costs_more_than_its_hours() {
    let catalog = Catalog::builtin();
    let layout = Layout::new(3, 1);
    for region in catalog.prices.regions() {
        for node in catalog.node_types() {
            let offers = offers(&catalog, region, Product::Valkey, &node.name, layout, 36);
            let bills: Vec<_> = offers.iter().filter_map(|offer| offer.bill.as_ref()).collect();
            let Some(on_demand) =
                bills.iter().find(|bill| bill.price.purchase == Purchase::OnDemand)
            else {
                continue;
            };
            for bill in &bills {
                let place = format!("{region} {} {}", node.name, bill.price.purchase);
                assert!(bill.monthly <= on_demand.monthly, "{place}");
                assert!(bill.over_horizon <= on_demand.over_horizon, "{place}");
                if let (Some(upfront), Some(recurring)) = (bill.upfront, bill.recurring) {
                    assert!(upfront <= bill.over_horizon && recurring <= bill.monthly, "{place}");
                }
            }
        }
    }
}

/// Just below a break-even line serverless costs less, just above it more.
#[test]
fn a_break_even_line_is_where_the_cheaper_one_changes() {
    let mut spec = sharded();
    spec.capacity.keys = vec![200_000, 20_000];
    let costs = costs(&spec);
    let rates = costs.serverless[0].rates.clone().unwrap();
    let ecpu = costs.load.ecpu.as_ref().unwrap().per_operation;
    let now = costs.serverless[0].now;
    assert_eq!(costs.break_even.len(), 7);
    let mut seen = 0;
    for line in &costs.break_even {
        let month = |data: Bytes, load: OpsPerSec| {
            MonthlyUse::of(data, Some(load.scale(ecpu)), Some(&rates)).total().unwrap()
        };
        if let Some(load) = line.load {
            assert!(month(now.data_bytes, load.scale(0.999)) < line.monthly);
            assert!(month(now.data_bytes, load.scale(1.001)) > line.monthly);
            seen += 1;
        }
        if let Some(data) = line.data_bytes {
            let mean = costs.load.mean_now;
            assert!(month(data.scale(0.999), mean) < line.monthly);
            assert!(month(data.scale(1.001), mean) > line.monthly);
            seen += 1;
        }
    }
    assert!(seen > 0, "{:?}", costs.break_even);
}

#[test]
fn a_region_without_serverless_rates_stays_unpriced() {
    let mut spec = sharded();
    spec.aws.region = "eu-west-1".into();
    let costs = costs(&spec);
    for offer in &costs.serverless {
        assert_eq!((&offer.rates, offer.over_horizon, offer.now.total()), (&None, None, None));
        assert!(offer.now.data_bytes > Bytes::ZERO && offer.now.ecpu.is_some());
    }
    assert_eq!((costs.versus, costs.break_even.len()), (None, 0));
    assert!(!costs.nodes.is_empty());
}
