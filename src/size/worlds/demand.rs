//! What one layout asks for in one world, fast: what depends on the world is a few multiplications.

use crate::catalog::NodeType;
use crate::engine::EngineVersion;
use crate::model::Estimate;
use crate::model::memory::Detail;
use crate::units::num;

use super::super::constraint::Rules;
use super::super::demand::Ask;
use super::super::response::{self, Path};
use super::super::search::{Horizon, loses_a_node};
use super::super::{Resource, State};
use super::law::{Law, Laws, World};

/// Numbers of keys that memory is calculated at; between them it is interpolated.
const POINTS: u32 = 24;

/// The places of a world.
const PEAK: usize = 0;
const GROWTH: usize = 1;
const SERVICE: usize = 2;
const RATIO: usize = 3;
const TLS: usize = 4;
const ROUND_TRIP: usize = 5;
const MEMORY: usize = 6;
const KEYS: usize = 7;
const CAPACITY: usize = 8;

/// What does not depend on the layout.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn {
    /// Keys as a factor of the plan's today.
    pub(super) keys: f64,
    /// Load as a share of the plan's at the horizon.
    pub(super) load: f64,
    /// µs per operation on the measured machine.
    service: Option<f64>,
    round_trip: f64,
    memory: f64,
    ratio: f64,
    tls: f64,
    capacity: f64,
}

/// The horizon at several numbers of keys.
pub(super) struct Moments<'a> {
    pub(super) horizon: &'a Horizon<'a>,
    /// Factors of today's keys, ascending, with the horizon there.
    points: Vec<(f64, Horizon<'a>)>,
    laws: &'a Laws,
    /// Of each class, its share of what keys and values take.
    weights: Vec<f64>,
}

/// One layout of one type, ready for any world.
#[derive(Debug, Clone)]
pub(super) struct Ready<'a> {
    /// `used_memory` that has to stay in memory, at each point.
    memory: Vec<f64>,
    memory_limit: f64,
    /// Commands per second of the busiest node in the worse state, at the plan's load.
    commands: f64,
    cores: f64,
    /// The worst of demand ÷ limit among what follows load alone, at the plan's load, and its name.
    by_load: (Resource, f64),
    /// The same of what follows nothing that is drawn.
    fixed: (Resource, f64),
    ratio: Law,
    tls: Law,
    objective: crate::units::Micros,
    capacity: &'a crate::model::CapacityModel,
}

impl<'a> Moments<'a> {
    pub(super) fn of(horizon: &'a Horizon<'a>, laws: &'a Laws) -> Self {
        let rules = horizon.rules;
        let months = i32::try_from(rules.spec.capacity.horizon_months).unwrap_or(i32::MAX);
        let grown = |growth: f64| (1.0 + growth).powi(months);
        let classes = horizon.ask.on_one_server(rules.spec.aws.engines[0]).classes;
        let all: f64 = classes.iter().map(|class| class.parts.total().float()).sum();
        let weights: Vec<f64> =
            classes.iter().map(|class| class.parts.total().float() / all.max(1.0)).collect();
        let least: f64 =
            weights.iter().zip(&laws.keys).map(|(weight, law)| weight * law.quantile(0.0)).sum();
        let (low, high) =
            (least * grown(laws.growth.quantile(0.0)), grown(laws.growth.quantile(1.0)));
        let points = if low < high * (1.0 - 1e-9) {
            let each = (high / low).powf(1.0 / f64::from(POINTS - 1));
            (0..POINTS)
                .map(|point| {
                    let factor = low * each.powi(i32::try_from(point).unwrap_or(0));
                    (factor, at(rules, factor))
                })
                .collect()
        } else {
            vec![(high, at(rules, high))]
        };
        Self { horizon, points, laws, weights }
    }

    pub(super) fn draw(&self, world: &World) -> Drawn {
        let Laws { keys, peak, growth, service, memory, round_trip, capacity } = self.laws;
        let rules = self.horizon.rules;
        let months = i32::try_from(rules.spec.capacity.horizon_months).unwrap_or(i32::MAX);
        let grown = (1.0 + growth.quantile(world[GROWTH])).powi(months);
        // Classes are taken to lie alike between their ends: they follow one business.
        let today: f64 =
            self.weights.iter().zip(keys).map(|(w, law)| w * law.quantile(world[KEYS])).sum();
        let planned = rules.spec.growth_factor();
        Drawn {
            keys: today * grown,
            load: peak.quantile(world[PEAK]) * grown / planned,
            service: service.map(|law| law.quantile(world[SERVICE])),
            round_trip: round_trip.quantile(world[ROUND_TRIP]),
            memory: memory.quantile(world[MEMORY]),
            ratio: world[RATIO],
            tls: world[TLS],
            capacity: capacity.quantile(world[CAPACITY]),
        }
    }

