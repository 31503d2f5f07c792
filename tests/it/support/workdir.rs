//! A directory for one test.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A temporary directory with a place for plans, runs and private engines.
pub(crate) struct Workdir(TempDir);

impl Workdir {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("tmp")).unwrap();
        Self(directory)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// The TMPDIR of programs this test runs.
    pub(crate) fn tmp(&self) -> PathBuf {
        self.path("tmp")
    }

    /// The run directory.
    pub(crate) fn out(&self) -> PathBuf {
        self.path("out")
    }

    /// The directories of the private engines that use this TMPDIR, running or left over.
    pub(crate) fn engine_directories(&self) -> Vec<PathBuf> {
        let roots = entries(&self.tmp());
        roots.iter().filter(|root| root.is_dir()).flat_map(|root| entries(root)).collect()
    }

    /// The only private engine that uses this TMPDIR.
    pub(crate) fn engine_pid(&self) -> u32 {
        let directories = self.engine_directories();
        assert_eq!(directories.len(), 1, "{directories:?}");
        let text = fs::read_to_string(directories[0].join("engine.pid")).unwrap();
        text.trim().parse().unwrap()
    }

    /// The names of the files of the run, sorted.
    pub(crate) fn artifacts(&self) -> Vec<String> {
        let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        entries(&self.out()).iter().map(name).collect()
    }

    /// Every file of the run with its bytes, sorted by path.
    pub(crate) fn run_files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        let mut directories = vec![self.out()];
        while let Some(directory) = directories.pop() {
            for entry in entries(&directory) {
                if entry.is_dir() {
                    directories.push(entry);
                } else {
                    let bytes = fs::read(&entry).unwrap();
                    files.push((entry, bytes));
                }
            }
        }
        files.sort();
        files
    }

    /// An artifact of the run.
    pub(crate) fn artifact(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&fs::read_to_string(self.out().join(name)).unwrap()).unwrap()
    }

    /// An engine that keeps the configuration it is given; see the script.
    pub(crate) fn spy_engine(&self, engine: &Path) -> PathBuf {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/spy-engine");
        let spy = self.path("spy-engine");
        std::os::unix::fs::symlink(script, &spy).unwrap();
        self.file("engine", engine.to_str().unwrap());
        spy
    }

    /// The password that engine was given.
    pub(crate) fn spied_password(&self) -> String {
        let configuration = fs::read_to_string(self.path("configuration")).unwrap();
        let line = configuration.lines().find_map(|line| line.strip_prefix("requirepass "));
        line.expect("a password is set").to_owned()
    }
}

/// What a directory holds, sorted; nothing when it does not exist.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}
