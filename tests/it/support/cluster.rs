//! A cluster of the test's own: primaries that share all slots, and replicas of some of them.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ::cachefit::engine::slot_of;

use super::server::free_port;
use super::{PATIENCE, Pki, Server};

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
        cluster.meet(&cluster.nodes().map(Server::port).collect::<Vec<_>>());
        cluster.follow();
        cluster
    }

    /// Starts so many primaries that speak TLS with each other and everybody, and announce themselves as
    /// `node-0.cache.test:6379` and so on, where nobody finds them. Returns where each listens, too.
    pub(crate) fn start_announced(engine: &Path, pki: &Pki, primaries: usize) -> (Self, Vec<u16>) {
        // The ports of the bus between the nodes are larger by 10,000.
        let below = |port: &u16| *port < u16::MAX - 10_000;
        let port = || std::iter::repeat_with(free_port).find(below).unwrap();
        let ports: Vec<u16> = std::iter::repeat_with(port).take(primaries).collect();
        let names: Vec<String> = (0..primaries).map(|n| format!("node-{n}.cache.test")).collect();
        let (certificate, key) = (pki.client.0.to_str().unwrap(), pki.client.1.to_str().unwrap());
        let start = |(port, name): (&u16, &String)| {
            let own = pki.settings(*port, "no");
            let announced = [
                ("--tls-cluster", "yes"),
                ("--tls-client-cert-file", certificate),
                ("--tls-client-key-file", key),
                ("--cluster-announce-hostname", name),
                ("--cluster-announce-tls-port", "6379"),
                ("--cluster-preferred-endpoint-type", "hostname"),
            ];
            let announced = announced.iter().flat_map(|(setting, value)| [*setting, *value]);
            let own = own.iter().map(String::as_str).chain(announced).chain(SETTINGS);
            Server::start_engine(engine, &own.collect::<Vec<_>>())
        };
        let cluster =
            Self { primaries: ports.iter().zip(&names).map(start).collect(), replicas: Vec::new() };
        cluster.meet(&ports);
        cluster.wait_until(|server| {
            let nodes: String = server.ask(&["CLUSTER", "NODES"]);
            names.iter().all(|name| nodes.contains(name))
        });
        (cluster, ports)
    }

    /// Gives the primaries their slots and waits until all nodes know each other, which meet at these
    /// ports.
    fn meet(&self, ports: &[u16]) {
        let primaries = self.primaries.len();
        for (at, server) in self.primaries.iter().enumerate() {
            let slots = SLOTS * at / primaries..SLOTS * (at + 1) / primaries;
            let slots: Vec<String> = slots.map(|slot| slot.to_string()).collect();
            let mut words = vec!["CLUSTER", "ADDSLOTS"];
            words.extend(slots.iter().map(String::as_str));
            let () = server.ask(&words);
        }
        for port in &ports[1..] {
            let () = self.primaries[0].ask(&["CLUSTER", "MEET", "127.0.0.1", &port.to_string()]);
        }
        let known = format!("cluster_known_nodes:{}\r", ports.len());
        self.wait_until(|server| {
            let info: String = server.ask(&["CLUSTER", "INFO"]);
            info.contains("cluster_state:ok") && info.contains(&known)
        });
    }

    /// Makes the replicas follow the first primaries and waits until they are named.
    fn follow(&self) {
        for (primary, replica) in self.primaries.iter().zip(&self.replicas) {
            let id: String = primary.ask(&["CLUSTER", "MYID"]);
            let () = replica.ask(&["CLUSTER", "REPLICATE", &id]);
        }
        // A replica is not named before it has followed something.
        let replicas = self.replicas.len();
        for (at, primary) in self.primaries.iter().enumerate().take(replicas) {
            let () = primary.ask(&["SET", &self.key_of(at), "x"]);
            let _: u64 = primary.ask(&["DEL", &self.key_of(at)]);
        }
        self.wait_until(|server| {
            let slots: Vec<Vec<redis::Value>> = server.ask(&["CLUSTER", "SLOTS"]);
            slots.iter().filter(|nodes| nodes.len() == 4).count() == replicas
        });
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
