//! `cachefit spec init | check | schema | policy | learn | feed`: workload files without measuring anything.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use serde::Serialize;

use crate::cli::Outcome;
use crate::cli::args::{Format, SpecCommand};
use crate::cli::failure::MET;
use crate::cli::printer::Printer;
use crate::spec::{Class, EXAMPLE, POLICY_EXAMPLE, PlanSpec, SCHEMA};
use crate::store::StoreError;
use crate::units::Bytes;
use crate::workload::Extent;

use super::feed::feed;
use super::input;
use super::learn::learn_file;
use super::stages::json;

/// Writes, checks or describes workload files.
pub(in crate::cli) fn spec(command: &SpecCommand, printer: &Printer) -> Outcome {
    match command {
        SpecCommand::Init { out: None } => printer.result(EXAMPLE.trim_end()),
        SpecCommand::Init { out: Some(path) } => {
            write_new(path, EXAMPLE)?;
            printer.step(&format!("wrote {}", path.display()));
        }
        SpecCommand::Check { file } => {
            let plan = input::spec(Some(file))?;
            let summary = Summary::of(&plan);
            match printer.format() {
                Format::Json => printer.result(&json(&summary)),
                Format::Text => printer.result(&summary.text(file)),
            }
        }
        SpecCommand::Schema => printer.result(SCHEMA.trim_end()),
        SpecCommand::Policy => printer.result(POLICY_EXAMPLE.trim_end()),
        SpecCommand::Feed(args) => return feed(args, printer),
        SpecCommand::Learn(args) => return learn_file(args, printer),
    }
    Ok(MET)
}

/// Writes a new file; one that is there is somebody's work.
pub(super) fn write_new(path: &Path, text: &str) -> Result<(), StoreError> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|cause| StoreError { path: path.to_owned(), cause })
}

/// What a valid workload file comes to.
#[derive(Serialize)]
struct Summary {
    name: String,
    classes: Vec<ClassSummary>,
    /// Lines of the command mix.
    traffic: Vec<String>,
}

#[derive(Serialize)]
struct ClassSummary {
    name: String,
    keys: u64,
    value_bytes_mean: f64,
    value_bytes_least: u64,
    value_bytes_most: u64,
    /// Elements of each key on average; nothing for strings.
    #[serde(skip_serializing_if = "Option::is_none")]
    elements_mean: Option<f64>,
    /// What the keys hold, as the file spells it.
    r#type: &'static str,
}

impl Summary {
    fn of(plan: &PlanSpec) -> Self {
        Self {
            name: plan.name.clone(),
            classes: plan.classes.iter().map(ClassSummary::of).collect(),
            traffic: plan.traffic.iter().map(|line| plan.label(line)).collect(),
        }
    }

    fn text(&self, file: &Path) -> String {
        let mut lines = vec![format!("{} is valid: {}", file.display(), self.name)];
        lines.extend(self.classes.iter().map(ClassSummary::text));
        lines.push(format!("  traffic: {}", self.traffic.join(", ")));
        lines.join("\n")
    }
}

impl ClassSummary {
    fn of(class: &Class) -> Self {
        let extent = Extent::of(class);
        Self {
            name: class.name.clone(),
            keys: class.keys,
            value_bytes_mean: extent.mean_bytes,
            value_bytes_least: extent.bytes.start,
            value_bytes_most: extent.bytes.end,
            elements_mean: extent.mean_elements,
            r#type: class.collection.as_ref().map_or("string", |plan| plan.kind.word()),
        }
    }

    fn text(&self) -> String {
        let Self { name, keys, value_bytes_mean: mean, r#type, .. } = self;
        let [least, most] = [self.value_bytes_least, self.value_bytes_most].map(Bytes::new);
        let what = match self.elements_mean {
            None => "values".to_owned(),
            Some(elements) => format!("each a {type} of {elements:.1} elements,"),
        };
        let of = if self.elements_mean.is_none() { "of " } else { "" };
        format!("  {name}: {keys} keys, {what} {of}{mean:.1} bytes ({least} to {most})")
    }
}
