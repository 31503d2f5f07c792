//! What CloudWatch says of a cache.

use std::collections::BTreeSet;

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric as Asked, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode,
};

use crate::measurement::Stamp;
use crate::metrics::{CacheFacts, Metric, Missing, Statistic, Usage};

use super::api_error::AwsError;
use super::inventory::{Deployed, Kind};
use super::session::Session;

/// Every call that a cache's metrics take, finding it among them.
pub(super) const ACTIONS: &[&str] = &[
    "elasticache:DescribeReplicationGroups",
    "elasticache:DescribeCacheClusters",
    "elasticache:DescribeServerlessCaches",
    "elasticache:DescribeCacheParameters",
    "cloudwatch:GetMetricData",
];

/// Queries of one call, at most. Source: the API reference of `GetMetricData`.
const MOST_QUERIES: usize = 500;
/// Readings of one answer, at most; the rest comes with its next token. Source: the same.
const MOST_READINGS: i32 = 100_800;
const NAMESPACE: &str = "AWS/ElastiCache";
/// How far back periods go, in days, and their seconds. Source: the CloudWatch user guide, "Metrics
/// retention".
const RETENTION: [(u64, u64); 3] = [(15, 60), (63, 300), (455, 3_600)];

/// The shortest period, in seconds, that CloudWatch still has of so many days ago.
pub fn shortest_period(days: u64) -> u64 {
    RETENTION.iter().find(|(most, _)| days <= *most).map_or(RETENTION[2].1, |(_, secs)| *secs)
}

/// What is asked of one node.
type Query<'a> = (&'a str, Metric, Statistic);

impl Session {
    /// The metrics of a cache from `start` to `end`, each period at its beginning.
    ///
    /// * `period_secs`: 60 or a multiple; `start` is rounded down to one.
    ///
    /// # Errors
    /// When AWS does not answer, or refuses.
    pub async fn usage(
        &self,
        cache: &Deployed,
        (start, end): (Stamp, Stamp),
        period_secs: u64,
    ) -> Result<Usage, AwsError> {
        let period_secs = period_secs.max(1);
        let start = Stamp { unix_secs: start.unix_secs / period_secs * period_secs };
        let mut usage = Usage::new(start, period_secs);
        usage.region = Some(self.region.clone());
        usage.cache = Some(facts(cache));
        let queries: Vec<Query<'_>> = cache
            .nodes
            .iter()
            .flat_map(|node| Metric::ALL.iter().map(move |metric| (node.as_str(), *metric)))
            .flat_map(|(node, metric)| metric.statistics().iter().map(move |s| (node, metric, *s)))
            .collect();
        for some in queries.chunks(MOST_QUERIES) {
            self.readings(cache.kind, some, (start, end), &mut usage).await?;
        }
        missing(&queries, &mut usage);
        Ok(usage)
    }

    async fn readings(
        &self,
        kind: Kind,
        queries: &[Query<'_>],
        (start, end): (Stamp, Stamp),
        usage: &mut Usage,
    ) -> Result<(), AwsError> {
        let call = self.call("cloudwatch:GetMetricData");
        let asked = queries.iter().enumerate();
        let asked = asked.map(|(at, query)| self::query(kind, at, *query, usage.period_secs));
        let mut pages = self
            .cloudwatch
            .get_metric_data()
            .set_metric_data_queries(Some(asked.collect()))
            .start_time(time(start))
            .end_time(time(end))
            .scan_by(ScanBy::TimestampAscending)
            .max_datapoints(MOST_READINGS)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| call.failed(&error))?;
            for result in page.metric_data_results() {
                let at = result.id().and_then(|id| id.strip_prefix('q')?.parse::<usize>().ok());
                if let Some(query) = at.and_then(|at| queries.get(at)) {
                    take(result, *query, usage);
                }
            }
        }
        Ok(())
    }
}

/// The readings of one result; what CloudWatch would not give is told.
fn take(result: &MetricDataResult, (node, metric, statistic): Query<'_>, usage: &mut Usage) {
    if matches!(result.status_code(), Some(StatusCode::Forbidden | StatusCode::InternalError)) {
        let said = result.messages().iter().filter_map(|message| message.value());
        let said: Vec<&str> = said.collect();
        usage.not_collected.push(Missing {
            what: format!("{} of {node}", metric.name()),
            why: if said.is_empty() { "CloudWatch refused it".into() } else { said.join("; ") },
        });
    }
    for (at, value) in result.timestamps().iter().zip(result.values()) {
        if let Ok(unix_secs) = u64::try_from(at.secs()) {
            usage.add(node, (metric, statistic), Stamp { unix_secs }, *value);
        }
    }
}

/// Metrics of which no node has anything.
fn missing(queries: &[Query<'_>], usage: &mut Usage) {
    let asked: BTreeSet<Metric> = queries.iter().map(|(_, metric, _)| *metric).collect();
    let series = usage.nodes.iter().flat_map(|node| &node.series);
    let found: BTreeSet<Metric> = series.map(|series| series.metric).collect();
    let none = asked.difference(&found).map(|metric| Missing {
        what: metric.name().into(),
        why: "CloudWatch has no values of it".into(),
    });
    usage.not_collected.extend(none.collect::<Vec<_>>());
}

fn query(
    kind: Kind,
    at: usize,
    (node, metric, statistic): Query<'_>,
    period: u64,
) -> MetricDataQuery {
    // Serverless caches have a dimension of their own.
    let name = if kind == Kind::Serverless { "clusterId" } else { "CacheClusterId" };
    let of = Asked::builder()
        .namespace(NAMESPACE)
        .metric_name(metric.name())
        .dimensions(Dimension::builder().name(name).value(node).build())
        .build();
    let period = i32::try_from(period).unwrap_or(i32::MAX);
    let stat = MetricStat::builder().metric(of).period(period).stat(statistic.name()).build();
    MetricDataQuery::builder().id(format!("q{at}")).metric_stat(stat).build()
}

fn time(at: Stamp) -> DateTime {
    DateTime::from_secs(i64::try_from(at.unix_secs).unwrap_or(i64::MAX))
}

/// What of the inventory goes into a metrics file.
fn facts(cache: &Deployed) -> CacheFacts {
    let kind = match cache.kind {
        Kind::ReplicationGroup => "replication-group",
        Kind::Cluster => "cluster",
        Kind::Serverless => "serverless",
    };
    CacheFacts {
        id: cache.id.clone(),
        kind: kind.into(),
        engine: cache.engine.clone(),
        version: cache.version.clone(),
        node_type: cache.node_type.clone(),
        shards: cache.shards,
        replicas: cache.replicas,
        cluster_mode: cache.cluster_mode,
        tls: cache.tls,
        reserved_memory_percent: cache.reserved_memory_percent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_those_that_are_kept() {
        for (days, secs) in [(1, 60), (15, 60), (16, 300), (63, 300), (64, 3_600), (455, 3_600)] {
            assert_eq!(shortest_period(days), secs, "{days}");
        }
    }
}
