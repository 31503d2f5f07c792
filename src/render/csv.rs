//! A table as CSV: the numbers behind the texts, for spreadsheets and programs.

use crate::report::{Cell, Column, Table};

/// Why writing cannot fail.
pub(super) const IN_MEMORY: &str = "writing records into memory does not fail";

/// `table` as CSV with one header line.
///
/// A cell with a number holds that number in the unit its header names, a missing one is empty, any
/// other holds its text. Texts that a spreadsheet would run as a formula are quoted with an
/// apostrophe, as OWASP advises for CSV injection.
pub fn csv(table: &Table) -> String {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_record(table.columns.iter().map(header)).expect(IN_MEMORY);
    for row in &table.rows {
        writer.write_record(row.cells.iter().map(field)).expect(IN_MEMORY);
    }
    let bytes = writer.into_inner().expect(IN_MEMORY);
    String::from_utf8(bytes).expect("every field was a string")
}

fn header(column: &Column) -> String {
    match &column.unit {
        Some(unit) => inert(&format!("{} ({unit})", column.header)),
        None => inert(&column.header),
    }
}

fn field(cell: &Cell) -> String {
    match cell.number {
        Some(number) if number.is_finite() => number.to_string(),
        Some(_) => String::new(),
        None if cell.is_missing() => String::new(),
        None => inert(&cell.text),
    }
}

/// `text` so that no spreadsheet takes it for a formula.
pub(super) fn inert(text: &str) -> String {
    let is_formula =
        text.starts_with(['\t', '\r']) || text.trim_start().starts_with(['=', '+', '-', '@']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Row;

    #[track_caller]
    fn check(cell: Cell, expected: &str) {
        let mut table = Table::new("t", "", vec![Column::text("name")]);
        table.push(Row::new(vec![cell]));
        assert_eq!(csv(&table), format!("name\n{expected}\n"));
    }

    #[test]
    fn formulas_are_neutralised_and_numbers_are_not() {
        check(Cell::text("=1+1"), "'=1+1");
        check(Cell::text("+1"), "'+1");
        check(Cell::text("-1"), "'-1");
        check(Cell::text(" @SUM(A1)"), "' @SUM(A1)");
        check(Cell::text("\tx"), "'\tx");
        check(Cell::number("−1.5%", -0.015), "-0.015");
    }

    #[test]
    fn what_is_missing_is_empty_not_zero() {
        check(Cell::missing(), "\"\"");
        check(Cell::number("∞", f64::INFINITY), "\"\"");
    }

    #[test]
    fn separators_and_quotes_survive() {
        check(Cell::text("a,\"b\""), "\"a,\"\"b\"\"\"");
        check(Cell::text("<script>"), "<script>");
    }
}
