//! The plan on ElastiCache Serverless: what it is charged, and what stands against it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::catalog::{LimitUnit, LimitValue, Limits, ServerlessRates};
use crate::engine::{EngineVersion, SLOTS};
use crate::evidence::Grade;
use crate::model::memory::Detail;
use crate::size::cluster::{Spread, fullest};
use crate::size::constraint::Rules;
use crate::size::demand::Ask;
use crate::size::doubts::hottest;
use crate::spec::ClusterMode;
use crate::units::{Bytes, OpsPerSec, Usd};

use super::Ecpu;

/// A serverless cache that would carry the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerlessOffer {
    /// What it runs; the memory law of this version is the data's.
    pub engine: EngineVersion,
    /// What it charges; `None`: no price was read in this Region.
    pub rates: Option<ServerlessRates>,
    /// Why it cannot carry the plan; empty when it can.
    pub obstacles: Vec<Obstacle>,
    /// What it asks of clients and operators.
    pub conditions: Vec<Condition>,
    /// In month 0.
    pub now: MonthlyUse,
    /// In the month of the horizon.
    pub at_horizon: MonthlyUse,
    /// Over all months before that, growth included; `None`: unpriced, or load not measured.
    #[serde(rename = "over_horizon_nano_usd")]
    pub over_horizon: Option<Usd>,
    /// How well the worst part of it is known.
    pub grade: Grade,
}

/// A month's use and its price.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MonthlyUse {
    /// Keys, values and tables, once whatever is replicated.
    pub data_bytes: Bytes,
    /// ECPU per second, mean over the day; `None`: bytes per operation were not measured.
    pub ecpu: Option<OpsPerSec>,
    /// For the data; `None`: unpriced.
    #[serde(rename = "data_nano_usd")]
    pub data_cost: Option<Usd>,
    /// For the ECPU.
    #[serde(rename = "ecpu_nano_usd")]
    pub ecpu_cost: Option<Usd>,
}

/// Why a serverless cache cannot carry the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// It is always in cluster mode, which the plan excludes.
    ClusterModeDisabled,
    /// Its writes cannot be made durable, which the plan asks for. Source: L14.
    NotDurable,
    /// More data at the horizon than a cache may hold.
    Data {
        /// Asked for.
        needed: Bytes,
        /// Allowed.
        limit: Bytes,
    },
    /// More data in one hash slot.
    SlotData {
        /// Asked for.
        needed: Bytes,
        /// Allowed.
        limit: Bytes,
    },
    /// More ECPU per second at the horizon's peak than a cache may use.
    Ecpu {
        /// Asked for.
        needed: OpsPerSec,
        /// Allowed.
        limit: OpsPerSec,
    },
    /// More of them in the busiest hash slot.
    SlotEcpu {
        /// Asked for.
        needed: OpsPerSec,
        /// Allowed.
        limit: OpsPerSec,
    },
    /// More connections than a cache accepts.
    Connections {
        /// Asked for.
        needed: u32,
        /// Allowed.
        limit: u32,
    },
}

/// What a serverless cache asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Clients have to split commands over several keys, as in any cluster.
    SplitBatches {
        /// The line of the mix.
        line: String,
    },
    /// A cache scales up from less than the peak needs: set a minimum before load comes at once.
    ScalesUp {
        /// ECPU per second at the horizon's peak.
        peak: OpsPerSec,
        /// What an empty cache has at once.
        at_once: OpsPerSec,
    },
}

/// The plan's load over its months.
pub(super) struct Plan<'a> {
    rules: &'a Rules<'a>,
    ecpu: Option<&'a Ecpu>,
    /// Of each month that totals are over.
    months: Vec<Ask>,
    horizon: &'a Ask,
    /// Of the horizon.
    spread: Spread<'a>,
}

