//! Offers load and times it.
//!
//! One OS thread, one epoll loop, pre-encoded requests, replies scanned for their length only.
//! Operations are due by an absolute schedule; response time counts from the due time, so a
//! server that stalls is charged for every operation that should have been sent meanwhile.
//!
//! ```text
//! due ≤ enqueued ≤ sent ≤ done      dispatch lag = enqueued − due (the generator's fault)
//!                                   connection wait = sent − enqueued (server or pool)
//! response time = done − due        service time = done − sent
//! ```

mod connection;
mod cpu_meter;
mod error;
mod generator;
mod lanes;
mod level;
mod open_files;
mod pacer;
mod queue;
mod scanner;
mod stream;
mod tally;
#[cfg(test)]
mod truth;
mod users;
mod watch;

pub use error::LoadError;
pub use level::{
    LevelSettings, Saturation, SaturationSettings, check_nodes, measure_level, measure_users,
    probe_saturation,
};
