//! What plans write, what the module declares and what the catalog knows agree.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, json};

use rand::{RngExt as _, SeedableRng as _};

use super::module::{Variable, refused, variables};
use crate::catalog::{Catalog, CpuMetric};
use crate::engine::EngineVersion;
use crate::provision::{Tfvars, tfvars};
use crate::size::Resource;
use crate::size::tests::fixture::{answer, catalog, opaque, sharded};
use crate::spec::{ClusterMode, PlanSpec, identity_cache};
use crate::units::{Fraction, OpsPerSec, num};

const MODULE: &str = include_str!("../../../terraform/modules/cache/variables.tf");
const EXAMPLE: &str = include_str!("../../../terraform/examples/minimal/variables.tf");

fn provisioned(spec: &PlanSpec) -> Option<Tfvars> {
    tfvars(spec, &answer(spec), catalog())
}

/// The built-in plan as the module sees it, without the Region, which is the provider's.
fn values() -> Value {
    static VALUES: LazyLock<Value> =
        LazyLock::new(|| for_module(&provisioned(&identity_cache()).unwrap()));
    VALUES.clone()
}

fn for_module(tfvars: &Tfvars) -> Value {
    let mut value = serde_json::to_value(tfvars).unwrap();
    value.as_object_mut().unwrap().remove("region").unwrap();
    value
}

/// What the module refuses in the built-in plan with one value changed.
#[track_caller]
fn check(name: &str, value: impl Into<Value>, expected: &[&str]) {
    let mut changed = values();
    changed[name] = value.into();
    assert_eq!(refused(&variables(MODULE), &changed), expected, "{changed}");
}

/// What plans with one node, one shard, several shards, other engines and a name that AWS refuses
/// write.
fn written() -> &'static [Tfvars] {
    static WRITTEN: LazyLock<Vec<Tfvars>> =
        LazyLock::new(|| plans().iter().map(|plan| provisioned(plan).unwrap()).collect());
    &WRITTEN
}

fn plans() -> Vec<PlanSpec> {
    let mut single = identity_cache();
    single.capacity.replicas = 0;
    let mut redis = identity_cache();
    redis.aws.engines = vec![EngineVersion::redis(7, 1)];
    let mut large = opaque(2_000_000_000, 900);
    large.aws.engines = vec![EngineVersion::valkey(9, 0)];
    let mut hostile = sharded();
    hostile.name = "9 ${file(\"/etc/passwd\")} \n%{ if true }".repeat(20);
    vec![identity_cache(), single, redis, large, hostile]
}

#[test]
fn every_plan_fills_the_variables_the_module_leaves_open() {
    let declared = variables(MODULE);
    let yours = ["subnet_ids", "security_group_ids"];
    let open: BTreeSet<&str> = declared
        .iter()
        .filter(|(name, variable)| !variable.has_default && !yours.contains(&name.as_str()))
        .map(|(name, _)| name.as_str())
        .collect();
    for tfvars in written() {
        let value = for_module(tfvars);
        let fields = value.as_object().unwrap();
        let filled: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
        assert!(open.is_subset(&filled), "{open:?}, {filled:?}");
        for (name, value) in fields {
            assert!(declared[name].accepts(value), "{name} = {value}");
        }
        assert_eq!(refused(&declared, &value), Vec::<String>::new(), "{value}");
    }
}

#[test]
fn the_example_declares_what_a_plan_writes_and_passes_it_on() {
    let declared = variables(EXAMPLE);
    let value = serde_json::to_value(provisioned(&identity_cache()).unwrap()).unwrap();
    for (name, value) in value.as_object().unwrap() {
        let variable: &Variable = declared.get(name).unwrap_or_else(|| panic!("{name}"));
        assert!(variable.accepts(value), "{name} = {value}");
    }
    let module = variables(MODULE);
    let shared = declared.iter().filter(|(name, _)| *name != "region");
    for (name, variable) in shared {
        assert_eq!(variable.kind, module[name].kind, "{name}");
    }
}

#[test]
fn a_layout_arrives_as_it_was_chosen() {
    let plan = sharded();
    let answer = answer(&plan);
    let (tfvars, choice) = (tfvars(&plan, &answer, catalog()).unwrap(), answer.chosen.unwrap());
    assert_eq!(tfvars.node_type, choice.node_type);
    assert_eq!(format!("{}-{}", tfvars.engine, tfvars.engine_version), choice.engine.to_string());
    assert_eq!(tfvars.num_node_groups, choice.layout.shards);
    assert_eq!(tfvars.replicas_per_node_group, choice.layout.replicas);
    assert_eq!(tfvars.cluster_mode_enabled, choice.layout.cluster_mode);
    assert_eq!(
        (tfvars.reserved_memory_percent, tfvars.maxmemory_policy.as_str()),
        (25, "volatile-lru")
    );
    // As `sharded` has it: no backups, no TLS.
    assert_eq!((tfvars.snapshot_retention_days, tfvars.transit_encryption_enabled), (0, false));
}

/// Plans that are drawn: 200 take two minutes here.
const DRAWN: usize = 8;

