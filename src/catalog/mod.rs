//! What ElastiCache offers: node types, prices, limits, each with its source.
//!
//! Text goes in (the files of `instance-catalog/`, embedded or given), values come out; this module
//! reads no file and knows no workload. A figure that nobody published stays unknown, and a price
//! that a published rule gives is graded as calculated. Every problem of the text is reported at
//! once, and there is no partial catalog.

mod builtin;
mod date;
mod limit_rows;
mod limits;
mod lookup;
mod node_size;
mod node_type;
mod offer;
mod parse;
mod price;
mod price_list;
mod problem;
mod region;
mod serverless;
mod source;
mod table;
mod update;

#[cfg(test)]
mod tests;

pub use date::Date;
pub use limits::{CpuLimit, CpuMetric, Limit, LimitKind, LimitUnit, LimitValue, Limits, Sourced};
pub use lookup::Catalog;
pub use node_size::NodeSize;
pub use node_type::{
    Architecture, CpuCredits, Generation, IoThreading, NodeType, Processor, Unsupported,
};
pub use offer::{
    EngineDefault, Fault, LeftOut, NodeReading, Offer, OfferError, OfferProblem, OfferReader,
    RateReading, Recurring, ReservedOffering, Scope, maxmemory, reserved,
};
pub use parse::CsvFile;
pub use price::{Confidence, Payment, Price, PriceGrade, Published, Purchase, Rule, Term};
pub use price_list::{DateRange, PriceList, Unpriced, UnpricedReason};
pub use problem::{CatalogError, Column, Problem, ProblemKind};
pub use region::Region;
pub use serverless::{BILLED_GB, Serverless, ServerlessItem, ServerlessRates, ServerlessRow};
pub use source::{Source, Sources};
pub use update::{
    Change, Diff, Edition, FigureKey, Figures, Files, MaxMemory, Update, Warning, updated,
};
