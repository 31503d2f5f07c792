//! What the answer costs: the chosen nodes bought in every way, the same load on ElastiCache
//! Serverless, and what comes on top; now, at the horizon and over all months until then.
//!
//! Pure: prices and a layout in, sums out. No clock: month 0 is the month of the catalog's newest
//! price. What has no published price stays unpriced. Source of every formula: MODEL.md §3.10.

mod assemble;
mod break_even;
mod costs;
mod ecpu;
mod extras;
mod nodes;
mod serverless;

#[cfg(test)]
mod tests;

pub(super) use assemble::{Ground, costs};
pub use break_even::BreakEven;
pub use costs::{Costs, DayLoad, RunnerUpCost};
pub use ecpu::{Ecpu, LineEcpu};
pub use extras::{Extra, ExtraItem};
pub(super) use nodes::purchase;
pub use nodes::{NodeBill, NodeOffer, OtherEngine};
pub use serverless::{Condition as ServerlessCondition, MonthlyUse, Obstacle, ServerlessOffer};
