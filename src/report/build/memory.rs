//! Memory: the law against the measurement, and what production's keys will need.

use crate::catalog::NodeType;
use crate::engine::{EngineVersion, SlotRange};
use crate::evidence::Grade;
use crate::measurement::MemoryPoint;
use crate::model::memory::{ClassSlots, ClusterFootprint, Detail, Footprint, Layout, footprint};
use crate::model::{ClassShapes, Moment, Stored};
use crate::report::memory_tables::{self, Money};
use crate::report::numbers;
use crate::report::{
    Axis, Block, Cell, ChartSpec, Column, Fact, Height, Level, Mark, Marker, Role, Row, Section,
    Series, Table, TickFormat,
};
use crate::size::{Resource, memory_price};
use crate::units::{Bytes, UsdPerHour, num};

use super::{Evidence, per_key_chart, reserve};

/// Points of a calculated curve.
const CURVE_POINTS: u32 = 120;
/// Node types whose limits a chart shows, besides the chosen one.
const NEIGHBOURS: usize = 4;

pub(super) fn section(evidence: &Evidence<'_>) -> Section {
    let mut section = Section::new("memory", "Memory");
    section.blocks.push(Block::Facts(facts(evidence)));
    let model = &evidence.models.memory;
    if (model.correction - 1.0).abs() > f64::EPSILON {
        section.blocks.push(Block::Callout {
            level: Level::Warning,
            text: format!(
                "Law and measurement disagree by {:.2}%, more than 1%. The plan scales keys and \
                 values by the measured slope, {:.4}. Likely causes: values that change size, keys \
                 of others in the same database, or an engine this program does not know.",
                model.deviation * 100.0,
                model.correction
            ),
        });
    }
    section.blocks.push(Block::Chart(Box::new(measured_chart(evidence))));
    section.blocks.push(Block::Table(checkpoints(evidence)));
    section.blocks.extend(breakdown(evidence));
    section.blocks.push(Block::Chart(Box::new(production_chart(evidence))));
    if let Some(choice) = &evidence.recommendation.chosen {
        let default = evidence.catalog.limits.reserved_memory_default.value;
        section.blocks.push(Block::Facts(reserve::facts(choice, default)));
        section.blocks.push(Block::Table(reserve::table(choice)));
    }
    section
}

fn facts(evidence: &Evidence<'_>) -> Vec<Fact> {
    let Evidence { seeded, models, .. } = evidence;
    let model = &models.memory;
    let bytes = |bytes: Bytes| format!("{} bytes", numbers::count(bytes.get()));
    let mut facts = vec![
        Fact::new("Predicted before loading", bytes(seeded.predicted_bytes), Grade::Calculated),
        Fact::new("Measured after loading", bytes(model.measured_bytes), Grade::Measured),
        Fact::new(
            "Prediction against measurement",
            format!("{:+.4}%", (seeded.predicted_bytes / model.measured_bytes - 1.0) * 100.0),
            Grade::Measured,
        ),
    ];
    facts.push(match seeded.settled.used_memory_peak_bytes {
        Some(peak) => Fact::new(
            "Peak above the final value",
            format!("{:+.3}%", (peak / model.measured_bytes - 1.0) * 100.0),
            Grade::Measured,
        ),
        None => Fact::missing("Peak above the final value"),
    });
    facts.push(match &model.fit {
        Some(fit) => Fact::new(
            "Slope of measured on calculated",
            format!("{:.5} over {} checkpoints", fit.slope, fit.checkpoints),
            Grade::Measured,
        ),
        None => Fact::missing("Slope of measured on calculated"),
    });
    facts
}

/// Counts of each class that add up to a share of `keys`.
fn share_of(keys: &[u64], share: f64) -> Vec<u64> {
    keys.iter().map(|n| num::round(num::float(*n) * share)).collect()
}

/// What was loaded after `total` keys, class by class as the loader does.
fn loaded(keys: &[u64], total: u64) -> Vec<u64> {
    let mut rest = total;
    let take = |n: &u64| {
        let taken = (*n).min(rest);
        rest -= taken;
        taken
    };
    keys.iter().map(take).collect()
}

