//! How production uses the cluster, intervals, and the policy.

use super::{check, problems_of};
use crate::spec::{Burstable, Durability, EXAMPLE, IDENTITY_CACHE, Policy, ReadFrom, parse};
use crate::units::{Fraction, Micros, OpsPerSec};

const KEYS: &str = "claims = 5_000_000";

#[test]
fn intervals_are_planned_for_by_their_upper_ends() {
    let text = IDENTITY_CACHE
        .replacen(KEYS, "claims = \"4M..6M\"", 1)
        .replacen("peak = \"5k/s\"", "peak = \"4k/s .. 6k/s\"", 1)
        .replacen("growth = \"4%/month\"", "growth = \"2%..6%/month\"", 1);
    let spec = parse("w.toml", &text).expect("it is complete");
    assert_eq!(spec.capacity.keys, [6_000_000, 400_000]);
    assert_eq!(spec.objective.peak, OpsPerSec::of(6_000.0));
    assert_eq!(Some(spec.capacity.growth_per_month), Fraction::from_percent(6));
    let least = &spec.production.least;
    assert_eq!(least.keys, [Some(4_000_000), None]);
    assert_eq!(least.peak, OpsPerSec::new(4_000.0));
    assert_eq!(least.growth_per_month, Fraction::from_percent(2));
}

#[test]
fn an_interval_of_equal_ends_is_a_figure() {
    let text = IDENTITY_CACHE.replacen(KEYS, "claims = \"5M..5M\"", 1);
    let spec = parse("w.toml", &text).expect("it is complete");
    assert_eq!(spec, parse("w.toml", IDENTITY_CACHE).expect("it comes with the program"));
}

#[test]
fn intervals_that_cannot_be_are_refused() {
    let ends = "`claims`: an interval goes from 1 or more to no less than that";
    check(KEYS, "claims = ^\"6M..4M\"", ends);
    check(KEYS, "claims = ^\"0..4M\"", ends);
    check(
        "peak = \"5k/s\"",
        "peak = ^\"6k/s..4k/s\"",
        "`peak`: the first end of an interval is the smaller one",
    );
    check(
        "growth = \"4%/month\"",
        "growth = ^\"6%..4%/month\"",
        "`growth`: the first end of an interval is the smaller",
    );
}

#[test]
fn what_production_does_is_read_and_has_defaults() {
    let spec = parse("w.toml", IDENTITY_CACHE).expect("it comes with the program");
    let production = spec.production;
    assert!(production.tls, "as the Terraform module sets it");
    assert_eq!((production.connections, production.reads), (None, ReadFrom::Primary));
    assert_eq!(spec.policy, Policy::default());

    let more = "connections = 2_000\nreads = \"any-node\"\n\
                data_tiering = \"20%\"\ndurability = \"sync\"\n[aws]\ntls = false\n\
                round_trip = \"300us\"\nmeasured_on = \"cache.r7g.large\"";
    let text = IDENTITY_CACHE.replacen("[aws]", more, 1).replacen(
        "[objective]",
        "[policy]\nengine_cpu = \"70%\"\nburstable = \"never\"\n[objective]\npeak_lasts = \"5m\"",
        1,
    );
    let spec = parse("w.toml", &text).expect("it is complete");
    let production = spec.production;
    assert!(!production.tls);
    assert_eq!((production.connections, production.reads), (Some(2_000), ReadFrom::AnyNode));
    assert_eq!(production.durability, Some(Durability::Sync));
    assert_eq!(production.data_tiering, Fraction::from_percent(20));
    assert_eq!(production.peak_lasts_secs, Some(300));
    assert_eq!(production.round_trip, Some((Micros::of(300.0), Micros::of(300.0))));
    assert_eq!(production.measured_on.as_deref(), Some("cache.r7g.large"));
    assert_eq!(Some(spec.policy.engine_cpu), Fraction::from_percent(70));
    assert_eq!(spec.policy.burstable, Burstable::Never);
    assert_eq!(spec.policy.memory, Fraction::ONE, "what is not given is the default");
}

#[test]
fn rules_that_cannot_be_are_refused() {
    check("[aws]", "[policy]\nengine_cpu = ^\"0%\"\n[aws]", "`engine_cpu` must be above 0%");
    check(
        "[aws]",
        "[policy]\nburstable = ^\"sometimes\"\n[aws]",
        "`burstable` cannot be `sometimes` (one of never, single-shard, always)",
    );
    check("[aws]", "[aws]\ntls = ^\"yes\"", "`tls` must be true or false");
    let unknown = "[policy]\n^cpu = \"70%\"\n[aws]";
    let text = IDENTITY_CACHE.replacen("[aws]", &unknown.replace('^', ""), 1);
    assert!(problems_of(&text)[0].contains("[policy] has no `cpu`"), "{:?}", problems_of(&text));
}

/// The example shows every key; what it shows as a default is the default.
#[test]
fn the_example_shows_the_policy_as_it_is_by_default() {
    let shown = EXAMPLE.split("[policy]").nth(1).expect("it has one");
    let only = format!("{IDENTITY_CACHE}\n[policy]{shown}");
    assert_eq!(parse("w.toml", &only).expect("it is complete").policy, Policy::default());
}
