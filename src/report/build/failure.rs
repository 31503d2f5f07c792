//! The day a node is lost.

use crate::report::{Block, Cell, Column, Row, Table};
use crate::size::{Check, Choice};

use super::amount::{cell, share};

/// What differs from the steady state, or a sentence that nothing does.
pub(super) fn block(choice: &Choice) -> Block {
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
