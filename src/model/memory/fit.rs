//! The calculation against measurement: how far a server follows the law.
//!
//! `measured − tables = base + slope · records`: the tables are known exactly and grow in steps,
//! so they are taken off before a straight line is fitted (MODEL.md §1.8).

use serde::{Deserialize, Serialize};

use super::footprint::Footprint;
use crate::units::{Bytes, num};

/// One reading of a server while it was loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// What the law says for the keys that were loaded by then.
    pub calculated: Footprint,
    /// `used_memory` as read.
    pub measured: Bytes,
    /// Whether keys had finished moving to a larger table; other readings are left out.
    pub is_settled: bool,
}

/// How measured memory follows the calculated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// `used_memory` that no key explains: the server's baseline, as the line finds it. May be
    /// below zero when the keys are few or not what was declared.
    pub base_bytes: f64,
    /// Measured over calculated bytes of a key; 1 when the law holds.
    pub slope: f64,
    /// What is left unexplained; `None` for two checkpoints, through which every line passes.
    pub residual: Option<Residual>,
    /// The largest |calculated − measured| / measured over the settled checkpoints, baseline as
    /// calculated.
    pub worst_deviation: f64,
    /// How many settled checkpoints there were.
    pub checkpoints: usize,
}

/// Scatter around the fitted line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Residual {
    /// Residual standard error, with two degrees of freedom taken by the line.
    pub standard_error_bytes: f64,
    /// The same as a share of the largest measured value.
    pub relative: f64,
    /// Standard error of the slope.
    pub slope_standard_error: f64,
}

/// Why there is no line.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum NoFit {
    /// Fewer than two readings were taken in a settled state.
    #[error("{settled} settled checkpoints where a line needs two")]
    TooFewCheckpoints {
        /// How many were settled.
        settled: usize,
    },
    /// All settled readings were taken at the same amount of data.
    #[error("all checkpoints hold the same data")]
    OneSize,
    /// A server held less than its tables take.
    #[error("a server that reports {measured} cannot hold tables of {tables}")]
    BelowTables {
        /// What the server reported.
        measured: Bytes,
        /// What the tables of so many keys take.
        tables: Bytes,
    },
    /// Memory did not grow with the data.
    #[error("memory did not grow with the data: slope {slope}")]
    NotGrowing {
        /// The slope of the line.
        slope: f64,
    },
}

/// Least squares of measured on calculated memory, over the settled checkpoints in any order.
///
/// # Errors
/// See [`NoFit`].
pub fn fit(checkpoints: &[Checkpoint]) -> Result<Fit, NoFit> {
    let settled: Vec<&Checkpoint> = checkpoints.iter().filter(|point| point.is_settled).collect();
    if settled.len() < 2 {
        return Err(NoFit::TooFewCheckpoints { settled: settled.len() });
    }
    let points =
        settled.iter().map(|point| without_tables(point)).collect::<Result<Vec<_>, _>>()?;
    let line = Line::through(&points).ok_or(NoFit::OneSize)?;
    if line.slope <= 0.0 {
        return Err(NoFit::NotGrowing { slope: line.slope });
    }
    let largest = settled.iter().map(|point| point.measured.float()).fold(0.0, f64::max);
    let worst_deviation = settled.iter().map(|point| deviation(point)).fold(0.0, f64::max);
    Ok(Fit {
        base_bytes: line.base,
        slope: line.slope,
        residual: line.residual(&points).map(|(error, slope_error)| Residual {
            standard_error_bytes: error,
            relative: error / largest,
            slope_standard_error: slope_error,
        }),
        worst_deviation,
        checkpoints: settled.len(),
    })
}

/// A point of the line: calculated records, measured memory less the known tables.
fn without_tables(point: &Checkpoint) -> Result<(f64, f64), NoFit> {
    let tables = point.calculated.tables() + point.calculated.slots;
    let rest = point
        .measured
        .checked_sub(tables)
        .ok_or(NoFit::BelowTables { measured: point.measured, tables })?;
    Ok((point.calculated.records().float(), rest.float()))
}

