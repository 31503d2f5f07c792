//! An AWS account, as far as it concerns caches: which there are, how they are reached, how they were
//! used, and what caches cost.
//!
//! Everything goes through the AWS SDK, which finds credentials and the Region as every AWS tool does and
//! honours `AWS_ENDPOINT_URL`. Nothing here writes to an account, and its types stay in here.

mod api_error;
mod inventory;
mod metrics;
mod price_facts;
mod session;
mod token;

pub use api_error::{AwsError, Remark};
pub use inventory::{Auth, Deployed, Inventory, Kind, Place};
pub use metrics::shortest_period;
pub use session::{Session, Whose};
pub use token::Login;
