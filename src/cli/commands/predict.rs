//! `cachefit predict`: memory without any server.

use serde::Serialize;

use crate::catalog::{Catalog, Region};
use crate::cli::Outcome;
use crate::cli::args::{Engines, Format, PredictArgs};
use crate::cli::failure::MET;
use crate::cli::printer::Printer;
use crate::engine::{EngineVersion, SlotRange};
use crate::model::memory::{Advice, Layout};
use crate::model::{EncodingCost, Moment, Prediction, Stored, encoding_costs};
use crate::report::memory_tables::{self as tables, Money};
use crate::size::memory_price;
use crate::spec::PlanSpec;

use super::chosen::Chosen;
use super::input::spec;
use super::render::columns;

/// Everything that is printed, as programs read it.
#[derive(Serialize)]
struct Answer {
    name: String,
    /// In the order of the engines asked for.
    predictions: Vec<Prediction>,
    /// Of all engines those that cannot hold the data.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_supported: Vec<EngineVersion>,
    /// The cheapest usable memory of the Region, for what savings are worth; `None`: unpriced.
    money: Option<Money>,
    /// On the first engine, with today's keys; empty unless asked for.
    encodings: Vec<EncodingCost>,
}

/// Prints what the workload's keys cost, now and later, on each engine.
pub(in crate::cli) fn predict(args: &PredictArgs, printer: &Printer) -> Outcome {
    let PredictArgs { spec: file, engine, encodings, allocator, cluster_mode, from } = args;
    let plan = spec(file.as_deref())?;
    let Chosen { catalog, .. } = Chosen::named(from.catalog.as_deref())?;
    let (engines, not_supported) = match engine {
        Some(Engines::All) => {
            let all = EngineVersion::ON_ELASTICACHE.into_iter();
            all.partition(|engine| plan.check_engine(*engine).is_ok())
        }
        Some(Engines::One(engine)) => {
            plan.check_engine(*engine)?;
            (vec![*engine], Vec::new())
        }
        None => (plan.aws.engines.clone(), Vec::new()),
    };
    let stored = Stored::of(&plan);
    let layout = |engine| {
        let layout = if *cluster_mode {
            Layout::in_cluster(engine, SlotRange::ALL)
        } else {
            Layout::on_elasticache(engine)
        };
        Layout { allocator: *allocator, ..layout }
    };
    let predictions: Vec<Prediction> =
        engines.into_iter().map(|engine| stored.on(layout(engine))).collect();
    let first = predictions[0].layout;
    let answer = Answer {
        name: plan.name.clone(),
        money: money(&plan, first.engine, &catalog),
        encodings: if *encodings { compared(&plan, &first) } else { Vec::new() },
        predictions,
        not_supported,
    };
    match printer.format() {
        Format::Json => {
            let text = serde_json::to_string_pretty(&answer);
            printer.result(&text.expect("predictions serialise"));
        }
        Format::Text => printer.result(&text(&plan, &answer).join("\n")),
    }
    Ok(MET)
}

/// What a byte costs where the plan runs.
fn money(plan: &PlanSpec, engine: EngineVersion, catalog: &Catalog) -> Option<Money> {
    let region = Region::parse(&plan.aws.region)?;
    let price = memory_price(catalog, &region, engine)?;
    Some(Money { price, region, copies: plan.capacity.replicas + 1 })
}

fn compared(plan: &PlanSpec, layout: &Layout) -> Vec<EncodingCost> {
    let each = plan.classes.iter().zip(&plan.capacity.keys);
    each.flat_map(|(class, keys)| encoding_costs(class, *keys, layout)).collect()
}

/// The answer in lines.
fn text(plan: &PlanSpec, answer: &Answer) -> Vec<String> {
    let Answer { name, predictions, not_supported, money, encodings } = answer;
    let first = &predictions[0];
    let mut lines = Vec::new();
    if predictions.len() + not_supported.len() > 1 {
        lines.push(format!("{name}: engine versions, {}", first.layout.allocator));
        lines.extend(columns(&tables::engines(predictions, not_supported)));
        lines.push(String::new());
    }
    lines.push(format!(
        "{name} on {} ({}), {}: bytes per key, today's keys",
        first.engine, first.layout.allocator, first.grade
    ));
    lines.extend(columns(&tables::per_key(first.at(Moment::Today))));
    lines.push(String::new());
    lines.push(format!("used_memory of one server, month {} last", plan.capacity.horizon_months));
    lines.extend(columns(&tables::moments(first)));
    lines.extend(tables::doubling(first).map(|sentence| format!("  {sentence}")));
    if !first.advice.is_empty() {
        lines.push(String::new());
        lines.push("what pays, on today's keys".into());
        let advice = |one: &Advice| format!("  {}", tables::advice(one, money.as_ref()));
        lines.extend(first.advice.iter().map(advice));
    }
    for class in plan.classes.iter().map(|class| &class.name) {
        let costs: Vec<&EncodingCost> =
            encodings.iter().filter(|cost| cost.class == *class).collect();
        if !costs.is_empty() {
            lines.push(String::new());
            lines.push(format!("{class} in other encodings, today's keys"));
            lines.extend(columns(&tables::encodings(&costs, money.as_ref())));
        }
    }
    if let Some(money) = money.as_ref().filter(|_| lines.iter().any(|line| line.contains('$'))) {
        lines.push(String::new());
        lines.push(money.to_string());
    }
    lines
}
