//! Snapshots as Redis and Valkey write them: what a dump file says of each key, read in one pass.
//!
//! A [`Reader`] yields one [`Entry`] per key: its type, encoding, number and lengths of elements,
//! expiry and use. Values are measured and passed over, never kept. The memory it takes does not
//! depend on the file: lengths in the file are claims, believed only as far as bytes follow.
//!
//! Formats, checked against the engines' sources (src/rdb.h, src/rdb.c, src/listpack.c,
//! src/ziplist.c, src/zipmap.c, src/intset.c of Redis 7.4 and Valkey 8.0, src/rdb.h of Valkey
//! 9.1): RDB 6 to 12 under the name `REDIS`, which is Redis up to 8.0 and Valkey up to 8.1, and 80
//! under the name `VALKEY`, which is Valkey 9. This module opens no file.

mod about;
mod crc64;
mod elements;
mod entry;
mod error;
mod lzf;
mod packed;
mod reader;
mod source;
mod stream;
mod strings;
mod value;

pub use about::About;
pub use elements::{Element, Elements, Lengths, Text};
pub use entry::{Encoding, Entry, FieldExpiries, ValueType};
pub use error::{Fault, RdbError};
pub use reader::Reader;
pub use source::MOST_HELD;

#[cfg(test)]
mod tests;
