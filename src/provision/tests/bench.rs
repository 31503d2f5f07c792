//! The bench: what its module declares against the catalog, and what it costs.

use serde_json::{Value, json};

use super::module::{refused, variables};
use crate::catalog::{Catalog, Region};
use crate::engine::{EngineVersion, Product};
use crate::provision::{Bench, BenchCost, bench_cost};
use crate::units::Usd;

const MODULE: &str = include_str!("../../../terraform/modules/bench/variables.tf");
const EXAMPLE: &str = include_str!("../../../terraform/examples/bench/variables.tf");

const MODULES: [&str; 4] = [
    MODULE,
    include_str!("../../../terraform/modules/bench/outputs.tf"),
    include_str!("../../../terraform/modules/cache/variables.tf"),
    include_str!("../../../terraform/modules/cache/outputs.tf"),
];
const README: &str = include_str!("../../../terraform/README.md");

/// What a bench is given.
fn values() -> Value {
    json!({
        "name": "cachefit-bench",
        "node_types": ["cache.m7g.large", "cache.r7g.large"],
        "engine": "valkey",
        "engine_version": "8.1",
        "workload": "/home/ann/plan.toml",
        "files": { "claims.ndjson": "/home/ann/claims.ndjson" },
        "binary_url": "s3://ours/builds/cachefit-arm64",
        "binary_sha256": "0123456789abcdef".repeat(4),
        "host_type": "m7g.2xlarge",
        "time_limit_minutes": 120,
        "subnet_id": "subnet-0123456789abcdef0",
        "associate_public_ip_address": false,
        "force_destroy": true,
        "results_days": 7,
    })
}

/// What the module refuses with one value changed.
#[track_caller]
fn check(name: &str, value: impl Into<Value>, expected: &[&str]) {
    let mut changed = values();
    changed[name] = value.into();
    assert_eq!(refused(&variables(MODULE), &changed), expected, "{changed}");
}

#[test]
fn the_example_passes_on_what_the_module_leaves_open() {
    let (module, example) = (variables(MODULE), variables(EXAMPLE));
    for (name, variable) in &module {
        let is_passed = example.get(name).is_some_and(|passed| passed.kind == variable.kind);
        assert!(variable.has_default || is_passed, "{name}");
    }
    for (name, variable) in example.iter().filter(|(name, _)| *name != "region") {
        assert_eq!(variable.kind, module[name].kind, "{name}");
        assert!(variable.accepts(&values()[name]), "{name}");
    }
    assert_eq!(refused(&module, &values()), Vec::<String>::new());
}

#[test]
fn it_takes_what_the_catalog_knows() {
    let catalog = Catalog::builtin();
    for node in catalog.node_types() {
        check("node_types", vec![node.name.as_str()], &[]);
    }
    for engine in EngineVersion::ON_ELASTICACHE {
        let mut value = values();
        value["engine"] = json!(engine.product);
        value["engine_version"] = json!(format!("{}.{}", engine.major, engine.minor));
        let has_iam = engine != EngineVersion::redis(6, 2);
        let expected: &[&str] = if has_iam { &[] } else { &["engine_version"] };
        assert_eq!(refused(&variables(MODULE), &value), expected, "{engine}");
    }
    // A host is one that can be priced, of the processors the binary is for, and wide enough.
    for node in catalog.node_types() {
        let instance = node.name.trim_start_matches("cache.");
        let fits = node.is_current()
            && node.vcpus >= 4
            && node.data_tiering_bytes.is_none()
            && node.cpu_credits.is_none()
            && ["6g", "7g", "8g", "7gn", "8gn"].contains(&&node.family[1..]);
        check("host_type", instance, if fits { &[] } else { &["host_type"] });
    }
}

#[test]
fn it_refuses_what_would_fail_or_do_harm() {
    check("node_types", vec!["r7g.large"], &["node_types"]);
    check("node_types", vec!["cache.r7g.large", "cache.r7g"], &["node_types"]);
    check("node_types", vec!["cache.r7g.large", "cache.r7g.large"], &["node_types"]);
    check("node_types", Vec::<String>::new(), &["node_types"]);
    check("engine", "memcached", &["engine", "engine_version"]);
    check("name", "a".repeat(25), &["name"]);
    check("subnet_id", "subnet-1' ; reboot", &["subnet_id"]);
    check("files", json!({ "../plan": "a" }), &["files"]);
    check("files", json!({ "workload.toml": "a" }), &["files"]);
    for minutes in [json!(14), json!(601), json!(20.5)] {
        check("time_limit_minutes", minutes, &["time_limit_minutes"]);
    }
    check("results_days", 0, &["results_days"]);
    check("host_type", "t4g.xlarge", &["host_type"]);
    check("host_type", "m7g.large", &["host_type"]);
    check("binary_sha256", "ABC", &["binary_sha256"]);
    for url in [
        "http://host/cachefit",
        "https://host/a'; reboot '",
        "s3://ours",
        "/usr/bin/cachefit",
        "https://host/$(reboot)",
    ] {
        check("binary_url", url, &["binary_url"]);
    }
    check("binary_url", "https://host.example:8443/a/cachefit?v=1", &[]);
}

#[test]
fn the_readme_names_every_variable_and_output_of_both_modules() {
    for module in MODULES {
        let body: hcl::Body = hcl::parse(module).unwrap();
        for block in body.blocks() {
            let name = format!("`{}`", block.labels()[0].as_str());
            assert!(README.contains(&name), "{} {name}", block.identifier());
        }
    }
}

fn cost(region: &str, types: &[&str], host: Option<&str>, minutes: u64) -> BenchCost {
    let catalog = Catalog::builtin();
    let node = |name: &&str| catalog.node_type(name).unwrap();
    let types: Vec<_> = types.iter().map(node).collect();
    let region = Region::parse(region).unwrap();
    let (product, host) = (Product::Valkey, host.as_ref().map(node));
    bench_cost(&catalog, &Bench { region: &region, product, types: &types, host, minutes })
}

#[test]
fn a_bench_costs_its_nodes_and_its_host_for_as_long_as_they_are_there() {
    let types = ["cache.m7g.large", "cache.r7g.large"];
    let hour = cost("us-east-1", &types, Some("cache.m7g.2xlarge"), 60);
    let names: Vec<&str> = hour.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["cache.m7g.large", "cache.r7g.large", "m7g.2xlarge"]);
    let prices: u64 =
        hour.items.iter().map(|item| item.price.as_ref().unwrap().hourly.nanos()).sum();
    assert_eq!((hour.total, &hour.unpriced), (Usd::from_nanos(prices), &Vec::new()));
    let thrice = cost("us-east-1", &types, Some("cache.m7g.2xlarge"), 180);
    assert_eq!(thrice.total, hour.total * 3);
    assert_eq!(cost("us-east-1", &types, None, 60).items.len(), 2);
}

#[test]
fn what_is_not_known_is_not_nothing_and_a_narrow_host_is_named() {
    let found = cost("eu-west-1", &["cache.m7g.large", "cache.m6g.large"], None, 60);
    assert_eq!(found.unpriced, ["cache.m7g.large"]);
    assert_eq!(found.items[0].cost, None);
    assert!(found.total > Usd::ZERO);
    let wide = ["cache.m7g.large", "cache.r7g.16xlarge"];
    let found = cost("us-east-1", &wide, Some("cache.m7g.2xlarge"), 60);
    assert_eq!(found.wider_than_host, ["cache.r7g.16xlarge"]);
}
