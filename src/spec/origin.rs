//! Reads `[origin]`: what a read costs that the cache does not answer.

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::DeValue;

use crate::units::{Fraction, Micros, OpsPerSec, Usd, num};

use super::reader::Table;

/// Where the application gets what the cache does not have: a database, a service. That a plan has one
/// means that misses are acceptable.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Origin {
    /// What one read of it takes; `None` when not given.
    pub latency_us: Option<Micros>,
    /// What a million reads of it cost; `None` when not given.
    #[serde(rename = "cost_per_million_nano_usd")]
    pub cost_per_million: Option<Usd>,
    /// Reads per second that it bears; `None` when not given.
    pub capacity: Option<OpsPerSec>,
    /// The least share of reads that the cache has to answer; `None` for any.
    pub min_hit_ratio: Option<Fraction>,
    /// What the cache does when memory is full.
    #[serde(default)]
    pub maxmemory_policy: MaxmemoryPolicy,
}

/// What an engine does when memory is full; those whose hit ratio this program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaxmemoryPolicy {
    /// Evicts keys with a time to live, the least recently used first: ElastiCache's default.
    #[default]
    VolatileLru,
    /// Evicts any keys, the least recently used first.
    AllkeysLru,
    /// Refuses writes.
    #[serde(rename = "noeviction")]
    NoEviction,
}

impl MaxmemoryPolicy {
    /// As engines spell it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::VolatileLru => "volatile-lru",
            Self::AllkeysLru => "allkeys-lru",
            Self::NoEviction => "noeviction",
        }
    }
}

/// `[origin]`; every key may be left out.
pub(super) fn origin(table: &Table<'_, '_>) -> Option<Origin> {
    let mut origin = Origin::default();
    // Every key is read before any problem ends this, so that all of them are noted.
    let mut is_sound = true;
    if let Some(value) = table.get("latency") {
        origin.latency_us = table.quantity("latency", value).map(|(latency, _)| latency);
        is_sound &= origin.latency_us.is_some();
    }
    if let Some(value) = table.get("cost_per_million") {
        origin.cost_per_million = cost(table, value);
        is_sound &= origin.cost_per_million.is_some();
    }
    if let Some(value) = table.get("capacity") {
        origin.capacity = capacity(table, value);
        is_sound &= origin.capacity.is_some();
    }
    if let Some(value) = table.get("min_hit_ratio") {
        origin.min_hit_ratio = table.quantity("min_hit_ratio", value).map(|(ratio, _)| ratio);
        is_sound &= origin.min_hit_ratio.is_some();
    }
    if let Some(value) = table.get("maxmemory_policy") {
        use MaxmemoryPolicy::{AllkeysLru, NoEviction, VolatileLru};
        let words = [VolatileLru, AllkeysLru, NoEviction].map(|policy| (policy.word(), policy));
        let policy = table.word("maxmemory_policy", value, &words);
        is_sound &= policy.is_some();
        origin.maxmemory_policy = policy.unwrap_or_default();
    }
    is_sound.then_some(origin)
}

fn capacity(table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Option<OpsPerSec> {
    let (rate, span) = table.quantity::<OpsPerSec>("capacity", value)?;
    let fits = rate > OpsPerSec::ZERO;
    if !fits {
        table.problem(&span, "`capacity` must be above zero");
    }
    fits.then_some(rate)
}

/// Dollars: `"$0.40"`, or a number.
fn cost(table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Option<Usd> {
    let text = match value.get_ref() {
        DeValue::String(text) => text.trim().strip_prefix('$').map(str::to_owned),
        DeValue::Integer(n) if n.radix() == 10 => Some(n.as_str().to_owned()),
        DeValue::Float(x) => Some(x.as_str().to_owned()),
        _ => None,
    };
    let usd = text
        .and_then(|text| text.replace('_', "").trim().parse::<f64>().ok())
        .filter(|usd| (0.0..=1e9).contains(usd));
    if usd.is_none() {
        let message = "`cost_per_million` is an amount of dollars: write it like \"$0.40\" or 0.40";
        table.problem(&value.span(), message);
    }
    usd.map(|usd| Usd::from_nanos(num::round(usd * 1e9)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{IDENTITY_CACHE, PlanSpec, parse};

    fn read(lines: &str) -> Result<PlanSpec, String> {
        let text = format!("{IDENTITY_CACHE}\n[origin]\n{lines}\n");
        parse("w.toml", &text).map_err(|error| {
            let first_line = IDENTITY_CACHE.lines().count() + 3;
            let problems = error.problems.iter().map(|problem| {
                let hint = problem.suggestion.as_deref().map(|hint| format!("; {hint}"));
                let (line, message) = (problem.line + 1 - first_line, &problem.message);
                format!("{line}:{}: {message}{}", problem.column, hint.unwrap_or_default())
            });
            problems.collect::<Vec<String>>().join("\n")
        })
    }

    #[test]
    fn every_key_may_be_left_out() {
        assert_eq!(parse("w.toml", IDENTITY_CACHE).unwrap().origin, None);
        assert_eq!(read("").unwrap().origin, Some(Origin::default()));
        let all = read(
            "latency = \"8ms\"\ncost_per_million = \"$0.40\"\ncapacity = \"2k/s\"\n\
             min_hit_ratio = \"95%\"\nmaxmemory_policy = \"allkeys-lru\"",
        );
        let expected = Origin {
            latency_us: Micros::new(8_000.0),
            cost_per_million: Some(Usd::from_nanos(400_000_000)),
            capacity: OpsPerSec::new(2_000.0),
            min_hit_ratio: Fraction::new(0.95),
            maxmemory_policy: MaxmemoryPolicy::AllkeysLru,
        };
        assert_eq!(all.unwrap().origin, Some(expected));
        let json = serde_json::to_string(&expected).unwrap();
        assert_eq!(serde_json::from_str::<Origin>(&json).unwrap(), expected);
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let problems = read(
            "latency = 8\ncost_per_million = \"40 cents\"\ncapacity = \"0/s\"\n\
             min_hit_ratio = \"120%\"\nmaxmemory_policy = \"alkeys-lru\"\nhits = 1",
        );
        assert_eq!(
            problems.unwrap_err(),
            "1:11: `latency` must be a string, found integer\n\
             2:20: `cost_per_million` is an amount of dollars: write it like \"$0.40\" or 0.40\n\
             3:12: `capacity` must be above zero\n\
             4:17: `min_hit_ratio`: `120%` is not a share: write it like `20%` or `0.2`\n\
             5:20: `maxmemory_policy` cannot be `alkeys-lru`; did you mean `allkeys-lru`?\n\
             6:1: [origin] has no `hits`; it has capacity, cost_per_million, latency, \
             maxmemory_policy, min_hit_ratio"
        );
    }
}
