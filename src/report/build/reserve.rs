//! The reserved part of maxmemory: what it is needed for, and whether the default covers it.

use crate::evidence::Grade;
use crate::report::{Cell, Column, Fact, Row, Table};
use crate::size::{Choice, ReserveDemand};
use crate::units::{Bytes, Fraction};

/// The percentage to set, and what it is for. How long a save takes is assumed, and what follows
/// from it.
///
/// * `default`: AWS's reserve, which stands where nothing raises it.
pub(super) fn facts(choice: &Choice, default: Fraction) -> Vec<Fact> {
    let reserve = &choice.memory.reserve;
    let grade = if choice.reserved > default { Grade::Assumed } else { Grade::Calculated };
    vec![
        Fact::new("reserved-memory-percent", choice.reserved.to_string(), grade),
        Fact::new(
            "A save at the horizon",
            format!("{:.0} s at {} written", reserve.save_secs, reserve.writes),
            Grade::Assumed,
        ),
        Fact::new("Copied meanwhile", reserve.copied_bytes.to_string(), Grade::Assumed),
    ]
}

/// What one shard needs besides what it stores, part by part.
pub(super) fn table(choice: &Choice) -> Table {
    let mut table = Table::new(
        "reserve-demand",
        format!(
            "What {} of maxmemory is kept free for, per shard: host memory that does not count \
             towards maxmemory",
            choice.reserved
        ),
        vec![
            Column::text("Part"),
            Column::number("Today", "bytes"),
            Column::number("Horizon", "bytes"),
        ],
    );
    let [today, horizon] = [&choice.memory_today.reserve, &choice.memory.reserve];
    let parts = |reserve: &ReserveDemand| {
        [
            ("copies of pages written during a save", reserve.copied_bytes),
            ("writes that wait for replicas being filled", reserve.replica_buffers_bytes),
            ("fragmentation", reserve.fragmentation_bytes),
        ]
    };
    let size = |bytes: Bytes| Cell::number(bytes.to_string(), bytes.float());
    for ((name, today), (_, horizon)) in parts(today).into_iter().zip(parts(horizon)) {
        table.push(Row::new(vec![Cell::text(name), size(today), size(horizon)]));
    }
    table.push(Row::chosen(vec![Cell::text("total"), size(today.total()), size(horizon.total())]));
    table
}
