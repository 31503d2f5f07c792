//! How it was measured, on what, with which data: what a reviewer needs to trust or repeat it.

use crate::catalog::Region;
use crate::evidence::Grade;
use crate::measurement::AllocatorEvidence;
use crate::report::{Block, Cell, Column, Fact, Row, Section, Table};
use crate::units::{Micros, OpsPerSec, num};

use super::Evidence;

pub(super) fn section(evidence: &Evidence<'_>) -> Section {
    let mut section = Section::new("method", "Method and evidence");
    section.blocks.push(Block::Facts(facts(evidence)));
    section.blocks.push(Block::List(vec![
        "Load is open loop: operations are due by a schedule fixed before a level starts, and \
         response time counts from the due time, so a stall is charged for every operation it \
         delays."
            .into(),
        "Dispatch lag (noticed − due) is the generator's own fault and voids a level; connection \
         wait (sent − noticed) is the server's or the pool's and counts in response time."
            .into(),
        "A level is void when the generator lagged, keys that should exist were missing, or keys \
         were evicted or expired in it; void levels are shown and not used."
            .into(),
        "Memory is calculated from the engine's own data structures and checked against \
         used_memory at checkpoints; the plan uses the law of the engine ElastiCache runs."
            .into(),
        "Usable memory is maxmemory × (1 − reserved-memory-percent), 25% by default and more where \
         the plan's writes need it: for pages copied during a save, buffers of replicas that are \
         being filled, and fragmentation."
            .into(),
    ]));
    let mut grades = Table::new(
        "grades",
        "What the grades mean",
        vec![Column::text("Grade"), Column::text("Meaning")],
    );
    for grade in Grade::ALL {
        grades.push(Row::new(vec![Cell::text(grade.label()), Cell::text(grade.meaning())]));
    }
    section.blocks.push(Block::Table(grades));
    let mut inputs = Table::new(
        "inputs",
        "The artifacts this report was made from",
        vec![Column::text("Artifact"), Column::text("SHA-256")],
    );
    for (kind, digest) in evidence.digests {
        inputs.push(Row::new(vec![Cell::text(kind.file_name()), Cell::text(digest.to_string())]));
    }
    section.blocks.push(Block::Table(inputs));
    section
}

fn facts(evidence: &Evidence<'_>) -> Vec<Fact> {
    let Evidence { seeded, steps, recommendation, models, .. } = evidence;
    let target = &seeded.target;
    let allocator = match models.memory.allocator_evidence {
        AllocatorEvidence::MallocStats => Grade::Measured,
        AllocatorEvidence::OwnKeys => Grade::Calculated,
        AllocatorEvidence::InfoOnly => Grade::Assumed,
    };
    let host = &target.host;
    let lag = steps
        .levels
        .iter()
        .filter(|level| level.is_valid())
        .filter_map(|level| level.dispatch_lag.quantile(0.99))
        .map(Micros::get)
        .fold(None, |worst: Option<f64>, lag| Some(worst.map_or(lag, |worst| worst.max(lag))));
    let seeding = num::float(seeded.settled.n_keys()) / seeded.loading.elapsed_us.secs();
    vec![
        Fact::new(
            "Engine",
            format!("{} {}", target.engine.product, target.version),
            Grade::Measured,
        ),
        Fact::new("Allocator", models.memory.measured.allocator.to_string(), allocator),
        Fact::new(
            if target.is_private { "Machine" } else { "Machine of the load generator" },
            format!(
                "{} × {}, {}",
                host.processors,
                host.processor.as_deref().unwrap_or(&host.architecture),
                host.system
            ),
            Grade::Measured,
        ),
        Fact::new("Round trip, idle", steps.round_trip_us.to_string(), Grade::Measured),
        OpsPerSec::new(seeding).map_or_else(
            || Fact::missing("Seeding"),
            |rate| Fact::new("Seeding", format!("{rate} keys"), Grade::Measured),
        ),
        lag.map_or_else(
            || Fact::missing("Worst p99 dispatch lag of a valid level"),
            |lag| {
                let lag = Micros::of(lag).to_string();
                Fact::new("Worst p99 dispatch lag of a valid level", lag, Grade::Measured)
            },
        ),
        Fact::new(CATALOG, edition(evidence), Grade::Published),
        Fact::new(PRICES_READ, dates(evidence, &recommendation.region), Grade::Published),
    ]
}

/// Facts that another catalog changes.
pub const FACTS_OF_CATALOG: [&str; 2] = [CATALOG, PRICES_READ];
const CATALOG: &str = "Catalog";
const PRICES_READ: &str = "Prices read";

/// Which catalog answered: the day of its newest price, and its digest.
fn edition(evidence: &Evidence<'_>) -> String {
    let date = evidence.catalog.prices.newest_reading();
    let date = date.map_or_else(|| "undated".to_owned(), |date| format!("of {date}"));
    match evidence.sized_with {
        Some(digest) => format!("{date}, {}", digest.short()),
        None => date,
    }
}

/// When the Region's prices were read.
fn dates(evidence: &Evidence<'_>, region: &Region) -> String {
    match evidence.catalog.prices.dates(region) {
        Some(range) if range.oldest == range.newest => range.oldest.to_string(),
        Some(range) => format!("{} to {}", range.oldest, range.newest),
        None => "undated".into(),
    }
}
