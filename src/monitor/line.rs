//! One line of a capture: `1339518083.107412 [0 127.0.0.1:60866] "set" "key" "value"`.
//!
//! Arguments are quoted; `\n`, `\r`, `\t`, `\a`, `\b`, `\\`, `\"` and `\xHH` stand for bytes. Source:
//! `replicationFeedMonitors`, src/replication.c, and `sdscatrepr`, src/sds.c, of Redis 7.4.

use std::ops::Range;

use super::Asked;

/// Why a line is none of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotALine {
    /// It does not begin with a time.
    #[error("it does not begin with a time, as in `1339518083.107412`")]
    NoTime,
    /// The database and the client are not there.
    #[error("no `[database client]` follows the time")]
    NoClient,
    /// No command.
    #[error("it names no command")]
    NoCommand,
    /// An argument is not quoted, or not to its end, as in a line that is cut off.
    #[error("an argument does not end in a quotation mark")]
    Unquoted,
    /// An escape that does not exist.
    #[error("a backslash stands before something else than `nrtab\"\\` or `x` and two digits")]
    Escape,
    /// Longer than is read.
    #[error("it is longer than 64 MiB")]
    TooLong,
}

/// The parts of one line, in memory that is used again.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Microseconds since 1970.
    pub(super) at_us: u64,
    pub(super) database: u32,
    pub(super) is_from_script: bool,
    /// The command's name in lower case, and all arguments one after the other.
    pub(super) name: String,
    text: Vec<u8>,
    arguments: Vec<Range<usize>>,
}

impl Line {
    /// Argument number `index`, the first after the command's name being 0.
    pub(super) fn argument(&self, index: usize) -> Option<&[u8]> {
        self.arguments.get(index).map(|range| &self.text[range.clone()])
    }

    /// How many arguments follow the command's name.
    pub(super) fn n_arguments(&self) -> usize {
        self.arguments.len()
    }

    pub(super) fn asked(&self) -> Asked<'_> {
        Asked::new(self)
    }

    /// Reads a line without its end.
    pub(super) fn read(&mut self, line: &[u8]) -> Result<(), NotALine> {
        self.text.clear();
        self.arguments.clear();
        self.name.clear();
        let (time, rest) = cut(line, b" ").ok_or(NotALine::NoTime)?;
        self.at_us = microseconds(time).ok_or(NotALine::NoTime)?;
        let client = rest.strip_prefix(b"[").ok_or(NotALine::NoClient)?;
        // The address of a client that comes through IPv6 has brackets of its own.
        let (client, mut rest) = cut(client, b"] ").ok_or(NotALine::NoClient)?;
        let (database, client) = cut(client, b" ").ok_or(NotALine::NoClient)?;
        let database = str::from_utf8(database).ok().and_then(|text| text.parse().ok());
        self.database = database.ok_or(NotALine::NoClient)?;
        self.is_from_script = client == b"lua";
        while !rest.is_empty() {
            rest = self.read_argument(rest)?;
            rest = rest.strip_prefix(b" ").unwrap_or(rest);
        }
        if self.arguments.is_empty() {
            return Err(NotALine::NoCommand);
        }
        let name = &self.text[self.arguments.remove(0)];
        if name.is_empty() || !name.iter().all(u8::is_ascii_graphic) {
            return Err(NotALine::NoCommand);
        }
        self.name.extend(name.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
        Ok(())
    }

    /// Takes in one quoted argument; what follows it.
    fn read_argument<'l>(&mut self, rest: &'l [u8]) -> Result<&'l [u8], NotALine> {
        let start = self.text.len();
        let mut rest = rest.strip_prefix(b"\"").ok_or(NotALine::Unquoted)?;
        loop {
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'));
            let (plain, special) = rest.split_at(plain.ok_or(NotALine::Unquoted)?);
            self.text.extend_from_slice(plain);
            if let Some(after) = special.strip_prefix(b"\"") {
                self.arguments.push(start..self.text.len());
                return Ok(after);
            }
            let (byte, after) = unescape(&special[1..])?;
            self.text.push(byte);
            rest = after;
        }
    }
}

/// What a backslash and what follows stand for.
fn unescape(rest: &[u8]) -> Result<(u8, &[u8]), NotALine> {
    let (first, after) = rest.split_first().ok_or(NotALine::Unquoted)?;
    Ok(match first {
        b'n' => (b'\n', after),
        b'r' => (b'\r', after),
        b't' => (b'\t', after),
        b'a' => (0x07, after),
        b'b' => (0x08, after),
        b'"' | b'\\' => (*first, after),
        b'x' => {
            let (digits, after) = after.split_at_checked(2).ok_or(NotALine::Unquoted)?;
            let hex = |digit: u8| char::from(digit).to_digit(16).and_then(|n| u8::try_from(n).ok());
            let byte = hex(digits[0]).zip(hex(digits[1])).map(|(high, low)| high << 4 | low);
            (byte.ok_or(NotALine::Escape)?, after)
        }
        _ => return Err(NotALine::Escape),
    })
}

