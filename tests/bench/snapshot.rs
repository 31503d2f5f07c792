//! A snapshot of a million keys, written by a real engine: how long it takes to read, and how much memory.
//!
//! `make bench` runs it. At most 20 s and 200 MiB are wanted; a run that needs more fails.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for developers")]

#[path = "../it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "shared with the tests, which use the rest")]
mod support;

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use cachefit::learn::{Gathered, snapshot};
use cachefit::rdb::Reader;
use cachefit::units::Bytes;

use support::{Server, memory_peak};

/// 600,000 strings of 60 to 160 bytes that expire, 300,000 hashes of 4 fields, 100,000 sorted sets of 3.
const KEYS: &str = "
    for i = 1, 600000 do
        redis.call('SET', 'user:' .. i .. ':claims', string.rep('x' .. i, 20) .. i, 'EX', 100000 + i)
    end
    for i = 1, 300000 do
        redis.call('HSET', 'profile:' .. i, 'a', i, 'b', 'two' .. i, 'c', 'three' .. i, 'd', string.rep('y', i % 40))
    end
    for i = 1, 100000 do redis.call('ZADD', 'z:' .. i, i, 'm1', 2, 'm2', 3.5, 'm3') end";
const LONGEST: Duration = Duration::from_secs(20);
const MOST: Bytes = Bytes::from_mib(200);

fn main() {
    let server = Server::start(&["--maxmemory-policy", "allkeys-lru"]);
    server.ask::<()>(&["EVAL", KEYS, "0"]);
    let directory: Vec<String> = server.ask(&["CONFIG", "GET", "dir"]);
    let path = Path::new(&directory[1]).join("dump.rdb");
    for compression in ["yes", "no"] {
        server.ask::<()>(&["CONFIG", "SET", "rdbcompression", compression]);
        server.ask::<()>(&["SAVE"]);
        let size = Bytes::new(path.metadata().unwrap().len());

        let begin = Instant::now();
        let mut reader = Reader::new(File::open(&path).unwrap()).unwrap();
        let mut keys = 0;
        while reader.advance().unwrap() {
            keys += 1;
        }
        let read = begin.elapsed();
        assert_eq!(keys, 1_000_000);

        let begin = Instant::now();
        let mut gathered = Gathered::new();
        snapshot(File::open(&path).unwrap(), &mut gathered).unwrap();
        let learned = begin.elapsed();
        let peak = Bytes::from_kib(memory_peak(std::process::id()).unwrap());
        println!(
            "{keys} keys, {size}, compression {compression}: read in {read:.2?}, gathered in \
             {learned:.2?}, {peak} of memory at most"
        );
        assert!(learned < LONGEST && peak < MOST);
    }
}