    pub(super) fn ready(&self, node: &NodeType, engine: EngineVersion, index: usize) -> Ready<'a> {
        let (horizon, rules) = (self.horizon, self.horizon.rules);
        let lost = loses_a_node(&rules, horizon.layouts[index]);
        let states = if lost { &[State::Steady, State::NodeLost][..] } else { &[State::Steady] };
        let nothing = (Resource::Memory, 0.0);
        let (mut by_load, mut fixed, mut commands, mut cores) =
            (nothing, nothing, 0.0_f64, f64::INFINITY);
        for state in states {
            let case = horizon.case(node, engine, index, *state);
            commands = commands.max(case.commands);
            for need in rules.needs(&case) {
                let (Some(demand), Some(limit)) = (need.demand, need.limit) else { continue };
                let used = (need.resource, demand.high / limit);
                match need.resource {
                    Resource::EngineCpu | Resource::CpuCredits => cores = cores.min(limit),
                    Resource::Memory | Resource::ResponseTime => {}
                    Resource::Connections | Resource::Ssd => fixed = larger(fixed, used),
                    _ => by_load = larger(by_load, used),
                }
            }
        }
        let steady = horizon.case(node, engine, index, State::Steady);
        let usable = node.usable_memory(rules.reserved(&steady)).float();
        let memory = self
            .points
            .iter()
            .map(|(_, then)| rules.in_memory(&then.case(node, engine, index, State::Steady)));
        Ready {
            memory: memory.collect(),
            memory_limit: usable * rules.spec.policy.memory.get(),
            commands,
            cores,
            by_load,
            fixed,
            ratio: Law::Triangular { estimate: rules.transfer(node).ratio },
            tls: Law::Triangular { estimate: rules.tls(node, engine) },
            objective: rules.spec.objective.p99_us,
            capacity: &rules.models.capacity,
        }
    }

    /// Memory of one shard at that many keys.
    fn interpolated(&self, memory: &[f64], keys: f64) -> f64 {
        let above = self.points.partition_point(|(factor, _)| *factor < keys);
        if above == 0 {
            return memory[0];
        }
        let Some((high, _)) = self.points.get(above) else { return memory[memory.len() - 1] };
        let low = self.points[above - 1].0;
        memory[above - 1] + (memory[above] - memory[above - 1]) * (keys - low) / (high - low)
    }

    /// `used_memory` of a shard in a world, bytes.
    pub(super) fn memory(&self, ready: &Ready<'_>, drawn: &Drawn) -> f64 {
        self.interpolated(&ready.memory, drawn.keys) * drawn.memory
    }

    /// The resource whose limit is passed by most, or nearest to it, and demand ÷ limit there.
    pub(super) fn worst(&self, ready: &Ready<'_>, drawn: &Drawn) -> (Resource, f64) {
        let memory = (Resource::Memory, self.memory(ready, drawn) / ready.memory_limit);
        let by_load = (ready.by_load.0, ready.by_load.1 * drawn.load);
        let mut worst = larger(larger(memory, ready.fixed), by_load);
        if let Some(cores) = ready.cores_in(drawn) {
            worst = larger(worst, (Resource::EngineCpu, cores / ready.cores));
        }
        larger(worst, (Resource::ResponseTime, ready.response(drawn)))
    }
}

impl Ready<'_> {
    /// Cores of the engine's thread in a world; `None`: not collected.
    pub(super) fn cores_in(&self, drawn: &Drawn) -> Option<f64> {
        let us = drawn.service? + self.tls.quantile(drawn.tls);
        Some(self.commands * drawn.load * us * self.ratio.quantile(drawn.ratio) / 1e6)
    }

    fn response(&self, drawn: &Drawn) -> f64 {
        let tls = drawn.service.map_or(0.0, |us| self.tls.quantile(drawn.tls) / us);
        let slowdown = self.ratio.quantile(drawn.ratio) * (1.0 + tls);
        let path = Path {
            slowdown: Estimate::exact(slowdown),
            round_trip: Estimate::exact(drawn.round_trip),
        };
        let within = response::load_within(self.objective, self.capacity, path).unwrap_or(0.0);
        let asked = self.commands * drawn.load;
        if asked <= 0.0 { 0.0 } else { asked / (within * drawn.capacity) }
    }
}

fn at(rules: Rules<'_>, keys: f64) -> Horizon<'_> {
    let ask = Ask::at(rules.prepared, keys, rules.spec.growth_factor());
    Horizon::new(rules, ask, Detail::Coarse)
}

fn larger(a: (Resource, f64), b: (Resource, f64)) -> (Resource, f64) {
    if b.1 > a.1 { b } else { a }
}

/// The share below which the 5 % and the 95 % point of sorted values lie.
pub(super) fn middle(sorted: &[f64]) -> Option<Estimate> {
    let last = sorted.len().checked_sub(1)?;
    let at = |share: f64| sorted[num::index(num::round(share * num::float_len(last)))];
    Some(Estimate::new(at(0.5), at(0.05), at(0.95)))
}
