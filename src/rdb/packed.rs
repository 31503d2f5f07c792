//! Collections that engines keep, and save, as one string: listpacks, ziplists, zipmaps, intsets.
//!
//! Each walker passes every element on and checks that heads, elements and end agree, so that no
//! length is believed that has no bytes. Numbers in them are little-endian where nothing else is
//! said. Sources: src/listpack.c, src/ziplist.c, src/zipmap.c and src/intset.c of Redis 7.4.

use crate::units::num;

use super::Text;
use super::strings::decimal_length;

/// What is wrong with a packed collection.
pub(super) type Broken = &'static str;

/// One item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    /// So many bytes.
    Bytes(u64),
    /// A number, which stands for its decimal text.
    Integer(i64),
}

impl Item {
    /// As clients see it.
    pub(super) fn text(self) -> Text {
        match self {
            // What engines could pack as a number they did.
            Self::Bytes(len) => Text { len, is_integer: false },
            Self::Integer(n) => Text { len: decimal_length(n), is_integer: true },
        }
    }
}

const SHORT: Broken = "an element reaches beyond its end";
const SIZE: Broken = "its head names another size";
const COUNT: Broken = "its head names another number of elements";
const NO_END: Broken = "it has no end";
/// The number of elements that stands for "count them".
const UNKNOWN_COUNT: u16 = u16::MAX;

/// What is left of a packed collection.
struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn take(&mut self, n: usize) -> Result<&'b [u8], Broken> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(SHORT)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(SHORT)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, Broken> {
        Ok(self.array::<1>()?[0])
    }

    fn bytes(&mut self, n: u32) -> Result<Item, Broken> {
        let taken = self.take(usize::try_from(n).map_err(|_| SHORT)?)?;
        Ok(Item::Bytes(num::count(taken.len())))
    }

    /// A signed integer of `N` bytes, at most eight.
    fn integer<const N: usize>(&mut self) -> Result<Item, Broken> {
        let mut wide = [0; 8];
        wide[8 - N..].copy_from_slice(&self.array::<N>()?);
        Ok(Item::Integer(i64::from_le_bytes(wide) >> (64 - 8 * N)))
    }

    /// The end, after which nothing follows.
    fn end(&mut self, count: u64, claimed: u16) -> Result<(), Broken> {
        if !self.0.is_empty() {
            return Err(SIZE);
        }
        let agrees = claimed == UNKNOWN_COUNT || u64::from(claimed) == count;
        if agrees { Ok(()) } else { Err(COUNT) }
    }
}

/// Walks through a listpack: 4 bytes of size, 2 of count, elements each with its own length behind
/// it, 0xff.
pub(super) fn listpack(bytes: &[u8], mut each: impl FnMut(Item)) -> Result<(), Broken> {
    let mut rest = Rest(bytes);
    if u64::from(u32::from_le_bytes(rest.array()?)) != num::count(bytes.len()) {
        return Err(SIZE);
    }
    let claimed = u16::from_le_bytes(rest.array()?);
    let mut count = 0;
    loop {
        let before = rest.0.len();
        let first = rest.byte().map_err(|_| NO_END)?;
        if first == 0xff {
            return rest.end(count, claimed);
        }
        each(listpack_element(first, &mut rest)?);
        count += 1;
        let back: usize = match before - rest.0.len() {
            0..0x80 => 1,
            0x80..0x4000 => 2,
            0x4000..0x20_0000 => 3,
            0x20_0000..0x1000_0000 => 4,
            _ => 5,
        };
        rest.take(back)?;
    }
}

fn listpack_element(first: u8, rest: &mut Rest<'_>) -> Result<Item, Broken> {
    let low = |bits: u8| u32::from(first & ((1 << bits) - 1));
    match first {
        0..0x80 => Ok(Item::Integer(i64::from(first))),
        0x80..0xc0 => rest.bytes(low(6)),
        0xc0..0xe0 => {
            let n = i64::from((low(5) << 8) | u32::from(rest.byte()?));
            Ok(Item::Integer(if n < 1 << 12 { n } else { n - (1 << 13) }))
        }
        0xe0..0xf0 => {
            let length = (low(4) << 8) | u32::from(rest.byte()?);
            rest.bytes(length)
        }
        0xf0 => {
            let length = u32::from_le_bytes(rest.array()?);
            rest.bytes(length)
        }
        0xf1 => rest.integer::<2>(),
        0xf2 => rest.integer::<3>(),
        0xf3 => rest.integer::<4>(),
        0xf4 => rest.integer::<8>(),
        _ => Err("an element has no known form"),
    }
}

