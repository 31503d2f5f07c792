//! The way from what runs today to the chosen layout, step by step.

use crate::catalog::Catalog;
use crate::report::numbers;
use crate::report::{Block, Cell, Column, Level, Row, Table};
use crate::size::{Change, Condition, Interruption, Migration, Rebuild, Step};
use crate::units::num;

/// Slots move at about a gigabyte a minute. Source: limits.csv, `resharding` (G9).
const MOVED_PER_MINUTE: f64 = 1e9;

pub(super) fn blocks(migration: &Migration, catalog: &Catalog) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(why) = migration.rebuild {
        blocks.push(Block::Callout {
            level: Level::Warning,
            text: format!("The running cluster cannot be changed: {}.", reason(why)),
        });
    }
    blocks.push(Block::Table(table(migration, catalog)));
    let before = |(index, step): (usize, &Step)| {
        let number = num::count(index) + 1;
        let line = move |condition| format!("Before step {number}: {}.", words(condition));
        step.conditions.iter().map(line).collect::<Vec<String>>()
    };
    let conditions: Vec<String> = migration.steps.iter().enumerate().flat_map(before).collect();
    if !conditions.is_empty() {
        blocks.push(Block::List(conditions));
    }
    let mut all = migration.steps.iter().flat_map(|step| &step.conditions);
    if all.any(|condition| condition.holds() == Some(false)) {
        let text = "Not everything that a step needs holds today; see the list above.";
        blocks.push(Block::Callout { level: Level::Warning, text: text.into() });
    }
    blocks
}

fn table(migration: &Migration, catalog: &Catalog) -> Table {
    let mut table = Table::new(
        "migration",
        "The way to the chosen layout, one change after another; AWS calls the seconds estimates",
        vec![
            Column::count("Step"),
            Column::text("Change"),
            Column::text("Interruption"),
            Column::text("The application"),
            Column::text("Source"),
        ],
    );
    for (index, step) in migration.steps.iter().enumerate() {
        let number = num::count(index) + 1;
        let source = catalog.limits.get(&step.row).map_or_else(Cell::missing, |limit| {
            Cell::text(format!("[{}]", limit.source.join(", ")))
        });
        table.push(Row::new(vec![
            Cell::number(number.to_string(), num::float(number)),
            Cell::text(change(&step.change)),
            Cell::text(interruption(step)),
            Cell::text(application(&step.change)),
            source,
        ]));
    }
    table
}

const fn reason(why: Rebuild) -> &'static str {
    match why {
        Rebuild::IntoDataTiering => {
            "data tiering is reached by restoring a backup into a new cluster"
        }
        Rebuild::OutOfDataTiering => {
            "backups of nodes with data tiering restore to such nodes only, so that a new cluster is \
             filled by the application"
        }
        Rebuild::Downgrade => {
            "AWS has no way to an older version or from Valkey to Redis OSS, so that a new cluster is \
             filled by the application"
        }
        Rebuild::OutOfClusterMode => {
            "cluster mode cannot be disabled again, so that a new cluster is filled by the application"
        }
        Rebuild::OldClusterMode => {
            "cluster mode is enabled on Redis OSS older than 7.0 by restoring a backup into a new \
             cluster"
        }
        Rebuild::NoCommonEngine => {
            "neither engine runs on both node types, so that a backup is restored into a new cluster"
        }
    }
}

fn change(change: &Change) -> String {
    match change {
        Change::Replicas { from, to } if from < to => {
            format!("add replicas: {from} to {to} per shard")
        }
        Change::Replicas { from, to } => {
            format!("remove replicas: {from} to {to} per shard")
        }
        Change::Engine { from, to } => {
            format!("upgrade {from} to {to} in place")
        }
        Change::ClusterModeCompatible => "cluster mode from disabled to compatible".into(),
        Change::ClusterModeEnabled => {
            "cluster mode from compatible to enabled, with no way back".into()
        }
        Change::Shards { from, to, moved } => {
            let minutes = (moved.float() / MOVED_PER_MINUTE).ceil().max(1.0);
            format!(
                "{} shards online: {from} to {to}; about {moved} moves, in about {minutes} min",
                if from < to { "add" } else { "remove" }
            )
        }
        Change::NodeType { from, to } => {
            format!("change {from} to {to} online")
        }
        Change::ReservedMemory { to } => {
            format!("set reserved-memory-percent to {to} in a parameter group")
        }
        Change::RestoreBackup => "back up the cluster and restore the backup into a new one".into(),
        Change::FillAnew => {
            "create a new cluster and let the application fill it, or write to both meanwhile"
                .into()
        }
        Change::SwitchEndpoints => {
            "move the application to the new endpoints, then delete the old cluster".into()
        }
    }
}

fn interruption(step: &Step) -> String {
    match step.interruption {
        Interruption::None => "none".into(),
        Interruption::Secs(secs) => format!("about {secs} s"),
        Interruption::FewSeconds => "writes fail for a few seconds".into(),
        Interruption::Throughout => "as long as it takes: a single node".into(),
        Interruption::SinceBackup => "writes since the backup are lost".into(),
        Interruption::Misses => "misses until it is filled".into(),
        Interruption::NotPublished => "not published".into(),
    }
}

fn words(condition: &Condition) -> String {
    let verdict = match condition.holds() {
        Some(true) => ", met",
        Some(false) => ", not met",
        None => "",
    };
    match condition {
        Condition::Cpu { now: Some(now), below } => {
            format!("engine CPU below {below}, {} at today's peak{verdict}", numbers::percent(*now))
        }
        Condition::Cpu { now: None, below } => {
            format!("engine CPU below {below}, which was not collected")
        }
        Condition::FreeMemory { free, needed } => {
            format!("{needed} free on the shards that stay, {free} is{verdict}")
        }
        Condition::DatabaseZero => "all keys in database 0".into(),
    }
}

const fn application(change: &Change) -> &'static str {
    match change {
        Change::Engine { .. } => "reconnects: connections are closed",
        Change::ClusterModeCompatible => {
            "moves to a cluster client and endpoint, splits commands over several keys"
        }
        Change::ClusterModeEnabled => "uses the new endpoints, with a cluster client only",
        Change::Shards { .. } => "follows redirections; allow for higher latency",
        Change::NodeType { .. } => "reconnects and retries",
        Change::SwitchEndpoints => "is configured with the new endpoints",
        Change::FillAnew => "fills the new cluster, at misses or by writing to both",
        Change::Replicas { .. } | Change::ReservedMemory { .. } | Change::RestoreBackup => {
            "nothing"
        }
    }
}
