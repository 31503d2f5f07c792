//! One histogram as percentiles, in the layout of `HdrHistogram`'s own
//! `outputPercentileDistribution`, which its plotters read.

use std::fmt::Write as _;

use crate::measurement::Histogram;
use crate::units::Micros;

/// Lines between a percentile and half way to 100 %.
const TICKS_PER_HALF: u32 = 5;

/// Times in ms.
pub(super) fn hgrm(histogram: &Histogram) -> String {
    let mut text = format!(
        "{:>12} {:>14} {:>10} {:>14}\n\n",
        "Value", "Percentile", "TotalCount", "1/(1-Percentile)"
    );
    for step in histogram.percentiles(TICKS_PER_HALF) {
        let ms = step.value.get() / 1e3;
        let _ = write!(text, "{ms:12.3} {:.12} {:10}", step.quantile, step.cumulative);
        // The last one has no place on that axis.
        let _ = if step.quantile < 1.0 {
            writeln!(text, " {:14.2}", 1.0 / (1.0 - step.quantile))
        } else {
            writeln!(text)
        };
    }
    let ms = |us: Option<f64>| us.unwrap_or(0.0) / 1e3;
    let mean = ms(histogram.mean().map(Micros::get));
    let deviation = ms(histogram.deviation().map(Micros::get));
    let max = ms(histogram.max().map(Micros::get));
    let (buckets, sub_buckets) = histogram.buckets();
    let _ = writeln!(text, "#[Mean    = {mean:12.3}, StdDeviation   = {deviation:12.3}]");
    let _ = writeln!(text, "#[Max     = {max:12.3}, Total count    = {:12}]", histogram.count());
    let _ = writeln!(text, "#[Buckets = {buckets:12}, SubBuckets     = {sub_buckets:12}]");
    text
}
