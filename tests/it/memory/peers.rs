//! What nodes of a cluster keep for each other, on small clusters that have settled.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use cachefit::model::memory::overhead;
use cachefit::units::num;

use crate::support::tutorial::target;
use crate::support::{PATIENCE, Server, busy, engines, used_memory};

const SETTINGS: [&str; 4] = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
const SLOTS: usize = 16_384;
const PAUSE: Duration = Duration::from_millis(500);
/// Readings in a row that have to agree; what is left of handshakes goes within seconds.
const ALIKE: u32 = 4;

/// So many primaries that know each other and own a part of the slots each.
fn cluster(engine: &Path, nodes: usize) -> Vec<Server> {
    let servers: Vec<Server> =
        (0..nodes).map(|_| Server::start_engine(engine, &SETTINGS)).collect();
    for (at, server) in servers.iter().enumerate() {
        let slots = SLOTS * at / nodes..SLOTS * (at + 1) / nodes;
        let slots: Vec<String> = slots.map(|slot| slot.to_string()).collect();
        let mut words = vec!["CLUSTER", "ADDSLOTS"];
        words.extend(slots.iter().map(String::as_str));
        let () = server.ask(&words);
    }
    for other in &servers[1..] {
        let () = servers[0].ask(&["CLUSTER", "MEET", "127.0.0.1", &other.port().to_string()]);
    }
    let knows_all = |server: &Server| {
        let info: String = server.ask(&["CLUSTER", "INFO"]);
        let known = format!("cluster_known_nodes:{nodes}\r");
        info.contains("cluster_state:ok") && info.contains(&known)
    };
    let deadline = Instant::now() + PATIENCE;
    while !servers.iter().all(knows_all) {
        assert!(Instant::now() < deadline, "the cluster never was ready");
        sleep(PAUSE);
    }
    servers
}

/// The median of the nodes that were met; the one that met them keeps a client's buffers.
fn median(servers: &[Server]) -> f64 {
    let mut used: Vec<f64> =
        servers[1..].iter().map(|server| used_memory(server).float()).collect();
    used.sort_by(f64::total_cmp);
    used[(used.len() - 1) / 2]
}

#[test]
fn each_peer_costs_what_was_measured() {
    let _busy = busy();
    for engine in engines() {
        let (few, more) = (cluster(&engine, 3), cluster(&engine, 6));
        let target = target(&few[0]);
        let each = overhead::cluster_peer(target.engine);
        let range = each.low * 0.97..each.high * 1.03;
        let deadline = Instant::now() + PATIENCE;
        let mut alike = 0;
        while alike < ALIKE {
            let measured = (median(&more) - median(&few)) / num::float(3);
            println!("{}: {measured:.0} for each peer, {} expected", target.version, each.value);
            alike = if range.contains(&measured) { alike + 1 } else { 0 };
            assert!(Instant::now() < deadline, "{}: {measured} a peer", target.version);
            sleep(PAUSE);
        }
    }
}
