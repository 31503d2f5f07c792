//! Reads what a command works on.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::artifact::Kind;
use crate::cli::failure::Failure;
use crate::measurement::Stamp;
use crate::spec::{PlanSpec, identity_cache, parse};
use crate::store::RunDir;

/// The workload file at `path`, the plan of the run there, or the built-in one.
pub(super) fn spec(path: Option<&Path>) -> Result<PlanSpec, Failure> {
    let Some(path) = path else { return Ok(identity_cache()) };
    if path.is_dir() {
        return Ok(RunDir::open(path).read_artifact(Kind::Spec)?.0.body);
    }
    let text = std::fs::read_to_string(path)
        .map_err(|cause| Failure::SpecUnreadable { path: path.to_owned(), cause })?;
    Ok(parse(&path.display().to_string(), &text)?)
}

/// The current time.
pub(super) fn now() -> Stamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Stamp { unix_secs: since.as_secs() }
}
