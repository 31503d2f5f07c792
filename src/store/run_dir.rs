//! One run's directory.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::artifact::{Artifact, ArtifactError, Digest, Kind};

use super::atomic;
use super::catalog_dir::{CatalogDirError, read_files, write_folder};

/// What a run writes beside its artifacts.
const RENDERINGS: [&str; 9] = [
    "report.pdf",
    "report.html",
    "report.md",
    "summary.md",
    "cache.auto.tfvars.json",
    "charts",
    "csv",
    "histograms",
    "locust",
];

/// The folder with the catalog that a run is sized with, where it is not the built-in one.
const CATALOG: &str = "catalog";

/// Why a file of a run was not written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {cause}", path.display())]
pub struct StoreError {
    /// The file.
    pub path: PathBuf,
    /// As the system says it.
    pub cause: io::Error,
}

/// Why an artifact of a run was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Its stage has not ended yet.
    #[error("{} is missing", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What it would hold.
        kind: Kind,
    },
    /// The system refuses.
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// As the system says it.
        cause: io::Error,
    },
    /// It was cut, edited or written by another version.
    #[error("{} cannot be used", path.display())]
    Bad {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        cause: ArtifactError,
    },
}

/// A directory that holds one run: six artifacts, reports, charts and tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDir {
    root: PathBuf,
}

impl RunDir {
    /// Opens `root` for a run, making it where needed.
    ///
    /// # Errors
    /// When it cannot be made or written to; found out before anything is measured.
    pub fn create(root: &Path) -> Result<Self, StoreError> {
        let run = Self { root: root.to_owned() };
        let probe = run.root.join(".cachefit-probe");
        atomic::write(&probe, b"").map_err(|cause| StoreError { path: root.to_owned(), cause })?;
        std::fs::remove_file(&probe)
            .map_err(|cause| StoreError { path: root.to_owned(), cause })?;
        Ok(run)
    }

    /// The run that is already in `root`; nothing is written.
    pub fn open(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Writes an artifact and returns its digest, for those made from it.
    ///
    /// # Errors
    /// When the file cannot be written whole.
    pub fn write_artifact<T: Serialize>(
        &self,
        artifact: &Artifact<T>,
    ) -> Result<Digest, StoreError> {
        let text = artifact.to_text();
        self.write(artifact.kind.file_name(), text.as_bytes())?;
        Ok(Digest::of(&text))
    }

    /// Reads an artifact and its digest.
    ///
    /// # Errors
    /// When it is not there, cannot be read or is not what it should be.
    pub fn read_artifact<T: DeserializeOwned>(
        &self,
        kind: Kind,
    ) -> Result<(Artifact<T>, Digest), ReadError> {
        let path = self.root.join(kind.file_name());
        let text = match std::fs::read_to_string(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                return Err(ReadError::Missing { path, kind });
            }
            Err(cause) => return Err(ReadError::Unreadable { path, cause }),
            Ok(text) => text,
        };
        match Artifact::from_text(kind, &text) {
            Ok(artifact) => Ok((artifact, Digest::of(&text))),
            Err(cause) => Err(ReadError::Bad { path, cause }),
        }
    }

