//! Engine-thread CPU per operation, from what the server's own counters say at each level.

use serde::{Deserialize, Serialize};

use crate::measurement::Level;
use crate::units::num;

use super::Estimate;

/// How far another run on the same machine may be, as a factor: the ends of a triangular law whose
/// 90 % interval holds nine of ten further runs. Measured with the built-in workload: MODEL.md §2.1.
const RUN_TO_RUN: f64 = 1.35;

/// What one operation of the mix costs the thread that executes commands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CpuModel {
    /// Microseconds of engine-thread time per operation, parsing and replying included.
    pub us_per_op: Estimate,
    /// Each valid level's own figure: (offered load per second, µs per operation), ascending.
    pub by_level: Vec<(f64, f64)>,
}

/// Engine-thread time per operation over all valid levels that told it; `None` without one.
///
/// Every level yields time ÷ operations, where the operations are the server's own count. Light
/// levels cost more per operation, because each wakes the event loop for itself. The estimate is
/// the mean weighted by operations, which lets busy levels, the ones sizing is about, decide; the
/// interval spans all levels, and what may separate this run from the next, as levels of one run share
/// the state of its machine. Source: MODEL.md §2.1.
///
/// * `per_op`: commands that an operation of the mix takes.
pub fn cpu_model(levels: &[Level], per_op: f64) -> Option<CpuModel> {
    let mut by_level = Vec::new();
    let (mut time, mut operations) = (0.0, 0.0);
    for level in levels.iter().filter(|level| level.is_valid()) {
        let (Some(cpu), Some(commands)) = (level.server.main_thread_cpu_us, level.server.commands)
        else {
            continue;
        };
        if commands == 0 {
            continue;
        }
        time += cpu.get();
        let of_level = num::float(commands) / per_op;
        operations += of_level;
        by_level.push((level.offered.per_sec(), cpu.get() / of_level));
    }
    if operations <= 0.0 {
        return None;
    }
    let mean = time / operations;
    let costs = || by_level.iter().map(|(_, cost)| *cost);
    let low = costs().fold(mean / RUN_TO_RUN, f64::min);
    let high = costs().fold(mean * RUN_TO_RUN, f64::max);
    Some(CpuModel { us_per_op: Estimate::new(mean, low, high), by_level })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::VoidReason;
    use crate::measurement::fixture::level;
    use crate::units::Micros;

    fn busy(offered: f64, commands: u64, cpu_us: f64) -> Level {
        let mut level = level(offered, 100);
        level.server.commands = Some(commands);
        level.server.main_thread_cpu_us = Micros::new(cpu_us);
        level
    }

    /// 20 µs at 1,000 operations and 10 µs at 9,000 are 11 µs over all.
    #[test]
    fn busy_levels_weigh_more_and_the_interval_spans_all() {
        let levels = [busy(1e3, 1000, 20_000.0), busy(9e3, 9000, 90_000.0)];
        let model = cpu_model(&levels, 1.0).expect("both tell");
        assert_eq!(model.us_per_op, Estimate { value: 11.0, low: 11.0 / 1.35, high: 20.0 });
    }

    /// Levels that agree say nothing of another run.
    #[test]
    fn one_level_leaves_what_separates_runs() {
        let model = cpu_model(&[busy(1e3, 1000, 10_000.0)], 1.0).expect("it tells");
        assert_eq!(model.us_per_op, Estimate { value: 10.0, low: 10.0 / 1.35, high: 13.5 });
    }

    #[test]
    fn a_server_that_does_not_tell_gives_no_model_rather_than_zero() {
        assert_eq!(cpu_model(&[level(1e3, 100)], 1.0), None);
        let mut void = busy(1e3, 1000, 20_000.0);
        void.void.push(VoidReason::Evictions(1));
        assert_eq!(cpu_model(&[void], 1.0), None);
    }
}
