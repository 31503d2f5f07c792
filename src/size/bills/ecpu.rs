//! What an operation of the mix is charged on ElastiCache Serverless.

use serde::{Deserialize, Serialize};

use crate::evidence::Grade;
use crate::model::{CommandModel, Models};
use crate::size::constraint::SPLIT_REQUEST_BYTES;
use crate::spec::{Command, PlanSpec, Traffic};
use crate::units::num;

/// A kilobyte of ECPU. AWS does not say whether it has 1,000 or 1,024 bytes; 1,000 gives the higher
/// bill.
const KB: f64 = 1_000.0;
/// Execution time that stands for one ECPU, microseconds. AWS charges time in proportion to a simple
/// command's and publishes no figure; this is what its toolkit takes, read off an example of its
/// own. Source: T1, a heuristic.
const ECPU_MICROS: f64 = 3.0;

/// ECPU of the mix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ecpu {
    /// Mean of an operation.
    pub per_operation: f64,
    /// [`Grade::Assumed`] where execution time takes part, or bytes are not known by line.
    pub grade: Grade,
    /// In the plan's order.
    pub lines: Vec<LineEcpu>,
}

/// ECPU of one line of the mix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineEcpu {
    /// As in `claims get`.
    pub label: String,
    /// Commands of an operation: a batch is one for each key, because their slots differ.
    pub commands: u64,
    /// Kilobytes that one of them moves, both directions.
    pub kilobytes: f64,
    /// Its execution time in units of a simple command's; `None` for simple commands, and where the
    /// server did not tell.
    pub relative_cpu: Option<f64>,
    /// ECPU of the operation.
    pub ecpu: f64,
}

/// ECPU of an operation of the mix; `None` when its bytes were not measured.
///
/// Each command costs the most of one, the kilobytes it moves and, unless it is a simple read or
/// write, its execution time in units of a simple command's. Source: L10, T1; MODEL.md §3.10.
pub(super) fn ecpu(spec: &PlanSpec, models: &Models) -> Option<Ecpu> {
    let mean = models.network.map(|network| CommandModel {
        request_bytes: network.request_bytes,
        reply_bytes: network.reply_bytes,
        exec_us: None,
    });
    let mut grade = Grade::Calculated;
    let mut lines = Vec::new();
    let (mut sum, mut weights) = (0.0, 0.0);
    for (index, traffic) in spec.traffic.iter().enumerate() {
        let measured = models.commands.get(index).copied().flatten();
        let model = measured.or(mean)?;
        let line = line(spec, traffic, model);
        if measured.is_none() || !is_simple(traffic.command) {
            grade = Grade::Assumed;
        }
        sum += traffic.weight * line.ecpu;
        weights += traffic.weight;
        lines.push(line);
    }
    Some(Ecpu { per_operation: sum / weights, grade, lines })
}

fn line(spec: &PlanSpec, traffic: &Traffic, model: CommandModel) -> LineEcpu {
    let commands = traffic.command.keys_named() * traffic.command.n_commands();
    let n = num::float(commands);
    let bytes = model.request_bytes + model.reply_bytes + SPLIT_REQUEST_BYTES * (n - 1.0);
    let kilobytes = bytes / n / KB;
    let relative_cpu =
        model.exec_us.filter(|_| !is_simple(traffic.command)).map(|exec| exec.get() / ECPU_MICROS);
    let each = kilobytes.max(relative_cpu.unwrap_or(0.0)).max(1.0);
    LineEcpu { label: spec.label(traffic), commands, kilobytes, relative_cpu, ecpu: n * each }
}

/// What AWS's toolkit charges by bytes alone; batches are split into such commands. Source: T1.
const fn is_simple(command: Command) -> bool {
    matches!(
        command,
        Command::Get | Command::Set | Command::Mget(_) | Command::Mset(_) | Command::Hget
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size::tests::fixture::models;
    use crate::spec::identity_cache;
    use crate::units::Micros;

    /// The user guide: HMGET with three times the CPU time of a simple command costs 3.2 ECPU when
    /// it moves 3.2 KB, 3 when it moves 2 KB (source L10).
    #[test]
    fn the_higher_of_two_dimensions_is_charged() {
        let mut spec = identity_cache();
        spec.traffic.truncate(1);
        let of = |command, bytes: f64, micros: f64| {
            let traffic = Traffic { command, ..spec.traffic[0].clone() };
            let model = CommandModel {
                request_bytes: 100.0,
                reply_bytes: bytes - 100.0,
                exec_us: Some(Micros::of(micros)),
            };
            line(&spec, &traffic, model).ecpu
        };
        let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found}");
        near(of(Command::Hgetall, 3_200.0, 3.0 * ECPU_MICROS), 3.2);
        near(of(Command::Hgetall, 2_000.0, 3.0 * ECPU_MICROS), 3.0);
        near(of(Command::Get, 3_200.0, 50.0), 3.2);
        near(of(Command::Get, 150.0, 50.0), 1.0);
    }

    /// By hand, of the fixture's bytes: 20 keys, (820 + 27,000 + 13 · 19) / 20 = 1,403.35 bytes each.
    #[test]
    fn a_batch_is_charged_by_key() {
        let spec = identity_cache();
        let ecpu = ecpu(&spec, &models(&spec)).expect("measured");
        assert_eq!((ecpu.lines[2].commands, ecpu.grade), (20, Grade::Calculated));
        assert!((ecpu.lines[2].ecpu - 20.0 * 1.403_35).abs() < 1e-9);
        assert!((ecpu.per_operation - (0.8 + 0.2 * 20.0 * 1.403_35)).abs() < 1e-9);
        let mut old = models(&spec);
        old.commands.clear();
        let of_old = super::ecpu(&spec, &old).expect("bytes of the mix");
        assert_eq!(of_old.grade, Grade::Assumed);
        old.network = None;
        assert_eq!(super::ecpu(&spec, &old), None);
    }
}
