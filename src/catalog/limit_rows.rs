//! limits.csv while it is read: rows by name, and the places of those that turn out wrong.

use std::collections::{BTreeMap, BTreeSet};

use crate::units::{Bytes, Fraction, OpsPerSec, num};

use super::limits::{Limit, LimitUnit, LimitValue, Limits, Sourced};
use super::price::Rule;
use super::problem::{Problem, ProblemKind};
use super::table::{Row, Table, decimal, named};

/// The rows, by name, and where to note what is wrong with them.
pub(super) struct LimitRows<'t, 'p> {
    table: &'t Table<'t>,
    rows: BTreeMap<String, (Row<'t>, Limit)>,
    names: BTreeSet<String>, // of rows that are there, right or wrong
    problems: &'p mut Vec<Problem>,
}

impl<'t, 'p> LimitRows<'t, 'p> {
    pub(super) fn read(
        table: &'t Table<'t>,
        sources: &BTreeSet<String>,
        problems: &'p mut Vec<Problem>,
    ) -> Self {
        let mut rows = BTreeMap::new();
        for row in table.rows() {
            let mut cells = row.cells(problems);
            let name = cells.text("name");
            let unit = cells.read("unit", "a unit of limits.csv", named);
            let value = match unit {
                Some(LimitUnit::Text) | None => cells.text("value").map(LimitValue::Text),
                Some(_) => {
                    cells.read("value", "a number, zero or above", decimal).map(LimitValue::Number)
                }
            };
            let kind = cells.read("kind", "a kind of limit", named);
            let applies_to = cells.optional_text("applies_to");
            let source = cells.sources(sources);
            if let (Some(name), Some(value), Some(unit)) = (name, value, unit)
                && let (Some(kind), Some(source)) = (kind, source)
            {
                rows.insert(name, (row, Limit { value, unit, kind, applies_to, source }));
            }
        }
        table.refuse_duplicates(&["name"], problems);
        Self { table, rows, names: table.values("name"), problems }
    }

    /// All fields, or `None` when a row is missing, in another unit, or out of range.
    pub(super) fn finish(mut self) -> Option<Limits> {
        // Every field is read before any of them can end this, so that all problems are noted.
        let reserved_default = self.percent("reserved_memory_percent_default");
        let small = self.percent("reserved_memory_percent_recommended_small_burstable");
        let micro = self.percent("reserved_memory_percent_recommended_micro_burstable");
        let tiering = self.percent("reserved_memory_percent_recommended_data_tiering_write_heavy");
        let cluster_quota = self.count("nodes_per_cluster_default_quota", LimitUnit::Nodes);
        let cluster_max = self.count("nodes_per_cluster_max", LimitUnit::Nodes);
        let region_quota = self.count("nodes_per_region_quota", LimitUnit::Nodes);
        let replicas = self.count("replicas_per_shard_max", LimitUnit::Replicas);
        let monitoring =
            self.count("monitoring_connections_used_by_elasticache", LimitUnit::Connections);
        let serverless_clients = self.count("maxclients_serverless", LimitUnit::Connections);
        let output_buffer = self.percent("replica_output_buffer_percent");
        let sizing_action = self.percent("threshold_engine_cpu_sizing_action");
        let warn = self.percent("threshold_memory_warn");
        let critical = self.percent("threshold_memory_critical");
        let plan = self.percent("threshold_memory_plan");
        let claim = self.rate("throughput_claim_redis_7_1", LimitUnit::OpsPerSec);
        let graviton3 = self.percent("throughput_claim_graviton3");
        let graviton4 = self.percent("throughput_claim_graviton4");
        let durable_writes = self.number("durability_write_cap", LimitUnit::MibPerSec);
        let durable_families = self.words("durability_families");
        let data_max = self.size("serverless_max_data", LimitUnit::Gib);
        let ecpu_max = self.rate("serverless_max_ecpu_per_second", LimitUnit::EcpuPerSec);
        let ecpu_instant =
            self.rate("serverless_instant_capacity_empty_cache", LimitUnit::EcpuPerSec);
        let engine_cpu = self.percent("threshold_engine_cpu");
        let host_cpu =
            self.share("threshold_host_cpu_small_nodes", LimitUnit::PercentDividedByVcpus);
        let backlog_older = self.size("repl_backlog_size_default", LimitUnit::Bytes);
        let backlog_valkey_8 = self.size("repl_backlog_size_default_valkey_8", LimitUnit::Bytes);
        Some(Limits {
            reserved_memory_default: reserved_default?,
            reserved_memory_small_burstable: small?,
            reserved_memory_micro_burstable: micro?,
            reserved_memory_data_tiering: tiering?,
            nodes_per_cluster_default_quota: cluster_quota?,
            nodes_per_cluster_max: cluster_max?,
            nodes_per_region_quota: region_quota?,
            replicas_per_shard_max: replicas?,
            monitoring_connections: monitoring?,
            replica_output_buffer: output_buffer?,
            engine_cpu_sizing_action: sizing_action?,
            memory_warn: warn?,
            memory_critical: critical?,
            memory_plan: plan?,
            node_throughput_claim: claim?,
            graviton3_gain_claim: graviton3?,
            graviton4_gain_claim: graviton4?,
            durable_writes: durable_writes?,
            durable_families: durable_families?,
            serverless_data_max: data_max?,
            serverless_ecpu_per_sec_max: ecpu_max?,
            serverless_ecpu_per_sec_instant: ecpu_instant?,
            serverless_maxclients: serverless_clients?,
            engine_cpu: engine_cpu?,
            host_cpu_of_one_vcpu: host_cpu?,
            repl_backlog_older: backlog_older?,
            repl_backlog_valkey_8: backlog_valkey_8?,
            rows: self.rows.into_iter().map(|(name, (_, limit))| (name, limit)).collect(),
        })
    }

