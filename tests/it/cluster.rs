//! Clusters as targets: measured end to end, with slots that move, primaries that die and replicas
//! that are read from.

use std::thread::sleep;
use std::time::{Duration, Instant};

use cachefit::load::{LevelSettings, measure_level};
use cachefit::measurement::{Level, Stamp, VoidReason};
use cachefit::seed::{remove_keys, seed};
use cachefit::spec::PlanSpec;
use cachefit::target::{Control, Target, read_facts};
use cachefit::units::OpsPerSec;
use rustix::process::Signal;

use crate::support::{
    Cachefit, Cluster, PATIENCE, Pki, Server, Workdir, alone, block_on, engine, plan, plan_text,
    signal,
};

const MIX: &str = r#"
    { class = "s", command = "get", weight = 3 },
    { class = "s", command = "set", weight = 1 }"#;
const LOAD: &str = r#"levels = ["2k/s"], step = "2s", connections = 4"#;

/// Seeds the tiny plan into a target and offers it one level; `meanwhile` comes between the two, and
/// `after` before own keys are removed.
fn level(
    spec: &PlanSpec,
    server: &Server,
    meanwhile: impl FnOnce(),
    after: impl FnOnce(),
) -> Level {
    block_on(async {
        let target = Target::connect(&server.endpoint()).await.unwrap();
        let facts = read_facts(&target.shards()[0].control, Some("there".into())).await.unwrap();
        let started = Stamp { unix_secs: 0 };
        seed(spec, &target, facts, started, |_, bytes| bytes, &mut |_, _| {}).await.unwrap();
        meanwhile();
        let settings = LevelSettings { offered: OpsPerSec::of(2_000.0), seed: 1 };
        let level = measure_level(spec, &target, settings).await.unwrap();
        after();
        let now = Target::connect(&server.endpoint()).await.unwrap();
        assert_eq!(remove_keys(&now, spec).await.unwrap(), spec.n_keys());
        level
    })
}

fn keys_of(server: &Server) -> u64 {
    server.ask(&["DBSIZE"])
}

