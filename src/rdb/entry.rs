//! What a snapshot says of one key.

use crate::engine::CollectionKind;

use super::Elements;

/// One key: what and how much is stored under it, not its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which database it is in.
    pub database: u64,
    /// Its name.
    pub key: Vec<u8>,
    /// Its type.
    pub value_type: ValueType,
    /// How the server that wrote the file stored it.
    pub encoding: Encoding,
    /// Length of a string, or of all the nodes in which a stream packs its entries; `None` of others.
    pub bytes: Option<u64>,
    /// Entries of a stream; `None` of others.
    pub n_entries: Option<u64>,
    /// Elements of a collection; none of others.
    pub elements: Elements,
    /// Fields of a hash that expire apart from their key.
    pub field_expiries: Option<FieldExpiries>,
    /// When the key expires, in milliseconds since 1970; `None` for keys that stay.
    pub expires_at_ms: Option<u64>,
    /// Seconds since it was used, where the server evicts by time of use.
    pub idle_seconds: Option<u64>,
    /// The logarithmic counter of its uses, where the server evicts by frequency.
    pub frequency: Option<u8>,
}

/// Fields of a hash that expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldExpiries {
    /// How many.
    pub n_fields: u64,
    /// The first, in milliseconds since 1970.
    pub first_ms: u64,
    /// The last.
    pub last_ms: u64,
}

/// A type of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueType {
    /// Bytes.
    String,
    /// A hash, set, sorted set or list.
    Collection(CollectionKind),
    /// A stream.
    Stream,
    /// Something that a module defines.
    Module,
}

/// How an engine stores a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoding {
    /// A number.
    Int,
    /// A short string in one piece with its object.
    Embstr,
    /// A string.
    Raw,
    /// Numbers side by side.
    Intset,
    /// Elements side by side, from Redis 7.0 on.
    Listpack,
    /// The same with lifetimes of fields.
    Listpackex,
    /// Elements side by side, up to Redis 6.2.
    Ziplist,
    /// Fields side by side, up to Redis 2.4.
    Zipmap,
    /// A table.
    Hashtable,
    /// A table beside a list in order.
    Skiplist,
    /// A list of packs.
    Quicklist,
    /// A tree of packs.
    Stream,
    /// Whatever the module does.
    Module,
}

impl ValueType {
    /// As the engines' TYPE command answers; `module` for all that modules define.
    pub const fn answer(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Collection(kind) => kind.answer(),
            Self::Stream => "stream",
            Self::Module => "module",
        }
    }
}

impl Encoding {
    /// As OBJECT ENCODING answers.
    pub const fn answer(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Embstr => "embstr",
            Self::Raw => "raw",
            Self::Intset => "intset",
            Self::Listpack => "listpack",
            Self::Listpackex => "listpackex",
            Self::Ziplist => "ziplist",
            Self::Zipmap => "zipmap",
            Self::Hashtable => "hashtable",
            Self::Skiplist => "skiplist",
            Self::Quicklist => "quicklist",
            Self::Stream => "stream",
            Self::Module => "module",
        }
    }
}

impl Entry {
    pub(super) fn new() -> Self {
        Self {
            database: 0,
            key: Vec::new(),
            value_type: ValueType::String,
            encoding: Encoding::Raw,
            bytes: None,
            n_entries: None,
            elements: Elements::default(),
            field_expiries: None,
            expires_at_ms: None,
            idle_seconds: None,
            frequency: None,
        }
    }

    /// Forgets what is known of a key; the database stays.
    pub(super) fn clear(&mut self) {
        self.elements.clear();
        self.bytes = None;
        self.n_entries = None;
        self.field_expiries = None;
        self.expires_at_ms = None;
        self.idle_seconds = None;
        self.frequency = None;
    }

    /// Notes when a field expires.
    pub(super) fn add_field_expiry(&mut self, at_ms: u64) {
        let known = self.field_expiries.get_or_insert(FieldExpiries {
            n_fields: 0,
            first_ms: at_ms,
            last_ms: at_ms,
        });
        known.n_fields += 1;
        known.first_ms = known.first_ms.min(at_ms);
        known.last_ms = known.last_ms.max(at_ms);
    }
}