/// The measured server's memory against keys, law and readings.
fn measured_chart(evidence: &Evidence<'_>) -> ChartSpec {
    let Evidence { spec, seeded, models, .. } = evidence;
    let model = &models.memory;
    let total = seeded.settled.n_keys();
    let shapes = ClassShapes::up_to(&spec.classes, &seeded.settled.keys);
    let curve = (0..=CURVE_POINTS).map(|i| {
        let keys = num::round(num::float(total) * f64::from(i) / f64::from(CURVE_POINTS));
        let classes = shapes.with_keys(&loaded(&seeded.settled.keys, keys));
        (num::float(keys), model.footprint(&classes).settled_total().float())
    });
    let point = |point: &MemoryPoint| (num::float(point.n_keys()), point.used_memory_bytes.float());
    let all = || seeded.checkpoints.iter().chain([&seeded.settled, &seeded.baseline]);
    let settled = all().filter(|point| point.is_settled).map(point);
    let fresh = all().filter(|point| !point.is_settled).map(point);
    let mut markers = Vec::new();
    if let Some(log) = total.checked_ilog2().filter(|_| model.calculated.rehash > Bytes::ZERO) {
        let doubling = num::float(1 << log);
        markers.push(Marker::vertical(doubling, "tables double", Role::Guide));
    }
    let largest = model.measured_bytes.float();
    for node in neighbours(evidence, largest, 2) {
        let usable = usable(evidence, node);
        if usable.float() < largest * 1.3 {
            let label = format!("{}: {usable} usable", node.name);
            markers.push(Marker::horizontal(usable.float(), label, Role::Limit));
        }
    }
    ChartSpec {
        id: "memory-measured".into(),
        title: format!(
            "used_memory while loading, {} {}",
            seeded.target.engine.product, seeded.target.version
        ),
        caption: format!(
            "The law, calculated before loading, meets every settled reading within {:.4}%; on \
             arrival memory is higher where tables had just doubled. Classes load in turn.",
            model.fit.map_or(model.deviation.abs(), |fit| fit.worst_deviation) * 100.0
        ),
        height: Height::Full,
        x: Axis::linear("keys stored", TickFormat::Count),
        y: Axis::linear("used_memory", TickFormat::Bytes),
        series: vec![
            Series::new("calculated by the law", Mark::Line, Role::First, curve),
            Series::new("measured on arrival", Mark::Points, Role::Third, fresh),
            Series::new("measured, settled", Mark::Points, Role::Second, settled),
        ],
        markers,
        note_when_empty: "Nothing was loaded.".into(),
    }
}

/// The engine that is planned: the chosen one, or the first asked for.
fn planned(evidence: &Evidence<'_>) -> EngineVersion {
    let chosen = evidence.recommendation.chosen.as_ref().map(|choice| choice.engine);
    chosen.unwrap_or(evidence.spec.aws.engines[0])
}

