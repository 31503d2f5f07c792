//! A report as one HTML file: no network, charts inline, one script whose digest the page names, so
//! that no other can run.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::evidence::Grade;
use crate::report::{
    Align, Block, ChartSpec, Choices, Explorer, Fact, Headline, Outcome, Report, Row, Section,
    Span, Table, spans,
};

use crate::units::num;

use super::charts::svg_with_values;

const SKELETON: &str = include_str!("templates/report.html");
const SCRIPT: &str = include_str!("templates/report.js");
const STYLE: &str = include_str!("templates/style.css");

/// `report` as a self-contained page.
pub fn html(report: &Report) -> String {
    let Report { title, subtitle, headline, sections, footer, setting: _ } = report;
    fill(
        SKELETON,
        &[
            ("style", STYLE),
            ("script", SCRIPT),
            ("script-digest", &script_digest()),
            ("title", &escape(title)),
            ("heading", &inline(title)),
            ("subtitle", &inline(subtitle)),
            ("verdict", &verdict(headline)),
            ("contents", &contents(sections)),
            ("sections", &sections.iter().map(section).collect::<String>()),
            ("grades", &grades()),
            ("footer", &inline(footer)),
        ],
    )
}

/// Words of a table up to so many letters stay on one line.
const SHORT: usize = 24;

/// As a Content-Security-Policy names a script.
fn script_digest() -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(SCRIPT)))
}

/// Puts the values into a template's `{{name}}`s, in one pass: a value may hold braces.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").expect("templates close their braces");
        let value = values.iter().find(|(known, _)| *known == name);
        filled.push_str(before);
        filled.push_str(value.expect("templates use known names").1);
        rest = after;
    }
    filled + rest
}

fn verdict(headline: &Headline) -> String {
    let Headline { outcome, verdict, reasons, facts: figures } = headline;
    let class = match outcome {
        Outcome::Met => "met",
        Outcome::MetWithDoubts => "doubtful",
        Outcome::NotMet => "missed",
        Outcome::Compared => "compared",
    };
    let (outcome, answer) = (outcome.label(), inline(verdict));
    format!(
        "<section class=\"verdict {class}\" aria-label=\"Verdict\">\n<p class=\"outcome\">{outcome}</p>\n\
         <p class=\"answer\">{answer}</p>\n{}{}</section>\n",
        list(reasons),
        facts(figures),
    )
}

fn contents(sections: &[Section]) -> String {
    let mut links = String::new();
    for Section { id, title, .. } in sections {
        let (id, title) = (escape(id), inline(title));
        writeln!(links, "<li><a href=\"#{id}\">{title}</a></li>").expect(IN_MEMORY);
    }
    links
}

fn section(section: &Section) -> String {
    let Section { id, title, blocks } = section;
    let (id, title) = (escape(id), inline(title));
    let blocks: String = blocks.iter().map(block).collect();
    format!("<section id=\"{id}\">\n<h2>{title}</h2>\n{blocks}</section>\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(text) => format!("<p>{}</p>\n", inline(text)),
        Block::Callout { level, text } => {
            let (label, text) = (level.label(), inline(text));
            format!("<p class=\"callout {label}\" role=\"note\"><b>{label}</b> {text}</p>\n")
        }
        Block::Facts(figures) => facts(figures),
        Block::List(items) => list(items),
        Block::Table(one) => table(one),
        Block::Chart(one) => chart(one),
        Block::Explorer(one) => explorer(one),
    }
}

fn list(items: &[String]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let mut text = String::from("<ul>\n");
    for item in items {
        writeln!(text, "<li>{}</li>", inline(item)).expect(IN_MEMORY);
    }
    text + "</ul>\n"
}

fn facts(facts: &[Fact]) -> String {
    if facts.is_empty() {
        return String::new();
    }
    let mut cards = String::new();
    for fact in facts {
        let (label, value, grade) = (inline(&fact.label), inline(fact.shown()), badge(fact.grade));
        writeln!(cards, "<div><dt>{label}</dt><dd>{value} {grade}</dd></div>").expect(IN_MEMORY);
    }
    format!("<dl class=\"facts\">\n{cards}</dl>\n")
}

fn badge(grade: Grade) -> String {
    let class = match grade {
        Grade::Measured => "measured",
        Grade::Calculated => "calculated",
        Grade::Published => "published",
        Grade::Assumed => "assumed",
        Grade::NotCollected => "missing",
    };
    format!("<small class=\"grade {class}\">{grade}</small>")
}

