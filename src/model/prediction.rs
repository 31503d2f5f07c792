//! What a workload's keys take on an engine, without any measurement.

use serde::{Deserialize, Serialize};

use crate::engine::EngineVersion;
use crate::evidence::Grade;
use crate::spec::PlanSpec;
use crate::units::Bytes;

use super::memory::{Advice, Basis, Doubling, Footprint, Layout, StringClass, advice, footprint};
use super::string_classes;

/// The keys of every moment a plan speaks of, in the shapes of the memory law; made once for all
/// engines.
#[derive(Debug, Clone)]
pub struct Stored {
    moments: Vec<(Moment, Vec<StringClass>)>,
    /// Bytes of each class's keys beside their number.
    names: Vec<u32>,
}

/// A moment that a plan speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Moment {
    /// What is seeded for a measurement.
    Seeded,
    /// What production holds now.
    Today,
    /// What it will have grown to.
    Horizon,
}

/// `used_memory` of one engine at each moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Engine and version.
    pub engine: EngineVersion,
    /// The server.
    pub layout: Layout,
    /// [`Grade::Calculated`] where the engine's own law is known, else [`Grade::Assumed`].
    pub grade: Grade,
    /// Seeded, today, horizon.
    pub moments: Vec<PredictedMoment>,
    /// The next doubling of the table of all keys after today's; `None` in cluster mode, where tables
    /// of slots or a tree grow bit by bit.
    pub next_doubling: Option<Doubling>,
    /// What pays, on today's keys.
    pub advice: Vec<Advice>,
}

/// `used_memory` at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PredictedMoment {
    /// Which.
    pub when: Moment,
    /// Keys of all classes.
    pub keys: u64,
    /// Once tables have settled.
    pub used_memory_bytes: Bytes,
    /// While keys move to larger tables.
    pub used_memory_growing_bytes: Bytes,
    /// By class and purpose.
    pub footprint: Footprint,
}

impl Moment {
    /// The word that tables print.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Seeded => "seeded",
            Self::Today => "today",
            Self::Horizon => "horizon",
        }
    }
}

impl Stored {
    /// What `spec` stores.
    pub fn of(spec: &PlanSpec) -> Self {
        let seeded: Vec<u64> = spec.classes.iter().map(|class| class.keys).collect();
        let moments = [
            (Moment::Seeded, seeded),
            (Moment::Today, spec.capacity.keys.clone()),
            (Moment::Horizon, spec.keys_at_horizon()),
        ];
        let classes =
            |(when, keys): (Moment, Vec<u64>)| (when, string_classes(&spec.classes, &keys));
        Self {
            moments: moments.into_iter().map(classes).collect(),
            names: spec.classes.iter().map(|class| class.key.name_len()).collect(),
        }
    }

    /// What that takes on one server.
    pub fn on(&self, layout: Layout) -> Prediction {
        let moments: Vec<PredictedMoment> = self
            .moments
            .iter()
            .map(|(when, classes)| {
                let footprint = footprint(classes, &layout);
                PredictedMoment {
                    when: *when,
                    keys: footprint.keys(),
                    used_memory_bytes: footprint.settled_total(),
                    used_memory_growing_bytes: footprint.rehashing_total(),
                    footprint,
                }
            })
            .collect();
        let (_, today) = self.today();
        Prediction {
            engine: layout.engine,
            layout,
            grade: match layout.law().basis {
                Basis::Exact => Grade::Calculated,
                Basis::Assumed => Grade::Assumed,
            },
            next_doubling: layout
                .slots
                .is_none()
                .then(|| layout.next_doubling(today.iter().map(StringClass::keys).sum())),
            advice: advice(today, &self.names, &layout),
            moments,
        }
    }

    fn today(&self) -> &(Moment, Vec<StringClass>) {
        let today = self.moments.iter().find(|(when, _)| *when == Moment::Today);
        today.expect("today is one of the moments")
    }
}

impl Prediction {
    /// One of its moments.
    pub fn at(&self, when: Moment) -> &PredictedMoment {
        self.moments.iter().find(|moment| moment.when == when).expect("all moments are predicted")
    }
}
