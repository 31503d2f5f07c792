//! The caches of a Region.

use std::collections::BTreeMap;

use aws_sdk_elasticache::types::{
    CacheCluster, Endpoint, NodeGroup, ReplicationGroup, ServerlessCache,
};
use serde::Serialize;

use super::api_error::{AwsError, Remark};
use super::session::Session;

/// Every call here; who may make them gets every answer.
pub(super) const ACTIONS: &[&str] = &[
    "elasticache:DescribeReplicationGroups",
    "elasticache:DescribeCacheClusters",
    "elasticache:DescribeServerlessCaches",
    "elasticache:DescribeCacheParameters",
    "elasticache:ListAllowedNodeTypeModifications",
];

/// What a Region has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inventory {
    /// As in `eu-west-1`.
    pub region: String,
    /// Replication groups, clusters that belong to none, serverless caches; each by name.
    pub caches: Vec<Deployed>,
    /// What was not collected.
    pub remarks: Vec<Remark>,
}

/// A cache that runs. What AWS did not tell is `None`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deployed {
    /// Its identifier.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// As in `available`.
    pub status: String,
    /// As in `valkey`.
    pub engine: Option<String>,
    /// As in `8.0.1`.
    pub version: Option<String>,
    /// As in `cache.r7g.large`; serverless has none.
    pub node_type: Option<String>,
    /// Node groups; serverless has none.
    pub shards: Option<u32>,
    /// Of each shard.
    pub replicas: Option<u32>,
    /// Whether keys are spread by slots.
    pub cluster_mode: Option<bool>,
    /// Whether primary and replica stand in different zones.
    pub multi_az: Option<bool>,
    /// Whether connections are encrypted.
    pub tls: Option<bool>,
    /// Who may connect.
    pub auth: Auth,
    /// `reserved-memory-percent` of its parameter group.
    pub reserved_memory_percent: Option<u32>,
    /// Where commands go: the configuration endpoint of a cluster, the primary's of others.
    pub endpoint: Option<Place>,
    /// Where reads may go.
    pub reader: Option<Place>,
    /// What CloudWatch calls its nodes; of a serverless cache, the cache.
    pub nodes: Vec<String>,
    /// Node types it can be changed to, larger ones and smaller ones.
    pub may_become: Option<Vec<String>>,
}

/// What a cache is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Shards of a primary and its replicas.
    ReplicationGroup,
    /// A cluster that belongs to no group: one node of Redis, or Memcached.
    Cluster,
    /// Billed by use.
    Serverless,
}

impl Kind {
    /// The words that are printed.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ReplicationGroup => "replication group",
            Self::Cluster => "cluster",
            Self::Serverless => "serverless",
        }
    }
}

/// Who may connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// Whoever reaches it.
    Open,
    /// Whoever has the token.
    Token,
    /// Users of these groups, with passwords or through IAM.
    Users(Vec<String>),
}

impl Auth {
    /// The words that are printed.
    pub fn label(&self) -> String {
        match self {
            Self::Open => "none".into(),
            Self::Token => "token".into(),
            Self::Users(groups) => format!("users of {}", groups.join(", ")),
        }
    }
}

/// Host and port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// A DNS name.
    pub host: String,
    /// As in 6379.
    pub port: u16,
}

impl Session {
    /// Everything there is, with what it may be changed to where `with_changes`.
    ///
    /// Serverless caches, parameter groups and possible changes are asked for besides; where one is
    /// refused, it is a remark and the rest goes on.
    ///
    /// # Errors
    /// When the groups and clusters themselves cannot be listed.
    pub async fn inventory(&self, with_changes: bool) -> Result<Inventory, AwsError> {
        let groups = self.replication_groups().await?;
        let clusters = self.clusters().await?;
        let mut remarks = Vec::new();
        let serverless = self.serverless().await.unwrap_or_else(|error| {
            remarks.push(Remark { what: "serverless caches".into(), why: error.to_string() });
            Vec::new()
        });
        let mut caches: Vec<Deployed> = groups.iter().map(|one| group(one, &clusters)).collect();
        let alone = clusters.iter().filter(|one| one.replication_group_id().is_none());
        caches.extend(alone.map(cluster));
        caches.extend(serverless.iter().map(serverless_cache));
        caches.sort_by(|a, b| a.id.cmp(&b.id));
        self.reserves(&mut caches, &clusters, &mut remarks).await;
        if with_changes {
            self.changes(&mut caches, &mut remarks).await;
        }
        Ok(Inventory { region: self.region.clone(), caches, remarks })
    }

