//! The variables of `terraform/modules/cache`.

use serde::Serialize;

use crate::catalog::{Catalog, CpuMetric};
use crate::engine::Product;
use crate::size::{Recommendation, Resource};
use crate::spec::PlanSpec;
use crate::units::num;

use super::name::identifier;

/// One value for each variable of the module that a plan decides, under the variable's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tfvars {
    /// Region code, as in `us-east-1`.
    pub region: String,
    /// Identifier of the replication group, made of the plan's name.
    pub name: String,
    /// What it is for; text of the plan.
    pub description: String,
    /// `valkey` or `redis`.
    pub engine: Product,
    /// As in `8.1`.
    pub engine_version: String,
    /// As in `cache.r7g.large`.
    pub node_type: String,
    /// Whether keys are spread over shards.
    pub cluster_mode_enabled: bool,
    /// Shards; 1 or more.
    pub num_node_groups: u32,
    /// Replicas of each shard.
    pub replicas_per_node_group: u32,
    /// Whether primary and replica stand in different Availability Zones.
    pub multi_az_enabled: bool,
    /// The reserve that the memory check counted on.
    pub reserved_memory_percent: u64,
    /// What is evicted when memory is full: what the plan's origin says, or `ElastiCache`'s own
    /// default, under which keys without a time to live are safe.
    /// Source: AWS, "Valkey and Redis OSS parameters", `maxmemory-policy`.
    pub maxmemory_policy: String,
    /// Days that automatic snapshots are kept, as the bill counted them.
    pub snapshot_retention_days: u32,
    /// Whether clients connect with TLS, whose cost the plan counted.
    pub transit_encryption_enabled: bool,
    /// `DatabaseMemoryUsagePercentage` beyond which the plan's headroom is in use.
    pub alarm_memory_percent: u64,
    /// The metric of the thread that executes commands: of the engine, or of a small node's host.
    pub alarm_cpu_metric: CpuMetric,
    /// That metric, beyond which the headroom is in use.
    pub alarm_cpu_percent: u64,
    /// `CurrConnections`, likewise.
    pub alarm_connections: u64,
    /// `NetworkBytesIn` of a minute, likewise; `None` where no limit is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm_network_in_bytes: Option<u64>,
    /// `NetworkBytesOut` of a minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm_network_out_bytes: Option<u64>,
}

/// The variables for the chosen layout; `None` when nothing was chosen.
pub fn tfvars(
    spec: &PlanSpec,
    recommendation: &Recommendation,
    catalog: &Catalog,
) -> Option<Tfvars> {
    let choice = recommendation.chosen.as_ref()?;
    let node = catalog.node_type(&choice.node_type)?;
    let cpu_metric = catalog.limits.cpu(node).metric;
    let allowed = |resource| choice.checks.iter().find(|check| check.resource == resource)?.allowed;
    let percent = |share: f64| num::round(share * 100.0).clamp(1, 100);
    let memory = choice.checks.iter().find(|check| check.resource == Resource::Memory)?;
    let cores = allowed(Resource::EngineCpu)?;
    let cpu = match cpu_metric {
        CpuMetric::Engine => cores,
        CpuMetric::Host => cores / f64::from(node.vcpus),
    };
    // CloudWatch sums bytes over its period.
    let a_minute = |resource| allowed(resource).map(|per_sec| num::round(per_sec * 60.0));
    Some(Tfvars {
        region: recommendation.region.to_string(),
        name: identifier(&spec.name),
        description: description(&spec.name),
        engine: choice.engine.product,
        engine_version: format!("{}.{}", choice.engine.major, choice.engine.minor),
        node_type: choice.node_type.clone(),
        cluster_mode_enabled: choice.layout.cluster_mode,
        num_node_groups: choice.layout.shards,
        replicas_per_node_group: choice.layout.replicas,
        // A shard without a replica has nothing to place in a second zone.
        multi_az_enabled: spec.as_ruled().capacity.multi_az && choice.layout.replicas > 0,
        reserved_memory_percent: num::round(choice.reserved.get() * 100.0),
        maxmemory_policy: spec.origin.unwrap_or_default().maxmemory_policy.word().into(),
        snapshot_retention_days: spec.capacity.backups_kept_days,
        transit_encryption_enabled: spec.production.tls,
        alarm_memory_percent: percent(memory.allowed? / memory.limit?),
        alarm_cpu_metric: cpu_metric,
        alarm_cpu_percent: percent(cpu),
        alarm_connections: num::round(allowed(Resource::Connections)?),
        alarm_network_in_bytes: a_minute(Resource::NetworkIn),
        alarm_network_out_bytes: a_minute(Resource::NetworkOut),
    })
}

/// One line of at most 200 characters, well below what AWS accepts.
fn description(plan: &str) -> String {
    let on_one_line = |c: char| if c.is_control() { ' ' } else { c };
    format!("Sized by cachefit for {}", plan.chars().map(on_one_line).take(170).collect::<String>())
}
