//! Sizing over the whole catalog: every node type, two engines, up to 90 shards and 5 replicas.
//!
//! Five rounds; `make bench` runs it. Prints every round and the median, which is to stay below a
//! second on two cores.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for developers")]

use std::time::{Duration, Instant};

use cachefit::catalog::Catalog;
use cachefit::measurement::{Seeded, TargetFacts};
use cachefit::model::Models;
use cachefit::size::recommend;
use cachefit::spec::{ClusterMode, Families, PlanSpec, ReadFrom, identity_cache};
use serde_json::Value;

const ROUNDS: usize = 5;

fn main() {
    let models: Models = body("04-models");
    let target: TargetFacts = body::<Seeded>("02-seed").target;
    let catalog = Catalog::builtin();
    for (name, spec) in [("one shard", identity_cache()), ("every layout", every_layout())] {
        let mut rounds: Vec<Duration> = (0..ROUNDS)
            .map(|_| {
                let begin = Instant::now();
                let answer = recommend(&spec, &models, &target, &catalog).unwrap();
                assert!(answer.chosen.is_some());
                begin.elapsed()
            })
            .collect();
        println!("{name}: {rounds:.3?}");
        rounds.sort();
        println!("{name}: median {:.3?}", rounds[ROUNDS / 2]);
    }
}

/// The built-in workload with everything open: intervals, replicas that read, all families.
fn every_layout() -> PlanSpec {
    let mut spec = identity_cache();
    spec.capacity.cluster_mode = ClusterMode::Enabled;
    spec.capacity.replicas = 0;
    spec.capacity.multi_az = false;
    spec.production.reads = ReadFrom::AnyNode;
    spec.production.least.keys = vec![Some(4_000_000), Some(300_000)];
    spec.aws.families = Families::All;
    spec
}

/// What an artifact of the sample run holds.
fn body<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let path = format!("{}/reports/sample/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let envelope: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    serde_json::from_value(envelope["body"].clone()).unwrap()
}
