//! What each level measured, as pictures against offered load.

use crate::measurement::Level;
use crate::report::{Axis, ChartSpec, Height, Mark, Marker, Point, Role, Series, TickFormat};
use crate::units::{Micros, OpsPerSec, num};

use super::Evidence;

/// Points of a spectrum to a tenfold of values above.
const POINTS_PER_DECADE: u32 = 24;

/// In ascending order, as lines are drawn.
pub(super) fn valid<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = &'a Level> {
    let mut levels: Vec<&Level> =
        evidence.steps.levels.iter().filter(|level| level.is_valid()).collect();
    levels.sort_by_key(|level| level.offered);
    levels.into_iter()
}

fn void<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = &'a Level> {
    evidence.steps.levels.iter().filter(|level| !level.is_valid())
}

/// A figure against offered load, ascending: the median of the valid trials of each load.
pub(super) fn curve(points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let points: Vec<(f64, f64)> = points.collect();
    let median = |trials: &[(f64, f64)]| {
        let mut figures: Vec<f64> = trials.iter().map(|(_, figure)| *figure).collect();
        figures.sort_by(f64::total_cmp);
        (trials[0].0, figures[(figures.len() - 1) / 2])
    };
    points.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()).map(median).collect()
}

/// What the p99 of each load, that of its median trial, may be; a band ends where a load has no
/// interval.
fn intervals(evidence: &Evidence<'_>) -> Vec<Series> {
    let levels: Vec<&Level> = valid(evidence).collect();
    let of_median = |trials: &[&Level]| {
        let mut trials: Vec<(f64, &Level)> =
            trials.iter().filter_map(|level| Some((quantile(level, 0.99)?.1, *level))).collect();
        trials.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (_, level) = trials.get((trials.len().max(1) - 1) / 2)?;
        let (low, high) = level.response_interval(0.99)?;
        Some(Point::between(level.offered.per_sec(), low.get(), high.get()))
    };
    let loads: Vec<Option<Point>> =
        levels.chunk_by(|a, b| a.offered == b.offered).map(of_median).collect();
    let band = |points: &[Option<Point>]| Series {
        name: "p99, 95% interval".into(),
        mark: Mark::Band,
        role: Role::Second,
        points: points.iter().flatten().cloned().collect(),
    };
    let bands = loads.chunk_by(|a, b| a.is_some() == b.is_some()).map(band);
    bands.filter(|band| band.points.len() > 1).collect()
}

fn quantile(level: &Level, q: f64) -> Option<(f64, f64)> {
    Some((level.offered.per_sec(), level.response().quantile(q)?.get()))
}

/// Response time, throughput and processor time against offered load, and each level's spectrum.
pub(super) fn against_load(evidence: &Evidence<'_>) -> Vec<ChartSpec> {
    vec![
        response_chart(evidence),
        spectrum_chart(evidence),
        throughput_chart(evidence),
        cpu_chart(evidence),
    ]
}

