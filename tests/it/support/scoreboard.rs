//! Predicted against measured, kept for the table that `make scoreboard` writes.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;

use ::cachefit::measurement::TargetFacts;

/// Whether every comparison is wanted: by `make scoreboard`, or on engines named for it. Otherwise a part of
/// each grid has to do, because `make test` has little time.
pub(crate) fn is_whole() -> bool {
    ["CACHEFIT_SCOREBOARD", "CACHEFIT_TEST_ENGINES"].iter().any(|name| env::var_os(name).is_some())
}

/// One comparison. `CACHEFIT_SCOREBOARD` names a file that it is appended to:
/// tests/bench/scoreboard.rs makes the table of it.
pub(crate) fn score(group: &str, target: &TargetFacts, case: &str, predicted: f64, measured: f64) {
    let engine = format!("{} {} ({})", target.engine.product, target.version, target.allocator);
    let off = (predicted / measured - 1.0) * 100.0;
    println!(
        "{group}: {engine}: {case}: predicted {predicted:.0}, measured {measured:.0} ({off:+.4} %)"
    );
    let Some(file) = env::var_os("CACHEFIT_SCOREBOARD") else { return };
    let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
    let case = case.replace('\t', " ");
    writeln!(file, "{group}\t{engine}\t{case}\t{predicted}\t{measured}").unwrap();
}
