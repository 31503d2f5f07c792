//! Runs side by side.

use serde_json::Value;

use crate::compare::{Answer, Basis, Criterion, Difference, RunsComparison, Winner};
use crate::report::{
    Block, Cell, Column, Headline, Level, Outcome, Report, Row, Section, Setting, Table, numbers,
};

use super::super::headline::layout;
use super::charts::charts;
use super::words;

/// Longest value of a plan that a table shows, in characters.
const SHOWN: usize = 48;

/// The comparison as a report: what differs in the question first, then the answers.
pub fn compared_runs(comparison: &RunsComparison) -> Report {
    let runs = &comparison.runs;
    let names: Vec<String> =
        runs.iter().map(|run| format!("{} is `{}`", run.label, run.path)).collect();
    Report {
        title: format!("Comparison of {} runs", runs.len()),
        subtitle: names.join(", "),
        headline: headline(comparison),
        sections: sections(comparison),
        footer: format!(
            "cachefit {} · intervals cover the samples of a level, not another day or machine",
            env!("CARGO_PKG_VERSION")
        ),
        setting: Setting::default(),
    }
}

fn labels(comparison: &RunsComparison) -> Vec<&str> {
    comparison.runs.iter().map(|run| run.label.as_str()).collect()
}

fn headline(comparison: &RunsComparison) -> Headline {
    let answers: Vec<String> = comparison.runs.iter().map(answer).collect();
    let is_same = answers.windows(2).all(|pair| pair[0] == pair[1]);
    let verdict = if is_same {
        format!("All runs recommend the same: {}.", answers[0])
    } else {
        let each = comparison.runs.iter().zip(&answers);
        let each: Vec<String> =
            each.map(|(run, answer)| format!("{}: {answer}", run.label)).collect();
        format!("{}.", each.join("; "))
    };
    let mut reasons = Vec::new();
    if !comparison.plans.is_empty() {
        let paths: Vec<String> =
            comparison.plans.iter().take(4).map(|one| format!("`{}`", &one.path[2..])).collect();
        let more = comparison.plans.len() - paths.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        reasons.push(format!(
            "The runs were asked different things, so they differ for that reason first: {}{more}.",
            paths.join(", ")
        ));
    }
    let labels = labels(comparison);
    let (levels, others): (Vec<&Criterion>, Vec<&Criterion>) =
        comparison.criteria.iter().partition(|one| one.basis == Basis::Confidence);
    for one in others {
        if let Winner::Shown { .. } | Winner::NotShown { .. } = one.winner {
            let finding = words::finding(&one.winner, one.better, one.basis, &labels);
            reasons.push(format!("{}: {finding}.", one.title));
        }
    }
    reasons.extend(["p50", "p99"].iter().filter_map(|name| percentile(name, &levels, &labels)));
    Headline { outcome: Outcome::Compared, verdict, reasons, facts: Vec::new() }
}

/// `p99: A lower at 3 of 5 common loads, no difference shown at 2.`
fn percentile(name: &str, levels: &[&Criterion], labels: &[&str]) -> Option<String> {
    let of_name = || levels.iter().filter(|one| one.title.starts_with(name));
    let known = of_name().filter(|one| one.winner != Winner::Unknown).count();
    let mut found: Vec<String> = Vec::new();
    for (index, label) in labels.iter().enumerate() {
        let is_best =
            |one: &&&Criterion| matches!(one.winner, Winner::Shown { best, .. } if best == index);
        let n = of_name().filter(is_best).count();
        if n > 0 {
            found.push(format!("{label} lower at {n} of {known} common loads"));
        }
    }
    let n = of_name().filter(|one| matches!(one.winner, Winner::NotShown { .. })).count();
    if n > 0 {
        let of =
            if found.is_empty() { format!("{n} of {known} common loads") } else { n.to_string() };
        found.push(format!("no difference shown at {of}"));
    }
    (known > 0).then(|| format!("{name}: {}.", found.join(", ")))
}

/// `cache.r7g.large with valkey-8.1, 1 shard with 1 replica (2 nodes), $240 a month`.
fn answer(run: &Answer) -> String {
    run.chosen.as_ref().map_or_else(
        || "nothing fits".into(),
        |chosen| {
            format!(
                "{} with {}, {}, {} a month",
                chosen.node_type,
                chosen.engine,
                layout(chosen.layout, chosen.multi_az),
                numbers::bill(chosen.monthly)
            )
        },
    )
}

fn sections(comparison: &RunsComparison) -> Vec<Section> {
    let mut question = Section::new("question", "What was not the same");
    if comparison.plans.is_empty() {
        question.blocks.push(Block::Paragraph("The plans are the same in every key.".into()));
    } else {
        question.blocks.push(Block::Callout {
            level: Level::Warning,
            text: "The plans differ. What follows compares answers to different questions.".into(),
        });
        let caption = "Keys of the workload file, as it was sized, that differ";
        question.blocks.push(Block::Table(differences(
            comparison,
            "plans",
            caption,
            &comparison.plans,
        )));
    }
    if !comparison.circumstances.is_empty() {
        let caption = "Servers, machines and catalogs that differ";
        let table = differences(comparison, "circumstances", caption, &comparison.circumstances);
        question.blocks.push(Block::Table(table));
    }
    let mut answers = Section::new("answers", "Side by side");
    answers.blocks.push(Block::Table(criteria(comparison)));
    if comparison.common_loads.is_empty() {
        answers.blocks.push(Block::Callout {
            level: Level::Info,
            text: "No offered load is common to all runs, so response times are compared in the \
                   curves alone. List the same `levels` in both workload files to compare them."
                .into(),
        });
    }
    answers.blocks.push(Block::List(notes()));
    let mut curves = Section::new("curves", "Measured curves");
    curves.blocks.extend(charts(comparison).into_iter().map(|chart| Block::Chart(Box::new(chart))));
    let mut all = Section::new("figures", "Every figure");
    all.blocks.push(Block::Table(figures(comparison)));
    vec![question, answers, curves, all]
}

