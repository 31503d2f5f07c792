//! From an answer to what provisions it: the variables of `terraform/modules/cache`, as data.
//!
//! Pure. It writes no HCL: the module is written by hand, and a plan only fills its variables, so
//! nothing that a workload file says can act in a configuration. It knows no account: subnets,
//! security groups and credentials are the reader's.

mod bench;
mod name;
mod tfvars;

#[cfg(test)]
mod tests;

pub use bench::{Bench, BenchCost, BenchItem, bench_cost};
pub use tfvars::{Tfvars, tfvars};
