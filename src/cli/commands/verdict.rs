//! The verdict in a terminal: the answer, why, and a bar for each limit.

use console::{Color, Style};

use crate::report::{Margin, Outcome, Report, Table, margins};
use crate::units::num;

/// Places of a bar; the last one is the limit.
const BAR: usize = 24;

/// The verdict as text, coloured where that is wanted.
pub(super) fn verdict(report: &Report, colored: bool) -> String {
    let paint = Paint { colored };
    let headline = &report.headline;
    let tone = match headline.outcome {
        Outcome::Met => Color::Green,
        Outcome::MetWithDoubts => Color::Yellow,
        Outcome::NotMet => Color::Red,
        Outcome::Compared => Color::Blue,
    };
    let label = paint.bold(Some(tone), headline.outcome.label());
    let mut lines = vec![format!("{label}: {}", paint.bold(None, &headline.verdict))];
    lines.extend(headline.reasons.iter().map(|reason| format!("  {reason}")));
    if let Some(table) = report.tables().find(|table| table.id == "constraints") {
        lines.push(String::new());
        lines.extend(bars(table, &margins(report), paint));
    }
    lines.join("\n")
}

#[derive(Clone, Copy)]
struct Paint {
    colored: bool,
}

impl Paint {
    fn bold(self, color: Option<Color>, text: &str) -> String {
        let style = color.map_or_else(Style::new, |color| Style::new().fg(color)).bold();
        style.force_styling(self.colored).apply_to(text).to_string()
    }

    fn color(self, color: Color, text: &str) -> String {
        Style::new().fg(color).force_styling(self.colored).apply_to(text).to_string()
    }
}

/// A line for each constraint: its bar where demand and limit are known, else what is known.
fn bars(table: &Table, margins: &[Margin<'_>], paint: Paint) -> Vec<String> {
    let name = |row: usize| table.rows[row].cells.first().map_or("", |cell| cell.text.as_str());
    let rows = 0..table.rows.len();
    let widest = rows.clone().map(|row| name(row).chars().count()).max().unwrap_or(0);
    let wide = |text: fn(&Margin<'_>) -> usize| margins.iter().map(text).max().unwrap_or(0);
    let needs = wide(|it| it.needs.chars().count()).max("needs".len());
    let allowed = wide(|it| it.allowed.chars().count()).max("may use".len());
    let mut lines = vec![format!(
        "    {:widest$}  {:BAR$}  used  {:>needs$}  {:>allowed$}",
        "", "one shard at the horizon", "needs", "may use"
    )];
    for row in rows {
        let name = name(row);
        let Some(it) = margins.iter().find(|margin| margin.name == name) else {
            let known = table.rows[row].cells.get(2).map_or("–", |cell| cell.text.as_str());
            lines.push(format!(
                "    {name:widest$}  {:BAR$}     –  {known:>needs$}",
                "not collected"
            ));
            continue;
        };
        let mark = if it.is_binding { "▸" } else { " " };
        let line = format!("{mark} {name:widest$}");
        let name = if it.is_binding { paint.bold(None, &line) } else { line };
        let (used, is, may) = (it.used, it.needs, it.allowed);
        lines.push(format!(
            "  {name}  {}  {used:>4}  {is:>needs$}  {may:>allowed$}",
            bar(it, paint)
        ));
    }
    lines
}

/// `██████▌·······│·····`: what is needed, and after the stroke what is left for headroom.
fn bar(margin: &Margin<'_>, paint: Paint) -> String {
    let color = match margin.used_share {
        used if used > margin.allowed_share => Color::Red,
        _ if margin.is_binding => Color::Yellow,
        _ => Color::Green,
    };
    let places = |share: f64| num::index(num::round(share.clamp(0.0, 1.0) * num::float_len(BAR)));
    let (used, allowed) = (places(margin.used_share), places(margin.allowed_share));
    let place = |at: usize| match at {
        at if at < used => '█',
        at if at == allowed => '│',
        _ => '·',
    };
    let text: String = (0..BAR).map(place).collect();
    let filled: String = text.chars().take(used).collect();
    let rest: String = text.chars().skip(used).collect();
    paint.color(color, &filled) + &rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Block, Cell, Column, Fact, Headline, Row, Section, Setting};

    fn report() -> Report {
        let headers = ["Constraint", "Today", "Horizon", "Limit", "Allowed", "Used at horizon"];
        let columns = headers.into_iter().map(Column::text).collect();
        let mut table = Table::new("constraints", "", columns);
        let number = |text: &str, value: f64| Cell::number(text, value);
        table.push(Row::chosen(vec![
            Cell::text("memory"),
            number("1 GiB", 1.0),
            number("6 GiB", 6.0),
            number("8 GiB", 8.0),
            number("7 GiB", 7.0),
            number("75%", 75.0),
        ]));
        table.push(Row::new(vec![
            Cell::text("packets"),
            number("9/s", 9.0),
            number("12/s", 12.0),
            Cell::missing(),
            Cell::missing(),
            Cell::missing(),
        ]));
        let mut section = Section::new("verdict", "Why");
        section.blocks.push(Block::Table(table));
        Report {
            title: String::new(),
            subtitle: String::new(),
            headline: Headline {
                outcome: Outcome::Met,
                verdict: "Provision it.".into(),
                reasons: vec!["Because.".into()],
                facts: Vec::<Fact>::new(),
            },
            sections: vec![section],
            footer: String::new(),
            setting: Setting::default(),
        }
    }

    #[test]
    fn a_bar_shows_what_is_used_and_what_may_be() {
        let expected = "\
goal met: Provision it.
  Because.

             one shard at the horizon  used  needs  may use
  ▸ memory   ██████████████████···│··   75%  6 GiB    7 GiB
    packets  not collected                –   12/s";
        assert_eq!(verdict(&report(), false), expected);
    }

    #[test]
    fn colours_are_for_terminals() {
        let text = verdict(&report(), true);
        assert!(text.starts_with("\u{1b}["), "{text:?}");
        assert!(!verdict(&report(), false).contains('\u{1b}'));
    }
}
