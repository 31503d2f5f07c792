//! What runs today: whether it still fits, what a change saves, and the way there.

use crate::evidence::Grade;
use crate::report::numbers;
use crate::report::{Block, Cell, Column, Fact, Level, Row, Section, Table};
use crate::size::{Advice, Broken, Difference, Running, Saving};
use crate::units::Usd;

use super::amount::{cell, share, shortfall};
use super::headline::layout;
use super::{Evidence, back_test, migration};

pub(super) fn section(evidence: &Evidence<'_>) -> Option<Section> {
    let running = evidence.recommendation.incumbent.as_ref()?;
    let mut section = Section::new("incumbent", "What runs today");
    section.blocks.extend(back_test::blocks(running));
    let level = match running.advice {
        Advice::Same | Advice::Stay | Advice::Change | Advice::ChangeAfterTerm { .. } => {
            Level::Info
        }
        Advice::ChangeBy { .. } => Level::Warning,
        Advice::NothingBetter => Level::Problem,
    };
    section.blocks.push(Block::Callout { level, text: advice(evidence, running) });
    section.blocks.push(Block::Facts(facts(running)));
    section.blocks.push(Block::List(findings(evidence, running)));
    section.blocks.push(Block::Table(checks(evidence, running)));
    if let Some(saving) = &running.saving {
        section.blocks.push(Block::Table(costs(running, saving)));
    }
    if let Some(way) = &running.migration {
        section.blocks.extend(migration::blocks(way, evidence.catalog));
        section.blocks.push(Block::Paragraph(
            "A serverless cache is reached by restoring a backup into it; its endpoints are new \
             [G10]."
                .into(),
        ));
    }
    Some(section)
}

/// What runs and what to do about it, for the head of the report, and whether the models meet it where
/// they do not.
pub(super) fn sentence(evidence: &Evidence<'_>) -> Option<String> {
    let running = evidence.recommendation.incumbent.as_ref()?;
    let advice = advice(evidence, running);
    let doubt = back_test::doubt(running).map_or_else(String::new, |doubt| format!(" {doubt}"));
    Some(format!("Today {} runs. {advice}{doubt}", name(running)))
}

fn name(running: &Running) -> String {
    format!("{} with {}, {}", running.node_type, running.engine, layout(running.layout, false))
}

fn advice(evidence: &Evidence<'_>, running: &Running) -> String {
    let horizon = evidence.recommendation.horizon.month;
    let worthwhile = evidence.spec.policy.worthwhile_saving;
    let saving = running.saving.as_ref();
    let price = saving.map_or("what it saves is not known".into(), per_month);
    match running.advice {
        Advice::Same => "What runs is what would be chosen: stay.".into(),
        Advice::Stay if evidence.recommendation.chosen.is_none() => {
            format!("It fits to month {horizon}, and nothing else was chosen: stay.")
        }
        Advice::Stay => format!(
            "Stay: it fits to month {horizon}, and the change is not worth it ({price}; a change has \
             to save {worthwhile})."
        ),
        Advice::Change => format!(
            "Change: it fits to month {horizon}, but the change is worth it ({price}; a change has to \
             save {worthwhile})."
        ),
        Advice::ChangeAfterTerm { month } => format!(
            "Stay until the reservation ends in {month} months, then change: {price} from then on."
        ),
        Advice::ChangeBy { month: 0 } => format!("Change now: {}; {price}.", why_now(running)),
        Advice::ChangeBy { month } => format!(
            "Change before month {month}, in which growth has used up its headroom ({}); {price}.",
            running.short.as_ref().map_or_else(|| running.binding.to_string(), shortfall)
        ),
        Advice::NothingBetter => {
            format!("It does not fit to month {horizon}, and nothing was found that does.")
        }
    }
}

fn why_now(running: &Running) -> String {
    match (&running.short_today, running.breaks.first()) {
        (Some(check), _) => format!("it does not fit today ({})", shortfall(check)),
        (None, Some(broken)) => self::broken(broken),
        (None, None) => "it has no headroom left".into(),
    }
}

fn broken(broken: &Broken) -> String {
    match broken {
        Broken::NotOffered(why) => why.to_string(),
        Broken::FewReplicas { has, wants } => {
            let plural = if *has == 1 { "" } else { "s" };
            format!("it has {has} replica{plural} per shard, where the plan asks for {wants}")
        }
    }
}

fn facts(running: &Running) -> Vec<Fact> {
    let grade = |is_published: bool| {
        if is_published { Grade::Published } else { Grade::Calculated }
    };
    let mut facts = vec![match &running.bill {
        Some(bill) => Fact::new(
            "Today's bill, on demand",
            format!("{} a month", numbers::bill(bill.monthly)),
            grade(bill.price.is_published()),
        ),
        None => Fact::missing("Today's bill, on demand"),
    }];
    if let Some(commitment) = &running.commitment {
        facts.push(Fact::new(
            format!("Reserved for {} more months", commitment.months_left),
            format!("{} a month", numbers::bill(commitment.bill.monthly)),
            grade(commitment.bill.price.is_published()),
        ));
    }
    if let Some(saving) = &running.saving {
        facts.push(Fact::new("Change, per month", difference(saving.per_month), Grade::Calculated));
        facts.push(Fact::new(
            format!("Change, over {} months", saving.months),
            difference(saving.over_horizon),
            Grade::Calculated,
        ));
    }
    facts
}

