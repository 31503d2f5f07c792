//! The worked examples of MODEL.md §3.10 and §3.11, and what stands against serverless.

use super::offer;
use crate::catalog::{Payment, Purchase, Term};
use crate::engine::EngineVersion;
use crate::size::bills::{Costs, ExtraItem, Obstacle, ServerlessCondition};
use crate::size::tests::fixture::{answer, sharded};
use crate::spec::{
    Buying, ClusterMode, Durability, KeyTemplate, PlanSpec, Profile, identity_cache,
};
use crate::units::{Bytes, Fraction, OpsPerSec, Usd};

fn costs(spec: &PlanSpec) -> Costs {
    answer(spec).costs.expect("worked out")
}

fn shown(usd: Option<Usd>) -> String {
    usd.expect("known").to_string()
}

/// One hour at the peak, 5 % of it in the others.
fn bursty() -> PlanSpec {
    let mut spec = identity_cache();
    let mut day = [0.05; 24];
    day[12] = 1.0;
    spec.objective.profile = Profile::new(day).unwrap();
    spec
}

/// Every figure is the hand calculation's of MODEL.md §3.11: the peak all day.
#[test]
fn on_a_flat_day_nodes_cost_less() {
    let costs = costs(&identity_cache());
    let nodes = costs.bought(Purchase::OnDemand).expect("priced");
    assert_eq!(nodes.monthly.to_string(), "$240.61");
    assert_eq!(nodes.over_horizon.to_string(), "$2,887.30");

    let valkey = &costs.serverless[0];
    assert_eq!(valkey.now.data_bytes, Bytes::new(2_713_603_936));
    assert!((valkey.now.ecpu.unwrap().per_sec() - 32_067.0).abs() < 1e-6);
    assert_eq!(shown(valkey.now.data_cost), "$166.40");
    assert_eq!(shown(valkey.now.ecpu_cost), "$193.83");
    assert_eq!(shown(valkey.now.total()), "$360.22");
    assert_eq!(shown(valkey.over_horizon), "$5,421.45");
    assert!(costs.cheaper_serverless().is_none());
    assert_eq!(costs.serverless[1].engine, EngineVersion::redis(7, 1));
    assert_eq!(shown(costs.serverless[1].now.total()), "$551.79");

    let line = costs.break_even.iter().find(|line| line.purchase == Purchase::OnDemand).unwrap();
    assert!((line.load.unwrap().per_sec() - 1_914.34).abs() < 0.01);
    assert!((line.data_bytes.unwrap().float() / 762_919_524.0 - 1.0).abs() < 1e-6);
    assert!(costs.break_even[1..].iter().all(|line| line.load.is_none()));
}

/// The same on a day whose peak lasts an hour: §3.11.
#[test]
fn on_a_bursty_day_serverless_costs_less_until_a_year_is_reserved() {
    let costs = costs(&bursty());
    assert!((costs.load.mean_share.get() - 2.15 / 24.0).abs() < 1e-12);
    let nodes = costs.bought(Purchase::OnDemand).expect("priced");
    assert_eq!(nodes.monthly.to_string(), "$240.61", "sized for the peak all the same");

    let valkey = &costs.serverless[0];
    assert_eq!(shown(valkey.now.ecpu_cost), "$17.36");
    assert_eq!(shown(valkey.now.total()), "$183.76");
    assert_eq!(shown(valkey.over_horizon), "$2,769.96");
    let (offer, total) = costs.cheaper_serverless().expect("2,769.96 < 2,887.30");
    assert_eq!((offer.engine, total), (EngineVersion::valkey(8, 1), valkey.over_horizon.unwrap()));
    let (purchase, bill) = costs.cheaper_purchase().expect("all are");
    assert_eq!(purchase, Purchase::Reserved(Term::OneYear, Payment::AllUpfront));
    assert_eq!(bill.over_horizon.to_string(), "$1,847.87");
}

/// By hand, §3.10: `5,000 · (320 + 6,000) · 0.5 · 2,628,000 s / 10^9 · $0.01`.
#[test]
fn traffic_across_zones_follows_the_zones() {
    let of = |change: &dyn Fn(&mut PlanSpec)| {
        let mut spec = identity_cache();
        spec.aws.engines.truncate(1);
        change(&mut spec);
        let extras = costs(&spec).extras;
        assert_eq!(extras[1].item, ExtraItem::CrossAzTraffic);
        shown(extras[1].now)
    };
    assert_eq!(of(&|_| {}), "$415.22");
    assert_eq!(of(&|spec| spec.capacity.replicas = 2), "$553.63");
    assert_eq!(of(&|spec| spec.capacity.multi_az = false), "$0.00");
    assert_eq!(of(&|spec| spec.capacity.cross_az_share = Fraction::new(0.1)), "$83.04");
}

/// By hand: `6 · 2.5592 GB · $0.085`; no rate of Frankfurt was read.
#[test]
fn backups_follow_what_is_kept() {
    let of = |region: &str| {
        let mut spec = identity_cache();
        spec.aws.region = region.into();
        spec.aws.engines.truncate(1);
        spec.capacity.backups_kept_days = 7;
        let costs = costs(&spec);
        (costs.extras[0].now, costs.totals().is_some())
    };
    let (virginia, is_whole) = of("us-east-1");
    assert_eq!((shown(virginia).as_str(), is_whole), ("$1.31", true));
    assert_eq!(of("eu-central-1"), (None, false), "a sum with an unknown part is unknown");
}

