//! Every layout that a plan allows: shards, replicas, cluster mode. Source: MODEL.md §3.3.

use crate::catalog::{Limits, NodeType};
use crate::spec::{Burstable, ClusterMode, PlanSpec, Policy, ReadFrom};

use super::{Layout, policy_rules};

/// All of them, the fewest nodes first; of equals, the fewest shards.
///
/// Replicas beyond the plan's own are worth their price only where they answer reads. One shard
/// has cluster mode only where the plan asks for it, because it costs memory.
pub(super) fn allowed(spec: &PlanSpec, limits: &Limits) -> Vec<Layout> {
    let least = spec.capacity.replicas;
    let most = match spec.production.reads {
        ReadFrom::Primary => least,
        ReadFrom::AnyNode => limits.replicas_per_shard_max.value.max(least),
    };
    let quota = limits.nodes_per_cluster_default_quota.value;
    let mut layouts = Vec::new();
    for replicas in least..=most {
        let most_shards = if spec.allows_shards() { (quota / (replicas + 1)).max(1) } else { 1 };
        layouts.extend((1..=most_shards).map(|shards| {
            let layout = Layout::new(shards, replicas);
            Layout { cluster_mode: layout.cluster_mode || needs_cluster_mode(spec), ..layout }
        }));
    }
    layouts.sort_by_key(|layout| (layout.nodes, layout.shards));
    layouts
}

/// Whether even one shard has cluster mode enabled.
fn needs_cluster_mode(spec: &PlanSpec) -> bool {
    let is_durable = spec.production.durability.is_some();
    spec.capacity.cluster_mode == ClusterMode::Enabled || is_durable
}

/// Whether the policy lets a node type be laid out so.
pub(super) fn suits(layout: Layout, node: &NodeType, policy: &Policy) -> bool {
    if policy_rules::refuses(policy, layout).is_some() {
        return false;
    }
    match policy.burstable {
        Burstable::Never => !node.is_burstable(),
        Burstable::SingleShard => !node.is_burstable() || layout.shards == 1,
        Burstable::Always => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::size::tests::fixture::sharded;
    use crate::spec::identity_cache;

    fn of(spec: &PlanSpec) -> Vec<Layout> {
        allowed(spec, &Catalog::builtin().limits)
    }

    #[test]
    fn primaries_that_answer_alone_need_no_further_replicas() {
        let layouts = of(&sharded());
        assert_eq!(layouts.len(), 45, "90 nodes of pairs");
        assert!(layouts.iter().all(|layout| layout.replicas == 1 && layout.cluster_mode));
        assert_eq!(of(&identity_cache()), [Layout::new(1, 1)], "a mix with MGET");
    }

    #[test]
    fn replicas_that_answer_are_tried_up_to_the_most() {
        let mut spec = sharded();
        spec.production.reads = ReadFrom::AnyNode;
        let layouts = of(&spec);
        assert_eq!(layouts.len(), 45 + 30 + 22 + 18 + 15);
        assert!(layouts.is_sorted_by_key(|layout| (layout.nodes, layout.shards)));
        assert!(layouts.iter().all(|layout| layout.nodes <= 90));
    }
}
