//! What a plan needs of an engine beyond what all versions can do.

use crate::engine::EngineVersion;

use super::{Class, PlanSpec};

/// Fields with a time to live, on an engine that has none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the fields of `{class}` have a time to live, which {engine} cannot give them")]
pub struct EngineLacks {
    /// The class with `field_ttl`.
    pub class: String,
    /// The engine that is not up to it.
    pub engine: EngineVersion,
}

impl EngineLacks {
    /// What to do about it.
    pub const HINT: &str = "Redis has it from 7.4 on, Valkey, and so ElastiCache, from 9.0 on: \
                            choose valkey-9.0 or later, or leave out `field_ttl`";

    /// The first of the classes that `engine` cannot hold.
    pub(super) fn first<'c>(
        classes: impl IntoIterator<Item = &'c Class>,
        engine: EngineVersion,
    ) -> Option<Self> {
        let expires =
            |class: &&Class| class.collection.as_ref().is_some_and(|c| c.field_ttl_secs.is_some());
        let class = classes.into_iter().find(expires).filter(|_| !engine.expires_fields())?;
        Some(Self { class: class.name.clone(), engine })
    }
}

impl PlanSpec {
    /// Whether `engine` can hold what the plan stores.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check_engine(&self, engine: EngineVersion) -> Result<(), EngineLacks> {
        EngineLacks::first(&self.classes, engine).map_or(Ok(()), Err)
    }
}
