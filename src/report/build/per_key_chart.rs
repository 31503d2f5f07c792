//! What a key of each class costs, as bars.

use crate::engine::EngineVersion;
use crate::report::{Axis, Cell, ChartSpec, Height, Mark, Point, Role, Series, Table, TickFormat};
use crate::units::{Bytes, num};

/// Up to so many classes the picture is low.
const FEW: usize = 4;

/// The bars of [`crate::report::memory_tables::per_key`]'s table: a row for each class, a piece for
/// each purpose.
pub(super) fn chart(table: &Table, engine: EngineVersion) -> ChartSpec {
    let name = |cells: &[Cell]| cells.first().map_or_else(String::new, |cell| cell.text.clone());
    let axis = Axis::rows("class", table.rows.iter().map(|row| name(&row.cells)));
    // Between the class, its keys and the total.
    let purposes = 2..table.columns.len() - 1;
    let series = purposes.clone().zip(Role::EQUAL).map(|(at, role)| {
        let piece = |(row, cells): (usize, &[Cell])| {
            let before: f64 = cells[purposes.start..at].iter().filter_map(|cell| cell.number).sum();
            let own = cells[at].number.filter(|own| *own > 0.0)?;
            let whole = Point::stretch(axis.row(row), before, before + own);
            Some(whole.labelled(num::round(own).to_string()))
        };
        let rows = table.rows.iter().map(|row| row.cells.as_slice()).enumerate();
        Series {
            name: table.columns[at].header.to_lowercase(),
            mark: Mark::Stretches,
            role,
            points: rows.filter_map(piece).collect(),
        }
    });
    let total = |cells: &[Cell]| cells.last().and_then(|cell| cell.number);
    let most = table.rows.iter().filter_map(|row| Some((name(&row.cells), total(&row.cells)?)));
    let most = most.reduce(|a, b| if b.1 > a.1 { b } else { a });
    ChartSpec {
        id: "bytes-per-key".into(),
        title: format!("What one key costs on {engine}"),
        caption: most.map_or_else(
            || "No class has keys.".into(),
            |(name, bytes)| {
                format!(
                    "A key of {name} costs most, {}; what is not key or value is the engine's own.",
                    Bytes::from_float(bytes)
                )
            },
        ),
        height: if table.rows.len() > FEW { Height::Full } else { Height::Low },
        x: Axis::linear("bytes per key", TickFormat::Count),
        series: series.collect(),
        y: axis,
        markers: Vec::new(),
        note_when_empty: "No class has keys.".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Column, Row};

    #[test]
    fn pieces_stand_one_after_the_other() {
        let headers = ["Key", "Value", "Entry", "Total"];
        let columns = headers.map(|header| Column::number(header, "bytes"));
        let columns = [Column::text("Class"), Column::count("Keys")].into_iter().chain(columns);
        let mut table = Table::new("bytes-per-key", "", columns.collect());
        for (name, bytes) in [("a", [30.0, 0.0, 24.0, 54.0]), ("b", [10.0, 100.0, 24.0, 134.0])] {
            let numbers = bytes.map(|bytes| Cell::number("", bytes));
            let cells = [Cell::text(name), Cell::number("9", 9.0)].into_iter().chain(numbers);
            table.push(Row::new(cells.collect()));
        }
        let chart = chart(&table, EngineVersion::parse("valkey-8.1").unwrap());
        let places = |series: &Series| -> Vec<(f64, f64, Option<f64>)> {
            series.points.iter().map(|point| (point.x, point.y, point.high)).collect()
        };
        assert_eq!(places(&chart.series[0]), [(0.0, 1.0, Some(30.0)), (0.0, 0.0, Some(10.0))]);
        assert_eq!(places(&chart.series[1]), [(10.0, 0.0, Some(110.0))], "a value of nothing");
        assert_eq!(places(&chart.series[2]), [(30.0, 1.0, Some(54.0)), (110.0, 0.0, Some(134.0))]);
        assert_eq!(chart.series.len(), 3);
        assert!(chart.caption.contains("key of b costs most, 134 B"), "{}", chart.caption);
    }
}
