//! A workload file from what runs today.
//!
//! Sources describe keys as [`SeenKey`]s; [`Gathered`] groups them by template and keeps counts and
//! spreads. Knows nothing of where keys come from, holds no key and no value.

mod gathered;
mod naming;
mod seen;
mod spread;

pub use gathered::{Gathered, Held, Texts, Values};
pub use naming::{Naming, Piece};
pub use seen::{Kind, Life, SeenElement, SeenKey, SeenText, SeenValue, Used};
pub use spread::Spread;
