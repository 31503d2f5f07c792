//! Which texts engines store as numbers.

/// The most characters of such a text: those of the least 64-bit integer.
pub const MOST_DIGITS: usize = 20;

/// Whether `text` is a decimal integer of 64 bits, spelled as the engine itself would print it: no
/// sign but a minus, no leading zero. Source: `string2ll`, src/util.c of Redis 7.0.
pub fn is_integer(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let leads = digits.first().is_some_and(|first| (b'1'..=b'9').contains(first)) || text == b"0";
    leads
        && text.len() <= MOST_DIGITS
        && str::from_utf8(text).is_ok_and(|text| text.parse::<i64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_prints_as_it_is_spelled_is_an_integer() {
        let yes = ["0", "7", "-1", "9223372036854775807", "-9223372036854775808"];
        assert!(yes.into_iter().all(|text| is_integer(text.as_bytes())));
        let no = ["", "-", "-0", "+1", "01", "1.0", "9223372036854775808", "1e3", " 1", "1 "];
        assert!(!no.into_iter().any(|text| is_integer(text.as_bytes())));
    }
}
