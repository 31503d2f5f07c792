//! One sentence or two about how a check's figures came about.

use crate::catalog::CpuMetric;
use crate::units::{Bytes, BytesPerSec, OpsPerSec};

use super::Resource;
use super::constraint::{Case, Need, Rules};

/// What a reader has to know about one check.
pub(super) fn note(rules: &Rules<'_>, case: &Case<'_>, need: Need) -> String {
    match need.resource {
        Resource::Memory => memory(rules, case),
        Resource::EngineCpu => engine_cpu(rules, case),
        Resource::CpuCredits => cpu_credits(rules, case),
        Resource::ResponseTime => response_time(rules, case),
        Resource::NetworkIn | Resource::NetworkOut => network(case, need),
        Resource::Connections => format!(
            "the measurement's pool of {} and {} that ElastiCache opens for itself; how many \
             production opens is not in the plan",
            rules.spec.load.connections, rules.limits.monitoring_connections.value
        ),
    }
}

fn memory(rules: &Rules<'_>, case: &Case<'_>) -> String {
    let reserved = rules.reserved(case);
    let cluster = if case.layout.cluster_mode {
        format!(
            "; of the shard whose slots hold the most, by the real keys; {} of it is what cluster \
             mode adds to find the keys of a slot",
            case.memory.cluster_bytes
        )
    } else {
        String::new()
    };
    let factor = rules.models.memory.correction;
    let corrected = if (factor - 1.0).abs() > f64::EPSILON {
        format!("; keys and values times {factor:.3}, as measured")
    } else {
        String::new()
    };
    format!(
        "calculated for {} at its largest, while tables grow, with connections and replication; \
         the limit is maxmemory less {reserved} reserved{}{cluster}{corrected}",
        case.engine,
        for_writes(rules, case)
    )
}

/// What the reserve is needed for.
fn for_writes(rules: &Rules<'_>, case: &Case<'_>) -> String {
    let reserve = &case.memory.reserve;
    let needed = reserve.share_of(case.node, rules.spec.capacity.headroom);
    let default = rules.limits.reserved_memory_default.value;
    let verdict = if needed > default {
        format!("more than the default of {default}")
    } else {
        format!("which the default of {default} covers")
    };
    format!(
        ", of which the copies of a save of {:.0} s at {} written, replica buffers and \
         fragmentation need {needed} with headroom kept, {verdict}",
        reserve.save_secs, reserve.writes
    )
}

fn engine_cpu(rules: &Rules<'_>, case: &Case<'_>) -> String {
    let Some(cpu) = &rules.models.cpu else {
        return NO_CPU.into();
    };
    let ratio = rules.transfer.ratio;
    let cpu_limit = rules.limits.cpu(case.node);
    let share = cpu_limit.at_most.value;
    let limit = match cpu_limit.metric {
        CpuMetric::Engine => format!("{share} of EngineCPUUtilization"),
        CpuMetric::Host => {
            format!("{share} of CPUUtilization, taken over {} vCPUs", case.node.vcpus)
        }
    };
    format!(
        "{:.1} µs per operation measured ({:.1} to {:.1}), times {:.2} to {:.2} for another \
         machine; the upper end is compared with {limit}{}",
        cpu.us_per_op.value,
        cpu.us_per_op.low,
        cpu.us_per_op.high,
        ratio.low,
        ratio.high,
        split(case)
    )
}

fn cpu_credits(rules: &Rules<'_>, case: &Case<'_>) -> String {
    let Some(credits) = case.node.cpu_credits else {
        return "no burstable type".into();
    };
    if rules.models.cpu.is_none() {
        return NO_CPU.into();
    }
    format!(
        "the peak is taken as lasting, so credits never pay for it: {} of each of {} vCPUs; other \
         processes of the host are not counted",
        credits.baseline_per_vcpu, case.node.vcpus
    )
}

const NO_CPU: &str = "the target did not tell its engine-thread time, so this was not checked";

fn response_time(rules: &Rules<'_>, case: &Case<'_>) -> String {
    let capacity = &rules.models.capacity;
    let p99 = rules.spec.objective.p99_us;
    let Some(met_at) = capacity.met_at else {
        return format!("no valid level met the objective, p99 within {p99}");
    };
    let mut note = format!(
        "{met_at} is the highest level measured with p99 within {p99}, divided by {:.2} for \
         another machine",
        rules.transfer.ratio.high
    );
    if capacity.missed_at.is_none() {
        note += "; no level missed it, so this is a lower bound";
    }
    if rules.is_private {
        note += "; measured over loopback, without round trip and TLS";
    }
    note + &split(case)
}

/// Says so where cluster mode makes more commands of the same operations.
fn split(case: &Case<'_>) -> String {
    let factor = case.commands / case.peak;
    if factor > 1.0 {
        format!("; clients split batches over slots, {factor:.1} commands per operation")
    } else {
        String::new()
    }
}

fn network(case: &Case<'_>, need: Need) -> String {
    if need.demand.is_none() {
        return "no operation completed, so bytes per operation are unknown".into();
    }
    if need.limit.is_none() {
        return format!("no network baseline of {} is published", case.node.name);
    }
    let load = OpsPerSec::new(case.peak).unwrap_or(OpsPerSec::ZERO);
    let per_op = need.demand.map_or(0.0, |demand| demand.value) / load.per_sec().max(1.0);
    let size = Bytes::from_float(per_op);
    let replicas = match (need.resource, case.layout.replicas) {
        (Resource::NetworkOut, n) if n > 0 => format!(", writes to replicas ({n}) included"),
        _ => String::new(),
    };
    let burst =
        case.node.network_burst_bytes_per_sec.map_or(String::new(), |burst: BytesPerSec| {
            format!("; bursts of up to {burst} are not counted on")
        });
    format!(
        "{load} of {size} each with packet headers{replicas}, against the baseline that lasts{burst}"
    )
}
