//! The metrics file.

use serde::{Deserialize, Serialize};

use crate::engine::EngineVersion;
use crate::measurement::Stamp;

use super::export::{self, MetricsError};
use super::metric::{Metric, Statistic};

/// What a metrics file is called in itself.
const KIND: &str = "cachefit-metrics";
/// Of its shape; raised where readers have to change.
const VERSION: u32 = 1;

/// A cache and how it was used. Holds no secret and no key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// `cachefit-metrics`.
    kind: String,
    /// Of the shape.
    version: u32,
    /// As in `eu-west-1`. `None`: not told.
    pub region: Option<String>,
    /// What it is. `None`: not told, as in what the AWS command line exports.
    pub cache: Option<CacheFacts>,
    /// Where the first period begins.
    pub start: Stamp,
    /// Length of a period; at least 1.
    pub period_secs: u64,
    /// Nodes, by name; of a serverless cache, the cache itself.
    pub nodes: Vec<NodeUsage>,
    /// What was asked for and is not there.
    pub not_collected: Vec<Missing>,
}

/// What the inventory says. `None`: not told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CacheFacts {
    /// Its identifier.
    pub id: String,
    /// As in `replication-group`, `cluster` or `serverless`.
    pub kind: String,
    /// As in `valkey`.
    pub engine: Option<String>,
    /// As in `8.0.1`.
    pub version: Option<String>,
    /// As in `cache.r7g.large`.
    pub node_type: Option<String>,
    /// Node groups.
    pub shards: Option<u32>,
    /// Of each.
    pub replicas: Option<u32>,
    /// Whether keys are spread by slots.
    pub cluster_mode: Option<bool>,
    /// Whether connections are encrypted.
    pub tls: Option<bool>,
    /// `reserved-memory-percent` of its parameter group.
    pub reserved_memory_percent: Option<u32>,
}

/// The metrics of one node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeUsage {
    /// `CacheClusterId`; empty where only one node was exported and not named.
    pub id: String,
    /// At most one of each metric and statistic.
    pub series: Vec<Series>,
}

/// One statistic of one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Of what.
    pub metric: Metric,
    /// How.
    pub statistic: Statistic,
    /// Of each period from the start on; null where CloudWatch has none.
    pub values: Vec<Option<f64>>,
}

/// What was asked for and is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

impl Usage {
    /// An empty one on a grid of periods.
    pub fn new(start: Stamp, period_secs: u64) -> Self {
        Self {
            kind: KIND.into(),
            version: VERSION,
            region: None,
            cache: None,
            start,
            period_secs: period_secs.max(1),
            nodes: Vec::new(),
            not_collected: Vec::new(),
        }
    }

    /// Reads a metrics file, or what `aws cloudwatch get-metric-data --output json` prints.
    ///
    /// # Errors
    /// When it is neither, or cannot be used.
    pub fn read(text: &str) -> Result<Self, MetricsError> {
        let json: serde_json::Value = serde_json::from_str(text).map_err(MetricsError::NotJson)?;
        if json.get("MetricDataResults").is_some() {
            return export::read(&json);
        }
        if json.get("kind").and_then(serde_json::Value::as_str) != Some(KIND) {
            return Err(MetricsError::OtherKind);
        }
        match json.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            other => return Err(MetricsError::OtherVersion(other)),
        }
        let usage: Self = serde_json::from_value(json).map_err(MetricsError::NotJson)?;
        if usage.period_secs == 0 {
            return Err(MetricsError::NoPeriod);
        }
        Ok(usage)
    }

    /// Takes in a reading; one before the start is left out.
    pub fn add(&mut self, node: &str, of: (Metric, Statistic), at: Stamp, value: f64) {
        let Some(secs) = at.unix_secs.checked_sub(self.start.unix_secs) else { return };
        let Ok(slot) = usize::try_from(secs / self.period_secs) else { return };
        if !value.is_finite() || slot >= MOST_SLOTS {
            return;
        }
        let values = &mut self.series_of(node, of).values;
        if values.len() <= slot {
            values.resize(slot + 1, None);
        }
        values[slot] = Some(value);
    }

    /// The series of a node, which begins with this where there was none.
    fn series_of(&mut self, node: &str, (metric, statistic): (Metric, Statistic)) -> &mut Series {
        let at = self.nodes.iter().position(|known| known.id == node).unwrap_or_else(|| {
            self.nodes.push(NodeUsage { id: node.to_owned(), series: Vec::new() });
            self.nodes.len() - 1
        });
        let series = &mut self.nodes[at].series;
        let is_it = |one: &Series| (one.metric, one.statistic) == (metric, statistic);
        let place = series.iter().position(is_it).unwrap_or_else(|| {
            series.push(Series { metric, statistic, values: Vec::new() });
            series.len() - 1
        });
        &mut series[place]
    }

    /// The engine that it ran; `None` where that was not told, or is none of Redis and Valkey.
    pub fn engine(&self) -> Option<EngineVersion> {
        let cache = self.cache.as_ref()?;
        EngineVersion::parse(&format!("{}-{}", cache.engine.as_ref()?, cache.version.as_ref()?))
    }
}

/// Periods of a file at most: 455 days, as long as CloudWatch keeps anything, of minutes.
const MOST_SLOTS: usize = 455 * 24 * 60;
