//! Weights of a mix that meet what CloudWatch counts: commands by family, and by whether they write.

use crate::metrics::{Demand, Family};
use crate::spec::{Class, Command, Traffic, Under};

/// Passes over both margins; those of a workload agree after some ten.
const PASSES: usize = 200;

/// Weights of lines, as shares of all commands that the lines say.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitted {
    /// In the order of the lines; zero where nothing of the kind was counted.
    pub weights: Vec<f64>,
    /// Families that no line speaks of, with their shares of all commands that were counted.
    pub left_out: Vec<(Family, f64)>,
    /// Share of reads, as counted and as the lines have it; `None` where it was not counted.
    pub reads: Option<(f64, f64)>,
}

/// What one line counts as.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cell {
    family: Family,
    writes: bool,
}

/// The lines' own weights, changed as little as the counts demand: each family is scaled to its count, then
/// reads and writes to theirs, over and over (iterative proportional fitting, Deming and Stephan 1940).
pub(super) fn fitted(lines: &[Traffic], classes: &[Class], demand: &Demand) -> Fitted {
    let cells: Vec<Cell> = lines.iter().map(|line| Cell::of(line, classes)).collect();
    let mut weights: Vec<f64> = lines.iter().map(|line| line.weight).collect();
    let counted: f64 = demand.families.values().sum();
    let is_said = |family: Family| cells.iter().any(|cell| cell.family == family);
    let families: Vec<(Family, f64)> =
        demand.families.iter().map(|(family, n)| (*family, n / counted)).collect();
    let read_share = demand.reads.zip(demand.writes).and_then(|(reads, writes)| {
        let all = reads + writes;
        (all > 0.0).then(|| reads / all)
    });
    if !families.is_empty() {
        let is_counted = |cell: &Cell| families.iter().any(|(family, _)| *family == cell.family);
        for (weight, _) in weights.iter_mut().zip(&cells).filter(|(_, cell)| !is_counted(cell)) {
            *weight = 0.0;
        }
    }
    for _ in 0..PASSES {
        for (family, share) in &families {
            scale(&mut weights, &cells, *share, |cell| cell.family == *family);
        }
        if let Some(share) = read_share {
            scale(&mut weights, &cells, share, |cell| !cell.writes);
            scale(&mut weights, &cells, 1.0 - share, |cell| cell.writes);
        }
    }
    without_own_sets(lines, &mut weights);
    let total: f64 = weights.iter().sum();
    if total > 0.0 {
        for weight in &mut weights {
            *weight /= total;
        }
    }
    let reading = weights.iter().zip(&cells).filter(|(_, cell)| !cell.writes);
    let achieved: f64 = reading.map(|(weight, _)| weight).sum();
    let left_out = families.into_iter().filter(|(family, _)| !is_said(*family)).collect();
    Fitted { weights, left_out, reads: read_share.map(|counted| (counted, achieved)) }
}

/// Makes the weights of some cells `target` together, where they are anything.
fn scale(weights: &mut [f64], cells: &[Cell], target: f64, is_such: impl Fn(&Cell) -> bool) {
    let such = || cells.iter().map(&is_such);
    let sum: f64 =
        weights.iter().zip(such()).filter(|(_, it)| *it).map(|(weight, _)| *weight).sum();
    if sum > 0.0 {
        for (weight, _) in weights.iter_mut().zip(such()).filter(|(_, it)| *it) {
            *weight *= target / sum;
        }
    }
}

/// Takes off the SETs that come with `del`, which brings back what it deletes.
fn without_own_sets(lines: &[Traffic], weights: &mut [f64]) {
    for del in 0..lines.len() {
        if lines[del].command != Command::Del {
            continue;
        }
        let is_set =
            |line: &Traffic| line.class == lines[del].class && line.command == Command::Set;
        if let Some(set) = lines.iter().position(is_set) {
            weights[set] = (weights[set] - weights[del]).max(0.0);
        }
    }
}

impl Cell {
    fn of(line: &Traffic, classes: &[Class]) -> Self {
        let stored = classes.get(line.class).and_then(|class| class.collection.as_ref());
        let family = match (line.command, line.command.asks_for()) {
            (Command::Del | Command::Expire, _) => Family::Key,
            (_, Under::Collection(kind)) => Family::Collection(kind),
            (_, Under::String) => Family::String,
            (_, Under::Anything) => {
                stored.map_or(Family::String, |plan| Family::Collection(plan.kind))
            }
        };
        Self { family, writes: line.command.writes() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::CollectionKind;
    use crate::spec::{PlanSpec, parse};

    fn plan() -> PlanSpec {
        let text = r#"
            name = "mixed"
            class = [
                { name = "a", keys = 100, key = "a:{n}", size = "100B" },
                { name = "h", keys = 100, key = "h:{n}", type = "hash", members = 5, member = "f{n}", size = "10B" },
            ]
            traffic = [
                { class = "a", command = "get", weight = 3 },
                { class = "a", command = "set", weight = 1 },
                { class = "h", command = "hgetall", weight = 1 },
                { class = "h", command = "hset", weight = 1 },
                { class = "a", command = "del", weight = 1 },
            ]
            load = {}
            objective = { peak = "1k/s", p99 = "2ms" }
            capacity = {}
            aws = { region = "eu-west-1", engines = ["redis-7.1"] }
        "#;
        parse("w.toml", text).unwrap()
    }

    fn demand(families: &[(Family, f64)], reads: Option<f64>, writes: Option<f64>) -> Demand {
        let usage = crate::metrics::Usage::read(
            r#"{"MetricDataResults": [
                {"Label": "CurrItems", "Timestamps": [60], "Values": [9]},
                {"Label": "BytesUsedForCache", "Timestamps": [60], "Values": [9]}]}"#,
        );
        let families = families.iter().copied().collect();
        Demand { families, reads, writes, ..usage.unwrap().demand().unwrap() }
    }

    const HASH: Family = Family::Collection(CollectionKind::Hash);

    #[test]
    fn weights_meet_families_and_reads() {
        let plan = plan();
        let families = [(Family::String, 600.0), (HASH, 300.0), (Family::Key, 100.0)];
        let found =
            fitted(&plan.traffic, &plan.classes, &demand(&families, Some(600.0), Some(400.0)));
        let [get, set, hgetall, hset, del] = found.weights[..] else { panic!("{found:?}") };
        // `del` brings back what it deletes, so that its SETs come off those that were counted.
        assert!((get + set + del - 0.6 / 0.9).abs() < 1e-6, "{found:?}");
        assert!((hgetall + hset - 0.3 / 0.9).abs() < 1e-6, "{found:?}");
        assert!((get + hgetall - 0.6 / 0.9).abs() < 1e-6, "{found:?}");
        assert!((del - 0.1 / 0.9).abs() < 1e-6 && get / set > hgetall / hset, "{found:?}");
        assert!(found.left_out.is_empty());
    }

    #[test]
    fn what_was_not_counted_has_no_weight_and_what_no_line_says_is_told() {
        let plan = plan();
        let found = fitted(
            &plan.traffic,
            &plan.classes,
            &demand(&[(Family::String, 750.0), (Family::Other, 250.0)], None, None),
        );
        assert_eq!(found.left_out, [(Family::Other, 0.25)]);
        assert!((found.weights[0] - 0.75).abs() < 1e-9 && found.weights[2] <= 0.0, "{found:?}");
        assert_eq!(found.reads, None);
        let as_written = fitted(&plan.traffic, &plan.classes, &demand(&[], None, None));
        assert!((as_written.weights[0] - 3.0 / 6.0).abs() < 1e-9, "{as_written:?}");
    }
}
