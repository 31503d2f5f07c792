//! Between which figures the answer holds, and what it is beyond them.

use crate::report::numbers;
use crate::report::{Cell, Column, Row, Table};
use crate::size::{Alternative, Bound, Choice, Quantity, Side};
use crate::units::{Fraction, OpsPerSec, num};

/// A row for each end that was found.
pub(super) fn table(choice: &Choice) -> Table {
    let mut table = Table::new(
        "bounds",
        "The answer holds between these figures, each changed alone at the horizon",
        vec![
            Column::text("What"),
            Column::text("Holds"),
            Column::number("Figure", "in its unit"),
            Column::number("Of today's", "x"),
            Column::text("Beyond it"),
            Column::text("The answer is then"),
        ],
    );
    for bound in &choice.bounds {
        table.push(Row::new(vec![
            Cell::text(what(bound.of)),
            Cell::text(match bound.side {
                Side::Most => "up to",
                Side::Least => "from",
            }),
            Cell::number(figure(bound), bound.at),
            match bound.of {
                Quantity::Keys | Quantity::Peak => {
                    Cell::number(numbers::ratio(bound.factor), bound.factor)
                }
                Quantity::Headroom => Cell::missing(),
            },
            Cell::text(bound.because.map_or_else(
                || "something cheaper fits".into(),
                |resource| format!("{resource} is short"),
            )),
            Cell::text(bound.becomes.as_ref().map_or_else(|| "none".into(), becomes)),
        ]));
    }
    table
}

fn what(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Keys => "keys",
        Quantity::Peak => "peak",
        Quantity::Headroom => "headroom",
    }
}

fn figure(bound: &Bound) -> String {
    match bound.of {
        Quantity::Keys => numbers::count(num::round(bound.at)),
        Quantity::Peak => OpsPerSec::new(bound.at).map_or("–".into(), |rate| rate.to_string()),
        Quantity::Headroom => Fraction::new(bound.at).unwrap_or_default().to_string(),
    }
}

/// `cache.r7g.large, 2 x 2, $482`.
pub(super) fn becomes(other: &Alternative) -> String {
    let shards = match other.layout.shards {
        1 => "1 shard".into(),
        n => format!("{n} shards"),
    };
    format!(
        "{} with {}, {shards} of {}, {} a month",
        other.node_type,
        other.engine,
        other.layout.replicas + 1,
        numbers::bill(other.monthly)
    )
}