fn per_month(saving: &Saving) -> String {
    let month = format!(
        "{} a month on demand, {}",
        difference(saving.per_month),
        numbers::percent(saving.share_on_demand.abs())
    );
    if saving.sunk == Usd::ZERO {
        return month;
    }
    let whole = difference(saving.over_horizon);
    format!("{month}; {whole} over {} months with the reservation paid", saving.months)
}

/// `saves $12.30` or `costs $12.30 more`.
fn difference(difference: Difference) -> String {
    match difference {
        Difference::Less(usd) => format!("saves {}", numbers::bill(usd)),
        Difference::More(usd) => format!("costs {} more", numbers::bill(usd)),
    }
}

fn findings(evidence: &Evidence<'_>, running: &Running) -> Vec<String> {
    let month = evidence.recommendation.horizon.month;
    let mut lines = vec![match &running.short_today {
        Some(check) => format!("It does not fit today: {}.", shortfall(check)),
        None => "It fits today.".into(),
    }];
    lines.push(match &running.short {
        Some(check) => format!("It does not fit in month {month}: {}.", shortfall(check)),
        None => format!("It fits in month {month}; {} binds.", running.binding),
    });
    lines.push(match (running.outgrown_in_months, running.exhausted_in_months) {
        (Some(headroom), Some(limit)) => {
            format!("Its headroom is used up in month {headroom}, a limit itself in month {limit}.")
        }
        (Some(headroom), None) => format!("Its headroom is used up in month {headroom}."),
        (None, _) => "At the growth given it is not outgrown within ten years.".into(),
    });
    lines.extend(running.breaks.iter().map(|rule| format!("Against the rules: {}.", broken(rule))));
    if let (Some(commitment), Some(saving)) = (&running.commitment, &running.saving) {
        lines.push(format!(
            "The reservation runs {} more months: {} are sunk by the horizon, whatever runs. It pays \
             for {} of the new layout, as reservations count for every size of a family and those of \
             Redis OSS for Valkey too [L22].",
            commitment.months_left,
            numbers::bill(saving.sunk),
            numbers::percent(saving.covered)
        ));
        lines.push(match saving.pays_from_month {
            Some(month) => format!("The change has paid for itself in month {month}."),
            None => "The change does not pay for itself by the horizon.".into(),
        });
    }
    lines
}

fn checks(evidence: &Evidence<'_>, running: &Running) -> Table {
    let month = evidence.recommendation.horizon.month;
    let mut table = Table::new(
        "incumbent",
        format!("What one shard of today's layout asks for and has, today and in month {month}"),
        vec![
            Column::text("Constraint"),
            Column::number("Today", "in its unit"),
            Column::number("Horizon", "in its unit"),
            Column::number("With a node lost", "in its unit"),
            Column::number("Limit", "in its unit"),
            Column::number("Allowed", "in its unit"),
            Column::number("Margin to allowed", "%"),
            Column::text("Grade"),
        ],
    );
    for (check, today) in running.checks.iter().zip(&running.checks_today) {
        let resource = check.resource;
        let lost = running.checks_node_lost.iter().find(|lost| lost.resource == resource);
        let cells = vec![
            Cell::text(resource.label()),
            cell(resource, today.demand),
            cell(resource, check.demand),
            cell(resource, lost.and_then(|lost| lost.demand)),
            cell(resource, check.limit),
            cell(resource, check.allowed),
            share(check.pressure().map(|pressure| 1.0 - pressure)),
            Cell::text(check.grade.label()),
        ];
        table.push(if resource == running.binding { Row::chosen(cells) } else { Row::new(cells) });
    }
    table
}

fn costs(running: &Running, saving: &Saving) -> Table {
    let mut table = Table::new(
        "incumbent-saving",
        "What the change saves; negative where it costs more",
        vec![
            Column::text("Span"),
            Column::number("Saved", "USD"),
            Column::number("Of what staying costs", "%"),
        ],
    );
    let mut row = |span: String, difference: Difference, of: f64| {
        let sign = if difference.usd() < 0.0 { "−" } else { "" };
        let (Difference::Less(usd) | Difference::More(usd)) = difference;
        let amount = format!("{sign}{}", numbers::bill(usd));
        let cells = vec![Cell::text(span), Cell::number(amount, difference.usd()), share(Some(of))];
        table.push(Row::new(cells));
    };
    row("a month, both on demand".into(), saving.per_month, saving.share_on_demand);
    let span = match &running.commitment {
        None => format!("{} months", saving.months),
        Some(_) => format!("{} months, the reservation paid to its end", saving.months),
    };
    row(span, saving.over_horizon, saving.share);
    table
}
