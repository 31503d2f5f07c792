//! The servers a target is made of: one, or the primaries of a cluster.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::{SLOTS, SlotRange, slot_of};
use crate::measurement::Info;
use crate::units::Micros;

use super::topology::{self, Place};
use super::{Control, Endpoint, TargetError};

/// How long a cluster that has lost a primary is given to have a new one: `cluster-node-timeout` is
/// 15 s where nobody changed it, and an election takes a second or two on top.
pub const FAILOVER_PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks at a cluster that is not whole.
const FAILOVER_PAUSE: Duration = Duration::from_millis(250);

/// One server that takes writes.
#[derive(Clone)]
pub struct Shard {
    /// Where it listens.
    pub endpoint: Endpoint,
    /// A connection to it.
    pub control: Control,
    /// What it owns of a cluster's slots, ascending; empty where the target is no cluster.
    pub slots: Vec<SlotRange>,
    /// Where its replicas listen.
    pub replicas: Vec<Endpoint>,
}

/// What is measured: one server, or the primaries of a cluster.
#[derive(Clone)]
pub struct Target {
    /// As it was asked for.
    entry: Endpoint,
    /// At least one, in the order of their first slots.
    shards: Vec<Shard>,
    /// The place among the shards of each slot's owner; `None` where the target is no cluster.
    owners: Option<Arc<[u16]>>,
}

impl Target {
    /// A server by itself.
    pub fn single(endpoint: Endpoint, control: Control) -> Self {
        let shard =
            Shard { endpoint: endpoint.clone(), control, slots: Vec::new(), replicas: Vec::new() };
        Self { entry: endpoint, shards: vec![shard], owners: None }
    }

    /// Connects to a server; where that is a node of a cluster, to every primary of it.
    ///
    /// # Errors
    /// When one of them is unreachable or refuses the login, or slots are without an owner.
    pub async fn connect(entry: &Endpoint) -> Result<Self, TargetError> {
        let control = Control::connect(entry).await?;
        let info = control.info().await?;
        let mode = info.text("redis_mode").or_else(|| info.text("server_mode"));
        if mode != Some("cluster") {
            let mut target = Self::single(entry.clone(), control);
            target.shards[0].replicas = replicas(entry, &info);
            return Ok(target);
        }
        Self::of_cluster(entry, &control, &[]).await
    }

    /// The cluster that `asked` is a node of; connections to nodes that were `known` are kept.
    async fn of_cluster(
        entry: &Endpoint,
        asked: &Control,
        known: &[Shard],
    ) -> Result<Self, TargetError> {
        let mut shards: Vec<Shard> = Vec::new();
        for (Place { host, port }, slots, replicas) in topology::ask(asked, entry).await? {
            let endpoint = entry.at(&host, port);
            let old = known.iter().find(|shard| shard.endpoint == endpoint);
            let control = match old {
                // It may be a new process, or none: a connection says what it is worth when used.
                Some(old) if old.control.info().await.is_ok() => old.control.clone(),
                _ => Control::connect(&endpoint).await?,
            };
            let replicas = replicas.iter().map(|place| entry.at(&place.host, place.port)).collect();
            shards.push(Shard { endpoint, control, slots, replicas });
        }
        let mut owners = vec![u16::MAX; usize::from(SLOTS)];
        for (shard, place) in shards.iter().zip(0..) {
            for slots in &shard.slots {
                owners[slots.indices()].fill(place);
            }
        }
        let orphans = owners.iter().filter(|owner| **owner == u16::MAX).count();
        if orphans > 0 {
            return Err(TargetError::NotWhole {
                endpoint: asked.endpoint().to_owned(),
                message: format!("{orphans} of {SLOTS} slots have no owner"),
            });
        }
        Ok(Self { entry: entry.clone(), shards, owners: Some(owners.into()) })
    }

    /// The same target as it is now: a cluster may have moved slots or lost a primary. A server by
    /// itself stays what it is.
    ///
    /// A cluster that is not whole is given some time to be whole again.
    ///
    /// # Errors
    /// When it is not by then, with what was missing last.
    pub async fn refreshed(&self, patience: Duration) -> Result<Self, TargetError> {
        if !self.is_cluster() {
            return Ok(self.clone());
        }
        let deadline = Instant::now() + patience;
        loop {
            match self.look_again().await {
                Err(_) if Instant::now() < deadline => tokio::time::sleep(FAILOVER_PAUSE).await,
                outcome => return outcome,
            }
        }
    }

