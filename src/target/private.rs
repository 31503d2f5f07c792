//! A private engine: started on loopback for one run, and gone with it.
//!
//! It gets a random password through standard input, a memory limit, no persistence and a directory
//! of its own. The directory holds a lock that the system releases when this program ends, however
//! it ends; `reap` uses that to find engines whose owner was killed.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, PipeReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::units::Bytes;

use super::reap::{self, LOCK, PID_FILE};
use super::{Endpoint, Secret};

/// How long an engine may take to start; it has nothing to load.
const START_PATIENCE: Duration = Duration::from_secs(10);
/// How long it may take to end before it is killed.
const STOP_PATIENCE: Duration = Duration::from_secs(3);
/// Engines that are looked for, in this order.
const NAMES: [&str; 2] = ["valkey-server", "redis-server"];

/// Why a private engine is not running.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// None on PATH.
    #[error("found neither valkey-server nor redis-server on PATH")]
    NotFound,
    /// It cannot be executed.
    #[error("cannot start {}: {cause}", path.display())]
    NotStarted {
        /// The binary.
        path: PathBuf,
        /// As the system says it.
        cause: io::Error,
    },
    /// The port is taken.
    #[error("port {port} on 127.0.0.1 is already in use")]
    PortBusy {
        /// The port.
        port: u16,
    },
    /// It ended before it was ready.
    #[error("{} ended before it was ready: {last_words}", path.display())]
    Ended {
        /// The binary.
        path: PathBuf,
        /// The end of its log.
        last_words: String,
    },
    /// It neither became ready nor ended.
    #[error("{} was not ready within {START_PATIENCE:?}", path.display())]
    NotReady {
        /// The binary.
        path: PathBuf,
    },
    /// Its directory cannot be made.
    #[error("cannot prepare a directory for the private engine below {}: {cause}", path.display())]
    NoDirectory {
        /// Where it was tried.
        path: PathBuf,
        /// As the system says it.
        cause: io::Error,
    },
}

impl EngineError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotFound => {
                "install valkey or redis (Debian and Ubuntu: the package redis-tools holds the \
                 engine without starting a service; macOS: brew install valkey), or name a binary \
                 with --engine-bin"
            }
            Self::NotStarted { .. } => "name a redis-server or valkey-server with --engine-bin",
            Self::PortBusy { .. } => "leave --engine-port out to use a free port",
            Self::Ended { .. } | Self::NotReady { .. } => {
                "run the binary by hand to see why; another one can be named with --engine-bin"
            }
            Self::NoDirectory { .. } => "set TMPDIR to a directory with free space",
        }
    }
}

/// How to start a private engine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The server binary.
    pub binary: PathBuf,
    /// A port to insist on; `None` for a free one.
    pub port: Option<u16>,
    /// Its `maxmemory`.
    pub maxmemory: Bytes,
    /// Clients it must accept.
    pub max_clients: u32,
}

/// A running private engine; dropping it stops it and removes its directory.
#[derive(Debug)]
pub struct PrivateEngine {
    child: Child,
    endpoint: Endpoint,
    // In this order: the engine is stopped first (Drop), then the lock goes, then the directory.
    _lock: File,
    _directory: TempDir,
}

/// The first engine on PATH, or `wanted` if it names a file or a program on PATH.
///
/// # Errors
/// When there is none.
pub fn find_engine(wanted: Option<&Path>, path: Option<&OsStr>) -> Result<PathBuf, EngineError> {
    let on_path = |name: &Path| {
        let directories = std::env::split_paths(path?);
        directories.map(|directory| directory.join(name)).find(|file| is_program(file))
    };
    match wanted {
        Some(binary) if binary.is_file() => Ok(binary.to_owned()),
        Some(binary) => on_path(binary).ok_or_else(|| EngineError::NotStarted {
            path: binary.to_owned(),
            cause: io::ErrorKind::NotFound.into(),
        }),
        None => NAMES.iter().find_map(|name| on_path(name.as_ref())).ok_or(EngineError::NotFound),
    }
}

/// A file that may be executed, by somebody at least, as shells take it.
fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

