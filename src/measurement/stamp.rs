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
    /// Reads ISO 8601 from 1970 on: `2026-11-23T12:00:00Z`, with an offset as in `+01:00` in place of the
    /// Z, and fractions of a second, which are dropped. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.trim().split_once('T')?;
        let (time, offset) = if let Some(time) = time.strip_suffix('Z') {
            (time, 0)
        } else {
            let at = time.rfind(['+', '-'])?;
            let (h, m) = time[at + 1..].split_once(':')?;
            let secs = (h.parse::<i64>().ok()? * 60 + m.parse::<i64>().ok()?) * 60;
            (&time[..at], if time[at..].starts_with('-') { -secs } else { secs })
        };
        let number = |text: Option<&str>| text?.parse::<i64>().ok().filter(|n| *n >= 0);
        let (mut date, mut time) = (date.split('-'), time.split(':'));
        let (year, month, day) = (number(date.next())?, number(date.next())?, number(date.next())?);
        let (hour, minute) = (number(time.next())?, number(time.next())?);
        let second = number(time.next()?.split('.').next())?;
        let is_real = (1970..10_000).contains(&year)
            && (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && hour < 24
            && minute < 60
            && second < 61;
        if !is_real || date.next().is_some() || time.next().is_some() {
            return None;
        }
        // Civil date to days, the inverse of [`Stamp::date`].
        let year = year - i64::from(month <= 2);
        let (era, yoe) = (year / 400, year % 400);
        let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let days = era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468;
        let secs = days * 86_400 + hour * 3600 + minute * 60 + second - offset;
        u64::try_from(secs).ok().map(|unix_secs| Self { unix_secs })
    }

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
    fn offsets_and_fractions_are_read() {
        let noon = Stamp::parse("2026-11-23T12:00:00Z");
        assert_eq!(Stamp::parse("2026-11-23T13:30:00.25+01:30"), noon);
        assert_eq!(Stamp::parse("2026-11-23T10:00:00-02:00"), noon);
        for bad in [
            "",
            "2026-11-23",
            "2026-13-01T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "1969-01-01T00:00:00Z",
        ] {
            assert_eq!(Stamp::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn known_dates() {
        for (unix_secs, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_795_435_200, "2026-11-23T12:00:00Z"),
        ] {
            assert_eq!(Stamp { unix_secs }.to_string(), expected);
            assert_eq!(Stamp::parse(expected), Some(Stamp { unix_secs }));
        }
    }
}
