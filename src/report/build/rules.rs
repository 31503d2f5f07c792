//! Every rule that the answer keeps to: its value, whose it is, and what AWS publishes on it.

use crate::catalog::{Catalog, LimitValue};
use crate::report::{Block, Cell, Column, Row, Section, Table};
use crate::spec::{Policy, Rule, SetBy};

use super::Evidence;

pub(super) fn section(evidence: &Evidence<'_>) -> Section {
    let mut section = Section::new("rules", "By which rules");
    if let Some(file) = &evidence.spec.policy_origin.file {
        section.blocks.push(Block::Paragraph(format!(
            "Sized by the policy {} (`{}`, digest {}), over the workload file's own rules.",
            file.name,
            file.path,
            file.digest.short()
        )));
    }
    section.blocks.push(Block::Table(table(evidence)));
    section
}

fn table(evidence: &Evidence<'_>) -> Table {
    let mut table = Table::new(
        "rules",
        "Every rule in force; headroom comes off what they leave",
        vec![
            Column::text("Rule"),
            Column::text("Value"),
            Column::text("Default"),
            Column::text("Set by"),
            Column::text("AWS publishes"),
            Column::text("Source"),
        ],
    );
    let (spec, by_default) = (evidence.spec, Policy::default());
    for rule in Rule::ALL {
        let set_by = spec.policy_origin.set_by(&spec.policy, rule);
        let (published, source) = published(evidence.catalog, rule);
        let cells = vec![
            Cell::text(label(rule)),
            Cell::text(spec.policy.shown(rule)),
            Cell::text(by_default.shown(rule)),
            Cell::text(whose(evidence, &set_by)),
            published.map_or_else(Cell::missing, Cell::text),
            source.map_or_else(Cell::missing, Cell::text),
        ];
        table.push(if set_by == SetBy::Default { Row::new(cells) } else { Row::chosen(cells) });
    }
    table
}

fn whose(evidence: &Evidence<'_>, set_by: &SetBy) -> String {
    let file = evidence.spec.policy_origin.file.as_ref().map_or("", |file| file.name.as_str());
    match set_by {
        SetBy::Default => "default".into(),
        SetBy::WorkloadFile => "workload file".into(),
        SetBy::PolicyFile { instead_of: None } => format!("policy {file}"),
        SetBy::PolicyFile { instead_of: Some(own) } => format!("policy {file}, instead of {own}"),
    }
}

const fn label(rule: Rule) -> &'static str {
    match rule {
        Rule::EngineCpu => "engine CPU, at most",
        Rule::Memory => "usable memory, at most",
        Rule::Network => "network baseline, at most",
        Rule::Connections => "connections, at most",
        Rule::MinHeadroom => "headroom, at least",
        Rule::MinReplicas => "replicas per shard, at least",
        Rule::MultiAz => "Multi-AZ",
        Rule::SurviveNodeLoss => "limits hold with a node lost",
        Rule::MinShards => "shards where there are several, at least",
        Rule::MaxShards => "shards, at most",
        Rule::MaxNodes => "nodes, at most",
        Rule::Allow => "allowed families and types",
        Rule::Deny => "denied families and types",
        Rule::Engines => "allowed engines",
        Rule::Burstable => "burstable types for",
        Rule::MaxPriceAge => "age of prices, at most",
        Rule::WorthwhileSaving => "saving that is worth a change, at least",
    }
}

/// The row of limits.csv on a rule, with its unit, and where that is from.
fn published(catalog: &Catalog, rule: Rule) -> (Option<String>, Option<String>) {
    let (row, unit) = match rule {
        Rule::EngineCpu => ("threshold_engine_cpu", "%"),
        Rule::Memory => ("threshold_memory_critical", "%"),
        Rule::Network => ("threshold_network_baseline", "%"),
        Rule::Connections => ("maxclients_default", " a node"),
        Rule::MinHeadroom => ("threshold_memory_plan", "% of memory used, at most"),
        Rule::MinReplicas => ("ha_min_replicas", " replicas"),
        Rule::MinShards => ("ha_min_shards", " shards"),
        Rule::MaxNodes | Rule::MaxShards => ("nodes_per_cluster_default_quota", " nodes"),
        Rule::Burstable => ("t_family_mode", ""),
        Rule::WorthwhileSaving => {
            return (None, Some("chosen: Netflix's planner asks for as much".into()));
        }
        Rule::SurviveNodeLoss
        | Rule::MultiAz
        | Rule::Allow
        | Rule::Deny
        | Rule::Engines
        | Rule::MaxPriceAge => {
            return (None, None);
        }
    };
    let Some(limit) = catalog.limits.get(row) else { return (None, None) };
    let value = match &limit.value {
        LimitValue::Number(n) => format!("{n}{unit}"),
        LimitValue::Text(text) => text.clone(),
    };
    (Some(value), Some(format!("{row} [{}]", limit.source.join(", "))))
}