fn notes() -> Vec<String> {
    vec![
        "Percentiles have 95% intervals from order statistics, exact for independent samples. \
         Operations that wait in the same queue are alike, so the effective sample is smaller and \
         the interval wider than shown, most of all near saturation."
            .into(),
        "A difference is shown where the intervals of the best and of every other run do not overlap; \
         for two of equal width that is a test at 0.6%. `No difference shown` does not say that there is \
         none, and of many criteria one may be apart by chance."
            .into(),
        "Engine CPU per operation is compared at the loads that two runs have in common, as the mean \
         ratio with its 95% interval, where there are three or more; otherwise by the ranges over all \
         levels."
            .into(),
        "Figures without an interval were counted or calculated: they have no sampling error, but \
         they are as good as what they were made from."
            .into(),
        "An interval covers the samples of one level. Another day or another machine may differ by \
         more; repeat runs to find out."
            .into(),
    ]
}

fn differences(
    comparison: &RunsComparison,
    id: &str,
    caption: &str,
    differences: &[Difference],
) -> Table {
    let mut columns = vec![Column::text("Key")];
    columns.extend(labels(comparison).into_iter().map(Column::text));
    let mut table = Table::new(id, caption, columns);
    for one in differences {
        let mut cells = vec![Cell::text(&one.path[2..])];
        cells.extend(one.values.iter().map(|value| Cell::text(shown(value.as_ref()))));
        table.push(Row::new(cells));
    }
    table
}

fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None => return "nothing".into(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}

/// One row per criterion, the verdicts in words first.
fn criteria(comparison: &RunsComparison) -> Table {
    let labels = labels(comparison);
    let mut columns = vec![Column::text("Criterion")];
    columns.extend(labels.iter().map(|label| Column::number(*label, "in its unit")));
    columns.push(Column::text("Finding"));
    let mut table = Table::new("criteria", "Each run, criterion by criterion", columns);
    let mut words = |title: &str, of: &dyn Fn(&crate::compare::Verdict) -> String| {
        let mut cells = vec![Cell::text(title)];
        cells.extend(comparison.runs.iter().map(|run| {
            run.chosen.as_ref().map_or_else(Cell::missing, |chosen| Cell::text(of(chosen)))
        }));
        let texts: Vec<String> = cells[1..].iter().map(|cell| cell.text.clone()).collect();
        let is_same = texts.windows(2).all(|pair| pair[0] == pair[1]);
        cells.push(Cell::text(if is_same { "the same" } else { "different" }));
        table.push(Row::new(cells));
    };
    words("node type", &|chosen| chosen.node_type.clone());
    words("engine", &|chosen| chosen.engine.to_string());
    words("layout", &|chosen| {
        let (shards, replicas) = (chosen.layout.shards, chosen.layout.replicas);
        format!("{shards} × (1 + {replicas})")
    });
    words("what binds", &|chosen| {
        let share = chosen.binding_share.map_or("not known".into(), numbers::percent);
        format!("{}, {share} used", chosen.binding)
    });
    for one in &comparison.criteria {
        let mut cells = vec![Cell::text(&one.title)];
        cells.extend(one.figures.iter().zip(&one.is_void).map(|(figure, is_void)| match figure {
            Some(figure) => Cell::number(words::figure(one.unit, one.basis, *figure), figure.value),
            None if *is_void => Cell::text("void"),
            None => Cell::missing(),
        }));
        cells.push(Cell::text(words::finding(&one.winner, one.better, one.basis, &labels)));
        let is_shown = matches!(one.winner, Winner::Shown { .. });
        table.push(if is_shown { Row::chosen(cells) } else { Row::new(cells) });
    }
    table
}

/// One row per criterion and run, for programs.
fn figures(comparison: &RunsComparison) -> Table {
    let labels = labels(comparison);
    let mut table = Table::new(
        "figures",
        "Each figure of each run with its interval, in the unit named",
        vec![
            Column::text("Criterion"),
            Column::text("Unit"),
            Column::text("Run"),
            Column::count("Value"),
            Column::count("Low"),
            Column::count("High"),
            Column::text("Interval"),
            Column::text("Finding"),
        ],
    );
    for one in &comparison.criteria {
        let number = |value: f64| {
            if value.is_finite() {
                Cell::number(words::amount(one.unit, value), value)
            } else {
                Cell::missing()
            }
        };
        for (label, figure) in labels.iter().zip(&one.figures) {
            let Some(figure) = figure else { continue };
            table.push(Row::new(vec![
                Cell::text(&one.title),
                Cell::text(words::unit(one.unit)),
                Cell::text(*label),
                number(figure.value),
                number(figure.low),
                number(figure.high),
                Cell::text(words::basis(one.basis)),
                Cell::text(words::finding(&one.winner, one.better, one.basis, &labels)),
            ]));
        }
    }
    table
}
