//! Sizing: known answers, published facts and laws that hold for every plan.

mod doubts;
pub(crate) mod fixture;
mod known;
mod laws;
mod misses;
mod outcomes;
mod reserve;
