//! The program under test as a process.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};

use rustix::process::Signal;

use super::{PATIENCE, Workdir, ended, signal};

/// A running `cachefit`; killed on drop.
pub(crate) struct Cachefit {
    child: Child,
    stdout: Option<JoinHandle<String>>,
    stderr: Receiver<String>,
    seen: String,
}

/// What became of it.
#[derive(Debug)]
pub(crate) struct Finished {
    /// `None` when a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Cachefit {
    /// `cachefit` with these arguments and this TMPDIR.
    pub(crate) fn start<A: AsRef<OsStr>>(tmp: &Path, arguments: &[A]) -> Self {
        let mut command = Self::command(tmp);
        command.args(arguments);
        Self::from(command)
    }

    /// `cachefit` without arguments yet.
    pub(crate) fn command(tmp: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cachefit"));
        command.env("TMPDIR", tmp);
        command
    }

    /// `cachefit plan PLAN --target URL --out OUT MORE…`.
    pub(crate) fn on_target(workdir: &Workdir, plan: &str, url: &str, more: &[&str]) -> Self {
        let mut command = Self::command(&workdir.tmp());
        command.arg("plan").arg(workdir.file("plan.toml", plan)).arg("--out").arg(workdir.out());
        command.args(["--target", url]).args(more).env_remove("REDISCLI_AUTH");
        Self::from(command)
    }

    /// Runs `command` with its output captured and, where it would set a PDF, without it: that takes
    /// seconds in a build for tests.
    pub(crate) fn from(mut command: Command) -> Self {
        if command
            .get_args()
            .any(|word| ["plan", "size", "report"].contains(&word.to_str().unwrap_or("")))
            || command.get_args().any(|word| word == "compare")
                && command.get_args().any(|word| word == "--out")
        {
            command.arg("--without-pdf");
        }
        Self::with_pdf(command)
    }

    /// Runs `command` as it is with its output captured.
    pub(crate) fn with_pdf(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let stdout = thread::spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).unwrap();
            text
        });
        let (lines, received) = mpsc::channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = lines.send(line);
            }
        });
        Self { child, stdout: Some(stdout), stderr: received, seen: String::new() }
    }

    /// Waits for a line on standard error that contains `part`.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, part: &str) {
        loop {
            let Ok(line) = self.stderr.recv_timeout(PATIENCE) else {
                panic!("no line with `{part}`, only:\n{}", self.seen);
            };
            self.seen.push_str(&line);
            self.seen.push('\n');
            if line.contains(part) {
                return;
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, kind: Signal) {
        signal(self.child.id(), kind);
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn finish(mut self) -> Finished {
        assert!(ended(self.child.id(), PATIENCE), "it does not end:\n{}", self.seen);
        let code = self.child.wait().unwrap().code();
        let mut stderr = std::mem::take(&mut self.seen);
        // The channel closes when the program, the only writer, has ended.
        while let Ok(line) = self.stderr.recv_timeout(PATIENCE) {
            stderr.push_str(&line);
            stderr.push('\n');
        }
        let stdout = self.stdout.take().unwrap().join().unwrap();
        Finished { code, stdout, stderr }
    }
}

impl Finished {
    /// It went all the way to a report; on a busy machine every level may be void.
    pub(crate) fn concluded(&self) -> bool {
        matches!(self.code, Some(0 | 1 | 5))
    }
}

impl Drop for Cachefit {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
