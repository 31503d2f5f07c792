//! Finds the layouts of [`super::Misses`].

use crate::catalog::{Catalog, NodeType, Price, Region};
use crate::engine::EngineVersion;
use crate::model::hit_ratio::{Cached, Held, HitCurve, SAMPLES_ON_ELASTICACHE, demands};
use crate::model::memory::{self, Shape, StringClass, ValueShape, footprint};
use crate::model::on_the_wire;
use crate::spec::Origin;
use crate::units::{Bytes, OpsPerSec, Usd, num};

use super::constraint::Case;
use super::cost::bill;
use super::misses::{Caching, Misses, Smaller};
use super::recommend::is_considered;
use super::search::Horizon;
use super::{Choice, Resource, State, layouts};

/// How many smaller layouts are kept.
const LISTED: usize = 15;
/// What a SET has around key and value, bytes: `*5 $3 SET $… $… $2 EX $…` and line ends.
const AROUND_SET: f64 = 48.0;

/// What holding less than every key would save; `None` for a plan without an origin, or without reads.
///
/// A layout is listed when it costs less than the chosen one, fails the memory check, and carries the
/// load with every miss followed by a SET. Of each node type and engine the number of shards is kept
/// whose total is least, those that keep to what the plan asks first. Source: MODEL.md §5.3.
pub(super) fn misses(
    horizon: &Horizon<'_>,
    catalog: &Catalog,
    region: &Region,
    chosen: Option<(&Choice, &NodeType)>,
) -> Option<Misses> {
    let (spec, ask) = (horizon.rules.spec, &horizon.ask);
    let origin = spec.origin?;
    let demands = demands(spec, &ask.keys, ask.peak);
    let curve = HitCurve::new(&demands, origin.maxmemory_policy, SAMPLES_ON_ELASTICACHE);
    let reads = OpsPerSec::new(curve.full().reads).filter(|reads| *reads > OpsPerSec::ZERO)?;
    let mut search = Search {
        horizon,
        curve: &curve,
        origin,
        limit: chosen.map(|(choice, _)| choice.bill.monthly),
        set_bytes: set_bytes(horizon),
        n_refusing_writes: 0,
    };
    let full = chosen.map(|(choice, node)| search.full(choice, node));
    let mut found = Vec::new();
    for &engine in &spec.aws.engines {
        let costs = Costs::of(horizon, engine);
        for node in catalog.node_types() {
            if !is_considered(spec, horizon.rules.limits, node, engine) {
                continue;
            }
            let Ok(price) = catalog.prices.on_demand(region, engine.product, &node.name) else {
                continue;
            };
            found.extend(search.best(node, engine, &costs, &price));
        }
    }
    let rank = |(one, _, _): &(Smaller, Held, f64)| {
        (!one.caching.is_acceptable(), one.total, one.layout.shards, one.node_type.clone())
    };
    found.sort_by_cached_key(rank);
    let n_smaller = u32::try_from(found.len()).unwrap_or(u32::MAX);
    let listed = found.into_iter().take(LISTED).map(|(one, held, share)| Smaller {
        caching: one.caching.refilled(&curve, &held, &origin, share),
        ..one
    });
    Some(Misses {
        policy: origin.maxmemory_policy,
        samples: SAMPLES_ON_ELASTICACHE,
        reads,
        full,
        smaller: listed.collect(),
        n_smaller,
        n_refusing_writes: search.n_refusing_writes,
    })
}

struct Search<'a> {
    horizon: &'a Horizon<'a>,
    curve: &'a HitCurve,
    origin: Origin,
    /// What the chosen layout costs.
    limit: Option<Usd>,
    /// On the wire, of a SET after a miss.
    set_bytes: f64,
    n_refusing_writes: u32,
}

/// What keys take on one engine, of the whole cluster.
struct Costs {
    /// Of a key of each class, tables apart.
    per_key: Vec<f64>,
    /// Which classes have a time to live.
    expiring: Vec<bool>,
    server: memory::Layout,
}

impl Costs {
    fn of(horizon: &Horizon<'_>, engine: EngineVersion) -> Self {
        let correction = horizon.rules.models.memory.correction;
        let all = horizon.ask.on_one_server(engine);
        let per_key = all
            .classes
            .iter()
            .map(|class| class.parts.total().float() * correction / num::float(class.keys.max(1)));
        Self {
            per_key: per_key.collect(),
            expiring: horizon.ask.classes.iter().map(|class| class.ttl).collect(),
            server: memory::Layout::on_elasticache(engine),
        }
    }