/// The key to the badges.
fn grades() -> String {
    let meaning = |grade: Grade| format!("<li>{} {}</li>\n", badge(grade), grade.meaning());
    Grade::ALL.into_iter().map(meaning).collect()
}

fn table(table: &Table) -> String {
    let Table { id, caption, columns, rows, is_sortable } = table;
    let class = |column: usize, text: &str| match columns.get(column).map(|column| column.align) {
        Some(Align::Right) => " class=\"number\"",
        _ if text.chars().count() > SHORT => " class=\"words\"",
        _ => " class=\"short\"",
    };
    let mut body = String::new();
    for (index, column) in columns.iter().enumerate() {
        let header = inline(&column.header);
        write!(body, "<th scope=\"col\"{}>{header}</th>", class(index, "")).expect(IN_MEMORY);
    }
    body.push_str("</tr></thead>\n<tbody>\n");
    for Row { cells, is_chosen } in rows {
        body.push_str(if *is_chosen {
            "<tr class=\"chosen\" aria-current=\"true\">"
        } else {
            "<tr>"
        });
        for (index, cell) in cells.iter().enumerate() {
            let (text, class) = (inline(&cell.text), class(index, &cell.text));
            let number = cell.number.filter(|number| *is_sortable && number.is_finite());
            let number = number.map_or_else(String::new, |n| format!(" data-n=\"{n}\""));
            match index {
                0 => write!(body, "<th scope=\"row\"{class}{number}>{text}</th>").expect(IN_MEMORY),
                _ => write!(body, "<td{class}{number}>{text}</td>").expect(IN_MEMORY),
            }
        }
        body.push_str("</tr>\n");
    }
    let (id, label, caption) = (escape(id), escape(caption), inline(caption));
    let sortable = if *is_sortable { " data-sortable" } else { "" };
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"{label}\" tabindex=\"0\">\n\
         <table id=\"table-{id}\"{sortable}><caption>{caption}</caption>\n<thead><tr>{body}</tbody></table>\n</div>\n"
    )
}

fn chart(chart: &ChartSpec) -> String {
    let (id, title, caption) = (escape(&chart.id), escape(&chart.title), escape(&chart.caption));
    format!(
        "<figure id=\"chart-{id}\">\n<figcaption><b>{title}</b> {caption}</figcaption>\n\
         <div class=\"scroll\" role=\"region\" aria-label=\"{title}\" tabindex=\"0\">\n{}</div>\n</figure>\n",
        svg_with_values(chart),
    )
}

/// Hidden until the script has made it work.
fn explorer(explorer: &Explorer) -> String {
    let mut axes = String::new();
    for Choices { id, label, values, planned } in &explorer.axes {
        let (id, label, last) = (escape(id), inline(label), values.len().saturating_sub(1));
        writeln!(
            axes,
            "<div class=\"axis\"><label for=\"explore-{id}\">{label}</label>\
             <input type=\"range\" id=\"explore-{id}\" min=\"0\" max=\"{last}\" value=\"{planned}\">\
             <output for=\"explore-{id}\"></output></div>"
        )
        .expect(IN_MEMORY);
    }
    let data = serde_json::to_string(explorer).expect("a panel serialises");
    // Nothing in it may end the element that holds it.
    let data = data.replace('<', "\\u003c");
    format!(
        "<div class=\"explorer\" role=\"group\" aria-label=\"What if\" hidden>\n\
         <p>What the recommendation would be, looked up among {} answers that were calculated with \
         this report.</p>\n{axes}<p role=\"status\"></p>\n\
         <button type=\"button\">As planned</button>\n\
         <script type=\"application/json\">{data}</script>\n</div>\n",
        crate::report::numbers::count(num::count(explorer.cells.len())),
    )
}

const IN_MEMORY: &str = "a string can always be written to";

/// A report text with its code marked up.
fn inline(text: &str) -> String {
    spans(text)
        .into_iter()
        .map(|span| match span {
            Span::Plain(words) => escape(words),
            Span::Code(code) => format!("<code>{}</code>", escape(code)),
        })
        .collect()
}

/// `text` for the content or a quoted attribute of HTML and XML. Control characters, which XML
/// forbids, become spaces.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_in_once() {
        assert_eq!(fill("{{a}}-{{b}}", &[("a", "{{b}}"), ("b", "x")]), "{{b}}-x");
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(inline("`<b>` & \"c\""), "<code>&lt;b&gt;</code> &amp; &quot;c&quot;");
        assert_eq!(escape("a\0'"), "a &#39;");
    }
}
