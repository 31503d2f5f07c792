//! What the keys of a class have in common: their template.
//!
//! A key falls apart at everything that is neither letter nor digit. Numbers, UUIDs, hashes and other
//! texts that look random become places; the rest is spelled as it stands.

use crate::units::num;

/// How keys are spelled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Naming(Vec<Piece>);

/// A part of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Piece {
    /// The same in every key.
    Text(String),
    /// A decimal number, perhaps with leading zeros.
    Number,
    /// 8-4-4-4-12 hexadecimal digits.
    Uuid,
    /// Hexadecimal digits, at least eight.
    Hex,
    /// Letters and digits that look random, or bytes that are no text.
    Opaque,
    /// A word that differs from key to key.
    Word,
}

/// A place of a key and what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Filled {
    pub len: u64,
    /// The value where that is a number of at most 18 digits.
    pub number: Option<u64>,
}

/// Hexadecimal digits of the shortest hash.
const SHORTEST_HEX: usize = 8;
/// Characters of the shortest text that may look random.
const SHORTEST_OPAQUE: usize = 10;
const MIXED_OPAQUE: usize = 16;
/// Digits that a number may have: ten to this power is below 2^64.
const MOST_DIGITS: usize = 18;
/// Hexadecimal digits of a UUID, between its dashes.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

impl Naming {
    /// Of pieces.
    pub(super) fn new(pieces: Vec<Piece>) -> Self {
        Self(pieces)
    }

    /// Its pieces in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The naming of one key, and what fills its places.
    pub(super) fn of(key: &[u8]) -> (Self, Vec<Filled>) {
        let mut found = Found::default();
        let mut rest = key;
        while let Some(first) = rest.first() {
            let len = if let Some(len) = uuid(rest) {
                found.place(Piece::Uuid, &rest[..len]);
                len
            } else if first.is_ascii_alphanumeric() {
                let len = run(rest, |byte| byte.is_ascii_alphanumeric());
                found.word(&rest[..len]);
                len
            } else if first.is_ascii_graphic() || *first == b' ' {
                found.text(&rest[..1]);
                1
            } else {
                let len = run(rest, |byte| !byte.is_ascii_graphic() && byte != b' ');
                found.place(Piece::Opaque, &rest[..len]);
                len
            };
            rest = &rest[len..];
        }
        (Self(found.pieces), found.filled)
    }

    /// The same with piece number `at` in place of the one that is there.
    pub(super) fn with(&self, at: usize, piece: Piece) -> Self {
        let mut pieces = self.0.clone();
        pieces[at] = piece;
        Self(pieces)
    }

    /// Which of its pieces are places, ascending.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        let places = self.0.iter().enumerate().filter(|(_, piece)| piece.is_place());
        places.map(|(at, _)| at)
    }

    /// Which of its pieces are words that might differ from key to key, ascending.
    pub(super) fn words(&self) -> impl Iterator<Item = usize> {
        let words = self.0.iter().enumerate().filter(|(_, piece)| piece.is_word());
        words.map(|(at, _)| at)
    }

    /// What a key of this naming fills the places of a more general one with; `None` where that does
    /// not include it.
    pub(super) fn filling(&self, general: &Self, filled: &[Filled]) -> Option<Vec<Filled>> {
        if self.0.len() != general.0.len() {
            return None;
        }
        let mut own = filled.iter();
        let mut result = Vec::new();
        for (piece, general) in self.0.iter().zip(&general.0) {
            match (piece, general) {
                (Piece::Text(text), Piece::Word) if piece.is_word() => {
                    result.push(Filled { len: num::count(text.len()), number: None });
                }
                (one, other) if one == other => {
                    if one.is_place() {
                        result.push(*own.next()?);
                    }
                }
                _ => return None,
            }
        }
        Some(result)
    }
}

impl Piece {
    /// Whether it differs from key to key.
    pub const fn is_place(&self) -> bool {
        !matches!(self, Self::Text(_))
    }

    /// Whether it is a text of letters.
    fn is_word(&self) -> bool {
        matches!(self, Self::Text(text) if text.starts_with(|c: char| c.is_ascii_alphabetic()))
    }

    /// As comments spell it.
    pub fn spelled(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Number => "{n}",
            Self::Uuid => "{uuid}",
            Self::Hex => "{hex}",
            Self::Opaque => "{random}",
            Self::Word => "{word}",
        }
    }
}

/// As comments spell it: `user:{n}:session:{uuid}`.
impl std::fmt::Display for Naming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|piece| f.write_str(piece.spelled()))
    }
}

/// What has been found of a key so far.
#[derive(Default)]
struct Found {
    pieces: Vec<Piece>,
    filled: Vec<Filled>,
}

impl Found {
    fn text(&mut self, text: &[u8]) {
        self.pieces.push(Piece::Text(String::from_utf8_lossy(text).into_owned()));
    }

