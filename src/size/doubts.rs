//! Collects what to doubt about a recommendation.

use crate::catalog::{Catalog, Date, Limits, NodeType, PriceGrade};
use crate::engine::{Allocator, EngineVersion};
use crate::evidence::Grade;
use crate::measurement::AllocatorEvidence;
use crate::model::memory::{Basis, law_for, overhead};
use crate::spec::{Access, Durability, PlanSpec, Traffic};
use crate::units::{Bytes, Fraction, num};
use crate::workload::zipf_sum;

use super::constraint::Rules;
use super::response::round_trip;
use super::transfer::{Measured, UNKNOWN};
use super::{Candidate, Caveat, Choice, Outcome};

/// A price that much older than the newest of the catalog is doubted. Chosen: AWS has lowered
/// prices of whole families within two years of their introduction.
const OLD_PRICE_MONTHS: u32 = 18;
/// Law and measurement agree within this; the same bar as `model` uses for its correction.
const AGREEMENT: f64 = 0.01;
/// Residual standard error of the checkpoints beyond which memory followed no line.
const MOST_RESIDUAL: f64 = 0.003;
/// A key that takes this share of an average shard's load makes its shard stand out.
const HOT: f64 = 0.25;

/// Everything to doubt, most weighty first.
pub(super) fn doubts(
    rules: &Rules<'_>,
    catalog: &Catalog,
    candidates: &[Candidate],
    chosen: Option<(&Choice, &NodeType)>,
) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    if chosen.is_none() {
        let any_fits = candidates.iter().any(|c| matches!(c.outcome, Outcome::FitsUnpriced { .. }));
        caveats.push(if any_fits { Caveat::NothingPriced } else { Caveat::NothingFits });
    }
    of_measurement(rules, chosen, &mut caveats);
    if let Some((choice, node)) = chosen {
        of_reserve(rules, choice, node, &mut caveats);
        of_layout(rules.spec, choice, node, &mut caveats);
        of_price(choice, catalog, &mut caveats);
        let mut node_types: Vec<String> = candidates
            .iter()
            .filter(|c| matches!(c.outcome, Outcome::FitsUnpriced { .. }))
            .map(|c| c.node_type.clone())
            .collect();
        node_types.sort();
        node_types.dedup();
        if !node_types.is_empty() {
            caveats.push(Caveat::UnpricedTypes { node_types });
        }
    }
    if rules.spec.production.durability == Some(Durability::Sync) {
        caveats.push(Caveat::DurableWritesWait);
    }
    if rules.spec.production.connections.is_none() {
        caveats.push(Caveat::ConnectionsAssumed { connections: rules.spec.load.connections });
    }
    caveats
}

fn of_measurement(
    rules: &Rules<'_>,
    chosen: Option<(&Choice, &NodeType)>,
    caveats: &mut Vec<Caveat>,
) {
    let models = rules.models;
    match (models.capacity.met_at, models.capacity.missed_at) {
        (None, _) => caveats.push(Caveat::ObjectiveNeverMet),
        (Some(met_at), None) => caveats.push(Caveat::ResponseTimeLowerBound { met_at }),
        (Some(_), Some(_)) => {}
    }
    if models.cpu.is_none() {
        caveats.push(Caveat::CpuNotCollected);
    }
    if models.network.is_none() {
        caveats.push(Caveat::NetworkNotCollected);
    }
    of_transfer(rules, chosen, caveats);
    let memory = &models.memory;
    let (factor, deviation) = (memory.correction, memory.deviation);
    if (factor - 1.0).abs() > f64::EPSILON {
        caveats.push(Caveat::CorrectionUsed { factor, deviation });
    } else if deviation.abs() > AGREEMENT {
        caveats.push(Caveat::NotCorrected { deviation });
    }
    match memory.allocator_evidence {
        AllocatorEvidence::MallocStats => {}
        AllocatorEvidence::OwnKeys => {
            caveats.push(Caveat::AllocatorInferred { allocator: memory.measured.allocator });
        }
        AllocatorEvidence::InfoOnly if memory.measured.allocator == Allocator::Libc => {}
        AllocatorEvidence::InfoOnly => caveats.push(Caveat::AllocatorAssumed),
    }
    let measured = memory.measured.allocator;
    if measured != Allocator::JemallocQ8 {
        caveats.push(Caveat::OfficialBuildAssumed { measured });
    }
    if let Some(residual) = memory.fit.and_then(|fit| fit.residual)
        && residual.relative > MOST_RESIDUAL
    {
        caveats.push(Caveat::MemoryScatters { residual: residual.relative });
    }
}

/// How times were carried over to the node, or would be to any.
fn of_transfer(rules: &Rules<'_>, chosen: Option<(&Choice, &NodeType)>, caveats: &mut Vec<Caveat>) {
    let (ratio, grade) = match chosen {
        Some((choice, _)) => (choice.transfer.ratio, choice.transfer.grade),
        None if rules.measured == Measured::AnyMachine => (UNKNOWN, Grade::Assumed),
        None => return,
    };
    if grade == Grade::Assumed {
        caveats.push(Caveat::TransferAssumed { low: ratio.low, high: ratio.high });
    }
    let tls = chosen.map(|(choice, node)| rules.tls(node, choice.engine));
    if let Some(tls) = tls.filter(|tls| tls.high > 0.0) {
        caveats.push(Caveat::TlsAssumed { low: tls.low, high: tls.high });
    }
    if rules.is_private {
        let trip = round_trip(rules.spec.production.round_trip);
        caveats.push(Caveat::LoopbackResponseTime { low_us: trip.low, high_us: trip.high });
    }
}

