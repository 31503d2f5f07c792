//! What sits on top of the keys: connections, replication, bookkeeping per command.
//!
//! Measured per version (MODEL.md §1.7); a version that was not measured takes the nearest figure
//! and says so.

use serde::{Deserialize, Serialize};

use super::blocks::block;
use super::law::{Basis, law_for};
use crate::engine::{Allocator, EngineVersion, Product};
use crate::model::Estimate;
use crate::units::Bytes;

/// What each distinct command ever executed adds to `used_memory` under `latency-tracking`: one
/// histogram, allocated at the command's first execution.
const LATENCY_HISTOGRAM: Bytes = Bytes::new(24_688);
/// A connection's reply buffer, least and most. Source: src/server.h:169, 165 (R 7.0.15).
const REPLY_LEAST: u64 = 1 << 10;
const REPLY_MOST: u64 = 16 << 10;
/// What is read from a connection at once. Source: src/server.h:164 (R 7.0.15).
const READ_AT_ONCE: u64 = 16 << 10;
/// Before the bytes of a backlog's block. Source: src/server.h:908 (R 7.0.15).
const BACKLOG_HEADER: u64 = 40;
/// A node of the engine's own lists: previous, next and value.
pub(super) const LIST_NODE: u64 = 24;

/// Descriptors that the event loop has room for besides those of clients: `CONFIG_FDSET_INCR`,
/// src/server.h:178 (R 7.0.15).
const SET_SIZE_BEYOND_CLIENTS: u64 = 128;
/// Its arrays for each descriptor: handlers, fired events (`src/ae.c:74`, R 7.0.15), and those of
/// the system (`src/ae_epoll.c:43`).
const EVENT_BYTES: [u64; 3] = [32, 8, 12];
const DEFAULT_MAXCLIENTS: u64 = 10_000;

/// Memory the allocator holds ÷ memory the engine asked it for, once values of many sizes have been
/// rewritten many times: best figure, least, most. Source: measured, MODEL.md §1.13.
pub const FRAGMENTATION: Estimate = Estimate { value: 1.025, low: 1.0, high: 1.03 };

/// `used_memory` of one client connection: fixed parts, and buffers that follow what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionMemory {
    /// Connected and silent for some seconds.
    pub idle: Bytes,
    /// What a connection at work keeps to read requests into; nothing where all share one buffer.
    pub query_buffer: Bytes,
    /// The part of `idle` that holds replies: the least the engine shrinks it to.
    pub reply_buffer: Bytes,
    /// Whether this very version was measured.
    pub basis: Basis,
}

/// `used_memory` that one replica causes on its primary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicaMemory {
    /// Its connection and buffers: the upper end of what was seen.
    pub connection: Bytes,
    /// The backlog once the stream has filled it: one however many replicas; a replica holds a copy.
    pub backlog: Bytes,
}

/// The bytes kept for `distinct` commands that have run at least once; nothing before Redis 7.0.
/// The baselines of [`law_for`] include the commands of a plain workload (MODEL.md §1.6).
pub fn latency_tracking(engine: EngineVersion, distinct: u64) -> Bytes {
    if law_for(engine).tracks_latency() { LATENCY_HISTOGRAM * distinct } else { Bytes::ZERO }
}

/// What the event loop keeps for `maxclients` connections, open or not, beyond what the baselines of
/// [`law_for`] have for the default of 10,000; official build.
///
/// `J(32 s) + J(8 s) + J(12 s)` with s = `maxclients` + 128. Source: MODEL.md §1.6.
pub fn descriptors(maxclients: u32) -> Bytes {
    let kept = |clients: u64| {
        let set_size = clients + SET_SIZE_BEYOND_CLIENTS;
        let taken = |bytes| block(Allocator::JemallocQ8, bytes * set_size);
        Bytes::new(EVENT_BYTES.into_iter().map(taken).sum())
    };
    kept(maxclients.into()).saturating_sub(kept(DEFAULT_MAXCLIENTS))
}

