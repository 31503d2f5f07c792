//! What will be sent, computed before anything is sent: keys, values, the command mix, the
//! schedule. Deterministic for a given plan and seed; knows no sockets and no clock.

mod access;
mod collections;
mod contents;
mod encode;
mod generate;
mod json;
mod ladder;
mod lengths;
mod order;
mod pickle;
mod reach;
mod request;
mod schedule;
mod slots;
mod stock;
mod values;

pub use access::{KeyPicker, hot_keys, keys_by_rank};
pub use collections::{CollectionCounts, CollectionValues, Spelled};
pub use contents::{Contents, Extent};
pub use encode::{compress, encode};
pub use ladder::auto_levels;
pub use lengths::lengths as law_lengths;
pub use reach::{Reach, zipf_sum};
pub use request::{Drawn, Requests};
pub use schedule::{Schedule, Share};
pub use slots::{SlotCounter, SlotCounts};
pub use stock::{POOL_BYTES, POOL_VALUES, RestockError, reencoded, restock, stock};
pub use values::{ValueCounts, Values};
