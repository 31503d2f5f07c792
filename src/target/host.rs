//! The machine this program runs on.

use std::fs;

use crate::measurement::Host;
use crate::units::{Bytes, num};

/// Processor, cores and system.
pub fn host() -> Host {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map(|(_, model)| model.trim().to_owned());
    let processors = std::thread::available_parallelism().map_or(1, |n| num::count(n.get()));
    Host {
        processor,
        processors: u32::try_from(processors).unwrap_or(u32::MAX),
        architecture: std::env::consts::ARCH.to_owned(),
        system: std::env::consts::OS.to_owned(),
    }
}

/// Memory that can be used without swapping; `None` where the system does not tell.
pub fn available_memory() -> Option<Bytes> {
    meminfo("MemAvailable:")
}

/// Memory of this machine; `None` where the system does not tell.
pub fn total_memory() -> Option<Bytes> {
    meminfo("MemTotal:")
}

fn meminfo(field: &str) -> Option<Bytes> {
    let meminfo = fs::read_to_string("/proc/meminfo").ok()?;
    let line = meminfo.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(Bytes::from_kib(kib))
}