    fn records(&self, keys: &[f64]) -> f64 {
        keys.iter().zip(&self.per_key).map(|(keys, bytes)| keys * bytes).sum()
    }

    /// The tables of a single server.
    fn tables(&self, keys: &[f64]) -> f64 {
        let class = |ttl, count| StringClass {
            name: String::new(),
            ttl,
            key: None,
            shapes: vec![Shape { key_len: 1, value: ValueShape::Raw(1), count }],
            collections: memory::collection::Collections::default(),
        };
        let of = |ttl: bool| {
            let chosen = keys.iter().zip(&self.expiring).filter(|(_, expires)| **expires == ttl);
            num::round(chosen.map(|(keys, _)| *keys).sum())
        };
        footprint(&[class(true, of(true)), class(false, of(false))], &self.server).tables().float()
    }
}

/// What a layout has for keys, and what they take.
struct Room {
    bytes: f64,
    wanted: f64,
    /// Tables per key in a cluster, whose every slot has its own.
    tables_per_key: f64,
    is_single: bool,
}

impl Room {
    fn cost(&self, costs: &Costs, keys: &[f64]) -> f64 {
        let tables = if self.is_single {
            costs.tables(keys)
        } else {
            self.tables_per_key * keys.iter().sum::<f64>()
        };
        costs.records(keys) + tables
    }
}