/// What `count` scripts of so many bytes take, once EVAL or SCRIPT LOAD has left them in the engine;
/// official build, the upper end of what was measured.
///
/// `count · (S(l) + record)`. The compiled script is host memory outside `used_memory` but on Redis
/// 8.0, which counts it. Source: MODEL.md §1.15.
pub fn scripts(engine: EngineVersion, count: u32, code: Bytes) -> Bytes {
    let record = match (engine.product, engine.number()) {
        (Product::Redis, number) if number < (7, 4) => 190,
        (Product::Redis, _) => 690,
        (Product::Valkey, number) if number < (8, 1) => 210,
        (Product::Valkey, _) => 310,
    };
    (kept_text(code) + Bytes::new(record)) * u64::from(count)
}

/// What `count` libraries of functions of so many bytes take; as [`scripts`].
pub fn functions(engine: EngineVersion, count: u32, code: Bytes) -> Bytes {
    let record = match (engine.product, engine.number()) {
        (Product::Redis, number) if number < (7, 4) => 390,
        (Product::Redis, _) => 660,
        (Product::Valkey, number) if number < (8, 1) => 390,
        (Product::Valkey, _) => 430,
    };
    (kept_text(code) + Bytes::new(record)) * u64::from(count)
}

/// A string of the engine: header, characters, end. Source: MODEL.md §1.2.
fn kept_text(text: Bytes) -> Bytes {
    let header = match text.get() {
        0..32 => 1,
        32..256 => 3,
        256..65_536 => 5,
        _ => 9,
    };
    Bytes::new(block(Allocator::JemallocQ8, header + text.get() + 1))
}

/// What a client connection costs; [`ConnectionMemory::active`] says what it costs at work.
///
/// Measured: Redis 6.2, 7.0, 7.2, 8.0, Valkey 8.0, 8.1, 9.1. Redis 7.4 and Valkey 7.2 count as Redis
/// 7.2. Source: MODEL.md §1.7.
pub fn connection(engine: EngineVersion) -> ConnectionMemory {
    let (redis, valkey) = (EngineVersion::redis, EngineVersion::valkey);
    let (of, idle) = match (engine.product, engine.number()) {
        (Product::Redis, number) if number < (7, 0) => (redis(6, 2), 20_946),
        (Product::Redis, number) if number < (7, 2) => (redis(7, 0), 2_381),
        (Product::Redis, number) if number < (8, 0) => (redis(7, 2), 2_362),
        (Product::Redis, _) => (redis(8, 0), 2_533),
        (Product::Valkey, number) if number < (8, 0) => (redis(7, 2), 2_362),
        (Product::Valkey, number) if number < (8, 1) => (valkey(8, 0), 2_354),
        (Product::Valkey, number) if number < (9, 1) => (valkey(8, 1), 1_826),
        (Product::Valkey, _) => (valkey(9, 1), 1_778),
    };
    let number = of.number();
    let (query_buffer, reply_buffer) = match of.product {
        Product::Redis if number < (7, 0) => (40_960, REPLY_MOST),
        Product::Redis if number < (8, 0) => (20_480, REPLY_LEAST),
        // They share one, but a connection that ever sent two commands at once, as many client
        // libraries do to introduce themselves, keeps one of its own while it is at work.
        Product::Valkey if number < (9, 1) => (20_480, REPLY_LEAST),
        Product::Redis | Product::Valkey => (0, REPLY_LEAST),
    };
    ConnectionMemory {
        idle: Bytes::new(idle),
        query_buffer: Bytes::new(query_buffer),
        reply_buffer: Bytes::new(reply_buffer),
        basis: if of == engine { Basis::Exact } else { Basis::Assumed },
    }
}

impl ConnectionMemory {
    /// At work with requests and replies of up to so many bytes.
    ///
    /// The reply buffer is the next power of two from 1 to 16 KiB; longer replies wait in blocks
    /// that go with them. A request above 16 KiB gets a buffer of its size. Source: MODEL.md §1.7.
    pub fn active(&self, request: Bytes, reply: Bytes) -> Bytes {
        let reply = reply.get().min(REPLY_MOST).next_power_of_two();
        let replies = Bytes::new(reply).saturating_sub(self.reply_buffer);
        let request = request.get();
        let own = if request > READ_AT_ONCE { block(Allocator::JemallocQ8, request) } else { 0 };
        self.idle + replies + self.query_buffer.max(Bytes::new(own))
    }

