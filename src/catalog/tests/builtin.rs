//! Invariants of the embedded data.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::catalog::builtin::FILES;
use crate::catalog::{
    Catalog, CpuMetric, Generation, LimitKind, NodeSize, NodeType, Processor, Region,
    ServerlessItem, Unsupported,
};
use crate::engine::{EngineVersion, Product};
use crate::units::{Bytes, BytesPerSec, Fraction, OpsPerSec, UsdPerHour};

fn region(name: &str) -> Region {
    Region::parse(name).unwrap()
}

fn node<'c>(catalog: &'c Catalog, name: &str) -> &'c NodeType {
    catalog.node_type(name).unwrap()
}

#[test]
fn every_file_of_the_directory_is_embedded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("instance-catalog");
    let mut expected = BTreeSet::new();
    for (folder, prefix) in [(root.clone(), ""), (root.join("prices"), "prices/")] {
        for entry in fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if Path::new(&name).extension().is_some_and(|extension| extension == "csv") {
                expected.insert(format!("{prefix}{name}"));
            }
        }
    }
    let embedded: BTreeSet<String> = FILES.iter().map(|file| file.name.to_owned()).collect();
    assert_eq!(embedded, expected);
}

#[test]
fn ninety_four_types_in_twenty_four_regions() {
    let catalog = Catalog::builtin();
    assert_eq!(catalog.node_types().len(), 94);
    assert_eq!(catalog.prices.regions().count(), 24);
    let previous: BTreeSet<&str> = catalog
        .node_types()
        .iter()
        .filter(|node| node.generation == Generation::Previous)
        .map(|node| node.family.as_str())
        .collect();
    assert_eq!(previous.into_iter().collect::<Vec<_>>(), ["m4", "r4", "t2"]);
}

#[test]
fn a_name_is_its_family_and_size() {
    for node in Catalog::builtin().node_types() {
        assert_eq!(node.name, format!("cache.{}.{}", node.family, node.size));
    }
}

#[test]
fn a_larger_size_offers_more() {
    let catalog = Catalog::builtin();
    for pair in catalog.node_types().windows(2).filter(|pair| pair[0].family == pair[1].family) {
        let (small, large) = (&pair[0], &pair[1]);
        let name = &large.name;
        assert!(small.size < large.size, "{name}");
        assert!(small.maxmemory_bytes < large.maxmemory_bytes, "{name}");
        assert!(small.memory_bytes < large.memory_bytes, "{name}");
        assert!(small.vcpus <= large.vcpus, "{name}");
        assert!(small.maxclients <= large.maxclients, "{name}");
        assert!(
            small.network_baseline_bytes_per_sec < large.network_baseline_bytes_per_sec,
            "{name}"
        );
        assert!(small.data_tiering_bytes <= large.data_tiering_bytes, "{name}");
        assert_eq!(small.processor, large.processor, "{name}");
    }
}

#[test]
fn one_machine_does_not_contradict_itself() {
    for node in Catalog::builtin().node_types() {
        let name = &node.name;
        let baseline = node.network_baseline_bytes_per_sec.unwrap();
        assert!(baseline > BytesPerSec::ZERO, "{name}");
        assert!(node.network_burst_bytes_per_sec.is_none_or(|burst| burst > baseline), "{name}");
        let ratio = node.maxmemory_bytes / node.memory_bytes;
        assert!((0.97..1.012).contains(&ratio), "{name}: {ratio}");
        assert_eq!(node.is_burstable(), node.family.starts_with('t'), "{name}");
        assert_eq!(node.data_tiering_bytes.is_some(), node.family == "r6gd", "{name}");
        if let Some(credits) = node.cpu_credits {
            let share = credits.baseline_per_vcpu.get() * f64::from(node.vcpus);
            assert!((share * 60.0 - f64::from(credits.earned_per_hour)).abs() < 1e-9, "{name}");
            assert_eq!(credits.balance_max, 24 * credits.earned_per_hour, "{name}");
        }
        if let Some(buffer) = node.replica_output_buffer_bytes {
            let share = buffer / node.maxmemory_bytes;
            assert!((share - 0.1).abs() < 1e-6, "{name}: {share}");
        }
    }
}

#[test]
fn every_source_resolves_and_none_is_idle() {
    let catalog = Catalog::builtin();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    let nodes = catalog.node_types().iter().flat_map(|node| &node.source);
    let limits = catalog.limits.iter().flat_map(|(_, limit)| &limit.source);
    let serverless = catalog.serverless.rows().iter().flat_map(|row| &row.published.source);
    used.extend(nodes.chain(limits).chain(serverless).map(String::as_str));
    for region in catalog.prices.regions() {
        for node in catalog.node_types() {
            for price in catalog.prices.readings(region, &node.name) {
                used.extend(price.reading().source.iter().map(String::as_str));
            }
        }
    }
    let keys: BTreeSet<&str> = catalog.sources.iter().map(|source| source.key.as_str()).collect();
    assert_eq!(used, keys);
}

