//! Properties of every plan.

use proptest::prelude::*;

use super::fixture::{catalog, cheapest, models, sharded, target};
use crate::catalog::{Catalog, CsvFile};
use crate::size::recommend;
use crate::spec::PlanSpec;
use crate::units::{Fraction, Usd, num};

/// A plan of any size, from a handful of keys to more than most clusters hold.
fn plan() -> impl Strategy<Value = PlanSpec> {
    let engines =
        prop::sample::subsequence(crate::engine::EngineVersion::ON_ELASTICACHE.to_vec(), 1..=2);
    (1.0..10.0, 1u64..2_000_000, 1.0..6.0, 0u8..60, 0u32..=5, engines).prop_map(
        |(claims, m2m, peak, headroom, replicas, engines)| {
            let mut spec = sharded();
            let claims = num::round(10f64.powf(claims));
            spec.capacity.keys = vec![claims, m2m];
            spec.objective.peak = spec.objective.peak.scale(10f64.powf(peak) / 5_000.0);
            spec.capacity.headroom = Fraction::from_percent(headroom).expect("below 100");
            spec.capacity.replicas = replicas;
            spec.aws.engines = engines;
            spec
        },
    )
}

/// The bill of the answer; nothing that fits counts as dearer than anything.
fn cost(spec: &PlanSpec) -> Usd {
    cheapest(spec).map_or(Usd::from_nanos(u64::MAX), |answer| answer.monthly)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn more_load_or_headroom_never_costs_less(
        spec in plan(), peak in 1.0..3.0, headroom in 0u8..40,
    ) {
        let before = cost(&spec);
        let mut more_peak = spec.clone();
        more_peak.objective.peak = spec.objective.peak.scale(peak);
        prop_assert!(cost(&more_peak) >= before, "peak × {peak}");
        let mut more_headroom = spec;
        let sum = more_headroom.capacity.headroom.get() + f64::from(headroom) / 100.0;
        more_headroom.capacity.headroom = Fraction::new(sum).expect("below 1");
        prop_assert!(cost(&more_headroom) >= before, "headroom {sum}");
    }

    /// Of the memory they need: a few more keys may spread load more evenly over the shards.
    #[test]
    fn more_keys_never_cost_less(spec in plan(), keys in 1.05..3.0) {
        let mut spec = spec;
        spec.objective.peak = spec.objective.peak.scale(1e-9);
        let before = cost(&spec);
        for n in &mut spec.capacity.keys {
            *n = num::ceil(num::float(*n) * keys);
        }
        prop_assert!(cost(&spec) >= before, "keys × {keys}");
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_catalog_does_not_matter(spec in plan(), seed in any::<u64>()) {
        let shuffled = shuffled_catalog(seed);
        let models = models(&spec);
        let one = recommend(&spec, &models, &target(), catalog());
        prop_assert_eq!(one, recommend(&spec, &models, &target(), &shuffled));
    }
}

/// The catalog of `instance-catalog/` with the rows of every table in another order.
fn shuffled_catalog(seed: u64) -> Catalog {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/instance-catalog/");
    let names = ["sources.csv", "node-types.csv", "limits.csv", "serverless.csv"];
    let texts: Vec<(&str, String)> = names
        .into_iter()
        .chain(["prices/us-east-1.csv"])
        .map(|name| {
            let text = std::fs::read_to_string(format!("{root}{name}")).unwrap();
            (name, shuffled(&text, seed))
        })
        .collect();
    let files: Vec<CsvFile<'_>> = texts.iter().map(|(name, text)| CsvFile { name, text }).collect();
    Catalog::parse(&files).expect("rows may come in any order")
}

/// The header stays first; no field of the catalog spans lines.
fn shuffled(text: &str, seed: u64) -> String {
    let (header, rows) = text.split_once('\n').expect("a header");
    let mut rows: Vec<&str> = rows.lines().collect();
    let mut state = seed | 1;
    for last in (1..rows.len()).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bound = num::count(last) + 1;
        rows.swap(last, num::index((state >> 33) % bound));
    }
    format!("{header}\n{}\n", rows.join("\n"))
}