    /// The cache of that name, as the inventory has it.
    ///
    /// # Errors
    /// As [`Session::inventory`], and when there is none.
    pub async fn find(&self, id: &str) -> Result<Deployed, AwsError> {
        let Inventory { caches, region, .. } = self.inventory(false).await?;
        let known = caches.iter().map(|cache| cache.id.clone()).collect();
        let found = caches.into_iter().find(|cache| cache.id.eq_ignore_ascii_case(id));
        found.ok_or_else(|| AwsError::NotFound { id: id.to_owned(), region, known })
    }

    async fn replication_groups(&self) -> Result<Vec<ReplicationGroup>, AwsError> {
        let call = self.call("elasticache:DescribeReplicationGroups");
        let pages = self.client.describe_replication_groups().into_paginator().items().send();
        pages.collect::<Result<Vec<_>, _>>().await.map_err(|error| call.failed(&error))
    }

    async fn clusters(&self) -> Result<Vec<CacheCluster>, AwsError> {
        let call = self.call("elasticache:DescribeCacheClusters");
        let ask = self.client.describe_cache_clusters().show_cache_node_info(true);
        let pages = ask.into_paginator().items().send();
        pages.collect::<Result<Vec<_>, _>>().await.map_err(|error| call.failed(&error))
    }

    async fn serverless(&self) -> Result<Vec<ServerlessCache>, AwsError> {
        let call = self.call("elasticache:DescribeServerlessCaches");
        let pages = self.client.describe_serverless_caches().into_paginator().items().send();
        pages.collect::<Result<Vec<_>, _>>().await.map_err(|error| call.failed(&error))
    }

    /// What each cache's parameter group reserves; a group is asked once.
    async fn reserves(
        &self,
        caches: &mut [Deployed],
        clusters: &[CacheCluster],
        remarks: &mut Vec<Remark>,
    ) {
        let mut known: BTreeMap<String, Option<u32>> = BTreeMap::new();
        for cache in caches {
            let of_cache = clusters.iter().find(|one| {
                let owner = one.replication_group_id().or(one.cache_cluster_id());
                owner == Some(cache.id.as_str())
            });
            let Some(group) = of_cache.and_then(parameter_group) else { continue };
            if !known.contains_key(group) {
                let reserve = self.reserve(group).await;
                let reserve = reserve.unwrap_or_else(|error| {
                    remarks.push(Remark {
                        what: format!("reserved-memory-percent of {group}"),
                        why: error.to_string(),
                    });
                    None
                });
                known.insert(group.to_owned(), reserve);
            }
            cache.reserved_memory_percent = known.get(group).copied().flatten();
        }
    }

    async fn reserve(&self, group: &str) -> Result<Option<u32>, AwsError> {
        let call = self.call("elasticache:DescribeCacheParameters");
        let ask = self.client.describe_cache_parameters().cache_parameter_group_name(group);
        let mut pages = ask.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| call.failed(&error))?;
            let named = |name: &&str| *name == "reserved-memory-percent";
            let found = page
                .parameters()
                .iter()
                .find(|one| one.parameter_name().is_some_and(|n| named(&n)));
            if let Some(value) = found.and_then(|one| one.parameter_value()) {
                return Ok(value.parse().ok());
            }
        }
        Ok(None)
    }

    async fn changes(&self, caches: &mut [Deployed], remarks: &mut Vec<Remark>) {
        for cache in caches {
            match self.change_of(cache).await {
                Ok(types) => cache.may_become = types,
                Err(error) => remarks.push(Remark {
                    what: format!("what {} may be changed to", cache.id),
                    why: error.to_string(),
                }),
            }
        }
    }

    async fn change_of(&self, cache: &Deployed) -> Result<Option<Vec<String>>, AwsError> {
        let call = self.call("elasticache:ListAllowedNodeTypeModifications");
        let ask = self.client.list_allowed_node_type_modifications();
        let ask = match cache.kind {
            Kind::ReplicationGroup => ask.replication_group_id(&cache.id),
            Kind::Cluster => ask.cache_cluster_id(&cache.id),
            Kind::Serverless => return Ok(None),
        };
        let answer = ask.send().await.map_err(|error| call.failed(&error))?;
        let both = answer.scale_up_modifications().iter().chain(answer.scale_down_modifications());
        let mut types: Vec<String> = both.cloned().collect();
        types.sort();
        types.dedup();
        Ok(Some(types))
    }
}

fn parameter_group(cluster: &CacheCluster) -> Option<&str> {
    cluster.cache_parameter_group()?.cache_parameter_group_name()
}

