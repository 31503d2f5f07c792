//! Values by their type in the file. Source of every layout: `rdbLoadObject`, src/rdb.c of Redis
//! 7.4, and for hashes with expiring fields in Valkey's own format, valkey pull request 2089.

use std::io::Read;

use crate::engine::{CollectionKind, is_integer};
use crate::units::num;

use super::packed::{self, Broken, Item};
use super::source::Source;
use super::stream::{StreamForm, module, stream};
use super::strings::encoding;
use super::{About, Element, Encoding, Entry, Fault, RdbError, Text, ValueType};

/// Room for what has to be looked into.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    bytes: Vec<u8>,
    pub(super) packed: Vec<u8>,
}

/// Where the expiry of a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FieldExpiry {
    /// Nowhere.
    None,
    /// Before the field, 0 for none: more than this by one.
    Before { least_ms: u64 },
    /// After the value, in 8 bytes; -1 for none.
    After,
}

/// What stands between the elements of a packed collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Members alone.
    Members,
    /// Values alone.
    Values,
    /// A member and its score.
    Scored,
    /// A field and its value.
    Pairs,
    /// A field, its value, and when it expires; 0 for never.
    Expiring,
}

/// A walker through one kind of packed collection.
type Walk = fn(&[u8], &mut dyn FnMut(Item)) -> Result<(), Broken>;

const LISTPACK: (&str, Walk) = ("listpack", |bytes, each| packed::listpack(bytes, each));
const ZIPLIST: (&str, Walk) = ("ziplist", |bytes, each| packed::ziplist(bytes, each));
const ZIPMAP: (&str, Walk) = ("zipmap", |bytes, each| packed::zipmap(bytes, each));
const INTSET: (&str, Walk) = ("intset", |bytes, each| packed::intset(bytes, each));

/// Reads the value of type `code`, whose type byte stands at `offset`, into `entry`.
pub(super) fn value<R: Read>(
    source: &mut Source<R>,
    (code, offset): (u8, u64),
    about: &About,
    entry: &mut Entry,
    scratch: &mut Scratch,
) -> Result<(), RdbError> {
    use CollectionKind::{Hash, List, Set, SortedSet};
    let (value_type, encoding) = match code {
        0 => {
            let text = source.text()?;
            entry.bytes = Some(text.len);
            (ValueType::String, encoding(text))
        }
        1 => {
            for _ in 0..source.length()? {
                let value = Some(source.text()?);
                entry.elements.add(Element { value, ..Element::default() });
            }
            (ValueType::Collection(List), Encoding::Quicklist)
        }
        2 => {
            for _ in 0..source.length()? {
                let member = Some(source.text()?);
                entry.elements.add(Element { member, ..Element::default() });
            }
            (ValueType::Collection(Set), Encoding::Hashtable)
        }
        3 | 5 => {
            scored(source, code == 5, entry)?;
            (ValueType::Collection(SortedSet), Encoding::Skiplist)
        }
        4 | 22 | 24 => {
            let expiry = match code {
                4 => FieldExpiry::None,
                22 if about.is_valkey_format => FieldExpiry::After,
                22 => FieldExpiry::Before { least_ms: 1 },
                _ => FieldExpiry::Before { least_ms: u64::from_le_bytes(source.array()?) },
            };
            fields(source, expiry, entry)?;
            (ValueType::Collection(Hash), Encoding::Hashtable)
        }
        6 => {
            let fault = Fault::PreRelease { what: "a module's value in the format" };
            return Err(source.error_at(offset, fault));
        }
        7 => {
            source.length()?;
            module(source)?;
            (ValueType::Module, Encoding::Module)
        }
        15 | 19 | 21 => {
            let form = match code {
                15 => StreamForm::First,
                19 => StreamForm::Second,
                _ => StreamForm::Third,
            };
            stream(source, form, entry)?;
            (ValueType::Stream, Encoding::Stream)
        }
        14 | 18 => {
            let encoding = quicklist(source, code == 18, about, entry, scratch)?;
            (ValueType::Collection(List), encoding)
        }
        _ => {
            let Some((kind, encoding, walk, turn)) = packed_form(code, about) else {
                return Err(source.error_at(offset, Fault::UnknownType { code }));
            };
            if code == 25 {
                // The first expiry again, for loaders that do not look inside.
                source.skip(8)?;
            }
            one_pack(source, walk, turn, entry, scratch)?;
            (ValueType::Collection(kind), encoding)
        }
    };
    (entry.value_type, entry.encoding) = (value_type, encoding);
    Ok(())
}