/// The newest price is of October 2026, so the fifth month is the first that is charged.
#[test]
fn extended_support_begins_in_its_month() {
    let mut spec = identity_cache();
    spec.aws.engines = vec![EngineVersion::redis(6, 2)];
    let costs = costs(&spec);
    let support = &costs.extras[2];
    assert_eq!(support.item, ExtraItem::ExtendedSupport);
    let monthly = costs.bought(Purchase::OnDemand).unwrap().monthly.usd() * 0.8;
    assert_eq!(support.now, Some(Usd::ZERO));
    assert!((support.at_horizon.unwrap().usd() - monthly).abs() < 1e-6);
    assert!((support.over_horizon.unwrap().usd() - 8.0 * monthly).abs() < 1e-6);
}

#[test]
fn layouts_are_ranked_by_the_plans_purchase() {
    let mut spec = identity_cache();
    spec.aws.engines.truncate(1);
    spec.aws.purchase = Buying::ThreeYearsAllUpfront;
    let answer = answer(&spec);
    let purchase = Purchase::Reserved(Term::ThreeYears, Payment::AllUpfront);
    let chosen = answer.chosen.as_ref().unwrap();
    assert_eq!(chosen.bill.price.purchase, purchase);
    assert!(answer.runners_up.iter().all(|other| other.bill.price.purchase == purchase));
    let bills = answer.candidates.iter().filter_map(|candidate| candidate.bill());
    assert!(bills.into_iter().all(|bill| bill.monthly >= chosen.bill.monthly));
    let costs = answer.costs.unwrap();
    assert_eq!(costs.bought(costs.purchase).unwrap().monthly, chosen.bill.monthly);
}

#[test]
fn a_serverless_cache_has_limits() {
    let of = |change: &dyn Fn(&mut PlanSpec)| {
        let mut spec = identity_cache();
        spec.capacity.horizon_months = 1;
        change(&mut spec);
        offer(&spec).obstacles
    };
    assert_eq!(of(&|_| {}), []);
    let disabled = of(&|spec| spec.capacity.cluster_mode = ClusterMode::Disabled);
    assert_eq!(disabled, [Obstacle::ClusterModeDisabled]);
    let many = of(&|spec| spec.load.connections = 65_001);
    assert_eq!(many, [Obstacle::Connections { needed: 65_001, limit: 65_000 }]);
    // 6.4134 ECPU each, and the hottest claim alone takes some 4 % of the operations.
    let busy = of(&|spec| spec.objective.peak = OpsPerSec::of(3e6));
    assert!(matches!(busy[..], [Obstacle::Ecpu { .. }, Obstacle::SlotEcpu { .. }]), "{busy:?}");
    let hot = of(&|spec| spec.objective.peak = OpsPerSec::of(1e6));
    assert!(matches!(hot[..], [Obstacle::SlotEcpu { .. }]), "{hot:?}");
    let large = of(&|spec| spec.capacity.keys[0] = 20_000_000_000);
    assert!(matches!(large[..], [Obstacle::Data { .. }]), "{large:?}");
    let tagged = of(&|spec| {
        spec.capacity.keys[0] = 100_000_000;
        spec.classes[0].key = KeyTemplate::parse("{claims}:{n}").unwrap();
        spec.traffic[0].weight = 1e-3;
        spec.traffic[1].weight = 1e-3;
    });
    assert!(matches!(tagged[..], [Obstacle::SlotData { .. }]), "{tagged:?}");
}

#[test]
fn a_serverless_cache_has_conditions() {
    let conditions = offer(&identity_cache()).conditions;
    assert_eq!(conditions[0], ServerlessCondition::SplitBatches { line: "m2m mget 20".into() });
    assert!(matches!(conditions[1], ServerlessCondition::ScalesUp { peak, at_once }
        if peak > at_once && at_once == OpsPerSec::of(30_000.0)));
}

/// By hand: 18 % of the nodes' price on demand, reserved or not; the reading of cache.m7g.large (P19)
/// is $0.0228 on $0.1264 an hour, rounded up from $0.022752.
#[test]
fn durable_writes_are_billed_on_top_and_serverless_has_none() {
    let mut spec = sharded();
    spec.production.tls = true;
    spec.aws.engines = vec![EngineVersion::valkey(9, 0)];
    spec.production.durability = Some(Durability::Sync);
    let on_top = |spec: &PlanSpec| {
        let costs = costs(spec);
        let nodes = costs.bought(Purchase::OnDemand).expect("priced").monthly;
        let extra = costs.extras.iter().find(|extra| extra.item == ExtraItem::Durability);
        let extra = extra.expect("asked for").clone();
        (extra.now.expect("known").usd() / nodes.usd(), extra)
    };
    let (share, extra) = on_top(&spec);
    assert!((share - 0.18).abs() < 1e-6, "{share}");
    assert_eq!(extra.over_horizon, extra.now.map(|month| month * 12));
    spec.aws.purchase = Buying::ThreeYearsAllUpfront;
    assert!((on_top(&spec).0 - 0.18).abs() < 1e-6, "of the price on demand");
    assert!(costs(&spec).serverless[0].obstacles.contains(&Obstacle::NotDurable));

    spec.production.durability = Some(Durability::Async);
    assert_eq!(on_top(&spec).1.now, Some(Usd::ZERO));
    spec.production.durability = None;
    let costs = costs(&spec);
    assert!(costs.extras.iter().all(|extra| extra.item != ExtraItem::Durability));
    assert!(!costs.serverless[0].obstacles.contains(&Obstacle::NotDurable));
}