    /// Writes any other file of the run; `name` is relative and may name a folder.
    ///
    /// # Errors
    /// When the file cannot be written whole.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, StoreError> {
        let path = self.root.join(name);
        atomic::write(&path, bytes).map_err(|cause| StoreError { path: path.clone(), cause })?;
        Ok(path)
    }

    /// The bytes of any file of the run; `None` when it is not there.
    ///
    /// # Errors
    /// When it is there and the system refuses to read it.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ReadError> {
        let path = self.root.join(name);
        match std::fs::read(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(ReadError::Unreadable { path, cause }),
            Ok(bytes) => Ok(Some(bytes)),
        }
    }

    /// The files of the catalog that the run is sized with; `None`: the built-in one.
    ///
    /// # Errors
    /// When it is there and the system refuses to read it.
    pub fn catalog(&self) -> Result<Option<BTreeMap<String, String>>, CatalogDirError> {
        let files = read_files(&self.root.join(CATALOG))?;
        Ok(Some(files).filter(|files| !files.is_empty()))
    }

    /// Keeps the catalog that the run is sized with from now on, so that it needs no other; `None`:
    /// the built-in one, of which there is no copy.
    ///
    /// # Errors
    /// When it cannot be written whole.
    pub fn keep_catalog(&self, files: Option<&BTreeMap<String, String>>) -> Result<(), StoreError> {
        let path = self.root.join(CATALOG);
        match files {
            Some(files) => write_folder(&self.root, &path, files),
            None => match std::fs::remove_dir_all(&path) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                    Err(StoreError { path, cause })
                }
                _ => Ok(()),
            },
        }
    }

    /// The renderings that are there, ascending: `report.…`, variables, charts and tables.
    ///
    /// # Errors
    /// When the system refuses to list a folder.
    pub fn renderings(&self) -> Result<Vec<String>, ReadError> {
        let mut names = Vec::new();
        for name in RENDERINGS {
            let path = self.root.join(name);
            if path.is_file() {
                names.push(name.to_owned());
                continue;
            }
            let inside = files_in(&path).map_err(|cause| ReadError::Unreadable { path, cause })?;
            names.extend(inside.into_iter().map(|file| format!("{name}/{file}")));
        }
        names.sort();
        Ok(names)
    }

    /// Removes renderings of an earlier report that are not among `known`: a chart or table that
    /// is no longer part of it, variables of an answer that no longer stands.
    ///
    /// # Errors
    /// When the folders cannot be listed or a file cannot be removed.
    pub fn remove_other_renderings(&self, known: &[&str]) -> Result<(), StoreError> {
        let present = self.renderings().map_err(|error| {
            let cause = io::Error::other(error.to_string());
            StoreError { path: self.root.clone(), cause }
        })?;
        for name in present.iter().filter(|name| !known.contains(&name.as_str())) {
            let path = self.root.join(name);
            std::fs::remove_file(&path).map_err(|cause| StoreError { path, cause })?;
        }
        Ok(())
    }

    /// Removes what an earlier run left here, so that no file of it is taken for this run's.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn clear(&self) -> Result<(), StoreError> {
        let artifacts = Kind::ALL.iter().map(|kind| kind.file_name());
        for name in artifacts.chain(RENDERINGS).chain([CATALOG]) {
            let path = self.root.join(name);
            let removed = if path.is_dir() {
                std::fs::remove_dir_all(&path)
            } else {
                std::fs::remove_file(&path)
            };
            match removed {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError { path, cause });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Files of one folder, by name; nothing where there is none.
pub(super) fn files_in(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            names.extend(entry.file_name().into_string());
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_leaves_nothing_of_the_first() {
        let directory = tempfile::tempdir().unwrap();
        let run = RunDir::create(&directory.path().join("a/b")).unwrap();
        run.write("charts/x.png", b"old").unwrap();
        run.write("03-steps.json", b"old").unwrap();
        run.write("notes.txt", b"the user's own").unwrap();
        run.clear().unwrap();
        let left: Vec<_> = std::fs::read_dir(run.path()).unwrap().flatten().collect();
        assert_eq!(left.len(), 1);
    }

    #[test]
    fn renderings_of_an_earlier_report_go_and_others_stay() {
        let directory = tempfile::tempdir().unwrap();
        let run = RunDir::create(directory.path()).unwrap();
        for name in ["csv/old.csv", "csv/levels.csv", "report.pdf", "06-report.json", "notes.txt"] {
            run.write(name, b"x").unwrap();
        }
        assert_eq!(run.renderings().unwrap(), ["csv/levels.csv", "csv/old.csv", "report.pdf"]);
        run.remove_other_renderings(&["csv/levels.csv"]).unwrap();
        assert_eq!(run.renderings().unwrap(), ["csv/levels.csv"]);
        assert_eq!(run.read("notes.txt").unwrap().as_deref(), Some(&b"x"[..]));
        assert_eq!(run.read("csv/old.csv").unwrap(), None);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = RunDir::create(&file.join("run")).unwrap_err();
        assert!(error.to_string().contains("file/run"), "{error}");
    }
}
