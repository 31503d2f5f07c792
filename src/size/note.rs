//! One sentence or two about how a check's figures came about.

use std::fmt::Write as _;

use crate::catalog::CpuMetric;
use crate::units::{Bytes, OpsPerSec};

use super::Resource;
use super::constraint::{Case, Need, Rules};
use super::credits::hours_until_empty;

/// What a reader has to know about one check.
pub(super) fn note(rules: &Rules<'_>, case: &Case<'_>, need: Need) -> String {
    match need.resource {
        Resource::Memory => memory(rules, case),
        Resource::Ssd => ssd(rules),
        Resource::EngineCpu => engine_cpu(rules, case),
        Resource::CpuCredits => cpu_credits(rules, case),
        Resource::Throughput => format!(
            "commands of this node against the most that AWS publishes of any{}",
            answered(case)
        ),
        Resource::ResponseTime => response_time(rules, case),
        Resource::NetworkIn | Resource::NetworkOut => network(rules, case, need),
        Resource::Packets => {
            "both ways; AWS limits packets and does not publish how many, so this \
                              is for comparing with what production has now"
                .into()
        }
        Resource::DurableWrites => "what is written to this shard, against what AWS takes of one \
                                    primary of a durable cluster"
            .into(),
        Resource::Connections => connections(rules, case),
    }
}

fn connections(rules: &Rules<'_>, case: &Case<'_>) -> String {
    let own = rules.limits.monitoring_connections.value;
    match rules.spec.production.connections {
        Some(clients) => format!(
            "{clients} of production to this shard and {own} that ElastiCache opens for itself{}",
            spread(case)
        ),
        None => format!(
            "the measurement's pool of {} and {own} that ElastiCache opens for itself; how many \
             production opens is not in the plan",
            rules.spec.load.connections
        ),
    }
}

/// Says so where several nodes of a shard share its clients.
fn spread(case: &Case<'_>) -> String {
    match case.readers {
        1 => String::new(),
        readers => format!(", spread over {readers} nodes"),
    }
}

/// Says so where several nodes of a shard answer reads.
fn answered(case: &Case<'_>) -> String {
    match case.readers {
        1 => String::new(),
        readers => format!("; all writes of the shard and its reads spread over {readers} nodes"),
    }
}

fn ssd(rules: &Rules<'_>) -> String {
    let hot = rules.spec.production.data_tiering.unwrap_or_default();
    format!(
        "values beyond the {hot} that are in use, by the plan; keys stay in memory, and a value on \
         SSD takes 300 µs longer"
    )
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
    let ratio = rules.transfer(case.node).ratio;
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
         machine{}; the upper end is compared with {limit}{}{}",
        cpu.us_per_op.value,
        cpu.us_per_op.low,
        cpu.us_per_op.high,
        ratio.low,
        ratio.high,
        with_tls(rules, case),
        answered(case),
        split(case)
    )
}

/// Says what TLS adds.
fn with_tls(rules: &Rules<'_>, case: &Case<'_>) -> String {
    if !rules.spec.production.tls {
        return String::new();
    }
    let tls = rules.tls(case.node, case.engine);
    if tls.high > 0.0 {
        format!(", {:.1} to {:.1} µs of TLS included", tls.low, tls.high)
    } else {
        ", TLS left to other cores".into()
    }
}

fn cpu_credits(rules: &Rules<'_>, case: &Case<'_>) -> String {
    let Some(credits) = case.node.cpu_credits else {
        return "no burstable type".into();
    };
    let Some(us) = rules.us_per_command(case.node, case.engine) else {
        return NO_CPU.into();
    };
    let lasts = hours_until_empty(credits, us.high * case.commands / 1e6);
    let lasts = lasts.map_or_else(
        || "at the peak it never runs out".into(),
        |hours| format!("at the peak a full balance lasts {hours:.1} h"),
    );
    format!(
        "the most that {} credits an hour and a balance of {} pay for over the day; {lasts}; other \
         processes of the host are not counted",
        credits.earned_per_hour, credits.balance_max
    )
}

const NO_CPU: &str = "the target did not tell its engine-thread time, so this was not checked";

fn response_time(rules: &Rules<'_>, case: &Case<'_>) -> String {
    let capacity = &rules.models.capacity;
    let p99 = rules.spec.objective.p99_us;
    if capacity.met_at.is_none() {
        return format!("no valid level met the objective, p99 within {p99}");
    }
    let path = rules.path(case.node, case.engine);
    let trip = if path.round_trip.high > 0.0 {
        format!(" and a round trip of {:.1} ms", path.round_trip.high / 1e3)
    } else {
        String::new()
    };
    let mut note = format!(
        "the load, between levels measured, whose p99, {:.2} times as long{trip}, is within {p99}, divided \
         by {:.2} for another machine and TLS",
        path.slowdown.high, path.slowdown.high
    );
    if capacity.busiest_share < 1.0 {
        let share = capacity.busiest_share * 100.0;
        let _ = write!(
            note,
            "; the busiest of the servers measured answered {share:.1} % of each load"
        );
    }
    if capacity.missed_at.is_none() {
        note += "; no level missed it, so this is a lower bound";
    }
    note + &answered(case) + &split(case)
}

/// Says so where cluster mode makes more commands of the same operations.
fn split(case: &Case<'_>) -> String {
    let factor = case.commands / case.served;
    if factor > 1.0 {
        format!("; clients split batches over slots, {factor:.1} commands per operation")
    } else {
        String::new()
    }
}

fn network(rules: &Rules<'_>, case: &Case<'_>, need: Need) -> String {
    if need.demand.is_none() {
        return "no operation completed, so bytes per operation are unknown".into();
    }
    if need.limit.is_none() {
        return format!("no network baseline of {} is published", case.node.name);
    }
    let load = OpsPerSec::new(case.served).unwrap_or(OpsPerSec::ZERO);
    let per_op = need.demand.map_or(0.0, |demand| demand.value) / load.per_sec().max(1.0);
    let size = Bytes::from_float(per_op);
    let replicas = match (need.resource, case.layout.replicas) {
        (Resource::NetworkOut, n) if n > 0 => format!(", writes to replicas ({n}) included"),
        _ => String::new(),
    };
    let against = match case.node.network_burst_bytes_per_sec {
        Some(burst) if rules.is_burst() => {
            format!("the burst of {burst}, best effort, which a peak this short may use")
        }
        Some(burst) => {
            format!("the baseline that lasts; bursts of up to {burst} are not counted on")
        }
        None => "the baseline that lasts".into(),
    };
    format!("{load} of {size} each with packet headers{replicas}, against {against}")
}
