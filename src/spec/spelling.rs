//! Whole numbers that an engine takes for text because of how they are spelled.

use serde::{Deserialize, Serialize};

use super::StoredAs;

/// Digits of the longest number that fits 64 bits.
const MOST_DIGITS: usize = 19;

/// What keeps an engine from storing a number as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Misspelling {
    /// `0042`.
    LeadingZeros,
    /// `+42`, `-0`.
    Sign,
    /// Spaces, tabs or line ends around it.
    Blanks,
    /// `"42"` as JSON writes a string, or `'42'`.
    Quotes,
    /// `42.0`.
    Fraction,
    /// `42e3`.
    Exponent,
}

/// How many values of a class are whole numbers that are stored as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misspelt {
    /// So many.
    pub values: u64,
    /// Of so many that were looked at; at least as many.
    pub of: u64,
    /// What is wrong with most of them.
    pub most: Misspelling,
}

impl Misspelling {
    /// What numbers should do without.
    pub const fn label(self) -> &'static str {
        match self {
            Self::LeadingZeros => "leading zeros",
            Self::Sign => "`+` (or `-` before zero)",
            Self::Blanks => "blanks around them",
            Self::Quotes => "quotes",
            Self::Fraction => "`.0`",
            Self::Exponent => "an exponent",
        }
    }

    const ALL: [Self; 6] = [
        Self::LeadingZeros,
        Self::Sign,
        Self::Blanks,
        Self::Quotes,
        Self::Fraction,
        Self::Exponent,
    ];
}

impl Misspelt {
    /// Counts values, each with its flaw if it has one; `None` when none has.
    pub fn count(values: impl IntoIterator<Item = Option<Misspelling>>) -> Option<Self> {
        let mut counts = Misspelling::ALL.map(|flaw| (flaw, 0_u64));
        let mut of = 0;
        for flaw in values {
            of += 1;
            if let Some((_, n)) = counts.iter_mut().find(|(one, _)| Some(*one) == flaw) {
                *n += 1;
            }
        }
        let values = counts.iter().map(|(_, n)| n).sum();
        let (most, _) = counts.into_iter().rev().max_by_key(|(_, n)| *n)?;
        (values > 0).then_some(Self { values, of, most })
    }
}

/// The number that `value` spells, where an engine would store it as an integer if it were spelled
/// otherwise; `None` for what is stored so already, is no whole number, or does not fit 64 bits.
///
/// Of several flaws the outermost is told: blanks, quotes, sign, exponent, fraction, zeros.
pub fn misspelled(value: &[u8]) -> Option<(i64, Misspelling)> {
    if matches!(StoredAs::of(value), StoredAs::Integer { .. }) {
        return None;
    }
    let text = std::str::from_utf8(value).ok()?;
    let inner = text.trim_ascii();
    let bare = ['"', '\'']
        .into_iter()
        .find_map(|quote| inner.strip_prefix(quote)?.strip_suffix(quote))
        .map_or(inner, str::trim_ascii);
    let (sign, digits) = match bare.as_bytes().first()? {
        b'-' => (-1, &bare[1..]),
        b'+' => (1, &bare[1..]),
        _ => (1, bare),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        None => (digits, None),
        Some((mantissa, exponent)) => (mantissa, Some(exponent.parse::<i32>().ok()?)),
    };
    let (whole, fraction) = mantissa
        .split_once('.')
        .map_or((mantissa, None), |(whole, fraction)| (whole, Some(fraction)));
    let number = i64::try_from(sign * integer(whole, fraction, exponent.unwrap_or(0))?).ok()?;
    let flaw = match () {
        () if inner != text => Misspelling::Blanks,
        () if bare != inner => Misspelling::Quotes,
        () if bare.starts_with('+') => Misspelling::Sign,
        () if exponent.is_some() => Misspelling::Exponent,
        () if fraction.is_some() => Misspelling::Fraction,
        () if bare == "-0" => Misspelling::Sign,
        () => Misspelling::LeadingZeros,
    };
    Some((number, flaw))
}

/// `whole.fraction · 10^exponent` where that is whole and has few enough digits.
fn integer(whole: &str, fraction: Option<&str>, exponent: i32) -> Option<i128> {
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !are_digits(whole) || !fraction.is_none_or(are_digits) {
        return None;
    }
    let fraction = fraction.unwrap_or("");
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let zeros = digits.len() - digits.trim_end_matches('0').len();
    let power =
        i64::from(exponent) + i64::try_from(zeros).ok()? - i64::try_from(fraction.len()).ok()?;
    // A negative power leaves a fraction.
    let power = usize::try_from(power).ok()?;
    if significant.len().checked_add(power)? > MOST_DIGITS {
        return None;
    }
    format!("{significant}{}", "0".repeat(power)).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_however_they_are_spelled() {
        for (text, expected) in [
            ("0042", Some((42, Misspelling::LeadingZeros))),
            ("-007", Some((-7, Misspelling::LeadingZeros))),
            ("00000000000000000000000000000012", Some((12, Misspelling::LeadingZeros))),
            ("+42", Some((42, Misspelling::Sign))),
            ("-0", Some((0, Misspelling::Sign))),
            (" 42", Some((42, Misspelling::Blanks))),
            ("42\r\n", Some((42, Misspelling::Blanks))),
            ("\"42\"", Some((42, Misspelling::Quotes))),
            ("'42'", Some((42, Misspelling::Quotes))),
            ("\" 042 \"", Some((42, Misspelling::Quotes))),
            ("12.0", Some((12, Misspelling::Fraction))),
            ("-12.000", Some((-12, Misspelling::Fraction))),
            ("0.0", Some((0, Misspelling::Fraction))),
            ("12e3", Some((12_000, Misspelling::Exponent))),
            ("1.5E+1", Some((15, Misspelling::Exponent))),
            ("1200e-2", Some((12, Misspelling::Exponent))),
            ("9223372036854775807.0", Some((i64::MAX, Misspelling::Fraction))),
            ("-9223372036854775808.0", Some((i64::MIN, Misspelling::Fraction))),
        ] {
            assert_eq!(misspelled(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn other_texts_are_left_alone() {
        for text in [
            "42",
            "0",
            "-1",
            "",
            " ",
            "+",
            "-",
            "\"",
            "\"\"",
            "'",
            "1.5",
            "12.",
            ".5",
            "1e-1",
            "0x10",
            "1,000",
            "1_000",
            "NaN",
            "inf",
            "--1",
            "+-1",
            "1e",
            "e3",
            "42a",
            "\"42'",
            // Beyond 64 bits, however it is spelled.
            "9223372036854775808",
            "18446744073709551615",
            "1e19",
            "1e999999999",
            "1e99999999999",
        ] {
            assert_eq!(misspelled(text.as_bytes()), None, "{text}");
        }
        assert_eq!(misspelled(b"\xff42"), None);
    }

    #[test]
    fn the_most_frequent_flaw_is_told() {
        let flaws = |texts: &[&str]| {
            Misspelt::count(texts.iter().map(|text| Some(misspelled(text.as_bytes())?.1)))
        };
        let most = Misspelling::Quotes;
        let expected = Some(Misspelt { values: 3, of: 5, most });
        assert_eq!(flaws(&["\"1\"", "07", "x", "\"2\"", "5"]), expected);
        assert_eq!(flaws(&["1", "x"]), None);
        assert_eq!(flaws(&[]), None);
    }
}
