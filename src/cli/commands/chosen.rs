//! Which catalog a command works with.

use std::path::Path;

use crate::artifact::Digest;
use crate::catalog::{Catalog, Edition, Files};
use crate::cli::failure::Failure;
use crate::store::{CatalogDir, RunDir};

/// A catalog, and its files where it is not the built-in one.
pub(super) struct Chosen {
    pub catalog: Catalog,
    pub files: Option<Files>,
}

impl Chosen {
    /// The one that is part of the program.
    pub(super) fn builtin() -> Self {
        Self { catalog: Catalog::builtin(), files: None }
    }

    /// That of the argument, the built-in one without.
    pub(super) fn named(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| path.as_os_str() != "builtin") else {
            return Ok(Self::builtin());
        };
        let files = CatalogDir::open(path).read()?;
        Self::read(path, files.ok_or_else(|| Failure::NoCatalog { path: path.to_owned() })?)
    }

    /// That of the argument, the one that the run was sized with without.
    pub(super) fn of_run(path: Option<&Path>, run: &RunDir) -> Result<Self, Failure> {
        if path.is_some() {
            return Self::named(path);
        }
        match run.catalog()? {
            Some(files) => Self::read(run.path(), files),
            None => Ok(Self::builtin()),
        }
    }

    /// The one that has this digest, among the one of the argument, those it replaced, the run's and
    /// the built-in one; that of the argument or of the run where none has it.
    pub(super) fn with_digest(
        digest: Option<&Digest>,
        path: Option<&Path>,
        run: &RunDir,
    ) -> Result<Self, Failure> {
        let chosen = Self::of_run(path, run)?;
        let Some(digest) = digest.filter(|digest| Edition::of(&chosen.catalog).digest != **digest)
        else {
            return Ok(chosen);
        };
        if let Some(path) = path
            && let Some(files) = CatalogDir::open(path).kept(digest.short())?
        {
            return Self::read(path, files);
        }
        let builtin = Self::builtin();
        let is_builtin = Edition::of(&builtin.catalog).digest == *digest;
        Ok(if is_builtin { builtin } else { chosen })
    }

    /// Reads files that `path` holds.
    fn read(path: &Path, files: Files) -> Result<Self, Failure> {
        let catalog = Catalog::from_files(&files)
            .map_err(|cause| Failure::Catalog { path: path.to_owned(), cause })?;
        Ok(Self { catalog, files: Some(files) })
    }
}
