//! Figures and findings of a comparison in words.

use crate::compare::{Basis, Better, Figure, Unit, Winner};
use crate::report::numbers;
use crate::units::{Bytes, Micros, OpsPerSec, Usd, num};

/// A figure with its unit.
pub(super) fn amount(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Bytes => Bytes::from_float(value).to_string(),
        Unit::UsdPerMonth => numbers::bill(Usd::from_nanos(num::round(value * 1e9))),
        Unit::OpsPerSec => OpsPerSec::new(value).map_or("–".into(), |rate| rate.to_string()),
        Unit::Micros => Micros::new(value).map_or("–".into(), |span| span.to_string()),
    }
}

/// The unit as CSV writes it.
pub(super) const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Bytes => "bytes",
        Unit::UsdPerMonth => "USD/month",
        Unit::OpsPerSec => "ops/s",
        Unit::Micros => "µs",
    }
}

/// `4.00 ms (3.80 ms to 4.20 ms)`.
pub(super) fn figure(of: Unit, basis: Basis, figure: Figure) -> String {
    let Figure { value, low, high } = figure;
    let shown = amount(of, value);
    match basis {
        Basis::Exact => shown,
        Basis::Bracket if high.is_infinite() => format!("at least {shown}"),
        // Runs of an earlier version know no load between the two.
        Basis::Bracket if low >= value => format!("{shown} to {}", amount(of, high)),
        _ if high.is_infinite() => format!("{shown} (too few samples to bound)"),
        _ => format!("{shown} ({} to {})", amount(of, low), amount(of, high)),
    }
}

/// What the intervals of a criterion are.
pub(super) const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Exact => "exact",
        Basis::Confidence => "95% interval",
        Basis::RangeOfLevels => "range over all levels",
        Basis::Bracket => "load at the objective with its 95% interval, or the levels around it",
        Basis::Paired => "range over all levels; compared in pairs",
    }
}

/// `A lower by 12% (95% intervals do not overlap)`.
pub(super) fn finding(winner: &Winner, better: Better, basis: Basis, labels: &[&str]) -> String {
    match winner {
        Winner::Unknown => "–".into(),
        Winner::Same => "the same".into(),
        Winner::Shown { best, next, by, interval } => {
            let (best, next) = (labels[*best], labels[*next]);
            let by = apart(*by, better);
            let why = why(basis, *interval, "do not overlap");
            match (labels.len(), better) {
                (2, Better::Less) => format!("{best} lower by {by}{why}"),
                (2, Better::More) => format!("{best} higher by {by}{why}"),
                (_, Better::Less) => format!("{best} lowest, {next} next, apart by {by}{why}"),
                (_, Better::More) => format!("{best} highest, {next} next, apart by {by}{why}"),
            }
        }
        Winner::NotShown { best, next } if basis == Basis::Exact => {
            format!("{} and {} the same, better than the others", labels[*best], labels[*next])
        }
        Winner::NotShown { best, next } => {
            let pair = match labels.len() {
                2 => String::new(),
                _ => format!(" between {} and {}", labels[*best], labels[*next]),
            };
            format!("no difference shown{pair}{}", why(basis, None, "overlap"))
        }
    }
}

/// `12%`, or `a factor of 35` where a share of the next says little.
fn apart(by: f64, better: Better) -> String {
    let factor = match better {
        Better::Less => 1.0 / (1.0 - by),
        Better::More => 1.0 + by,
    };
    if factor > 3.0 { format!("a factor of {factor:.0}") } else { numbers::percent(by) }
}

fn why(basis: Basis, interval: Option<(f64, f64)>, verb: &str) -> String {
    let pair = |(low, high)| {
        format!(" ({} to {} at 95%, in pairs)", numbers::percent(low), numbers::percent(high))
    };
    match basis {
        Basis::Exact => String::new(),
        Basis::Confidence => format!(" (95% intervals {verb})"),
        Basis::RangeOfLevels => format!(" (ranges over levels {verb})"),
        Basis::Bracket => format!(" (brackets {verb})"),
        Basis::Paired => {
            interval.map_or_else(|| " (in pairs, 95% interval holds none)".into(), pair)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_say_what_they_rest_on() {
        let shown = Winner::Shown { best: 0, next: 1, by: 0.12, interval: None };
        let say =
            |winner: &Winner, basis, labels: &[&str]| finding(winner, Better::Less, basis, labels);
        assert_eq!(
            say(&shown, Basis::Confidence, &["A", "B"]),
            "A lower by 12% (95% intervals do not overlap)"
        );
        assert_eq!(say(&shown, Basis::Exact, &["A", "B"]), "A lower by 12%");
        assert_eq!(say(&shown, Basis::Exact, &["A", "B", "C"]), "A lowest, B next, apart by 12%");
        let far = Winner::Shown { best: 0, next: 1, by: 0.975, interval: None };
        assert_eq!(say(&far, Basis::Exact, &["A", "B"]), "A lower by a factor of 40");
        let not = Winner::NotShown { best: 1, next: 0 };
        assert_eq!(
            say(&not, Basis::Confidence, &["A", "B"]),
            "no difference shown (95% intervals overlap)"
        );
        let paired = Winner::Shown { best: 1, next: 0, by: 0.1, interval: Some((0.08, 0.12)) };
        assert_eq!(
            say(&paired, Basis::Paired, &["A", "B"]),
            "B lower by 10% (8.0% to 12% at 95%, in pairs)"
        );
    }

    #[test]
    fn a_capacity_that_nothing_bounds_is_a_lower_bound() {
        let open = Figure::between(20_000.0, 20_000.0, f64::INFINITY);
        assert_eq!(figure(Unit::OpsPerSec, Basis::Bracket, open), "at least 20.0k/s");
        let between = Figure::between(25_000.0, 20_000.0, 30_000.0);
        let said = figure(Unit::OpsPerSec, Basis::Bracket, between);
        assert_eq!(said, "25.0k/s (20.0k/s to 30.0k/s)");
    }
}
