//! A Redis or Valkey endpoint: reaching it, starting a private one, asking what it is.
//!
//! `redis` types stay in this module; others see [`Target`], [`Control`] and [`TargetError`].

mod control;
mod detour;
mod endpoint;
mod error;
mod facts;
mod host;
mod private;
mod reap;
mod renewal;
mod rows;
mod secret;
mod shards;
mod socket_queues;
mod tls;
mod topology;

pub use control::Control;
pub use detour::Detours;
pub use endpoint::{AddressError, Endpoint};
pub use error::TargetError;
pub use facts::{observe, read_facts};
pub use host::{ProcessorTime, available_memory, host, total_memory};
pub use private::{EngineError, PrivateEngine, Settings, find_engine};
pub use reap::reap_leftovers;
pub use rows::{Rows, RowsError, RowsOf};
pub use secret::Secret;
pub use shards::{FAILOVER_PATIENCE, Shard, Target};
pub use socket_queues::{SocketDiag, SocketPair, SocketQueues};
pub(crate) use tls::Tls;
pub use tls::{TlsError, TlsOptions};