    /// In its first seconds: every buffer as large as it is made.
    pub fn fresh(&self) -> Bytes {
        self.active(Bytes::ZERO, Bytes::new(REPLY_MOST))
    }
}

/// What a replica costs its primary under the engine's default `repl-backlog-size`.
pub fn replica(engine: EngineVersion) -> ReplicaMemory {
    let backlog = backlog(engine, backlog_size(engine));
    ReplicaMemory { connection: Bytes::new(90_000), backlog }
}

/// The engine's default `repl-backlog-size`. Source: MODEL.md §1.7.
pub fn backlog_size(engine: EngineVersion) -> Bytes {
    let large = engine.product == Product::Valkey && engine.number() >= (8, 0);
    Bytes::from_mib(if large { 10 } else { 1 })
}

/// `used_memory` of a backlog of `size` once the stream has filled it, official build.
///
/// * Redis up to 6.2: one ring of that size.
/// * Later: a list of blocks of 16 KiB and 40 bytes of header, each with a list node of 24. It is trimmed by whole blocks, so that one more than hold `size` may exist. Single
///   writes above 16 KiB make larger blocks.
///
/// Source: MODEL.md §1.7.
pub fn backlog(engine: EngineVersion, size: Bytes) -> Bytes {
    if is_one_ring(engine) {
        return Bytes::new(block(Allocator::JemallocQ8, size.get()));
    }
    let taken = block(Allocator::JemallocQ8, REPLY_MOST + BACKLOG_HEADER);
    let blocks = size.get().div_ceil(taken - BACKLOG_HEADER) + 1;
    Bytes::new(taken + LIST_NODE) * blocks
}

/// `used_memory` of the blocks that hold `filled` bytes of the stream; nothing where the backlog is one
/// ring, which is whole from the start. Source: MODEL.md §1.7.
pub fn backlog_filled(engine: EngineVersion, filled: Bytes) -> Bytes {
    if is_one_ring(engine) {
        return Bytes::ZERO;
    }
    let taken = block(Allocator::JemallocQ8, REPLY_MOST + BACKLOG_HEADER);
    Bytes::new(taken + LIST_NODE) * filled.get().div_ceil(taken - BACKLOG_HEADER)
}

/// What a node of a cluster keeps for each other node: what it knows of it, and a link each way with
/// their buffers. Best figure, least, most.
///
/// Measured on clusters of 3 to 12 nodes, not calculated; Redis 7.1, Valkey 8.2 and 9.0 count as their
/// neighbours. Source: MODEL.md §1.11.
pub fn cluster_peer(engine: EngineVersion) -> Estimate {
    match (engine.product, engine.number()) {
        (Product::Redis, number) if number < (7, 0) => {
            Estimate { value: 17_400.0, low: 16_500.0, high: 17_700.0 }
        }
        // Any link may keep a buffer of 6 KiB that it sent from.
        (Product::Redis, number) if number < (7, 2) => {
            Estimate { value: 6_050.0, low: 3_900.0, high: 11_500.0 }
        }
        (Product::Redis | Product::Valkey, _) => {
            Estimate { value: 5_300.0, low: 5_200.0, high: 5_550.0 }
        }
    }
}

