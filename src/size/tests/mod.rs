//! Sizing: known answers, published facts and laws that hold for every plan.

mod fixture;
mod known;