/// Walks through a ziplist: 4 bytes of size, 4 of the place of the last element, 2 of count,
/// elements each with the size of the one before it, 0xff. Lengths are big-endian.
pub(super) fn ziplist(bytes: &[u8], mut each: impl FnMut(Item)) -> Result<(), Broken> {
    let mut rest = Rest(bytes);
    if u64::from(u32::from_le_bytes(rest.array()?)) != num::count(bytes.len()) {
        return Err(SIZE);
    }
    rest.take(4)?;
    let claimed = u16::from_le_bytes(rest.array()?);
    let mut count = 0;
    loop {
        match rest.byte().map_err(|_| NO_END)? {
            0xff => return rest.end(count, claimed),
            0xfe => rest.take(4).map(drop)?,
            _ => {}
        }
        let first = rest.byte()?;
        each(ziplist_element(first, &mut rest)?);
        count += 1;
    }
}

fn ziplist_element(first: u8, rest: &mut Rest<'_>) -> Result<Item, Broken> {
    let low = u32::from(first & 0x3f);
    match first {
        0..0x40 => rest.bytes(low),
        0x40..0x80 => {
            let length = (low << 8) | u32::from(rest.byte()?);
            rest.bytes(length)
        }
        0x80..0xc0 => {
            let length = u32::from_be_bytes(rest.array()?);
            rest.bytes(length)
        }
        0xc0 => rest.integer::<2>(),
        0xd0 => rest.integer::<4>(),
        0xe0 => rest.integer::<8>(),
        0xf0 => rest.integer::<3>(),
        0xfe => rest.integer::<1>(),
        0xf1..=0xfd => Ok(Item::Integer(i64::from(first & 0x0f) - 1)),
        _ => Err("an element has no known form"),
    }
}

/// Walks through a zipmap, fields and values in turn: 1 byte of count, then each length in 1 byte or,
/// after 0xfe, in 4; after a value's length, how many bytes behind it are free; 0xff.
pub(super) fn zipmap(bytes: &[u8], mut each: impl FnMut(Item)) -> Result<(), Broken> {
    let mut rest = Rest(bytes);
    let claimed = rest.byte()?;
    let mut count = 0;
    loop {
        let first = rest.byte().map_err(|_| NO_END)?;
        if first == 0xff {
            let unknown = claimed >= 0xfe;
            return rest.end(count, if unknown { UNKNOWN_COUNT } else { u16::from(claimed) });
        }
        let length = zipmap_length(first, &mut rest)?;
        each(rest.bytes(length)?);
        let first = rest.byte()?;
        let length = zipmap_length(first, &mut rest)?;
        let free = rest.byte()?;
        each(rest.bytes(length)?);
        rest.take(usize::from(free))?;
        count += 1;
    }
}

fn zipmap_length(first: u8, rest: &mut Rest<'_>) -> Result<u32, Broken> {
    match first {
        0xff => Err("a field has no value"),
        0xfe => Ok(u32::from_le_bytes(rest.array()?)),
        length => Ok(u32::from(length)),
    }
}

