//! Tools that a script calls, as spies: `spy-tool` says how they work.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Stand-ins for tools, first on the PATH of whoever is run with them.
pub(crate) struct Tools {
    directory: PathBuf,
}

impl Tools {
    /// Spies of these names below `directory`, each with what it does in the language of `sh`.
    pub(crate) fn new(directory: &Path, tools: &[(&str, &str)]) -> Self {
        let tools_at = directory.join("tools");
        fs::create_dir(&tools_at).unwrap();
        let spy = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/spy-tool");
        for (name, does) in tools {
            symlink(&spy, tools_at.join(name)).unwrap();
            fs::write(tools_at.join(format!("{name}.sh")), does).unwrap();
        }
        Self { directory: tools_at }
    }

    /// Runs a script with `input` typed.
    pub(crate) fn run(&self, script: &Path, arguments: &[&str], input: &str) -> Output {
        let path = std::env::var("PATH").unwrap();
        let typed = self.directory.join("typed");
        fs::write(&typed, input).unwrap();
        Command::new("sh")
            .arg(script)
            .args(arguments)
            .env("PATH", format!("{}:{path}", self.directory.display()))
            .stdin(Stdio::from(fs::File::open(typed).unwrap()))
            .current_dir(self.directory.parent().unwrap())
            .output()
            .unwrap()
    }

    /// What was asked of the tools so far, in order, one call a line.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.directory.join("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    /// A file that the tools find beside them, as `$here/NAME`.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}
