//! From measurements to files.
use crate::artifact::Digest;
use crate::cli::Outcome;
use crate::cli::printer::Printer;
use crate::model::Models;
use crate::spec::PlanSpec;
use crate::store::RunDir;

use super::measure::Measured;

pub(super) fn conclude(
    spec: &PlanSpec,
    _spec_digest: Digest,
    measured: Measured,
    _run: &RunDir,
    printer: &Printer,
) -> Outcome {
    let models = Models::learn(spec, &measured.seeded, &measured.steps);
    printer.result(&format!("{:#?}", models.cpu));
    printer.result(&format!("{:#?} {:#?}", models.network, models.capacity));
    printer.result(&format!("{:#?} {}", models.memory.fit, models.memory.deviation));
    Ok(0)
}
