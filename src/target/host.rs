//! The machine this program runs on.

use std::fs;

use crate::measurement::Host;
use crate::units::{Bytes, Fraction, num};

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

/// Processor time of this machine since it started, in the system's ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessorTime {
    /// Of all processors, idle or not.
    all: u64,
    /// Of that, what a virtual machine wanted and its host gave to others.
    stolen: u64,
}

impl ProcessorTime {
    /// By now; `None` where the system does not tell.
    pub fn now() -> Option<Self> {
        Self::parse(&fs::read_to_string("/proc/stat").ok()?)
    }

    /// Of the first line, `cpu`: user, nice, system, idle, iowait, irq, softirq, steal; guests are part of
    /// user time. Source: `proc(5)`.
    fn parse(stat: &str) -> Option<Self> {
        let words = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
        let ticks: Vec<u64> = words.map_while(|word| word.parse().ok()).take(8).collect();
        let [.., stolen] = ticks[..] else { return None };
        (ticks.len() == 8).then(|| Self { all: ticks.iter().sum(), stolen })
    }

    /// The share that was stolen since an earlier moment; `None` when no time had passed.
    pub fn stolen_since(self, before: Self) -> Option<Fraction> {
        let all = self.all.checked_sub(before.all).filter(|all| *all > 0)?;
        Fraction::new(num::float(self.stolen.checked_sub(before.stolen)?) / num::float(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stolen_time_is_the_eighth_figure() {
        let at = |text| ProcessorTime::parse(text);
        let before = at("cpu  100 0 50 800 10 0 5 35 0 0\ncpu0 1 2\n").unwrap();
        let after = at("cpu  180 0 80 870 10 0 5 55 0 0\n").unwrap();
        assert_eq!(after.stolen_since(before), Fraction::new(0.1));
        assert_eq!(before.stolen_since(before), None);
        assert_eq!((at("cpu  1 2 3\n"), at("intr 5\n"), at("")), (None, None, None));
    }
}
