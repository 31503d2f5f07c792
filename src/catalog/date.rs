//! Days, as the catalog writes them. No clock and no arithmetic.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A day of the Gregorian calendar, from 2000-01-01 to 2099-12-31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// Reads `2026-10-02`; `None` for anything else, or a day that no calendar has.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, rest) = text.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        let is_padded = [(year, 4), (month, 2), (day, 2)]
            .iter()
            .all(|(part, width)| part.len() == *width && part.bytes().all(|b| b.is_ascii_digit()));
        if !is_padded {
            return None;
        }
        let date =
            Self { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
        let is_real = (2000..2100).contains(&date.year)
            && (1..=12).contains(&date.month)
            && (1..=date.days_in_month()).contains(&date.day);
        is_real.then_some(date)
    }

    /// Months since the year 0: the difference of two dates in calendar months, days ignored.
    pub fn months(self) -> u32 {
        u32::from(self.year) * 12 + u32::from(self.month)
    }

    fn days_in_month(self) -> u8 {
        match self.month {
            // 2000 is a leap year and 2100 is out of range, so every fourth year is one.
            2 if self.year.is_multiple_of(4) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> String {
        date.to_string()
    }
}

impl TryFrom<String> for Date {
    type Error = String;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
            .ok_or_else(|| format!("`{text}` is not a date: write it like 2026-10-02"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_exist() {
        assert_eq!(Date::parse("2026-10-02").map(|d| d.to_string()), Some("2026-10-02".into()));
        assert!(Date::parse("2024-02-29").is_some());
        for bad in ["", "2026-2-3", "2026-02-29", "2026-13-01", "2026-00-10", "+026-01-01", "today"]
        {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
        assert!(Date::parse("2022-02-13") < Date::parse("2026-10-02"));
    }
}
