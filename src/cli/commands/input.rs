//! Reads what a command works on.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::artifact::Kind;
use crate::cli::failure::Failure;
use crate::cli::printer::Printer;
use crate::measurement::Stamp;
use crate::spec::{MAX_FILE, Overruled, PlanSpec, SpecError, identity_cache, parse_with_files};
use crate::store::RunDir;
use crate::units::Bytes;
use crate::workload::{restock, stock};

/// The workload file at `path` with its values made, the plan of the run there, or the built-in
/// one.
pub(super) fn spec(path: Option<&Path>) -> Result<PlanSpec, Failure> {
    let Some(path) = path else { return Ok(identity_cache()) };
    if path.is_dir() {
        return refill(RunDir::open(path).read_artifact(Kind::Spec)?.0.body);
    }
    let text = std::fs::read_to_string(path)
        .map_err(|cause| Failure::SpecUnreadable { path: path.to_owned(), cause })?;
    Ok(stock(parsed(path, &text)?))
}

/// A text as the workload file at `path`: files that it names are looked for beside it.
pub(super) fn parsed(path: &Path, text: &str) -> Result<PlanSpec, SpecError> {
    let directory = path.parent().unwrap_or(Path::new(""));
    let files = |name: &str| read_records(&directory.join(name));
    parse_with_files(&path.display().to_string(), text, &files)
}

/// The plan of a run with its values made again; files it names are looked for as they were named,
/// from the working directory.
pub(super) fn refill(plan: PlanSpec) -> Result<PlanSpec, Failure> {
    Ok(restock(plan, &|name: &str| read_records(Path::new(name)))?)
}

/// The plan with the rules of a policy file over its own, where one is named; what that changes is
/// said.
pub(super) fn under_policy(
    plan: PlanSpec,
    path: Option<&Path>,
    printer: &Printer,
) -> Result<PlanSpec, Failure> {
    let Some(path) = path else { return Ok(plan) };
    let text = std::fs::read_to_string(path)
        .map_err(|cause| Failure::PolicyUnreadable { path: path.to_owned(), cause })?;
    let plan = plan.under_policy(&path.display().to_string(), &text)?;
    for Overruled { rule, from, to } in plan.overruled() {
        printer.step(&format!("policy {}: {rule} is {to}, not {from}", path.display()));
    }
    Ok(plan)
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
