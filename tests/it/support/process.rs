//! Signals to processes, and their end.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

fn pid(raw: u32) -> Pid {
    Pid::from_raw(i32::try_from(raw).unwrap()).unwrap()
}

/// Sends a signal.
pub(crate) fn signal(process: u32, signal: Signal) {
    kill_process(pid(process), signal).expect("the process still runs");
}

/// Waits until a process has ended; `false` when it still runs after `patience`.
#[cfg(target_os = "linux")]
pub(crate) fn ended(process: u32, patience: Duration) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::process::{PidfdFlags, pidfd_open};

    // A descriptor of the process becomes readable when it ends, whoever its parent is.
    let Ok(descriptor) = pidfd_open(pid(process), PidfdFlags::empty()) else { return true };
    let patience = Timespec::try_from(patience).unwrap();
    poll(&mut [PollFd::new(&descriptor, PollFlags::IN)], Some(&patience)).unwrap() == 1
}

/// Waits until a process has ended; `false` when it still runs after `patience`.
#[cfg(not(target_os = "linux"))]
pub(crate) fn ended(process: u32, patience: Duration) -> bool {
    let deadline = std::time::Instant::now() + patience;
    loop {
        if rustix::process::test_kill_process(pid(process)).is_err() {
            return true;
        }
        if std::time::Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The most a process ever had in memory, KiB; `None` once it has ended.
pub(crate) fn memory_peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