impl PrivateEngine {
    /// Starts an engine and waits until it accepts connections.
    ///
    /// # Errors
    /// When it cannot be started, the port is taken, or it ends at once.
    pub fn start(settings: &Settings) -> Result<Self, EngineError> {
        // A free port can be taken by another program before the engine binds it.
        let mut attempts = if settings.port.is_some() { 1 } else { 5 };
        loop {
            attempts -= 1;
            match Self::start_once(settings) {
                Err(EngineError::PortBusy { .. }) if attempts > 0 => {}
                outcome => return outcome,
            }
        }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn start_once(settings: &Settings) -> Result<Self, EngineError> {
        let root = reap::root();
        let no_directory = |cause| EngineError::NoDirectory { path: root.clone(), cause };
        let (directory, lock) = prepare(&root).map_err(no_directory)?;
        let port = match settings.port {
            Some(port) => port,
            None => free_port().map_err(no_directory)?,
        };
        let password = random_password();
        let not_started = |cause| EngineError::NotStarted { path: settings.binary.clone(), cause };
        // One pipe for both: a binary that is no engine says so on standard error.
        let (log, stdout) = io::pipe().map_err(not_started)?;
        let stderr = stdout.try_clone().map_err(not_started)?;
        let mut child = Command::new(&settings.binary)
            .arg("-")
            .current_dir(directory.path())
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(stderr)
            // Ctrl-C reaches this program alone, which then stops the engine in its own order.
            .process_group(0)
            .spawn()
            .map_err(not_started)?;
        let mut stdin = child.stdin.take().expect("stdin is piped");
        let secret = Some(Secret::new(password.clone()));
        let endpoint = Endpoint { password: secret, ..Endpoint::new("127.0.0.1", port) };
        // From here on dropping stops the child.
        let engine = Self { child, endpoint, _lock: lock, _directory: directory };
        // An engine that ended at once closes the pipe; its log says why better than the pipe.
        let _ = stdin.write_all(configuration(settings, port, &password).as_bytes());
        drop(stdin);
        wait_until_ready(log, settings, port)?;
        Ok(engine)
    }
}

impl Drop for PrivateEngine {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let deadline = Instant::now() + STOP_PATIENCE;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A directory of the engine's own, and the lock that tells it is in use.
fn prepare(root: &Path) -> io::Result<(TempDir, File)> {
    reap::make_root(root)?;
    let directory = tempfile::Builder::new().prefix("engine-").tempdir_in(root)?;
    // Locked before it gets its name, so that nobody finds a lock that can be taken.
    let unnamed = directory.path().join(".lock");
    let lock = File::create(&unnamed)?;
    lock.lock()?;
    std::fs::rename(&unnamed, directory.path().join(LOCK))?;
    Ok((directory, lock))
}

/// A port that was free a moment ago.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// 128 random bits in hexadecimal.
fn random_password() -> String {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).expect("the system has a source of randomness");
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// What the engine reads from standard input. `volatile-lru` is ElastiCache's default policy and
/// changes how integers are stored (MODEL.md §1), so the private engine uses it too. The log of slow
/// commands would keep their arguments, which on a busy machine pass for data (MODEL.md §1.7).
fn configuration(settings: &Settings, port: u16, password: &str) -> String {
    let Settings { maxmemory, max_clients, .. } = settings;
    format!(
        "bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave \"\"\nappendonly no\n\
         daemonize no\npidfile {PID_FILE}\nlogfile \"\"\nmaxmemory {}\n\
         maxmemory-policy volatile-lru\nmaxclients {max_clients}\n\
         slowlog-log-slower-than -1\n",
        maxmemory.get()
    )
}

/// Reads the log until the engine is ready, then keeps the pipe from filling up.
fn wait_until_ready(log: PipeReader, settings: &Settings, port: u16) -> Result<(), EngineError> {
    let (lines, received) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            let _ = lines.send(line);
        }
    });
    let path = || settings.binary.clone();
    let deadline = Instant::now() + START_PATIENCE;
    let mut last_words = String::new();
    loop {
        match received.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) if line.to_lowercase().contains("ready to accept connections") => {
                return Ok(());
            }
            Ok(line) if line.contains("Address already in use") => {
                return Err(EngineError::PortBusy { port });
            }
            Ok(line) => {
                if !line.trim().is_empty() {
                    last_words = line;
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                return Err(EngineError::NotReady { path: path() });
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(EngineError::Ended { path: path(), last_words });
            }
        }
    }
}
