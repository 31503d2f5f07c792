//! A workload file from what CloudWatch says of a cache, which knows keys, memory, commands by family and
//! bytes, but neither types nor names nor lengths. Source: MODEL.md §7.

use crate::catalog::Catalog;
use crate::engine::{Allocator, EngineVersion, SlotRange};
use crate::metrics::{CacheFacts, Demand, Usage};
use crate::model::memory::{Layout, overhead};
use crate::spec::{PlanSpec, parse};
use crate::units::{Bytes, num};

use super::back_test::{BackTest, Sampled};
use super::compose::{Figures, composed};
use super::invented::invented;
use super::learned::{LearnError, Learned};
use super::margins::fitted;
use super::words::{percent, quoted, signed_percent, thousands, underscored};

/// The engine whose memory laws are to meet where none is told.
const ASSUMED_ENGINE: EngineVersion = EngineVersion::valkey(8, 1);
/// Connections that a node allows where its type is not known: what AWS gives most of them. Source:
/// limits.csv.
const USUAL_MAXCLIENTS: u32 = 65_000;
/// Shares of keys that expire which are as good as none, and as good as all.
pub(super) const FEW: f64 = 0.01;

/// A workload file whose classes describe what is stored.
#[derive(Debug, Clone, Copy)]
pub struct Payloads<'a> {
    /// As it is written.
    pub text: &'a str,
    /// What it says, its values made.
    pub plan: &'a PlanSpec,
}

/// The workload file of a cache's metrics: with `payloads` their classes and settings at the cache's number
/// of keys; without, strings under invented names of one length.
///
/// * `source`: what they were read from, for the first line.
///
/// # Errors
/// When the file would not be valid, or the payloads are no TOML.
pub fn learn_from_metrics(
    source: &str,
    usage: &Usage,
    demand: &Demand,
    payloads: Option<Payloads<'_>>,
) -> Result<Learned, LearnError> {
    let servers = servers(usage, demand);
    if let Some(Payloads { text, plan }) = payloads {
        return written(source, usage, demand, (text, plan), &servers, Vec::new());
    }
    let (base, notes) = invented(usage, demand, &servers)?;
    let plan = parse("the learned file", &base).map_err(LearnError::Invalid)?;
    written(source, usage, demand, (&base, &plan), &servers, notes)
}

/// The base with the figures of production.
fn written(
    source: &str,
    usage: &Usage,
    demand: &Demand,
    (base, plan): (&str, &PlanSpec),
    servers: &[Sampled],
    mut notes: Vec<String>,
) -> Result<Learned, LearnError> {
    let mut plan = plan.clone();
    plan.capacity.keys = scaled(&plan, demand, &mut notes);
    let mix = fitted(&plan.traffic, &plan.classes, demand);
    for (family, share) in &mix.left_out {
        notes.push(format!(
            "Left out: commands on {}, {} of all, of which no line of traffic speaks.",
            family.label(),
            percent(*share)
        ));
    }
    if let Some((counted, said)) = mix.reads.filter(|(counted, said)| (counted - said).abs() > 0.01)
    {
        notes.push(format!(
            "{} of the commands read; the lines of traffic can only say {}.",
            percent(counted),
            percent(said)
        ));
    }
    let back_test = BackTest::of(&plan, servers, Bytes::ZERO);
    let mut head = vec![format!("Learned from {source}, {}.", span(usage, demand))];
    head.extend(back_test.iter().map(|test| {
        format!(
            "Back-test: used_memory of all primaries is {} B; the memory law says {} B of this file, {}.",
            thousands(test.measured.get()),
            thousands(test.predicted.get()),
            signed_percent(test.error())
        )
    }));
    head.extend(seen(demand));
    head.extend(notes);
    let not_collected = usage.not_collected.iter();
    head.extend(
        not_collected.map(|missing| format!("Not collected: {}: {}", missing.what, missing.why)),
    );
    let figures = figures(usage, demand, &plan, mix.weights);
    let text = composed(base, &head, &figures).ok_or(LearnError::NoKeys)?;
    let keys_seen = demand.fullest.keys;
    Ok(Learned { text, plan, back_test, keys_seen, looked_at: 0 })
}

fn span(usage: &Usage, demand: &Demand) -> String {
    let days = demand.secs / 86_400.0;
    let (span, unit) = if days >= 1.0 { (days, "days") } else { (demand.secs / 60.0, "minutes") };
    let cache = usage.cache.as_ref().map_or_else(String::new, |cache| format!(" of {}", cache.id));
    format!("{span:.1} {unit}{cache} from {} in periods of {} s", usage.start, usage.period_secs)
}

