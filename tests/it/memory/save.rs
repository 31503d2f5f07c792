//! What a save copies while keys are written, against the law.

use std::time::{Duration, Instant};

use cachefit::engine::Allocator;
use cachefit::measurement::TargetFacts;
use cachefit::model::memory::save::{MOMENTS, Rewritten, Writable, copied};
use cachefit::model::memory::{Layout, footprint};
use cachefit::spec::Access;
use cachefit::units::{Bytes, num};
use cachefit::workload::Reach;

use crate::support::tutorial::{CLASSES, KEYS, classes, info, layout, seed, set, target, xorshift};
use crate::support::{PATIENCE, Server, alone, engines, score};

/// SETs per second during a save.
const RATES: [f64; 2] = [1_000.0, 5_000.0];
/// How far the law may be off; libc, which sorts nothing by size, is only bounded.
const WITHIN: f64 = 0.05;
const WITHIN_LIBC: f64 = 0.15;

#[test]
fn what_a_save_copies_is_calculated() {
    let _alone = alone();
    for engine in engines() {
        let server = Server::start_engine(&engine, &[]);
        seed(&server);
        let target = target(&server);
        for rate in RATES {
            check(&server, &target, rate);
        }
    }
}

fn check(server: &Server, target: &TargetFacts, rate: f64) {
    let writes = save_under_writes(server, rate);
    let measured = info(server).bytes("rdb_last_cow_size").unwrap();
    let calculated = law(&layout(target), num::float(writes));
    let case = format!("{rate} SETs/s, {writes} of them");
    score("copies of a save", target, &case, calculated.float(), measured.float());
    let off = calculated / measured - 1.0;
    let within = if target.allocator == Allocator::Libc { WITHIN_LIBC } else { WITHIN };
    assert!(off.abs() <= within, "{}: {off:+}", target.version);
}

/// Copies of `writes` uniform SETs, spread over both classes.
fn law(layout: &Layout, writes: f64) -> Bytes {
    let classes = classes();
    let data = footprint(&classes, layout);
    let left_alone = std::array::from_fn(|moment| {
        let share = num::float_len(moment + 1) / num::float_len(MOMENTS);
        Reach::new(Access::Uniform, 2 * KEYS).left_alone(writes * share)
    });
    let writable = classes.each_ref().map(|class| Writable::of(class, layout));
    copied(
        &writable.each_ref().map(|class| Rewritten { class, keys: KEYS, left_alone }),
        &data,
        layout,
    )
}

/// Writes to random keys, each when it is due, until a save has ended; the number of writes by
/// the time its child was done.
fn save_under_writes(server: &Server, rate: f64) -> u64 {
    let mut connection = server.client(0);
    let mut random = 88_172_645_463_325_252_u64;
    // Free pages that the allocator gives back during a save would count as copies.
    redis::cmd("MEMORY").arg("PURGE").query::<()>(&mut connection).unwrap();
    redis::cmd("BGSAVE").query::<()>(&mut connection).unwrap();
    let start = Instant::now();
    let mut writes = 0_u32;
    while !server.has_logged("DB saved on disk") {
        let due = start + Duration::from_secs_f64(f64::from(writes) / rate);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        random = xorshift(random);
        let class = usize::try_from(random % num::count(CLASSES.len())).unwrap();
        set(class, (random >> 8) % KEYS).query::<()>(&mut connection).unwrap();
        writes += 1;
        assert!(start.elapsed() < PATIENCE, "the save does not end");
    }
    let deadline = Instant::now() + PATIENCE;
    while info(server).count("rdb_bgsave_in_progress") != Some(0) {
        assert!(Instant::now() < deadline, "the save does not end");
    }
    u64::from(writes)
}
