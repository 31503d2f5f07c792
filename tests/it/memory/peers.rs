//! What nodes of a cluster keep for each other, on small clusters that have settled.

use std::thread::sleep;
use std::time::{Duration, Instant};

use cachefit::model::memory::overhead;
use cachefit::units::num;

use crate::support::tutorial::target;
use crate::support::{Cluster, PATIENCE, Server, busy, engines, used_memory};

const PAUSE: Duration = Duration::from_millis(500);
/// Readings in a row that have to agree; what is left of handshakes goes within seconds.
const ALIKE: u32 = 4;

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
        let [few, more] = [3, 6].map(|nodes| Cluster::start(&engine, nodes, 0).primaries);
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
