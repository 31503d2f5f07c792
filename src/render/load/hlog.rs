//! All levels as one interval log of `HdrHistogram`, version 1.3.

use std::fmt::Write as _;

use crate::measurement::{Histogram, Level, Steps};
use crate::units::num;

/// Response times of each level whose begin is known, and of each of its commands under its tag; in
/// nanoseconds, the maximum beside them in ms, as the format has it.
pub(super) fn hlog(steps: &Steps) -> String {
    let started = steps.started;
    let mut text = String::from("#[Histogram log format version 1.3]\n");
    let _ =
        writeln!(text, "#[StartTime: {}.000 (seconds since epoch), {started}]", started.unix_secs);
    text += "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n";
    for level in &steps.levels {
        let Some(began) = level.began else { continue };
        let began = num::float(began.unix_secs) + level.warm_up_us.secs();
        push(&mut text, "", began, level, &level.response());
        for command in &level.commands {
            // A tag ends at a comma or a space.
            let tag = command.label.replace([',', ' ', '\t', '\r', '\n'], "_");
            push(&mut text, &format!("Tag={tag},"), began, level, &command.response);
        }
    }
    text
}

fn push(text: &mut String, tag: &str, began: f64, level: &Level, histogram: &Histogram) {
    let length = level.window_us.secs();
    let max = histogram.max().map_or(0.0, |max| max.get() / 1e3);
    let _ = writeln!(text, "{tag}{began:.3},{length:.3},{max:.3},{}", histogram.compressed());
}
