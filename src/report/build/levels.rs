//! Latency and capacity: what each level measured.

use crate::measurement::{Histogram, Level};
use crate::report::numbers;
use crate::report::{Block, Cell, ChartSpec, Column, Level as Callout, Row, Section, Table};
use crate::units::{Bytes, BytesPerSec, Micros, OpsPerSec, num};

use super::{Evidence, course, hits, level_charts};

pub(super) fn section(evidence: &Evidence<'_>) -> Section {
    let mut section = Section::new("latency", "Latency and capacity");
    section.blocks.extend(void_levels(&evidence.steps.levels));
    if !evidence.steps.unmeasured.is_empty() {
        let missing: Vec<String> =
            evidence.steps.unmeasured.iter().map(ToString::to_string).collect();
        section.blocks.push(Block::Callout {
            level: Callout::Warning,
            text: format!("The run ended before these levels: {}.", missing.join(", ")),
        });
    }
    let missed_below = &evidence.models.capacity.missed_below;
    if !missed_below.is_empty() {
        let levels: Vec<String> = missed_below.iter().map(ToString::to_string).collect();
        section.blocks.push(Block::Callout {
            level: Callout::Warning,
            text: format!(
                "The objective was missed at {} although a higher level met it: the machine was \
                 disturbed there. Measure on a quiet machine to be sure.",
                levels.join(", ")
            ),
        });
    }
    let mut charts = |charts: Vec<ChartSpec>| {
        section.blocks.extend(charts.into_iter().map(|chart| Block::Chart(Box::new(chart))));
    };
    charts(level_charts::against_load(evidence));
    charts(course::charts(evidence));
    section.blocks.push(Block::Table(levels(evidence)));
    match near_peak(evidence) {
        Some(level) => {
            section.blocks.push(Block::Table(commands(level)));
            section.blocks.extend(hits::blocks(evidence.spec, level));
        }
        None => section.blocks.push(Block::Callout {
            level: Callout::Info,
            text: "Each command: no level is valid, so nothing is shown.".into(),
        }),
    }
    section.blocks.extend(super::nodes::blocks(evidence));
    section.blocks.extend(closed_loop(evidence).map(Block::Table));
    section
}

/// How many levels are void, and why each is.
fn void_levels(levels: &[Level]) -> Vec<Block> {
    let void: Vec<&Level> = levels.iter().filter(|level| !level.is_valid()).collect();
    if void.is_empty() {
        return Vec::new();
    }
    let text = format!(
        "{} of {} levels are void: they are shown, and no conclusion rests on them.",
        void.len(),
        levels.len()
    );
    let mut table = Table::new(
        "void-levels",
        "Why levels are void, each reason with what to do",
        vec![Column::number("Offered", "ops/s"), Column::text("Why")],
    );
    for level in void {
        for reason in &level.void {
            table.push(Row::new(vec![
                Cell::number(level.offered.to_string(), level.offered.per_sec()),
                Cell::text(reason.to_string()),
            ]));
        }
    }
    vec![Block::Callout { level: Callout::Problem, text }, Block::Table(table)]
}

/// The closed loop beside what it is not.
fn closed_loop(evidence: &Evidence<'_>) -> Option<Table> {
    let level = evidence.steps.closed.as_ref()?;
    let users = evidence.spec.load.closed?.users;
    let response = level.response();
    let think = evidence.spec.load.closed?.think_us;
    // Little's law over the whole loop: users = throughput · (response + thinking).
    let loop_secs = response.mean()?.secs() + f64::midpoint(think.0.secs(), think.1.secs());
    let expected = f64::from(users) / loop_secs;
    let mut table = Table::new(
        "closed-loop",
        "A closed loop, for comparison with tools that send only after a reply: users whose requests \
         a stall holds back as well, so that its percentiles hide what it costs; no verdict rests on it",
        vec![
            Column::count("Users"),
            Column::number("Achieved", "ops/s"),
            Column::number("Users ÷ (response + thinking)", "ops/s"),
            Column::number("p50", "µs"),
            Column::number("p99", "µs"),
            Column::number("p99.9", "µs"),
            Column::number("Max", "µs"),
            Column::text("Valid"),
        ],
    );
    table.push(Row::new(vec![
        Cell::number(numbers::count(users.into()), f64::from(users)),
        Cell::number(level.achieved.to_string(), level.achieved.per_sec()),
        Cell::number(OpsPerSec::of(expected).to_string(), expected),
        micros(response.quantile(0.5)),
        micros(response.quantile(0.99)),
        micros(response.quantile(0.999)),
        micros(response.max()),
        Cell::text(if level.is_valid() { "yes" } else { "void" }),
    ]));
    Some(table)
}

