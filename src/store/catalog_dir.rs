//! Catalogs on disk: the present one, and those it replaced.
//!
//! ```text
//! DIR/current                              the name of the folder that holds
//! DIR/2026-11-29-0123456789ab/             node-types.csv, limits.csv, … , prices/us-east-1.csv, …
//! DIR/2026-10-02-ba9876543210/             what it replaced
//! ```
//!
//! A folder never changes once it has its name. A directory without `current` holds one catalog
//! itself, as `instance-catalog` does.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::atomic;
use super::run_dir::{StoreError, files_in};

/// Names the folder with the present catalog.
const CURRENT: &str = "current";
/// The folder of a catalog's price files.
const PRICES: &str = "prices";

/// Why a catalog was not read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogDirError {
    /// There is none.
    #[error("{} holds no catalog", path.display())]
    None {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("cannot read {}: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// As the system says it.
        cause: io::Error,
    },
    /// `current` names what cannot be a folder beside it.
    #[error("{} names `{name}`, which is no folder beside it", path.display())]
    Astray {
        /// The file.
        path: PathBuf,
        /// What it names.
        name: String,
    },
}

/// A directory of catalogs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogDir {
    root: PathBuf,
}

impl CatalogDir {
    /// The directory, which need not exist yet.
    pub fn open(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The files of the present catalog by name, as in `prices/us-east-1.csv`; `None` when the
    /// directory is not there or empty.
    ///
    /// # Errors
    /// When it holds something else, or the system refuses.
    pub fn read(&self) -> Result<Option<BTreeMap<String, String>>, CatalogDirError> {
        let path = self.root.join(CURRENT);
        let folder = match fs::read_to_string(&path) {
            Ok(name) => self.folder(name.trim(), path)?,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => self.root.clone(),
            Err(cause) => return Err(CatalogDirError::Unreadable { path, cause }),
        };
        let files = read_files(&folder)?;
        if !files.is_empty() {
            return Ok(Some(files));
        }
        let is_empty =
            fs::read_dir(&self.root).map_or(true, |mut entries| entries.next().is_none());
        if is_empty { Ok(None) } else { Err(CatalogDirError::None { path: folder }) }
    }

    /// The files of a catalog that was kept, by the digest that its folder's name ends with.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kept(&self, digest: &str) -> Result<Option<BTreeMap<String, String>>, CatalogDirError> {
        let Ok(entries) = fs::read_dir(&self.root) else { return Ok(None) };
        let ending = format!("-{digest}");
        let mut folders: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.to_string_lossy().ends_with(&ending))
            .collect();
        folders.sort();
        folders.pop().map(|folder| read_files(&folder)).transpose()
    }

    /// Keeps a catalog in a folder of that name, whole or not at all; one that is there stays.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, name: &str, files: &BTreeMap<String, String>) -> Result<(), StoreError> {
        let folder = self.root.join(name);
        if folder.is_dir() {
            return Ok(());
        }
        write_folder(&self.root, &folder, files)
    }

    /// Makes a catalog that was kept the present one.
    ///
    /// # Errors
    /// When it cannot be written; the present one stays then.
    pub fn make_current(&self, name: &str) -> Result<(), StoreError> {
        let path = self.root.join(CURRENT);
        let text = format!("{name}\n");
        atomic::write(&path, text.as_bytes()).map_err(|cause| StoreError { path, cause })
    }

    fn folder(&self, name: &str, path: PathBuf) -> Result<PathBuf, CatalogDirError> {
        let folder = self.root.join(name);
        let is_beside = !name.is_empty() && !name.contains(['/', '\\']) && name != "..";
        if is_beside && folder.is_dir() {
            Ok(folder)
        } else {
            Err(CatalogDirError::Astray { path, name: name.to_owned() })
        }
    }
}

/// The CSV files of a catalog's folder; none where there is no folder.
pub(super) fn read_files(folder: &Path) -> Result<BTreeMap<String, String>, CatalogDirError> {
    let mut files = BTreeMap::new();
    for (below, prefix) in [(folder.to_owned(), ""), (folder.join(PRICES), "prices/")] {
        let names = files_in(&below)
            .map_err(|cause| CatalogDirError::Unreadable { path: below.clone(), cause })?;
        for name in names {
            let path = below.join(&name);
            if path.extension().is_none_or(|extension| extension != "csv") {
                continue;
            }
            let text = fs::read_to_string(&path)
                .map_err(|cause| CatalogDirError::Unreadable { path, cause })?;
            files.insert(format!("{prefix}{name}"), text);
        }
    }
    Ok(files)
}

/// Writes beside the folder and renames; a folder that is there goes.
pub(super) fn write_folder(
    beside: &Path,
    folder: &Path,
    files: &BTreeMap<String, String>,
) -> Result<(), StoreError> {
    let failed = |cause| StoreError { path: folder.to_owned(), cause };
    fs::create_dir_all(beside).map_err(failed)?;
    let made = tempfile::Builder::new().prefix(".cachefit-").tempdir_in(beside).map_err(failed)?;
    for (name, text) in files {
        atomic::write(&made.path().join(name), text.as_bytes()).map_err(failed)?;
    }
    // Temporary folders are private to their owner; results are as readable as any other folder.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let shared = fs::Permissions::from_mode(0o755);
        fs::set_permissions(made.path(), shared).map_err(failed)?;
    }
    match fs::remove_dir_all(folder) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(failed(cause)),
        _ => {}
    }
    fs::rename(made.path(), folder).map_err(failed)?;
    // What it was called is no more, so that there is nothing left to remove.
    let _ = made.keep();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> BTreeMap<String, String> {
        [("node-types.csv", text), ("prices/eu-west-1.csv", text)]
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into()
    }

    #[test]
    fn what_is_replaced_stays_beside() {
        let directory = tempfile::tempdir().unwrap();
        let catalogs = CatalogDir::open(&directory.path().join("ours"));
        assert_eq!(catalogs.read().unwrap(), None);
        for (name, text) in [("2026-01-01-aa", "old"), ("2026-02-02-bb", "new")] {
            catalogs.keep(name, &files(text)).unwrap();
            assert_ne!(catalogs.read().ok().flatten(), Some(files(text)), "not yet");
            catalogs.make_current(name).unwrap();
            assert_eq!(catalogs.read().unwrap(), Some(files(text)));
        }
        assert_eq!(catalogs.kept("aa").unwrap(), Some(files("old")));
        assert_eq!(catalogs.kept("cc").unwrap(), None);
        catalogs.keep("2026-01-01-aa", &files("other")).unwrap();
        assert_eq!(catalogs.kept("aa").unwrap(), Some(files("old")), "never changes");
        let left: Vec<_> = fs::read_dir(&catalogs.root).unwrap().flatten().collect();
        assert_eq!(left.len(), 3, "no temporary folder is left: {left:?}");
    }

    #[test]
    fn a_directory_that_is_none_of_catalogs_is_named() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("notes.txt"), "x").unwrap();
        let catalogs = CatalogDir::open(directory.path());
        assert!(matches!(catalogs.read(), Err(CatalogDirError::None { .. })));
        for name in ["../elsewhere", "", "gone"] {
            fs::write(directory.path().join(CURRENT), name).unwrap();
            assert!(matches!(catalogs.read(), Err(CatalogDirError::Astray { .. })), "{name}");
        }
    }
}
