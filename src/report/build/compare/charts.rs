//! Both runs' curves in one picture.

use crate::compare::{Curve, CurvePoint, RunsComparison};
use crate::report::{Axis, ChartSpec, Height, Mark, Point, Role, Series, TickFormat};

/// Runs that a picture tells apart.
const ROLES: [Role; 4] = [Role::First, Role::Second, Role::Third, Role::Fourth];

/// Response times, throughput and CPU against offered load.
pub(super) fn charts(comparison: &RunsComparison) -> Vec<ChartSpec> {
    let micros = Axis::log10("response time from the due time", TickFormat::Micros);
    let p50 = |point: &CurvePoint| point.p50_us.map(|figure| figure.value);
    let p99 = |point: &CurvePoint| point.p99_us.map(|figure| figure.value);
    let achieved = |point: &CurvePoint| Some(point.achieved.per_sec());
    let cpu = |point: &CurvePoint| point.cpu_us_per_op;
    let ops = Axis::linear("achieved throughput (operations/s)", TickFormat::Count);
    let per_op = Axis::linear("engine CPU per operation", TickFormat::Micros);
    let mut charts = vec![
        chart(
            comparison,
            "compare-p50",
            "Median response time against offered load",
            micros.clone(),
            p50,
        ),
        chart(comparison, "compare-p99", "99th percentile against offered load", micros, p99),
        chart(
            comparison,
            "compare-throughput",
            "Achieved throughput against offered load",
            ops,
            achieved,
        ),
        chart(
            comparison,
            "compare-cpu",
            "Engine CPU per operation against offered load",
            per_op,
            cpu,
        ),
    ];
    let shown = comparison.curves.iter().zip(ROLES);
    let bands = shown.map(|(curve, role)| band(curve, role));
    // Behind the lines.
    charts[1].series.splice(0..0, bands.collect::<Vec<_>>());
    charts[1].caption =
        format!("The shade is the 95% interval of each level. {}", charts[1].caption);
    charts
}

fn chart(
    comparison: &RunsComparison,
    id: &str,
    title: &str,
    y: Axis,
    value: impl Fn(&CurvePoint) -> Option<f64>,
) -> ChartSpec {
    let at = |point: &CurvePoint| Some((point.offered.per_sec(), value(point)?));
    let mut series = Vec::new();
    for (curve, role) in comparison.curves.iter().zip(ROLES) {
        let valid = curve.points.iter().filter(|point| point.is_valid).filter_map(at);
        series.push(Series::new(&curve.label, Mark::LineAndPoints, role, valid));
    }
    for curve in comparison.curves.iter().take(ROLES.len()) {
        let void: Vec<(f64, f64)> =
            curve.points.iter().filter(|point| !point.is_valid).filter_map(at).collect();
        if !void.is_empty() {
            series.push(Series::new(
                format!("{}, void", curve.label),
                Mark::Points,
                Role::Void,
                void,
            ));
        }
    }
    let more = comparison.curves.len().saturating_sub(ROLES.len());
    let caption = match more {
        0 => "Void levels are crossed out and joined to nothing.".into(),
        n => format!(
            "Void levels are crossed out and joined to nothing. The last {n} of the runs are in the \
             tables alone."
        ),
    };
    ChartSpec {
        id: id.into(),
        title: title.into(),
        caption,
        height: Height::Full,
        x: Axis::linear("offered load (operations/s)", TickFormat::Count),
        y,
        series,
        markers: Vec::new(),
        note_when_empty: "No level tells it.".into(),
    }
}

fn band(curve: &Curve, role: Role) -> Series {
    let points = curve.points.iter().filter(|point| point.is_valid).filter_map(|point| {
        let p99 = point.p99_us.filter(|p99| p99.high.is_finite())?;
        Some(Point::between(point.offered.per_sec(), p99.low, p99.high))
    });
    Series {
        name: format!("{}, 95%", curve.label),
        mark: Mark::Band,
        role,
        points: points.collect(),
    }
}
