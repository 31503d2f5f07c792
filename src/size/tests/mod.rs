//! Sizing: known answers, published facts and laws that hold for every plan.

mod back_test;
mod bounds;
mod brute;
mod doubts;
pub(crate) mod fixture;
mod growth;
mod incumbent;
mod known;
mod laws;
mod misses;
mod outcomes;
mod policy;
mod reserve;
mod worked;
mod worlds;
