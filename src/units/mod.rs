//! The vocabulary of quantities.
//!
//! Every number with a unit is a type whose constructor names the unit and refuses what cannot be
//! (NaN, infinities, negative rates), so that nobody checks again later. Casts between number types
//! live in [`num`] and nowhere else. This module knows nothing of caches.

mod bytes;
mod fraction;
mod money;
pub mod num;
mod parse;
mod rate;
mod span;

pub use bytes::Bytes;
pub use fraction::Fraction;
pub use money::{HOURS_PER_MONTH, Usd, UsdPerHour};
pub use parse::{Parse, ParseError};
pub use rate::{BytesPerSec, OpsPerSec};
pub use span::Micros;
