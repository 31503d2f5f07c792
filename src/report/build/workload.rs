//! What was asked: classes, command mix, objective.

use crate::report::numbers;
use crate::report::{Block, Cell, Column, Row, Section, Table};
use crate::spec::{Access, Class, CountLaw, Framework, Payload, SizeLaw};
use crate::units::{Bytes, num};
use crate::workload::Extent;

use super::Evidence;

pub(super) fn section(evidence: &Evidence<'_>) -> Section {
    let mut section = Section::new("workload", "Workload");
    let spec = evidence.spec;
    section.blocks.push(Block::Paragraph(format!(
        "The objective is p99 ≤ {} at a peak of {} today. Keys and peak grow {} a month and the \
         answer has to hold in month {}, with {} of every limit left free, {} replica(s) per \
         shard{}.",
        spec.objective.p99_us,
        spec.objective.peak,
        spec.capacity.growth_per_month,
        spec.capacity.horizon_months,
        spec.capacity.headroom,
        spec.capacity.replicas,
        if spec.capacity.multi_az { ", Multi-AZ" } else { "" }
    )));
    if let Some(Framework::Django { key_prefix, version }) = &spec.framework {
        section.blocks.push(Block::Paragraph(format!(
            "Keys and integers are stored as Django's Redis backend stores them: every key begins \
             with `{key_prefix}:{version}:`, integers are decimal text."
        )));
    }
    section.blocks.push(Block::Table(classes(evidence)));
    section.blocks.push(Block::Table(traffic(evidence)));
    section
}

fn classes(evidence: &Evidence<'_>) -> Table {
    let mut table = Table::new(
        "classes",
        "What is stored: seeded for the measurement, in production today, and at the horizon",
        vec![
            Column::text("Class"),
            Column::text("Key"),
            Column::text("Value"),
            Column::number("Value size", "bytes"),
            Column::text("Lifetime"),
            Column::count("Seeded"),
            Column::count("Today"),
            Column::count("Horizon"),
        ],
    );
    let count = |n: u64| Cell::number(numbers::count(n), num::float(n));
    let horizon = evidence.spec.keys_at_horizon();
    for (index, class) in evidence.spec.classes.iter().enumerate() {
        let Extent { mean_bytes: mean, bytes: range, mean_elements } = Extent::of(class);
        let size = if range.start == range.end {
            Bytes::from_float(mean).to_string()
        } else {
            format!(
                "{} ({}–{})",
                Bytes::from_float(mean),
                Bytes::new(range.start),
                Bytes::new(range.end)
            )
        };
        table.push(Row::new(vec![
            Cell::text(&class.name),
            Cell::text(class.key.to_string()),
            Cell::text(held(class, mean_elements)),
            Cell::number(size, mean),
            Cell::text(class.ttl_secs.map_or("none".into(), |secs| format!("{secs} s"))),
            count(class.keys),
            count(evidence.spec.capacity.keys[index]),
            count(horizon[index]),
        ]));
    }
    table
}

/// What the keys of a class hold, in words.
fn held(class: &Class, mean_elements: Option<f64>) -> String {
    let (Some(plan), Some(elements)) = (&class.collection, mean_elements) else {
        return value(class);
    };
    let elements = match plan.members {
        CountLaw::Fixed(count) => format!("{count} elements"),
        _ => format!("{elements:.1} elements on average"),
    };
    let values = if plan.has_values() { format!(": {}", value(class)) } else { String::new() };
    format!("{} of {elements}{values}", plan.kind)
}

/// What the values of a class are, in words.
fn value(class: &Class) -> String {
    let what = match &class.payload {
        Payload::Claims => "user claims".into(),
        Payload::M2mToken => "OAuth M2M token".into(),
        Payload::ClaimsVaried => "user claims, varied".into(),
        Payload::M2mTokenVaried => "OAuth M2M tokens, varied".into(),
        Payload::Counter => return "counters".into(),
        Payload::Size(_) => return "opaque bytes".into(),
        Payload::Sizes(SizeLaw::Lognormal { median, sigma, .. }) => {
            return format!("opaque bytes, log-normal: median {median}, sigma {sigma}");
        }
        Payload::Sizes(SizeLaw::Uniform { .. }) => return "opaque bytes, uniform".into(),
        Payload::Sizes(SizeLaw::Choices(choices)) => {
            return format!("opaque bytes of {} sizes", choices.len());
        }
        Payload::File(file) => match &file.column {
            Some(column) => format!("column {column} of {}", file.path),
            None => format!("records of {}", file.path),
        },
    };
    let compression = class.compression.map_or(String::new(), |how| format!(", {how}"));
    format!("{what}, {}{compression}", class.encoding)
}

fn traffic(evidence: &Evidence<'_>) -> Table {
    let spec = evidence.spec;
    let mut table = Table::new(
        "traffic",
        "What is asked of it",
        vec![
            Column::text("Command"),
            Column::number("Share of operations", "%"),
            Column::text("Access"),
            Column::text("Key as asked for"),
        ],
    );
    let total: f64 = spec.traffic.iter().map(|line| line.weight).sum();
    for line in &spec.traffic {
        let share = line.weight / total;
        table.push(Row::new(vec![
            Cell::text(spec.label(line)),
            Cell::number(numbers::percent(share), share * 100.0),
            Cell::text(match line.access {
                Access::Uniform => "uniform".into(),
                Access::Zipf(exponent) => format!("Zipf, exponent {exponent}"),
                Access::Hot { keys, traffic } => format!("{traffic} to {keys} of the keys"),
                Access::Sequential => "one after the other".into(),
            }),
            Cell::text(line.key_template(&spec.classes[line.class]).to_string()),
        ]));
    }
    table
}