impl<'a> Plan<'a> {
    /// * `months`: what totals are over.
    pub(super) fn new(
        rules: &'a Rules<'a>,
        ecpu: Option<&'a Ecpu>,
        horizon: &'a Ask,
        months: u32,
    ) -> Self {
        let Rules { spec, prepared, .. } = rules;
        let spread = Spread::of(spec, &prepared.names, horizon);
        let months = (0..months).map(|month| Ask::in_months(prepared, month)).collect();
        Self { rules, ecpu, months, horizon, spread }
    }

    /// What it is charged month by month, and what stands against it at the horizon.
    pub(super) fn offer(
        &self,
        engine: EngineVersion,
        rates: Option<ServerlessRates>,
    ) -> ServerlessOffer {
        let limits = self.rules.limits;
        let months = || self.months.iter().map(|ask| self.usage(ask, engine, rates.as_ref()));
        let now = self.usage(&self.months[0], engine, rates.as_ref());
        let at_horizon = self.usage(self.horizon, engine, rates.as_ref());
        let over_horizon = months().map(|month| month.total()).sum();
        ServerlessOffer {
            engine,
            obstacles: self.obstacles(limits, engine, &at_horizon),
            conditions: self.conditions(limits),
            now,
            at_horizon,
            over_horizon,
            // What a cache meters as data is not published in detail.
            grade: if rates.is_some() && self.ecpu.is_some() {
                Grade::Assumed
            } else {
                Grade::NotCollected
            },
            rates,
        }
    }

    /// A month's use at the keys and peak of `ask`.
    fn usage(
        &self,
        ask: &Ask,
        engine: EngineVersion,
        rates: Option<&ServerlessRates>,
    ) -> MonthlyUse {
        let Rules { spec, models, .. } = self.rules;
        let keys = ask.on_one_server(engine);
        let data = keys.records().scale(models.memory.correction) + keys.tables();
        let mean = ask.peak.scale(spec.objective.profile.mean().get());
        let ecpu = self.ecpu.map(|ecpu| mean.scale(ecpu.per_operation));
        MonthlyUse::of(data, ecpu, rates)
    }

    fn obstacles(
        &self,
        limits: &Limits,
        engine: EngineVersion,
        at_horizon: &MonthlyUse,
    ) -> Vec<Obstacle> {
        let Self { rules: Rules { spec, models, .. }, spread, horizon, .. } = self;
        let mut obstacles = Vec::new();
        if spec.capacity.cluster_mode == ClusterMode::Disabled {
            obstacles.push(Obstacle::ClusterModeDisabled);
        }
        if spec.production.durability.is_some() {
            obstacles.push(Obstacle::NotDurable);
        }
        let (needed, limit) = (at_horizon.data_bytes, limits.serverless_data_max.value);
        if needed > limit {
            obstacles.push(Obstacle::Data { needed, limit });
        }
        if let Some(limit) = figure(limits, "serverless_max_per_slot_data", LimitUnit::Gib) {
            let limit = Bytes::from_gib(1).scale(limit);
            // A slot holds no more than the cache.
            if at_horizon.data_bytes > limit {
                let costs = spread.costs(engine, Detail::Fine);
                let slot = fullest(&costs, u32::from(SLOTS), models.memory.correction);
                let needed = slot.records().scale(models.memory.correction) + slot.tables();
                if needed > limit {
                    obstacles.push(Obstacle::SlotData { needed, limit });
                }
            }
        }
        if let Some(ecpu) = self.ecpu {
            let needed = horizon.peak.scale(ecpu.per_operation);
            let limit = limits.serverless_ecpu_per_sec_max.value;
            if needed > limit {
                obstacles.push(Obstacle::Ecpu { needed, limit });
            }
            let slot = horizon.peak.scale(self.busiest_slot(ecpu));
            let name = "serverless_max_per_slot_ecpu";
            if let Some(limit) =
                figure(limits, name, LimitUnit::EcpuPerSec).and_then(OpsPerSec::new)
                && slot > limit
            {
                obstacles.push(Obstacle::SlotEcpu { needed: slot, limit });
            }
        }
        let (needed, limit) = (spec.load.connections, limits.serverless_maxclients.value);
        if needed > limit {
            obstacles.push(Obstacle::Connections { needed, limit });
        }
        obstacles
    }