#[test]
fn figures_by_value() {
    let catalog = Catalog::builtin();
    let quarter = catalog.limits.reserved_memory_default.value;
    assert_eq!(node(&catalog, "cache.t3.micro").usable_memory(quarter), Bytes::new(402_653_184));
    let r7g = node(&catalog, "cache.r7g.large");
    assert_eq!(r7g.maxmemory_bytes, Bytes::new(14_037_181_030));
    assert_eq!(r7g.network_baseline_bytes_per_sec, BytesPerSec::from_gbps(0.937));
    assert_eq!(r7g.processor, Processor::Graviton3);
    assert!(!r7g.io.tls_offload && r7g.io.enhanced_io);
    assert_eq!(node(&catalog, "cache.t3.small").maxclients, 46_000);
    assert_eq!(node(&catalog, "cache.r6gd.xlarge").size, NodeSize::Xlarge(1));
    assert!(catalog.node_type("cache.r7g.huge").is_none());
}

#[test]
fn graviton4_runs_valkey_only_and_every_other_type_redis_7_1() {
    let catalog = Catalog::builtin();
    for node in catalog.node_types() {
        let is_refused = matches!(
            node.supports(EngineVersion::redis(7, 1)),
            Err(Unsupported::EngineNotOffered { product: Product::Redis, .. })
        );
        assert_eq!(is_refused, node.processor == Processor::Graviton4, "{}", node.name);
        assert_eq!(node.supports(EngineVersion::valkey(8, 1)), Ok(()), "{}", node.name);
    }
    let too_old = node(&catalog, "cache.m7g.large").supports(EngineVersion::redis(6, 0));
    assert_eq!(
        too_old.unwrap_err().to_string(),
        "cache.m7g.large runs redis-6.2 and newer, not redis-6.0"
    );
}

#[test]
fn every_version_on_offer_is_in_the_limits() {
    let catalog = Catalog::builtin();
    for engine in EngineVersion::ON_ELASTICACHE {
        let row = catalog.limits.get(&format!("engine_versions_{}", engine.product)).unwrap();
        let versions = serde_json::to_string(&row.value).unwrap();
        assert!(versions.contains(&format!("{}.{}", engine.major, engine.minor)), "{engine}");
    }
}

#[test]
fn multiplexing_needs_redis_7() {
    let catalog = Catalog::builtin();
    let node = node(&catalog, "cache.r7g.xlarge");
    assert!(!node.io_threading(EngineVersion::redis(6, 2)).multiplexing);
    assert!(node.io_threading(EngineVersion::redis(6, 2)).tls_offload);
    assert!(node.io_threading(EngineVersion::redis(7, 0)).multiplexing);
    assert!(node.io_threading(EngineVersion::valkey(7, 2)).multiplexing);
}

#[test]
fn limits_by_value() {
    let limits = Catalog::builtin().limits;
    assert_eq!(limits.reserved_memory_default.value.get().to_string(), "0.25");
    assert_eq!(limits.reserved_memory_default.kind, LimitKind::Service);
    assert_eq!(limits.reserved_memory_default.source, ["L1"]);
    assert_eq!(limits.nodes_per_cluster_default_quota.value, 90);
    assert_eq!(limits.nodes_per_cluster_max.value, 500);
    assert_eq!(limits.replicas_per_shard_max.value, 5);
    assert_eq!(limits.replica_output_buffer.value, Fraction::new(0.1).unwrap());
    assert_eq!(limits.serverless_data_max.value, Bytes::from_gib(5000));
    assert_eq!(limits.node_throughput_claim.value, OpsPerSec::of(1e6));
    let backlog = |engine| limits.repl_backlog_size(engine).value;
    assert_eq!(backlog(EngineVersion::redis(7, 1)), Bytes::from_mib(1));
    assert_eq!(backlog(EngineVersion::valkey(7, 2)), Bytes::from_mib(1));
    assert_eq!(backlog(EngineVersion::valkey(9, 0)), Bytes::from_mib(10));
}

#[test]
fn small_nodes_are_watched_by_host_cpu() {
    let catalog = Catalog::builtin();
    let cpu = |name| catalog.limits.cpu(node(&catalog, name));
    for (name, metric, at_most) in [
        ("cache.t2.micro", CpuMetric::Host, 0.9),
        ("cache.m7g.large", CpuMetric::Host, 0.45),
        ("cache.m7g.xlarge", CpuMetric::Engine, 0.9),
    ] {
        let limit = cpu(name);
        assert_eq!((limit.metric, limit.at_most.value), (metric, Fraction::new(at_most).unwrap()));
    }
}

#[test]
fn an_empty_serverless_cache_costs_its_minimum() {
    let serverless = Catalog::builtin().serverless;
    let monthly = |product| {
        let rates = serverless.rates(&region("us-east-1"), product).unwrap();
        rates.hourly(Bytes::ZERO, OpsPerSec::ZERO).monthly().to_string()
    };
    assert_eq!(monthly(Product::Valkey), "$6.13");
    assert_eq!(monthly(Product::Redis), "$91.25");
    // The user guide's example: 100k ECPU/s for an hour cost 1.224 USD beside the data (source L9).
    let redis = serverless.rates(&region("us-east-1"), Product::Redis).unwrap();
    let hour = redis.hourly(Bytes::ZERO, OpsPerSec::of(100_000.0));
    assert_eq!(hour, UsdPerHour::from_usd(0.125 + 1.224).unwrap());
    assert_eq!(serverless.rates(&region("eu-central-1"), Product::Redis), None);
    let backup =
        serverless.find(ServerlessItem::BackupStorage, &region("us-east-1"), Product::Valkey);
    assert!((backup.unwrap().value - 0.085).abs() < 1e-12);
}