/// What was counted, in sentences.
fn seen(demand: &Demand) -> Vec<String> {
    let mut said = Vec::new();
    said.extend(demand.volatile.map(|share| format!("{} of the keys expire.", percent(share))));
    let looked_up = demand.primaries.hits.zip(demand.primaries.misses);
    said.extend(
        looked_up
            .filter(|(hits, misses)| hits + misses > 0.0)
            .map(|(hits, misses)| format!("Hit ratio {}.", percent(hits / (hits + misses)))),
    );
    let gone = demand.evicted.zip(demand.expired).filter(|(evicted, _)| *evicted > 0.0);
    said.extend(gone.map(|(evicted, expired)| {
        let [evicted, expired] = [evicted, expired].map(|n| thousands(num::round(n)));
        format!(
            "{evicted} keys were evicted, {expired} expired: the cache is too small for its keys."
        )
    }));
    if demand.slowed.is_some_and(|share| share > 0.0) {
        said.push(
            "ElastiCache slowed traffic down at times: more was asked for than is counted.".into(),
        );
    }
    said.push(match demand.growth {
        None => "Growth: not collected from less than a week; set it.".into(),
        Some(trend) => {
            let (per_month, error) = (trend.per_month * 100.0, trend.error * 100.0);
            let found = format!("{per_month:+.1} ± {error:.1} % a month over {} days", trend.days);
            if trend.is_shown() && trend.per_month > 0.0 {
                format!("Keys grow by {found}.")
            } else {
                format!("No growth of keys is shown ({found}): set what you expect.")
            }
        }
    });
    said
}

/// Keys of each class: those that expire and those that stay are scaled to their numbers where the classes
/// are of both kinds, all of them otherwise.
pub(super) fn scaled(plan: &PlanSpec, demand: &Demand, notes: &mut Vec<String>) -> Vec<u64> {
    let all = num::float(demand.fullest.keys);
    let expires: Vec<bool> = plan.classes.iter().map(|class| class.ttl_secs.is_some()).collect();
    let share = |of: bool| -> f64 {
        let keys = plan.capacity.keys.iter().zip(&expires).filter(|(_, expires)| **expires == of);
        keys.map(|(keys, _)| num::float(*keys)).sum()
    };
    let (volatile, lasting) = (share(true), share(false));
    let said = volatile / (volatile + lasting).max(1.0);
    let factor = |of: bool| match demand.volatile {
        Some(seen) if volatile > 0.0 && lasting > 0.0 => {
            if of {
                all * seen / volatile
            } else {
                all * (1.0 - seen) / lasting
            }
        }
        _ => all / (volatile + lasting).max(1.0),
    };
    if let Some(seen) = demand.volatile
        && (volatile <= 0.0 || lasting <= 0.0)
        && (seen - said).abs() > FEW
    {
        notes.push(format!(
            "The classes say that {} of the keys expire: give those that do and those that stay a class each.",
            percent(said)
        ));
    }
    let keys = plan.capacity.keys.iter().zip(&expires);
    keys.map(|(keys, of)| num::round(num::float(*keys) * factor(*of)).max(1)).collect()
}

fn figures(usage: &Usage, demand: &Demand, plan: &PlanSpec, weights: Vec<f64>) -> Figures {
    let mut objective = Vec::new();
    if let Some(busiest) = demand.busiest {
        objective.push(("peak", quoted(&format!("{}/s", num::ceil(busiest.rate).max(1)))));
    }
    if let Some(profile) = &demand.profile {
        let shares: Vec<String> = profile.shares().iter().map(|share| format!("{share}")).collect();
        objective.push(("profile", format!("[{}]", shares.join(", "))));
    }
    let names = plan.classes.iter().zip(&plan.capacity.keys);
    let keys: Vec<String> =
        names.map(|(class, keys)| format!("{} = {}", class.name, underscored(*keys))).collect();
    // Numbers of keys take the place of arrivals.
    let mut capacity =
        vec![("keys", format!("{{ {} }}", keys.join(", "))), ("arrivals", String::new())];
    if let Some(trend) = demand.growth.filter(|trend| trend.is_shown() && trend.per_month > 0.0) {
        let end = |share: f64| format!("{:.1}%", (share * 100.0).clamp(0.0, 100.0));
        let (low, high) = (end(trend.per_month - trend.error), end(trend.per_month + trend.error));
        let growth = if low == high { high } else { format!("{low}..{high}") };
        capacity.push(("growth", quoted(&format!("{growth}/month"))));
    }
    if let Some(open) = demand.connections {
        capacity.push(("connections", num::ceil(open).max(1).to_string()));
    }
    if demand.reads.is_some() {
        let from = if demand.reads_of_replicas { "any-node" } else { "primary" };
        capacity.push(("reads", quoted(from)));
    }
    let tls = usage.cache.as_ref().and_then(|cache| cache.tls);
    let aws = tls.map(|tls| ("tls", tls.to_string())).into_iter().collect();
    let incumbent = usage.cache.as_ref().and_then(incumbent).unwrap_or_default();
    Figures {
        keys: plan.capacity.keys.clone(),
        weights,
        objective,
        capacity,
        aws,
        incumbent,
        observed: observed(demand),
    }
}

