//! How long keys live, from the time that is left to them.

use crate::units::num;

use super::values::Values;

/// Below and above these shares the keys of a class are taken to be of one kind.
const FEW: f64 = 0.01;
/// What lifetimes are whole multiples of where people choose them, in seconds: a day, parts of it, minutes.
const UNITS: [u64; 10] = [86_400, 43_200, 21_600, 3_600, 1_800, 600, 300, 60, 10, 5];
/// How far below such a lifetime the most that is left may lie, as a share.
const NEAR: f64 = 0.06;

/// The lifetimes of a class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lifetimes {
    /// Share of its keys that expire, 0 to 1; `None` where no source told.
    pub volatile: Option<f64>,
    /// Seconds that they are given; at least 1. `None` where none expires.
    pub secs: Option<u64>,
}

/// What the time left to keys says of the time they were given.
///
/// Keys that are written at a steady rate and live for T have between 0 and T left, so that the most
/// that is seen is close to T; keys that were written together have less, by their age. Either way T is
/// the next whole multiple of a day, or else of half a day and so on down to 5 seconds, that is near, or the
/// most that was seen.
pub(super) fn lifetimes(values: &Values) -> Lifetimes {
    let volatile = values.volatile_share().map(|share| match share {
        share if share < FEW => 0.0,
        share if share > 1.0 - FEW => 1.0,
        share => share,
    });
    let most = values.left.most().filter(|_| volatile.is_some_and(|share| share > 0.0));
    let secs = most.map(|most| {
        let next = UNITS.into_iter().map(|unit| most.div_ceil(unit) * unit);
        let is_near = |next: &u64| num::float(*next) * (1.0 - NEAR) <= num::float(most);
        next.filter(|next| *next > 0).find(is_near).unwrap_or(most).max(1)
    });
    Lifetimes { volatile, secs }
}

/// Seconds as a workload file spells them: `10m`, `36h`, `7d`.
pub(super) fn spelled(secs: u64) -> String {
    for (unit, name) in [(86_400, "d"), (3_600, "h"), (60, "m")] {
        if secs.is_multiple_of(unit) {
            return format!("{}{name}", secs / unit);
        }
    }
    format!("{secs}s")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(left: impl Iterator<Item = u64>, stay: u64) -> Lifetimes {
        let mut values = Values { lives: stay, ..Values::default() };
        for secs in left {
            values.left.add(secs);
            values.lives += 1;
        }
        lifetimes(&values)
    }

    #[test]
    fn a_lifetime_is_the_next_usual_one() {
        assert_eq!(of(1..598, 0), Lifetimes { volatile: Some(1.0), secs: Some(600) });
        assert_eq!(of(570..580, 30), Lifetimes { volatile: Some(0.25), secs: Some(600) });
        assert_eq!(of(1..500, 0).secs, Some(500));
        assert_eq!(of(35_000..35_989, 0).secs, Some(36_000));
        assert_eq!(of(86_000..86_318, 0).secs, Some(86_400));
        assert_eq!(of(1..4, 0).secs, Some(3), "none is near");
        assert_eq!(of(0..1, 0).secs, Some(1));
        assert_eq!(of(0..0, 7), Lifetimes { volatile: Some(0.0), secs: None });
        assert_eq!(of(0..0, 0).volatile, None);
        assert_eq!(of(1..2, 500).volatile, Some(0.0), "an odd one out");
    }

    #[test]
    fn seconds_are_spelled_as_people_do() {
        for (secs, expected) in [(600, "10m"), (86_400, "1d"), (5_400, "90m"), (61, "61s")] {
            assert_eq!(spelled(secs), expected);
        }
    }
}
