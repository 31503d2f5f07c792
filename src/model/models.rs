//! All models of one run, artifact `04-models`.

use serde::{Deserialize, Serialize};

use crate::engine::{Allocator, SlotRange};
use crate::measurement::{AllocatorEvidence, Seeded, Steps};
use crate::spec::PlanSpec;
use crate::units::Bytes;

use super::memory::fit::{Checkpoint, Fit, NoFit, fit};
use super::memory::{Footprint, Layout, StringClass, together};
use super::shapes::string_classes;
use super::{
    CapacityModel, CommandModel, CpuModel, Estimate, NetworkModel, capacity_model, command_models,
    cpu_model, network_model,
};

/// Beyond this the law and the measurement disagree, and the measurement decides.
const AGREEMENT: f64 = 0.01;

/// What was learned from one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Models {
    /// How memory follows keys.
    pub memory: MemoryModel,
    /// Engine-thread time per operation; `None` when the target does not tell.
    pub cpu: Option<CpuModel>,
    /// Bytes per operation; `None` when no operation completed.
    pub network: Option<NetworkModel>,
    /// What each line of the mix moves and computes, in the plan's order; empty in runs of
    /// earlier versions.
    #[serde(default)]
    pub commands: Vec<Option<CommandModel>>,
    /// What the measured target carries.
    pub capacity: CapacityModel,
}

/// How memory follows keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemoryModel {
    /// The server that was measured; of a cluster, each of them, with the baselines of all in one.
    pub measured: Layout,
    /// The slots that each server of a cluster owned; empty for a server by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<Vec<SlotRange>>,
    /// How its allocator is known.
    pub allocator_evidence: AllocatorEvidence,
    /// The law at the seeded keys on that server.
    pub calculated: Footprint,
    /// `used_memory` of the settled data set as read.
    pub measured_bytes: Bytes,
    /// calculated ÷ measured − 1, at the seeded keys.
    pub deviation: f64,
    /// The straight line through the checkpoints, tables taken out.
    pub fit: Option<Fit>,
    /// Why there is no line.
    pub no_fit: Option<String>,
    /// Factor on calculated bytes of keys and values when planning: 1 while law and measurement
    /// agree within 1 %, otherwise measured over calculated.
    pub correction: f64,
}

impl Models {
    /// Learns from what was seeded and the load that was offered.
    pub fn learn(spec: &PlanSpec, seeded: &Seeded, steps: &Steps) -> Self {
        Self {
            memory: MemoryModel::learn(spec, seeded),
            cpu: cpu_model(&steps.levels, spec.commands_per_operation()),
            network: network_model(spec, &steps.levels),
            commands: command_models(spec, &steps.levels),
            capacity: capacity_model(&spec.objective, &steps.levels),
        }
    }
}

/// What the law of memory was off by on real servers at the most, standalone. Source: MODEL.md §1.9.
const LAW_OFF: f64 = 0.001;

impl MemoryModel {
    /// `used_memory` ÷ what was calculated: off by what law and measurement differed by, and at least
    /// by what the law is off on any server.
    pub fn error(&self) -> Estimate {
        let off = LAW_OFF.max(self.deviation.abs());
        Estimate::new(1.0, 1.0 - off, 1.0 + off)
    }

    /// The measured server as it describes itself, with the backlog of its replicas in its baseline.
    pub fn as_told(seeded: &Seeded) -> Layout {
        Layout {
            engine: seeded.target.engine,
            allocator: seeded.target.allocator,
            shares_integers: seeded.target.shares_integers(),
            baseline: seeded.baseline.used_memory_bytes + seeded.replication_bytes,
            slots: None,
        }
    }

    /// The law for these classes on the measured servers.
    pub fn footprint(&self, classes: &[StringClass]) -> Footprint {
        together(classes, &self.measured, &self.shards)
    }

    /// `used_memory` as it was predicted before loading, from the plan and the target.
    pub fn predicted(spec: &PlanSpec, seeded: &Seeded) -> Bytes {
        let keys: Vec<u64> = spec.classes.iter().map(|class| class.keys).collect();
        let classes = string_classes(&spec.classes, &keys);
        together(&classes, &Self::as_told(seeded), &slots(seeded)).settled_total()
    }

    /// Checks the law against the checkpoints.
    pub fn learn(spec: &PlanSpec, seeded: &Seeded) -> Self {
        let (as_told, shards) = (Self::as_told(seeded), slots(seeded));
        let (allocator, allocator_evidence) = allocator(spec, seeded, &as_told);
        let measured = Layout { allocator, ..as_told };
        let at = |keys: &[u64]| together(&string_classes(&spec.classes, keys), &measured, &shards);
        let points: Vec<Checkpoint> = std::iter::once(&seeded.baseline)
            .chain(&seeded.checkpoints)
            .chain([&seeded.settled])
            .map(|point| Checkpoint {
                calculated: at(&point.keys),
                measured: point.used_memory_bytes,
                is_settled: point.is_settled,
            })
            .collect();
        let calculated = at(&seeded.settled.keys);
        let measured_bytes = seeded.settled.used_memory_bytes;
        let deviation = calculated.settled_total() / measured_bytes - 1.0;
        let line = fit(&points);
        let correction = match &line {
            Ok(fit) if deviation.abs() > AGREEMENT => fit.slope,
            _ => 1.0,
        };
        Self {
            measured,
            shards,
            allocator_evidence,
            calculated,
            measured_bytes,
            deviation,
            no_fit: line.as_ref().err().map(NoFit::to_string),
            fit: line.ok(),
            correction,
        }
    }
}

/// The slots that each server of a measured cluster owned.
fn slots(seeded: &Seeded) -> Vec<Vec<SlotRange>> {
    seeded.shards.iter().map(|shard| shard.slots.clone()).collect()
}

/// The allocator of the measured server. One that would not tell its quantum is told by what its own
/// keys took: 24-byte entries take 32 bytes where the quantum is 16. It counts when one of the two
/// explains the keys within [`AGREEMENT`] and the other does not by twice that.
fn allocator(spec: &PlanSpec, seeded: &Seeded, told: &Layout) -> (Allocator, AllocatorEvidence) {
    let as_told = (told.allocator, seeded.target.allocator_evidence);
    if as_told.1 != AllocatorEvidence::InfoOnly || told.allocator == Allocator::Libc {
        return as_told;
    }
    let taken = seeded.settled.used_memory_bytes.saturating_sub(told.baseline);
    let classes = string_classes(&spec.classes, &seeded.settled.keys);
    let off = |allocator| {
        let layout = Layout { allocator, baseline: Bytes::ZERO, ..*told };
        (together(&classes, &layout, &slots(seeded)).settled_total() / taken - 1.0).abs()
    };
    let mut both = [Allocator::JemallocQ8, Allocator::JemallocQ16]
        .map(|allocator| (off(allocator), allocator));
    both.sort_by(|a, b| a.0.total_cmp(&b.0));
    let [(near, nearer), (far, _)] = both;
    if near <= AGREEMENT && far > 2.0 * AGREEMENT {
        (nearer, AllocatorEvidence::OwnKeys)
    } else {
        as_told
    }
}