/// Walks through an intset: 4 bytes of width, 4 of count, as many integers of that width.
pub(super) fn intset(bytes: &[u8], mut each: impl FnMut(Item)) -> Result<(), Broken> {
    let mut rest = Rest(bytes);
    let width = u32::from_le_bytes(rest.array()?);
    let count = u32::from_le_bytes(rest.array()?);
    if u64::from(count) * u64::from(width) != num::count(rest.0.len()) {
        return Err(SIZE);
    }
    for _ in 0..count {
        each(match width {
            2 => rest.integer::<2>()?,
            4 => rest.integer::<4>()?,
            8 => rest.integer::<8>()?,
            _ => return Err("its integers are neither of 2, 4 nor 8 bytes"),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Walk = fn(&[u8], &mut dyn FnMut(Item)) -> Result<(), Broken>;

    const WALKS: [Walk; 4] = [
        |bytes, each| listpack(bytes, each),
        |bytes, each| ziplist(bytes, each),
        |bytes, each| zipmap(bytes, each),
        |bytes, each| intset(bytes, each),
    ];

    fn elements(walk: Walk, bytes: &[u8]) -> Result<Vec<Item>, Broken> {
        let mut found = Vec::new();
        walk(bytes, &mut |element| found.push(element)).map(|()| found)
    }

    fn with_head(head: usize, count: u16, elements: &[u8]) -> Vec<u8> {
        let size = u32::try_from(head + elements.len() + 1).unwrap();
        let mut bytes = size.to_le_bytes().to_vec();
        bytes.resize(head - 2, 0);
        [&bytes[..], &count.to_le_bytes(), elements, &[0xff]].concat()
    }

    #[test]
    fn listpacks_hold_strings_and_integers() {
        use Item::{Bytes, Integer};
        let twelve = [&[0xe0, 100][..], &[b'x'; 100], &[102]].concat();
        let long = [&[0xf0, 0x00, 0x10, 0, 0][..], &[b'x'; 4096], &[0x20, 0x85]].concat();
        let parts: [(&[u8], Item); 9] = [
            (&[5, 1], Integer(5)),
            (&[0x83, b'a', b'b', b'c', 4], Bytes(3)),
            (&[0xdf, 0xff, 2], Integer(-1)),
            (&[0xf1, 0x18, 0xfc, 3], Integer(-1000)),
            (&[0xf2, 0xff, 0xff, 0x7f, 4], Integer(8_388_607)),
            (&[0xf3, 0, 0, 0, 0x80, 5], Integer(-2_147_483_648)),
            (&[0xf4, 1, 0, 0, 0, 0, 0, 0, 0, 9], Integer(1)),
            (&twelve, Bytes(100)),
            (&long, Bytes(4096)),
        ];
        let all: Vec<u8> = parts.iter().flat_map(|(bytes, _)| bytes.to_vec()).collect();
        let expected: Vec<Item> = parts.iter().map(|(_, element)| *element).collect();
        assert_eq!(elements(WALKS[0], &with_head(6, 9, &all)), Ok(expected.clone()));
        assert_eq!(elements(WALKS[0], &with_head(6, u16::MAX, &all)), Ok(expected));
        assert_eq!(elements(WALKS[0], &with_head(6, 8, &all)), Err(COUNT));
    }

    #[test]
    fn ziplists_hold_strings_and_integers() {
        use Item::{Bytes, Integer};
        let medium = [&[5, 0x41, 0x00][..], &[b'x'; 256]].concat();
        let long = [&[0xfe, 3, 1, 0, 0, 0x80, 0, 0, 1, 0][..], &[b'x'; 256]].concat();
        let parts: [(&[u8], Item); 8] = [
            (&[0, 0xf3], Integer(2)),
            (&[2, 0x02, b'h', b'i'], Bytes(2)),
            (&[4, 0xc0, 0xff, 0xff], Integer(-1)),
            (&[4, 0xd0, 0, 0, 1, 0], Integer(65_536)),
            (&[6, 0xf0, 0xff, 0xff, 0xff], Integer(-1)),
            (&[5, 0xfe, 0x80], Integer(-128)),
            (&medium, Bytes(256)),
            (&long, Bytes(256)),
        ];
        let all: Vec<u8> = parts.iter().flat_map(|(bytes, _)| bytes.to_vec()).collect();
        let expected: Vec<Item> = parts.iter().map(|(_, element)| *element).collect();
        assert_eq!(elements(WALKS[1], &with_head(10, 8, &all)), Ok(expected));
    }

    #[test]
    fn zipmaps_and_intsets() {
        use Item::{Bytes, Integer};
        let map = b"\x02\x03foo\x03\x01bar-\x05hello\xfe\x05\0\0\0\0world\xff";
        let lengths = [3, 3, 5, 5].map(Bytes).to_vec();
        assert_eq!(elements(WALKS[2], map), Ok(lengths));
        let set = [&[2, 0, 0, 0, 2, 0, 0, 0][..], &[0xff, 0xff, 7, 0]].concat();
        assert_eq!(elements(WALKS[3], &set), Ok(vec![Integer(-1), Integer(7)]));
    }

    /// Whatever is cut off or altered, a walk ends, and what it counted had bytes.
    #[test]
    fn damaged_ones_end_in_an_error_or_within_their_bytes() {
        let samples = [
            with_head(6, 2, &[0x83, b'a', b'b', b'c', 4, 0xf1, 1, 2, 3]),
            with_head(10, 2, &[0, 0x02, b'h', b'i', 4, 0xd0, 0, 0, 1, 0]),
            b"\x01\x03foo\x03\x00bar\xff".to_vec(),
            [&[4, 0, 0, 0, 2, 0, 0, 0][..], &[1, 0, 0, 0, 2, 0, 0, 0]].concat(),
        ];
        for (walk, sample) in WALKS.into_iter().zip(&samples) {
            assert!(elements(walk, sample).is_ok());
            for cut in 0..sample.len() {
                assert!(elements(walk, &sample[..cut]).is_err(), "cut at {cut}: {sample:?}");
            }
            for at in 0..sample.len() {
                for byte in 0..=255 {
                    let mut damaged = sample.clone();
                    damaged[at] = byte;
                    if let Ok(found) = elements(walk, &damaged) {
                        assert!(found.len() <= sample.len());
                        let bytes = found.iter().map(|element| match element {
                            Item::Bytes(n) => *n,
                            Item::Integer(_) => 0,
                        });
                        assert!(bytes.sum::<u64>() <= num::count(sample.len()));
                    }
                }
            }
        }
    }
}
