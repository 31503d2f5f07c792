//! What one string key costs, tables apart.

use super::blocks::block;
use super::class::{Shape, ValueShape};
use super::footprint::Layout;
use super::law::EntryLaw;
use super::parts::Parts;
use crate::engine::Allocator;
use crate::units::Bytes;

/// A table entry of a dict: key, value and next pointer (`src/dict.h:47`, R 7.0.15).
pub(super) const DICT_ENTRY: u64 = 24;
/// A table entry that holds its key, before the key: value, next, offset of the characters.
pub(super) const EMBEDDING_ENTRY: u64 = 17;
/// A value object: type, encoding, clock and references in 8 bytes, then the pointer.
pub(super) const OBJECT: u64 = 16;
const POINTER: u64 = 8;
/// The expiry inside an object that holds its key.
const EXPIRY: u64 = 8;
/// The byte before an embedded key that tells the length of its header.
const HEADER_LENGTH: u64 = 1;
pub(super) const TERMINATOR: u64 = 1;
/// The header that embedded values get, whatever their length.
pub(super) const EMBEDDED_HEADER: u64 = 3;
/// Longest string kept in one block with its object; network arguments are such strings too.
pub(super) const EMBEDDED_MAX: u64 = 44;
/// From this length of key on, an object that holds it but not the value reserves the expiry.
const RESERVES_EXPIRY_FROM: u64 = 128;

/// Bytes of one key of this shape, without its share of the tables. Source: MODEL.md §1.3.
pub(super) fn parts(shape: Shape, ttl: bool, law: EntryLaw, layout: &Layout) -> Parts {
    let Shape { key_len, value, count: _ } = shape;
    let key = u64::from(key_len);
    let allocator = layout.allocator;
    match law {
        EntryLaw::Separate => {
            let header = sds_header(key, law);
            Request::entry(DICT_ENTRY).taken(allocator)
                + Request { key, ..Request::entry(header + TERMINATOR) }.taken(allocator)
                + value_object(value, law, layout)
                + expiry_entry(ttl, allocator)
        }
        EntryLaw::KeyInEntry => {
            let around = EMBEDDING_ENTRY + argument_header(key, law, allocator) + TERMINATOR;
            Request { key, ..Request::entry(around) }.taken(allocator)
                + value_object(value, law, layout)
                + expiry_entry(ttl, allocator)
        }
        EntryLaw::KeyInObject64 | EntryLaw::KeyInObject128 => {
            let KeyObject { block, outside } = key_object(key, value, ttl, law, allocator);
            let value = outside.map_or_else(Parts::default, |value| value.taken(allocator));
            block.taken(allocator) + value
        }
    }
}

/// The value object of engines that keep it apart from the key.
fn value_object(value: ValueShape, law: EntryLaw, layout: &Layout) -> Parts {
    let allocator = layout.allocator;
    match value {
        ValueShape::Integer { small: true } if layout.shares_integers => Parts::default(),
        ValueShape::Integer { .. } | ValueShape::Collection(_) => {
            Request::entry(OBJECT).taken(allocator)
        }
        ValueShape::Raw(len) if u64::from(len) <= EMBEDDED_MAX => {
            let around = OBJECT + EMBEDDED_HEADER + TERMINATOR;
            Request { value: u64::from(len), ..Request::entry(around) }.taken(allocator)
        }
        ValueShape::Raw(len) => {
            Request::entry(OBJECT).taken(allocator) + string(len, law).taken(allocator)
        }
    }
}

/// The entry in the table of expiries; it shares the key.
fn expiry_entry(ttl: bool, allocator: Allocator) -> Parts {
    if ttl {
        Request { expiry: DICT_ENTRY, ..Request::default() }.taken(allocator)
    } else {
        Parts::default()
    }
}

/// The object that holds the key, and the value where it is not inside.
///
/// A write makes the object without expiry first. The expiry then moves in where the block has
/// room for it; only otherwise is the object made anew, and embedding the value decided again.
pub(super) fn key_object(
    key: u64,
    value: ValueShape,
    ttl: bool,
    law: EntryLaw,
    allocator: Allocator,
) -> KeyObject {
    let fresh = KeyObject::new(key, value, 0, law);
    match () {
        () if !ttl => fresh,
        () if fresh.block.slack(allocator) >= EXPIRY => fresh.with_expiry(),
        () => KeyObject::new(key, value, EXPIRY, law),
    }
}

