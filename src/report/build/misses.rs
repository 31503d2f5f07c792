//! Smaller, with misses: what holding less than every key would save, and what it asks of the origin.

use crate::engine::EngineVersion;
use crate::evidence::Grade;
use crate::report::numbers;
use crate::report::{Block, Cell, Column, Fact, Row, Section, Table};
use crate::size::{Caching, Choice, Layout, Misses, Smaller};
use crate::spec::Origin;
use crate::units::{Micros, OpsPerSec, Usd, num};

use super::Evidence;
use super::headline::layout;

/// `None` for a plan without an origin, and for one without reads.
pub(super) fn section(evidence: &Evidence<'_>) -> Option<Section> {
    let origin = evidence.spec.origin.as_ref()?;
    let misses = evidence.recommendation.misses.as_ref()?;
    let mut section = Section::new("misses", "Smaller, with misses");
    section.blocks.push(Block::Paragraph(premise(misses, origin)));
    let choice = evidence.recommendation.chosen.as_ref();
    if let (Some(full), Some(choice)) = (&misses.full, choice) {
        section.blocks.push(Block::Facts(facts(full)));
        section.blocks.push(Block::Paragraph(verdict(evidence, misses, full, choice)));
    }
    if misses.smaller.is_empty() {
        let text = "No layout that costs less and holds less carries the load.";
        section.blocks.push(Block::Paragraph(text.into()));
    } else {
        section.blocks.push(Block::Table(table(misses, choice)));
        section.blocks.push(Block::Table(cold(misses, choice)));
    }
    section.blocks.push(Block::List(notes(evidence, misses, origin)));
    Some(section)
}

fn premise(misses: &Misses, origin: &Origin) -> String {
    let wish = match origin.min_hit_ratio {
        Some(least) => format!(" It asks for {least} hits."),
        None => String::new(),
    };
    let bears = match origin.capacity {
        Some(capacity) => format!(" Its origin bears {capacity}."),
        None => String::new(),
    };
    format!(
        "The plan has an origin, so that a read may miss: the application then reads the origin and \
         sets the key.{wish}{bears} At the horizon's peak {} keys are read. The policy is `{}`.",
        misses.reads,
        misses.policy.word()
    )
}

fn facts(full: &Caching) -> Vec<Fact> {
    let graded = |label: &str, value: String| Fact::new(label, value, Grade::Calculated);
    let mut facts = vec![
        graded("Hit ratio of the chosen layout", percent(full.hit_ratio.get())),
        graded("Keys it holds at a time", numbers::count(full.keys_held)),
        graded("Its reads of the origin", full.misses.to_string()),
    ];
    if let Some(cost) = full.origin {
        facts.push(graded("They cost at most", format!("{} a month", numbers::bill(cost))));
    }
    facts
}

/// Whether something smaller is worth it.
fn verdict(evidence: &Evidence<'_>, misses: &Misses, full: &Caching, choice: &Choice) -> String {
    let total = total(choice, full);
    match misses.saving(total) {
        Some(one) => {
            let saved = Usd::from_nanos(total.nanos() - one.total.nanos());
            let with = if one.caching.origin.is_some() { ", origin included" } else { "" };
            format!(
                "{} with {}, {}, would save {} a month{with}: it finds {} of the reads and sends {} \
                 to the origin. It is not what this report recommends, because it does not hold \
                 every key.",
                one.node_type,
                one.engine,
                layout(one.layout, evidence.spec.capacity.multi_az),
                numbers::bill(saved),
                percent(one.caching.hit_ratio.get()),
                one.caching.misses
            )
        }
        None if misses.smaller.is_empty() => "Nothing smaller is worth a look.".into(),
        None => "Nothing smaller keeps to what the plan asks and costs less in total.".into(),
    }
}

/// Nodes and origin of the chosen layout.
fn total(choice: &Choice, full: &Caching) -> Usd {
    choice.bill.monthly + full.origin.unwrap_or(Usd::ZERO)
}

/// The chosen layout and each smaller one: what it holds and costs.
fn table(misses: &Misses, choice: Option<&Choice>) -> Table {
    let mut table = Table::new(
        "misses",
        "Layouts that cost less than the chosen one and hold less than every key, at the horizon: \
         those that keep to what the plan asks first",
        vec![
            Column::text("Node type"),
            Column::text("Engine"),
            Column::count("Shards"),
            Column::count("Nodes"),
            Column::number("Room for keys", "bytes"),
            Column::number("Of all keys' bytes", "%"),
            Column::number("Hit ratio", "%"),
            Column::number("To the origin", "reads/s"),
            Column::number("Cost of nodes", "USD/month"),
            Column::number("Of origin", "USD/month"),
            Column::number("Total", "USD/month"),
            Column::text("Keeps to the plan"),
        ],
    );
    if let (Some(full), Some(choice)) = (&misses.full, choice) {
        let mut cells = names(&choice.node_type, choice.engine, choice.layout);
        cells.extend([Cell::missing(), Cell::missing()]);
        cells.extend(figures(full, choice.bill.monthly, total(choice, full)));
        table.push(Row::chosen(cells));
    }
    for one in &misses.smaller {
        let Smaller { room_bytes: room, wanted_bytes: wanted, .. } = one;
        let mut cells = names(&one.node_type, one.engine, one.layout);
        cells.push(Cell::number(room.to_string(), room.float()));
        cells.push(share(*room / *wanted));
        cells.extend(figures(&one.caching, one.bill.monthly, one.total));
        table.push(Row::new(cells));
    }
    table
}

