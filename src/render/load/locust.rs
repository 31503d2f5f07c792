//! The CSV files of Locust, as `--csv run --csv-full-history` names them. Times in ms.
//!
//! A level of offered load is to Locust a set of requests of its own, so the load stands in each
//! name. Columns: locust/stats.py of Locust 2.

use crate::measurement::{CommandRecord, Histogram, Level, Slice, Steps, VoidReason};
use crate::render::csv::{IN_MEMORY, inert};
use crate::spec::PlanSpec;
use crate::units::{Micros, num};

/// Locust's percentiles.
const PERCENTILES: [(&str, f64); 11] = [
    ("50%", 0.5),
    ("66%", 0.66),
    ("75%", 0.75),
    ("80%", 0.8),
    ("90%", 0.9),
    ("95%", 0.95),
    ("98%", 0.98),
    ("99%", 0.99),
    ("99.9%", 0.999),
    ("99.99%", 0.9999),
    ("100%", 1.0),
];

/// What Locust writes where it has no figure.
const NONE: &str = "N/A";

/// One row of requests.
struct Requests<'a> {
    kind: String,
    name: String,
    response: &'a Histogram,
    failures: u64,
    bytes: f64,
    secs: f64,
}

impl Requests<'_> {
    fn cells(&self) -> Vec<String> {
        let count = num::float(self.response.count());
        let size = if count > 0.0 { self.bytes / count } else { 0.0 };
        let mut cells = vec![
            inert(&self.kind),
            inert(&self.name),
            self.response.count().to_string(),
            self.failures.to_string(),
            ms(self.response.quantile(0.5)),
            ms(self.response.mean()),
            ms(self.response.quantile(0.0)),
            ms(self.response.max()),
            size.to_string(),
            (count / self.secs).to_string(),
            (num::float(self.failures) / self.secs).to_string(),
        ];
        cells.extend(PERCENTILES.iter().map(|(_, q)| ms(self.response.quantile(*q))));
        cells
    }
}

/// One row per command and level, and `Aggregated` over all of them.
pub(super) fn stats(spec: &PlanSpec, steps: &Steps) -> String {
    let mut header: Vec<&str> = vec![
        "Type",
        "Name",
        "Request Count",
        "Failure Count",
        "Median Response Time",
        "Average Response Time",
        "Min Response Time",
        "Max Response Time",
        "Average Content Size",
        "Requests/s",
        "Failures/s",
    ];
    header.extend(PERCENTILES.iter().map(|(name, _)| *name));
    let mut rows = vec![header.into_iter().map(str::to_owned).collect()];
    let mut all = Histogram::new();
    let (mut failures, mut bytes, mut secs) = (0, 0.0, 0.0);
    for level in &steps.levels {
        for (index, command) in level.commands.iter().enumerate() {
            let row = Requests {
                kind: kind(spec, index),
                name: name(command, level),
                response: &command.response,
                failures: failed(command),
                bytes: command.reply_bytes.float(),
                secs: level.window_us.secs(),
            };
            rows.push(row.cells());
            all.merge(&command.response);
            failures += row.failures;
            bytes += row.bytes;
        }
        secs += level.window_us.secs();
    }
    let (kind, name) = (String::new(), "Aggregated".into());
    let aggregated = Requests { kind, name, response: &all, failures, bytes, secs };
    rows.push(aggregated.cells());
    written(&rows)
}

/// One row per slice of each level whose begin is known. Of the percentiles a slice keeps three.
pub(super) fn history(spec: &PlanSpec, steps: &Steps) -> String {
    let mut header: Vec<&str> =
        vec!["Timestamp", "User Count", "Type", "Name", "Requests/s", "Failures/s"];
    header.extend(PERCENTILES.iter().map(|(name, _)| *name));
    header.extend([
        "Total Request Count",
        "Total Failure Count",
        "Total Median Response Time",
        "Total Average Response Time",
        "Total Min Response Time",
        "Total Max Response Time",
        "Total Average Content Size",
    ]);
    let mut rows = vec![header.into_iter().map(str::to_owned).collect()];
    let mut total = 0;
    for level in &steps.levels {
        let Some(began) = level.began else { continue };
        let whole = level.warm_up_us.secs() + level.window_us.secs();
        let length = whole / num::float_len(level.course.len().max(1));
        for (index, slice) in level.course.iter().enumerate() {
            let at = num::float(began.unix_secs) + length * num::float_len(index + 1);
            total += slice.completed;
            let mut cells = vec![
                format!("{at:.0}"),
                spec.load.connections.to_string(),
                String::new(),
                "Aggregated".into(),
                (num::float(slice.completed) / length).to_string(),
                NONE.into(),
            ];
            cells.extend(PERCENTILES.iter().map(|(_, q)| ms(kept(slice, *q))));
            cells.push(total.to_string());
            cells.extend(std::iter::repeat_n(NONE.to_owned(), 6));
            rows.push(cells);
        }
    }
    written(&rows)
}

fn kept(slice: &Slice, q: f64) -> Option<Micros> {
    [(0.5, slice.p50_us), (0.99, slice.p99_us), (1.0, slice.max_us)]
        .into_iter()
        .find_map(|(kept, value)| ((kept - q).abs() < 1e-9).then_some(value)?)
}

/// Error replies, and operations that never got one.
pub(super) fn failures(spec: &PlanSpec, steps: &Steps) -> String {
    let mut rows = vec![["Method", "Name", "Error", "Occurrences"].map(str::to_owned).to_vec()];
    for level in &steps.levels {
        let first = level.void.iter().find_map(|reason| match reason {
            VoidReason::Errors { first, .. } => Some(first.as_str()),
            _ => None,
        });
        for (index, command) in level.commands.iter().enumerate() {
            let unanswered = command.response.count().saturating_sub(command.replies);
            let causes = [
                (first.unwrap_or("error reply"), command.errors),
                ("no reply before the level was given up", unanswered),
            ];
            for (cause, n) in causes.into_iter().filter(|(_, n)| *n > 0) {
                let name = name(command, level);
                rows.push(vec![
                    inert(&kind(spec, index)),
                    inert(&name),
                    inert(cause),
                    n.to_string(),
                ]);
            }
        }
    }
    written(&rows)
}

/// Connections that broke.
pub(super) fn exceptions(steps: &Steps) -> String {
    let mut rows = vec![["Count", "Message", "Traceback", "Nodes"].map(str::to_owned).to_vec()];
    for reason in steps.levels.iter().flat_map(|level| &level.void) {
        if let VoidReason::ConnectionsLost { count, cause } = reason {
            rows.push(vec![count.to_string(), inert(cause), String::new(), "local".into()]);
        }
    }
    written(&rows)
}

/// The command as it goes over the wire.
fn kind(spec: &PlanSpec, index: usize) -> String {
    spec.traffic.get(index).map_or(String::new(), |line| line.command.word().to_uppercase())
}

fn name(command: &CommandRecord, level: &Level) -> String {
    format!("{} at {}", command.label, level.offered)
}

fn failed(command: &CommandRecord) -> u64 {
    command.errors + command.response.count().saturating_sub(command.replies)
}

fn ms(us: Option<Micros>) -> String {
    us.map_or(NONE.into(), |us| (us.get() / 1e3).to_string())
}

fn written(rows: &[Vec<String>]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).expect(IN_MEMORY);
    }
    String::from_utf8(writer.into_inner().expect(IN_MEMORY)).expect("every field was a string")
}
