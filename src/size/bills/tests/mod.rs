//! Bills against published ones, by hand, and laws of every bill.

mod laws;
mod published;
mod worked;
