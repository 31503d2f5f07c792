//! How figures stand in comments.

use std::fmt::Write as _;

use crate::units::num;

/// Of a normal law, 95 % lie within so many deviations of its middle.
pub(super) const Z95: f64 = 1.96;

/// `1,234,567`.
pub(super) fn thousands(n: u64) -> String {
    grouped(n, ',')
}

/// `1_234_567`, as a workload file has it.
pub(super) fn underscored(n: u64) -> String {
    grouped(n, '_')
}

fn grouped(n: u64, mark: char) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(mark);
        }
        text.push(digit);
    }
    text
}

/// `52.1 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// `+0.31 %`, or `-0.31 %`.
pub(super) fn signed_percent(share: f64) -> String {
    format!("{:+.2} %", share * 100.0)
}

/// Half the width of the 95 % interval of a share that was counted on `n` things drawn at random.
pub(super) fn share_error(share: f64, n: u64) -> f64 {
    Z95 * (share * (1.0 - share) / num::float(n.max(1))).sqrt()
}

/// A text in the quotes of a workload file.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A text that may stand in a comment: one line.
pub(super) fn in_comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_and_texts_quoted() {
        assert_eq!((thousands(1_234_567), underscored(999)), ("1,234,567".into(), "999".into()));
        assert_eq!(quoted("a\"b\\\n"), "\"a\\\"b\\\\\\u000A\"");
        assert_eq!(in_comment("a\nb"), "a b");
        assert!((share_error(0.5, 10_000) - 0.0098).abs() < 1e-9);
    }
}
