//! The day a node is lost.

use crate::report::numbers;
use crate::report::{Block, Cell, Column, Row, Table};
use crate::size::{Check, Choice};

use super::amount::{cell, share};

/// What the loss changes, and how the shard becomes whole again.
pub(super) fn blocks(choice: &Choice) -> Vec<Block> {
    if choice.layout.replicas == 0 {
        return vec![Block::Paragraph(
            "Without a replica a lost node takes its keys with it, and their slots answer nothing \
             until AWS has replaced it; the new node starts cold."
                .into(),
        )];
    }
    let mut blocks = Vec::new();
    if !choice.checks_node_lost.is_empty() {
        blocks.push(differences(choice));
    }
    blocks.push(Block::Paragraph(synchronisation(choice)));
    blocks
}

/// The primary saves and sends all it holds; twice the time of a save passes until the replica has
/// loaded it. Source: MODEL.md §3.1.
fn synchronisation(choice: &Choice) -> String {
    let reserve = &choice.memory.reserve;
    let left = match choice.layout.replicas - 1 {
        0 => "no replica is left to take over should the primary fail as well".into(),
        1 => "one replica is left to take over".to_owned(),
        left => format!("{left} replicas are left to take over"),
    };
    format!(
        "The node that replaces the lost one is filled by a full synchronisation: {} at up to {} a \
         save and as long again to load, {} in all, during which {} of writes wait for it and {left}. \
         Assumed: the speed of saves is that of build servers, the transfer no slower.",
        choice.memory.total(),
        numbers::span(reserve.save_secs),
        numbers::span(reserve.sync_secs()),
        reserve.replica_stream_bytes,
    )
}

/// What differs from the steady state, or a sentence that nothing does.
fn differences(choice: &Choice) -> Block {
    let pairs = || choice.checks.iter().zip(&choice.checks_node_lost);
    let differs = |(steady, lost): &(&Check, &Check)| steady.demand != lost.demand;
    if pairs().filter(differs).count() == 0 {
        return Block::Paragraph(
            "With one node of a shard lost every check stays as it is: primaries answer alone, and \
             the replica that takes over carries the same."
                .into(),
        );
    }
    let mut table = Table::new(
        "node-lost",
        "What changes for the nodes left of a shard when one is lost at the horizon's peak",
        vec![
            Column::text("Constraint"),
            Column::number("All nodes", "in its unit"),
            Column::number("One lost", "in its unit"),
            Column::number("Allowed", "in its unit"),
            Column::number("Used then", "%"),
        ],
    );
    for (steady, lost) in pairs().filter(differs) {
        table.push(Row::new(vec![
            Cell::text(lost.resource.label()),
            cell(lost.resource, steady.demand),
            cell(lost.resource, lost.demand),
            cell(lost.resource, lost.allowed),
            share(lost.utilisation),
        ]));
    }
    Block::Table(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size::tests::fixture::answer;
    use crate::spec::identity_cache;

    fn said(replicas: u32, survive: bool) -> (usize, String) {
        let mut spec = identity_cache();
        spec.capacity.replicas = replicas;
        spec.capacity.multi_az = replicas > 0;
        spec.policy.survive_node_loss = survive;
        let blocks = blocks(&answer(&spec).chosen.expect("something fits"));
        let Some(Block::Paragraph(text)) = blocks.last() else { panic!("{blocks:?}") };
        (blocks.len(), text.clone())
    }

    #[test]
    fn what_is_left_and_how_long_it_takes_depends_on_the_replicas() {
        let (n_blocks, alone) = said(0, true);
        assert!(n_blocks == 1 && alone.starts_with("Without a replica"), "{alone}");
        let (n_blocks, one) = said(1, true);
        // MODEL.md §3.4: a save of 62.53 s, twice that in all.
        let parts = ["4.27 GiB at up to 62.5 s a save", "2 min in all", "no replica is left"];
        assert!(n_blocks == 2 && parts.iter().all(|part| one.contains(part)), "{one}");
        let (n_blocks, three) = said(3, false);
        assert!(n_blocks == 1 && three.contains("2 replicas are left to take over"), "{three}");
    }
}
