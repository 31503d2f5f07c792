//! Rules of a company or a team about how full a node may be and what may be chosen at all. Reads
//! `[policy]`.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::DeValue;

use crate::engine::{EngineVersion, Product};
use crate::units::Fraction;

use super::Rule;
use super::reader::{Table, nearest};
use super::wanted::months;

/// How far each limit may be used, before headroom comes off, what a layout has to survive, and
/// what may be chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Of the engine's thread. Default 90 %, AWS's alarm line: limits.csv, `threshold_engine_cpu`.
    pub engine_cpu: Fraction,
    /// Of what `maxmemory` leaves beside the reserve. Default 100 %: the reserve is AWS's margin.
    pub memory: Fraction,
    /// Of the network baseline. Default 100 %: limits.csv, `threshold_network_baseline`.
    pub network: Fraction,
    /// Of `maxclients`. Default 100 %.
    pub connections: Fraction,
    /// Least headroom of a plan. Default none. AWS's sample tool leaves a quarter of memory free:
    /// limits.csv, `threshold_memory_plan`.
    pub min_headroom: Fraction,
    /// Least replicas of each shard. Default 0. AWS recommends two where availability matters:
    /// limits.csv, `ha_min_replicas`.
    pub min_replicas: u32,
    /// Whether primary and replica have to stand in different Availability Zones, whatever the plan
    /// says. Default no.
    pub multi_az: bool,
    /// Whether every limit has to hold with one node of a shard lost, where it has replicas.
    /// Default yes. Source: limits.csv, `ha_min_replicas`.
    pub survive_node_loss: bool,
    /// Least shards where there are several. Default 1. AWS recommends three, for a quorum of
    /// primaries at a failover: limits.csv, `ha_min_shards`.
    pub min_shards: u32,
    /// Most shards. `None`: as many as the quota of nodes allows.
    pub max_shards: Option<u32>,
    /// Most nodes of a cluster, below AWS's quota: limits.csv, `nodes_per_cluster_default_quota`.
    pub max_nodes: Option<u32>,
    /// The only families (`r7g`) and node types (`cache.r7g.large`) to choose from; all when empty.
    pub allow: Vec<String>,
    /// Families and node types never to choose.
    pub deny: Vec<String>,
    /// The only engines to choose from; all when empty.
    pub engines: Vec<EngineRule>,
    /// What burstable types may be chosen for. Default: single shards.
    pub burstable: Burstable,
    /// Months that a price may be older than the newest one of the catalog. `None`: any.
    pub max_price_age_months: Option<u32>,
    /// What a change has to save of the bill of what runs today to be worth it. Default 5 %,
    /// chosen: what Netflix's planner asks for before it leaves a family of instances.
    pub worthwhile_saving: Fraction,
}

/// What burstable types may be chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Burstable {
    /// Nothing.
    Never,
    /// Clusters of one shard: dozens of the smallest nodes are cheap by the byte and dear to run.
    SingleShard,
    /// Any layout.
    Always,
}

/// Engines that a policy allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineRule {
    /// Every version of one.
    Product(Product),
    /// One version.
    Version(EngineVersion),
}

impl EngineRule {
    /// Whether it allows an engine.
    pub fn allows(self, engine: EngineVersion) -> bool {
        match self {
            Self::Product(product) => product == engine.product,
            Self::Version(version) => version == engine,
        }
    }
}

impl fmt::Display for EngineRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Product(product) => product.fmt(f),
            Self::Version(version) => version.fmt(f),
        }
    }
}

impl Burstable {
    /// As the workload file spells them.
    pub const WORDS: [(&'static str, Self); 3] =
        [("never", Self::Never), ("single-shard", Self::SingleShard), ("always", Self::Always)];
}

impl Default for Policy {
    fn default() -> Self {
        let percent = |n| Fraction::from_percent(n).expect("a percentage");
        Self {
            engine_cpu: percent(90),
            memory: Fraction::ONE,
            network: Fraction::ONE,
            connections: Fraction::ONE,
            min_headroom: Fraction::ZERO,
            min_replicas: 0,
            multi_az: false,
            survive_node_loss: true,
            min_shards: 1,
            max_shards: None,
            max_nodes: None,
            allow: Vec::new(),
            deny: Vec::new(),
            engines: Vec::new(),
            burstable: Burstable::SingleShard,
            max_price_age_months: None,
            worthwhile_saving: percent(5),
        }
    }
}

impl Policy {
    /// The entry of a list that names a node type or its family.
    ///
    /// * `node_type`: as in `cache.r7g.large`; `family`: as in `r7g`.
    pub fn naming<'l>(list: &'l [String], node_type: &str, family: &str) -> Option<&'l str> {
        list.iter().map(String::as_str).find(|entry| *entry == node_type || *entry == family)
    }
}

