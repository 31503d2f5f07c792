//! JSON as Python's `json.dumps` writes it; JSON has several spellings of one value, and their
//! lengths differ.

use std::fmt::Write as _;

use serde_json::{Number, Value};

/// How `json.dumps` was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Without arguments: `", "` and `": "` between parts, everything beyond ASCII escaped.
    Default,
    /// `separators=(",", ":"), ensure_ascii=False`: no white space, text as UTF-8. JavaScript's
    /// `JSON.stringify`, Go's and Rust's encoders write the same for text and integers.
    Compact,
}

/// The JSON text of `object`.
pub(super) fn dumps(object: &Value, style: Style) -> Vec<u8> {
    let mut out = String::new();
    write_value(object, style, &mut out);
    out.into_bytes()
}

fn write_value(value: &Value, style: Style, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => write_string(text, style, out),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                write_comma(at, style, out);
                write_value(item, style, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (at, (key, value)) in fields.iter().enumerate() {
                write_comma(at, style, out);
                write_string(key, style, out);
                out.push_str(if style == Style::Default { ": " } else { ":" });
                write_value(value, style, out);
            }
            out.push('}');
        }
    }
}

fn write_comma(at: usize, style: Style, out: &mut String) {
    if at > 0 {
        out.push_str(if style == Style::Default { ", " } else { "," });
    }
}

fn write_string(text: &str, style: Style, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            '\u{7f}'.. if style == Style::Compact => out.push(c),
            _ => {
                // Beyond the first 65,536 characters an escape names two halves (RFC 8259, §7).
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

fn write_number(number: &Number, out: &mut String) {
    if number.is_f64() {
        write_float(number, out);
    } else {
        let _ = write!(out, "{number}");
    }
}

/// As Python's `repr`: the shortest digits that read back, an exponent from 1e16 on and below
/// 1e-4.
///
/// Where two texts of that length are equally close, the last digit is even; the standard library
/// takes the larger one, so the digits are those of `serde_json`.
fn write_float(number: &Number, out: &mut String) {
    let text = number.to_string();
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    out.push_str(sign);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().expect("an exponent is a number");
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let leading = digits.len() - digits.trim_start_matches('0').len();
    let digits = digits.trim_matches('0');
    if digits.is_empty() {
        return out.push_str("0.0");
    }
    // The value is 0.DIGITS · 10^point.
    let point = i32::try_from(whole.len()).expect("a short text")
        - i32::try_from(leading).expect("a short text")
        + exponent;
    let zeros = |n: i32| "0".repeat(usize::try_from(n).unwrap_or(0));
    if !(-3..=16).contains(&point) {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        let sign = if point < 1 { '-' } else { '+' };
        let _ = write!(out, "{first}{dot}{rest}e{sign}{:02}", (point - 1).abs());
    } else if let Some(whole) = usize::try_from(point).ok().filter(|whole| *whole > 0) {
        let padded = format!("{digits}{}", zeros(point - i32::try_from(digits.len()).unwrap_or(0)));
        let (whole, fraction) = padded.split_at(whole);
        let _ = write!(out, "{whole}.{}", if fraction.is_empty() { "0" } else { fraction });
    } else {
        let _ = write!(out, "0.{}{digits}", zeros(-point));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &str, compact: &str) {
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(String::from_utf8(dumps(&value, Style::Default)).unwrap(), expected);
        assert_eq!(String::from_utf8(dumps(&value, Style::Compact)).unwrap(), compact);
    }

    /// Each expectation was printed by `CPython` 3.11.
    #[test]
    fn text_and_numbers_are_spelled_as_python_does() {
        check(r#"{"a":[1,{"b":null}]}"#, r#"{"a": [1, {"b": null}]}"#, r#"{"a":[1,{"b":null}]}"#);
        check(
            r#""é\u2028😀\u007f\u0001/""#,
            r#""\u00e9\u2028\ud83d\ude00\u007f\u0001/""#,
            "\"é\u{2028}😀\u{7f}\\u0001/\"",
        );
        for (json, expected) in [
            ("1e16", "1e+16"),
            ("1e15", "1000000000000000.0"),
            ("9999999999999998.0", "9999999999999998.0"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("-0.0", "-0.0"),
            ("988106180615617.25", "988106180615617.2"),
            ("0.001234", "0.001234"),
            ("1200.0", "1200.0"),
            ("5e-324", "5e-324"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("123456789012345680000.0", "1.2345678901234568e+20"),
            ("18446744073709551615", "18446744073709551615"),
            ("[]", "[]"),
            ("{}", "{}"),
        ] {
            check(json, expected, expected);
        }
    }
}
