//! Dates, passed in so that the core needs no clock.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A moment in UTC, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub unix_secs: u64,
}

impl Stamp {
    /// Year, month 1–12 and day 1–31 in the Gregorian calendar.
    ///
    /// Days to civil date by H. Hinnant's algorithm, <https://howardhinnant.github.io/date_algorithms.html>.
    pub fn date(self) -> (u64, u64, u64) {
        let z = self.unix_secs / 86_400 + 719_468;
        let era = z / 146_097;
        let doe = z % 146_097;
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + u64::from(month <= 2);
        (year, month, doy - (153 * mp + 2) / 5 + 1)
    }
}

/// ISO 8601, as in `2026-11-23T12:00:00Z`.
impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let (h, m, s) = (self.unix_secs / 3600 % 24, self.unix_secs / 60 % 60, self.unix_secs % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_dates() {
        for (unix_secs, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_435_200, "2026-11-23T12:00:00Z"),
        ] {
            assert_eq!(Stamp { unix_secs }.to_string(), expected);
        }
    }
}
