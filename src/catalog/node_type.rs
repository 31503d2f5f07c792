//! Node types: what one machine offers, and which engines run on it.

use serde::{Deserialize, Serialize};

use crate::engine::{EngineVersion, Product};
use crate::units::{Bytes, BytesPerSec, Fraction};

use super::node_size::NodeSize;

/// What ElastiCache says about one node type. Source: instance-catalog/node-types.csv.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeType {
    /// As in `cache.r7g.large`.
    pub name: String,
    /// As in `r7g`.
    pub family: String,
    /// As in `large`.
    pub size: NodeSize,
    /// Whether a plan chooses it unasked.
    pub generation: Generation,
    /// Whether AWS creates new clusters on it; false for t2.
    pub takes_new_clusters: bool,
    /// What it computes with.
    pub processor: Processor,
    /// Its instruction set.
    pub architecture: Architecture,
    /// Virtual CPUs, one or more.
    pub vcpus: u16,
    /// The machine's memory, published to a hundredth of a GiB.
    pub memory_bytes: Bytes,
    /// What the engine may use, before `reserved-memory-percent` comes off.
    pub maxmemory_bytes: Bytes,
    /// What the network carries for ever, each way. `None`: not published.
    pub network_baseline_bytes_per_sec: Option<BytesPerSec>,
    /// What it carries for a while, each way. `None`: no more than the baseline.
    pub network_burst_bytes_per_sec: Option<BytesPerSec>,
    /// The SSD that takes cold values, on types with data tiering.
    pub data_tiering_bytes: Option<Bytes>,
    /// How long it may compute, on burstable types.
    pub cpu_credits: Option<CpuCredits>,
    /// `client-output-buffer-limit` of one replica: hard and soft limit, soft for 60 s. `None`: not published.
    pub replica_output_buffer_bytes: Option<Bytes>,
    /// The most connections one node takes.
    pub maxclients: u32,
    /// The oldest version of each engine that runs here; at most one each, Redis first. Patch
    /// levels are left out: the oldest version on offer is newer than any of them.
    pub min_versions: Vec<EngineVersion>,
    /// What extra cores take off the engine's thread, by Valkey's table; see [`Self::io_threading`].
    pub io: IoThreading,
    /// Keys of sources.csv.
    pub source: Vec<String>,
}

/// Whether AWS counts a type among the present ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Generation {
    /// Chosen by default.
    Current,
    /// Chosen only when all families are asked for.
    Previous,
}

/// A processor; later Graviton generations compare greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Processor {
    /// Intel Xeon of some kind.
    Intel,
    /// AWS Graviton2.
    Graviton2,
    /// AWS Graviton3.
    Graviton3,
    /// AWS Graviton3, the variant with more network and vector speed (3E).
    Graviton3e,
    /// AWS Graviton4.
    Graviton4,
}

/// An instruction set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Architecture {
    /// 64-bit Arm.
    Arm64,
    /// 64-bit x86. One core gives two vCPUs.
    #[serde(rename = "x86_64")]
    X86,
}

/// CPU credits of a burstable type in standard mode, the only mode ElastiCache has.
/// One credit is one vCPU at 100 % for one minute. Source: S1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CpuCredits {
    /// What each vCPU may use for ever.
    pub baseline_per_vcpu: Fraction,
    /// Credits earned per hour by the whole node.
    pub earned_per_hour: u32,
    /// The largest balance: 24 hours of earnings.
    pub balance_max: u32,
}

/// Work that cores beside the engine's thread take over. Source: S1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IoThreading {
    /// Enhanced I/O: reading and writing sockets.
    pub enhanced_io: bool,
    /// TLS offload: encryption.
    pub tls_offload: bool,
    /// Enhanced I/O multiplexing: many clients' commands through one channel to the engine.
    pub multiplexing: bool,
}

/// Why an engine does not run on a node type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum Unsupported {
    /// ElastiCache does not offer the engine there at any version; Graviton4 runs Valkey only.
    #[error("{node_type} does not run {product}")]
    EngineNotOffered {
        /// The node type.
        node_type: String,
        /// The engine that was asked for.
        product: Product,
    },
    /// The engine is offered, but only in newer versions.
    #[error("{node_type} runs {minimum} and newer, not {engine}")]
    VersionTooOld {
        /// The node type.
        node_type: String,
        /// The version that was asked for.
        engine: EngineVersion,
        /// The oldest that runs.
        minimum: EngineVersion,
    },
}

/// Redis has multiplexing from 7.0.4 on. Source: limits.csv, `enhanced_io_multiplexing_min_version`.
const REDIS_MULTIPLEXING: (u16, u16) = (7, 0);
/// Redis has TLS offload from 6.2.5 on. Source: limits.csv, `tls_offload_min_version`.
const REDIS_TLS_OFFLOAD: (u16, u16) = (6, 2);
/// Redis has enhanced I/O from 5.0.6 on. Source: limits.csv, `enhanced_io_min_version`.
const REDIS_ENHANCED_IO: (u16, u16) = (5, 0);

impl NodeType {
    /// Whether the engine runs on this type.
    ///
    /// # Errors
    /// The reason why it does not. Versions count to the minor number, so `redis-5.0` passes where
    /// 5.0.6 is the minimum.
    pub fn supports(&self, engine: EngineVersion) -> Result<(), Unsupported> {
        let node_type = self.name.clone();
        match self.min_versions.iter().find(|minimum| minimum.product == engine.product) {
            None => Err(Unsupported::EngineNotOffered { node_type, product: engine.product }),
            Some(&minimum) if engine.number() < minimum.number() => {
                Err(Unsupported::VersionTooOld { node_type, engine, minimum })
            }
            Some(_) => Ok(()),
        }
    }

    /// What extra cores take over under one engine version: the type's features as far as the
    /// version has them.
    pub fn io_threading(&self, engine: EngineVersion) -> IoThreading {
        let has = |since: (u16, u16)| engine.product == Product::Valkey || engine.number() >= since;
        IoThreading {
            enhanced_io: self.io.enhanced_io && has(REDIS_ENHANCED_IO),
            tls_offload: self.io.tls_offload && has(REDIS_TLS_OFFLOAD),
            multiplexing: self.io.multiplexing && has(REDIS_MULTIPLEXING),
        }
    }

    /// `maxmemory` less the reserve, to the nearest byte.
    ///
    /// * `reserved`: `reserved-memory-percent` as a share.
    ///
    /// Source: L1.
    pub fn usable_memory(&self, reserved: Fraction) -> Bytes {
        self.maxmemory_bytes.scale(reserved.rest().get())
    }

    /// Whether it earns CPU credits instead of owning its vCPUs.
    pub const fn is_burstable(&self) -> bool {
        self.cpu_credits.is_some()
    }

    /// Whether a plan chooses it unasked: a current type that takes new clusters.
    pub fn is_current(&self) -> bool {
        self.generation == Generation::Current && self.takes_new_clusters
    }
}