#[test]
fn three_primaries_are_measured_end_to_end() {
    let _alone = alone();
    // The first has a replica, whose stream takes memory as well.
    let (cluster, workdir) = (Cluster::start(&engine(), 3, 1), Workdir::new());
    let text = plan_text(MIX, r#"levels = ["2k/s", "4k/s"], step = "2s", connections = 4"#);
    let text = text.replace("2_000", "60_000");
    // Any of its nodes leads to all of them.
    let url = cluster.primaries[1].url("");
    let run = Cachefit::on_target(&workdir, &text, &url, &[]).finish();
    assert!(run.concluded(), "{run:?}");
    assert!(run.stderr.contains("shard: ") && run.stderr.contains("slots 0-5460"), "{run:?}");

    let seeded = &workdir.artifact("02-seed.json")["body"];
    let shards = seeded["shards"].as_array().unwrap();
    let addresses: Vec<String> =
        cluster.primaries.iter().map(|server| format!("127.0.0.1:{}", server.port())).collect();
    let mut keys = 0;
    for (shard, address) in shards.iter().zip(&addresses) {
        assert_eq!(shard["address"], address.as_str());
        keys += shard["keys"].as_u64().unwrap();
        let bytes = |name: &str| shard[name].as_f64().unwrap();
        let data = |name: &str| bytes(name) - bytes("baseline_bytes");
        let off = data("predicted_bytes") / data("settled_bytes") - 1.0;
        // 20 MB of data beside some KiB of buffers that nodes of a cluster have for each other.
        assert!(off.abs() < 0.005, "{off} of {shard}");
    }
    assert_eq!((shards.len(), keys), (3, 60_000));
    let replicas: Vec<u64> =
        shards.iter().map(|shard| shard["replicas"].as_u64().unwrap()).collect();
    assert_eq!(replicas, [1, 0, 0]);

    let levels = &workdir.artifact("03-steps.json")["body"]["levels"];
    for level in levels.as_array().unwrap() {
        let nodes = level["nodes"].as_array().unwrap();
        let replies = |of: &serde_json::Value| of["replies"].as_u64().unwrap();
        let by_node: u64 = nodes.iter().map(replies).sum();
        let by_command: u64 = level["commands"].as_array().unwrap().iter().map(replies).sum();
        assert_eq!((nodes.len(), by_node), (3, by_command));
        assert_eq!(level["redirected"], 0);
        let commands = |of: &serde_json::Value| of["server"]["commands"].as_u64().unwrap();
        let all: u64 = nodes.iter().map(commands).sum();
        assert_eq!(level["server"]["commands"].as_u64(), Some(all));
    }
    // A third each, within what chance does, where anything was measured at all.
    let share = &workdir.artifact("04-models.json")["body"]["capacity"]["busiest_share"];
    let is_void =
        levels.as_array().unwrap().iter().all(|level| level["void"] != serde_json::json!([]));
    assert!(
        is_void || share.as_f64().is_some_and(|share| (0.33..0.40).contains(&share)),
        "{share}"
    );
    let report = std::fs::read_to_string(workdir.out().join("report.md")).unwrap();
    assert!(report.contains("The shards of the measured cluster"), "{report}");
    for server in &cluster.primaries {
        assert_eq!(keys_of(server), 0);
    }
    let checked = Cachefit::start(&workdir.tmp(), &["verify", workdir.out().to_str().unwrap()]);
    let checked = checked.finish();
    assert_eq!(checked.code, Some(0), "{checked:?}");
}

/// Nodes announce names and a port that lead nowhere from here, as those of a VPC do at the end of a
/// tunnel; each is led elsewhere, and its certificate is still asked for under its name.
#[test]
fn nodes_that_announce_names_are_reached_elsewhere() {
    let _alone = alone();
    let workdir = Workdir::new();
    let pki = Pki::new(&workdir, "ours");
    let (cluster, ports) = Cluster::start_announced(&engine(), &pki, 3);
    let node = |n: usize| format!("node-{n}.cache.test:6379:127.0.0.1:{}", ports[n]);
    let detours =
        [format!("entry.cache.test:6379:127.0.0.1:{}", ports[1]), node(0), node(1), node(2)];
    let ca = pki.ca.to_str().unwrap();
    let plan = |detours: &[String]| {
        let resolve = detours.iter().flat_map(|detour| ["--resolve", detour]);
        let more: Vec<&str> = ["--tls-ca", ca].into_iter().chain(resolve).collect();
        let text = plan_text(MIX, LOAD);
        Cachefit::on_target(&workdir, &text, "rediss://entry.cache.test", &more).finish()
    };
    let idle = "other.cache.test:6379:127.0.0.1".to_owned();
    let run = plan(&[&detours[..], &[idle]].concat());
    assert!(run.concluded(), "{run:?}");
    assert!(run.stderr.contains("other.cache.test:6379:127.0.0.1 names none"), "{run:?}");
    let levels = &workdir.artifact("03-steps.json")["body"]["levels"];
    let nodes = levels[0]["nodes"].as_array().unwrap();
    for (n, node) in nodes.iter().enumerate() {
        assert_eq!(node["address"], format!("node-{n}.cache.test:6379"));
        assert!(node["replies"].as_u64().unwrap() > 0, "{node}");
    }
    assert_eq!((nodes.len(), &levels[0]["redirected"]), (3, &0.into()));
    assert!(cluster.primaries.iter().all(|server| keys_of(server) == 0));
}

/// Slots that have gone for good answer MOVED, those on their way ASK; both are followed, nothing is
/// lost, and the level says what happened.
#[test]
fn operations_follow_their_slots_and_void_the_level() {
    let _alone = alone();
    let spec = plan(&plan_text(MIX, LOAD));
    let cluster = Cluster::start(&engine(), 3, 0);
    let [from, to, _] = &cluster.primaries[..] else { unreachable!() };
    let id = |server: &Server| server.ask::<String>(&["CLUSTER", "MYID"]);
    let mut redirected = Vec::new();
    for settles in [true, false] {
        // Some slots of the first primary.
        let slots = if settles { 0..300 } else { 300..600 };
        let slots: Vec<String> = slots.map(|slot: u32| slot.to_string()).collect();
        let finish = || {
            for slot in &slots {
                for server in [to, from] {
                    let () = server.ask(&["CLUSTER", "SETSLOT", slot, "NODE", &id(to)]);
                }
            }
        };
        let move_keys = || {
            for slot in &slots {
                let () = to.ask(&["CLUSTER", "SETSLOT", slot, "IMPORTING", &id(from)]);
                let () = from.ask(&["CLUSTER", "SETSLOT", slot, "MIGRATING", &id(to)]);
                let keys: Vec<String> = from.ask(&["CLUSTER", "GETKEYSINSLOT", slot, "1000"]);
                let port = to.port().to_string();
                for key in keys {
                    let () = from.ask(&["MIGRATE", "127.0.0.1", &port, &key, "0", "5000"]);
                }
            }
            if settles {
                finish();
            }
        };
        let level = level(&spec, from, move_keys, || {
            if !settles {
                finish();
            }
        });
        let moved = |reason: &VoidReason| matches!(reason, VoidReason::Redirected(_));
        assert!(level.void.iter().any(moved), "{:?}", level.void);
        let errors: u64 = level.commands.iter().map(|command| command.errors).sum();
        let missed: u64 = level.commands.iter().map(|command| command.keys_missed).sum();
        assert_eq!((errors, missed, level.unfinished), (0, 0, 0), "{:?}", level.void);
        redirected.push(level.redirected);
    }
    let [moved, asked] = redirected[..] else { unreachable!() };
    // Some 80 operations ask for these slots: the first of each in the wrong place where it has moved,
    // all of them where it is on its way.
    assert!(moved > 0 && asked > moved, "{redirected:?}");
}

/// The level is void, a replica takes over, and the next level is measured on it.
#[test]
fn a_primary_that_is_killed_in_a_level_voids_it_and_the_run_goes_on() {
    let _alone = alone();
    let (cluster, workdir) = (Cluster::start(&engine(), 3, 1), Workdir::new());
    let load = r#"levels = ["2k/s", "2.1k/s", "2.2k/s"], step = "3s", connections = 4"#;
    let text = plan_text(MIX, load);
    let url = cluster.primaries[2].url("");
    let mut run = Cachefit::on_target(&workdir, &text, &url, &[]);
    run.wait_for("offered 2.00k/s");
    let lost = &cluster.primaries[0];
    wait_for_commands(lost);
    signal(lost.pid(), Signal::KILL);
    let run = run.finish();
    assert!(run.concluded(), "{run:?}");
    let levels = &workdir.artifact("03-steps.json")["body"]["levels"];
    let [before, during, after] = &levels.as_array().unwrap()[..] else { panic!("{levels}") };
    let void = during["void"].to_string();
    assert!(void.contains("connections-lost") && void.contains(&lost.port().to_string()), "{void}");
    let address =
        |level: &serde_json::Value| level["nodes"][0]["address"].as_str().unwrap().to_owned();
    let successor = format!("127.0.0.1:{}", cluster.replicas[0].port());
    assert_eq!(
        (address(before), address(after)),
        (format!("127.0.0.1:{}", lost.port()), successor)
    );
    assert!(during["nodes"][0]["server"]["commands"].is_null(), "not collected, not zero");
    assert!(!after["void"].to_string().contains("lost"), "{after}");
    for server in cluster.primaries[1..].iter().chain(&cluster.replicas) {
        assert_eq!(keys_of(server), 0, "own keys are removed wherever they are now");
    }
}

/// Without a successor there is nothing to go on with: what was measured is kept, the keys of the
/// others are removed, and an interruption does not wait for a failover that never comes.
#[test]
fn a_primary_that_is_lost_for_good_ends_the_run_with_what_was_measured() {
    let _alone = alone();
    let (cluster, workdir) = (Cluster::start(&engine(), 3, 0), Workdir::new());
    let text = plan_text(MIX, r#"levels = ["2k/s", "2.1k/s"], step = "4s", connections = 4"#);
    let mut run = Cachefit::on_target(&workdir, &text, &cluster.primaries[2].url(""), &[]);
    run.wait_for("seeded ");
    let lost = &cluster.primaries[0];
    wait_for_commands(lost);
    signal(lost.pid(), Signal::KILL);
    run.wait_for("void: ");
    run.signal(Signal::INT);
    let run = run.finish();
    assert_eq!(run.code, Some(130), "{run:?}");
    assert!(run.stderr.contains("cachefit clean"), "{run:?}");
    let levels = &workdir.artifact("03-steps.json")["body"]["levels"];
    assert_eq!(levels.as_array().unwrap().len(), 1, "{levels}");
    for server in &cluster.primaries[1..] {
        assert_eq!(keys_of(server), 0);
    }
}

/// Waits until a server has answered some hundred operations more.
fn wait_for_commands(server: &Server) {
    let deadline = Instant::now() + PATIENCE;
    let mut connection = server.client(0);
    let mut answered = || -> u64 {
        let text: String = redis::cmd("INFO").arg("stats").query(&mut connection).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("total_commands_processed:"));
        line.unwrap().trim().parse().unwrap()
    };
    let before = answered();
    // Our own questions count as well.
    while answered() < before + 300 {
        assert!(Instant::now() < deadline, "nobody uses it");
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn reads_are_spread_over_the_nodes_of_a_shard() {
    let _alone = alone();
    let spec = plan(&plan_text(MIX, &LOAD.replace("levels", "reads = \"any-node\", levels")));
    let cluster = Cluster::start(&engine(), 3, 3);
    let follow = || {
        for (primary, replica) in cluster.primaries.iter().zip(&cluster.replicas) {
            replica.wait_for_keys(keys_of(primary) - 1);
        }
    };
    let of_cluster = level(&spec, &cluster.primaries[0], follow, || {});
    let primary = Server::start(&[]);
    let replica = Server::start(&["--replicaof", "127.0.0.1", &primary.port().to_string()]);
    block_on(async {
        let deadline = Instant::now() + PATIENCE;
        let control = Control::connect(&primary.endpoint()).await.unwrap();
        while !control.info().await.unwrap().text("slave0").is_some_and(|it| it.contains("online"))
        {
            assert!(Instant::now() < deadline, "no replica");
        }
    });
    let of_one = level(&spec, &primary, || replica.wait_for_keys(1_999), || {});
    for (level, shards) in [(of_cluster, 3), (of_one, 1)] {
        let errors: u64 = level.commands.iter().map(|command| command.errors).sum();
        let missed: u64 = level.commands.iter().map(|command| command.keys_missed).sum();
        assert_eq!((errors, missed, level.nodes.len()), (0, 0, 2 * shards), "{:?}", level.void);
        let of = |is_replica: bool| -> u64 {
            let nodes = level.nodes.iter().filter(|node| node.is_replica == is_replica);
            nodes.map(|node| node.replies).sum()
        };
        // Three reads of four operations, half of them each.
        let share = |n: u64| f64::from(u32::try_from(n).unwrap());
        let replicas = share(of(true)) / share(of(true) + of(false));
        assert!((0.30..0.45).contains(&replicas), "{replicas}");
    }
}

#[test]
fn commands_over_several_slots_and_shards_without_replicas_are_refused() {
    let cluster = Cluster::start(&engine(), 3, 0);
    let refused = |text: &str, part: &str| {
        let workdir = Workdir::new();
        let run = Cachefit::on_target(&workdir, text, &cluster.primaries[0].url(""), &[]).finish();
        assert_eq!(run.code, Some(4), "{run:?}");
        assert!(run.stderr.contains(part) && run.stderr.contains("hint: "), "{run:?}");
        for server in &cluster.primaries {
            assert_eq!(keys_of(server), 0);
        }
    };
    let mget = r#"{ class = "s", command = "mget", batch = 5, weight = 1 }"#;
    refused(&plan_text(mget, LOAD), "`s mget 5` asks for keys of several slots at once");
    let reads = LOAD.replace("levels", "reads = \"any-node\", levels");
    refused(&plan_text(MIX, &reads), "has no replica to read from");
}
