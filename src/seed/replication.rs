//! What seeding adds to the memory of a primary besides its keys: the stream that its replicas follow.

use crate::engine::EngineVersion;
use crate::measurement::Info;
use crate::model::memory::overhead;
use crate::spec::PlanSpec;
use crate::units::{Bytes, num};
use crate::workload::Extent;

use super::part::Part;

/// Bytes of a writing command beside its key and value: its name, lengths, line ends, a lifetime.
/// SET and PXAT with 13 digits come to 68, without lifetime to 34.
const AROUND: f64 = 50.0;

/// How much the replication backlog of a primary will grow while the plan's keys are written to it;
/// nothing without replicas, and where the backlog is one block from the start (Redis up to 6.2).
///
/// * `info`: everything the primary tells, before the first key.
pub(super) fn backlog_growth(
    info: &Info,
    engine: EngineVersion,
    spec: &PlanSpec,
    part: Part<'_>,
) -> Bytes {
    let has_replicas = info.count("connected_slaves").is_some_and(|n| n > 0);
    let (size, filled) = (info.bytes("repl_backlog_size"), info.bytes("repl_backlog_histlen"));
    match (size, filled) {
        (Some(size), Some(filled)) if has_replicas => {
            let after = (filled + stream(spec, part)).min(size);
            let taken = |n| overhead::backlog_filled(engine, n);
            taken(after).saturating_sub(taken(filled))
        }
        _ => Bytes::ZERO,
    }
}

/// Bytes that writing a server's keys takes on the wire, roughly.
fn stream(spec: &PlanSpec, part: Part<'_>) -> Bytes {
    let of_class = |class: &crate::spec::Class| {
        let (n, lens) = (0..class.keys)
            .filter(|n| part.owns(&class.key, *n))
            .fold((0_u64, 0_u64), |(keys, lens), n| {
                (keys + 1, lens + num::count(class.key.len(n)))
            });
        num::float(lens) + num::float(n) * (Extent::of(class).mean_bytes + AROUND)
    };
    Bytes::from_float(spec.classes.iter().map(of_class).sum())
}
