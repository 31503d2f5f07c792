//! What the answer costs: the bill, every way to buy it, serverless, and where they meet.

use std::collections::BTreeMap;

use crate::catalog::{Payment, Price, PriceGrade, Purchase, Term};
use crate::engine::Product;
use crate::evidence::Grade;
use crate::report::numbers;
use crate::report::{Block, Cell, Column, Row, Section, Table};
use crate::size::{Costs, Extra, NodeBill, NodeOffer, OtherEngine, RunnerUpCost};
use crate::units::Usd;

use super::Evidence;
use super::headline::layout;
use super::{cost_chart, serverless};

/// `None` for runs of earlier versions, which have no costs.
pub(super) fn section(evidence: &Evidence<'_>) -> Option<Section> {
    let costs = evidence.recommendation.costs.as_ref()?;
    let mut section = Section::new("cost", "Cost");
    if let Some(bill) = bill(costs) {
        section.blocks.push(Block::Table(bill));
        section.blocks.push(Block::List(extra_notes(costs)));
        section.blocks.push(Block::Table(ways(costs)));
        section.blocks.push(Block::List(way_notes(evidence, costs)));
        section.blocks.push(Block::Chart(Box::new(cost_chart::chart(evidence, costs))));
        let versus = costs.versus.filter(|_| !costs.break_even.is_empty());
        section.blocks.extend(versus.map(|product| Block::Table(break_even(costs, product))));
    }
    section.blocks.extend(serverless::blocks(costs));
    if !costs.runners_up.is_empty() {
        section.blocks.push(Block::Table(runners_up(evidence, costs)));
    }
    Some(section)
}

/// `on demand`, `reserved for 1 year, all upfront`.
pub(super) fn words(purchase: Purchase) -> &'static str {
    match purchase {
        Purchase::OnDemand => "on demand",
        Purchase::Reserved(Term::OneYear, Payment::NoUpfront) => "reserved for 1 year, no upfront",
        Purchase::Reserved(Term::OneYear, Payment::PartialUpfront) => {
            "reserved for 1 year, partial upfront"
        }
        Purchase::Reserved(Term::OneYear, Payment::AllUpfront) => {
            "reserved for 1 year, all upfront"
        }
        Purchase::Reserved(Term::ThreeYears, Payment::NoUpfront) => {
            "reserved for 3 years, no upfront"
        }
        Purchase::Reserved(Term::ThreeYears, Payment::PartialUpfront) => {
            "reserved for 3 years, partial upfront"
        }
        Purchase::Reserved(Term::ThreeYears, Payment::AllUpfront) => {
            "reserved for 3 years, all upfront"
        }
    }
}

/// What would cost less than the plan's way to buy; `None` when nothing would.
///
/// `Over 12 months it costs $2,887 on demand; $1,848 reserved for 1 year, all upfront.`
pub(super) fn cheaper(evidence: &Evidence<'_>) -> Option<String> {
    let costs = evidence.recommendation.costs.as_ref()?;
    let plan = costs.bought(costs.purchase)?;
    let bought = costs.cheaper_purchase().map(|(purchase, bill)| {
        format!("{} {}", numbers::bill(bill.over_horizon), words(purchase))
    });
    let serverless = costs.cheaper_serverless().map(|(offer, total)| {
        format!("{} on ElastiCache Serverless with {}", numbers::bill(total), offer.engine.product)
    });
    let others: Vec<String> = bought.into_iter().chain(serverless).collect();
    (!others.is_empty()).then(|| {
        format!(
            "Over {} the nodes cost {} {}; cheaper: {}.",
            months(costs.months),
            numbers::bill(plan.over_horizon),
            words(costs.purchase),
            others.join(", ")
        )
    })
}

/// What serverless would cost where no node fits; `None` where it cannot carry the plan either.
pub(super) fn serverless_instead(evidence: &Evidence<'_>) -> Option<String> {
    let costs = evidence.recommendation.costs.as_ref()?;
    let possible = costs.serverless.iter().filter(|offer| offer.obstacles.is_empty());
    let priced = possible.filter_map(|offer| Some((offer.now.total()?, offer.engine)));
    let (monthly, engine) = priced.min_by_key(|(monthly, _)| *monthly)?;
    Some(format!(
        "ElastiCache Serverless with {engine} is within its published limits and costs {} a month \
         now; its response time was not measured.",
        numbers::bill(monthly)
    ))
}

/// `1 month`, `12 months`.
pub(super) fn months(n: u32) -> String {
    if n == 1 { "1 month".into() } else { format!("{n} months") }
}

/// A cell with a sum of money, or a dash.
pub(super) fn money(usd: Option<Usd>) -> Cell {
    usd.map_or_else(Cell::missing, |usd| Cell::number(numbers::bill(usd), usd.usd()))
}

