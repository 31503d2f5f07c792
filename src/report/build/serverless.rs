//! The plan on ElastiCache Serverless: what it is charged, how that comes about, what stands
//! against it.

use crate::catalog::Published;
use crate::report::numbers;
use crate::report::{Block, Cell, Column, Row, Table};
use crate::size::{Costs, Ecpu, MonthlyUse, ServerlessOffer};
use crate::units::{Bytes, Fraction, OpsPerSec, num};

use super::costs::{money, months};

pub(super) fn blocks(costs: &Costs) -> Vec<Block> {
    let mut blocks = vec![Block::Table(table(costs)), Block::List(notes(costs))];
    blocks.extend(costs.load.ecpu.as_ref().map(|ecpu| Block::Table(lines(ecpu))));
    blocks
}

fn table(costs: &Costs) -> Table {
    let mut table = Table::new(
        "serverless",
        "ElastiCache Serverless under the same load and data",
        vec![
            Column::text("Engine"),
            Column::number("Data now", "bytes"),
            Column::number("ECPU now", "ECPU/s"),
            Column::number("For data", "USD/month"),
            Column::number("For ECPU", "USD/month"),
            Column::number("Now", "USD/month"),
            Column::number("Horizon", "USD/month"),
            Column::number(format!("Over {}", months(costs.months)), "USD"),
            Column::text("Possible"),
        ],
    );
    for offer in &costs.serverless {
        let MonthlyUse { data_bytes, ecpu, data_cost, ecpu_cost } = offer.now;
        table.push(Row::new(vec![
            Cell::text(offer.engine.to_string()),
            Cell::number(data_bytes.to_string(), data_bytes.float()),
            ecpu.map_or_else(Cell::missing, |ecpu| Cell::number(ecpu.to_string(), ecpu.per_sec())),
            money(data_cost),
            money(ecpu_cost),
            money(offer.now.total()),
            money(offer.at_horizon.total()),
            money(offer.over_horizon),
            Cell::text(possible(offer)),
        ]));
    }
    table
}

fn possible(offer: &ServerlessOffer) -> &'static str {
    match (offer.obstacles.is_empty(), offer.rates.is_some()) {
        (false, _) => "no",
        (true, false) => "unpriced here",
        (true, true) if offer.conditions.is_empty() => "yes",
        (true, true) => "with conditions",
    }
}

fn notes(costs: &Costs) -> Vec<String> {
    let mut notes = Vec::new();
    for offer in &costs.serverless {
        let against = offer.obstacles.iter();
        notes
            .extend(against.map(|obstacle| format!("{}: not possible: {obstacle}.", offer.engine)));
        if let Some(rates) = &offer.rates {
            let least = rates.minimum_data;
            let read = |published: &Published| {
                let date = published.date.map_or("undated".into(), |date| date.to_string());
                format!("{}, {date}", published.source.join(", "))
            };
            notes.push(format!(
                "{}: {} per GB of data, at least {least} [{}]; ${} per million ECPU [{}].",
                offer.engine,
                rates.per_gb,
                read(&rates.data_published),
                rates.per_million_ecpu.usd(),
                read(&rates.ecpu_published)
            ));
        } else {
            notes.push(format!("{}: no rate of this Region was read.", offer.engine));
        }
    }
    if let Some(offer) = costs.serverless.first() {
        let conditions = offer.conditions.iter();
        notes.extend(conditions.map(|condition| format!("Condition: {condition}.")));
    }
    notes.push(load(costs));
    notes.push(
        "Data: keys, values and hash tables once, whatever is replicated, as one server holds them; \
         what exactly a cache meters is not published. Every month until the horizon is charged for \
         its own data and load."
            .into(),
    );
    notes.push(
        "Backups and traffic across zones are left out of the comparison with nodes, and so is \
         response time, which was not measured on serverless."
            .into(),
    );
    notes
}

fn load(costs: &Costs) -> String {
    let load = &costs.load;
    let day = if load.mean_share == Fraction::ONE {
        "the peak all day, because the plan has no profile".into()
    } else {
        format!("{} of the peak on average over the day", load.mean_share)
    };
    let ecpu = load.ecpu.as_ref().map_or_else(
        || "; bytes per operation were not measured, so ECPU are not known".into(),
        |ecpu| format!(", at {:.2} ECPU per operation ({})", ecpu.per_operation, ecpu.grade),
    );
    format!("Load: {} now, {day}{ecpu}.", load.mean_now)
}

fn lines(ecpu: &Ecpu) -> Table {
    let mut table = Table::new(
        "ecpu",
        "ECPU of an operation: each command costs the most of 1, the kilobytes it moves and, unless \
         it is simple, its execution time over 3 µs",
        vec![
            Column::text("Operation"),
            Column::count("Commands"),
            Column::number("Moved by each", "bytes"),
            Column::number("CPU of each", "of a simple command"),
            Column::number("ECPU", "per operation"),
        ],
    );
    let figure = |x: f64| Cell::number(format!("{x:.2}"), x);
    for line in &ecpu.lines {
        let moved = line.kilobytes * 1_000.0;
        table.push(Row::new(vec![
            Cell::text(&line.label),
            Cell::number(numbers::count(line.commands), num::float(line.commands)),
            Cell::number(Bytes::from_float(moved).to_string(), moved),
            line.relative_cpu.map_or_else(Cell::missing, figure),
            figure(line.ecpu),
        ]));
    }
    table
}

/// What a serverless cache costs a month at `load`, with the data of `month`; `None`: unpriced.
pub(super) fn at_load(
    offer: &ServerlessOffer,
    month: &MonthlyUse,
    ecpu: &Ecpu,
    load: OpsPerSec,
) -> Option<f64> {
    let rates = offer.rates.as_ref()?;
    let hour = rates.hourly(month.data_bytes, load.scale(ecpu.per_operation));
    Some(hour.monthly().usd())
}
