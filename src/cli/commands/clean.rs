//! `cachefit clean`: removes a plan's keys where a run could not.

use crate::cli::Outcome;
use crate::cli::args::{CleanArgs, Format};
use crate::cli::failure::{Failure, MET, NOT_MET};
use crate::cli::printer::Printer;
use crate::seed::{Survey, check_kind, remove_leftovers};
use crate::spec::PlanSpec;
use crate::target::{Endpoint, Target, read_facts};

use super::input::spec;
use super::plan::runtime;
use super::server::find;

/// Removes the keys that hold the plan's own values, and tells of those of its names that do not.
pub(in crate::cli) fn clean(args: &CleanArgs, printer: &Printer) -> Outcome {
    let spec = spec(args.spec.as_deref())?;
    let runtime = runtime()?;
    let server = runtime.block_on(find(&args.server))?;
    let endpoint = server.expect("the command line names one").endpoint;
    let found = runtime.block_on(remove(&spec, &endpoint))?;
    let Survey { own, foreign, first_foreign, .. } = found;
    match printer.format() {
        Format::Json => {
            let result = serde_json::json!({ "removed_keys": own, "left_keys": foreign });
            printer.result(&result.to_string());
        }
        Format::Text => {
            printer.result(&format!("removed {own} own keys from {endpoint}"));
            if let Some(first) = first_foreign {
                printer.result(&format!(
                    "left {foreign} keys of the plan's names that hold other values, such as \
                     `{first}`"
                ));
            }
        }
    }
    Ok(if foreign == 0 { MET } else { NOT_MET })
}

async fn remove(spec: &PlanSpec, endpoint: &Endpoint) -> Result<Survey, Failure> {
    let target = Target::connect(endpoint).await?;
    for shard in target.shards() {
        check_kind(&read_facts(&shard.control, Some(shard.endpoint.to_string())).await?)?;
    }
    Ok(remove_leftovers(&target, spec).await?)
}
