//! What the models say of what runs today, beside what was observed.

use crate::report::{Block, Cell, Column, Level, Row, Table, numbers};
use crate::size::{Running, Tested};

use super::amount::{amount, cell, share};

/// The verdict and the table; nothing where nothing was observed.
pub(super) fn blocks(running: &Running) -> Vec<Block> {
    if running.back_test.is_empty() {
        return Vec::new();
    }
    let callout = match doubt(running) {
        Some(text) => Block::Callout { level: Level::Warning, text },
        None => Block::Callout { level: Level::Info, text: met(running) },
    };
    vec![callout, Block::Table(table(running))]
}

/// What is off and what to do, in a sentence or two; `None` where nothing is.
pub(super) fn doubt(running: &Running) -> Option<String> {
    let missed: Vec<String> =
        running.back_test.iter().filter(|one| one.is_doubtful()).map(off).collect();
    (!missed.is_empty()).then(|| {
        format!(
            "The models do not meet what runs today: {}. Doubt what is sized with them until classes, \
             keys and mix of the workload file are those of production.",
            missed.join("; ")
        )
    })
}

fn met(running: &Running) -> String {
    let judged: Vec<String> =
        running.back_test.iter().filter(|one| one.is_judged()).map(off).collect();
    if judged.is_empty() {
        return "Of what runs today only the network was observed, which is not judged.".into();
    }
    format!("The models meet what runs today: {}.", judged.join("; "))
}

/// `memory predicted 3.1 GiB, observed 3.05 GiB (1.6% more)`.
fn off(one: &Tested) -> String {
    let shown = |value| amount(one.resource, value);
    let error = one.error().map_or_else(String::new, |error| {
        let word = if error < 0.0 { "less" } else { "more" };
        format!(" ({} {word})", numbers::percent(error.abs()))
    });
    let (predicted, observed) = (shown(one.predicted.value), shown(one.observed));
    format!("{} predicted {predicted}, observed {observed}{error}", one.resource)
}

fn table(running: &Running) -> Table {
    let mut table = Table::new(
        "back-test",
        "What the models say of the busiest primary of today's layout, and what was observed of it",
        vec![
            Column::text("Quantity"),
            Column::number("Predicted", "in its unit"),
            Column::number("At least", "in its unit"),
            Column::number("At most", "in its unit"),
            Column::number("Observed", "in its unit"),
            Column::number("Predicted beyond observed", "%"),
            Column::text("Judged"),
        ],
    );
    for one in &running.back_test {
        let (resource, predicted) = (one.resource, one.predicted);
        let judged = match (one.is_judged(), one.is_doubtful(), one.is_within()) {
            (false, ..) => "not judged",
            (true, true, _) => "missed",
            (true, false, true) => "within",
            (true, false, false) => "near",
        };
        table.push(Row::new(vec![
            Cell::text(resource.label()),
            cell(resource, Some(predicted.value)),
            cell(resource, Some(predicted.low)),
            cell(resource, Some(predicted.high)),
            cell(resource, Some(one.observed)),
            share(one.error()),
            Cell::text(judged),
        ]));
    }
    table
}
