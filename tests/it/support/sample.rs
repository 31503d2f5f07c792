//! A whole run without an engine: what this program makes of the measurement of the sample in
//! `reports`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::{Cachefit, Finished, Workdir};

/// A copy of that run, to alter.
pub(crate) struct SampleRun(TempDir);

impl SampleRun {
    /// The run itself, made once.
    pub(crate) fn whole() -> &'static Path {
        static RUN: OnceLock<TempDir> = OnceLock::new();
        let directory = RUN.get_or_init(|| {
            let directory = tempfile::tempdir().unwrap();
            let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample");
            for name in ["01-spec.json", "02-seed.json", "03-steps.json"] {
                fs::copy(sample.join(name), directory.path().join(name)).unwrap();
            }
            let workdir = Workdir::new();
            for stage in ["fit", "size"] {
                let mut command = Cachefit::command(&workdir.tmp());
                command.arg(stage).arg(directory.path());
                let finished = Cachefit::with_pdf(command).finish();
                assert!(finished.concluded(), "{finished:?}");
            }
            directory
        });
        directory.path()
    }

    pub(crate) fn copy() -> Self {
        let copy = Self(tempfile::tempdir().unwrap());
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            fs::create_dir_all(copy.path().join(&folder)).unwrap();
            for entry in fs::read_dir(Self::whole().join(&folder)).unwrap() {
                let name = folder.join(entry.as_ref().unwrap().file_name());
                if entry.unwrap().file_type().unwrap().is_dir() {
                    folders.push(name);
                } else {
                    fs::copy(Self::whole().join(&name), copy.path().join(&name)).unwrap();
                }
            }
        }
        copy
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A command with the run's directory as its first argument.
    pub(crate) fn command(&self, words: &[&str]) -> Finished {
        let workdir = Workdir::new();
        Cachefit::start(&workdir.tmp(), &self.arguments(words)).finish()
    }

    /// The same, which sets a PDF unless the words say otherwise.
    #[cfg(feature = "pdf")]
    pub(crate) fn command_with_pdf(&self, words: &[&str]) -> Finished {
        let workdir = Workdir::new();
        let mut command = Cachefit::command(&workdir.tmp());
        command.args(self.arguments(words));
        Cachefit::with_pdf(command).finish()
    }

    fn arguments(&self, words: &[&str]) -> Vec<String> {
        let (first, more) = words.split_first().unwrap();
        let mut arguments = vec![first.to_string(), self.path().display().to_string()];
        arguments.extend(more.iter().map(ToString::to_string));
        arguments
    }
}