/// A group; version and parameters stand with its members.
fn group(group: &ReplicationGroup, clusters: &[CacheCluster]) -> Deployed {
    let id = group.replication_group_id().unwrap_or_default();
    let member = clusters.iter().find(|one| one.replication_group_id() == Some(id));
    let shards = group.node_groups();
    let fewest = shards.iter().map(|shard| shard.node_group_members().len()).min();
    let first = shards.first();
    let primary = first.and_then(NodeGroup::primary_endpoint);
    Deployed {
        id: id.to_owned(),
        kind: Kind::ReplicationGroup,
        status: group.status().unwrap_or("unknown").to_owned(),
        engine: group.engine().or_else(|| member?.engine()).map(ToOwned::to_owned),
        version: member.and_then(CacheCluster::engine_version).map(ToOwned::to_owned),
        node_type: group
            .cache_node_type()
            .or_else(|| member?.cache_node_type())
            .map(ToOwned::to_owned),
        shards: u32::try_from(shards.len()).ok().filter(|n| *n > 0),
        replicas: fewest.and_then(|n| u32::try_from(n).ok()?.checked_sub(1)),
        cluster_mode: group.cluster_enabled(),
        multi_az: group.multi_az().map(|multi_az| multi_az.as_str() == "enabled"),
        tls: group.transit_encryption_enabled(),
        auth: auth(group.auth_token_enabled(), group.user_group_ids()),
        reserved_memory_percent: None,
        endpoint: group.configuration_endpoint().or(primary).and_then(place),
        reader: first.and_then(NodeGroup::reader_endpoint).and_then(place),
        nodes: members(shards),
        may_become: None,
    }
}

/// The clusters of a group's nodes, one each, in the order of shards.
fn members(shards: &[NodeGroup]) -> Vec<String> {
    let members = shards.iter().flat_map(NodeGroup::node_group_members);
    members.filter_map(|member| member.cache_cluster_id()).map(ToOwned::to_owned).collect()
}

fn cluster(cluster: &CacheCluster) -> Deployed {
    let node = cluster.cache_nodes().first();
    Deployed {
        id: cluster.cache_cluster_id().unwrap_or_default().to_owned(),
        kind: Kind::Cluster,
        status: cluster.cache_cluster_status().unwrap_or("unknown").to_owned(),
        engine: cluster.engine().map(ToOwned::to_owned),
        version: cluster.engine_version().map(ToOwned::to_owned),
        node_type: cluster.cache_node_type().map(ToOwned::to_owned),
        shards: cluster.num_cache_nodes().and_then(|n| u32::try_from(n).ok()),
        replicas: Some(0),
        cluster_mode: Some(false),
        multi_az: Some(false),
        tls: cluster.transit_encryption_enabled(),
        auth: auth(cluster.auth_token_enabled(), &[]),
        reserved_memory_percent: None,
        endpoint: cluster.configuration_endpoint().or_else(|| node?.endpoint()).and_then(place),
        reader: None,
        nodes: cluster.cache_cluster_id().map(ToOwned::to_owned).into_iter().collect(),
        may_become: None,
    }
}

fn serverless_cache(cache: &ServerlessCache) -> Deployed {
    let groups: Vec<String> = cache.user_group_id().map(ToOwned::to_owned).into_iter().collect();
    Deployed {
        id: cache.serverless_cache_name().unwrap_or_default().to_owned(),
        kind: Kind::Serverless,
        status: cache.status().unwrap_or("unknown").to_owned(),
        engine: cache.engine().map(ToOwned::to_owned),
        version: cache
            .full_engine_version()
            .or(cache.major_engine_version())
            .map(ToOwned::to_owned),
        node_type: None,
        shards: None,
        replicas: None,
        cluster_mode: Some(true),
        multi_az: Some(true),
        // Serverless caches speak nothing else.
        tls: Some(true),
        auth: auth(None, &groups),
        reserved_memory_percent: None,
        endpoint: cache.endpoint().and_then(place),
        reader: cache.reader_endpoint().and_then(place),
        nodes: cache.serverless_cache_name().map(ToOwned::to_owned).into_iter().collect(),
        may_become: None,
    }
}

fn auth(token: Option<bool>, groups: &[String]) -> Auth {
    match (groups, token) {
        ([_, ..], _) => Auth::Users(groups.to_vec()),
        ([], Some(true)) => Auth::Token,
        ([], _) => Auth::Open,
    }
}

fn place(endpoint: &Endpoint) -> Option<Place> {
    let host = endpoint.address()?.to_owned();
    let port = u16::try_from(endpoint.port()?).ok()?;
    Some(Place { host, port })
}