    /// ECPU that the busiest slot has of each operation of the mix: the hottest key's, or those of
    /// the slot with most keys. A slot with both is a little above.
    fn busiest_slot(&self, ecpu: &Ecpu) -> f64 {
        let spec = self.rules.spec;
        let of_line = |(traffic, line): (&crate::spec::Traffic, &super::LineEcpu)| {
            hottest(spec, traffic).map_or(0.0, |(_, share)| share * line.ecpu)
        };
        let hot = spec.traffic.iter().zip(&ecpu.lines).map(of_line).fold(0.0, f64::max);
        hot.max(self.spread.largest_load(u32::from(SLOTS)) * ecpu.per_operation)
    }

    fn conditions(&self, limits: &Limits) -> Vec<Condition> {
        let spec = self.rules.spec;
        let batches = spec.traffic.iter().filter(|line| line.command.keys_named() > 1);
        let mut conditions: Vec<Condition> =
            batches.map(|line| Condition::SplitBatches { line: spec.label(line) }).collect();
        let at_once = limits.serverless_ecpu_per_sec_instant.value;
        let peak = self.ecpu.map(|ecpu| self.horizon.peak.scale(ecpu.per_operation));
        if let Some(peak) = peak.filter(|peak| *peak > at_once) {
            conditions.push(Condition::ScalesUp { peak, at_once });
        }
        conditions
    }
}

impl MonthlyUse {
    /// A month of 730 hours with that much data and ECPU, both means of the month.
    pub(super) fn of(
        data_bytes: Bytes,
        ecpu: Option<OpsPerSec>,
        rates: Option<&ServerlessRates>,
    ) -> Self {
        let data_cost = rates.map(|rates| rates.hourly(data_bytes, OpsPerSec::ZERO).monthly());
        let ecpu_cost = rates.zip(ecpu).zip(data_cost).map(|((rates, ecpu), data_cost)| {
            let both = rates.hourly(data_bytes, ecpu).monthly();
            Usd::from_nanos(both.nanos().saturating_sub(data_cost.nanos()))
        });
        Self { data_bytes, ecpu, data_cost, ecpu_cost }
    }

    /// For data and ECPU.
    pub fn total(&self) -> Option<Usd> {
        Some(self.data_cost? + self.ecpu_cost?)
    }
}

/// A figure of limits.csv that has no field of its own.
pub(super) fn figure(limits: &Limits, name: &str, unit: LimitUnit) -> Option<f64> {
    let limit = limits.get(name).filter(|limit| limit.unit == unit)?;
    match limit.value {
        LimitValue::Number(value) => Some(value),
        LimitValue::Text(_) => None,
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClusterModeDisabled => {
                f.write_str("it is always in cluster mode, which `cluster_mode` excludes")
            }
            Self::NotDurable => f.write_str("it does not make writes durable"),
            Self::Data { needed, limit } => {
                write!(f, "data: needs {needed}, a cache may hold {limit}")
            }
            Self::SlotData { needed, limit } => {
                write!(f, "data of the fullest hash slot: needs {needed}, may hold {limit}")
            }
            Self::Ecpu { needed, limit } => {
                write!(f, "ECPU at the peak: needs {needed}, a cache may use {limit}")
            }
            Self::SlotEcpu { needed, limit } => write!(
                f,
                "ECPU of the busiest hash slot at the peak: needs {needed}, a slot may use {limit}"
            ),
            Self::Connections { needed, limit } => {
                write!(f, "connections: needs {needed}, a cache accepts {limit}")
            }
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SplitBatches { line } => write!(
                f,
                "clients have to split `{line}` over hash slots; each key then counts as a command"
            ),
            Self::ScalesUp { peak, at_once } => write!(
                f,
                "an empty cache starts with {at_once} ECPU and takes minutes to reach the {peak} of \
                 the peak: set a minimum before the load comes"
            ),
        }
    }
}
