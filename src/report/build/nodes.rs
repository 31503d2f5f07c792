//! The servers of a measured cluster, one by one.

use crate::measurement::{Level, NodeLevel, ShardMemory};
use crate::report::numbers;
use crate::report::{Block, Cell, Column, Row, Table};
use crate::units::{Bytes, Micros, num};

use super::Evidence;
use super::levels::near_peak;

/// What each of several servers held and did; nothing where there was one.
pub(super) fn blocks(evidence: &Evidence<'_>) -> Vec<Block> {
    let shards = &evidence.seeded.shards;
    let memory = (!shards.is_empty()).then(|| Block::Table(memory(shards)));
    let load = near_peak(evidence)
        .filter(|level| !level.nodes.is_empty())
        .map(|level| Block::Table(load(level)));
    memory.into_iter().chain(load).collect()
}

/// Memory by shard.
fn memory(shards: &[ShardMemory]) -> Table {
    let mut table = Table::new(
        "shards",
        "The shards of the measured cluster: what each was predicted to hold before loading, by the slots \
         it owned, and what it held",
        vec![
            Column::text("Primary"),
            Column::text("Slots"),
            Column::count("Replicas"),
            Column::count("Keys"),
            Column::number("used_memory, predicted", "bytes"),
            Column::number("Measured", "bytes"),
            Column::number("Predicted against measured", "%"),
        ],
    );
    let count = |n: u64| Cell::number(numbers::count(n), num::float(n));
    let bytes = |bytes: Bytes| Cell::number(numbers::count(bytes.get()), bytes.float());
    for shard in shards {
        let slots: Vec<String> = shard.slots.iter().map(ToString::to_string).collect();
        let off = shard.predicted_bytes / shard.settled_bytes - 1.0;
        table.push(Row::new(vec![
            Cell::text(&shard.address),
            Cell::text(slots.join(" ")),
            count(shard.replicas.into()),
            count(shard.keys),
            bytes(shard.predicted_bytes),
            bytes(shard.settled_bytes),
            Cell::number(format!("{:+.4}%", off * 100.0), off * 100.0),
        ]));
    }
    table
}

/// Load by server.
fn load(level: &Level) -> Table {
    let mut table = Table::new(
        "nodes",
        format!(
            "Each server at {}, the valid level nearest to the peak; the busiest one is the first at its \
             limit",
            level.offered
        ),
        vec![
            Column::text("Server"),
            Column::text("Role"),
            Column::count("Replies"),
            Column::number("Share", "%"),
            Column::number("Response p50", "µs"),
            Column::number("Response p99", "µs"),
            Column::number("CPU", "% of a core"),
            Column::count("Evicted"),
            Column::number("used_memory", "bytes"),
        ],
    );
    let all: u64 = level.nodes.iter().map(|node| node.replies).sum();
    for node in &level.nodes {
        table.push(Row::new(cells(node, all)));
    }
    table
}

fn cells(node: &NodeLevel, all: u64) -> Vec<Cell> {
    let NodeLevel { address, is_replica, replies, response, server, .. } = node;
    let count = |n: u64| Cell::number(numbers::count(n), num::float(n));
    let micros = |us: Option<Micros>| {
        us.map_or_else(Cell::missing, |us| Cell::number(us.to_string(), us.get()))
    };
    let share = num::float(*replies) / num::float(all.max(1));
    let span = server.span_us.secs();
    let cpu = server.main_thread_cpu_us.filter(|_| span > 0.0).map(|cpu| cpu.secs() / span);
    vec![
        Cell::text(address),
        Cell::text(if *is_replica { "replica" } else { "primary" }),
        count(*replies),
        Cell::number(numbers::percent(share), share * 100.0),
        micros(response.quantile(0.5)),
        micros(response.quantile(0.99)),
        cpu.map_or_else(Cell::missing, |cpu| Cell::number(numbers::percent(cpu), cpu * 100.0)),
        server.evicted_keys.map_or_else(Cell::missing, count),
        server
            .used_memory_bytes
            .map_or_else(Cell::missing, |bytes| Cell::number(bytes.to_string(), bytes.float())),
    ]
}
