//! When the answer is outgrown, and what comes next.

use crate::evidence::Grade;
use crate::report::numbers::{self, TickFormat};
use crate::report::{
    Axis, Block, Cell, ChartSpec, Column, Fact, Height, Mark, Marker, Role, Row, Section, Series,
    Table,
};
use crate::size::{Choice, Clock, Months, NextStep, Reached, TableOf};
use crate::units::{Bytes, num};

use super::Evidence;
use super::bounds::becomes;

/// Lines of the chart: the resources nearest to their limits.
const DRAWN: usize = 4;

/// `None` where nothing was chosen.
pub(super) fn section(evidence: &Evidence<'_>) -> Option<Section> {
    let choice = evidence.recommendation.chosen.as_ref()?;
    let mut section = Section::new("growth", "When it is outgrown");
    section.blocks.push(Block::Chart(Box::new(chart(evidence, &choice.clock))));
    section.blocks.push(Block::Table(limits(evidence, &choice.clock)));
    if !choice.clock.doublings.is_empty() {
        section.blocks.push(Block::Table(doublings(evidence, &choice.clock)));
    }
    if !choice.next.is_empty() {
        section.blocks.push(Block::Table(next(choice)));
    }
    Some(section)
}

/// When the headroom is used up, for the first page.
pub(super) fn fact(evidence: &Evidence<'_>, choice: &Choice) -> Fact {
    let when = choice.flips.outgrown_in_months.map_or_else(
        || "not in ten years".into(),
        |months| format!("{}, month {months}", month(evidence, months)),
    );
    Fact::new("Headroom used up by growth", when, Grade::Calculated)
}

/// `2027-11`, so many months after the run.
fn month(evidence: &Evidence<'_>, months: u32) -> String {
    let (year, month, _) = evidence.seeded.started.date();
    let months = year * 12 + month - 1 + u64::from(months);
    format!("{:04}-{:02}", months / 12, months % 12 + 1)
}

fn when(evidence: &Evidence<'_>, months: Option<u32>) -> Cell {
    months.map_or_else(
        || Cell::text("not in ten years"),
        |months| Cell::number(month(evidence, months), f64::from(months)),
    )
}

/// When each limit is reached, with the band.
fn limits(evidence: &Evidence<'_>, clock: &Clock) -> Table {
    let mut table = Table::new(
        "growth-clock",
        "When growth reaches each limit of the chosen layout; early and late are the ends of growth \
         and demand",
        vec![
            Column::text("Limit"),
            Column::number("Headroom used up", "months from now"),
            Column::number("Limit passed", "months from now"),
            Column::number("Early", "months from now"),
            Column::number("Late", "months from now"),
        ],
    );
    for Reached { resource, headroom, limit, path: _ } in &clock.limits {
        let Months { early, likely, late } = *limit;
        table.push(Row::new(vec![
            Cell::text(resource.label()),
            when(evidence, headroom.likely),
            when(evidence, likely),
            when(evidence, early),
            when(evidence, late),
        ]));
    }
    table
}

fn doublings(evidence: &Evidence<'_>, clock: &Clock) -> Table {
    let mut table = Table::new(
        "doublings",
        "When the engine's tables double",
        vec![
            Column::text("Table of"),
            Column::number("Keys", "keys"),
            Column::number("When", "months from now"),
            Column::number("Adds", "bytes"),
        ],
    );
    let size = |bytes: Bytes| Cell::number(bytes.to_string(), bytes.float());
    for doubling in &clock.doublings {
        table.push(Row::new(vec![
            Cell::text(match doubling.table {
                TableOf::AllKeys => "all keys",
                TableOf::Expiring => "keys that expire",
            }),
            Cell::number(numbers::count(doubling.keys), num::float(doubling.keys)),
            when(evidence, Some(doubling.month)),
            size(doubling.adds),
        ]));
    }
    table
}

/// What to provision when more has to be carried.
fn next(choice: &Choice) -> Table {
    let mut table = Table::new(
        "next-steps",
        "What the answer is when twice as much as at the horizon has to be carried",
        vec![Column::text("When"), Column::text("The answer is then")],
    );
    for NextStep { keys, peak, becomes: step } in &choice.next {
        let grown = |factor: f64| factor > 1.0;
        let what = match (grown(*keys), grown(*peak)) {
            (true, false) => "keys double",
            (false, true) => "peak doubles",
            _ => "keys and peak double",
        };
        table.push(Row::new(vec![
            Cell::text(what),
            Cell::text(step.as_ref().map_or_else(|| "nothing fits".into(), becomes)),
        ]));
    }
    table
}

/// Demand as a share of each limit over the months.
fn chart(evidence: &Evidence<'_>, clock: &Clock) -> ChartSpec {
    let last = |reached: &Reached| reached.path.first().map_or(0.0, |(_, used)| *used);
    let mut drawn: Vec<&Reached> = clock.limits.iter().collect();
    drawn.sort_by(|a, b| last(b).total_cmp(&last(a)));
    drawn.truncate(DRAWN);
    let end = drawn.iter().filter_map(|reached| reached.path.last()).map(|(m, _)| *m).min();
    let end = end.unwrap_or(0).max(evidence.spec.capacity.horizon_months);
    let series = drawn
        .iter()
        .zip(Role::EQUAL)
        .map(|(reached, role)| {
            let points = reached.path.iter().filter(|(month, _)| *month <= end);
            let points = points.map(|(month, used)| (f64::from(*month), *used));
            Series::new(reached.resource.label(), Mark::LineAndPoints, role, points)
        })
        .collect();
    let allowed = evidence.spec.capacity.headroom.rest().get();
    let horizon = f64::from(evidence.spec.capacity.horizon_months);
    let mut markers = vec![
        Marker::horizontal(1.0, "limit", Role::Limit),
        Marker::vertical(horizon, "horizon", Role::Chosen),
    ];
    if allowed < 1.0 {
        markers.push(Marker::horizontal(allowed, "less headroom", Role::Guide));
    }
    ChartSpec {
        id: "growth-clock".into(),
        title: "The chosen layout as keys and load grow".into(),
        caption: "Each line is what one shard asks for, upper end, as a share of its limit; the \
                  layout is outgrown where the first one crosses."
            .into(),
        height: Height::Full,
        x: Axis::linear("months from now", TickFormat::Count),
        y: Axis::linear("share of the limit", TickFormat::Percent),
        series,
        markers,
        note_when_empty: "No limit of the chosen layout is known.".into(),
    }
}