fn names(node_type: &str, engine: EngineVersion, layout: Layout) -> Vec<Cell> {
    let count = |n: u32| Cell::number(n.to_string(), f64::from(n));
    let words = [Cell::text(node_type), Cell::text(engine.to_string())];
    words.into_iter().chain([layout.shards, layout.nodes].map(count)).collect()
}

fn figures(caching: &Caching, nodes: Usd, total: Usd) -> Vec<Cell> {
    let usd = |usd: Usd| Cell::number(numbers::bill(usd), usd.usd());
    vec![
        share(caching.hit_ratio.get()),
        rate(caching.misses),
        usd(nodes),
        caching.origin.map_or_else(Cell::missing, usd),
        usd(total),
        Cell::text(keeps(caching)),
    ]
}

fn keeps(caching: &Caching) -> &'static str {
    match (caching.meets_hit_ratio, caching.origin_bears) {
        (Some(false), Some(false)) => "no: hit ratio, origin",
        (Some(false), _) => "no: hit ratio",
        (_, Some(false)) => "no: origin",
        (None, None) => "nothing asked",
        _ => "yes",
    }
}

/// What happens after a shard lost its keys.
fn cold(misses: &Misses, choice: Option<&Choice>) -> Table {
    let mut table = Table::new(
        "misses-cold",
        "The same layouts after a shard lost its keys, as without a replica or when all its nodes \
         fail: it fills with what is asked for",
        vec![
            Column::text("Node type"),
            Column::text("Engine"),
            Column::count("Shards"),
            Column::count("Nodes"),
            Column::number("To the origin at first", "reads/s"),
            Column::text("Origin bears it"),
            Column::number("Until 90% of its hits are back", "s"),
            Column::number("Reads of the origin meanwhile", "reads"),
            Column::number("Keys safe from eviction", "s"),
        ],
    );
    let row = |mut cells: Vec<Cell>, caching: &Caching| {
        cells.push(rate(caching.cold_misses));
        cells.push(Cell::text(match caching.origin_bears_cold {
            None => "not known",
            Some(true) => "yes",
            Some(false) => "no",
        }));
        let refill = caching.refill;
        cells.push(refill.map_or_else(|| Cell::text("never"), |refill| span(refill.secs)));
        cells.push(refill.map_or_else(Cell::missing, |refill| {
            Cell::number(numbers::count(num::round(refill.fetched)), refill.fetched)
        }));
        cells.push(caching.safe_secs.map_or_else(|| Cell::text("always"), span));
        cells
    };
    if let (Some(full), Some(choice)) = (&misses.full, choice) {
        let cells = names(&choice.node_type, choice.engine, choice.layout);
        table.push(Row::chosen(row(cells, full)));
    }
    for one in &misses.smaller {
        let cells = names(&one.node_type, one.engine, one.layout);
        table.push(Row::new(row(cells, &one.caching)));
    }
    table
}

fn notes(evidence: &Evidence<'_>, misses: &Misses, origin: &Origin) -> Vec<String> {
    let mut notes = vec![format!(
        "Evictions are those of ElastiCache's default of {} samples (`maxmemory-samples`); more \
         samples come closer to exact LRU. Hit ratios were within 1.1 points of engines that evict.",
        misses.samples
    )];
    if origin.cost_per_million.is_some() {
        notes.push(
            "The origin's cost is that of the horizon's peak all month: an upper end.".into(),
        );
    }
    if let Some(latency) = origin.latency_us {
        notes.extend(latency_note(evidence, misses, latency));
    }
    if misses
        .full
        .as_ref()
        .is_some_and(|full| full.safe_secs.is_none() && full.hit_ratio.get() < 1.0)
    {
        notes.push(
            "Even the chosen layout misses: keys expire and the next read finds nothing. More memory \
             does not help; a longer `ttl` does."
                .into(),
        );
    }
    if misses.n_refusing_writes > 0 {
        notes.push(format!(
            "{} smaller candidates are left out: keys that may not be evicted take more than they \
             have, and writes would be refused (OOM).",
            misses.n_refusing_writes
        ));
    }
    let listed = u32::try_from(misses.smaller.len()).unwrap_or(u32::MAX);
    if misses.n_smaller > listed {
        notes.push(format!("{} further layouts are not listed.", misses.n_smaller - listed));
    }
    notes
}

/// More than one read in a hundred that waits for the origin sets the 99th percentile.
fn latency_note(evidence: &Evidence<'_>, misses: &Misses, latency: Micros) -> Option<String> {
    let objective = evidence.spec.objective.p99_us;
    let slow = misses.smaller.iter().filter(|one| one.caching.hit_ratio.get() < 0.99).count();
    (latency > objective && slow > 0).then(|| {
        format!(
            "A miss takes the origin's {latency} at least. Where more than 1% of the reads miss the \
             application's 99th percentile lies above the objective of {objective}: so with {slow} of \
             the layouts listed."
        )
    })
}

fn rate(rate: OpsPerSec) -> Cell {
    Cell::number(rate.to_string(), rate.per_sec())
}

fn share(share: f64) -> Cell {
    Cell::number(percent(share), share * 100.0)
}

/// With a decimal: 99.2 % and 99.7 % of hits differ by a factor of three in misses.
fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

fn span(secs: f64) -> Cell {
    Cell::number(numbers::span(secs), secs)
}
