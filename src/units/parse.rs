//! One grammar for quantities, in workload files and on the command line alike.
//!
//! A number (digits may be grouped with `_`, a decimal point is allowed, `k`, `M`, `G` scale it)
//! and a unit: `8GiB`, `250k/s`, `2.5ms`, `20%`. A number without its unit is refused, except for
//! counts and shares from 0 to 1.

use std::time::Duration;

use super::{Bytes, BytesPerSec, Fraction, Micros, OpsPerSec, num};

/// Why a text is not a quantity: what it should have looked like.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {what}: write it like {example}")]
pub struct ParseError {
    text: String,
    what: &'static str,
    example: &'static str,
}

/// Types that are written as text in workload files and arguments.
pub trait Parse: Sized {
    /// Reads the whole text, surrounding white space aside.
    ///
    /// # Errors
    /// When the text is not of the type's form, with an example of what is.
    fn parse(text: &str) -> Result<Self, ParseError>;
}

fn refuse(text: &str, what: &'static str, example: &'static str) -> ParseError {
    ParseError { text: text.to_owned(), what, example }
}

/// Splits `12_000.5 ms` into 12000.5 and `ms`.
fn split(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end =
        text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    if !number.starts_with(|c: char| c.is_ascii_digit()) || number.ends_with('_') {
        return None;
    }
    let value: f64 = number.replace('_', "").parse().ok()?;
    Some((value, unit.trim()))
}

impl Parse for Bytes {
    fn parse(text: &str) -> Result<Self, ParseError> {
        let error = || refuse(text, "a size", "`512MiB`, `8GiB` or `1337B`");
        let (value, unit) = split(text).ok_or_else(error)?;
        let factor = match unit {
            "B" => 1.0,
            "KiB" => 1024.0,
            "MiB" => 1024.0 * 1024.0,
            "GiB" => 1024.0 * 1024.0 * 1024.0,
            "TiB" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
            "kB" | "KB" => 1e3,
            "MB" => 1e6,
            "GB" => 1e9,
            "TB" => 1e12,
            _ => return Err(error()),
        };
        Ok(Self::from_float(value * factor))
    }
}

impl Parse for BytesPerSec {
    fn parse(text: &str) -> Result<Self, ParseError> {
        let error = || refuse(text, "a rate of bytes", "`12MB/s` or `800KiB/s`");
        let size = text.trim().strip_suffix("/s").ok_or_else(error)?;
        let bytes = Bytes::parse(size).map_err(|_| error())?;
        Ok(Self::of(bytes.float()))
    }
}

impl Parse for OpsPerSec {
    fn parse(text: &str) -> Result<Self, ParseError> {
        let error = || refuse(text, "a rate", "`5k/s`, `250/s` or `1.2M/s`");
        let (value, unit) = split(text).ok_or_else(error)?;
        let factor = match unit {
            "/s" => 1.0,
            "k/s" => 1e3,
            "M/s" => 1e6,
            _ => return Err(error()),
        };
        Self::new(value * factor).ok_or_else(error)
    }
}

impl Parse for Micros {
    fn parse(text: &str) -> Result<Self, ParseError> {
        let error = || refuse(text, "a span of time", "`5ms`, `250us` or `1.5s`");
        let (value, unit) = split(text).ok_or_else(error)?;
        let factor = match unit {
            "us" | "µs" => 1.0,
            "ms" => 1e3,
            "s" => 1e6,
            "m" | "min" => 60e6,
            _ => return Err(error()),
        };
        Self::new(value * factor).ok_or_else(error)
    }
}

impl Parse for Duration {
    fn parse(text: &str) -> Result<Self, ParseError> {
        let error = || refuse(text, "a duration", "`10m`, `5s` or `24h`");
        let (value, unit) = split(text).ok_or_else(error)?;
        let secs = match unit {
            "ms" => 1e-3,
            "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return Err(error()),
        };
        Self::try_from_secs_f64(value * secs).map_err(|_| error())
    }
}

impl Parse for Fraction {
    fn parse(text: &str) -> Result<Self, ParseError> {
        let error = || refuse(text, "a share", "`20%` or `0.2`");
        let (value, unit) = split(text).ok_or_else(error)?;
        let share = match unit {
            "%" => value / 100.0,
            "" => value,
            _ => return Err(error()),
        };
        Self::new(share).ok_or_else(error)
    }
}

/// A count: `200_000`, `5M`, `40k`.
impl Parse for u64 {
    fn parse(text: &str) -> Result<Self, ParseError> {
        let error = || refuse(text, "a whole number", "`200_000`, `40k` or `5M`");
        let (value, unit) = split(text).ok_or_else(error)?;
        let factor = match unit {
            "" => 1.0,
            "k" => 1e3,
            "M" => 1e6,
            "G" => 1e9,
            _ => return Err(error()),
        };
        let n = value * factor;
        if n.fract() != 0.0 || n > 9e15 {
            return Err(error());
        }
        Ok(num::round(n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: Parse + PartialEq + Copy + std::fmt::Debug>(text: &str, expected: Option<T>) {
        assert_eq!(T::parse(text).ok(), expected, "{text}");
    }

    #[test]
    fn sizes() {
        check("8GiB", Some(Bytes::from_gib(8)));
        check("1.5 MiB", Some(Bytes::new(1_572_864)));
        check("1337B", Some(Bytes::new(1337)));
        check("8", None::<Bytes>);
        check("8Gib", None::<Bytes>);
        check("-8GiB", None::<Bytes>);
        check("", None::<Bytes>);
    }

    #[test]
    fn rates_and_times() {
        check("5k/s", OpsPerSec::new(5000.0));
        check("5000", None::<OpsPerSec>);
        check("12MB/s", BytesPerSec::new(12e6));
        check("12MB", None::<BytesPerSec>);
        check("12/s", None::<BytesPerSec>);
        check("2.5ms", Micros::new(2500.0));
        check("10m", Some(Duration::from_mins(10)));
        check("10", None::<Duration>);
        check("1e9s", None::<Duration>);
    }

    #[test]
    fn shares_and_counts() {
        check("20%", Fraction::new(0.2));
        check("0.2", Fraction::new(0.2));
        check("120%", None::<Fraction>);
        check("200_000", Some(200_000u64));
        check("1.5k", Some(1500u64));
        check("1.5", None::<u64>);
        check("12_", None::<u64>);
    }

    #[test]
    fn a_refusal_shows_what_would_do() {
        let error = OpsPerSec::parse("fast").expect_err("not a rate");
        assert_eq!(
            error.to_string(),
            "`fast` is not a rate: write it like `5k/s`, `250/s` or `1.2M/s`"
        );
    }
}
