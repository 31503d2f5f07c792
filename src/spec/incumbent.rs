//! The layout that runs today. Reads `[incumbent]`.

use serde::{Deserialize, Serialize};

use crate::engine::EngineVersion;

use super::observed::{Observed, observed};
use super::reader::Table;

/// What runs today.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incumbent {
    /// As in `cache.r7g.large`.
    pub node_type: String,
    /// What it runs.
    pub engine: EngineVersion,
    /// Shards; one or more.
    pub shards: u32,
    /// Replicas of each.
    pub replicas: u32,
    /// Whether cluster mode is enabled.
    pub cluster_mode: bool,
    /// The reservation that pays for its nodes. `None`: on demand.
    pub reserved: Option<Reservation>,
    /// What monitoring says of it; nothing where it was not given.
    #[serde(default)]
    pub observed: Observed,
}

/// A reservation of all its nodes that runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Term and payment.
    pub purchase: ReservedAs,
    /// Months until its term ends; one or more.
    pub months_left: u32,
}

/// Term and payment of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReservedAs {
    /// One year, paid by the hour.
    #[serde(rename = "1y-no-upfront")]
    OneYearNoUpfront,
    /// One year, about half paid at once.
    #[serde(rename = "1y-partial-upfront")]
    OneYearPartialUpfront,
    /// One year, paid at once.
    #[serde(rename = "1y-all-upfront")]
    OneYearAllUpfront,
    /// Three years, paid by the hour.
    #[serde(rename = "3y-no-upfront")]
    ThreeYearsNoUpfront,
    /// Three years, about half paid at once.
    #[serde(rename = "3y-partial-upfront")]
    ThreeYearsPartialUpfront,
    /// Three years, paid at once.
    #[serde(rename = "3y-all-upfront")]
    ThreeYearsAllUpfront,
}

impl ReservedAs {
    /// As the workload file spells them.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("1y-no-upfront", Self::OneYearNoUpfront),
        ("1y-partial-upfront", Self::OneYearPartialUpfront),
        ("1y-all-upfront", Self::OneYearAllUpfront),
        ("3y-no-upfront", Self::ThreeYearsNoUpfront),
        ("3y-partial-upfront", Self::ThreeYearsPartialUpfront),
        ("3y-all-upfront", Self::ThreeYearsAllUpfront),
    ];

    /// Its spelling.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, known)| *known == self).map_or("", |(word, _)| word)
    }

    /// Months of its term.
    pub const fn term_months(self) -> u32 {
        match self {
            Self::OneYearNoUpfront | Self::OneYearPartialUpfront | Self::OneYearAllUpfront => 12,
            Self::ThreeYearsNoUpfront
            | Self::ThreeYearsPartialUpfront
            | Self::ThreeYearsAllUpfront => 36,
        }
    }
}

pub(super) fn incumbent(table: &Table<'_, '_>) -> Option<Incumbent> {
    let node_type = table.require("node_type", "\"cache.r6g.large\"").and_then(|value| {
        let text = table.text("node_type", value)?;
        let named = text.strip_prefix("cache.").and_then(|rest| rest.split_once('.'));
        if named.is_none_or(|(family, size)| family.is_empty() || size.is_empty()) {
            let suggestion =
                (!text.starts_with("cache.")).then(|| format!("write \"cache.{text}\""));
            table.reader().problem(
                &value.span(),
                format!("`node_type` cannot be `{text}`: it is a name like \"cache.r6g.large\""),
                suggestion,
            );
            return None;
        }
        Some(text.to_owned())
    });
    let engine = table.require("engine", "\"redis-7.1\"").and_then(|value| {
        let offered = EngineVersion::ON_ELASTICACHE.map(|engine| (engine.to_string(), engine));
        let words: Vec<(&str, EngineVersion)> =
            offered.iter().map(|(name, engine)| (name.as_str(), *engine)).collect();
        table.word("engine", value, &words)
    });
    let shards = match table.get("shards") {
        None => Some(1),
        Some(value) => table.small_count("shards", value, 1),
    };
    let replicas = table.require("replicas", "1").and_then(|value| {
        table.small_count("replicas", value, 0).filter(|n| {
            let fits = *n <= 5;
            if !fits {
                table.problem(&value.span(), "ElastiCache allows at most 5 replicas per shard");
            }
            fits
        })
    });
    let cluster_mode = match table.get("cluster_mode") {
        None => shards.map(|n| n > 1),
        Some(value) => {
            let mode = table.word("cluster_mode", value, &[("enabled", true), ("disabled", false)]);
            let fits = mode != Some(false) || shards.is_none_or(|n| n == 1);
            if !fits {
                table.problem(&value.span(), "several shards need `cluster_mode` \"enabled\"");
            }
            mode.filter(|_| fits)
        }
    };
    let reserved = match table.get("reserved") {
        None => Some(None),
        Some(value) => {
            let inner = table.reader().table("reserved", value)?;
            let read = reservation(&inner);
            inner.finish();
            read.map(Some)
        }
    };
    let observed = match table.get("observed") {
        None => Some(Observed::default()),
        Some(value) => {
            let inner = table.reader().table("observed", value)?;
            let read = observed(&inner);
            inner.finish();
            read
        }
    };
    Some(Incumbent {
        node_type: node_type?,
        engine: engine?,
        shards: shards?,
        replicas: replicas?,
        cluster_mode: cluster_mode?,
        reserved: reserved?,
        observed: observed?,
    })
}

fn reservation(table: &Table<'_, '_>) -> Option<Reservation> {
    let purchase = table
        .require("purchase", "\"1y-no-upfront\"")
        .and_then(|value| table.word("purchase", value, &ReservedAs::WORDS));
    let left = table.require("months_left", "7").and_then(|value| {
        let months = table.small_count("months_left", value, 1)?;
        Some((months, value.span()))
    });
    let (purchase, (months_left, span)) = (purchase?, left?);
    let term = purchase.term_months();
    if months_left > term {
        let word = purchase.word();
        table.problem(&span, format!("`{word}` runs {term} months, not {months_left}"));
        return None;
    }
    Some(Reservation { purchase, months_left })
}

#[cfg(test)]
#[path = "tests/incumbent.rs"]
mod tests;
