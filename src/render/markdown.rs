//! A report as GitHub-flavoured Markdown, and a summary to paste into a pull request.

use std::fmt::Write as _;

use crate::report::{
    Align, Block, ChartSpec, Fact, Headline, Level, Report, Row, Section, Span, Table, spans,
};

/// `report` as Markdown. Charts are links to `charts/<id>.png`.
pub fn markdown(report: &Report) -> String {
    let Report { title, subtitle, headline, sections, footer, setting: _ } = report;
    let mut parts = vec![format!("# {}", inline(title)), paragraph(subtitle)];
    parts.extend(verdict(headline));
    for Section { id: _, title, blocks } in sections {
        parts.push(format!("## {}", inline(title)));
        parts.extend(blocks.iter().map(block));
    }
    parts.push("---".into());
    parts.push(paragraph(footer));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

/// Parts of a report that a summary has, by the ids of their tables or sections.
const TABLES_OF_SUMMARY: [&str; 3] = ["constraints", "runners-up", "figures"];
const CAVEATS: &str = "caveats";

/// The verdict, its limits and what to doubt, short enough for a pull request.
pub fn summary(report: &Report) -> String {
    let Report { title, subtitle, headline, sections, footer, setting: _ } = report;
    let mut parts = vec![format!("## {}", inline(title)), paragraph(subtitle)];
    parts.extend(verdict(headline));
    parts.extend(
        report.tables().filter(|it| TABLES_OF_SUMMARY.contains(&it.id.as_str())).map(table),
    );
    for Section { title, blocks, .. } in sections.iter().filter(|section| section.id == CAVEATS) {
        parts.push(format!("### {}", inline(title)));
        parts.extend(blocks.iter().map(block));
    }
    parts.push(paragraph(footer));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

fn verdict(headline: &Headline) -> Vec<String> {
    let Headline { outcome, verdict, reasons, facts: figures } = headline;
    vec![
        format!("**{}: {}**", sentence_case(outcome.label()), inline(verdict)),
        list(reasons),
        facts(figures),
    ]
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(text) => paragraph(text),
        Block::Callout { level, text } => callout(*level, text),
        Block::Facts(figures) => facts(figures),
        Block::List(items) => list(items),
        Block::Table(one) => table(one),
        Block::Explorer(_) => String::new(),
        Block::Chart(one) => chart(one),
    }
}

fn callout(level: Level, text: &str) -> String {
    let kind = match level {
        Level::Info => "NOTE",
        Level::Warning => "WARNING",
        Level::Problem => "CAUTION",
    };
    format!("> [!{kind}]\n> {}", inline(text))
}

fn list(items: &[String]) -> String {
    items.iter().map(|item| format!("- {}", paragraph(item))).collect::<Vec<_>>().join("\n")
}

fn facts(facts: &[Fact]) -> String {
    if facts.is_empty() {
        return String::new();
    }
    let mut text = String::from("| figure | value | evidence |\n|---|---:|---|");
    for fact in facts {
        let (label, value) = (inline(&fact.label), inline(fact.shown()));
        write!(text, "\n| {label} | {value} | {} |", fact.grade).expect(IN_MEMORY);
    }
    text
}

fn table(table: &Table) -> String {
    let Table { id: _, caption, columns, rows, is_sortable: _ } = table;
    let headers: Vec<String> = columns.iter().map(|column| inline(&column.header)).collect();
    let rule: Vec<&str> = columns
        .iter()
        .map(|column| match column.align {
            Align::Left => "---",
            Align::Right => "---:",
        })
        .collect();
    let mut text = paragraph(caption);
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    write!(text, "| {} |\n|{}|", headers.join(" | "), rule.join("|")).expect(IN_MEMORY);
    for Row { cells, is_chosen } in rows {
        let texts: Vec<String> = cells
            .iter()
            .map(|cell| inline(&cell.text))
            .map(|text| if *is_chosen && !text.is_empty() { format!("**{text}**") } else { text })
            .collect();
        write!(text, "\n| {} |", texts.join(" | ")).expect(IN_MEMORY);
    }
    text
}

fn chart(chart: &ChartSpec) -> String {
    let ChartSpec { id, title, caption, .. } = chart;
    format!("![{}](charts/{}.png)\n\n{}", inline(title), inline(id), paragraph(caption))
}

const IN_MEMORY: &str = "a string can always be written to";

/// Text that opens a line, where a few more characters mean something.
fn paragraph(text: &str) -> String {
    let text = inline(text);
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let n_digits = text.len() - digits.len();
    if text.starts_with(['-', '+', '=']) {
        format!("\\{text}")
    } else if n_digits > 0 && (digits.starts_with(". ") || digits.starts_with(") ")) {
        format!("{}\\{digits}", &text[..n_digits])
    } else {
        text
    }
}

/// Text on one line, with nothing in it that Markdown or HTML would act upon.
fn inline(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for span in spans(text) {
        match span {
            Span::Plain(words) => escaped.extend(words.chars().map(escape)),
            Span::Code(code) => {
                // In a code span only the pipe acts: a table splits its cells before it reads them.
                let code = code.replace(char::is_control, " ").replace('|', "\\|");
                write!(escaped, "`{code}`").expect(IN_MEMORY);
            }
        }
    }
    escaped
}

fn escape(c: char) -> String {
    match c {
        '<' => "&lt;".into(),
        '>' => "&gt;".into(),
        '&' => "&amp;".into(),
        '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '$' => format!("\\{c}"),
        c if c.is_control() => " ".into(),
        c => c.into(),
    }
}

fn sentence_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(paragraph(text), expected);
    }

    #[test]
    fn nothing_in_a_text_acts() {
        check("<script>", "&lt;script&gt;");
        check("a|b", "a\\|b");
        check("a\nb", "a b");
        check("[x](http://y)", "\\[x\\](http://y)");
        check("used_memory * 2", "used\\_memory \\* 2");
        check("- 1", "\\- 1");
        check("1. first", "1\\. first");
        check("1.5 GiB", "1.5 GiB");
    }

    #[test]
    fn code_keeps_its_letters_except_where_a_table_would_split() {
        check("`used_memory` of a", "`used_memory` of a");
        check("`a|b`", "`a\\|b`");
        check("lone ` tick", "lone \\` tick");
    }
}
