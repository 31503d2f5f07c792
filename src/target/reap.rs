//! Finds private engines whose owner was killed, and stops them.
//!
//! Each engine has a directory with a lock that its owner holds while it lives and a pid file that
//! the engine writes. A lock that can be taken has no owner any more. A pid is trusted only when
//! that process works in the engine's directory, so that a pid which was given to another program
//! meanwhile is left alone.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, getuid, kill_process};

/// The file an owner locks.
pub(super) const LOCK: &str = "owner.lock";
/// The file the engine writes its pid to.
pub(super) const PID_FILE: &str = "engine.pid";
/// A directory without a lock file this long after it was made belongs to nobody.
const UNBORN: Duration = Duration::from_mins(1);

/// The directory of all private engines of this user.
pub(super) fn root() -> PathBuf {
    std::env::temp_dir().join(format!("cachefit-{}", getuid().as_raw()))
}

/// Makes the root, or checks that the one that is there is ours alone.
pub(super) fn make_root(root: &Path) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(root) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let found = fs::symlink_metadata(root)?;
            let ours = found.is_dir() && found.uid() == getuid().as_raw();
            if ours { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
        }
        outcome => outcome,
    }
}

/// Stops every private engine whose owner is gone and removes its directory.
/// Returns how many engines it stopped.
pub fn reap_leftovers() -> usize {
    let Ok(entries) = fs::read_dir(root()) else { return 0 };
    let directories = entries.flatten().map(|entry| entry.path());
    directories.filter(|directory| directory.is_dir()).filter(|at| reap(at)).count()
}

/// Whether an engine was stopped.
fn reap(directory: &Path) -> bool {
    let Ok(lock) = File::open(directory.join(LOCK)) else {
        if age(directory).is_some_and(|age| age > UNBORN) {
            let _ = fs::remove_dir_all(directory);
        }
        return false;
    };
    if let Err(TryLockError::WouldBlock | TryLockError::Error(_)) = lock.try_lock() {
        return false;
    }
    let engine = engine_pid(directory);
    if let Some(pid) = engine {
        let _ = kill_process(pid, Signal::KILL);
    }
    let _ = fs::remove_dir_all(directory);
    engine.is_some()
}

fn age(directory: &Path) -> Option<Duration> {
    let made = fs::metadata(directory).ok()?.modified().ok()?;
    SystemTime::now().duration_since(made).ok()
}

/// The engine that works in `directory`, if it still runs.
fn engine_pid(directory: &Path) -> Option<Pid> {
    let pid: i32 = fs::read_to_string(directory.join(PID_FILE)).ok()?.trim().parse().ok()?;
    let directory = directory.canonicalize().ok()?;
    (working_directory(pid)? == directory).then(|| Pid::from_raw(pid))?
}

/// Where a process works.
#[cfg(target_os = "linux")]
fn working_directory(pid: i32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{pid}/cwd")).ok()
}

/// Where a process works.
#[cfg(not(target_os = "linux"))]
fn working_directory(pid: i32) -> Option<PathBuf> {
    let pid = pid.to_string();
    let output = std::process::Command::new("lsof")
        .args(["-a", "-d", "cwd", "-F", "n", "-p", &pid])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().find_map(|line| line.strip_prefix('n')).map(PathBuf::from)
}
