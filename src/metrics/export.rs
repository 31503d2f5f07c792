//! What `aws cloudwatch get-metric-data --output json` prints.

use serde_json::Value;

use crate::measurement::Stamp;

use super::metric::{Metric, Statistic};
use super::usage::Usage;

/// Why metrics cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// Not JSON, or not of the shape.
    #[error("it is not a metrics file: {0}")]
    NotJson(serde_json::Error),
    /// JSON of something else.
    #[error("it is neither a metrics file nor an export with `MetricDataResults`")]
    OtherKind,
    /// Of another version of the program.
    #[error("it is of version {}, and this program reads 1", .0.map_or("none".into(), |v| v.to_string()))]
    OtherVersion(Option<u64>),
    /// A grid without steps.
    #[error("its period is 0 s")]
    NoPeriod,
    /// Results of an export that say of nothing what they are.
    #[error("no result names a metric in its `Label` or `Id`: {}", .0.join(", "))]
    NoMetric(Vec<String>),
    /// A result that has not as many values as times.
    #[error("`{0}` has not as many values as timestamps, or some that cannot be read")]
    Uneven(String),
    /// What is needed in any case is missing.
    #[error("it has no {0}")]
    Lacks(&'static str),
    /// Primaries cannot be told from replicas.
    #[error("it has {0} nodes and no IsMaster, so that primaries cannot be told from replicas")]
    NoRoles(usize),
}

impl MetricsError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::NotJson(_) | Self::OtherKind | Self::OtherVersion(_) | Self::NoPeriod => {
                "`cachefit aws metrics ID --out FILE` writes one; an export is that of `aws cloudwatch \
                 get-metric-data --output json`"
            }
            Self::NoMetric(_) => {
                "label each query with metric, statistic and node, as in \"CurrItems Average \
                 orders-0001-001\""
            }
            Self::Uneven(_) => "export it again",
            Self::Lacks(_) | Self::NoRoles(_) => {
                "add that metric to the export, or use `cachefit aws metrics`, which asks for all"
            }
        }
    }
}

/// One result: what, of which node, and its readings.
struct Found {
    node: String,
    of: (Metric, Statistic),
    readings: Vec<(Stamp, f64)>,
}

/// An export. What a result is, is read off its label, or else its id: a metric's name, a statistic, and
/// a node, in any order. Without a statistic counts are taken for sums, levels for means.
pub(super) fn read(json: &Value) -> Result<Usage, MetricsError> {
    let results = json["MetricDataResults"].as_array().map_or(&[][..], Vec::as_slice);
    let mut unnamed = Vec::new();
    let mut found: Vec<Found> = Vec::new();
    for result in results {
        let text = |key: &str| result[key].as_str().unwrap_or_default();
        let (label, id) = (text("Label"), text("Id"));
        let Some((node, of)) =
            meaning(label, &[' ', ',', ':', '/']).or_else(|| meaning(id, &['_']))
        else {
            unnamed.push(if label.is_empty() { id } else { label }.to_owned());
            continue;
        };
        let readings = readings(result).ok_or_else(|| MetricsError::Uneven(label.to_owned()))?;
        found.push(Found { node, of, readings });
    }
    if found.is_empty() {
        return Err(MetricsError::NoMetric(unnamed));
    }
    let times = || found.iter().flat_map(|one| &one.readings).map(|(at, _)| at.unix_secs);
    let start = times().min().ok_or(MetricsError::Lacks("values"))?;
    let mut usage = Usage::new(Stamp { unix_secs: start }, period(&found));
    for Found { node, of, readings } in &found {
        for (at, value) in readings {
            usage.add(node, *of, *at, *value);
        }
    }
    Ok(usage)
}

