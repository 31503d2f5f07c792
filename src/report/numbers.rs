//! Numbers as people read them.
//!
//! Quantities with a unit type use its `Display` (three significant digits); here is what those do
//! not cover: plain counts, ratios, money without cents, and the labels of axis ticks.

use serde::{Deserialize, Serialize};

use crate::units::{Bytes, Usd, num};

/// How the labels of an axis are written, and with it which steps are round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TickFormat {
    /// A count or a rate: `20k`. The unit stands in the axis label.
    Count,
    /// Bytes, in binary units and binary steps: `256 MiB`.
    Bytes,
    /// Microseconds: `200 µs`, `5 ms`.
    Micros,
    /// Dollars: `$500`, `$20k`.
    Usd,
    /// A share, 1 being the whole: `40%`.
    Percent,
    /// A quantile as how many values there are to one above it: 100 is `99%`.
    Quantile,
}

/// The label of a tick at `value`: as many digits as a round step needs, no more.
pub fn tick(value: f64, format: TickFormat) -> String {
    let sign = if value < 0.0 { "−" } else { "" };
    let size = value.abs();
    let text = match format {
        TickFormat::Bytes | TickFormat::Micros if size == 0.0 => "0".into(),
        TickFormat::Count => scaled(size, 1e3, &["", "k", "M", "G"]),
        TickFormat::Bytes => scaled(size, 1024.0, &[" B", " KiB", " MiB", " GiB", " TiB"]),
        TickFormat::Micros => scaled(size, 1e3, &[" µs", " ms", " s"]),
        TickFormat::Usd => format!("${}", scaled(size, 1e3, &["", "k", "M"])),
        TickFormat::Percent => format!("{}%", trimmed(size * 100.0)),
        TickFormat::Quantile => quantile(size),
    };
    format!("{sign}{text}")
}

/// `0%`, `50%`, `99.9%`: no nine is rounded away.
fn quantile(above_one: f64) -> String {
    let decimals = (above_one.log10() - 2.0).ceil().clamp(0.0, 9.0);
    let text = format!("{:.*}", num::index(num::round(decimals)), 100.0 - 100.0 / above_one);
    format!("{text}%")
}

/// `size` in the largest unit that keeps it at or above one.
fn scaled(size: f64, step: f64, units: &[&str]) -> String {
    let mut value = size;
    let mut unit = 0;
    while value >= step * 0.9995 && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    format!("{}{}", trimmed(value), units[unit])
}

/// At most three significant digits, without trailing zeros.
fn trimmed(value: f64) -> String {
    let text = three_digits(value);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Three significant digits, at least all digits before the point.
fn three_digits(value: f64) -> String {
    let size = value.abs();
    let decimals = if size >= 99.95 || size == 0.0 {
        0
    } else if size >= 9.995 {
        1
    } else if size >= 0.9995 {
        2
    } else {
        3
    };
    format!("{value:.decimals$}")
}

/// A count with its thousands separated: `5,400,000`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many times one thing is another: `1.25×`.
pub fn ratio(value: f64) -> String {
    format!("{}×", three_digits(value))
}

/// A share that may be negative or above the whole, as a margin is: `−3.4%`, `212%`.
pub fn percent(share: f64) -> String {
    let sign = if share < 0.0 { "−" } else { "" };
    let size = (share * 100.0).abs();
    if size >= 9.95 { format!("{sign}{size:.0}%") } else { format!("{sign}{size:.1}%") }
}

/// A bill: cents below a hundred dollars, whole dollars above.
pub fn bill(usd: Usd) -> String {
    if usd.usd() < 100.0 { usd.to_string() } else { format!("${}", count(num::round(usd.usd()))) }
}

/// An interval of sizes: `401 MiB (395–407 MiB)`, the unit once where both ends share it.
pub fn bytes_within(value: Bytes, low: Bytes, high: Bytes) -> String {
    let (low, high) = (low.to_string(), high.to_string());
    let shared = match (low.split_once(' '), high.split_once(' ')) {
        (Some((number, unit)), Some((_, other))) if unit == other => number.to_owned(),
        _ => low,
    };
    format!("{value} ({shared}–{high})")
}

/// `8.4 s`, `12 min`, `3.1 h`, `2.0 d`.
pub(crate) fn span(secs: f64) -> String {
    match secs {
        secs if secs < 100.0 => format!("{secs:.1} s"),
        secs if secs < 6_000.0 => format!("{:.0} min", secs / 60.0),
        secs if secs < 172_800.0 => format!("{:.1} h", secs / 3_600.0),
        _ => format!("{:.1} d", secs / 86_400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn ticks(format: TickFormat, cases: &[(f64, &str)]) {
        for (value, expected) in cases {
            assert_eq!(tick(*value, format), *expected);
        }
    }

    #[test]
    fn tick_labels_carry_no_needless_digits() {
        ticks(TickFormat::Count, &[(0.0, "0"), (2500.0, "2.5k"), (20e3, "20k"), (1e6, "1M")]);
        ticks(
            TickFormat::Bytes,
            &[(0.0, "0"), (268_435_456.0, "256 MiB"), (1.5 * 1_073_741_824.0, "1.5 GiB")],
        );
        ticks(TickFormat::Micros, &[(0.0, "0"), (200.0, "200 µs"), (5e3, "5 ms"), (1e6, "1 s")]);
        ticks(TickFormat::Usd, &[(50.0, "$50"), (20e3, "$20k")]);
        ticks(TickFormat::Quantile, &[(1.0, "0%"), (2.0, "50%"), (20.0, "95%"), (100.0, "99%")]);
        ticks(TickFormat::Quantile, &[(1e3, "99.9%"), (2e3, "99.95%"), (1e5, "99.999%")]);
        ticks(TickFormat::Percent, &[(-0.2, "−20%"), (0.125, "12.5%"), (1.0, "100%")]);
    }

    #[test]
    fn rounding_up_moves_to_the_next_unit() {
        ticks(TickFormat::Count, &[(999.6, "1k"), (999_600.0, "1M")]);
    }

    #[test]
    fn counts_and_bills_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(5_400_000), "5,400,000");
        assert_eq!(bill(Usd::from_nanos(12_345_670_000_000)), "$12,346");
        assert_eq!(bill(Usd::from_nanos(12_410_000_000)), "$12.41");
    }

    #[test]
    fn margins_may_be_negative() {
        assert_eq!(percent(-0.0343), "−3.4%");
        assert_eq!(percent(2.12), "212%");
        assert_eq!(ratio(1.25), "1.25×");
    }

    #[test]
    fn an_interval_names_its_unit_once() {
        let mib = Bytes::from_mib;
        assert_eq!(bytes_within(mib(401), mib(395), mib(407)), "401 MiB (395–407 MiB)");
        assert_eq!(bytes_within(mib(1020), mib(1000), mib(2048)), "1020 MiB (1000 MiB–2.00 GiB)");
    }
}