/// One row per level.
fn levels(evidence: &Evidence<'_>) -> Table {
    let mut table = Table::new(
        "levels",
        "Each level of offered load; percentiles are of response time from the due time, which kept \
         growing where the last column says rising",
        vec![
            Column::number("Offered", "ops/s"),
            Column::number("Achieved", "ops/s"),
            Column::number("p50", "µs"),
            Column::number("p90", "µs"),
            Column::number("p99", "µs"),
            Column::text("p99, 95% interval"),
            Column::number("p99.9", "µs"),
            Column::number("Max", "µs"),
            Column::number("Service p99", "µs"),
            Column::number("Dispatch lag p99", "µs"),
            Column::number("Connection wait p99", "µs"),
            Column::count("Longest queue"),
            Column::number("Server CPU", "% of a core"),
            Column::number("Server CPU per op", "µs"),
            Column::number("Generator CPU, spinning too", "% of a core"),
            Column::number("Of it spinning", "% of a core"),
            Column::number("Stolen", "% of the machine"),
            Column::number("Most unsent", "bytes"),
            Column::number("Most unread", "bytes"),
            Column::number("In", "bytes/s"),
            Column::number("Out", "bytes/s"),
            Column::count("Hits"),
            Column::count("Misses"),
            Column::count("Evicted"),
            Column::count("Expired"),
            Column::count("Unfinished"),
            Column::number("Warm-up", "s"),
            Column::text("Valid"),
        ],
    )
    .sortable();
    for level in &evidence.steps.levels {
        table.push(Row::new(level_cells(level)));
    }
    table
}

fn level_cells(level: &Level) -> Vec<Cell> {
    let (response, service) = (level.response(), level.service());
    let at = |histogram: &Histogram, q| micros(histogram.quantile(q));
    let server = &level.server;
    let span = server.span_us.secs();
    let count = |n: Option<u64>| {
        n.map_or_else(Cell::missing, |n| Cell::number(numbers::count(n), num::float(n)))
    };
    let busy = |cpu: Option<Micros>, over: f64| {
        cpu.filter(|_| over > 0.0).map_or_else(Cell::missing, |cpu| {
            let share = cpu.secs() / over;
            Cell::number(numbers::percent(share), share * 100.0)
        })
    };
    let rate = |bytes: Option<Bytes>| {
        bytes.filter(|_| span > 0.0).map_or_else(Cell::missing, |bytes| {
            let rate = BytesPerSec::of(bytes.float() / span);
            Cell::number(rate.to_string(), rate.per_sec())
        })
    };
    let waiting = |bytes: Option<Bytes>| {
        bytes.map_or_else(Cell::missing, |bytes| Cell::number(bytes.to_string(), bytes.float()))
    };
    let per_op = match (server.main_thread_cpu_us, server.commands) {
        (Some(cpu), Some(n)) if n > 0 => micros(Micros::new(cpu.get() / num::float(n))),
        _ => Cell::missing(),
    };
    let interval = level.response_interval(0.99);
    vec![
        Cell::number(level.offered.to_string(), level.offered.per_sec()),
        Cell::number(level.achieved.to_string(), level.achieved.per_sec()),
        at(&response, 0.5),
        at(&response, 0.9),
        at(&response, 0.99),
        interval.map_or_else(Cell::missing, |(low, high)| Cell::text(format!("{low} – {high}"))),
        at(&response, 0.999),
        micros(response.max()),
        at(&service, 0.99),
        at(&level.dispatch_lag, 0.99),
        at(&level.connection_wait, 0.99),
        count(Some(level.longest_queue)),
        busy(server.main_thread_cpu_us, span),
        per_op,
        busy(level.generator_cpu_us, level.window_us.secs()),
        busy(level.spinning_us, level.window_us.secs()),
        level.stolen.map_or_else(Cell::missing, |share| {
            Cell::number(numbers::percent(share.get()), share.get() * 100.0)
        }),
        waiting(level.send_queue_bytes),
        waiting(level.receive_queue_bytes),
        rate(server.net_input_bytes),
        rate(server.net_output_bytes),
        count(server.keyspace_hits),
        count(server.keyspace_misses),
        count(server.evicted_keys),
        count(server.expired_keys),
        count(Some(level.unfinished)),
        Cell::number(format!("{:.1}", level.warm_up_us.secs()), level.warm_up_us.secs()),
        Cell::text(match (level.is_valid(), level.is_rising) {
            (false, _) => "void",
            (true, true) => "rising",
            (true, false) => "yes",
        }),
    ]
}