/// An object with its key, and the value when that has a block of its own.
pub(super) struct KeyObject {
    pub(super) block: Request,
    pub(super) outside: Option<Request>,
}

impl KeyObject {
    fn new(key: u64, value: ValueShape, expiry: u64, law: EntryLaw) -> Self {
        let name = HEADER_LENGTH + sds_header(key, law) + TERMINATOR;
        if let ValueShape::Raw(len) = value
            && let Some(around) = around_embedded(key, u64::from(len), expiry, law)
        {
            let entry = around + name;
            let block = Request { key, value: u64::from(len), entry, expiry };
            return Self { block, outside: None };
        }
        let reserved = if key >= RESERVES_EXPIRY_FROM { EXPIRY - expiry } else { 0 };
        let block = Request { key, value: 0, entry: OBJECT + name + reserved, expiry };
        let outside = match value {
            ValueShape::Raw(len) => Some(string(len, law)),
            ValueShape::Integer { .. } | ValueShape::Collection(_) => None,
        };
        Self { block, outside }
    }

    /// Puts the expiry into free room of the block.
    fn with_expiry(self) -> Self {
        Self { block: Request { expiry: EXPIRY, ..self.block }, ..self }
    }
}

/// What a block needs besides key, value and expiry to embed the value; `None` when it is not
/// embedded.
fn around_embedded(key: u64, value: u64, expiry: u64, law: EntryLaw) -> Option<u64> {
    let string = EMBEDDED_HEADER + value + TERMINATOR;
    if law == EntryLaw::KeyInObject128 {
        // The value takes the place of its pointer, and leaves room to bring the pointer back.
        let name = HEADER_LENGTH + sds_header(key, law) + key + TERMINATOR;
        let object = OBJECT - POINTER;
        (object + expiry + name + string <= 128).then(|| object + string.max(POINTER) - value)
    } else {
        // The engine's test takes every key for one with a header of a single byte.
        let name = HEADER_LENGTH + 1 + key + TERMINATOR;
        (OBJECT + expiry + name + string <= 64).then(|| OBJECT + string - value)
    }
}

/// A value string in a block of its own.
fn string(len: u32, law: EntryLaw) -> Request {
    let value = u64::from(len);
    Request { value, ..Request::entry(sds_header(value, law) + TERMINATOR) }
}

/// Length of a string's header: flags, and twice the length in as few bytes as hold it.
pub(super) fn sds_header(len: u64, law: EntryLaw) -> u64 {
    // Valkey 8.0 chooses so that the whole block, not only the string, fits the header's fields.
    let [short, medium] = match law {
        EntryLaw::Separate => [255, 65_535],
        EntryLaw::KeyInEntry | EntryLaw::KeyInObject64 | EntryLaw::KeyInObject128 => [252, 65_530],
    };
    match len {
        0..32 => 1,
        _ if len <= short => 3,
        _ if len <= medium => 5,
        _ => 9,
    }
}

/// Length of the header that a key has as an argument of its command: never the shortest, and the
/// next one when the allocator hands out more room than the header can count.
pub(super) fn argument_header(key: u64, law: EntryLaw, allocator: Allocator) -> u64 {
    if key <= EMBEDDED_MAX {
        return EMBEDDED_HEADER;
    }
    let header = sds_header(key, law);
    let room = block(allocator, header + key + TERMINATOR) - header - TERMINATOR;
    match header {
        3 if room > 255 => 5,
        5 if room > 65_535 => 9,
        _ => header,
    }
}

/// One request to the allocator, by purpose.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Request {
    pub(super) key: u64,
    pub(super) value: u64,
    pub(super) entry: u64,
    pub(super) expiry: u64,
}

impl Request {
    pub(super) fn entry(entry: u64) -> Self {
        Self { entry, ..Self::default() }
    }

    pub(super) fn size(self) -> u64 {
        self.key + self.value + self.entry + self.expiry
    }

    fn slack(self, allocator: Allocator) -> u64 {
        block(allocator, self.size()) - self.size()
    }

    pub(super) fn taken(self, allocator: Allocator) -> Parts {
        Parts {
            key: Bytes::new(self.key),
            value: Bytes::new(self.value),
            entry: Bytes::new(self.entry),
            expiry: Bytes::new(self.expiry),
            waste: Bytes::new(self.slack(allocator)),
        }
    }
}
