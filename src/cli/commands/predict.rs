//! `cachefit predict`: memory without any server.

use serde::Serialize;

use crate::cli::Outcome;
use crate::cli::args::{Format, PredictArgs};
use crate::cli::failure::MET;
use crate::cli::printer::Printer;
use crate::engine::{Allocator, EngineVersion};
use crate::evidence::Grade;
use crate::model::memory::{Basis, Footprint, Layout, footprint};
use crate::model::string_classes;
use crate::spec::PlanSpec;
use crate::units::Bytes;

use super::input::spec;

/// `used_memory` of one engine at the keys of one moment.
#[derive(Serialize)]
struct Prediction {
    engine: EngineVersion,
    allocator: Allocator,
    /// `seeded`, `today` or `horizon`.
    when: &'static str,
    keys: Vec<u64>,
    used_memory_bytes: Bytes,
    /// While hash tables grow.
    used_memory_growing_bytes: Bytes,
    grade: Grade,
    footprint: Footprint,
}

/// Prints what the workload's keys cost, now and later, on each engine.
pub(in crate::cli) fn predict(args: &PredictArgs, printer: &Printer) -> Outcome {
    let spec = spec(args.spec.as_deref())?;
    let engines = args.engine.map_or_else(|| spec.aws.engines.clone(), |engine| vec![engine]);
    let mut predictions = Vec::new();
    for engine in engines {
        predictions.extend(moments(&spec).map(|(when, keys)| {
            let layout = Layout { allocator: args.allocator, ..Layout::on_elasticache(engine) };
            let footprint = footprint(&string_classes(&spec.classes, &keys), &layout);
            Prediction {
                engine,
                allocator: args.allocator,
                when,
                keys,
                used_memory_bytes: footprint.settled_total(),
                used_memory_growing_bytes: footprint.rehashing_total(),
                grade: match layout.law().basis {
                    Basis::Exact => Grade::Calculated,
                    Basis::Assumed => Grade::Assumed,
                },
                footprint,
            }
        }));
    }
    match printer.format() {
        Format::Json => {
            let text = serde_json::to_string_pretty(&predictions);
            printer.result(&text.expect("predictions serialise"));
        }
        Format::Text => predictions.iter().for_each(|one| printer.result(&line(one))),
    }
    Ok(MET)
}

/// The key counts of each class that a plan speaks of.
fn moments(spec: &PlanSpec) -> impl Iterator<Item = (&'static str, Vec<u64>)> {
    let seeded = spec.classes.iter().map(|class| class.keys).collect();
    [("seeded", seeded), ("today", spec.capacity.keys.clone()), ("horizon", spec.keys_at_horizon())]
        .into_iter()
}

fn line(one: &Prediction) -> String {
    let keys: u64 = one.keys.iter().sum();
    let per_key = one.footprint.bytes_per_key().map_or("–".into(), |bytes| format!("{bytes:.1}"));
    format!(
        "{:<11} {:<12} {:<8} {keys:>12} keys  {:>15} bytes  {:>9}  {per_key:>7} B/key  {}",
        one.engine.to_string(),
        one.allocator.to_string(),
        one.when,
        one.used_memory_bytes.get(),
        one.used_memory_bytes.to_string(),
        one.grade
    )
}