    fn place(&mut self, piece: Piece, text: &[u8]) {
        let len = num::count(text.len());
        // What looks random and has dashes in it is one text, as in base64.
        let joins = |before: &Piece, between: &Piece| {
            let is_random = *before == Piece::Opaque || piece == Piece::Opaque;
            let may_be =
                |piece: &Piece| matches!(piece, Piece::Opaque | Piece::Hex | Piece::Number);
            let is_dashed = matches!(between, Piece::Text(text) if text == "-" || text == "_");
            is_random && is_dashed && may_be(before) && may_be(&piece)
        };
        if let [.., before, between] = &self.pieces[..]
            && joins(before, between)
        {
            self.pieces.pop();
            *self.pieces.last_mut().expect("there are two") = Piece::Opaque;
            let last = self.filled.last_mut().expect("a place is filled");
            *last = Filled { len: last.len + 1 + len, number: None };
            return;
        }
        let number = match piece {
            Piece::Number => std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()),
            _ => None,
        };
        self.pieces.push(piece);
        self.filled.push(Filled { len, number });
    }

    /// Letters and digits without anything between.
    fn word(&mut self, word: &[u8]) {
        if word.iter().all(u8::is_ascii_digit) {
            let piece = if word.len() <= MOST_DIGITS { Piece::Number } else { Piece::Hex };
            return self.place(piece, word);
        }
        if is_hex(word) {
            return self.place(Piece::Hex, word);
        }
        if looks_random(word) {
            return self.place(Piece::Opaque, word);
        }
        let mut rest = word;
        while let Some(first) = rest.first() {
            let is_digit = first.is_ascii_digit();
            let len = run(rest, |byte| byte.is_ascii_digit() == is_digit);
            if is_digit && len <= MOST_DIGITS {
                self.place(Piece::Number, &rest[..len]);
            } else {
                self.text(&rest[..len]);
            }
            rest = &rest[len..];
        }
    }
}

/// How many bytes from the first on are such.
fn run(bytes: &[u8], is_such: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !is_such(*byte)).unwrap_or(bytes.len())
}

/// Hexadecimal digits of one case, letters and numerals among them.
fn is_hex(word: &[u8]) -> bool {
    let lower = word.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let upper = word.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    word.len() >= SHORTEST_HEX && (lower || upper) && word.iter().any(u8::is_ascii_digit)
}

/// Letters and numerals that change places often, or long texts of both cases and numerals.
fn looks_random(word: &[u8]) -> bool {
    let changes =
        word.windows(2).filter(|two| two[0].is_ascii_digit() != two[1].is_ascii_digit()).count();
    let has = |is_such: fn(&u8) -> bool| word.iter().any(is_such);
    let is_mixed =
        has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    (word.len() >= SHORTEST_OPAQUE && changes >= 3) || (word.len() >= MIXED_OPAQUE && is_mixed)
}

/// The length of a UUID at the start of `text`, if there is one.
fn uuid(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for (group, len) in UUID.into_iter().enumerate() {
        if group > 0 {
            text.get(at).filter(|byte| **byte == b'-')?;
            at += 1;
        }
        let digits = text.get(at..at + len)?;
        digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
        at += len;
    }
    let ends = text.get(at).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    ends.then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(key: &str, expected: &str) {
        assert_eq!(Naming::of(key.as_bytes()).0.to_string(), expected, "{key}");
    }

    #[test]
    fn what_differs_between_keys_is_found() {
        check("user:1234:claims", "user:{n}:claims");
        check("TESTING_PURPOSE_KEY_M2M_199999", "TESTING_PURPOSE_KEY_M{n}M_{n}");
        check("user17", "user{n}");
        check("{user:17}:cart", "{user:{n}}:cart");
        check("session:123e4567-e89b-12d3-a456-426614174000", "session:{uuid}");
        check("123e4567-e89b-12d3-a456-426614174000:x", "{uuid}:x");
        check("etag:d41d8cd98f00b204e9800998ecf8427e", "etag:{hex}");
        check("etag:D41D8CD98F00B204", "etag:{hex}");
        check("etag:D41d8cd98f00B204", "etag:{random}");
        check("sess:hT7kQ2mZ9xW4", "sess:{random}");
        check("sess:hT7kQ2mZ9xW4-aB3dE5fG7hJ9", "sess:{random}");
        check("cache:decade:facade", "cache:decade:facade");
        check("a:12345678901234567890", "a:{hex}");
        check("", "");
        assert_eq!(Naming::of(b"x:\xff\x00\x01").0.to_string(), "x:{random}");
    }

    #[test]
    fn places_know_what_fills_them() {
        let (naming, filled) = Naming::of(b"a:007:d41d8cd98f00b204");
        assert_eq!(naming.places().count(), 2);
        assert_eq!(filled[0], Filled { len: 3, number: Some(7) });
        assert_eq!(filled[1], Filled { len: 16, number: None });
    }
}