impl Search<'_> {
    fn full(&self, choice: &Choice, node: &NodeType) -> Caching {
        let index = self.horizon.layouts.iter().position(|layout| *layout == choice.layout);
        let index = index.expect("the choice is one of the layouts");
        let case = self.horizon.case(node, choice.engine, index, State::Steady);
        let costs = Costs::of(self.horizon, choice.engine);
        let room = self.room(&case, &costs);
        let held = match self.curve.within(room.bytes, |keys| room.cost(&costs, keys)) {
            Cached::All(held) | Cached::Some(held) => held,
            Cached::OutOfMemory { .. } => self.curve.full().clone(),
        };
        let share = self.share(&case);
        Caching::of(&held, &self.origin, share).refilled(self.curve, &held, &self.origin, share)
    }

    /// The best layout of one node type and engine below the limit, with what it holds and the share
    /// of the load that its hottest shard takes.
    fn best(
        &mut self,
        node: &NodeType,
        engine: EngineVersion,
        costs: &Costs,
        price: &Price,
    ) -> Option<(Smaller, Held, f64)> {
        let rules = &self.horizon.rules;
        let mut best: Option<(Smaller, Held, f64)> = None;
        let mut refuses = false;
        for (index, &layout) in self.horizon.layouts.iter().enumerate() {
            let is_asked = layout.replicas == rules.spec.capacity.replicas;
            if !is_asked || !layouts::suits(layout, node, &rules.spec.policy) {
                continue;
            }
            let bill = bill(layout, price.clone());
            if self.limit.is_some_and(|limit| bill.monthly >= limit) {
                break;
            }
            let case = self.horizon.case(node, engine, index, State::Steady);
            if !self.is_too_small(&case) {
                break;
            }
            let room = self.room(&case, costs);
            let held = match self.curve.within(room.bytes, |keys| room.cost(costs, keys)) {
                Cached::All(held) | Cached::Some(held) => held,
                Cached::OutOfMemory { .. } => {
                    refuses = true;
                    continue;
                }
            };
            if !self.carries(&case, &held) {
                continue;
            }
            let share = self.share(&case);
            let caching = Caching::of(&held, &self.origin, share);
            let total = bill.monthly + caching.origin.unwrap_or(Usd::ZERO);
            let next = Smaller {
                node_type: node.name.clone(),
                engine,
                layout,
                bill,
                room_bytes: Bytes::from_float(room.bytes),
                wanted_bytes: Bytes::from_float(room.wanted),
                caching,
                total,
            };
            if best.as_ref().is_none_or(|(known, _, _)| is_better(&next, known)) {
                best = Some((next, held, share));
            }
        }
        self.n_refusing_writes += u32::from(refuses && best.is_none());
        best
    }

    fn share(&self, case: &Case<'_>) -> f64 {
        let peak = self.horizon.ask.peak.per_sec();
        if peak > 0.0 { (case.peak / peak).clamp(1e-6, 1.0) } else { 1.0 }
    }

    /// Whether the node's memory is short with every key.
    fn is_too_small(&self, case: &Case<'_>) -> bool {
        let rules = &self.horizon.rules;
        let free = rules.spec.capacity.headroom.rest().get();
        let needs = rules.needs(case);
        let memory = needs.iter().find(|need| need.resource == Resource::Memory);
        memory.is_some_and(|need| match (need.demand, need.limit) {
            (Some(demand), Some(limit)) => demand.high > limit * free,
            _ => false,
        })
    }

    /// What is left of `maxmemory` beside the reserve and all that does not depend on keys. Evictions
    /// begin when it is full, so that no headroom stays free.
    fn room(&self, case: &Case<'_>, costs: &Costs) -> Room {
        let shards = f64::from(case.layout.shards);
        let memory = &case.memory;
        let of_keys =
            memory.records_bytes + memory.tables_bytes + memory.rehash_bytes + memory.cluster_bytes;
        let fixed = memory.total().saturating_sub(of_keys);
        let usable = case.node.usable_memory(self.horizon.rules.reserved(case));
        let keys: Vec<f64> = self.horizon.ask.keys.iter().map(|keys| num::float(*keys)).collect();
        let records = costs.records(&keys);
        // The fullest shard fills first; the others hold as much less as they have fewer keys.
        let fullest = memory.records_bytes.float() * shards / records.max(1.0);
        let all: f64 = keys.iter().sum();
        let tables =
            (memory.tables_bytes + memory.cluster_bytes).float() * shards / fullest.max(1.0);
        let mut room = Room {
            bytes: usable.saturating_sub(fixed).float() * shards / fullest.max(1.0),
            wanted: 0.0,
            tables_per_key: tables / all.max(1.0),
            is_single: !case.layout.cluster_mode,
        };
        room.wanted = room.cost(costs, &keys);
        room
    }

    /// Whether everything but memory suffices, each miss followed by a SET.
    fn carries(&self, case: &Case<'_>, held: &Held) -> bool {
        let rules = &self.horizon.rules;
        let sets = held.misses() * self.share(case);
        let loaded = Case { commands: case.commands + sets, ..*case };
        let replicas = f64::from(case.layout.replicas);
        let free = rules.spec.capacity.headroom.rest().get();
        rules.needs(&loaded).into_iter().all(|need| {
            let more = match need.resource {
                Resource::Memory => return true,
                Resource::NetworkIn => sets * self.set_bytes,
                Resource::NetworkOut => sets * self.set_bytes * replicas,
                _ => 0.0,
            };
            match (need.demand, need.limit) {
                (Some(demand), Some(limit)) => demand.high + more <= limit * free,
                _ => true,
            }
        })
    }
}

/// Those that keep to what is asked come first, then the cheaper total, then the higher hit ratio.
fn is_better(next: &Smaller, known: &Smaller) -> bool {
    let key = |one: &Smaller| (!one.caching.is_acceptable(), one.total);
    match (next.caching.is_acceptable(), known.caching.is_acceptable()) {
        (false, false) => next.caching.hit_ratio > known.caching.hit_ratio,
        _ => key(next) < key(known),
    }
}

/// Bytes on the wire of a SET after a miss, on average over what is read.
fn set_bytes(horizon: &Horizon<'_>) -> f64 {
    let (spec, classes) = (horizon.rules.spec, &horizon.ask.classes);
    let mean = |class: &StringClass| {
        let bytes: f64 = class
            .shapes
            .iter()
            .map(|shape| {
                let value = shape.value.longest().unwrap_or(0);
                num::float(shape.count) * num::float(u64::from(shape.key_len) + value)
            })
            .sum();
        bytes / num::float(class.keys().max(1))
    };
    let (mut bytes, mut reads) = (0.0, 0.0);
    for line in &spec.traffic {
        let weight = line.weight * num::float(line.command.keys_read());
        bytes += weight * mean(&classes[line.class]);
        reads += weight;
    }
    on_the_wire(if reads > 0.0 { bytes / reads } else { 0.0 } + AROUND_SET)
}