fn micros(us: Option<Micros>) -> Cell {
    us.map_or_else(Cell::missing, |us| Cell::number(us.to_string(), us.get()))
}

/// The valid level nearest to the objective's peak.
pub(super) fn near_peak<'e>(evidence: &Evidence<'e>) -> Option<&'e Level> {
    let (offered, _) = evidence.models.capacity.near_peak?;
    evidence.steps.levels.iter().find(|level| level.offered == offered && level.is_valid())
}

/// Every line of the mix at one level.
fn commands(level: &Level) -> Table {
    let mut table = Table::new(
        "commands",
        format!("Each command at {}, the valid level nearest to the peak", level.offered),
        vec![
            Column::text("Command"),
            Column::count("Replies"),
            Column::number("Response p50", "µs"),
            Column::number("Response p99", "µs"),
            Column::number("Service p50", "µs"),
            Column::number("Service p99", "µs"),
            Column::number("Request", "bytes"),
            Column::number("Reply", "bytes"),
        ],
    )
    .sortable();
    for command in &level.commands {
        let replies = num::float(command.replies.max(1));
        let mean = |bytes: Bytes| {
            let mean = bytes.float() / replies;
            Cell::number(Bytes::from_float(mean).to_string(), mean)
        };
        table.push(Row::new(vec![
            Cell::text(&command.label),
            Cell::number(numbers::count(command.replies), num::float(command.replies)),
            micros(command.response.quantile(0.5)),
            micros(command.response.quantile(0.99)),
            micros(command.service.quantile(0.5)),
            micros(command.service.quantile(0.99)),
            mean(command.request_bytes),
            mean(command.reply_bytes),
        ]));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::{VoidReason, fixture};

    #[test]
    fn void_levels_are_counted_once_and_each_reason_has_its_row() {
        let mut levels = vec![fixture::level(1000.0, 100), fixture::level(2000.0, 100)];
        assert_eq!(void_levels(&levels), []);
        levels[1].void = vec![VoidReason::Evictions(3), VoidReason::Expiries(4)];
        let blocks = void_levels(&levels);
        let [Block::Callout { text, .. }, Block::Table(table)] = blocks.as_slice() else {
            panic!("a callout and a table: {blocks:?}")
        };
        assert!(text.starts_with("1 of 2 levels are void"), "{text}");
        assert_eq!(table.rows.len(), 2);
        assert!(table.rows.iter().all(|row| row.cells[0].text == "2.00k/s"));
    }
}
