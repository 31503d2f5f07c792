use super::*;
use crate::catalog::Catalog;

const REDIS: EngineVersion = EngineVersion::redis(7, 1);
const VALKEY: EngineVersion = EngineVersion::valkey(8, 1);

/// 4 GiB of 10 used, half of the engine's thread.
fn burden() -> Burden {
    Burden { used: Bytes::from_gib(4), usable: Bytes::from_gib(10), engine_cpu: Some(0.5) }
}

/// `cache.r6g.large redis 1x1`: a type, an engine, shards × replicas.
fn way(from: (&str, EngineVersion, Layout), to: (&str, EngineVersion, Layout)) -> Migration {
    let catalog = Catalog::builtin();
    let node = |name: &str| catalog.node_type(name).expect("listed").clone();
    let (old, new) = (node(from.0), node(to.0));
    let place = |node, (_, engine, layout)| Place { node, engine, layout };
    let migration = migration(place(&old, from), place(&new, to), burden(), None);
    for step in &migration.steps {
        let limit = catalog.limits.get(&step.row);
        assert!(limit.is_some(), "{} is no row of limits.csv", step.row);
    }
    migration
}

/// The kinds of its steps.
fn kinds(migration: &Migration) -> Vec<&'static str> {
    let kind = |step: &Step| match step.change {
        Change::Replicas { from, to } if from < to => "+replicas",
        Change::Replicas { .. } => "-replicas",
        Change::Engine { .. } => "engine",
        Change::ClusterModeCompatible => "compatible",
        Change::ClusterModeEnabled => "enabled",
        Change::Shards { .. } => "shards",
        Change::NodeType { .. } => "node",
        Change::ReservedMemory { .. } => "reserve",
        Change::RestoreBackup => "restore",
        Change::FillAnew => "fill",
        Change::SwitchEndpoints => "switch",
    };
    migration.steps.iter().map(kind).collect()
}

const fn sharded(shards: u32, replicas: u32) -> Layout {
    Layout { cluster_mode: true, ..Layout::new(shards, replicas) }
}

#[test]
fn the_same_place_needs_no_steps() {
    let here = ("cache.r6g.large", REDIS, Layout::new(1, 1));
    assert_eq!(way(here, here), Migration { rebuild: None, steps: Vec::new() });
}

#[test]
fn engine_and_node_type_change_in_place_and_in_seconds() {
    let from = ("cache.r6g.large", REDIS, Layout::new(1, 1));
    let way = way(from, ("cache.m7g.large", VALKEY, Layout::new(1, 1)));
    assert_eq!(kinds(&way), ["engine", "node"]);
    assert_eq!(way.steps[0].interruption, Interruption::FewSeconds);
    assert_eq!(way.steps[1].interruption, Interruption::Secs(1));
}

#[test]
fn graviton4_needs_valkey_first() {
    let from = ("cache.r6g.large", REDIS, Layout::new(1, 1));
    assert_eq!(
        kinds(&way(from, ("cache.r8g.large", VALKEY, Layout::new(1, 1)))),
        ["engine", "node"]
    );
}

#[test]
fn a_single_node_is_away_for_a_minute_and_needs_a_replica_for_valkey() {
    let from = ("cache.r6g.large", REDIS, Layout::new(1, 0));
    let node = way(from, ("cache.r6g.xlarge", REDIS, Layout::new(1, 0)));
    assert_eq!(kinds(&node), ["node"]);
    assert_eq!(node.steps[0].interruption, Interruption::Secs(60));
    let valkey = way(from, ("cache.r6g.large", VALKEY, Layout::new(1, 0)));
    assert_eq!(kinds(&valkey), ["+replicas", "engine", "-replicas"]);
    let older = ("cache.r6g.large", EngineVersion::redis(6, 2), Layout::new(1, 0));
    assert_eq!(way(older, from).steps[0].interruption, Interruption::Throughout);
}

