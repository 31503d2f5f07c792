//! A capture from its first line to its last.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use crate::units::num;

use super::line::Line;
use super::{Asked, NotALine};

/// The longest line that is read.
const MOST_LINE: usize = 64 << 20;
/// Lines that cannot be read of which the number and the reason are kept.
const LISTED: usize = 20;
/// Names of commands that are counted apart.
const MOST_COMMANDS: usize = 512;

/// Reads a capture line by line.
#[derive(Debug)]
pub struct Capture<R> {
    from: R,
    buffer: Vec<u8>,
    line: Line,
    n_lines: u64,
    malformed: Malformed,
    totals: Totals,
}

/// Lines that could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Malformed {
    /// How many.
    pub count: u64,
    /// The first twenty: their numbers from 1, and why.
    pub first: Vec<(u64, NotALine)>,
}

/// What was asked, whatever the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Commands by name in lower case, without those of scripts; beyond 512 names as `other`.
    pub commands: BTreeMap<String, Calls>,
    /// Commands that scripts executed, which one EVAL each stands for.
    pub from_scripts: u64,
    /// When the first was executed, in microseconds since 1970; `None` without any.
    pub first_us: Option<u64>,
    /// When the last was.
    pub last_us: Option<u64>,
    /// Commands of the second that had most.
    pub busiest_second: u64,
    /// The second that is being counted, and its commands.
    second: (u64, u64),
}

/// How often one command was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// How often.
    pub calls: u64,
    /// Keys that were named, together.
    pub keys: u64,
}

impl<R: BufRead> Capture<R> {
    /// Begins with the first line.
    pub fn new(from: R) -> Self {
        Self {
            from,
            buffer: Vec::new(),
            line: Line::default(),
            n_lines: 0,
            malformed: Malformed::default(),
            totals: Totals::default(),
        }
    }

    /// The next command; nothing after the last line.
    ///
    /// # Errors
    /// When the file cannot be read on. Lines that are none of a capture are counted and passed over.
    pub fn next_asked(&mut self) -> io::Result<Option<Asked<'_>>> {
        loop {
            let Some(is_whole) = self.read_line()? else { return Ok(None) };
            self.n_lines += 1;
            // As it comes over the wire, each line is a simple string.
            let text = self.buffer.trim_ascii_end();
            let text = text.strip_prefix(b"+").unwrap_or(text);
            // What the server answers to MONITOR itself, and what editors leave at the end.
            if is_whole && (text.is_empty() || text == b"OK") {
                continue;
            }
            match if is_whole { self.line.read(text) } else { Err(NotALine::TooLong) } {
                Ok(()) => break,
                Err(why) => {
                    self.malformed.count += 1;
                    if self.malformed.first.len() < LISTED {
                        self.malformed.first.push((self.n_lines, why));
                    }
                }
            }
        }
        let asked = self.line.asked();
        self.totals.count(&asked);
        Ok(Some(asked))
    }

    /// Lines so far.
    pub fn n_lines(&self) -> u64 {
        self.n_lines
    }

    /// Lines so far that could not be read.
    pub fn malformed(&self) -> &Malformed {
        &self.malformed
    }

    /// What was asked so far.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Puts the next line into the buffer: whole, or `false` for one that is too long. Nothing at the
    /// end.
    fn read_line(&mut self) -> io::Result<Option<bool>> {
        self.buffer.clear();
        let (mut has_begun, mut is_whole) = (false, true);
        loop {
            let ready = match self.from.fill_buf() {
                Ok(ready) => ready,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if ready.is_empty() {
                return Ok(has_begun.then_some(is_whole));
            }
            has_begun = true;
            let end = ready.iter().position(|byte| *byte == b'\n');
            let piece = &ready[..end.unwrap_or(ready.len())];
            is_whole &= self.buffer.len() + piece.len() <= MOST_LINE;
            if is_whole {
                self.buffer.extend_from_slice(piece);
            }
            let read = piece.len() + usize::from(end.is_some());
            self.from.consume(read);
            if end.is_some() {
                return Ok(Some(is_whole));
            }
        }
    }
}

