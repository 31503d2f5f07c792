//! Lengths and strings as snapshots spell them.
//!
//! The upper two bits of a length's first byte tell its form: 6 bits, 14 bits, 32 or 64 bits in the
//! bytes after it (0x80, 0x81), most significant first; or, where a string is due, one of three
//! integers or compressed bytes. Source: src/rdb.h, `rdbLoadLenByRef` of src/rdb.c (Redis 7.4).

use std::io::Read;

use crate::engine::{MOST_DIGITS, is_integer};
use crate::units::num;

use super::source::Source;
use super::{Encoding, Fault, MOST_HELD, RdbError, Text, lzf};

/// The longest string that shares an allocation with its object: `OBJ_ENCODING_EMBSTR_SIZE_LIMIT`,
/// src/object.c of Redis 7.4. Valkey 8.1 and later decide by key and value together.
const MOST_EMBEDDED: u64 = 44;

/// How a string begins.
enum Head {
    /// Its bytes follow.
    Plain(u64),
    /// It is a number.
    Integer(i64),
    /// `packed` bytes follow, of which `length` come.
    Compressed { packed: u64, length: u64 },
}

impl<R: Read> Source<R> {
    /// A length, or another number of that form.
    pub(super) fn length(&mut self) -> Result<u64, RdbError> {
        let offset = self.offset();
        let first = self.byte()?;
        self.length_after(first, offset)
    }

    fn length_after(&mut self, first: u8, offset: u64) -> Result<u64, RdbError> {
        let low = u64::from(first & 0x3f);
        Ok(match first {
            0..0x40 => low,
            0x40..0x80 => (low << 8) | u64::from(self.byte()?),
            0x80 => u64::from(u32::from_be_bytes(self.array()?)),
            0x81 => u64::from_be_bytes(self.array()?),
            byte => return Err(self.error_at(offset, Fault::Form { what: "length", byte })),
        })
    }

    fn head(&mut self) -> Result<Head, RdbError> {
        let offset = self.offset();
        let first = self.byte()?;
        Ok(match first {
            0xc0 => Head::Integer(i64::from(i8::from_le_bytes(self.array()?))),
            0xc1 => Head::Integer(i64::from(i16::from_le_bytes(self.array()?))),
            0xc2 => Head::Integer(i64::from(i32::from_le_bytes(self.array()?))),
            0xc3 => {
                let (packed, length) = (self.length()?, self.length()?);
                if length > packed.saturating_mul(lzf::MOST_RATIO) {
                    return Err(self.error_at(offset, Fault::Compressed { length, packed }));
                }
                Head::Compressed { packed, length }
            }
            byte @ 0xc4.. => {
                return Err(self.error_at(offset, Fault::Form { what: "string", byte }));
            }
            first => Head::Plain(self.length_after(first, offset)?),
        })
    }

    /// The length of a string, which is passed over.
    pub(super) fn string_length(&mut self) -> Result<u64, RdbError> {
        match self.head()? {
            Head::Plain(length) => self.skip(length).map(|()| length),
            Head::Integer(n) => Ok(decimal_length(n)),
            Head::Compressed { packed, length } => self.skip(packed).map(|()| length),
        }
    }

    /// What matters of a string, which is passed over.
    pub(super) fn text(&mut self) -> Result<Text, RdbError> {
        let len = match self.head()? {
            Head::Integer(n) => return Ok(Text { len: decimal_length(n), is_integer: true }),
            Head::Plain(len) if len <= num::count(MOST_DIGITS) => {
                // Integers of more than 32 bits are written as text.
                let mut room = [0; MOST_DIGITS];
                let text = &mut room[..num::index(len)];
                self.fill_in(text)?;
                return Ok(Text { len, is_integer: is_integer(text) });
            }
            Head::Plain(len) => self.skip(len).map(|()| len)?,
            Head::Compressed { packed, length } => self.skip(packed).map(|()| length)?,
        };
        Ok(Text { len, is_integer: false })
    }

