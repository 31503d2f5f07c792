//! The run in time: rate, response time and memory, one below the other over the same seconds.

use crate::measurement::Level;
use crate::report::{Axis, ChartSpec, Height, Mark, Marker, Role, Series, TickFormat};
use crate::units::{Bytes, num};

use super::Evidence;

/// A level between two moments, in seconds from the first level's beginning.
struct Span<'a> {
    level: &'a Level,
    from: f64,
    to: f64,
}

impl Span<'_> {
    /// When slice `n` of its course ended.
    fn after(&self, n: usize) -> f64 {
        let slices = num::float_len(self.level.course.len().max(1));
        self.from + (self.to - self.from) * num::float_len(n + 1) / slices
    }
}

/// Nothing for runs that kept no time.
pub(super) fn charts(evidence: &Evidence<'_>) -> Vec<ChartSpec> {
    let spans = spans(evidence);
    if spans.is_empty() {
        return Vec::new();
    }
    let end = spans.iter().map(|span| span.to).fold(0.0, f64::max);
    let axis =
        || Axis { range: Some((0.0, end)), ..Axis::linear("seconds of load", TickFormat::Count) };
    vec![rate(&spans, axis()), response(evidence, &spans, axis()), memory(&spans, axis())]
}

fn spans<'a>(evidence: &Evidence<'a>) -> Vec<Span<'a>> {
    let levels = &evidence.steps.levels;
    let Some(first) = levels.iter().filter_map(|level| level.began).min() else {
        return Vec::new();
    };
    let span = |level: &'a Level| {
        let from = num::float(level.began?.unix_secs - first.unix_secs);
        Some(Span { level, from, to: from + level.warm_up_us.secs() + level.window_us.secs() })
    };
    levels.iter().filter_map(span).collect()
}

/// A series for each level, so that no line joins two of them; all have one name.
fn each(
    spans: &[Span<'_>],
    name: &str,
    role: Role,
    points: impl Fn(&Span<'_>) -> Vec<(f64, f64)>,
) -> Vec<Series> {
    let series = |span: &Span<'_>| {
        if span.level.is_valid() {
            Series::new(name, Mark::Line, role, points(span))
        } else {
            Series::new(format!("{name}, void"), Mark::Line, Role::Void, points(span))
        }
    };
    spans.iter().map(series).collect()
}

fn rate(spans: &[Span<'_>], x: Axis) -> ChartSpec {
    let slice_secs =
        |span: &Span<'_>| (span.to - span.from) / num::float_len(span.level.course.len().max(1));
    let offered = spans.iter().map(|span| {
        let rate = span.level.offered.per_sec();
        Series::new("offered", Mark::Line, Role::Guide, [(span.from, rate), (span.to, rate)])
    });
    let completed = each(spans, "completed", Role::First, |span| {
        let rate = |(n, completed): (usize, u64)| {
            (span.after(n), num::float(completed) / slice_secs(span))
        };
        span.level.course.iter().map(|slice| slice.completed).enumerate().map(rate).collect()
    });
    ChartSpec {
        id: "course-rate".into(),
        title: "The run in time: rate".into(),
        caption:
            "What was offered, level by level, and what was completed; a gap is a pause, a dip \
                  with a peak after it a stall that was caught up with."
                .into(),
        height: Height::Low,
        x,
        y: Axis::linear("operations/s", TickFormat::Count),
        series: offered.chain(completed).collect(),
        markers: Vec::new(),
        note_when_empty: "No level kept its course.".into(),
    }
}

fn response(evidence: &Evidence<'_>, spans: &[Span<'_>], x: Axis) -> ChartSpec {
    let p99 = each(spans, "p99", Role::First, |span| {
        let slices = span.level.course.iter().enumerate();
        slices.filter_map(|(n, slice)| Some((span.after(n), slice.p99_us?.get()))).collect()
    });
    let objective = evidence.spec.objective.p99_us;
    ChartSpec {
        id: "course-response".into(),
        title: "The run in time: response time".into(),
        caption: "The p99 of each fortieth of a level, warm-up included; a peak in one place is a \
                  disturbance, a slope a queue that grows."
            .into(),
        height: Height::Low,
        x,
        y: Axis::log10("p99 from the due time", TickFormat::Micros),
        series: p99,
        markers: vec![Marker::horizontal(
            objective.get(),
            format!("objective: {objective}"),
            Role::Limit,
        )],
        note_when_empty: "No level kept its course.".into(),
    }
}

fn memory(spans: &[Span<'_>], x: Axis) -> ChartSpec {
    let used = each(spans, "used_memory", Role::First, |span| {
        let used = span.level.server.used_memory_bytes.map(Bytes::float);
        used.into_iter().flat_map(|used| [(span.from, used), (span.to, used)]).collect()
    });
    ChartSpec {
        id: "course-memory".into(),
        title: "The run in time: memory".into(),
        caption: "used_memory at the end of each level: it stays where it is unless keys expire, \
                  are evicted or are written by others."
            .into(),
        height: Height::Low,
        x,
        y: Axis::linear("used_memory", TickFormat::Bytes),
        series: used,
        markers: Vec::new(),
        note_when_empty: "The server does not tell its memory.".into(),
    }
}
