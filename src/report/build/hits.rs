//! Hit ratios: what each command is expected to find, what its replies say, and what the servers count.

use crate::measurement::{CommandRecord, Level, ServerDelta};
use crate::report::numbers;
use crate::report::{Block, Cell, Column, Level as Callout, Row, Table};
use crate::spec::{Command, PlanSpec, Traffic};
use crate::units::{OpsPerSec, num};

use super::amount::share;

/// How far the servers' count of lookups may lie from the generator's before it is said: their span
/// begins after a fifth of the level, the window where response times settle.
const TOLERATED: f64 = 0.05;

/// The table for the level nearest to the peak, and a warning where the servers count otherwise;
/// nothing where no command reads.
pub(super) fn blocks(spec: &PlanSpec, level: &Level) -> Vec<Block> {
    let lines = || spec.traffic.iter().zip(&level.commands);
    let reading: Vec<(&Traffic, &CommandRecord)> =
        lines().filter(|(_, record)| record.keys_asked > 0).collect();
    if reading.is_empty() {
        return Vec::new();
    }
    let sums = Sums::of(spec, level, &reading);
    let mut table = Table::new(
        "hits",
        format!(
            "Lookups at {}: the hit ratio expected, that of the replies, and that of the servers' \
             counters, which count one lookup for each key of a command that reads",
            level.offered
        ),
        vec![
            Column::text("Command"),
            Column::number("Lookups", "1/s"),
            Column::number("Hit ratio, expected", "%"),
            Column::number("Hit ratio, of replies", "%"),
            Column::number("Lookups, by the servers", "1/s"),
            Column::number("Hit ratio, by the servers", "%"),
        ],
    );
    for (line, record) in &reading {
        let asked = num::float(record.keys_asked);
        let hit = num::float(record.keys_asked.saturating_sub(record.keys_missed)) / asked;
        table.push(Row::new(vec![
            Cell::text(&record.label),
            rate(Some(asked / level.window_us.secs())),
            share(Some(expected(spec, line))),
            share(Some(hit)),
            Cell::missing(),
            Cell::missing(),
        ]));
    }
    table.push(Row::new(vec![
        Cell::text("all"),
        rate(Some(sums.asked)),
        share(Some(sums.expected / sums.asked)),
        share(Some(sums.hit / sums.asked)),
        rate(sums.counted.map(|(lookups, _)| lookups)),
        share(sums.counted.map(|(lookups, hits)| hits / lookups)),
    ]));
    let mut blocks = vec![Block::Table(table)];
    blocks.extend(sums.difference().map(|text| Block::Callout { level: Callout::Warning, text }));
    blocks
}

/// Seeded keys are all found, and names that were never written never.
fn expected(spec: &PlanSpec, line: &Traffic) -> f64 {
    if line.reads_seeded_keys(&spec.classes[line.class]) { 1.0 } else { 0.0 }
}

/// Lookups of all commands, per second.
struct Sums {
    asked: f64,
    expected: f64,
    hit: f64,
    /// Lookups and hits by the servers' counters; `None` where one of them does not tell, or where a
    /// command's lookups are not known.
    counted: Option<(f64, f64)>,
}

impl Sums {
    fn of(spec: &PlanSpec, level: &Level, reading: &[(&Traffic, &CommandRecord)]) -> Self {
        let window = level.window_us.secs();
        let sum = |of: &dyn Fn(&Traffic, &CommandRecord) -> f64| {
            reading.iter().map(|(line, record)| of(line, record)).sum::<f64>() / window
        };
        let has_raw = spec.traffic.iter().any(|line| line.command == Command::Raw);
        Self {
            asked: sum(&|_, record| num::float(record.keys_asked)),
            expected: sum(&|line, record| num::float(record.keys_asked) * expected(spec, line)),
            hit: sum(&|_, record| num::float(record.keys_asked - record.keys_missed)),
            counted: if has_raw { None } else { counted(level) },
        }
    }