    /// A string, which is `what`, in place of what `into` held; `spare` is room for compressed bytes.
    pub(super) fn string(
        &mut self,
        what: &'static str,
        into: &mut Vec<u8>,
        spare: &mut Vec<u8>,
    ) -> Result<(), RdbError> {
        let offset = self.offset();
        match self.head()? {
            Head::Plain(length) => self.copy(what, length, into),
            Head::Integer(n) => {
                into.clear();
                into.extend_from_slice(n.to_string().as_bytes());
                Ok(())
            }
            Head::Compressed { packed, length } => {
                if length > MOST_HELD {
                    return Err(self.error_at(offset, Fault::TooLong { what, claimed: length }));
                }
                self.copy(what, packed, spare)?;
                into.clear();
                lzf::unpack(spare, num::index(length), into)
                    .ok_or_else(|| self.error_at(offset, Fault::Compressed { length, packed }))
            }
        }
    }
}

/// Characters of `n` in decimal.
pub(super) fn decimal_length(n: i64) -> u64 {
    let digits = n.unsigned_abs().checked_ilog10().unwrap_or(0) + 1;
    u64::from(digits) + u64::from(n < 0)
}

/// How engines store a string.
pub(super) fn encoding(text: Text) -> Encoding {
    match text {
        Text { is_integer: true, .. } => Encoding::Int,
        Text { len: ..=MOST_EMBEDDED, .. } => Encoding::Embstr,
        Text { .. } => Encoding::Raw,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_as_long_as_their_text() {
        for n in [0, 7, -7, 10, 99, -100, i64::MAX, i64::MIN] {
            assert_eq!(decimal_length(n), num::count(n.to_string().len()), "{n}");
        }
    }

    #[track_caller]
    fn length(bytes: &[u8], expected: Result<u64, &Fault>) {
        let read = Source::new(bytes).length();
        assert_eq!(read.as_ref().map(|n| *n).map_err(|error| &error.fault), expected);
    }

    #[test]
    fn lengths_have_four_forms() {
        length(&[0x3f], Ok(63));
        length(&[0x7f, 0xff], Ok(16_383));
        length(&[0x80, 0, 1, 0, 0], Ok(65_536));
        length(&[0x81, 0, 0, 0, 1, 0, 0, 0, 0], Ok(1 << 32));
        length(&[0x82], Err(&Fault::Form { what: "length", byte: 0x82 }));
        length(&[0xc0, 1], Err(&Fault::Form { what: "length", byte: 0xc0 }));
        length(&[0x80, 0], Err(&Fault::Ended { claimed: 4 }));
    }

    #[track_caller]
    fn value(bytes: &[u8], expected: (u64, Encoding)) {
        let text = Source::new(bytes).text().unwrap();
        assert_eq!((text.len, encoding(text)), expected);
    }

    #[test]
    fn values_are_stored_as_numbers_where_they_are_some() {
        value(&[0xc0, 0x80], (4, Encoding::Int));
        value(&[0xc1, 0xff, 0xff], (2, Encoding::Int));
        value(&[0xc2, 0, 0, 0, 0x80], (11, Encoding::Int));
        value(b"\x0c100000000000", (12, Encoding::Int));
        value(b"\x0c10000000000x", (12, Encoding::Embstr));
        value(&[&[44][..], &[b'x'; 44]].concat(), (44, Encoding::Embstr));
        value(&[&[45][..], &[b'x'; 45]].concat(), (45, Encoding::Raw));
    }

    #[test]
    fn a_compressed_string_that_claims_too_much_is_refused() {
        let hostile = [0xc3, 1, 0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];
        let fault = Fault::Compressed { length: u64::MAX, packed: 1 };
        assert_eq!(Source::new(&hostile[..]).string_length().unwrap_err().fault, fault);
    }
}
