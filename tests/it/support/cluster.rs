//! A cluster of the test's own: primaries that share all slots, and replicas of some of them.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ::cachefit::workload::slot_of;

use super::{PATIENCE, Server};

const SLOTS: usize = 16_384;
const PAUSE: Duration = Duration::from_millis(50);
/// Slots without a primary do not keep the others from answering, as on ElastiCache; what else the
/// cluster does, it does at once.
const SETTINGS: [&str; 8] = [
    "--cluster-enabled",
    "yes",
    "--cluster-node-timeout",
    "1000",
    "--cluster-require-full-coverage",
    "no",
    "--repl-diskless-sync-delay",
    "0",
];

pub(crate) struct Cluster {
    /// In the order of their slots.
    pub primaries: Vec<Server>,
    /// Of the first primaries, one each.
    pub replicas: Vec<Server>,
}

impl Cluster {
    /// Starts so many primaries, and replicas of the first of them, and waits until all know each
    /// other.
    pub(crate) fn start(engine: &Path, primaries: usize, replicas: usize) -> Self {
        let start = || Server::start_engine(engine, &SETTINGS);
        let cluster = Self {
            primaries: std::iter::repeat_with(start).take(primaries).collect(),
            replicas: std::iter::repeat_with(start).take(replicas).collect(),
        };
        for (at, server) in cluster.primaries.iter().enumerate() {
            let slots = SLOTS * at / primaries..SLOTS * (at + 1) / primaries;
            let slots: Vec<String> = slots.map(|slot| slot.to_string()).collect();
            let mut words = vec!["CLUSTER", "ADDSLOTS"];
            words.extend(slots.iter().map(String::as_str));
            let () = server.ask(&words);
        }
        for other in cluster.nodes().skip(1) {
            let port = other.port().to_string();
            let () = cluster.primaries[0].ask(&["CLUSTER", "MEET", "127.0.0.1", &port]);
        }
        let known = format!("cluster_known_nodes:{}\r", primaries + replicas);
        cluster.wait_until(|server| {
            let info: String = server.ask(&["CLUSTER", "INFO"]);
            info.contains("cluster_state:ok") && info.contains(&known)
        });
        for (primary, replica) in cluster.primaries.iter().zip(&cluster.replicas) {
            let id: String = primary.ask(&["CLUSTER", "MYID"]);
            let () = replica.ask(&["CLUSTER", "REPLICATE", &id]);
        }
        // A replica is not named before it has followed something.
        let tag = |at| cluster.key_of(at);
        for (at, primary) in cluster.primaries.iter().enumerate().take(replicas) {
            let () = primary.ask(&["SET", &tag(at), "x"]);
            let _: u64 = primary.ask(&["DEL", &tag(at)]);
        }
        cluster.wait_until(|server| {
            let slots: Vec<Vec<redis::Value>> = server.ask(&["CLUSTER", "SLOTS"]);
            slots.iter().filter(|nodes| nodes.len() == 4).count() == replicas
        });
        cluster
    }

    /// A key of primary number `at`.
    fn key_of(&self, at: usize) -> String {
        let slots = SLOTS * at / self.primaries.len()..SLOTS * (at + 1) / self.primaries.len();
        let is_there = |key: &String| slots.contains(&usize::from(slot_of(key.as_bytes())));
        (0..10_000).map(|n: u32| n.to_string()).find(is_there).unwrap()
    }

    /// Every server of it.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Server> {
        self.primaries.iter().chain(&self.replicas)
    }

    fn wait_until(&self, is_so: impl Fn(&Server) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !self.nodes().all(&is_so) {
            assert!(Instant::now() < deadline, "the cluster never was ready");
            sleep(PAUSE);
        }
    }
}