/// The rules of a table, the others as in `base`, and which ones the table sets.
pub(super) fn policy(table: &Table<'_, '_>, base: &Policy) -> Option<(Policy, BTreeSet<Rule>)> {
    // Every key is read before any can end this, so that all problems are noted.
    let engine_cpu = limit(table, Rule::EngineCpu, base.engine_cpu);
    let memory = limit(table, Rule::Memory, base.memory);
    let network = limit(table, Rule::Network, base.network);
    let connections = limit(table, Rule::Connections, base.connections);
    let min_headroom = min_headroom(table, base.min_headroom);
    let min_replicas = or(table, Rule::MinReplicas, base.min_replicas, min_replicas);
    let multi_az = or(table, Rule::MultiAz, base.multi_az, flag);
    let survive_node_loss = or(table, Rule::SurviveNodeLoss, base.survive_node_loss, flag);
    let min_shards = or(table, Rule::MinShards, base.min_shards, one_or_more);
    let max_shards = or(table, Rule::MaxShards, base.max_shards, some_or_more);
    let max_nodes = or(table, Rule::MaxNodes, base.max_nodes, some_or_more);
    let allow = or(table, Rule::Allow, base.allow.clone(), types);
    let deny = or(table, Rule::Deny, base.deny.clone(), types);
    let engines = or(table, Rule::Engines, base.engines.clone(), engines);
    let burstable = or(table, Rule::Burstable, base.burstable, |table, key, value| {
        table.word(key, value, &Burstable::WORDS)
    });
    let max_price_age = or(table, Rule::MaxPriceAge, base.max_price_age_months, price_age);
    let worthwhile_saving =
        or(table, Rule::WorthwhileSaving, base.worthwhile_saving, |table, key, value| {
            table.quantity::<Fraction>(key, value).map(|(share, _)| share)
        });
    let policy = Policy {
        engine_cpu: engine_cpu?,
        memory: memory?,
        network: network?,
        connections: connections?,
        min_headroom: min_headroom?,
        min_replicas: min_replicas?,
        multi_az: multi_az?,
        survive_node_loss: survive_node_loss?,
        min_shards: min_shards?,
        max_shards: max_shards?,
        max_nodes: max_nodes?,
        allow: allow?,
        deny: deny?,
        engines: engines?,
        burstable: burstable?,
        max_price_age_months: max_price_age?,
        worthwhile_saving: worthwhile_saving?,
    };
    let sets = Rule::ALL.into_iter().filter(|rule| table.get(rule.key()).is_some()).collect();
    agrees(table, &policy).then_some((policy, sets))
}

/// Whether its rules can hold together.
fn agrees(table: &Table<'_, '_>, policy: &Policy) -> bool {
    let refuse = |rule: Rule, message: String| {
        let at = table.get(rule.key()).map_or(0..0, Spanned::span);
        table.problem(&at, message);
        false
    };
    if policy.multi_az && policy.min_replicas == 0 && table.get("min_replicas").is_some() {
        return refuse(Rule::MinReplicas, "`multi_az` needs `min_replicas` of at least 1".into());
    }
    if let Some(most) = policy.max_shards.filter(|most| (2..policy.min_shards).contains(most)) {
        let least = policy.min_shards;
        let rule =
            if table.get("max_shards").is_some() { Rule::MaxShards } else { Rule::MinShards };
        return refuse(rule, format!("`max_shards` of {most} is below `min_shards` of {least}"));
    }
    if let Some(both) = policy.deny.iter().find(|entry| policy.allow.contains(entry)) {
        return refuse(Rule::Deny, format!("`{both}` is both in `allow` and in `deny`"));
    }
    true
}

/// What `read` makes of a rule, or `otherwise` where the table does not set it.
fn or<'r, T>(
    table: &Table<'r, '_>,
    rule: Rule,
    otherwise: T,
    read: impl FnOnce(&Table<'r, '_>, &'static str, &'r Spanned<DeValue<'_>>) -> Option<T>,
) -> Option<T> {
    match table.get(rule.key()) {
        None => Some(otherwise),
        Some(value) => read(table, rule.key(), value),
    }
}

/// A share of a limit that may be used; none of it would refuse every layout.
fn limit(table: &Table<'_, '_>, rule: Rule, otherwise: Fraction) -> Option<Fraction> {
    or(table, rule, otherwise, |table, key, value| {
        let fits = |share: Fraction| share > Fraction::ZERO;
        checked(table, key, table.quantity::<Fraction>(key, value)?, fits, "must be above 0%")
    })
}

