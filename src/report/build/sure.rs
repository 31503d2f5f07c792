//! How probable it is that the answer fits.

use crate::evidence::Grade;
use crate::report::numbers;
use crate::report::{Block, Cell, Column, Fact, Row, Section, Table};
use crate::size::{Law, Recommendation, Uncertainty};
use crate::units::{Bytes, num};

use super::Evidence;
use super::bounds::becomes;

/// `None` where nothing was chosen.
pub(super) fn section(evidence: &Evidence<'_>) -> Option<Section> {
    let sure = evidence.recommendation.uncertainty.as_ref()?;
    let mut section = Section::new("sure", "How sure this is");
    section.blocks.push(Block::Paragraph(summary(sure)));
    if !sure.short_of.is_empty() {
        section.blocks.push(Block::Table(short_of(sure)));
    }
    section.blocks.push(Block::Paragraph(regret(evidence, sure)));
    section.blocks.push(Block::Table(inputs(sure)));
    Some(section)
}

/// `In 97.3 % of 10,000 sampled worlds no limit is passed.`
pub(super) fn sentence(sure: &Uncertainty) -> String {
    let worlds = numbers::count(sure.worlds);
    format!(
        "In {} worlds drawn from what is not known exactly no limit is passed at the horizon.",
        of_all(sure.fits.value, &worlds)
    )
}

/// How probable it is, for the first page.
pub(super) fn fact(sure: &Uncertainty) -> Fact {
    Fact::new("Probability that it fits", percent(sure.fits.value), Grade::Calculated)
}

/// `Regretted less is cache.m6g.large …`, where that costs less than the answer.
pub(super) fn cheaper(recommendation: &Recommendation) -> Option<String> {
    let least = recommendation.uncertainty.as_ref()?.least_regret.as_ref()?;
    let chosen = recommendation.chosen.as_ref()?;
    (least.layout.monthly < chosen.bill.monthly).then(|| {
        format!(
            "Regretted less is {}; it passes no limit in {} worlds, but does not keep the headroom \
             at the worse end of every figure.",
            becomes(&least.layout),
            of_all(least.fits, "those")
        )
    })
}

fn summary(sure: &Uncertainty) -> String {
    let mut text = format!(
        "{} So many worlds leave {} to {}. With the headroom kept it is {}.",
        sentence(sure),
        percent(sure.fits.low),
        percent(sure.fits.high),
        percent(sure.keeps_headroom)
    );
    if let Some(memory) = sure.memory {
        let size = |bytes: f64| Bytes::from_float(bytes).to_string();
        let (low, high) = (size(memory.low), size(memory.high));
        let cores = sure.cores.map_or_else(String::new, |cores| {
            format!(" and {:.2} to {:.2} cores of the engine", cores.low, cores.high)
        });
        text += " Nine of ten worlds ask for ";
        text +=
            &[low, " to ".into(), high, " of memory per shard".into(), cores, ".".into()].concat();
    }
    text
}

/// `all 10,000`, `97.3% of those`.
fn of_all(share: f64, worlds: &str) -> String {
    if share >= 1.0 { format!("all {worlds}") } else { format!("{} of {worlds}", percent(share)) }
}

/// A share that is never rounded to certainty.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        p if p > 99.9 && p < 100.0 => "more than 99.9%".into(),
        p if p > 0.0 && p < 0.1 => "less than 0.1%".into(),
        p => format!("{p:.1}%"),
    }
}

fn short_of(sure: &Uncertainty) -> Table {
    let mut table = Table::new(
        "short-of",
        "What the chosen layout is short of, in how many worlds",
        vec![Column::text("Limit"), Column::number("Worlds", "%")],
    );
    for (resource, share) in &sure.short_of {
        let shown = Cell::number(percent(*share), share * 100.0);
        table.push(Row::new(vec![Cell::text(resource.label()), shown]));
    }
    table
}

fn regret(evidence: &Evidence<'_>, sure: &Uncertainty) -> String {
    let rule = "Regret is what a layout costs more than the cheapest that fits in a world, or a month \
                of that one where it falls short.";
    let Some(least) = &sure.least_regret else { return rule.into() };
    let chosen = evidence.recommendation.chosen.as_ref();
    let is_chosen = chosen.is_some_and(|choice| {
        choice.node_type == least.layout.node_type && choice.layout == least.layout.layout
    });
    if is_chosen {
        return format!(
            "The chosen layout is also the one regretted least: {} a month on average. {rule}",
            numbers::bill(sure.regret)
        );
    }
    format!(
        "Regretted least is {}, which fits in {} worlds: {} a month on average, the chosen layout \
         {}. {rule}",
        becomes(&least.layout),
        of_all(least.fits, "the"),
        numbers::bill(least.regret),
        numbers::bill(sure.regret)
    )
}

fn inputs(sure: &Uncertainty) -> Table {
    let mut table = Table::new(
        "uncertain",
        "What was drawn",
        vec![
            Column::text("Figure"),
            Column::number("Least", "in its unit"),
            Column::number("Best", "in its unit"),
            Column::number("Most", "in its unit"),
            Column::text("Law"),
        ],
    );
    for input in &sure.inputs {
        let (low, best, high, law) = match input.law {
            Law::Uniform { low, high } => (low, None, high, "uniform"),
            Law::Triangular { estimate } => {
                (estimate.low, Some(estimate.value), estimate.high, "triangular")
            }
        };
        let law = if low < high { law } else { "known" };
        let shown = |value: f64| Cell::number(format!("{value:.3}"), value);
        table.push(Row::new(vec![
            Cell::text(&input.name),
            shown(low),
            best.map_or_else(Cell::missing, shown),
            shown(high),
            Cell::text(law),
        ]));
    }
    table
}

/// A cell with a candidate's probability.
pub(super) fn cell(probability: Option<f64>) -> Cell {
    probability.map_or_else(Cell::missing, |share| {
        Cell::number(percent(share), num::float(num::round(share * 1e4)) / 100.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size::tests::fixture::answer;
    use crate::spec::identity_cache;
    use crate::units::{Fraction, Usd};

    #[test]
    fn certainty_is_said_only_where_it_is() {
        assert_eq!(of_all(1.0, "10,000"), "all 10,000");
        assert_eq!(of_all(0.999_95, "10,000"), "more than 99.9% of 10,000");
        assert_eq!(of_all(0.973, "those"), "97.3% of those");
    }

    /// Headroom that no world needs is what the cheaper layout lacks; without headroom it is chosen.
    #[test]
    fn a_cheaper_layout_that_is_regretted_less_is_named() {
        let mut spec = identity_cache();
        let dear = answer(&spec);
        let least = &dear.uncertainty.as_ref().unwrap().least_regret.as_ref().unwrap().layout;
        let text = cheaper(&dear).expect("something cheaper is regretted less");
        assert!(text.starts_with(&format!("Regretted less is {}", becomes(least))), "{text}");
        assert!(least.monthly < dear.chosen.as_ref().unwrap().bill.monthly);

        spec.capacity.headroom = Fraction::ZERO;
        spec.capacity.keys = vec![1_000, 1_000];
        let small = answer(&spec);
        assert_eq!(small.uncertainty.as_ref().unwrap().regret, Usd::ZERO);
        assert_eq!(cheaper(&small), None);
    }
}