    /// Asks the nodes one after the other until one answers.
    async fn look_again(&self) -> Result<Self, TargetError> {
        let mut last = None;
        let nodes = self.shards.iter().flat_map(|shard| {
            std::iter::once((&shard.endpoint, Some(&shard.control)))
                .chain(shard.replicas.iter().map(|replica| (replica, None)))
        });
        for (endpoint, control) in nodes.chain([(&self.entry, None)]) {
            let asked = match control {
                Some(control) if control.info().await.is_ok() => Ok(control.clone()),
                _ => Control::connect(endpoint).await,
            };
            match asked {
                Ok(control) => {
                    topology::check(&control).await?;
                    return Self::of_cluster(&self.entry, &control, &self.shards).await;
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("there is always an entry"))
    }

    /// The servers that take writes, at least one.
    pub fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// Whether keys are spread over slots.
    pub fn is_cluster(&self) -> bool {
        self.owners.is_some()
    }

    /// The place among the shards of each slot's owner; `None` where the target is no cluster.
    pub fn owners(&self) -> Option<&Arc<[u16]>> {
        self.owners.as_ref()
    }

    /// The place among the shards of the one that holds `key`.
    pub fn shard_of(&self, key: &[u8]) -> usize {
        self.owners.as_ref().map_or(0, |owners| owners[usize::from(slot_of(key))].into())
    }

    /// Host and port as they were asked for, for messages.
    pub fn name(&self) -> String {
        self.entry.to_string()
    }

    /// Detours that are for none of its servers, as typed.
    pub fn idle_detours(&self) -> Vec<&str> {
        let nodes = self
            .shards
            .iter()
            .flat_map(|shard| std::iter::once(&shard.endpoint).chain(&shard.replicas));
        let places = nodes.chain([&self.entry]).map(|node| (node.host.as_str(), node.port));
        self.entry.detours.beside(places)
    }

    /// Keys on all of its servers, of the selected database.
    ///
    /// # Errors
    /// When one of them is gone.
    pub async fn dbsize(&self) -> Result<u64, TargetError> {
        let mut keys = 0;
        for shard in &self.shards {
            keys += shard.control.dbsize().await?;
        }
        Ok(keys)
    }

    /// Median time of a PING on an idle connection, to the farthest of its servers.
    ///
    /// # Errors
    /// When one of them is gone.
    pub async fn round_trip(&self) -> Result<Micros, TargetError> {
        let mut farthest = Micros::ZERO;
        for shard in &self.shards {
            let here = shard.control.round_trip().await?;
            farthest = if here.get() > farthest.get() { here } else { farthest };
        }
        Ok(farthest)
    }
}

/// The replicas that a primary by itself names: `slave0:ip=10.0.0.7,port=6379,state=online,…`.
fn replicas(entry: &Endpoint, info: &Info) -> Vec<Endpoint> {
    let fields = (0..).map_while(|n| info.text(&format!("slave{n}")));
    let place = |text: &str| {
        let field = |name: &str| text.split(',').find_map(|field| field.strip_prefix(name));
        let is_online = field("state=") == Some("online");
        Some((field("ip=")?.to_owned(), field("port=")?.parse().ok()?)).filter(|_| is_online)
    };
    fields.filter_map(place).map(|(host, port)| entry.at(&host, port)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_primary_names_the_replicas_that_follow_it() {
        let info = Info::parse(
            "role:master\r\nslave0:ip=10.0.0.7,port=6380,state=online,offset=1,lag=0\r\n\
             slave1:ip=10.0.0.8,port=6379,state=wait_bgsave,offset=0,lag=0\r\n",
        );
        let entry = Endpoint::parse("redis://ann:secret@cache").unwrap();
        let found = replicas(&entry, &info);
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.7:6380"]);
        assert_eq!(found[0].user.as_deref(), Some("ann"), "they share their users");
    }
}