/// How a price is known, and where it was calculated, from what.
fn basis(price: &Price) -> (Grade, String) {
    match &price.grade {
        PriceGrade::Published(_) => (Grade::Published, String::new()),
        PriceGrade::Calculated { rule, from } => {
            let of = if from.product == price.product {
                format!("price {}", words(from.purchase))
            } else {
                format!("price with {}", from.product)
            };
            let text = format!("Calculated, {} % of the {of}", rule.percent);
            let before = basis(from).1;
            let before = before.strip_prefix("Calculated, ").map(|text| format!(", {text}"));
            (Grade::Calculated, text + &before.unwrap_or_default())
        }
    }
}

/// Keys of sources.csv and the day of a reading.
fn reading(price: &Price) -> (String, String) {
    let reading = price.reading();
    (reading.source.join(", "), reading.date.map_or("undated".into(), |date| date.to_string()))
}

/// The nodes as the plan buys them, and what comes on top.
fn bill(costs: &Costs) -> Option<Table> {
    let nodes = costs.bought(costs.purchase)?;
    let mut table = Table::new(
        "bill",
        format!("The bill, a month and over {}", months(costs.months)),
        vec![
            Column::text("Item"),
            Column::number("Now", "USD/month"),
            Column::number("Horizon", "USD/month"),
            Column::number(format!("Over {}", months(costs.months)), "USD"),
            Column::text("Grade"),
            Column::text("Source"),
            Column::text("Read"),
        ],
    );
    let (grade, _) = basis(&nodes.price);
    let (source, date) = reading(&nodes.price);
    table.push(Row::new(vec![
        Cell::text(format!("nodes, {}", words(costs.purchase))),
        money(Some(nodes.monthly)),
        money(Some(nodes.monthly)),
        money(Some(nodes.over_horizon)),
        Cell::text(grade.label()),
        Cell::text(source),
        Cell::text(date),
    ]));
    for extra in &costs.extras {
        table.push(Row::new(vec![
            Cell::text(extra.item.label()),
            money(extra.now),
            money(extra.at_horizon),
            money(extra.over_horizon),
            Cell::text(extra.grade.label()),
            Cell::text(extra.source.join(", ")),
            Cell::text(match (extra.date, extra.source.is_empty()) {
                (Some(date), _) => date.to_string(),
                (None, true) => String::new(),
                (None, false) => "undated".into(),
            }),
        ]));
    }
    let horizon: Option<Usd> = costs.extras.iter().map(|extra| extra.at_horizon).sum();
    let totals = costs.totals();
    let worst = costs.extras.iter().map(|extra| extra.grade).fold(grade, Grade::max);
    table.push(Row::chosen(vec![
        Cell::text("total"),
        money(totals.map(|(now, _)| now)),
        money(horizon.map(|extras| nodes.monthly + extras)),
        money(totals.map(|(_, total)| total)),
        Cell::text(worst.label()),
        Cell::text(""),
        Cell::text(""),
    ]));
    Some(table)
}

fn extra_notes(costs: &Costs) -> Vec<String> {
    let note = |extra: &Extra| format!("{}: {}.", extra.item.label(), extra.note);
    let mut notes: Vec<String> = costs.extras.iter().map(note).collect();
    notes.push(match costs.counted_from {
        Some(date) => format!(
            "Months are counted from {date}, the day of the newest price; a month has 730 hours."
        ),
        None => "A month has 730 hours.".into(),
    });
    notes
}

/// Every way to buy the nodes.
fn ways(costs: &Costs) -> Table {
    let mut table = Table::new(
        "purchase-options",
        "The same nodes, bought in every way",
        vec![
            Column::text("Bought"),
            Column::number("Upfront", "USD"),
            Column::number("Besides", "USD/month"),
            Column::number("Effective", "USD/month"),
            Column::number("Of on demand", "%"),
            Column::number(format!("Over {}", months(costs.months)), "USD"),
            Column::count("Pays from month"),
            Column::text("Grade"),
        ],
    );
    let on_demand = costs.bought(Purchase::OnDemand).map(|bill| bill.monthly);
    for offer in &costs.nodes {
        let cells = match &offer.bill {
            Some(bill) => way(offer, bill, on_demand),
            None => unpriced(offer),
        };
        let is_plan = offer.purchase == costs.purchase;
        table.push(if is_plan { Row::chosen(cells) } else { Row::new(cells) });
    }
    table
}