fn of_layout(spec: &PlanSpec, choice: &Choice, node: &NodeType, caveats: &mut Vec<Caveat>) {
    let node_type = || choice.node_type.clone();
    if node.is_burstable() {
        caveats.push(Caveat::Burstable { node_type: node_type() });
    }
    if node.network_baseline_bytes_per_sec.is_none() {
        caveats.push(Caveat::BaselineNotPublished { node_type: node_type() });
    }
    let law = law_for(choice.engine);
    if law.basis == Basis::Assumed {
        caveats.push(Caveat::LawAssumed { engine: choice.engine, of: law.of });
    }
    if choice.layout.cluster_mode {
        for line in &spec.traffic {
            if line.command.keys_named() > 1 {
                caveats.push(Caveat::MultiKeyInClusterMode { line: spec.label(line) });
            }
        }
        let hot = spec.traffic.iter().filter_map(|line| hottest(spec, line));
        caveats.extend(
            hot.filter(|(_, share)| share * f64::from(choice.layout.shards) > HOT).filter_map(
                |(line, share)| Some(Caveat::HotKeys { line, share: Fraction::new(share)? }),
            ),
        );
    }
    if choice.layout.replicas == 0 {
        caveats.push(Caveat::NoReplica);
    }
}

fn of_reserve(rules: &Rules<'_>, choice: &Choice, node: &NodeType, caveats: &mut Vec<Caveat>) {
    let default = rules.limits.reserved_memory_default.value;
    if choice.reserved > default {
        caveats.push(Caveat::ReserveRaised { reserved: choice.reserved, default });
    }
    let needed = choice.memory.reserve.replica_stream_bytes;
    let limit = replica_limit(rules.limits, node, choice.engine);
    if needed >= limit {
        caveats.push(Caveat::ReplicaBufferShort { needed, limit });
    }
}

/// How much of the stream may wait for one replica before the engine disconnects it, what is in the
/// backlog included. A limit below the backlog's size counts as that size: src/networking.c:3756
/// (Redis 7.0.15), :3851 (Valkey 7.2.7), :4365 (8.0.1). Redis 6.2 has no such rule, but its backlog
/// is smaller than the limit of any node type.
fn replica_limit(limits: &Limits, node: &NodeType, engine: EngineVersion) -> Bytes {
    let limit = node.maxmemory_bytes.scale(limits.replica_output_buffer.value.get());
    limit.max(overhead::backlog_size(engine))
}

fn of_price(choice: &Choice, catalog: &Catalog, caveats: &mut Vec<Caveat>) {
    let price = &choice.bill.price;
    if let PriceGrade::Calculated { rule, .. } = &price.grade {
        caveats.push(Caveat::PriceCalculated { rule: rule.name.clone() });
    }
    match (price.reading().date, catalog.prices.newest_reading()) {
        (None, _) => caveats.push(Caveat::PriceUndated),
        (Some(date), Some(newest)) if is_old(date, newest) => {
            caveats.push(Caveat::PriceOld { date, newest });
        }
        (Some(_), _) => {}
    }
}

/// There is no clock here: the newest price of the catalog stands for today.
fn is_old(date: Date, newest: Date) -> bool {
    newest.months().saturating_sub(date.months()) > OLD_PRICE_MONTHS
}

/// The share of the whole load that the hottest key of one line takes, with the line's name;
/// `None` for lines without hot keys, or of several keys per command.
///
/// Rank 1 of a Zipf law over n keys has 1 ÷ Σ r^-s of the line's operations; hot keys share theirs
/// evenly.
pub(super) fn hottest(spec: &PlanSpec, line: &Traffic) -> Option<(String, f64)> {
    if line.command.keys_named() > 1 {
        return None;
    }
    let total: f64 = spec.traffic.iter().map(|line| line.weight).sum();
    let keys = spec.capacity.keys.get(line.class).copied().unwrap_or(1).max(1);
    let hottest = match line.access {
        Access::Uniform | Access::Sequential => return None,
        Access::Zipf(exponent) => 1.0 / zipf_sum(keys, exponent),
        Access::Hot { keys: share, traffic } => {
            traffic.get() / (num::float(keys) * share.get()).max(1.0)
        }
    };
    Some((spec.label(line), line.weight / total * hottest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::identity_cache;

    #[test]
    fn the_hottest_claim_takes_a_share_of_all_operations() {
        let spec = identity_cache();
        let (line, share) = hottest(&spec, &spec.traffic[0]).expect("a Zipf line");
        assert_eq!(line, "claims get");
        assert!((0.03..0.05).contains(&share), "{share}");
        assert_eq!(hottest(&spec, &spec.traffic[2]), None);
    }

    #[test]
    fn a_replica_may_fall_behind_by_a_tenth_of_maxmemory_or_the_backlog() {
        let catalog = Catalog::builtin();
        let mut node = catalog.node_type("cache.r7g.large").expect("listed").clone();
        let limit = |node: &NodeType| {
            replica_limit(&catalog.limits, node, EngineVersion::valkey(8, 1)).float()
        };
        assert!((limit(&node) / node.maxmemory_bytes.float() - 0.1).abs() < 1e-9);
        node.maxmemory_bytes = Bytes::from_mib(50);
        assert!((limit(&node) - Bytes::from_mib(10).float()).abs() < 1e-9);
    }

    #[test]
    fn a_price_is_old_after_eighteen_months() {
        let date = |text| Date::parse(text).expect("a date");
        assert!(is_old(date("2022-02-13"), date("2026-10-02")));
        assert!(!is_old(date("2025-04-01"), date("2026-10-02")));
        assert!(!is_old(date("2026-10-02"), date("2022-02-13")));
    }
}
