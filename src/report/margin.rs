//! How near each constraint is to its limit, for bars.

use serde::Serialize;

use super::{Cell, Report, Row, Table};

/// One bar, of one shard at the horizon. Texts are as the table has them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Margin<'a> {
    /// Of what.
    pub name: &'a str,
    /// What is asked for.
    pub needs: &'a str,
    /// What the plan may use: the limit less headroom.
    pub allowed: &'a str,
    /// What there is.
    pub limit: &'a str,
    /// What is asked for as a percentage of the limit.
    pub used: &'a str,
    /// The same, 1 being the limit.
    pub used_share: f64,
    /// What may be used, 1 being the limit.
    pub allowed_share: f64,
    /// Whether it is nearest to what it allows.
    pub is_binding: bool,
}

/// One for each row of the table `constraints` whose demand and limit are known, in its order.
pub fn margins(report: &Report) -> Vec<Margin<'_>> {
    let Some(table) = report.tables().find(|table| table.id == "constraints") else {
        return Vec::new();
    };
    table.rows.iter().filter_map(|row| margin(table, row)).collect()
}

fn margin<'a>(table: &'a Table, row: &'a Row) -> Option<Margin<'a>> {
    let cell = |header: &str| -> Option<&'a Cell> {
        let at = table.columns.iter().position(|column| column.header == header)?;
        row.cells.get(at)
    };
    let (needs, allowed, limit) = (cell("Horizon")?, cell("Allowed")?, cell("Limit")?);
    let limit_number = limit.number.filter(|number| *number > 0.0)?;
    Some(Margin {
        name: &row.cells.first()?.text,
        needs: &needs.text,
        allowed: &allowed.text,
        limit: &limit.text,
        used: &cell("Used at horizon")?.text,
        used_share: needs.number? / limit_number,
        allowed_share: allowed.number? / limit_number,
        is_binding: row.is_chosen,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Block, Column, Headline, Outcome, Section, Setting};

    #[test]
    fn a_bar_is_drawn_for_what_is_known() {
        let headers = ["Constraint", "Horizon", "Limit", "Allowed", "Used at horizon"];
        let columns = headers.into_iter().map(Column::text).collect();
        let mut table = Table::new("constraints", "", columns);
        let number = |value: f64| Cell::number(value.to_string(), value);
        let known = vec![
            Cell::text("memory"),
            number(2.0),
            number(8.0),
            number(6.0),
            Cell::number("25%", 25.0),
        ];
        table.push(Row::chosen(known));
        let missing = Cell::missing;
        table.push(Row::new(vec![
            Cell::text("network in"),
            number(1.0),
            missing(),
            missing(),
            missing(),
        ]));
        let mut section = Section::new("verdict", "");
        section.blocks.push(Block::Table(table));
        let report = Report {
            title: String::new(),
            subtitle: String::new(),
            headline: Headline {
                outcome: Outcome::Met,
                verdict: String::new(),
                reasons: Vec::new(),
                facts: Vec::new(),
            },
            sections: vec![section],
            footer: String::new(),
            setting: Setting::default(),
        };
        let found = margins(&report);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].used_share, found[0].allowed_share), (0.25, 0.75));
        assert!(found[0].is_binding);
    }
}
