//! How production uses the cluster, besides what it holds, and the lower ends of figures that are
//! given as intervals. Reads what `[capacity]`, `[objective]` and `[aws]` say of it.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::DeValue;

use crate::units::{Bytes, Fraction, Micros, OpsPerSec, Parse};

use super::reader::Table;

/// How production uses and runs the cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Production {
    /// Client connections to the nodes of one shard, at most. `None`: not given; the measurement's
    /// pool stands for them.
    pub connections: Option<u32>,
    /// Which nodes of a shard answer reads.
    pub reads: ReadFrom,
    /// How long the peak lasts at a time, at most. `None`: for ever.
    pub peak_lasts_secs: Option<u64>,
    /// Whether clients connect with TLS.
    pub tls: bool,
    /// Least and most of a round trip between client and node. `None`: not given.
    pub round_trip: Option<(Micros, Micros)>,
    /// Share of the values that is in use, where the others may lie on SSD. `None`: all stay in
    /// memory.
    pub data_tiering: Option<Fraction>,
    /// Whether writes have to survive the loss of a shard. `None`: they need not.
    pub durability: Option<Durability>,
    /// Scripts that EVAL or SCRIPT LOAD leave in the engine.
    #[serde(default)]
    pub scripts: Code,
    /// Libraries of functions.
    #[serde(default)]
    pub functions: Code,
    /// The node type that was measured. `None`: no node of ElastiCache.
    pub measured_on: Option<String>,
    /// Lower ends of figures that were given as intervals.
    pub least: Least,
}

/// Lower ends of what was given as an interval; the plan's own figures are the upper ends.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Least {
    /// Keys of each class; `None` or missing where a single figure was given.
    pub keys: Vec<Option<u64>>,
    /// Highest load of production.
    pub peak: Option<OpsPerSec>,
    /// Growth per month.
    pub growth_per_month: Option<Fraction>,
}

/// Pieces of code that the engine keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// How many different ones.
    pub count: u32,
    /// Length of each.
    pub bytes: Bytes,
}

/// Which nodes of a shard answer reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadFrom {
    /// Its primary alone.
    #[default]
    Primary,
    /// Primary and replicas alike, each with the same share; replicas may answer late values.
    AnyNode,
}

/// How sure a write is when it is confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Durability {
    /// In the log of several zones.
    Sync,
    /// On its way there.
    Async,
}

impl Default for Production {
    /// As a workload file that says nothing of it: TLS, as the Terraform module sets it.
    fn default() -> Self {
        Self {
            connections: None,
            reads: ReadFrom::Primary,
            peak_lasts_secs: None,
            tls: true,
            round_trip: None,
            data_tiering: None,
            durability: None,
            scripts: Code::default(),
            functions: Code::default(),
            measured_on: None,
            least: Least::default(),
        }
    }
}

/// What `[capacity]` says.
pub(super) struct OfCapacity {
    connections: Option<u32>,
    reads: ReadFrom,
    data_tiering: Option<Fraction>,
    durability: Option<Durability>,
    scripts: Code,
    functions: Code,
}

/// What `[objective]` says.
pub(super) struct OfObjective {
    peak_lasts_secs: Option<u64>,
}

/// What `[aws]` says.
pub(super) struct OfAws {
    tls: bool,
    round_trip: Option<(Micros, Micros)>,
    measured_on: Option<String>,
}

impl Production {
    pub(super) fn of(
        capacity: &OfCapacity,
        objective: &OfObjective,
        aws: OfAws,
        least: Least,
    ) -> Self {
        let OfCapacity { connections, reads, data_tiering, durability, scripts, functions } =
            *capacity;
        let OfAws { tls, round_trip, measured_on } = aws;
        let peak_lasts_secs = objective.peak_lasts_secs;
        Self {
            connections,
            reads,
            peak_lasts_secs,
            tls,
            round_trip,
            data_tiering,
            durability,
            scripts,
            functions,
            measured_on,
            least,
        }
    }
}

pub(super) fn of_capacity(table: &Table<'_, '_>) -> Option<OfCapacity> {
    let connections = match table.get("connections") {
        None => Some(None),
        Some(value) => table.small_count("connections", value, 1).map(Some),
    };
    let reads = reads(table);
    let data_tiering = match table.get("data_tiering") {
        None => Some(None),
        Some(value) => table.quantity::<Fraction>("data_tiering", value).map(|(hot, _)| Some(hot)),
    };
    let durability = match table.get("durability") {
        None => Some(None),
        Some(value) => table
            .word("durability", value, &[("sync", Durability::Sync), ("async", Durability::Async)])
            .map(Some),
    };
    let (scripts, functions) = (code(table, "scripts"), code(table, "functions"));
    Some(OfCapacity {
        connections: connections?,
        reads: reads?,
        data_tiering: data_tiering?,
        durability: durability?,
        scripts: scripts?,
        functions: functions?,
    })
}