fn deviation(point: &Checkpoint) -> f64 {
    let measured = point.measured.float().max(1.0);
    (point.calculated.settled_total().float() - measured).abs() / measured
}

struct Line {
    base: f64,
    slope: f64,
    /// Sum of squared distances of x from its mean.
    spread: f64,
}

impl Line {
    /// `None` when all x are equal.
    fn through(points: &[(f64, f64)]) -> Option<Self> {
        let n = num::float_len(points.len());
        let mean_x = points.iter().map(|&(x, _)| x).sum::<f64>() / n;
        let mean_y = points.iter().map(|&(_, y)| y).sum::<f64>() / n;
        let spread: f64 = points.iter().map(|&(x, _)| (x - mean_x).powi(2)).sum();
        let together: f64 = points.iter().map(|&(x, y)| (x - mean_x) * (y - mean_y)).sum();
        let slope = together / spread;
        (spread > 0.0).then_some(Self { base: mean_y - slope * mean_x, slope, spread })
    }

    /// Residual standard error and the slope's standard error, from three points on.
    fn residual(&self, points: &[(f64, f64)]) -> Option<(f64, f64)> {
        let freedom = points.len().checked_sub(2).filter(|&freedom| freedom > 0)?;
        let squares: f64 =
            points.iter().map(|&(x, y)| (y - self.base - self.slope * x).powi(2)).sum();
        let error = (squares / num::float_len(freedom)).sqrt();
        Some((error, error / self.spread.sqrt()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::collection::Collections;
    use super::super::{Layout, Shape, StringClass, ValueShape, footprint};
    use super::*;
    use crate::engine::EngineVersion;

    fn at(keys: u64, measured: impl Fn(&Footprint) -> f64) -> Checkpoint {
        let class = StringClass {
            name: "claims".into(),
            ttl: true,
            key: None,
            shapes: vec![Shape { key_len: 32, value: ValueShape::Raw(303), count: keys }],
            collections: Collections::default(),
        };
        let layout = Layout::on_elasticache(EngineVersion::valkey(8, 0));
        let calculated = footprint(&[class], &layout);
        let measured = Bytes::from_float(measured(&calculated));
        Checkpoint { calculated, measured, is_settled: true }
    }

    /// A server with a larger base whose keys cost 2 % more; across a doubling of the tables.
    fn off_by_two_percent(law: &Footprint) -> f64 {
        3e6 + 1.02 * law.records().float() + law.tables().float()
    }

    #[test]
    fn a_planted_line_is_found_across_a_doubling() {
        let counts = [260_000, 500_000, 540_000, 780_000];
        let points = counts.map(|keys| at(keys, off_by_two_percent));
        let fit = fit(&points).expect("a line");
        assert!((fit.slope - 1.02).abs() < 1e-6, "{fit:?}");
        assert!((fit.base_bytes - 3e6).abs() < 2.0, "{fit:?}");
        let residual = fit.residual.expect("four points");
        assert!(residual.standard_error_bytes < 2.0, "{residual:?}");
        assert!((0.01..0.04).contains(&fit.worst_deviation), "{fit:?}");
    }

    #[test]
    fn two_checkpoints_give_a_line_without_an_error() {
        let fit = fit(&[1000, 2000].map(|keys| at(keys, off_by_two_percent))).expect("a line");
        assert_eq!((fit.residual, fit.checkpoints), (None, 2));
    }

    #[test]
    fn refusals_name_the_reason() {
        let mut moving = at(1000, off_by_two_percent);
        moving.is_settled = false;
        let settled = at(2000, off_by_two_percent);
        assert_eq!(fit(&[moving, settled.clone()]), Err(NoFit::TooFewCheckpoints { settled: 1 }));
        assert_eq!(fit(&[settled.clone(), settled]), Err(NoFit::OneSize));
        let shrinking = [1000, 2000].map(|keys| at(keys, |law| 9e6 - law.records().float()));
        assert!(matches!(fit(&shrinking), Err(NoFit::NotGrowing { .. })));
        let empty = [1000, 2000].map(|keys| at(keys, |_| 1.0));
        assert!(matches!(fit(&empty), Err(NoFit::BelowTables { .. })));
    }
}
