//! What a policy refuses: node types, engines, layouts, prices. Each refusal names its rule.

use std::borrow::Cow;

use crate::catalog::{Catalog, Date, NodeType};
use crate::engine::EngineVersion;
use crate::spec::{PlanSpec, Policy, Rule};

use super::search::Horizon;
use super::{Candidate, Caveat, Layout, NotOffered, Outcome, SizeError};

/// Whether the policy lets a node type be chosen.
pub(super) fn node_type(node: &NodeType, policy: &Policy) -> Result<(), NotOffered> {
    let entry = |list| Policy::naming(list, &node.name, &node.family);
    if let Some(entry) = entry(&policy.deny) {
        return Err(NotOffered::Denied { entry: entry.to_owned() });
    }
    if !policy.allow.is_empty() && entry(&policy.allow).is_none() {
        return Err(NotOffered::NotAllowed { allowed: policy.allow.clone() });
    }
    Ok(())
}

/// Whether the policy lets an engine be chosen.
pub(super) fn engine(engine: EngineVersion, policy: &Policy) -> Result<(), NotOffered> {
    let allowed = &policy.engines;
    if allowed.is_empty() || allowed.iter().any(|rule| rule.allows(engine)) {
        return Ok(());
    }
    Err(NotOffered::EngineNotAllowed { allowed: allowed.iter().map(ToString::to_string).collect() })
}

/// The rule that refuses a layout, and what it allows.
pub(super) fn refuses(policy: &Policy, layout: Layout) -> Option<(Rule, u32)> {
    let is_beyond = |most: Option<u32>, n: u32| most.filter(|most| n > *most);
    if layout.shards > 1 && layout.shards < policy.min_shards {
        return Some((Rule::MinShards, policy.min_shards));
    }
    let shards = is_beyond(policy.max_shards, layout.shards).map(|most| (Rule::MaxShards, most));
    shards.or_else(|| is_beyond(policy.max_nodes, layout.nodes).map(|most| (Rule::MaxNodes, most)))
}

/// The smallest layout that would fit but for the policy's rules of layouts; `None` where the
/// policy is not what refuses the type.
pub(super) fn refused_layout(
    horizon: &Horizon<'_>,
    node: &NodeType,
    engine: EngineVersion,
) -> Option<NotOffered> {
    let policy = &horizon.rules.spec.policy;
    let without = Policy { min_shards: 1, max_shards: None, max_nodes: None, ..policy.clone() };
    horizon.layouts.iter().enumerate().find_map(|(index, layout)| {
        let (rule, allowed) = refuses(policy, *layout)?;
        let suits = super::layouts::suits(*layout, node, &without);
        let fits = suits && horizon.pressure(node, engine, index) <= 1.0;
        fits.then_some(NotOffered::LayoutRefused { rule, allowed, layout: *layout })
    })
}

/// The catalog without prices that the policy refuses.
pub(super) fn current_prices<'c>(catalog: &'c Catalog, policy: &Policy) -> Cow<'c, Catalog> {
    let Some(oldest) = oldest(catalog, policy) else { return Cow::Borrowed(catalog) };
    let mut current = catalog.clone();
    current.prices.retain(|price| price.reading().date.is_some_and(|d| d.months() >= oldest));
    Cow::Owned(current)
}

/// Names the rule where a candidate lacks nothing but a price that the policy accepts.
pub(super) fn name_old_prices(candidates: &mut [Candidate], policy: &Policy, catalog: &Catalog) {
    let (Some(months), Some(newest)) = (policy.max_price_age_months, newest(catalog)) else {
        return;
    };
    for candidate in candidates {
        let Outcome::FitsUnpriced { unpriced, .. } = &candidate.outcome else { continue };
        let price =
            catalog.prices.on_demand(&unpriced.region, unpriced.product, &candidate.node_type);
        if let Ok(price) = price {
            let date = price.reading().date;
            candidate.outcome =
                Outcome::NotOffered(NotOffered::PriceTooOld { date, newest, months });
        }
    }
}

/// In months since the year 0, the month before which a price is refused.
fn oldest(catalog: &Catalog, policy: &Policy) -> Option<u32> {
    Some(newest(catalog)?.months().saturating_sub(policy.max_price_age_months?))
}

/// There is no clock here: the newest price of the catalog stands for today.
fn newest(catalog: &Catalog) -> Option<Date> {
    let dates = |region| catalog.prices.dates(region).map(|range| range.newest);
    catalog.prices.regions().filter_map(dates).max()
}

/// Whether a plan names node types, families and rules that the catalog can answer.
///
/// # Errors
/// With the nearest name where there is one, before anything is measured or sized.
pub fn check_names(spec: &PlanSpec, catalog: &Catalog) -> Result<(), SizeError> {
    let types = || catalog.node_types().iter();
    for (rule, list) in [(Rule::Allow, &spec.policy.allow), (Rule::Deny, &spec.policy.deny)] {
        let is_known = |entry: &str| types().any(|n| n.name == entry || n.family == entry);
        if let Some(entry) = list.iter().find(|entry| !is_known(entry)) {
            let names = types().flat_map(|node| [node.name.as_str(), node.family.as_str()]);
            let nearest = nearest(entry, names);
            return Err(SizeError::UnknownInPolicy { rule, entry: entry.clone(), nearest });
        }
    }
    let replicas = spec.as_ruled().capacity.replicas;
    if let Some(most) = spec.policy.max_nodes.filter(|most| *most <= replicas) {
        return Err(SizeError::NoLayoutLeft { most, replicas });
    }
    super::incumbent::check(spec, catalog)
}

/// At most three known names, the most alike first; none that is not alike.
pub(super) fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Vec<String> {
    const SHOWN: usize = 3;
    let mut alike: Vec<(usize, &str)> = names
        .map(|name| (strsim::osa_distance(text, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .collect();
    alike.sort_unstable();
    alike.dedup();
    alike.into_iter().take(SHOWN).map(|(_, name)| name.to_owned()).collect()
}

/// What the policy changes of the plan, and which of the plan's engines it refuses.
pub(super) fn caveats(spec: &PlanSpec, caveats: &mut Vec<Caveat>) {
    caveats.extend(spec.raised().into_iter().map(|raised| Caveat::RaisedByPolicy {
        rule: raised.rule,
        key: raised.key.to_owned(),
        from: raised.from,
        to: raised.to,
    }));
    let refused = |engine: &&EngineVersion| self::engine(**engine, &spec.policy).is_err();
    let engines: Vec<EngineVersion> = spec.aws.engines.iter().filter(refused).copied().collect();
    if !engines.is_empty() {
        caveats.push(Caveat::EnginesRefused { engines });
    }
}
