//! A workload file from what runs today.
//!
//! Sources describe keys as [`SeenKey`]s; [`Gathered`] groups them by template and keeps counts and
//! spreads. Knows nothing of where keys come from, holds no key and no value.

mod back_test;
mod captured;
mod classes;
mod compose;
mod families;
mod from_info;
mod from_metrics;
mod gathered;
mod invented;
mod laws;
mod learned;
mod lengths;
mod life;
mod locust;
mod margins;
mod mix;
mod naming;
mod payloads;
mod popularity;
mod seen;
mod sizes;
mod skew;
mod snapshot;
mod spelling;
mod spread;
mod told;
mod values;
mod watched;
mod words;

pub use back_test::{BackTest, Sampled, beside_keys};
pub use captured::{Captured, KeysFrom, capture};
pub use from_info::learn_from_info;
pub use from_metrics::{Payloads, learn_from_metrics};
pub use gathered::Gathered;
pub use learned::{LearnError, Learned, Source, learn};
pub use locust::{LocustRequests, LocustStats, locust};
pub use naming::{Naming, Piece};
pub use payloads::{Recorded, payloads};
pub use seen::{Kind, Life, SeenElement, SeenKey, SeenText, SeenValue, Used};
pub use snapshot::{SnapshotRead, snapshot};
pub use spread::Spread;
pub use told::of_malformed;
pub use values::{Held, Texts, Values};
pub use watched::Watched;
