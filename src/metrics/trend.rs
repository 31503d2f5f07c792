//! How a level grows from day to day.

use crate::measurement::student;
use crate::units::num;

/// Days from which on a trend is looked for.
const FEWEST_DAYS: usize = 7;
/// Days of a month on average: 365.25 ÷ 12.
const DAYS_OF_MONTH: f64 = 30.4375;
const DAY_SECS: u64 = 86_400;

/// Growth of a level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// In a month, as a share of what there is at the end.
    pub per_month: f64,
    /// Half of the 95 % interval of that.
    pub error: f64,
    /// Days it rests on.
    pub days: usize,
}

impl Trend {
    /// Least squares through the means of whole days, by Student's law of n − 2 degrees of freedom; `None`
    /// of less than a week, and where there is nothing. Days are taken to be independent: what drifts for
    /// several days at a time has a wider interval.
    pub(super) fn of(line: &[Option<f64>], period_secs: u64) -> Option<Self> {
        let means = daily_means(line, period_secs);
        let n = num::float_len(means.len());
        if means.len() < FEWEST_DAYS {
            return None;
        }
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| means.iter().map(of).sum::<f64>() / n;
        let (mx, my) = (mean(&|p| p.0), mean(&|p| p.1));
        let sxx: f64 = means.iter().map(|(x, _)| (x - mx).powi(2)).sum();
        let slope = means.iter().map(|(x, y)| (x - mx) * (y - my)).sum::<f64>() / sxx;
        let at = |x: f64| my + slope * (x - mx);
        let residual: f64 =
            means.iter().map(|(x, y)| (y - at(*x)).powi(2)).sum::<f64>() / (n - 2.0);
        let last = at(means.last()?.0);
        if last <= 0.0 {
            return None;
        }
        let error = student(means.len() - 2) * (residual / sxx).sqrt();
        let monthly = |per_day: f64| per_day * DAYS_OF_MONTH / last;
        Some(Self { per_month: monthly(slope), error: monthly(error), days: means.len() })
    }

    /// Whether it is shown at all.
    pub fn is_shown(&self) -> bool {
        self.per_month.abs() > self.error
    }
}

/// Day and mean of each day of which most is known.
fn daily_means(line: &[Option<f64>], period_secs: u64) -> Vec<(f64, f64)> {
    let slots = num::index((DAY_SECS / period_secs.max(1)).max(1));
    let mean = |(day, of_day): (usize, &[Option<f64>])| {
        let known: Vec<f64> = of_day.iter().copied().flatten().collect();
        let n = num::float_len(known.len());
        (known.len() * 2 > slots).then(|| (num::float_len(day), known.iter().sum::<f64>() / n))
    };
    line.chunks(slots).enumerate().filter_map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1,000 keys more each day on 100,000: 1,000 · 30.4375 ÷ 113,000 after fourteen days.
    #[test]
    fn a_straight_line_is_found_with_no_error() {
        let line: Vec<Option<f64>> =
            (0..14 * 24).map(|hour| Some(100_000.0 + 1_000.0 * f64::from(hour / 24))).collect();
        let trend = Trend::of(&line, 3_600).unwrap();
        assert!((trend.per_month - 30_437.5 / 113_000.0).abs() < 1e-9, "{trend:?}");
        assert!(trend.error < 1e-9 && trend.is_shown() && trend.days == 14);
        assert_eq!(Trend::of(&line[..6 * 24], 3_600), None, "less than a week");
    }

    #[test]
    fn what_goes_up_and_down_shows_nothing() {
        let line: Vec<Option<f64>> =
            (0..10 * 24).map(|hour| Some(if hour / 24 % 2 == 0 { 90.0 } else { 110.0 })).collect();
        let trend = Trend::of(&line, 3_600).unwrap();
        assert!(!trend.is_shown(), "{trend:?}");
        let gaps: Vec<Option<f64>> = line.iter().map(|_| None).collect();
        assert_eq!(Trend::of(&gaps, 3_600), None);
    }
}
