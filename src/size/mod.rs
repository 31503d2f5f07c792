//! From models and a catalog to a cluster: which node type, how many shards, at what price, and
//! what rejects every other.
//!
//! Pure: values in, values out, no clock. It asks every node type the same questions and keeps
//! each answer with its numbers, so that "why not the smaller one?" needs no second run. It knows
//! nothing of reports. Source of every formula: MODEL.md §2 and §3.

mod bills;
mod caveat;
mod check;
mod cluster;
mod constraint;
mod cost;
mod demand;
mod doubts;
mod flips;
mod note;
mod prepared;
mod recommend;
mod recommendation;
mod reserve;
mod search;
mod transfer;

#[cfg(test)]
pub(crate) mod tests;

pub use bills::{
    BreakEven, Condition, Costs, DayLoad, Ecpu, Extra, ExtraItem, LineEcpu, MonthlyUse, NodeBill,
    NodeOffer, Obstacle, OtherEngine, RunnerUpCost, ServerlessOffer,
};
pub use caveat::Caveat;
pub use check::{Check, MemoryDemand, Resource};
pub use cost::{MemoryPrice, memory_price};
pub use recommend::{SizeError, recommend};
pub use recommendation::{
    Bill, Candidate, Choice, FlipPoints, Layout, Moment, NotChosen, NotOffered, Outcome,
    Recommendation, RunnerUp, Transfer,
};
pub use reserve::ReserveDemand;
