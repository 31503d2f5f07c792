//! Sizing: known answers, published facts and laws that hold for every plan.

mod doubts;
pub(crate) mod fixture;
mod incumbent;
mod known;
mod laws;
mod outcomes;
mod policy;
mod reserve;