/// Memory of one shard of the planned cluster as keys grow.
fn production_chart(evidence: &Evidence<'_>) -> ChartSpec {
    let Evidence { spec, models, recommendation, .. } = evidence;
    let engine = planned(evidence);
    let shards = recommendation.chosen.as_ref().map_or(1, |choice| choice.layout.shards);
    let horizon = &recommendation.horizon.keys;
    let today: u64 = recommendation.today.keys.iter().sum();
    let total: u64 = horizon.iter().sum();
    let limit = recommendation.chosen.as_ref().and_then(|choice| {
        let memory = choice.checks.iter().find(|check| check.resource == Resource::Memory)?;
        Some((choice.node_type.clone(), memory.limit?, memory.allowed?))
    });
    // What the plan adds to keys and tables, taken from the horizon's demand.
    let on_top = recommendation.chosen.as_ref().map_or(0.0, |choice| {
        let demand = &choice.memory;
        demand.total().float()
            - (demand.baseline_bytes + demand.records_bytes).float()
            - (demand.tables_bytes + demand.cluster_bytes).float()
    });
    let names: Vec<ClassSlots> =
        spec.classes.iter().map(|class| ClassSlots::of_template(&class.key)).collect();
    let correction = models.memory.correction;
    let up_to = |share: f64| ClassShapes::up_to(&spec.classes, &share_of(horizon, share));
    let calculated = |shapes: &ClassShapes, share: f64| {
        let classes = shapes.with_keys(&share_of(horizon, share));
        let data: Footprint = if shards > 1 {
            let layout = Layout::in_cluster(engine, SlotRange::ALL);
            let costs = ClusterFootprint::new(&classes, &names, &layout, Detail::Coarse);
            costs.server(&[costs.fullest(shards, correction)])
        } else {
            footprint(&classes, &Layout::on_elasticache(engine))
        };
        let records = data.records().float() * correction;
        data.baseline.float() + records + (data.tables() + data.slots).float() + on_top
    };
    let at_horizon = calculated(&up_to(1.0), 1.0);
    let reach = limit.as_ref().map_or(1.3, |(_, limit, _)| (limit * 1.15 / at_horizon).max(1.1));
    let shapes = up_to(reach);
    let at = |share: f64| calculated(&shapes, share);
    let curve = (1..=CURVE_POINTS).map(|i| {
        let share = reach * f64::from(i) / f64::from(CURVE_POINTS);
        (num::float(total) * share, at(share))
    });
    let mut markers = vec![
        Marker::vertical(num::float(today), "today", Role::Guide),
        Marker::vertical(
            num::float(total),
            format!("month {}", recommendation.horizon.month),
            Role::Guide,
        ),
    ];
    if let Some((name, limit, allowed)) = &limit {
        let text = |bytes: f64| Bytes::from_float(bytes).to_string();
        let label = format!("{name}: {} usable", text(*limit));
        markers.push(Marker::horizontal(*limit, label, Role::Limit));
        let label = format!("with {} headroom: {}", spec.capacity.headroom, text(*allowed));
        markers.push(Marker::horizontal(*allowed, label, Role::Chosen));
    }
    for node in neighbours(evidence, at(1.0), NEIGHBOURS) {
        let is_chosen = limit.as_ref().is_some_and(|(name, ..)| *name == node.name);
        let is_same_size = limit.as_ref().is_some_and(|(_, limit, _)| {
            (usable(evidence, node).float() / limit - 1.0).abs() < 0.05
        });
        if !is_chosen && !is_same_size && usable(evidence, node).float() < at(reach) {
            let label = format!("{}: {} usable", node.name, usable(evidence, node));
            markers.push(Marker::horizontal(usable(evidence, node).float(), label, Role::Muted));
        }
    }
    let doublings = recommendation.chosen.as_ref().filter(|_| shards == 1).map(|choice| {
        let keys = choice.clock.doublings.iter().map(|doubling| num::float(doubling.keys));
        let shown = keys.filter(|keys| *keys <= num::float(total) * reach);
        let points = shown.map(|keys| (keys, at(keys / num::float(total))));
        Series::new("a hash table doubles", Mark::Points, Role::Third, points)
    });
    let worlds = recommendation.uncertainty.as_ref().and_then(|sure| sure.memory).map(|memory| {
        let keys = num::float(total);
        let ends = [(keys, memory.low), (keys, memory.high)];
        Series::new("nine of ten worlds", Mark::LineAndPoints, Role::Second, ends)
    });
    let per = if shards > 1 { format!("one of {shards} shards") } else { "one shard".into() };
    ChartSpec {
        id: "memory-production".into(),
        title: format!("used_memory of {per} on {engine} as keys grow"),
        caption: format!(
            "At the horizon {per} needs {}; the line steps where hash tables double.",
            Bytes::from_float(at(1.0))
        ),
        height: Height::Full,
        x: Axis::linear("keys in the cluster", TickFormat::Count),
        y: Axis::linear("used_memory per shard", TickFormat::Bytes),
        series: std::iter::once(Series::new("calculated", Mark::Line, Role::First, curve))
            .chain(worlds)
            .chain(doublings)
            .collect(),
        markers,
        note_when_empty: "No keys are planned.".into(),
    }
}

/// What AWS's default reserve leaves.
fn usable(evidence: &Evidence<'_>, node: &NodeType) -> Bytes {
    node.usable_memory(evidence.catalog.limits.reserved_memory_default.value)
}

