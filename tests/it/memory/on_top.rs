//! What sits on top of the keys: connections and replication, against the law.

use std::time::{Duration, Instant};

use cachefit::engine::EngineVersion;
use cachefit::measurement::TargetFacts;
use cachefit::model::memory::overhead;
use cachefit::units::{Bytes, num};

use crate::support::tutorial::{info, target};
use crate::support::{PATIENCE, Server, busy, engines, score};

/// Connections at work.
const CLIENTS: u64 = 100;
/// How far a figure that is not exact may be off.
const WITHIN: f64 = 0.15;
/// Engines look at a connection's buffers once a second or so, and make them smaller after five: they
/// have settled when so many readings in a row, one after each round of work, are about alike.
const ROUND: Duration = Duration::from_secs(1);
const ALIKE: u32 = 8;
const ABOUT: f64 = 0.01;

fn used(server: &Server) -> f64 {
    info(server).bytes("used_memory").unwrap().float()
}

#[track_caller]
fn near(group: &str, case: &str, target: &TargetFacts, measured: f64, calculated: Bytes) {
    score(group, target, case, calculated.float(), measured);
    let off = calculated.float() / measured - 1.0;
    assert!(off.abs() <= WITHIN, "{case}: {measured} where {calculated:?} was calculated");
}

#[test]
fn connections_follow_their_replies() {
    let _busy = busy();
    for engine in engines() {
        let server = Server::start_engine(&engine, &[]);
        let target = target(&server);
        if target.allocator == cachefit::engine::Allocator::Libc {
            println!("skipped: {} has no size classes", engine.display());
            continue;
        }
        let mut first = server.client(0);
        for len in [100, 1_337, 10_000] {
            let value = "x".repeat(len);
            redis::cmd("SET").arg(len).arg(value).query::<()>(&mut first).unwrap();
            redis::cmd("GET").arg(len).query::<String>(&mut first).unwrap();
        }
        let before = used(&server);
        let mut clients: Vec<_> = (0..CLIENTS).map(|_| server.client(0)).collect();
        let law = overhead::connection(target.engine);
        let mut each = |reply: usize| {
            let mut read = || {
                let end = Instant::now() + ROUND;
                while Instant::now() < end {
                    for client in &mut clients {
                        redis::cmd("GET").arg(reply).query::<String>(client).unwrap();
                    }
                }
                (used(&server) - before) / num::float(CLIENTS)
            };
            let deadline = Instant::now() + PATIENCE;
            let (mut first, mut alike) = (read(), 1);
            while alike < ALIKE {
                assert!(Instant::now() < deadline, "connections never settle");
                let next = read();
                let is_alike = (next / first - 1.0).abs() <= ABOUT;
                (first, alike) = if is_alike { (first, alike + 1) } else { (next, 1) };
            }
            first
        };
        for reply in [100, 1_337, 10_000] {
            let measured = each(reply);
            let calculated = law.active(Bytes::new(50), Bytes::new(num::count(reply)));
            near("connections", &format!("replies of {reply}"), &target, measured, calculated);
        }
    }
}

#[test]
fn replication_costs_its_backlog_and_a_connection() {
    let _busy = busy();
    for engine in engines() {
        let settings = ["--repl-diskless-sync-delay", "0"];
        let primary = Server::start_engine(&engine, &settings);
        let replica = Server::start_engine(&engine, &settings);
        let target = target(&primary);
        write(&primary, 64);
        let before = used(&primary);
        let () = replica.ask(&["REPLICAOF", "127.0.0.1", &primary.port().to_string()]);
        wait(&replica, "master_link_status", "up");

        let size = info(&primary).count("repl_backlog_size").unwrap();
        write(&primary, 2 * size / 1_000);
        // The same keys again: only the stream is new.
        wait_for_replica(&primary, &replica);
        check_replication(&target, &primary, before, Bytes::new(size));
    }
}

/// The backlog is exact, or one block below: it is trimmed by blocks. The whole is near.
fn check_replication(target: &TargetFacts, primary: &Server, before: f64, size: Bytes) {
    let law = overhead::replica(target.engine);
    let backlog = overhead::backlog(target.engine, size);
    assert_eq!(backlog, law.backlog, "the default size");
    let told = info(primary);
    if target.engine >= EngineVersion::redis(7, 0) {
        let measured = told.bytes("mem_total_replication_buffers").unwrap();
        let block = Bytes::new(20_504);
        let rest = backlog.saturating_sub(measured);
        assert!(rest == Bytes::ZERO || rest == block, "{measured:?} where {backlog:?} at most");
        assert!(measured <= backlog, "{measured:?} where {backlog:?} at most");
    }
    let whole = backlog + law.connection;
    near("replication", "backlog and connection", target, used(primary) - before, whole);
}

/// Writes of 1,000 bytes to 64 keys.
fn write(server: &Server, writes: u64) {
    let mut connection = server.client(0);
    let value = vec![b'x'; 930];
    let ids: Vec<u64> = (0..writes).collect();
    for batch in ids.chunks(64) {
        let mut pipe = redis::pipe();
        for id in batch {
            pipe.cmd("SET").arg(id % 64).arg(&value).ignore();
        }
        pipe.query::<()>(&mut connection).unwrap();
    }
}

fn wait(server: &Server, field: &str, value: &str) {
    let deadline = Instant::now() + PATIENCE;
    while info(server).text(field) != Some(value) {
        assert!(Instant::now() < deadline, "{field} never becomes {value}");
    }
}

/// Waits until the replica has read all of the stream.
fn wait_for_replica(primary: &Server, replica: &Server) {
    let deadline = Instant::now() + PATIENCE;
    let offset = |server, field| info(server).count(field).unwrap();
    while offset(replica, "slave_repl_offset") < offset(primary, "master_repl_offset") {
        assert!(Instant::now() < deadline, "the replica does not catch up");
    }
}

/// Scripts and libraries that are loaded.
const PIECES: u32 = 400;

/// The law has the upper end of what a record takes, so that it lies above and not far.
#[test]
fn scripts_and_functions_take_their_text_and_a_record() {
    let _busy = busy();
    for engine in engines() {
        let server = Server::start_engine(&engine, &[]);
        let target = target(&server);
        let mut client = server.client(0);
        let code = |id: u32| {
            let text = format!("return {id} -- ");
            text.clone() + &"x".repeat(2_000 - text.len())
        };
        // Once, because the first has tables and histograms made.
        redis::cmd("SCRIPT").arg("LOAD").arg(code(PIECES)).query::<String>(&mut client).unwrap();
        let before = used(&server);
        for id in 0..PIECES {
            redis::cmd("SCRIPT").arg("LOAD").arg(code(id)).query::<String>(&mut client).unwrap();
        }
        let law = overhead::scripts(target.engine, PIECES, Bytes::new(2_000));
        near("scripts", "scripts", &target, used(&server) - before, law);

        if target.engine < EngineVersion::redis(7, 0) {
            continue;
        }
        let library = |id: u32| {
            let text = format!(
                "#!lua name=l{id}\nredis.register_function('f{id}', function() return {id} end) -- "
            );
            text.clone() + &"x".repeat(2_000 - text.len())
        };
        let mut load = |id: u32| {
            redis::cmd("FUNCTION").arg("LOAD").arg(library(id)).query::<String>(&mut client)
        };
        load(PIECES).unwrap();
        let before = used(&server);
        for id in 0..PIECES {
            load(id).unwrap();
        }
        let law = overhead::functions(target.engine, PIECES, Bytes::new(2_000));
        near("functions", "functions", &target, used(&server) - before, law);
    }
}
