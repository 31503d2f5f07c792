//! Engine-thread CPU per operation, from what the server's own counters say at each level.

use serde::{Deserialize, Serialize};

use crate::measurement::Level;
use crate::units::num;

use super::Estimate;

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
/// interval spans all levels. Source: MODEL.md §2.
pub fn cpu_model(levels: &[Level]) -> Option<CpuModel> {
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
        operations += num::float(commands);
        by_level.push((level.offered.per_sec(), cpu.get() / num::float(commands)));
    }
    let costs = || by_level.iter().map(|(_, cost)| *cost);
    let (low, high) = (costs().fold(f64::INFINITY, f64::min), costs().fold(0.0, f64::max));
    (operations > 0.0)
        .then(|| CpuModel { us_per_op: Estimate::new(time / operations, low, high), by_level })
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
        let model = cpu_model(&levels).expect("both tell");
        assert_eq!(model.us_per_op, Estimate { value: 11.0, low: 10.0, high: 20.0 });
    }

    #[test]
    fn a_server_that_does_not_tell_gives_no_model_rather_than_zero() {
        assert_eq!(cpu_model(&[level(1e3, 100)]), None);
        let mut void = busy(1e3, 1000, 20_000.0);
        void.void.push(VoidReason::Evictions(1));
        assert_eq!(cpu_model(&[void]), None);
    }
}
