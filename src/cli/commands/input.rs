//! Reads what a command works on.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::artifact::Kind;
use crate::cli::failure::Failure;
use crate::measurement::Stamp;
use crate::spec::{MAX_FILE, PlanSpec, identity_cache, parse_with_files};
use crate::store::RunDir;
use crate::units::Bytes;
use crate::workload::stock;

/// The workload file at `path` with its values made, the plan of the run there, or the built-in
/// one.
pub(super) fn spec(path: Option<&Path>) -> Result<PlanSpec, Failure> {
    let Some(path) = path else { return Ok(identity_cache()) };
    if path.is_dir() {
        return Ok(RunDir::open(path).read_artifact(Kind::Spec)?.0.body);
    }
    let text = std::fs::read_to_string(path)
        .map_err(|cause| Failure::SpecUnreadable { path: path.to_owned(), cause })?;
    let directory = path.parent().unwrap_or(Path::new(""));
    let files = |name: &str| read_records(&directory.join(name));
    Ok(stock(parse_with_files(&path.display().to_string(), &text, &files)?))
}

/// A file that a workload file names.
fn read_records(path: &Path) -> Result<Vec<u8>, String> {
    let file = std::fs::metadata(path).map_err(|cause| cause.to_string())?;
    if !file.is_file() {
        return Err("it is not a file".into());
    }
    let size = Bytes::new(file.len());
    if size > MAX_FILE {
        let hint = "a sample of some thousand records is enough";
        return Err(format!("it has {size}, more than {MAX_FILE}: {hint}"));
    }
    std::fs::read(path).map_err(|cause| cause.to_string())
}

/// The current time.
pub(super) fn now() -> Stamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Stamp { unix_secs: since.as_secs() }
}