/// Which nodes answer reads.
pub(super) fn reads(table: &Table<'_, '_>) -> Option<ReadFrom> {
    let nodes = [("primary", ReadFrom::Primary), ("any-node", ReadFrom::AnyNode)];
    table.get("reads").map_or(Some(ReadFrom::Primary), |value| table.word("reads", value, &nodes))
}

/// `{ count = 40, bytes = "2KB" }` under `key`.
fn code(table: &Table<'_, '_>, key: &'static str) -> Option<Code> {
    let Some(value) = table.get(key) else { return Some(Code::default()) };
    let inner = table.reader().table(key, value)?;
    let count = inner.require("count", "40").and_then(|v| inner.small_count("count", v, 1));
    let bytes = inner
        .require("bytes", "\"2KB\"")
        .and_then(|value| inner.quantity::<Bytes>("bytes", value).map(|(bytes, _)| bytes));
    inner.finish();
    Some(Code { count: count?, bytes: bytes? })
}

pub(super) fn of_objective(table: &Table<'_, '_>) -> Option<OfObjective> {
    let peak_lasts_secs = match table.get("peak_lasts") {
        None => Some(None),
        Some(value) => {
            let (lasts, span) = table.quantity::<std::time::Duration>("peak_lasts", value)?;
            let fits = lasts.as_secs() >= 1;
            if !fits {
                table.problem(&span, "`peak_lasts` must be at least 1s");
            }
            fits.then_some(Some(lasts.as_secs()))
        }
    };
    Some(OfObjective { peak_lasts_secs: peak_lasts_secs? })
}

pub(super) fn of_aws(table: &Table<'_, '_>) -> Option<OfAws> {
    let tls = match table.get("tls") {
        None => Some(true),
        Some(value) => {
            let flag = value.get_ref().as_bool();
            if flag.is_none() {
                table.problem(&value.span(), "`tls` must be true or false");
            }
            flag
        }
    };
    let round_trip = match table.get("round_trip") {
        None => Some(None),
        Some(value) => {
            interval::<Micros>(table, "round_trip", value).map(|(low, high, _)| Some((low, high)))
        }
    };
    let measured_on = match table.get("measured_on") {
        None => Some(None),
        Some(value) => table.text("measured_on", value).map(|name| Some(name.to_owned())),
    };
    Some(OfAws { tls: tls?, round_trip: round_trip?, measured_on: measured_on? })
}

/// A quantity, or two with `..` between: least and most, which are equal for a single one.
pub(super) fn interval<T: Parse + PartialOrd + Copy>(
    table: &Table<'_, '_>,
    key: &'static str,
    value: &Spanned<DeValue<'_>>,
) -> Option<(T, T, Range<usize>)> {
    let text = table.text(key, value)?;
    let parsed = match text.split_once("..") {
        None => T::parse(text).map(|one| (one, one)),
        Some((low, high)) => T::parse(low).and_then(|low| Ok((low, T::parse(high)?))),
    };
    match parsed {
        Ok((low, high)) if low <= high => Some((low, high, value.span())),
        Ok(_) => {
            table.problem(
                &value.span(),
                format!("`{key}`: the first end of an interval is the smaller one"),
            );
            None
        }
        Err(error) => {
            table.problem(&value.span(), format!("`{key}`: {error}"));
            None
        }
    }
}

/// A count, or two with `..` between: least and most.
pub(super) fn count_interval(
    table: &Table<'_, '_>,
    name: &str,
    value: &Spanned<DeValue<'_>>,
) -> Option<(u64, u64)> {
    let text = value.get_ref().as_str().and_then(|text| text.split_once(".."));
    let Some((low, high)) = text else {
        return table.count(name, value, 1).map(|count| (count, count));
    };
    match (u64::parse(low), u64::parse(high)) {
        (Ok(low), Ok(high)) if 1 <= low && low <= high => Some((low, high)),
        (Ok(_), Ok(_)) => {
            let message = format!("`{name}`: an interval goes from 1 or more to no less than that");
            table.problem(&value.span(), message);
            None
        }
        (Err(error), _) | (_, Err(error)) => {
            table.problem(&value.span(), format!("`{name}`: {error}"));
            None
        }
    }
}