    /// A ratio that fills in missing prices; `complement`: the row holds the discount instead.
    pub(super) fn rule(&mut self, name: &str, complement: bool) -> Option<Rule> {
        let Sourced { value, source, .. } = self.number(name, LimitUnit::Percent)?;
        let whole = (0..=100).find(|&percent: &u8| f64::from(percent).total_cmp(&value).is_eq());
        let Some(percent) = whole else {
            self.refuse_value(name, "a whole percentage from 0 to 100");
            return None;
        };
        let percent = if complement { 100 - percent } else { percent };
        Some(Rule { name: name.to_owned(), percent, source })
    }

    fn percent(&mut self, name: &str) -> Option<Sourced<Fraction>> {
        self.share(name, LimitUnit::Percent)
    }

    fn share(&mut self, name: &str, unit: LimitUnit) -> Option<Sourced<Fraction>> {
        let number = self.number(name, unit)?;
        self.checked(name, number, "a percentage from 0 to 100", |x| Fraction::new(x / 100.0))
    }

    fn count(&mut self, name: &str, unit: LimitUnit) -> Option<Sourced<u32>> {
        let number = self.number(name, unit)?;
        self.checked(name, number, "a whole number", |x| {
            let count = u32::try_from(num::round(x)).ok()?;
            f64::from(count).total_cmp(&x).is_eq().then_some(count)
        })
    }

    fn size(&mut self, name: &str, unit: LimitUnit) -> Option<Sourced<Bytes>> {
        let one = if unit == LimitUnit::Gib { Bytes::from_gib(1) } else { Bytes::new(1) };
        let number = self.number(name, unit)?;
        self.checked(name, number, "a size", |x| Some(one.scale(x)))
    }

    fn rate(&mut self, name: &str, unit: LimitUnit) -> Option<Sourced<OpsPerSec>> {
        let number = self.number(name, unit)?;
        self.checked(name, number, "a rate", OpsPerSec::new)
    }

    fn number(&mut self, name: &str, expected: LimitUnit) -> Option<Sourced<f64>> {
        self.value(name, expected, |value| match value {
            LimitValue::Number(value) => Some(*value),
            LimitValue::Text(_) => None,
        })
    }

    /// Words with spaces between them.
    fn words(&mut self, name: &str) -> Option<Sourced<Vec<String>>> {
        self.value(name, LimitUnit::Text, |value| match value {
            LimitValue::Text(text) => Some(text.split_whitespace().map(str::to_owned).collect()),
            LimitValue::Number(_) => None,
        })
    }

    fn value<T>(
        &mut self,
        name: &str,
        expected: LimitUnit,
        read: impl FnOnce(&LimitValue) -> Option<T>,
    ) -> Option<Sourced<T>> {
        let Some((row, limit)) = self.rows.get(name) else {
            if !self.names.contains(name) {
                self.problems.push(self.table.missing_row(name.to_owned()));
            }
            return None; // a row that is there but wrong was noted when it was read
        };
        let value = read(&limit.value).filter(|_| limit.unit == expected);
        if value.is_none() {
            let kind = ProblemKind::WrongUnit {
                name: name.to_owned(),
                found: unit_name(limit.unit),
                expected: unit_name(expected),
            };
            self.problems.push(row.problem("unit", kind));
        }
        value.map(|value| Sourced { value, kind: limit.kind, source: limit.source.clone() })
    }

    fn checked<T>(
        &mut self,
        name: &str,
        number: Sourced<f64>,
        expected: &'static str,
        check: impl FnOnce(f64) -> Option<T>,
    ) -> Option<Sourced<T>> {
        let Sourced { value, kind, source } = number;
        let value = check(value);
        if value.is_none() {
            self.refuse_value(name, expected);
        }
        Some(Sourced { value: value?, kind, source })
    }

    fn refuse_value(&mut self, name: &str, expected: &'static str) {
        if let Some((row, limit)) = self.rows.get(name) {
            let text = match &limit.value {
                LimitValue::Number(number) => number.to_string(),
                LimitValue::Text(text) => text.clone(),
            };
            self.problems.push(row.problem("value", ProblemKind::Invalid { text, expected }));
        }
    }
}

/// The unit as limits.csv writes it.
fn unit_name(unit: LimitUnit) -> String {
    match serde_json::to_value(unit) {
        Ok(serde_json::Value::String(name)) => name,
        _ => unreachable!("a unit serialises as its name"),
    }
}
