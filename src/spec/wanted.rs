//! Reads what is wanted: `[load]`, `[objective]`, `[capacity]`, `[aws]`; and `[framework]`.

use std::ops::Range;
use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use crate::engine::EngineVersion;
use crate::units::{Fraction, Micros, OpsPerSec, Parse, ParseError};

use super::closed_loop::closed_loop;
use super::population::{Arrival, arrivals};
use super::production::{
    Least, OfAws, OfCapacity, OfObjective, count_interval, interval, of_aws, of_capacity,
    of_objective, reads,
};
use super::profile::profile;
use super::purchase::buying;
use super::reader::{Table, nearest};
use super::{Arrivals, Aws, Capacity, ClusterMode, Families, Framework, Levels, Load, Objective};

pub(super) fn load(table: &Table<'_, '_>) -> Option<Load> {
    let levels = match table.get("levels") {
        None => Some(Levels::Auto),
        Some(value) => levels(table, value),
    };
    let step = step(table, Duration::from_secs(5));
    let connections = at_most(table, "connections", 50, (65_000, "65,000, as ElastiCache accepts"));
    let pipeline = at_most(table, "pipeline", 1, (10_000, "10,000"));
    let threads = at_most(table, "threads", 1, (64, "64"));
    // Whoever lists levels gets those.
    let otherwise = if levels == Some(Levels::Auto) { 3 } else { 1 };
    let trials = at_most(table, "trials", otherwise, (25, "25"));
    let arrivals = match table.get("arrivals") {
        None => Some(Arrivals::Poisson),
        Some(value) => table.word(
            "arrivals",
            value,
            &[("poisson", Arrivals::Poisson), ("paced", Arrivals::Paced)],
        ),
    };
    let read_from = reads(table);
    let closed = match table.get("closed") {
        None => Some(None),
        Some(value) => closed_loop(table, value).map(Some),
    };
    Some(Load {
        closed: closed?,
        levels: levels?,
        step: step?,
        trials: trials?,
        connections: connections?,
        pipeline: pipeline?,
        threads: threads?,
        read_from: read_from?,
        arrivals: arrivals?,
    })
}

/// Length of a level, or what it is where none is given.
pub(super) fn step(table: &Table<'_, '_>, otherwise: Duration) -> Option<Duration> {
    let Some(value) = table.get("step") else { return Some(otherwise) };
    table.quantity::<Duration>("step", value).and_then(|(step, span)| {
        let fits = (1..=3600).contains(&step.as_secs());
        if !fits {
            table.problem(&span, "`step` must lie between 1s and 1h");
        }
        fits.then_some(step)
    })
}

/// A count from 1 to `most`, which stands beside its words.
fn at_most(
    table: &Table<'_, '_>,
    key: &'static str,
    otherwise: u32,
    (most, words): (u32, &str),
) -> Option<u32> {
    let Some(value) = table.get(key) else { return Some(otherwise) };
    table.small_count(key, value, 1).filter(|n| {
        let fits = *n <= most;
        if !fits {
            table.problem(&value.span(), format!("`{key}` may be at most {words}"));
        }
        fits
    })
}

