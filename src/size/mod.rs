//! From models and a catalog to a cluster: which node type, how many shards, at what price, and
//! what rejects every other.
//!
//! Pure: values in, values out, no clock. It asks every node type the same questions and keeps
//! each answer with its numbers, so that "why not the smaller one?" needs no second run. It knows
//! nothing of reports. Source of every formula: MODEL.md §3 and §4.

mod caveat;
mod check;
mod recommendation;

pub use caveat::Caveat;
pub use check::{Check, MemoryDemand, Resource};
pub use recommendation::{
    Bill, Candidate, Choice, FlipPoints, Layout, Moment, NotChosen, NotOffered, Outcome,
    Recommendation, RunnerUp, Transfer,
};