/// What runs; `None` for a serverless cache, and where something of it was not told or is not offered any
/// more.
fn incumbent(cache: &CacheFacts) -> Option<Vec<(&'static str, String)>> {
    let engine = format!("{}-{}", cache.engine.as_ref()?, cache.version.as_ref()?);
    let engine = EngineVersion::parse(&engine)?;
    EngineVersion::ON_ELASTICACHE.contains(&engine).then_some(())?;
    let mode = if cache.cluster_mode? { "enabled" } else { "disabled" };
    Some(vec![
        ("node_type", quoted(cache.node_type.as_ref()?)),
        ("engine", quoted(&engine.to_string())),
        ("shards", cache.shards?.to_string()),
        ("replicas", cache.replicas?.to_string()),
        ("cluster_mode", quoted(mode)),
    ])
}

fn observed(demand: &Demand) -> Vec<(&'static str, String)> {
    let mut observed = vec![
        ("keys", underscored(demand.fullest.keys)),
        ("used_memory", quoted(&format!("{}B", num::round(demand.fullest.used_of_one)))),
    ];
    let bytes = |per_sec: f64| quoted(&format!("{}B/s", num::round(per_sec)));
    if let Some(busiest) = demand.busiest {
        observed.push(("rate", quoted(&format!("{:.1}/s", busiest.rate))));
        let cpu = busiest.engine_cpu.map(|share| quoted(&format!("{:.2}%", share * 100.0)));
        observed.extend(cpu.map(|cpu| ("engine_cpu", cpu)));
        observed.extend(busiest.network_in.map(|rate| ("network_in", bytes(rate))));
        observed.extend(busiest.network_out.map(|rate| ("network_out", bytes(rate))));
    }
    observed.extend(demand.connections.map(|open| ("connections", num::ceil(open).to_string())));
    observed
}

/// The primaries as the memory law sees them; slots are taken to be spread evenly.
fn servers(usage: &Usage, demand: &Demand) -> Vec<Sampled> {
    let engine = usage.engine().unwrap_or(ASSUMED_ENGINE);
    let facts = usage.cache.as_ref();
    let shards = facts
        .and_then(|cache| cache.shards)
        .unwrap_or_else(|| num_shards(demand.fullest.used, demand.fullest.used_of_one));
    let is_cluster = facts.and_then(|cache| cache.cluster_mode).unwrap_or(shards > 1);
    let replicas = facts.and_then(|cache| cache.replicas).unwrap_or(0);
    let catalog = Catalog::builtin();
    let node = facts.and_then(|cache| catalog.node_type(cache.node_type.as_ref()?));
    let maxclients = node.map_or(USUAL_MAXCLIENTS, |node| node.maxclients);
    let clients = num::round(demand.connections.unwrap_or(0.0));
    let replica = overhead::replica(engine);
    let of_replicas = if replicas == 0 {
        Bytes::ZERO
    } else {
        replica.backlog + replica.connection * u64::from(replicas)
    };
    let one = |shard| {
        let slots = if is_cluster { vec![SlotRange::of_shard(shard, shards)] } else { Vec::new() };
        let layout = match slots.first() {
            Some(range) => Layout::in_cluster(engine, *range),
            None => Layout::on_elasticache(engine),
        };
        Sampled {
            engine,
            allocator: Allocator::JemallocQ8,
            shares_integers: false,
            slots,
            used_memory: Bytes::from_float(demand.fullest.used / f64::from(shards)),
            beside_keys: layout.baseline
                + overhead::connection(engine).idle * clients
                + overhead::descriptors(maxclients)
                + of_replicas,
        }
    };
    (0..shards).map(one).collect()
}

/// Shards of a cache of which only memory is known.
fn num_shards(used: f64, of_one: f64) -> u32 {
    u32::try_from(num::round(used / of_one.max(1.0))).unwrap_or(1).max(1)
}
