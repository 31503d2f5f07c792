//! Which connections an operation may take: those to the servers that hold its key.

use crate::engine::{SLOTS, SlotRange};
use crate::spec::ReadFrom;
use crate::target::{Endpoint, Target};

use super::LoadError;

/// The servers of a target as the load path sees them.
///
/// A lane is a pool of connections: one to each primary, in the order of the shards, and where
/// any node is read from as many again, spread over all nodes of a shard.
#[derive(Clone)]
pub(super) struct Lanes {
    /// The primaries in the order of the shards, then the replicas that are read from.
    nodes: Vec<Node>,
    /// The places of each lane's nodes.
    pools: Vec<Vec<usize>>,
    n_shards: usize,
    /// The shard of each slot; `None` where the target is no cluster.
    owners: Option<Vec<u16>>,
}

/// A server that load is sent to.
#[derive(Clone)]
pub(super) struct Node {
    pub endpoint: Endpoint,
    pub slots: Vec<SlotRange>,
    pub is_replica: bool,
    /// Whether a connection has to say that it reads from a replica of a cluster.
    pub says_readonly: bool,
}

/// Where a node of a cluster sends an operation instead of answering it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redirect {
    pub slot: u16,
    /// Empty for the host that was asked.
    pub host: String,
    pub port: u16,
    /// For this operation only: the slot is on its way.
    pub asks: bool,
}

impl Lanes {
    /// The lanes of a target.
    ///
    /// # Errors
    /// When replicas are to be read from and a shard has none.
    pub(super) fn of(target: &Target, read_from: ReadFrom) -> Result<Self, LoadError> {
        let shards = target.shards();
        let n_shards = shards.len();
        let mut nodes: Vec<Node> = shards
            .iter()
            .map(|shard| Node {
                endpoint: shard.endpoint.clone(),
                slots: shard.slots.clone(),
                is_replica: false,
                says_readonly: false,
            })
            .collect();
        let mut pools: Vec<Vec<usize>> = (0..n_shards).map(|shard| vec![shard]).collect();
        if read_from == ReadFrom::AnyNode {
            for (place, shard) in shards.iter().enumerate() {
                if shard.replicas.is_empty() {
                    return Err(LoadError::NoReplica { endpoint: shard.endpoint.to_string() });
                }
                let first = nodes.len();
                nodes.extend(shard.replicas.iter().map(|endpoint| Node {
                    endpoint: endpoint.clone(),
                    slots: shard.slots.clone(),
                    is_replica: true,
                    says_readonly: target.is_cluster(),
                }));
                pools.push(std::iter::once(place).chain(first..nodes.len()).collect());
            }
        }
        let owners = target.owners().map(|owners| owners.to_vec());
        Ok(Self { nodes, pools, n_shards, owners })
    }

    /// The servers that load is sent to.
    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The nodes of each lane.
    pub(super) fn all(&self) -> &[Vec<usize>] {
        &self.pools
    }

    /// Whether operations have to be sorted by slot.
    pub(super) fn is_cluster(&self) -> bool {
        self.owners.is_some()
    }

    /// The lane of an operation on a key in `slot`.
    pub(super) fn lane(&self, slot: impl FnOnce() -> u16, reads: bool) -> usize {
        let shard = self.owners.as_ref().map_or(0, |owners| owners[usize::from(slot())].into());
        if reads && self.pools.len() > self.n_shards { self.n_shards + shard } else { shard }
    }

    /// The lane that an operation takes which node number `from` redirected, if it leads to a primary
    /// that was there when the level began; a slot that has moved for good is remembered.
    pub(super) fn follow(&mut self, redirect: &Redirect, from: usize) -> Option<usize> {
        let asked = &self.nodes[from].endpoint.host;
        let host = if redirect.host.is_empty() { asked } else { &redirect.host };
        let is_there =
            |node: &Node| node.endpoint.host == *host && node.endpoint.port == redirect.port;
        let shard = self.nodes[..self.n_shards].iter().position(is_there)?;
        if let (false, Some(owners)) = (redirect.asks, &mut self.owners) {
            owners[usize::from(redirect.slot)] = u16::try_from(shard).ok()?;
        }
        Some(shard)
    }
}

impl Redirect {
    /// Reads `MOVED 3999 10.0.0.7:6379` and `ASK 3999 10.0.0.7:6379`; `None` for other errors.
    pub(super) fn parse(error: &str) -> Option<Self> {
        let mut words = error.split(' ');
        let asks = match words.next()? {
            "MOVED" => false,
            "ASK" => true,
            _ => return None,
        };
        let slot = words.next()?.parse().ok().filter(|slot| *slot < SLOTS)?;
        let (host, port) = words.next()?.rsplit_once(':')?;
        let host = host.trim_matches(['[', ']']).to_owned();
        Some(Self { slot, host, port: port.parse().ok()?, asks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two shards of one replica each.
    fn lanes() -> Lanes {
        let node = |port| Node {
            endpoint: Endpoint::new("::1", port),
            slots: Vec::new(),
            is_replica: port > 2,
            says_readonly: false,
        };
        let mut owners = vec![0; 16_384];
        owners[8_192..].fill(1);
        Lanes {
            nodes: vec![node(1), node(2), node(3), node(4)],
            pools: vec![vec![0], vec![1], vec![0, 2], vec![1, 3]],
            n_shards: 2,
            owners: Some(owners),
        }
    }

    #[test]
    fn redirections_name_a_slot_and_a_place() {
        let parse = |text: &str| {
            Redirect::parse(text).map(|found| (found.slot, found.host, found.port, found.asks))
        };
        assert_eq!(parse("MOVED 3999 10.0.0.7:6379"), Some((3999, "10.0.0.7".into(), 6379, false)));
        assert_eq!(parse("ASK 3999 ::1:6381"), Some((3999, "::1".into(), 6381, true)));
        assert_eq!(parse("MOVED 1 :6381"), Some((1, String::new(), 6381, false)));
        for other in ["ERR no", "MOVED", "MOVED x a:1", "MOVED 16384 a:1", "MOVED 1 a", "ASK 1 a:x"]
        {
            assert_eq!(parse(other), None, "{other}");
        }
    }

    #[test]
    fn operations_go_where_their_slot_is_and_reads_to_any_node_there() {
        let lanes = lanes();
        assert_eq!((lanes.lane(|| 8_191, false), lanes.lane(|| 8_192, false)), (0, 1));
        assert_eq!((lanes.lane(|| 8_191, true), lanes.lane(|| 8_192, true)), (2, 3));
        assert_eq!(lanes.all()[3], [1, 3]);
    }

    #[test]
    fn a_slot_that_moved_is_remembered_and_one_on_its_way_is_not() {
        let mut lanes = lanes();
        let to = |port, asks| Redirect { slot: 5, host: String::new(), port, asks };
        assert_eq!(lanes.follow(&to(2, true), 0), Some(1));
        assert_eq!(lanes.lane(|| 5, false), 0);
        assert_eq!(lanes.follow(&to(2, false), 0), Some(1));
        assert_eq!(lanes.lane(|| 5, false), 1);
        assert_eq!(lanes.follow(&to(3, false), 0), None, "no primary");
    }
}