/// Plans drawn over keys, values, peak, headroom, replicas, engine and cluster mode.
#[test]
fn random_plans_are_accepted() {
    let module = variables(MODULE);
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(8);
    let mut n_chosen = 0;
    for _ in 0..DRAWN {
        let keys = num::round(10f64.powf(rng.random_range(3.0..7.5)));
        let mut spec = opaque(keys, rng.random_range(10..4_000));
        spec.capacity.cluster_mode =
            [ClusterMode::Auto, ClusterMode::Disabled, ClusterMode::Enabled]
                [rng.random_range(0..3)];
        spec.capacity.headroom = Fraction::new(rng.random_range(0.0..0.6)).unwrap();
        spec.capacity.replicas = rng.random_range(0..=5);
        spec.capacity.multi_az = rng.random();
        spec.production.tls = rng.random();
        spec.objective.peak = OpsPerSec::of(10f64.powf(rng.random_range(1.0..4.7)));
        let all = EngineVersion::ON_ELASTICACHE;
        spec.aws.engines = vec![all[rng.random_range(0..all.len())]];
        spec.policy.max_shards = Some(8); // sizing is not what is tested
        let Some(tfvars) = provisioned(&spec) else { continue };
        n_chosen += 1;
        let value = for_module(&tfvars);
        for (name, value) in value.as_object().unwrap() {
            assert!(module[name].accepts(value), "{name} = {value}");
        }
        assert_eq!(refused(&module, &value), Vec::<String>::new(), "{value}");
    }
    assert!(n_chosen > DRAWN / 2, "{n_chosen}");
}

/// Alarms go off where the headroom begins to be used.
#[test]
fn alarms_stand_where_the_headroom_begins() {
    let plan = identity_cache();
    let answer = answer(&plan);
    let choice = answer.chosen.as_ref().unwrap();
    let written = tfvars(&plan, &answer, catalog()).unwrap();
    assert_eq!(written.alarm_memory_percent, 80, "of what the reserve leaves");
    let node = catalog().node_type(&choice.node_type).unwrap();
    let (metric, percent) = match node.vcpus {
        2 => (CpuMetric::Host, 36), // 0.9 of two cores, less a fifth
        _ => (CpuMetric::Engine, 72),
    };
    assert_eq!((written.alarm_cpu_metric, written.alarm_cpu_percent), (metric, percent));
    let allowed = |resource| {
        let check = choice.checks.iter().find(|check| check.resource == resource);
        check.unwrap().allowed.unwrap()
    };
    let a_minute = num::round(allowed(Resource::NetworkOut) * 60.0);
    assert_eq!(written.alarm_network_out_bytes, Some(a_minute));
}

#[test]
fn some_plan_has_shards_and_one_has_no_second_node() {
    let all = written();
    assert!(all.iter().any(|tfvars| tfvars.cluster_mode_enabled && tfvars.num_node_groups > 1));
    let single = all.iter().find(|tfvars| tfvars.replicas_per_node_group == 0).unwrap();
    assert!(!single.multi_az_enabled, "nothing to place in a second zone");
}

#[test]
fn nothing_chosen_is_nothing_provisioned() {
    let mut plan = identity_cache();
    plan.capacity.keys = vec![1 << 50, 1 << 50];
    assert_eq!(provisioned(&plan), None);
}

#[test]
fn the_module_accepts_what_the_catalog_knows() {
    let catalog = Catalog::builtin();
    for engine in EngineVersion::ON_ELASTICACHE {
        let mut value = values();
        value["engine"] = json!(engine.product);
        value["engine_version"] = json!(format!("{}.{}", engine.major, engine.minor));
        assert_eq!(refused(&variables(MODULE), &value), Vec::<String>::new(), "{engine}");
    }
    for node in catalog.node_types() {
        check("node_type", node.name.as_str(), &[]);
    }
    let limits = &catalog.limits;
    let replicas = limits.replicas_per_shard_max.value;
    check("replicas_per_node_group", replicas, &[]);
    check("replicas_per_node_group", replicas + 1, &["replicas_per_node_group"]);
    let nodes = limits.nodes_per_cluster_max.value; // the built-in plan has a replica to each
    let mut many = values();
    many["cluster_mode_enabled"] = json!(true);
    many["num_node_groups"] = json!(nodes / 2);
    assert_eq!(refused(&variables(MODULE), &many), Vec::<String>::new());
    many["num_node_groups"] = json!(nodes / 2 + 1);
    assert_eq!(refused(&variables(MODULE), &many), ["num_node_groups"]);
}

#[test]
fn the_module_refuses_what_contradicts_itself() {
    check("engine_version", "7.3", &["engine_version"]);
    check("engine", "redis", &["engine_version"]);
    check("engine", "memcached", &["engine", "engine_version"]);
    check("node_type", "r7g.large", &["node_type"]);
    check("num_node_groups", 2, &["cluster_mode_enabled"]);
    check("num_node_groups", 1.5, &["cluster_mode_enabled", "num_node_groups"]);
    check("replicas_per_node_group", 0, &["multi_az_enabled"]);
    check("reserved_memory_percent", 101, &["reserved_memory_percent"]);
    check("maxmemory_policy", "lru", &["maxmemory_policy"]);
    check("snapshot_retention_days", 36, &["snapshot_retention_days"]);
    check("alarm_memory_percent", 0, &["alarm_memory_percent"]);
    check("alarm_cpu_percent", 101, &["alarm_cpu_percent"]);
    check("alarm_cpu_metric", "FreeableMemory", &["alarm_cpu_metric"]);
    check("alarm_connections", 65_001, &["alarm_connections"]);
    for name in ["", "9a", "a_b", "a--b", "a-", "A", &"a".repeat(41)] {
        check("name", name, &["name"]);
    }
}
