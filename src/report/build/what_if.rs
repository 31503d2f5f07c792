//! What the answer would be with other keys, another peak, other headroom.

use crate::report::numbers;
use crate::report::{Block, Cell, Choices, Column, Explorer, Row, Section, Table};
use crate::size::{Alternative, WhatIf};
use crate::units::{OpsPerSec, Usd, num};

use super::Evidence;
use super::bounds::becomes;

/// Multiples of keys and peak that fit on paper.
const SHOWN: [f64; 5] = [0.5, 1.0, 1.5, 2.0, 4.0];

/// `None` for runs of an earlier version.
pub(super) fn section(evidence: &Evidence<'_>) -> Option<Section> {
    let grid = evidence.recommendation.what_if.as_ref()?;
    let mut section = Section::new("what-if", "What if");
    section.blocks.push(Block::Explorer(explorer(evidence, grid)));
    section.blocks.push(Block::Table(table(evidence, grid)));
    Some(section)
}

fn explorer(evidence: &Evidence<'_>, grid: &WhatIf) -> Explorer {
    let [keys, peak, headroom] = grid.planned;
    let planned = grid.at(keys, peak, headroom);
    let mut answers: Vec<String> =
        grid.answers.iter().map(|answer| sentence(answer, planned)).collect();
    answers.push("Nothing fits.".into());
    let nothing = answers.len() - 1;
    let choices = |id: &str, label: &str, values: Vec<String>, planned| Choices {
        id: id.into(),
        label: label.into(),
        values,
        planned,
    };
    Explorer {
        axes: vec![
            choices(
                "keys",
                "Keys at the horizon",
                grid.keys.iter().map(|factor| keys_at(evidence, *factor)).collect(),
                keys,
            ),
            choices(
                "peak",
                "Peak at the horizon",
                grid.peaks.iter().map(|factor| peak_at(evidence, *factor)).collect(),
                peak,
            ),
            choices(
                "headroom",
                "Headroom",
                grid.headrooms.iter().map(ToString::to_string).collect(),
                headroom,
            ),
        ],
        answers,
        cells: grid.cells.iter().map(|cell| cell.unwrap_or(nothing)).collect(),
    }
}

fn sentence(answer: &Alternative, planned: Option<&Alternative>) -> String {
    let against = match planned {
        Some(planned) if planned == answer => " That is the recommendation.".into(),
        Some(planned) => difference(answer.monthly, planned.monthly),
        None => String::new(),
    };
    format!("{}.{against}", becomes(answer))
}

fn difference(answer: Usd, planned: Usd) -> String {
    let by = (answer.usd() - planned.usd()).abs();
    let by = format!("${}", numbers::count(num::round(by)));
    match answer.cmp(&planned) {
        std::cmp::Ordering::Less => format!(" That is {by} a month less than the recommendation."),
        std::cmp::Ordering::Equal => " That costs as much as the recommendation.".into(),
        std::cmp::Ordering::Greater => {
            format!(" That is {by} a month more than the recommendation.")
        }
    }
}

fn keys_at(evidence: &Evidence<'_>, factor: f64) -> String {
    let keys: u64 = evidence.recommendation.horizon.keys.iter().sum();
    let keys = num::round(num::float(keys) * factor);
    format!("{} keys, {}", numbers::count(keys), numbers::ratio(factor))
}

fn peak_at(evidence: &Evidence<'_>, factor: f64) -> String {
    let peak = evidence.recommendation.horizon.peak.per_sec() * factor;
    format!("{}, {}", OpsPerSec::of(peak), numbers::ratio(factor))
}

/// Keys down, peaks across, at the headroom of the plan.
fn table(evidence: &Evidence<'_>, grid: &WhatIf) -> Table {
    let place =
        |all: &[f64], factor: f64| all.iter().position(|one| one.total_cmp(&factor).is_eq());
    let [planned_keys, planned_peak, headroom] = grid.planned;
    let shown = |all: &[f64]| -> Vec<usize> {
        SHOWN.into_iter().filter_map(|factor| place(all, factor)).collect()
    };
    let (keys, peaks) = (shown(&grid.keys), shown(&grid.peaks));
    let mut columns = vec![Column::text("Keys at the horizon")];
    columns.extend(peaks.iter().map(|at| Column::text(peak_at(evidence, grid.peaks[*at]))));
    let mut table = Table::new(
        "what-if",
        format!(
            "The answer for other keys, down, and other peaks, across, with {} headroom; the plan \
             is in row {} and column {}",
            grid.headrooms[headroom],
            keys.iter().position(|at| *at == planned_keys).map_or(0, |at| at + 1),
            peaks.iter().position(|at| *at == planned_peak).map_or(0, |at| at + 1),
        ),
        columns,
    );
    for key in keys {
        let mut cells = vec![Cell::text(keys_at(evidence, grid.keys[key]))];
        cells.extend(peaks.iter().map(|peak| match grid.at(key, *peak, headroom) {
            Some(answer) => Cell::number(short(answer), answer.monthly.usd()),
            None => Cell::text("nothing fits"),
        }));
        table.push(if key == planned_keys { Row::chosen(cells) } else { Row::new(cells) });
    }
    table
}

/// `2 × r7g.large, $256`.
fn short(answer: &Alternative) -> String {
    let node = answer.node_type.strip_prefix("cache.").unwrap_or(&answer.node_type);
    format!("{} × {node}, {}", answer.layout.nodes, numbers::bill(answer.monthly))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_said_in_words() {
        let usd = |usd: u64| Usd::from_nanos(usd * 1_000_000_000);
        assert_eq!(
            difference(usd(5), usd(1_240)),
            " That is $1,235 a month less than the recommendation."
        );
        assert!(difference(usd(6), usd(5)).contains("$1 a month more"));
        assert!(difference(usd(5), usd(5)).contains("as much"));
    }
}
