//! From models and a catalog to a cluster: which node type, how many shards, at what price, and
//! what rejects every other.
//!
//! Pure: values in, values out, no clock. It asks every node type the same questions and keeps
//! each answer with its numbers, so that "why not the smaller one?" needs no second run. It knows
//! nothing of reports. Source of every formula: MODEL.md §2 and §3.

mod back_test;
mod bills;
mod bounds;
mod caveat;
mod change;
mod check;
mod checks;
mod clock;
mod cluster;
mod constraint;
mod cost;
mod credits;
mod demand;
mod doubts;
mod flips;
mod hot_slots;
mod incumbent;
mod layouts;
mod market;
mod migration;
mod misses;
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
mod sized;
mod smaller;
mod tls;
mod transfer;
mod what_if;
mod worlds;

#[cfg(test)]
pub(crate) mod tests;

pub use back_test::Tested;
pub use bills::{
    BreakEven, Costs, DayLoad, Ecpu, Extra, ExtraItem, LineEcpu, MonthlyUse, NodeBill, NodeOffer,
    Obstacle, OtherEngine, RunnerUpCost, ServerlessCondition, ServerlessOffer,
};
pub use bounds::{Bound, Quantity, Side};
pub use caveat::Caveat;
pub use change::{NextStep, WouldFit};
pub use check::{Check, MemoryDemand, Resource, State};
pub use clock::{Clock, DoublingAt, Months, Reached, TableOf};
pub use cost::{MemoryPrice, memory_price};
pub use hot_slots::hottest_shares;
pub use incumbent::{Advice, Broken, Running};
pub use market::Alternative;
pub use migration::{Change, Condition, Interruption, Migration, Rebuild, Step};
pub use misses::{Caching, Misses, Smaller};
pub use policy_rules::check_names;
pub use recommend::recommend;
pub use recommendation::{
    Bill, Candidate, Choice, FlipPoints, Layout, Moment, NotChosen, NotOffered, Outcome,
    Recommendation, RunnerUp, Transfer, Undersized,
};
pub use reserve::ReserveDemand;
pub use saving::{Commitment, Difference, Saving};
pub use size_error::SizeError;
pub use sized::Sized;
pub use what_if::WhatIf;
pub use worlds::{Law, Regretted, Uncertain, Uncertainty};
