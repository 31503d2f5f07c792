//! What measurements say of themselves: figures in them that were calculated when they were taken.

use crate::artifact::changes;
use crate::measurement::{Seeded, Steps, VoidEvidence, VoidReason, void_reasons};
use crate::model::MemoryModel;
use crate::spec::PlanSpec;

use super::Difference;

/// How many figures were compared, and those that differ.
pub(super) type Found = (u64, Vec<Difference>);

/// `used_memory` as it was predicted, from the plan and the target.
pub(super) fn seeded(spec: &PlanSpec, seeded: &Seeded) -> Found {
    let predicted = MemoryModel::predicted(spec, seeded);
    compared("$.body.predicted_bytes", &seeded.predicted_bytes, &predicted)
}

/// The judgement of each level, from its record.
pub(super) fn steps(spec: &PlanSpec, steps: &Steps) -> Found {
    let mut all = (0, Vec::new());
    for (index, level) in steps.levels.iter().enumerate() {
        let mut evidence = VoidEvidence::default();
        for reason in &level.void {
            match reason {
                VoidReason::Errors { first, .. } => evidence.first_error = Some(first.clone()),
                VoidReason::ConnectionsLost { count, cause } => {
                    evidence.connections_lost = Some((*count, cause.clone()));
                }
                _ => {}
            }
        }
        let reasons = void_reasons(spec, level, evidence);
        let (n, found) = compared(&format!("$.body.levels[{index}].void"), &level.void, &reasons);
        all.0 += n;
        all.1.extend(found);
    }
    all
}

/// Two values as JSON, the second as it follows.
pub(super) fn compared<T: serde::Serialize>(path: &str, stored: &T, recomputed: &T) -> Found {
    let json = |value: &T| serde_json::to_value(value).expect("artifacts serialise");
    let changes = changes(path, &json(stored), &json(recomputed));
    // An empty list has no figures, and being empty was compared all the same.
    (changes.compared.max(1), Difference::of_changes(changes))
}