fn levels(table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Option<Levels> {
    let Some(items) = value.get_ref().as_array() else {
        return table.word("levels", value, &[("auto", ())]).map(|()| Levels::Auto);
    };
    let mut rates = Vec::new();
    for item in items {
        let (rate, span) = table.quantity::<OpsPerSec>("levels", item)?;
        if rate.per_sec() < 1.0 || rates.last().is_some_and(|last| *last >= rate) {
            table.problem(&span, "`levels` must ascend, from 1/s upwards");
            return None;
        }
        rates.push(rate);
    }
    if rates.is_empty() {
        table.problem(&value.span(), "`levels` must list at least one rate, or be \"auto\"");
        return None;
    }
    Some(Levels::Listed(rates))
}

/// `[objective]`, what it says of production's use, and the lower end of its peak.
pub(super) fn objective(
    table: &Table<'_, '_>,
) -> Option<(Objective, OfObjective, Option<OpsPerSec>)> {
    let peak = table.require("peak", "\"5k/s\"").and_then(|value| {
        let (least, peak, span) = interval::<OpsPerSec>(table, "peak", value)?;
        if least.per_sec() < 1.0 {
            table.problem(&span, "`peak` must be at least 1/s");
            return None;
        }
        Some((peak, (least < peak).then_some(least)))
    });
    let p99 = table.require("p99", "\"5ms\"").and_then(|value| {
        let (p99, span) = table.quantity::<Micros>("p99", value)?;
        if p99 == Micros::ZERO {
            table.problem(&span, "`p99` must be above zero");
            return None;
        }
        Some(p99)
    });
    let used = of_objective(table);
    let (peak, least) = peak?;
    let profile = profile(table);
    Some((Objective { peak, p99_us: p99?, profile: profile? }, used?, least))
}

/// What `[capacity]` says.
pub(super) struct Wanted {
    pub(super) capacity: Capacity,
    /// What makes up the keys of some classes.
    pub(super) arrivals: Vec<Option<Arrival>>,
    pub(super) used: OfCapacity,
    pub(super) least: Least,
}

pub(super) fn capacity(table: &Table<'_, '_>, classes: &[&str]) -> Option<Wanted> {
    let keys = match table.get("keys") {
        // Zero stands for "as many as are seeded" until the classes are known.
        None => Some((vec![0; classes.len()], Vec::new())),
        Some(value) => capacity_keys(table, value, classes),
    };
    let arrivals = arrivals(table, classes, keys.as_ref().map(|(keys, _)| &keys[..]));
    let growth = match table.get("growth") {
        None => Some((Fraction::ZERO, None)),
        Some(value) => growth(table, value),
    };
    let horizon = table.get("horizon").map_or(Some(12), |value| {
        months(table.text("horizon", value)?).or_else(|| {
            table.problem(&value.span(), "`horizon` is written like \"12 months\", at most 120");
            None
        })
    });
    let headroom = match table.get("headroom") {
        None => Fraction::from_percent(20),
        Some(value) => table.quantity::<Fraction>("headroom", value).and_then(|(share, span)| {
            let fits = share.get() < 0.95;
            if !fits {
                table.problem(&span, "`headroom` must stay below 95%");
            }
            fits.then_some(share)
        }),
    };
    let replicas = match table.get("replicas") {
        None => Some(1),
        Some(value) => table.small_count("replicas", value, 0).filter(|n| {
            let fits = *n <= 5;
            if !fits {
                table.problem(&value.span(), "ElastiCache allows at most 5 replicas per shard");
            }
            fits
        }),
    };
    let multi_az = match table.get("multi_az") {
        None => replicas.map(|n| n > 0),
        Some(value) => {
            let flag = value.get_ref().as_bool();
            if flag.is_none() {
                table.problem(&value.span(), "`multi_az` must be true or false");
            } else if flag == Some(true) && replicas == Some(0) {
                table.problem(&value.span(), "`multi_az` needs at least one replica");
            }
            flag
        }
    };
    let cluster_mode = match table.get("cluster_mode") {
        None => Some(ClusterMode::Auto),
        Some(value) => table.word(
            "cluster_mode",
            value,
            &[
                ("auto", ClusterMode::Auto),
                ("enabled", ClusterMode::Enabled),
                ("disabled", ClusterMode::Disabled),
            ],
        ),
    };
    let used = of_capacity(table);
    let ((keys, least_keys), (growth_per_month, least_growth)) = (keys?, growth?);
    let backups = table.get("backups_kept_days").map_or(Some(0), |value| {
        table.small_count("backups_kept_days", value, 0).filter(|days| {
            let fits = *days <= 35;
            if !fits {
                table.problem(&value.span(), "ElastiCache keeps backups for at most 35 days");
            }
            fits
        })
    });
    let cross_az_share = table.get("cross_az_share").map_or(Some(None), |value| {
        table.quantity::<Fraction>("cross_az_share", value).map(|(share, _)| Some(share))
    });
    let capacity = Capacity {
        keys,
        growth_per_month,
        horizon_months: horizon?,
        headroom: headroom?,
        replicas: replicas?,
        multi_az: multi_az?,
        cluster_mode: cluster_mode?,
        backups_kept_days: backups?,
        cross_az_share: cross_az_share?,
    };
    let least = Least { keys: least_keys, peak: None, growth_per_month: least_growth };
    Some(Wanted { capacity, arrivals: arrivals?, used: used?, least })
}

/// Growth per month, or an interval: the upper end and, where there is one, the lower.
fn growth(
    table: &Table<'_, '_>,
    value: &Spanned<DeValue<'_>>,
) -> Option<(Fraction, Option<Fraction>)> {
    let text = table.text("growth", value)?;
    let (least, most) = match text.split_once("..") {
        None => (None, per_month(text)),
        Some((least, most)) => (Some(per_month(least)), per_month(most)),
    };
    match (least.transpose(), most) {
        (Ok(least), Ok(most)) if least.is_none_or(|least| least <= most) => {
            Some((most, least.filter(|least| *least < most)))
        }
        (Ok(_), Ok(_)) => {
            table.problem(&value.span(), "`growth`: the first end of an interval is the smaller");
            None
        }
        (Err(error), _) | (_, Err(error)) => {
            table.problem(&value.span(), format!("`growth`: {error}"));
            None
        }
    }
}

/// Keys of each class, the upper ends of intervals, and the lower ends.
fn capacity_keys(
    table: &Table<'_, '_>,
    value: &Spanned<DeValue<'_>>,
    classes: &[&str],
) -> Option<(Vec<u64>, Vec<Option<u64>>)> {
    let Some(entries) = value.get_ref().as_table() else {
        table.problem(&value.span(), "`keys` must be a table: { claims = 5_000_000 }");
        return None;
    };
    let mut keys = vec![0; classes.len()];
    let mut least = vec![None; classes.len()];
    let mut complete = true;
    for (name, count) in entries {
        let span: Range<usize> = name.span();
        let name: &str = name.get_ref();
        if let Some(index) = classes.iter().position(|class| *class == name) {
            match count_interval(table, name, count) {
                Some((low, high)) => {
                    keys[index] = high;
                    least[index] = (low < high).then_some(low);
                }
                None => complete = false,
            }
        } else {
            complete = false;
            let hint = nearest(name, classes)
                .map_or_else(String::new, |word| format!(", did you mean `{word}`?"));
            table.problem(&span, format!("no class is called `{name}`{hint}"));
        }
    }
    complete.then_some((keys, least))
}

fn per_month(text: &str) -> Result<Fraction, ParseError> {
    Fraction::parse(text.trim().strip_suffix("/month").unwrap_or(text))
}

pub(super) fn months(text: &str) -> Option<u32> {
    let text = text.trim();
    let (number, factor) = match text.split_once(' ') {
        Some((n, "month" | "months")) => (n, 1),
        Some((n, "year" | "years")) => (n, 12),
        _ => return None,
    };
    number.parse::<u32>().ok().and_then(|n| n.checked_mul(factor)).filter(|n| *n <= 120)
}

/// `[aws]`, and what it says of production's use.
pub(super) fn aws(table: &Table<'_, '_>) -> Option<(Aws, OfAws)> {
    let region = table.require("region", "\"us-east-1\"").and_then(|value| {
        let text = table.text("region", value)?;
        let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !plain || text.is_empty() {
            table.problem(&value.span(), "`region` is a code like \"us-east-1\"");
            return None;
        }
        Some(text.to_owned())
    });
    let engines = table.require("engines", "[\"valkey-8.1\"]").and_then(|v| engines(table, v));
    let families = match table.get("families") {
        None => Some(Families::Current),
        Some(value) => {
            table.word("families", value, &[("current", Families::Current), ("all", Families::All)])
        }
    };
    let used = of_aws(table);
    let purchase = buying(table);
    let aws = Aws { region: region?, engines: engines?, families: families?, purchase: purchase? };
    Some((aws, used?))
}

fn engines(table: &Table<'_, '_>, value: &Spanned<DeValue<'_>>) -> Option<Vec<EngineVersion>> {
    let offered: Vec<(String, EngineVersion)> =
        EngineVersion::ON_ELASTICACHE.iter().map(|engine| (engine.to_string(), *engine)).collect();
    let words: Vec<(&str, EngineVersion)> =
        offered.iter().map(|(name, engine)| (name.as_str(), *engine)).collect();
    let Some(items) = value.get_ref().as_array().filter(|items| !items.is_empty()) else {
        table.problem(&value.span(), "`engines` must list at least one: [\"valkey-8.1\"]");
        return None;
    };
    let read: Vec<Option<EngineVersion>> =
        items.iter().map(|item| table.word("engines", item, &words)).collect();
    read.into_iter().collect()
}

pub(super) fn framework(table: &Table<'_, '_>) -> Option<Framework> {
    let value = table.require("django", "{ key_prefix = \"\", version = 1 }")?;
    let inner = table.reader().table("django", value)?;
    let key_prefix = match inner.get("key_prefix") {
        None => Some(String::new()),
        Some(value) => inner.text("key_prefix", value).and_then(|prefix| {
            let fits = !prefix.contains("{n}");
            if !fits {
                inner.problem(&value.span(), "`{n}` belongs into `key` of a class");
            }
            fits.then(|| prefix.to_owned())
        }),
    };
    let version = match inner.get("version") {
        None => Some(1),
        Some(value) => inner.small_count("version", value, 0),
    };
    inner.finish();
    Some(Framework::Django { key_prefix: key_prefix?, version: version? })
}
