//! An AWS account, as far as it concerns caches: which there are and how they are reached.
//!
//! Everything goes through the AWS SDK, which finds credentials and the Region as every AWS tool does and
//! honours `AWS_ENDPOINT_URL`. Nothing here writes to an account, and its types stay in here.

mod api_error;
mod inventory;
mod session;
mod token;

pub use api_error::{AwsError, Remark};
pub use inventory::{Auth, Deployed, Inventory, Kind, Place};
pub use session::{Session, Whose};
pub use token::Login;