    /// Said where the servers count other lookups than were asked for.
    fn difference(&self) -> Option<String> {
        let (lookups, hits) = self.counted?;
        let more = lookups / self.asked - 1.0;
        let ratio = hits / lookups - self.hit / self.asked;
        (more.abs() > TOLERATED || ratio.abs() > TOLERATED).then(|| {
            format!(
                "The servers counted {} lookups where this run asked for {}, {} of them hits instead \
                 of {}: somebody else reads there, or the load was not steady. Measure a target of \
                 its own.",
                OpsPerSec::of(lookups),
                OpsPerSec::of(self.asked),
                numbers::percent(hits / lookups),
                numbers::percent(self.hit / self.asked)
            )
        })
    }
}

/// Lookups and hits per second: of every server that load was sent to.
fn counted(level: &Level) -> Option<(f64, f64)> {
    let each: Vec<&ServerDelta> = match level.nodes.as_slice() {
        [] => vec![&level.server],
        nodes => nodes.iter().map(|node| &node.server).collect(),
    };
    let per_sec = |delta: &ServerDelta| {
        let (hits, misses) = (delta.keyspace_hits?, delta.keyspace_misses?);
        let span = delta.span_us.secs();
        (span > 0.0).then(|| (num::float(hits + misses) / span, num::float(hits) / span))
    };
    let all: Option<Vec<(f64, f64)>> = each.into_iter().map(per_sec).collect();
    let (lookups, hits) =
        all?.into_iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    (lookups > 0.0).then_some((lookups, hits))
}

fn rate(per_sec: Option<f64>) -> Cell {
    per_sec
        .and_then(OpsPerSec::new)
        .map_or_else(Cell::missing, |rate| Cell::number(rate.to_string(), rate.per_sec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::fixture;
    use crate::spec::identity_cache;
    use crate::units::Micros;

    /// 500 lookups a second for four seconds, of which the server counts as many over two.
    fn level(hits: u64, misses: u64) -> Level {
        let mut level = fixture::level(500.0, 100);
        level.server.span_us = Micros::of(2e6);
        level.server.keyspace_hits = Some(hits);
        level.server.keyspace_misses = Some(misses);
        level
    }

    fn said(spec: &PlanSpec, level: &Level) -> (Table, Option<String>) {
        match blocks(spec, level).as_slice() {
            [Block::Table(table)] => (table.clone(), None),
            [Block::Table(table), Block::Callout { text, .. }] => {
                (table.clone(), Some(text.clone()))
            }
            other => panic!("a table, and a warning at most: {other:?}"),
        }
    }

    fn texts(row: &Row) -> Vec<&str> {
        row.cells.iter().map(|cell| cell.text.as_str()).collect()
    }

    #[test]
    fn counters_that_agree_stand_beside_what_was_expected() {
        let (table, warning) = said(&identity_cache(), &level(1000, 0));
        assert_eq!(texts(&table.rows[0]), ["claims get", "500/s", "100%", "100%", "–", "–"]);
        assert_eq!(texts(&table.rows[1]), ["all", "500/s", "100%", "100%", "500/s", "100%"]);
        assert_eq!(warning, None);
    }

    #[test]
    fn lookups_of_others_are_told() {
        let (_, more) = said(&identity_cache(), &level(1500, 0));
        assert!(
            more.is_some_and(|text| text.contains("750/s lookups where this run asked for 500/s"))
        );
        let (_, misses) = said(&identity_cache(), &level(900, 100));
        assert!(misses.is_some_and(|text| text.contains("90% of them hits instead of 100%")));
    }

    #[test]
    fn names_that_were_never_written_are_expected_to_miss() {
        let mut spec = identity_cache();
        spec.traffic[0].key = Some(spec.classes[1].key.clone());
        let mut level = level(0, 1000);
        level.commands[0].keys_missed = 2000;
        let (table, warning) = said(&spec, &level);
        assert_eq!(texts(&table.rows[0])[2..4], ["0.0%", "0.0%"]);
        assert_eq!(warning, None);
    }

    #[test]
    fn what_a_server_does_not_tell_is_not_collected() {
        let mut silent = level(1000, 0);
        silent.server.keyspace_misses = None;
        let (table, warning) = said(&identity_cache(), &silent);
        assert_eq!(texts(&table.rows[1])[4..], ["–", "–"]);
        assert_eq!(warning, None);
    }
}