/// Metric, statistic and node of a label.
fn meaning(label: &str, separators: &[char]) -> Option<(String, (Metric, Statistic))> {
    let (mut metric, mut statistic, mut node) = (None, None, String::new());
    for word in label.split(separators).filter(|word| !word.is_empty()) {
        match (Metric::named(word), Statistic::named(word)) {
            (Some(named), _) if metric.is_none() => metric = Some(named),
            (_, Some(named)) if statistic.is_none() => statistic = Some(named),
            // CacheNodeId, which is the same of every node.
            _ if word == "0001" => {}
            _ => node.push_str(word),
        }
    }
    let metric = metric?;
    Some((node, (metric, statistic.unwrap_or(metric.statistics()[0]))))
}

fn readings(result: &Value) -> Option<Vec<(Stamp, f64)>> {
    let list = |key: &str| result[key].as_array().map_or(&[][..], Vec::as_slice);
    let (times, values) = (list("Timestamps"), list("Values"));
    if times.len() != values.len() {
        return None;
    }
    let one = |(at, value): (&Value, &Value)| {
        let at = match at {
            Value::String(text) => Stamp::parse(text)?,
            other => Stamp { unix_secs: crate::units::num::round(other.as_f64()?) },
        };
        Some((at, value.as_f64()?))
    };
    times.iter().zip(values).map(one).collect()
}

/// The shortest time between two readings of one result; a minute where there is none.
fn period(found: &[Found]) -> u64 {
    let steps = found.iter().flat_map(|one| {
        let mut times: Vec<u64> = one.readings.iter().map(|(at, _)| at.unix_secs).collect();
        times.sort_unstable();
        let steps: Vec<u64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        steps
    });
    steps.filter(|step| *step > 0).min().unwrap_or(60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_ids_say_what_a_result_is() {
        let check = |label: &str, expected: Option<(&str, Metric, Statistic)>| {
            let found = meaning(label, &[' ', ',', ':', '/', '_']);
            let found = found.as_ref().map(|(node, (m, s))| (node.as_str(), *m, *s));
            assert_eq!(found, expected, "{label}");
        };
        check("CurrItems", Some(("", Metric::CurrItems, Statistic::Average)));
        check("CacheHits", Some(("", Metric::CacheHits, Statistic::Sum)));
        check(
            "orders-0001-001 0001 EngineCPUUtilization Maximum",
            Some(("orders-0001-001", Metric::EngineCPUUtilization, Statistic::Maximum)),
        );
        check("currItems_max_a-001", Some(("a-001", Metric::CurrItems, Statistic::Maximum)));
        check("m1", None);
    }

    #[test]
    fn an_export_is_put_on_its_grid() {
        let text = r#"{"MetricDataResults": [
            {"Id": "a", "Label": "CurrItems Average", "StatusCode": "Complete",
             "Timestamps": ["2026-10-01T12:02:00+00:00", "2026-10-01T12:00:00Z"], "Values": [7, 5.0]},
            {"Id": "getTypeCmds_sum", "Label": "x", "Timestamps": [1790856060], "Values": [30]}
        ], "Messages": []}"#;
        let usage = Usage::read(text).unwrap();
        assert_eq!(
            (usage.start.to_string().as_str(), usage.period_secs),
            ("2026-10-01T12:00:00Z", 120)
        );
        let series = &usage.nodes[0].series;
        assert_eq!(series[0].values, [Some(5.0), Some(7.0)]);
        assert_eq!((series[1].metric, series[1].statistic), (Metric::GetTypeCmds, Statistic::Sum));
        let back = Usage::read(&serde_json::to_string(&usage).unwrap()).unwrap();
        assert_eq!(back, usage);
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        let error = |text: &str| Usage::read(text).unwrap_err().to_string();
        assert!(error("{").starts_with("it is not a metrics file: EOF"));
        assert!(error("{\"kind\": \"x\"}").starts_with("it is neither"));
        assert!(error("{\"kind\": \"cachefit-metrics\", \"version\": 9}").contains("version 9"));
        assert!(error(r#"{"MetricDataResults": [{"Id": "m1", "Label": "p"}]}"#).ends_with(": p"));
        let uneven = r#"{"MetricDataResults": [{"Id": "m1", "Label": "CurrItems", "Timestamps": [1], "Values": []}]}"#;
        assert!(error(uneven).starts_with("`CurrItems` has not as many"));
    }
}
