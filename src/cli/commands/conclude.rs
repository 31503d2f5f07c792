//! From measurements to files: learn, size, report. Each stage can run alone on a run directory;
//! its inputs are checked by digest.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::artifact::{Artifact, Digest, Kind};
use crate::catalog::Catalog;
use crate::cli::args::FilesArgs;
use crate::cli::failure::{Failure, MET, NO_MEASUREMENT, NOT_MET};
use crate::measurement::{Level, Seeded, Steps};
use crate::model::Models;
use crate::provision::tfvars;
use crate::report::{Evidence, Report, build};
use crate::size::{Recommendation, Sized};
use crate::spec::PlanSpec;
use crate::store::RunDir;

use super::render::{Beside, Rendered, render, setting};

/// A run directory whose artifacts are read on demand and checked against each other.
pub(super) struct Run<'a> {
    directory: &'a RunDir,
    /// Of the artifacts read or written so far.
    digests: BTreeMap<Kind, Digest>,
}

impl<'a> Run<'a> {
    pub(super) fn new(directory: &'a RunDir) -> Self {
        Self { directory, digests: BTreeMap::new() }
    }

    /// Reads an artifact; it is stale when it was made from other inputs than those read before.
    pub(super) fn read<T: DeserializeOwned>(&mut self, kind: Kind) -> Result<T, Failure> {
        let (artifact, digest) = self.directory.read_artifact::<T>(kind)?;
        for (input, wanted) in &artifact.inputs {
            if self.digests.get(input).is_some_and(|found| found != wanted) {
                let path = self.directory.path().join(kind.file_name());
                return Err(Failure::Stale { path, kind, input: *input });
            }
        }
        self.digests.insert(kind, digest);
        Ok(artifact.body)
    }

    /// Writes an artifact made from everything read or written before.
    pub(super) fn write<T: Serialize>(&mut self, kind: Kind, body: T) -> Result<(), Failure> {
        let inputs = self.digests.clone();
        let digest = self.directory.write_artifact(&Artifact::new(kind, inputs, body))?;
        self.digests.insert(kind, digest);
        Ok(())
    }

    /// Learns the models from what was measured.
    pub(super) fn fit(&mut self) -> Result<Models, Failure> {
        let spec: PlanSpec = self.read(Kind::Spec)?;
        let seeded: Seeded = self.read(Kind::Seed)?;
        let steps: Steps = self.read(Kind::Steps)?;
        let models = Models::learn(&spec, &seeded, &steps);
        self.write(Kind::Models, models.clone())?;
        Ok(models)
    }

    /// Sizes the plan, changed by `change`.
    pub(super) fn size(
        &mut self,
        catalog: &Catalog,
        change: impl FnOnce(PlanSpec) -> Result<PlanSpec, Failure>,
    ) -> Result<Recommendation, Failure> {
        let plan = change(self.read(Kind::Spec)?)?;
        let seeded: Seeded = self.read(Kind::Seed)?;
        let _: Steps = self.read(Kind::Steps)?;
        let models: Models = self.read(Kind::Models)?;
        let sized = Sized::new(plan, &models, &seeded.target, catalog)?;
        let recommendation = sized.recommendation.clone();
        self.write(Kind::Recommendation, sized)?;
        Ok(recommendation)
    }

    /// Writes the report and everything rendered from it. Returns the exit code as well.
    ///
    /// `answer` sees the report before it is rendered: setting the PDF takes longer than all else.
    pub(super) fn report(
        &mut self,
        catalog: &Catalog,
        files: &FilesArgs,
        answer: impl FnOnce(&Report),
    ) -> Result<(Rendered, u8), Failure> {
        let _: PlanSpec = self.read(Kind::Spec)?;
        let seeded: Seeded = self.read(Kind::Seed)?;
        let steps: Steps = self.read(Kind::Steps)?;
        let models: Models = self.read(Kind::Models)?;
        let Sized { plan, catalog: digest, recommendation } = self.read(Kind::Recommendation)?;
        let before = self.directory.read_artifact::<Report>(Kind::Report);
        let before = before.map(|(artifact, _)| artifact.body.setting).unwrap_or_default();
        let setting = setting(files, before)?;
        let report = build(&Evidence {
            spec: &plan,
            seeded: &seeded,
            steps: &steps,
            models: &models,
            recommendation: &recommendation,
            catalog,
            sized_with: digest.as_ref(),
            digests: &self.digests,
        });
        let report = Report { setting, ..report };
        self.write(Kind::Report, report.clone())?;
        answer(&report);
        let tfvars = tfvars(&plan, &recommendation, catalog);
        let beside = Beside { tfvars: tfvars.as_ref(), measured: Some((&plan, &steps)) };
        let rendered = render(report, beside, files, self.directory)?;
        let code = if recommendation.chosen.is_some() {
            MET
        } else if steps.levels.iter().any(Level::is_valid) {
            NOT_MET
        } else {
            NO_MEASUREMENT
        };
        Ok((rendered, code))
    }
}