fn response_chart(evidence: &Evidence<'_>) -> ChartSpec {
    let objective = evidence.spec.objective;
    let capacity = &evidence.models.capacity;
    let line = |name: &str, q: f64, role| {
        let points = curve(valid(evidence).filter_map(|level| quantile(level, q)));
        Series::new(name, Mark::LineAndPoints, role, points)
    };
    let mut series = vec![
        line("p50", 0.5, Role::First),
        line("p99", 0.99, Role::Second),
        line("p99.9", 0.999, Role::Third),
    ];
    let n_loads = series[1].points.len();
    if n_loads > 1 {
        series.splice(0..0, intervals(evidence));
    }
    let trials: Vec<(f64, f64)> =
        valid(evidence).filter_map(|level| quantile(level, 0.99)).collect();
    if trials.len() > n_loads {
        series.insert(0, Series::new("p99 of each trial", Mark::Points, Role::Muted, trials));
    }
    let void: Vec<(f64, f64)> = void(evidence).filter_map(|level| quantile(level, 0.99)).collect();
    if !void.is_empty() {
        series.push(Series::new("p99 of void levels", Mark::Points, Role::Void, void));
    }
    let mut markers = vec![Marker::horizontal(
        objective.p99_us.get(),
        format!("objective: p99 ≤ {}", objective.p99_us),
        Role::Limit,
    )];
    let at = capacity.within.map(|within| OpsPerSec::of(within.value)).or(capacity.met_at);
    if let Some(at) = at {
        markers.push(Marker::vertical(at.per_sec(), format!("capacity {at}"), Role::Chosen));
    }
    markers.extend(peak_today(evidence));
    ChartSpec {
        id: "response-time".into(),
        title: "Response time against offered load".into(),
        caption: match (capacity.met_at, capacity.missed_at) {
            (Some(met), Some(missed)) => format!(
                "The measured engine keeps p99 within {} at {met} and misses it at {missed}: its \
                 capacity is {capacity}.",
                objective.p99_us
            ),
            (Some(met), None) => format!(
                "The measured engine keeps p99 within {} at every valid level, up to {met}.",
                objective.p99_us
            ),
            (None, _) => {
                format!("No valid level shows p99 within {}.", objective.p99_us)
            }
        },
        height: Height::Full,
        x: Axis::linear("offered load (operations/s)", TickFormat::Count),
        y: Axis::log10("response time from the due time", TickFormat::Micros),
        series,
        markers,
        note_when_empty: "No level completed an operation.".into(),
    }
}

fn throughput_chart(evidence: &Evidence<'_>) -> ChartSpec {
    let points = |level: &Level| (level.offered.per_sec(), level.achieved.per_sec());
    let top = evidence.steps.levels.iter().map(|level| level.offered.per_sec()).fold(0.0, f64::max);
    let achieved = curve(valid(evidence).map(points));
    let mut series = vec![
        Series::new("as offered", Mark::Line, Role::Guide, [(0.0, 0.0), (top, top)]),
        Series::new("achieved", Mark::LineAndPoints, Role::First, achieved),
    ];
    let void: Vec<(f64, f64)> = void(evidence).map(points).collect();
    if !void.is_empty() {
        series.push(Series::new("void levels", Mark::Points, Role::Void, void));
    }
    let highest = evidence.models.capacity.highest_achieved;
    ChartSpec {
        id: "throughput".into(),
        title: "Achieved throughput against offered load".into(),
        caption: highest.map_or_else(
            || "Nothing was achieved.".into(),
            |highest| {
                format!(
                    "Achieved throughput follows the offered load until saturation; the highest \
                     was {highest}."
                )
            },
        ),
        height: Height::Full,
        x: Axis::linear("offered load (operations/s)", TickFormat::Count),
        y: Axis::linear("achieved throughput (operations/s)", TickFormat::Count),
        series,
        markers: Vec::new(),
        note_when_empty: "No level was measured.".into(),
    }
}

/// The peak, where it does not lie so far beyond what was measured that it would squeeze the curves.
pub(super) fn peak_today(evidence: &Evidence<'_>) -> Option<Marker> {
    const NEAR: f64 = 2.0;
    let peak = evidence.spec.objective.peak;
    let offered = evidence.steps.levels.iter().map(|level| level.offered.per_sec());
    let is_near = peak.per_sec() <= NEAR * offered.fold(0.0, f64::max);
    is_near.then(|| Marker::vertical(peak.per_sec(), format!("peak today {peak}"), Role::Guide))
}

