//! What the user wants: the workload, the objective, the capacity to plan for.
//!
//! `plan` holds the values every later stage reads; `reader` and `resolve` turn a workload
//! file into them and report every problem at once, each with its line and column. This module
//! knows nothing of servers, prices or measurements.

mod builtin;
mod key_template;
mod plan;
mod problem;
mod reader;
mod resolve;
mod stored;
mod wanted;

pub use builtin::{IDENTITY_CACHE, identity_cache};
pub use key_template::KeyTemplate;
pub(crate) use key_template::push_decimal;
pub use plan::{
    Access, Arrivals, Aws, Capacity, Class, ClusterMode, Command, Encoding, Families, Levels, Load,
    Objective, Payload, PlanSpec, Traffic,
};
pub use problem::{Problem, SpecError};
pub use resolve::parse;