/// What stands before and after `mark`.
fn cut<'t>(text: &'t [u8], mark: &[u8]) -> Option<(&'t [u8], &'t [u8])> {
    let at = text.windows(mark.len()).position(|window| window == mark)?;
    Some((&text[..at], &text[at + mark.len()..]))
}

/// A time as the capture spells it: seconds, a point, six digits.
fn microseconds(text: &[u8]) -> Option<u64> {
    let (seconds, micros) = cut(text, b".")?;
    let number = |digits: &[u8]| -> Option<u64> {
        let plain = digits.iter().all(u8::is_ascii_digit);
        plain.then(|| str::from_utf8(digits).ok()?.parse().ok()).flatten()
    };
    if micros.len() != 6 {
        return None;
    }
    number(seconds)?.checked_mul(1_000_000)?.checked_add(number(micros)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Result<(&str, &[&[u8]]), NotALine>) {
        let mut read = Line::default();
        let outcome = read.read(line.as_bytes());
        let arguments: Vec<&[u8]> =
            (0..read.n_arguments()).filter_map(|index| read.argument(index)).collect();
        assert_eq!(outcome.map(|()| (read.name.as_str(), &arguments[..])), expected, "{line}");
    }

    #[test]
    fn lines_as_servers_print_them() {
        let key: &[&[u8]] = &[b"key"];
        check("1.000001 [0 127.0.0.1:60866] \"GET\" \"key\"", Ok(("get", key)));
        check("1.000001 [0 [::1]:60866] \"get\" \"key\"", Ok(("get", key)));
        check("1.000001 [3 unix:/tmp/x y.sock] \"get\" \"key\"", Ok(("get", key)));
        check("1.000001 [0 lua] \"ping\"", Ok(("ping", &[])));
        let bytes: &[&[u8]] = &[b"a \"b\" \\", b"\n\r\t\x07\x08\x00\xff", b"", "é".as_bytes()];
        check(
            "1.000001 [0 x:1] \"mset\" \"a \\\"b\\\" \\\\\" \"\\n\\r\\t\\a\\b\\x00\\xff\" \"\" \"é\"",
            Ok(("mset", bytes)),
        );
        let mut line = Line::default();
        line.read(b"1339518083.107412 [12 lua] \"ping\"").unwrap();
        let expected = (1_339_518_083_107_412, 12, true);
        assert_eq!((line.at_us, line.database, line.is_from_script), expected);
    }

    #[test]
    fn what_is_none_says_why() {
        for line in ["", "OK", "x.000001 [0 x] \"get\"", "1.5 [0 x] \"get\"", "+1.000001 [0 x]"] {
            check(line, Err(NotALine::NoTime));
        }
        check("99999999999999999999.000001 [0 x] \"get\"", Err(NotALine::NoTime));
        for line in
            ["1.000001 \"get\"", "1.000001 [0 x", "1.000001 [a x] \"get\"", "1.000001 [0] \"a\""]
        {
            check(line, Err(NotALine::NoClient));
        }
        check("1.000001 [0 x] ", Err(NotALine::NoCommand));
        check("1.000001 [0 x] \"\" \"key\"", Err(NotALine::NoCommand));
        check("1.000001 [0 x] \"get\" \"ke", Err(NotALine::Unquoted));
        check("1.000001 [0 x] \"get\" \"ke\\", Err(NotALine::Unquoted));
        check("1.000001 [0 x] \"get\" key", Err(NotALine::Unquoted));
        check("1.000001 [0 x] \"get\" \"\\x1\"", Err(NotALine::Escape));
        check("1.000001 [0 x] \"get\" \"\\q\"", Err(NotALine::Escape));
    }

    #[test]
    fn a_line_that_is_cut_off_is_never_whole() {
        let whole = "1.000001 [0 x:1] \"set\" \"k\\x01y\" \"value\" \"EX\" \"10\"";
        let mut line = Line::default();
        assert!(line.read(whole.as_bytes()).is_ok());
        for cut in 0..whole.len() {
            // Between arguments nobody can tell.
            let between = matches!(whole.as_bytes()[cut - cut.min(1)], b'"' | b' ') && cut > 20;
            assert!(between || line.read(&whole.as_bytes()[..cut]).is_err(), "{cut}");
        }
    }
}
