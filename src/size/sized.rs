//! Artifact `05-recommendation`: the answer with everything it was made from but the measurement.

use serde::{Deserialize, Serialize};

use crate::artifact::Digest;
use crate::catalog::Catalog;
use crate::measurement::TargetFacts;
use crate::model::Models;
use crate::spec::PlanSpec;

use super::{Recommendation, SizeError, recommend};

/// The answer, and what it answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sized {
    /// The plan as it was sized: 01-spec, with what `size` was told to change.
    pub plan: PlanSpec,
    /// Of the node types, prices and limits it was sized with; `None` in runs from before it was
    /// kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog: Option<Digest>,
    /// The answer.
    pub recommendation: Recommendation,
}

impl Sized {
    /// Sizes `plan`.
    ///
    /// # Errors
    /// As [`recommend`].
    pub fn new(
        plan: PlanSpec,
        models: &Models,
        target: &TargetFacts,
        catalog: &Catalog,
    ) -> Result<Self, SizeError> {
        let recommendation = recommend(&plan, models, target, catalog)?;
        Ok(Self { plan, catalog: Some(Digest::of(&catalog.fingerprint_text())), recommendation })
    }
}