/// The collections that are one string.
fn packed_form(
    code: u8,
    about: &About,
) -> Option<(CollectionKind, Encoding, (&'static str, Walk), Turn)> {
    use CollectionKind::{Hash, List, Set, SortedSet};
    Some(match code {
        9 => (Hash, Encoding::Zipmap, ZIPMAP, Turn::Pairs),
        10 => (List, Encoding::Quicklist, ZIPLIST, Turn::Values),
        11 => (Set, Encoding::Intset, INTSET, Turn::Members),
        12 => (SortedSet, Encoding::Ziplist, ZIPLIST, Turn::Scored),
        13 => (Hash, Encoding::Ziplist, ZIPLIST, Turn::Pairs),
        16 => (Hash, Encoding::Listpack, LISTPACK, Turn::Pairs),
        17 => (SortedSet, Encoding::Listpack, LISTPACK, Turn::Scored),
        20 => (Set, Encoding::Listpack, LISTPACK, Turn::Members),
        23 | 25 if !about.is_valkey_format => {
            (Hash, Encoding::Listpackex, LISTPACK, Turn::Expiring)
        }
        _ => return None,
    })
}

/// Reads members with scores, which are eight bytes or, in the older form, text.
fn scored<R: Read>(
    source: &mut Source<R>,
    is_binary: bool,
    entry: &mut Entry,
) -> Result<(), RdbError> {
    for _ in 0..source.length()? {
        let member = Some(source.text()?);
        let score = if is_binary {
            score_text(f64::from_le_bytes(source.array()?))
        } else {
            // 253 to 255 are what is no number, and the two infinities.
            let len = source.byte()?;
            let mut room = [0; 252];
            let text = room.get_mut(..usize::from(len)).unwrap_or_default();
            source.fill_in(text)?;
            Text { len: num::count(text.len()), is_integer: is_integer(text) }
        };
        entry.elements.add(Element { member, score: Some(score), ..Element::default() });
    }
    Ok(())
}

/// What matters of a score's text; whole numbers print as integers.
fn score_text(score: f64) -> Text {
    /// Whole numbers up to this print as integers. Source: `double2ll`, src/util.c of Redis 7.4.
    const MOST: f64 = 4_611_686_018_427_387_904.0;
    let is_integer = score.fract() == 0.0 && score.abs() < MOST;
    let len = if is_integer {
        let digits = num::round(score.abs()).checked_ilog10().unwrap_or(0) + 1;
        u64::from(digits) + u64::from(score < 0.0)
    } else {
        num::count(score.to_string().len())
    };
    Text { len, is_integer }
}

/// Reads fields with values, and when they expire.
fn fields<R: Read>(
    source: &mut Source<R>,
    expiry: FieldExpiry,
    entry: &mut Entry,
) -> Result<(), RdbError> {
    for _ in 0..source.length()? {
        if let FieldExpiry::Before { least_ms } = expiry {
            let later = source.length()?;
            if later > 0 {
                entry.add_field_expiry(least_ms.saturating_add(later - 1));
            }
        }
        let (member, value) = (Some(source.text()?), Some(source.text()?));
        entry.elements.add(Element { member, value, score: None });
        if expiry == FieldExpiry::After
            && let Ok(at_ms) = u64::try_from(i64::from_le_bytes(source.array()?))
        {
            entry.add_field_expiry(at_ms);
        }
    }
    Ok(())
}

/// Reads a list of packs, and of long elements that stand alone where `has_containers`.
///
/// From RDB 11 on, engines call a list that is a single pack a listpack.
fn quicklist<R: Read>(
    source: &mut Source<R>,
    has_containers: bool,
    about: &About,
    entry: &mut Entry,
    scratch: &mut Scratch,
) -> Result<Encoding, RdbError> {
    const ALONE: u64 = 1;
    const PACKED: u64 = 2;
    let n_nodes = source.length()?;
    let mut is_listpack = n_nodes == 1 && has_containers && about.version >= 11;
    for _ in 0..n_nodes {
        let offset = source.offset();
        match if has_containers { source.length()? } else { PACKED } {
            ALONE => {
                is_listpack = false;
                let value = Some(source.text()?);
                entry.elements.add(Element { value, ..Element::default() });
            }
            PACKED => {
                let walk = if has_containers { LISTPACK } else { ZIPLIST };
                one_pack(source, walk, Turn::Values, entry, scratch)?;
            }
            _ => {
                let why = "a node is neither packed nor a single element";
                return Err(source.error_at(offset, Fault::Packed { packed: "quicklist", why }));
            }
        }
    }
    Ok(if is_listpack { Encoding::Listpack } else { Encoding::Quicklist })
}

/// Reads one packed collection.
fn one_pack<R: Read>(
    source: &mut Source<R>,
    (packed, walk): (&'static str, Walk),
    turn: Turn,
    entry: &mut Entry,
    scratch: &mut Scratch,
) -> Result<(), RdbError> {
    let offset = source.offset();
    source.string("a packed collection", &mut scratch.bytes, &mut scratch.packed)?;
    let mut element = Element::default();
    let mut nth = 0_u8;
    let last = match turn {
        Turn::Members | Turn::Values => 0,
        Turn::Scored | Turn::Pairs => 1,
        Turn::Expiring => 2,
    };
    let walked = walk(&scratch.bytes, &mut |item| {
        match (turn, nth) {
            (Turn::Values, _) | (Turn::Pairs | Turn::Expiring, 1) => {
                element.value = Some(item.text());
            }
            (Turn::Scored, 1) => element.score = Some(item.text()),
            (Turn::Expiring, 2) => {
                if let Item::Integer(at_ms @ 1..) = item {
                    entry.add_field_expiry(at_ms.unsigned_abs());
                }
            }
            _ => element.member = Some(item.text()),
        }
        if nth == last {
            entry.elements.add(std::mem::take(&mut element));
        }
        nth = if nth == last { 0 } else { nth + 1 };
    });
    let is_whole = if nth == 0 { Ok(()) } else { Err("its last element lacks what belongs to it") };
    let walked = walked.and(is_whole);
    walked.map_err(|why| source.error_at(offset, Fault::Packed { packed, why }))
}