/// Node types with usable memory around `bytes`, nearest by ratio first: of those with about the
/// same memory the cheapest.
fn neighbours<'a>(evidence: &Evidence<'a>, bytes: f64, n: usize) -> Vec<&'a NodeType> {
    let Evidence { catalog, recommendation, .. } = evidence;
    let product = planned(evidence).product;
    let price = |node: &NodeType| {
        let price = catalog.prices.on_demand(&recommendation.region, product, &node.name);
        price.map_or(UsdPerHour::from_nanos(u64::MAX), |price| price.hourly)
    };
    let mut cheapest: Vec<&NodeType> =
        catalog.node_types().iter().filter(|node| node.is_current()).collect();
    cheapest.sort_by(|a, b| price(a).cmp(&price(b)).then(a.name.cmp(&b.name)));
    let mut picked: Vec<&NodeType> = Vec::new();
    for node in cheapest {
        let is_alike = |other: &&NodeType| {
            (usable(evidence, node).float() / usable(evidence, other).float()).ln().abs() < 0.15
        };
        if !picked.iter().any(is_alike) {
            picked.push(node);
        }
    }
    let distance = |node: &NodeType| (usable(evidence, node).float() / bytes).ln().abs();
    picked.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    picked.truncate(n);
    picked
}

/// Every reading of memory beside the law.
fn checkpoints(evidence: &Evidence<'_>) -> Table {
    let Evidence { spec, seeded, models, .. } = evidence;
    let mut table = Table::new(
        "checkpoints",
        "Every reading of memory beside the law; on arrival an old table may still exist",
        vec![
            Column::count("Keys"),
            Column::text("Reading"),
            Column::number("used_memory", "bytes"),
            Column::number("Calculated", "bytes"),
            Column::number("Calculated − measured", "%"),
            Column::number("used_memory_rss", "bytes"),
        ],
    )
    .sortable();
    let size = |bytes: Bytes| Cell::number(numbers::count(bytes.get()), bytes.float());
    let points = [&seeded.baseline].into_iter().chain(&seeded.checkpoints).chain([&seeded.settled]);
    let shapes = ClassShapes::up_to(&spec.classes, &seeded.settled.keys);
    for point in points {
        let classes = shapes.with_keys(&point.keys);
        let data = models.memory.footprint(&classes);
        let calculated = data.settled_total();
        let deviation = calculated / point.used_memory_bytes - 1.0;
        table.push(Row::new(vec![
            Cell::number(numbers::count(point.n_keys()), num::float(point.n_keys())),
            Cell::text(if point.is_settled { "settled" } else { "on arrival" }),
            size(point.used_memory_bytes),
            size(calculated),
            Cell::number(format!("{:+.4}%", deviation * 100.0), deviation * 100.0),
            point.used_memory_rss_bytes.map_or_else(Cell::missing, size),
        ]));
    }
    table
}

/// What a key of each class costs on the planned engine, when tables double, and what would pay.
fn breakdown(evidence: &Evidence<'_>) -> Vec<Block> {
    let Evidence { spec, catalog, recommendation, .. } = evidence;
    let engine = planned(evidence);
    let shards = recommendation.chosen.as_ref().map_or(1, |choice| choice.layout.shards);
    let layout = if shards > 1 {
        Layout::in_cluster(engine, SlotRange::ALL)
    } else {
        Layout::on_elasticache(engine)
    };
    let prediction = Stored::of(spec).on(layout);
    let mut table = memory_tables::per_key(prediction.at(Moment::Horizon));
    table.caption = format!("What one key costs on {engine} at the horizon, by purpose");
    let chart = per_key_chart::chart(&table, engine);
    let mut blocks = vec![Block::Chart(Box::new(chart)), Block::Table(table)];
    blocks.extend(memory_tables::doubling(&prediction).map(Block::Paragraph));
    if !prediction.advice.is_empty() {
        let price = memory_price(catalog, &recommendation.region, engine);
        let money = price.map(|price| Money {
            price,
            region: recommendation.region.clone(),
            copies: spec.capacity.replicas + 1,
        });
        let mut items: Vec<String> = prediction
            .advice
            .iter()
            .map(|one| memory_tables::advice(one, money.as_ref()))
            .collect();
        items.extend(money.map(|money| money.to_string()));
        blocks.push(Block::Paragraph("What pays, on today's keys:".into()));
        blocks.push(Block::List(items));
    }
    blocks
}
