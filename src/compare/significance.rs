//! Which of several figures is the best, and whether that is shown.

use serde::Serialize;

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Cost, memory, response time.
    Less,
    /// Capacity, margin.
    More,
}

/// Exact figures no farther apart than this share are the same: they print alike.
const ALIKE: f64 = 5e-4;

/// What a figure's interval is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Counted or calculated: without sampling error, low = high = value.
    Exact,
    /// Holds the figure with 95 % confidence, for independent samples.
    Confidence,
    /// All levels' own figures lie in it.
    RangeOfLevels,
    /// The load at the objective lies in it: its 95 % interval, or from the highest load that met the
    /// objective to the next.
    Bracket,
    /// The ratio of two runs' figures at the same offered loads was tested instead.
    Paired,
}

/// A figure of one run with its interval; `low ≤ value ≤ high`, `high` may be infinite.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figure {
    /// The best single figure.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end; infinite, which JSON writes as null, when nothing bounds it.
    pub high: f64,
}

/// What came out of comparing one criterion.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Winner {
    /// Fewer than two runs have a figure.
    Unknown,
    /// All figures are exact and print alike.
    Same,
    /// One is better than every other.
    Shown {
        /// Which.
        best: usize,
        /// The nearest to it.
        next: usize,
        /// What it is better by, as a share of the next.
        by: f64,
        /// The same with 95 % confidence, where the ratio itself was estimated.
        interval: Option<(f64, f64)>,
    },
    /// One figure looks better, and that may be chance.
    NotShown {
        /// Which.
        best: usize,
        /// The nearest to it.
        next: usize,
    },
}

impl Figure {
    /// A figure without sampling error.
    pub const fn exact(value: f64) -> Self {
        Self { value, low: value, high: value }
    }

    /// A figure between two ends.
    pub const fn between(value: f64, low: f64, high: f64) -> Self {
        Self { value, low, high }
    }
}

/// The best figure, and whether its interval is apart from every other one.
///
/// Two 95 % intervals that are apart are stronger evidence than a test at 5 %: chance alone parts
/// intervals of equal width in about 0.6 % of cases (MODEL.md §4.2).
pub(super) fn winner(figures: &[Option<Figure>], better: Better) -> Winner {
    let Some((best, next)) = first_two(figures, better) else { return Winner::Unknown };
    let known = || figures.iter().flatten();
    let is_exact = |figure: &Figure| (figure.high - figure.low).abs() <= 0.0;
    let (a, b) = (best.1, next.1);
    let is_alike = |other: &Figure| {
        let apart = (other.value - a.value).abs();
        is_exact(other) && is_exact(&a) && apart <= ALIKE * other.value.abs()
    };
    if known().all(is_alike) {
        return Winner::Same;
    }
    let is_apart = |other: &Figure| match better {
        _ if is_alike(other) => false,
        Better::Less => a.high < other.low,
        Better::More => a.low > other.high,
    };
    let others = figures.iter().enumerate().filter(|(index, _)| *index != best.0);
    let is_shown = others.filter_map(|(_, figure)| figure.as_ref()).all(is_apart);
    let (best, next) = (best.0, next.0);
    if is_shown {
        Winner::Shown { best, next, by: (a.value - b.value).abs() / b.value.abs(), interval: None }
    } else {
        Winner::NotShown { best, next }
    }
}

/// The best and the next best, with their places; the first of equals.
pub(super) fn first_two(
    figures: &[Option<Figure>],
    better: Better,
) -> Option<((usize, Figure), (usize, Figure))> {
    let mut known: Vec<(usize, Figure)> = figures
        .iter()
        .enumerate()
        .filter_map(|(index, figure)| Some((index, (*figure)?)))
        .collect();
    known.sort_by(|(_, a), (_, b)| match better {
        Better::Less => a.value.total_cmp(&b.value),
        Better::More => b.value.total_cmp(&a.value),
    });
    Some((*known.first()?, *known.get(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(figures: &[(f64, f64, f64)], better: Better) -> Winner {
        let figures: Vec<Option<Figure>> =
            figures.iter().map(|(v, low, high)| Some(Figure::between(*v, *low, *high))).collect();
        winner(&figures, better)
    }

    #[test]
    fn a_difference_is_shown_when_the_intervals_are_apart() {
        let shown = of(&[(88.0, 86.0, 90.0), (100.0, 97.0, 103.0)], Better::Less);
        assert_eq!(shown, Winner::Shown { best: 0, next: 1, by: 0.12, interval: None });
        let not = of(&[(88.0, 80.0, 98.0), (100.0, 97.0, 103.0)], Better::Less);
        assert_eq!(not, Winner::NotShown { best: 0, next: 1 });
        let more = of(&[(88.0, 86.0, 90.0), (110.0, 97.0, 123.0)], Better::More);
        assert!(matches!(more, Winner::Shown { best: 1, next: 0, .. }));
    }

    #[test]
    fn the_best_has_to_be_apart_from_every_other() {
        let third_is_wide = [(1.0, 0.9, 1.1), (2.0, 1.9, 2.1), (3.0, 1.0, 9.0)];
        assert_eq!(of(&third_is_wide, Better::Less), Winner::NotShown { best: 0, next: 1 });
    }

    #[test]
    fn touching_intervals_and_equals_are_not_apart() {
        assert_eq!(
            of(&[(1.0, 0.9, 1.1), (1.2, 1.1, 1.3)], Better::Less),
            Winner::NotShown { best: 0, next: 1 }
        );
        assert_eq!(of(&[(1.0, 1.0, 1.0), (1.0, 1.0, 1.0)], Better::Less), Winner::Same);
        let one = winner(&[Some(Figure::exact(1.0)), None], Better::Less);
        assert_eq!(one, Winner::Unknown);
    }
}
