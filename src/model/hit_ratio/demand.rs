//! What is asked of each class per second.

use crate::spec::{Access, PlanSpec, Traffic};
use crate::units::{OpsPerSec, num};

/// One class and what is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassDemand {
    /// Keys that are asked for, held or not.
    pub keys: u64,
    /// Lifetime from each write on; `None` for keys that stay.
    pub ttl_secs: Option<u64>,
    /// In the order of the plan.
    pub lines: Vec<LineDemand>,
}

/// One line of the mix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineDemand {
    /// Which keys are hot.
    pub access: Access,
    /// Keys read, per second.
    pub reads: f64,
    /// Keys written, per second; those after misses apart.
    pub writes: f64,
}

/// The plan's classes with `keys` of each, at `peak` operations per second of the whole mix.
///
/// Lines that spell their keys otherwise than they were stored ask for none of them and are left
/// out: they miss in a cache of any size.
pub fn demands(spec: &PlanSpec, keys: &[u64], peak: OpsPerSec) -> Vec<ClassDemand> {
    let total: f64 = spec.traffic.iter().map(|line| line.weight).sum();
    let line = |line: &Traffic| {
        let operations = peak.per_sec() * line.weight / total;
        let times = |keys: u64| operations * num::float(keys);
        let (reads, writes) =
            (times(line.command.keys_read()), times(line.command.keys_rewritten()));
        LineDemand { access: line.access, reads, writes }
    };
    let of_class = |index: usize| {
        let lines = spec
            .traffic
            .iter()
            .filter(|line| line.class == index && line.reads_seeded_keys(&spec.classes[index]));
        lines.map(line).collect()
    };
    spec.classes
        .iter()
        .zip(keys)
        .enumerate()
        .map(|(index, (class, keys))| ClassDemand {
            keys: *keys,
            ttl_secs: class.ttl_secs,
            lines: of_class(index),
        })
        .collect()
}
