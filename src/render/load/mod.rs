//! What levels measured, in the formats of public tools: `HdrHistogram`'s percentile files and
//! interval log, and the CSV files of Locust.

mod hgrm;
mod hlog;
mod locust;

use crate::measurement::Steps;
use crate::spec::PlanSpec;

use hgrm::hgrm;
use hlog::hlog;

/// A text file below the run directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadFile {
    /// Its path there.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// All of them.
///
/// * `histograms/01-5000.hgrm`: response times of the first level, offered at 5,000/s, void or not;
///   any plotter of `HdrHistogram` output reads it. Times in ms.
/// * `histograms/levels.hlog`: response times of each level and, tagged, of each of its commands, as
///   an interval log, version 1.3.
/// * `locust/run_stats.csv`, `_stats_history.csv`, `_failures.csv`, `_exceptions.csv`: what Locust
///   writes with `--csv run --csv-full-history`, one row per command and level.
pub fn load_files(spec: &PlanSpec, steps: &Steps) -> Vec<LoadFile> {
    let file = |name: String, text: String| LoadFile { name, text };
    let mut files = Vec::new();
    for (index, level) in steps.levels.iter().enumerate() {
        let name = format!("histograms/{:02}-{:.0}.hgrm", index + 1, level.offered.per_sec());
        files.push(file(name, hgrm(&level.response())));
    }
    files.push(file("histograms/levels.hlog".into(), hlog(steps)));
    let tables = [
        ("stats", locust::stats(spec, steps)),
        ("stats_history", locust::history(spec, steps)),
        ("failures", locust::failures(spec, steps)),
        ("exceptions", locust::exceptions(steps)),
    ];
    for (name, text) in tables {
        files.push(file(format!("locust/run_{name}.csv"), text));
    }
    files
}

#[cfg(test)]
mod tests;