#[test]
fn shards_need_cluster_mode_first() {
    let from = ("cache.r6g.large", REDIS, Layout::new(1, 1));
    let way = way(from, ("cache.r6g.large", REDIS, sharded(3, 2)));
    assert_eq!(kinds(&way), ["+replicas", "compatible", "enabled", "shards"]);
    // Of 4 GiB on one shard two thirds move to the two others.
    let Change::Shards { moved, .. } = way.steps[3].change else { panic!("it adds shards") };
    assert_eq!(moved, Bytes::from_gib(4).scale(2.0 / 3.0));
    assert_eq!(way.steps[3].conditions[0].holds(), Some(true), "50% is below 80%");
}

/// What lies between has the more memory: first more shards, or first larger nodes.
#[test]
fn nothing_is_taken_away_before_its_place_is_there() {
    let (small, large) = ("cache.r6g.large", "cache.r6g.2xlarge");
    let of = |name, shards| (name, VALKEY, sharded(shards, 1));
    assert_eq!(kinds(&way(of(large, 2), of(small, 8))), ["shards", "node"]);
    assert_eq!(kinds(&way(of(small, 8), of(large, 2))), ["node", "shards"]);
}

/// 1.5 × 4 GiB × 2 removed shards, and 4 shards that stay with 6 GiB free each, by hand.
#[test]
fn removing_shards_needs_room_on_the_others() {
    let of = |shards| ("cache.r6g.large", VALKEY, sharded(shards, 1));
    let step = way(of(6), of(4)).steps.remove(0);
    let (free, needed) = (Bytes::from_gib(24), Bytes::from_gib(12));
    assert_eq!(step.conditions[1], Condition::FreeMemory { free, needed });
    assert_eq!(step.conditions[1].holds(), Some(true));
    assert_eq!(way(of(6), of(2)).steps[0].conditions[1].holds(), Some(false), "12 of 24 GiB");
}

#[test]
fn what_aws_does_not_change_in_place_takes_a_new_cluster() {
    let of = |name, engine, layout| (name, engine, layout);
    let one = Layout::new(1, 1);
    let check = |from, to, why, first: &str| {
        let way = way(from, to);
        assert_eq!(way.rebuild, Some(why));
        assert_eq!(kinds(&way), [first, "switch"]);
    };
    let (plain, tiered) = ("cache.r6g.xlarge", "cache.r6gd.xlarge");
    check(of(plain, VALKEY, one), of(tiered, VALKEY, one), Rebuild::IntoDataTiering, "restore");
    check(of(tiered, VALKEY, one), of(plain, VALKEY, one), Rebuild::OutOfDataTiering, "fill");
    check(of(plain, VALKEY, one), of(plain, REDIS, one), Rebuild::Downgrade, "fill");
    check(
        of(plain, REDIS, one),
        of(plain, EngineVersion::redis(6, 2), one),
        Rebuild::Downgrade,
        "fill",
    );
    check(
        of(plain, VALKEY, sharded(2, 1)),
        of(plain, VALKEY, one),
        Rebuild::OutOfClusterMode,
        "fill",
    );
    let old = EngineVersion::redis(6, 2);
    check(of(plain, old, one), of(plain, old, sharded(2, 1)), Rebuild::OldClusterMode, "restore");
}

#[test]
fn the_advised_figures_are_those_of_the_catalog() {
    use crate::catalog::LimitValue;
    let catalog = Catalog::builtin();
    let is = |row: &str, value: f64| {
        let limit = catalog.limits.get(row).expect(row);
        assert_eq!(limit.value, LimitValue::Number(value), "{row}");
    };
    is("resharding_cpu", f64::from(RESHARDING_CPU));
    is("resharding_cpu_single_core", f64::from(RESHARDING_CPU_SINGLE));
    is("scale_in_memory", SCALE_IN_MEMORY);
    is("node_change_single", f64::from(SINGLE_NODE_SECS) * 1e6);
    is("node_change_replicated", f64::from(REPLICATED_SECS) * 1e6);
}
