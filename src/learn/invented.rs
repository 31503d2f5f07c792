//! Classes for a cache of which CloudWatch alone is known: strings under invented names.

use crate::metrics::{Demand, Family, Usage};
use crate::spec::parse;
use crate::units::{Bytes, num};

use super::back_test::{BackTest, Sampled};
use super::from_metrics::{FEW, scaled};
use super::learned::LearnError;
use super::lengths::{Lengths, lengths};
use super::words::quoted;

/// The length of keys that is assumed where nothing tells it.
const ASSUMED_KEY: f64 = 24.0;
/// Seconds that keys are given where nothing tells how long they live, and the least that a run outlives.
const ASSUMED_LIFE: f64 = 86_400.0;
const LEAST_LIFE: f64 = 600.0;
/// Keys that a run of a file without payloads seeds.
const SEEDED: u64 = 200_000;
/// The share of commands on strings from which on bytes tell the lengths of strings.
const MOSTLY_STRINGS: f64 = 0.95;
/// The longest value that is tried.
const LONGEST: u64 = 16 << 20;

/// A base without payloads, and what is to be said of it.
pub(super) fn invented(
    usage: &Usage,
    demand: &Demand,
    servers: &[Sampled],
) -> Result<(String, Vec<String>), LearnError> {
    let strings = demand.families.get(&Family::String).copied().unwrap_or(0.0);
    let of_all = strings / demand.families.values().sum::<f64>().max(1.0);
    let volatile = demand.volatile.unwrap_or(0.0);
    let moved = (demand.families.is_empty() || of_all >= MOSTLY_STRINGS)
        .then(|| lengths(&demand.primaries, volatile))
        .flatten();
    let mut notes = vec![
        "Not collected: types, names, lengths and encodings of keys: CloudWatch does not tell. Strings are \
         assumed, under invented names; a workload file of yours with --payloads says what they are."
            .to_owned(),
        "Not collected: skew of access: CloudWatch does not tell; \"uniform\" is assumed.".into(),
    ];
    let (lengths, why) = match moved {
        Some(found) => {
            let why = "by the bytes through the hosts, taken for one GET or SET in packets of its own and \
                       without TLS";
            (found, why)
        }
        None => (of_memory(usage, demand, servers)?, "by memory, which it therefore meets"),
    };
    let Lengths { key, value } = lengths;
    notes.push(format!("Keys of {key:.0} and values of {value:.0} bytes on average, {why}."));
    let life = life(demand, &mut notes);
    Ok((base(usage, demand, lengths, life), notes))
}

/// Seconds that keys are given: keys that expire ÷ keys that expired in a second (Little's law).
fn life(demand: &Demand, notes: &mut Vec<String>) -> u64 {
    let expiring = num::float(demand.fullest.keys) * demand.volatile.unwrap_or(0.0);
    if expiring < 1.0 {
        return num::round(ASSUMED_LIFE);
    }
    let found = demand.expired.filter(|n| *n > 0.0).map(|n| expiring * demand.secs / n);
    notes.push(match found {
        Some(secs) => format!(
            "Keys that expire live {secs:.0} s on average, by how many of them expired; written again \
             before that, they are given less."
        ),
        None => "Lifetime of the keys that expire: not collected; none expired. A day is assumed.".into(),
    });
    num::round(found.unwrap_or(ASSUMED_LIFE).max(LEAST_LIFE))
}

/// The length of values that meets memory.
fn of_memory(usage: &Usage, demand: &Demand, servers: &[Sampled]) -> Result<Lengths, LearnError> {
    let at = |value: u64| Lengths { key: ASSUMED_KEY, value: num::float(value) };
    let (mut least, mut most) = (1, LONGEST);
    while most - least > 1 {
        let middle = u64::midpoint(least, most);
        let text = base(usage, demand, at(middle), num::round(ASSUMED_LIFE));
        let mut plan = parse("the learned file", &text).map_err(LearnError::Invalid)?;
        plan.capacity.keys = scaled(&plan, demand, &mut Vec::new());
        let is_more = BackTest::of(&plan, servers, Bytes::ZERO)
            .is_some_and(|test| test.predicted > test.measured);
        *(if is_more { &mut most } else { &mut least }) = middle;
    }
    Ok(at(least))
}

/// Strings of these lengths: those that expire and those that stay, where there are both.
fn base(usage: &Usage, demand: &Demand, lengths: Lengths, life: u64) -> String {
    let volatile = demand.volatile.unwrap_or(0.0);
    let all = demand.fullest.keys;
    let expiring = match volatile {
        share if share < FEW => 0,
        share if share > 1.0 - FEW => all,
        share => num::round(num::float(all) * share),
    };
    let value = num::round(lengths.value).max(1);
    // The number that follows takes the rest.
    let digits = num::round(num::float(all.max(1)).log10().floor()) + 1;
    let prefix = num::index(num::round(lengths.key).saturating_sub(digits).clamp(2, 512));
    let mut lines = vec!["name = \"learned\"".to_owned()];
    for (name, letter, keys, ttl) in
        [("expiring", 'e', expiring, Some(life)), ("lasting", 'l', all - expiring, None)]
    {
        if keys == 0 {
            continue;
        }
        let key: String = std::iter::repeat_n(letter, prefix - 1).collect();
        lines.push("[[class]]".into());
        lines.push(format!("name = \"{name}\""));
        lines.push(format!("keys = {}", keys.min(SEEDED)));
        lines.push(format!("key = \"{key}:{{n}}\""));
        lines.push(format!("size = \"{value}B\""));
        lines.extend(ttl.map(|secs| format!("ttl = \"{secs}s\"")));
        for command in ["get", "set"] {
            lines.push("[[traffic]]".into());
            lines.push(format!("class = \"{name}\""));
            lines.push(format!("command = \"{command}\""));
            lines.push(format!("weight = {}", num::float(keys) / num::float(all)));
        }
    }
    let region = usage.region.as_deref().unwrap_or("us-east-1");
    let replicas = usage.cache.as_ref().and_then(|cache| cache.replicas).unwrap_or(1);
    let rate = demand.busiest.map_or(1_000.0, |busiest| busiest.rate);
    let peak = num::ceil(rate).max(1);
    lines.push(format!("[load]\n[objective]\npeak = \"{peak}/s\"\np99 = \"5ms\""));
    lines.push(format!("[capacity]\nreplicas = {replicas}"));
    lines.push(format!("[aws]\nregion = {}", quoted(region)));
    lines.push("engines = [\"valkey-8.1\", \"redis-7.1\"]".into());
    lines.join("\n")
}