/// Response times from the shortest to the longest, with as much room for each further nine.
fn spectrum_chart(evidence: &Evidence<'_>) -> ChartSpec {
    let capacity = &evidence.models.capacity;
    let mut levels: Vec<&Level> = valid(evidence).collect();
    levels.dedup_by_key(|level| level.offered);
    let told = [
        levels.first().map(|level| level.offered),
        capacity.met_at,
        capacity.missed_at,
        levels.last().map(|level| level.offered),
    ];
    let mut series = Vec::new();
    for level in &levels {
        if !told.contains(&Some(level.offered)) {
            series.push(spectrum(level, "other levels".into(), Role::Muted));
        }
    }
    let mut roles = Role::EQUAL.into_iter();
    for level in levels.iter().filter(|level| told.contains(&Some(level.offered))) {
        let Some(role) = roles.next() else { break };
        series.push(spectrum(level, level.offered.to_string(), role));
    }
    let objective = evidence.spec.objective;
    ChartSpec {
        id: "percentile-spectrum".into(),
        title: "Percentiles of response time, level by level".into(),
        caption: "Each line is one level, its first trial where there are several. Where a line \
                  bends upwards, few operations are slow; where it stands high as a whole, all are."
            .into(),
        height: Height::Full,
        x: Axis::log10("share of operations that were faster", TickFormat::Quantile),
        y: Axis::log10("response time from the due time", TickFormat::Micros),
        series,
        markers: vec![
            Marker::horizontal(
                objective.p99_us.get(),
                format!("objective: p99 ≤ {}", objective.p99_us),
                Role::Limit,
            ),
            Marker::vertical(100.0, "p99", Role::Guide),
        ],
        note_when_empty: "No valid level completed an operation.".into(),
    }
}

/// As far as the sample reaches: the longest of n operations stands at n to one.
fn spectrum(level: &Level, name: String, role: Role) -> Series {
    let response = level.response();
    let count = num::float(response.count());
    let last = count.max(1.0).log10();
    let n = (last * f64::from(POINTS_PER_DECADE)).floor();
    let steps = 0..=u32::try_from(num::round(n)).unwrap_or(0);
    let points = steps.filter_map(|step| {
        let above_one = 10f64.powf(f64::from(step) / f64::from(POINTS_PER_DECADE));
        Some((above_one, response.quantile(1.0 - 1.0 / above_one)?.get()))
    });
    let longest = response.max().map(|max| (count, max.get()));
    Series::new(name, Mark::Line, role, points.chain(longest))
}

/// How busy server and generator were.
fn cpu_chart(evidence: &Evidence<'_>) -> ChartSpec {
    let of = |level: &Level, cpu: Option<Micros>, over: Micros| {
        let share = cpu.filter(|_| over > Micros::ZERO)?.secs() / over.secs();
        Some((level.offered.per_sec(), share))
    };
    let server = |level: &Level| of(level, level.server.main_thread_cpu_us, level.server.span_us);
    let generator = |level: &Level| of(level, level.generator_cpu_us, level.window_us);
    let spun = |level: &Level| of(level, level.spinning_us, level.window_us);
    let line = |name: &str, role, share: &dyn Fn(&Level) -> Option<(f64, f64)>| {
        Series::new(name, Mark::LineAndPoints, role, curve(valid(evidence).filter_map(share)))
    };
    let mut series = vec![
        line("main thread of the server", Role::First, &server),
        line("generator, spinning too", Role::Second, &generator),
        line("of it spinning", Role::Third, &spun),
    ];
    let void: Vec<(f64, f64)> = void(evidence).filter_map(server).collect();
    if !void.is_empty() {
        series.push(Series::new("server, void levels", Mark::Points, Role::Void, void));
    }
    let busiest = series[0]
        .points
        .iter()
        .map(|point| point.y)
        .fold(None, |most, y| Some(f64::max(y, most.unwrap_or(y))));
    ChartSpec {
        id: "cpu".into(),
        title: "Processor time against offered load".into(),
        caption: busiest.map_or_else(
            || "No valid level tells what the main thread of the server took.".into(),
            |busiest| {
                format!(
                    "The server's main thread took up to {:.0}% of a core; at 100% it can do no \
                     more, whatever the machine has left.",
                    busiest * 100.0
                )
            },
        ),
        height: Height::Full,
        x: Axis::linear("offered load (operations/s)", TickFormat::Count),
        y: Axis::linear("processor time (share of a core)", TickFormat::Percent),
        series,
        markers: vec![Marker::horizontal(1.0, "a whole core", Role::Limit)],
        note_when_empty: "Neither server nor generator told what processor time they took.".into(),
    }
}
