//! From models and a catalog to a cluster: which node type, how many shards, at what price, and
//! what rejects every other.
//!
//! Pure: values in, values out, no clock. It asks every node type the same questions and keeps
//! each answer with its numbers, so that "why not the smaller one?" needs no second run. It knows
//! nothing of reports. Source of every formula: MODEL.md §2 and §3.

mod caveat;
mod check;
mod checks;
mod cluster;
mod constraint;
mod cost;
mod credits;
mod demand;
mod doubts;
mod flips;
mod incumbent;
mod layouts;
mod migration;
mod not_offered;
mod note;
mod policy_rules;
mod prepared;
mod recommend;
mod recommendation;
mod reserve;
mod response;
mod saving;
mod search;
mod size_error;
mod tls;
mod transfer;

#[cfg(test)]
pub(crate) mod tests;

pub use caveat::Caveat;
pub use check::{Check, MemoryDemand, Resource, State};
pub use cost::{MemoryPrice, memory_price};
pub use incumbent::{Advice, Broken, Running};
pub use migration::{Change, Condition, Interruption, Migration, Rebuild, Step};
pub use policy_rules::check_names;
pub use recommend::recommend;
pub use recommendation::{
    Bill, Candidate, Choice, FlipPoints, Layout, Moment, NotChosen, NotOffered, Outcome,
    Recommendation, RunnerUp, Transfer,
};
pub use reserve::ReserveDemand;
pub use saving::{Commitment, Difference, Saving};
pub use size_error::SizeError;
