//! Latency and capacity: what each level measured.

use crate::measurement::{Histogram, Level};
use crate::report::numbers;
use crate::report::{Block, Cell, ChartSpec, Column, Level as Callout, Row, Section, Table};
use crate::units::{Bytes, BytesPerSec, Micros, OpsPerSec, num};

use super::{Evidence, course, level_charts};

pub(super) fn section(evidence: &Evidence<'_>) -> Section {
    let mut section = Section::new("latency", "Latency and capacity");
    for level in &evidence.steps.levels {
        for reason in &level.void {
            section.blocks.push(Block::Callout {
                level: Callout::Problem,
                text: format!("The level at {} is void: {reason}.", level.offered),
            });
        }
    }
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
    section.blocks.push(Block::Table(commands(evidence)));
    section.blocks.extend(super::nodes::blocks(evidence));
    section.blocks.extend(closed_loop(evidence).map(Block::Table));
    section
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

/// Every line of the mix at the level nearest to the objective's peak.
fn commands(evidence: &Evidence<'_>) -> Table {
    let peak = evidence.models.capacity.near_peak.map(|(offered, _)| offered);
    let level = evidence.steps.levels.iter().find(|level| Some(level.offered) == peak);
    let mut table = Table::new(
        "commands",
        match peak {
            Some(peak) => format!("Each command at {peak}, the valid level nearest to the peak"),
            None => "Each command: no valid level, so nothing to show".into(),
        },
        vec![
            Column::text("Command"),
            Column::count("Replies"),
            Column::number("Response p50", "µs"),
            Column::number("Response p99", "µs"),
            Column::number("Service p50", "µs"),
            Column::number("Service p99", "µs"),
            Column::number("Request", "bytes"),
            Column::number("Reply", "bytes"),
            Column::number("Keys missed", "%"),
        ],
    )
    .sortable();
    for command in level.into_iter().flat_map(|level| &level.commands) {
        let replies = num::float(command.replies.max(1));
        let mean = |bytes: Bytes| {
            let mean = bytes.float() / replies;
            Cell::number(Bytes::from_float(mean).to_string(), mean)
        };
        let missed = (command.keys_asked > 0)
            .then(|| num::float(command.keys_missed) / num::float(command.keys_asked));
        table.push(Row::new(vec![
            Cell::text(&command.label),
            Cell::number(numbers::count(command.replies), num::float(command.replies)),
            micros(command.response.quantile(0.5)),
            micros(command.response.quantile(0.99)),
            micros(command.service.quantile(0.5)),
            micros(command.service.quantile(0.99)),
            mean(command.request_bytes),
            mean(command.reply_bytes),
            super::amount::share(missed),
        ]));
    }
    table
}