fn way(offer: &NodeOffer, bill: &NodeBill, on_demand: Option<Usd>) -> Vec<Cell> {
    let share = on_demand.map(|whole| bill.monthly.usd() / whole.usd());
    vec![
        Cell::text(short(offer.purchase)),
        money(bill.upfront),
        money(bill.recurring),
        money(Some(bill.monthly)),
        share.map_or_else(Cell::missing, |share| {
            Cell::number(numbers::percent(share), share * 100.0)
        }),
        money(Some(bill.over_horizon)),
        bill.pays_from_month
            .map_or_else(Cell::missing, |month| Cell::number(month.to_string(), f64::from(month))),
        Cell::text(basis(&bill.price).0.label()),
    ]
}

fn unpriced(offer: &NodeOffer) -> Vec<Cell> {
    let mut cells = vec![Cell::text(short(offer.purchase))];
    cells.extend((0..6).map(|_| Cell::missing()));
    cells.push(Cell::text("unpriced"));
    cells
}

/// [`words`] without what goes without saying in a table.
fn short(purchase: Purchase) -> &'static str {
    words(purchase).trim_start_matches("reserved for ")
}

/// Where serverless and nodes cost the same.
fn break_even(costs: &Costs, versus: Product) -> Table {
    let mut table = Table::new(
        "break-even",
        format!(
            "Where ElastiCache Serverless with {versus} costs as much as the nodes: below that load \
             with today's data, below that data under today's load it costs less"
        ),
        vec![
            Column::text("Nodes"),
            Column::number("Cost", "USD/month"),
            Column::number("Mean load", "operations/s"),
            Column::number("Data", "bytes"),
        ],
    );
    let never = || Cell::text("never");
    for line in &costs.break_even {
        let load = line.load.map_or_else(never, |x| Cell::number(x.to_string(), x.per_sec()));
        let data = line.data_bytes.map_or_else(never, |x| Cell::number(x.to_string(), x.float()));
        let cells = vec![Cell::text(short(line.purchase)), money(Some(line.monthly)), load, data];
        let is_plan = line.purchase == costs.purchase;
        table.push(if is_plan { Row::chosen(cells) } else { Row::new(cells) });
    }
    table
}

fn way_notes(evidence: &Evidence<'_>, costs: &Costs) -> Vec<String> {
    let mut notes = vec![
        "Reserved terms are paid to their end: the whole of the last one counts, however short the \
         horizon. A term pays from the month by whose end the hours would have cost more. A dash: \
         how a partial upfront price is split is not published."
            .into(),
    ];
    let rule = |offer: &NodeOffer| {
        let text = basis(&offer.bill.as_ref()?.price).1;
        (!text.is_empty()).then(|| (text, short(offer.purchase)))
    };
    let mut rules: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (text, way) in costs.nodes.iter().filter_map(rule) {
        rules.entry(text).or_default().push(way);
    }
    notes.extend(rules.iter().map(|(text, ways)| format!("{text}: {}.", ways.join("; "))));
    notes.extend(costs.other_engine.as_ref().map(|other| other_engine(evidence, costs, other)));
    notes
}

fn other_engine(evidence: &Evidence<'_>, costs: &Costs, other: &OtherEngine) -> String {
    let node_type = evidence.recommendation.chosen.as_ref().map_or("", |c| c.node_type.as_str());
    let engine = other.engine;
    if !other.is_supported {
        return format!("{node_type} does not run {engine}.");
    }
    let Some(bill) = &other.bill else {
        return format!("The same nodes with {engine} are unpriced in this Region.");
    };
    let against = costs.bought(Purchase::OnDemand).map_or_else(String::new, |own| {
        let more = bill.monthly.usd() / own.monthly.usd() - 1.0;
        format!(", {} {}", numbers::percent(more.abs()), if more < 0.0 { "less" } else { "more" })
    });
    let fits = match other.fits {
        Some(true) => "the plan fits them",
        Some(false) => "the plan does not fit as many shards of them",
        None => "whether the plan fits them was not asked",
    };
    format!(
        "The same nodes with {engine} cost {} a month on demand{against}; {fits}.",
        numbers::bill(bill.monthly)
    )
}

fn runners_up(evidence: &Evidence<'_>, costs: &Costs) -> Table {
    let mut table = Table::new(
        "runner-up-costs",
        "The runners-up, bought by the hour and reserved",
        vec![
            Column::text("Node type"),
            Column::text("Engine"),
            Column::text("Layout"),
            Column::number("On demand", "USD/month"),
            Column::number("1 year, no upfront", "USD/month"),
            Column::number("3 years, all upfront", "USD/month"),
        ],
    );
    let multi_az = evidence.spec.capacity.multi_az;
    let row = |other: &RunnerUpCost| {
        Row::new(vec![
            Cell::text(&other.node_type),
            Cell::text(other.engine.to_string()),
            Cell::text(layout(other.layout, multi_az)),
            money(other.on_demand),
            money(other.one_year),
            money(other.three_years),
        ])
    };
    costs.runners_up.iter().map(row).for_each(|row| table.push(row));
    table
}