/// Whether the backlog is one ring and each replica has a buffer of its own besides; from Redis 7.0
/// on replicas and backlog share one list of blocks.
pub fn is_one_ring(engine: EngineVersion) -> bool {
    engine.product == Product::Redis && engine.number() < (7, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_takes_its_text_and_a_record_each() {
        // 5 + 1,000 + 1 takes a block of 1,024.
        let kb = Bytes::new(1_000);
        assert_eq!(scripts(EngineVersion::redis(7, 0), 40, kb), Bytes::new(40 * (1_024 + 190)));
        assert_eq!(functions(EngineVersion::valkey(8, 1), 2, kb), Bytes::new(2 * (1_024 + 430)));
        assert_eq!(scripts(EngineVersion::redis(7, 0), 0, Bytes::ZERO), Bytes::ZERO);
    }

    #[test]
    fn unmeasured_versions_say_so() {
        assert_eq!(connection(EngineVersion::redis(6, 2)).idle, Bytes::new(20_946));
        assert_eq!(connection(EngineVersion::redis(7, 1)).idle, Bytes::new(2_381));
        assert_eq!(connection(EngineVersion::redis(7, 1)).basis, Basis::Assumed);
        assert_eq!(connection(EngineVersion::redis(7, 0)).basis, Basis::Exact);
        assert_eq!(connection(EngineVersion::valkey(7, 2)).idle, Bytes::new(2_362));
        assert_eq!(connection(EngineVersion::valkey(8, 0)).basis, Basis::Exact);
        assert_eq!(connection(EngineVersion::valkey(9, 0)).idle, Bytes::new(1_826));
        assert_eq!(connection(EngineVersion::valkey(9, 1)).idle, Bytes::new(1_778));
    }

    #[test]
    fn buffers_follow_what_is_carried() {
        let active = |engine, request, reply| {
            connection(engine).active(Bytes::new(request), Bytes::new(reply)).get()
        };
        assert_eq!(active(EngineVersion::redis(6, 2), 100, 100), 61_906);
        assert_eq!(active(EngineVersion::redis(7, 0), 100, 1_344), 2_381 + 20_480 + 1_024);
        assert_eq!(active(EngineVersion::redis(7, 0), 33_000, 5), 2_381 + 40_960);
        assert_eq!(active(EngineVersion::redis(8, 0), 100, 5), 2_533);
        assert_eq!(active(EngineVersion::valkey(9, 1), 100, 5), 1_778);
        assert_eq!(active(EngineVersion::valkey(8, 1), 100, 5), 1_826 + 20_480);
        assert_eq!(active(EngineVersion::valkey(8, 1), 100, 10_000), 1_826 + 15_360 + 20_480);
        assert_eq!(active(EngineVersion::valkey(8, 1), 100, 1 << 20), 1_826 + 15_360 + 20_480);
        assert_eq!(connection(EngineVersion::redis(7, 0)).fresh(), Bytes::new(38_221));
    }

    /// One block more than was read on servers, which had just been trimmed: 1,066,208 and
    /// 10,539,056.
    #[test]
    fn a_backlog_is_a_list_of_blocks() {
        let of = |engine, mib| backlog(engine, Bytes::from_mib(mib)).get();
        assert_eq!(of(EngineVersion::redis(6, 2), 1), 1 << 20);
        assert_eq!(of(EngineVersion::redis(7, 0), 1), 1_066_208 + 20_504);
        assert_eq!(of(EngineVersion::valkey(8, 1), 10), 10_539_056 + 20_504);
        assert_eq!(replica(EngineVersion::valkey(7, 2)).backlog.get(), 1_086_712);
        assert_eq!(replica(EngineVersion::valkey(8, 1)).backlog.get(), 10_559_560);
    }

    #[test]
    fn peers_cost_most_where_links_keep_what_they_sent() {
        let each = |engine| cluster_peer(engine).high;
        assert!(each(EngineVersion::redis(6, 2)) > each(EngineVersion::redis(7, 0)));
        assert!(each(EngineVersion::redis(7, 1)) > each(EngineVersion::valkey(7, 2)));
        assert!((each(EngineVersion::valkey(9, 1)) - 5_550.0).abs() < 1e-9);
    }

    #[test]
    fn histograms_came_with_redis_7() {
        assert_eq!(latency_tracking(EngineVersion::redis(6, 2), 4), Bytes::ZERO);
        assert_eq!(latency_tracking(EngineVersion::valkey(7, 2), 4), Bytes::new(98_752));
    }

    /// Redis 6.2.6, 7.0.15, 7.2.6, Valkey 8.0.1 and 8.1.1 all report 540,672 bytes more with
    /// `maxclients` 19,968 than with 10,000.
    #[test]
    fn room_for_connections_is_kept_from_the_start() {
        assert_eq!(descriptors(10_000), Bytes::ZERO);
        assert_eq!(descriptors(65_000), Bytes::new(2_867_200));
        assert_eq!(descriptors(19_968), Bytes::new(540_672));
    }
}
