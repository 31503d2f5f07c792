//! How a cache was used, as CloudWatch's metrics say it.
//!
//! [`Usage`] is the metrics file: the inventory of a cache and its nodes' metrics on one grid of time.
//! [`Usage::read`] takes the file of `cachefit aws metrics` and what `aws cloudwatch get-metric-data`
//! prints. [`Demand`] is what follows of it for a workload. Knows nothing of accounts and workload files.

mod demand;
mod export;
mod grid;
mod metric;
mod trend;
mod usage;

pub use demand::{Busiest, Counted, Demand, Fullest};
pub use export::MetricsError;
pub use metric::{Family, Metric, Statistic};
pub use trend::Trend;
pub use usage::{CacheFacts, Missing, NodeUsage, Series, Usage};