impl Totals {
    fn count(&mut self, asked: &Asked<'_>) {
        let at_us = asked.at_us();
        self.first_us = Some(self.first_us.map_or(at_us, |first| first.min(at_us)));
        self.last_us = Some(self.last_us.map_or(at_us, |last| last.max(at_us)));
        if asked.is_from_script() {
            self.from_scripts += 1;
            return;
        }
        let second = at_us / 1_000_000;
        let before = if self.second.0 == second { self.second.1 } else { 0 };
        self.second = (second, before + 1);
        self.busiest_second = self.busiest_second.max(before + 1);
        let is_known = self.commands.contains_key(asked.command());
        let name =
            if is_known || self.commands.len() < MOST_COMMANDS { asked.command() } else { "other" };
        let keys = num::count(asked.keys().count());
        match self.commands.get_mut(name) {
            Some(calls) => {
                calls.calls += 1;
                calls.keys += keys;
            }
            None => {
                self.commands.insert(name.to_owned(), Calls { calls: 1, keys });
            }
        }
    }

    /// Commands of all names, without those of scripts.
    pub fn calls(&self) -> u64 {
        self.commands.values().map(|calls| calls.calls).sum()
    }

    /// From the first command to the last, in seconds; `None` for less than two moments.
    pub fn seconds(&self) -> Option<f64> {
        let span_us = self.last_us?.checked_sub(self.first_us?).filter(|us| *us > 0)?;
        Some(num::float(span_us) / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Capture<&[u8]> {
        let mut capture = Capture::new(text);
        while capture.next_asked().unwrap().is_some() {}
        capture
    }

    #[test]
    fn commands_rates_and_batches_are_counted() {
        let capture = read(
            b"OK\n+1.000000 [0 a:1] \"GET\" \"a\"\r\n1.250000 [0 a:1] \"mget\" \"a\" \"b\"\n\
              2.000000 [0 a:1] \"eval\" \"x\" \"0\"\n2.000001 [0 lua] \"get\" \"c\"\n\
              3.500000 [0 a:1] \"get\" \"b\"\n\n",
        );
        let totals = capture.totals();
        assert_eq!(totals.commands["get"], Calls { calls: 2, keys: 2 });
        assert_eq!(totals.commands["mget"], Calls { calls: 1, keys: 2 });
        assert_eq!(totals.commands["eval"], Calls { calls: 1, keys: 0 });
        assert_eq!((totals.from_scripts, totals.calls(), totals.busiest_second), (1, 4, 2));
        assert_eq!(totals.seconds(), Some(2.5));
        assert_eq!((capture.malformed().count, capture.n_lines()), (0, 7));
    }

    #[test]
    fn lines_that_cannot_be_read_are_listed_by_number() {
        let mut text = b"1.000000 [0 a:1] \"GET\" \"a\"\nnonsense\n".to_vec();
        text.extend(b"1.000000 [0 a:1] \"GET\" \"a\n".repeat(30));
        text.extend(b"1.000001 [0 a:1] \"GET\" \"a\"");
        let capture = read(&text);
        let malformed = capture.malformed();
        assert_eq!((malformed.count, malformed.first.len()), (31, LISTED));
        assert_eq!(malformed.first[..2], [(2, NotALine::NoTime), (3, NotALine::Unquoted)]);
        assert_eq!(capture.totals().calls(), 2);
    }

    #[test]
    fn a_line_without_end_takes_bounded_memory() {
        let long = vec![b'x'; MOST_LINE + 2];
        let text = [&long[..], b"\n1.000000 [0 a:1] \"GET\" \"a\"\n"].concat();
        let capture = read(&text);
        assert_eq!(capture.malformed().first, [(1, NotALine::TooLong)]);
        assert_eq!(capture.totals().calls(), 1);
    }

    #[test]
    fn an_empty_capture_has_no_rate() {
        assert_eq!(read(b"").totals(), &Totals::default());
        assert_eq!(read(b"1.000000 [0 a:1] \"ping\"\n").totals().seconds(), None);
    }
}
