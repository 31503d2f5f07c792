//! Smaller, with misses: what is listed, and the worked example of MODEL.md §5.5.

use super::fixture::{answer, models, sharded, target};
use crate::catalog::Catalog;
use crate::size::{Misses, Recommendation, recommend};
use crate::spec::{MaxmemoryPolicy, Origin, PlanSpec, identity_cache};
use crate::units::{Fraction, Micros, OpsPerSec, Usd};

/// The built-in workload on one shard, its keys refilled from a database.
fn with_origin(change: impl Fn(&mut PlanSpec, &mut Origin)) -> PlanSpec {
    let mut spec = identity_cache();
    let mut origin = Origin {
        latency_us: Micros::new(8_000.0),
        cost_per_million: Some(Usd::from_nanos(400_000_000)),
        capacity: OpsPerSec::new(20_000.0),
        min_hit_ratio: Fraction::new(0.8),
        maxmemory_policy: MaxmemoryPolicy::VolatileLru,
    };
    spec.classes.iter_mut().for_each(|class| class.ttl_secs = Some(86_400));
    change(&mut spec, &mut origin);
    spec.origin = Some(origin);
    spec
}

fn misses(spec: &PlanSpec) -> (Recommendation, Misses) {
    let answer = answer(spec);
    let misses = answer.misses.clone().expect("the plan has an origin");
    (answer, misses)
}

#[test]
fn a_plan_without_an_origin_lists_nothing_and_loads_from_older_runs() {
    let answer = answer(&identity_cache());
    assert_eq!(answer.misses, None);
    let mut json = serde_json::to_value(&answer).unwrap();
    json.as_object_mut().unwrap().remove("misses");
    assert_eq!(serde_json::from_value::<Recommendation>(json).unwrap(), answer);
    let with = self::answer(&with_origin(|_, _| {}));
    let text = serde_json::to_string(&with).unwrap();
    assert_eq!(serde_json::from_str::<Recommendation>(&text).unwrap(), with);
}

/// An origin changes what is shown, not what is chosen.
#[test]
fn what_is_listed_costs_less_and_holds_less() {
    let spec = with_origin(|_, _| {});
    let (answer, misses) = misses(&spec);
    let chosen = answer.chosen.as_ref().expect("something fits");
    let without = self::answer(&PlanSpec { origin: None, ..spec });
    assert_eq!(without.chosen.as_ref(), Some(chosen));
    let full = misses.full.as_ref().expect("chosen");
    assert!(full.safe_secs.is_none(), "{full:?}");
    assert!(!misses.smaller.is_empty());
    for one in &misses.smaller {
        assert!(one.bill.monthly < chosen.bill.monthly, "{one:?}");
        assert!(one.caching.hit_ratio <= full.hit_ratio, "{one:?}");
        let origin = one.caching.origin.expect("a price");
        assert_eq!(one.total, one.bill.monthly + origin);
        assert_eq!(one.caching.meets_hit_ratio, Some(one.caching.hit_ratio.get() >= 0.8));
        let refill = one.caching.refill.expect("the origin bears it");
        assert!(refill.secs > 0.0 && one.caching.cold_misses >= one.caching.misses, "{one:?}");
    }
    let keeps = |one: &crate::size::Smaller| one.caching.is_acceptable();
    let acceptable: Vec<bool> = misses.smaller.iter().map(keeps).collect();
    assert!(acceptable.is_sorted_by_key(|keeps| !keeps), "{acceptable:?}");
}

#[test]
fn more_room_hits_more_and_a_lower_wish_accepts_more() {
    let (_, listed) = misses(&with_origin(|_, _| {}));
    let mut by_room: Vec<_> = listed.smaller.iter().filter(|one| one.layout.shards == 1).collect();
    by_room.sort_by_key(|one| one.room_bytes);
    assert!(by_room.len() > 2);
    assert!(by_room.windows(2).all(|two| {
        two[0].engine != two[1].engine
            || two[0].caching.hit_ratio.get() <= two[1].caching.hit_ratio.get() + 1e-9
    }));
    let acceptable = |least: f64, capacity: f64| {
        let (_, misses) = misses(&with_origin(|_, origin| {
            origin.min_hit_ratio = Fraction::new(least);
            origin.capacity = OpsPerSec::new(capacity);
        }));
        misses.smaller.iter().filter(|one| one.caching.is_acceptable()).count()
    };
    assert!(acceptable(0.5, 1e6) >= acceptable(0.9, 1e6));
    assert_eq!(acceptable(0.0, 1.0), 0);
    assert_eq!(acceptable(1.0, 1e6), 0);
}

/// Nothing may be evicted, so that what does not fit refuses writes.
#[test]
fn keys_that_stay_are_not_evicted_by_the_default_policy() {
    let stay = |spec: &mut PlanSpec| {
        spec.classes.iter_mut().for_each(|class| class.ttl_secs = None);
    };
    let (_, volatile) = misses(&with_origin(|spec, _| stay(spec)));
    let holds_all = |one: &crate::size::Smaller| one.caching.safe_secs.is_none();
    assert!(volatile.smaller.iter().all(holds_all) && volatile.n_refusing_writes > 0);
    let (_, allkeys) = misses(&with_origin(|spec, origin| {
        stay(spec);
        origin.maxmemory_policy = MaxmemoryPolicy::AllkeysLru;
    }));
    assert!(!allkeys.smaller.is_empty() && allkeys.n_refusing_writes == 0);
    let (_, none) = misses(&with_origin(|_, origin| {
        origin.maxmemory_policy = MaxmemoryPolicy::NoEviction;
    }));
    assert!(none.smaller.iter().all(holds_all) && none.n_refusing_writes > 0);
}

#[test]
fn shards_and_prices_that_are_missing_do_not_matter() {
    let mut spec = with_origin(|_, origin| *origin = Origin::default());
    spec.capacity.cluster_mode = sharded().capacity.cluster_mode;
    spec.capacity.keys = vec![200_000_000, 5_000_000];
    let (answer, misses) = misses(&spec);
    let chosen = answer.chosen.expect("something fits");
    assert!(chosen.layout.shards >= 1);
    for one in &misses.smaller {
        assert!(one.caching.origin.is_none() && one.total == one.bill.monthly);
        assert!(one.caching.is_acceptable());
    }
    let models = models(&spec);
    spec.capacity.keys = vec![900_000_000_000, 5_000_000];
    let answer = recommend(&spec, &models, &target(), &Catalog::builtin()).expect("priced");
    assert!(answer.chosen.is_none() && answer.misses.expect("an origin").full.is_none());
}
