//! AWS's own price list: what of it the catalog has a place for.
//!
//! The list comes whole or for one Region, as JSON or CSV, or product by product from the Pricing API.
//! Its products look alike where they are not: engines share a usage type, and Extended Support,
//! durable writes and Outposts come under similar names. What is not the plain price of a node, of
//! serverless use or of a backup is counted and left out; what is one but cannot be used is a problem,
//! and then there is no offer. A node type that the catalog does not have is named, not invented.

mod csv;
mod defaults;
mod fault;
mod gather;
mod json;
mod reserved;
mod sku;
mod term;

#[cfg(test)]
mod tests;

pub use defaults::{EngineDefault, maxmemory};
pub use fault::{Fault, OfferError, OfferProblem};
pub use gather::{LeftOut, Offer, OfferReader, Scope};
pub use reserved::{Recurring, ReservedOffering, reserved};
pub use term::{NodeReading, RateReading};
