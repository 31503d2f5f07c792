//! What the tests share: engines, servers, processes, directories, plans.
//!
//! Nothing here sleeps to be in time: tests wait for a line, a reply or the end of a process, under
//! [`PATIENCE`].

#[cfg(feature = "aws")]
pub(crate) mod aws_stub;
mod cachefit;
#[cfg(feature = "aws")]
pub(crate) mod cbor;
mod cell;
mod cluster;
mod engines;
mod flood;
mod pki;
mod process;
pub(crate) mod production;
mod sample;
mod scoreboard;
mod server;
mod stub;
mod tools;
pub(crate) mod tutorial;
mod wire;
mod workdir;

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use ::cachefit::spec::PlanSpec;
use ::cachefit::target::{Control, Endpoint, TargetError, read_facts};

pub(crate) use self::cachefit::{Cachefit, Finished};
pub(crate) use cell::{Cell, calculated, classes, settled, used_memory, with_keys};
pub(crate) use cluster::Cluster;
pub(crate) use engines::{engine, engines};
pub(crate) use flood::flood;
pub(crate) use pki::Pki;
pub(crate) use process::{ended, memory_peak, signal};
pub(crate) use sample::SampleRun;
pub(crate) use scoreboard::{is_whole, score};
pub(crate) use server::Server;
pub(crate) use stub::{Answer, Stub};
pub(crate) use tools::Tools;
pub(crate) use workdir::Workdir;

/// How long any single event may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// How long the seeding of hundreds of thousands of keys may take there.
pub(crate) const SEEDING_PATIENCE: Duration = Duration::from_mins(5);

/// The machine: one test that times something, or several that only keep it busy.
static MACHINE: RwLock<()> = RwLock::new(());

/// Held by tests that time something, so that nothing busy disturbs them.
pub(crate) fn alone() -> RwLockWriteGuard<'static, ()> {
    MACHINE.write().unwrap_or_else(PoisonError::into_inner)
}

/// Held by tests that keep a core busy and time nothing.
pub(crate) fn busy() -> RwLockReadGuard<'static, ()> {
    MACHINE.read().unwrap_or_else(PoisonError::into_inner)
}

/// Why `endpoint` cannot be connected to, or not be asked what it is.
#[track_caller]
pub(crate) fn connect_error(endpoint: &Endpoint) -> TargetError {
    block_on(async {
        match Control::connect(endpoint).await {
            Ok(control) => read_facts(&control, None).await.unwrap_err(),
            Err(error) => error,
        }
    })
}

/// Runs a future as the program does; a test that hangs fails.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    block_on_for(PATIENCE, future)
}

/// The same with a patience of its own.
pub(crate) fn block_on_for<T>(patience: Duration, future: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let done = runtime.block_on(async { tokio::time::timeout(patience, future).await });
    runtime.shutdown_background();
    done.unwrap_or_else(|_| panic!("it does not end within {patience:?}"))
}

/// 2,000 keys of 1 KiB under `s:{n}`; `traffic` and `load` are the lines of those tables.
pub(crate) fn plan_text(traffic: &str, load: &str) -> String {
    const PLAN: &str = r#"
name = "tiny"
class = [{ name = "s", keys = 2_000, key = "s:{n}", size = "1KiB" }]
traffic = [TRAFFIC]
load = { LOAD }
# Generous: a busy machine must not void a level.
objective = { peak = "1k/s", p99 = "2s" }
capacity = { keys = { s = 1_000_000 } }
aws = { region = "us-east-1", engines = ["valkey-8.1", "redis-7.1"] }
"#;
    PLAN.replace("TRAFFIC", traffic).replace("LOAD", load)
}

/// A plan from its text.
#[track_caller]
pub(crate) fn plan(text: &str) -> PlanSpec {
    ::cachefit::spec::parse("test.toml", text).unwrap_or_else(|error| panic!("{error}"))
}