fn min_headroom(table: &Table<'_, '_>, otherwise: Fraction) -> Option<Fraction> {
    or(table, Rule::MinHeadroom, otherwise, |table, key, value| {
        let fits = |share: Fraction| share.get() < 0.95;
        checked(table, key, table.quantity::<Fraction>(key, value)?, fits, "must stay below 95%")
    })
}

fn checked(
    table: &Table<'_, '_>,
    key: &str,
    (share, span): (Fraction, Range<usize>),
    fits: impl Fn(Fraction) -> bool,
    must: &str,
) -> Option<Fraction> {
    if !fits(share) {
        table.problem(&span, format!("`{key}` {must}"));
    }
    fits(share).then_some(share)
}

fn min_replicas(
    table: &Table<'_, '_>,
    key: &'static str,
    value: &Spanned<DeValue<'_>>,
) -> Option<u32> {
    table.small_count(key, value, 0).filter(|n| {
        let fits = *n <= 5;
        if !fits {
            table.problem(&value.span(), "ElastiCache allows at most 5 replicas per shard");
        }
        fits
    })
}

fn one_or_more(
    table: &Table<'_, '_>,
    key: &'static str,
    value: &Spanned<DeValue<'_>>,
) -> Option<u32> {
    table.small_count(key, value, 1)
}

#[expect(clippy::option_option, reason = "read, and a rule that may ask for nothing")]
fn some_or_more(
    table: &Table<'_, '_>,
    key: &'static str,
    value: &Spanned<DeValue<'_>>,
) -> Option<Option<u32>> {
    table.small_count(key, value, 1).map(Some)
}

#[expect(clippy::option_option, reason = "read, and a rule that may ask for nothing")]
fn price_age(
    table: &Table<'_, '_>,
    key: &'static str,
    value: &Spanned<DeValue<'_>>,
) -> Option<Option<u32>> {
    months(table.text(key, value)?).map(Some).or_else(|| {
        let message = format!("`{key}` is written like \"18 months\", at most 120");
        table.problem(&value.span(), message);
        None
    })
}

/// Families and node types; whether AWS has them only the catalog knows.
fn types(
    table: &Table<'_, '_>,
    key: &'static str,
    value: &Spanned<DeValue<'_>>,
) -> Option<Vec<String>> {
    let Some(items) = value.get_ref().as_array() else {
        let message =
            format!("`{key}` must list families or node types: [\"t4g\", \"cache.r7g.large\"]");
        table.problem(&value.span(), message);
        return None;
    };
    let one = |item: &Spanned<DeValue<'_>>| {
        let text = table.text(key, item)?.to_owned();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.';
        let fits = !text.is_empty() && text.chars().all(plain);
        if !fits {
            table.problem(
                &item.span(),
                format!("`{key}`: write a family like \"r7g\" or a type like \"cache.r7g.large\""),
            );
        }
        fits.then_some(text)
    };
    let read: Vec<Option<String>> = items.iter().map(one).collect();
    read.into_iter().collect()
}

fn engines(
    table: &Table<'_, '_>,
    key: &'static str,
    value: &Spanned<DeValue<'_>>,
) -> Option<Vec<EngineRule>> {
    let versions = EngineVersion::ON_ELASTICACHE.map(EngineRule::Version);
    let products = [Product::Valkey, Product::Redis].map(EngineRule::Product);
    let words: Vec<(String, EngineRule)> =
        products.into_iter().chain(versions).map(|rule| (rule.to_string(), rule)).collect();
    let Some(items) = value.get_ref().as_array() else {
        table.problem(&value.span(), format!("`{key}` must be a list: [\"valkey\"]"));
        return None;
    };
    let one = |item: &Spanned<DeValue<'_>>| {
        let text = table.text(key, item)?;
        if let Some((_, rule)) = words.iter().find(|(word, _)| word == text) {
            return Some(*rule);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| word.as_str()).collect();
        let help = nearest(text, &known).map_or_else(
            || format!("one of {}", known.join(", ")),
            |word| format!("did you mean `{word}`?"),
        );
        table.reader().problem(&item.span(), format!("`{key}` cannot be `{text}`"), Some(help));
        None
    };
    let read: Vec<Option<EngineRule>> = items.iter().map(one).collect();
    read.into_iter().collect()
}

fn flag(table: &Table<'_, '_>, key: &str, value: &Spanned<DeValue<'_>>) -> Option<bool> {
    let flag = value.get_ref().as_bool();
    if flag.is_none() {
        table.problem(&value.span(), format!("`{key}` must be true or false"));
    }
    flag
}
