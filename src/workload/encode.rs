//! Objects to bytes, as an application's serialiser would write them.

use std::io::Write as _;

use serde_json::Value;

use crate::spec::{Class, Compression, Encoding};

use super::json;
use super::pickle::{self, Sharing};

/// The bytes of `object`.
///
/// # Panics
/// For [`Encoding::Raw`], which has no objects; a resolved plan never asks for it.
pub fn encode(object: &Value, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Json => json::dumps(object, json::Style::Default),
        Encoding::JsonCompact => json::dumps(object, json::Style::Compact),
        Encoding::Pickle => pickle::dumps(object, Sharing::Keys),
        Encoding::PickleLiteral => pickle::dumps(object, Sharing::Equal),
        Encoding::PickleUnshared => pickle::dumps(object, Sharing::Nothing),
        Encoding::Msgpack => rmp_serde::to_vec(object).expect("JSON values have MessagePack forms"),
        Encoding::Raw => panic!("an object has no raw bytes"),
    }
}

/// `bytes` made smaller; the same bytes for the same input, whatever the machine.
pub fn compress(bytes: &[u8], compression: Compression) -> Vec<u8> {
    match compression {
        Compression::Zlib(level) => {
            let level = flate2::Compression::new(level);
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
            let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
            written.expect("memory can always be written to")
        }
        Compression::Zstd(level) => {
            zstd::bulk::compress(bytes, level).expect("memory can always be written to")
        }
    }
}

/// What `class` stores for `object`.
pub(super) fn stored(object: &Value, class: &Class) -> Vec<u8> {
    match object {
        // Django hands plain integers to the client, which sends their decimal text; booleans are
        // pickled (RedisSerializer.dumps in django/core/cache/backends/redis.py).
        Value::Number(number) if class.integers_as_text && !number.is_f64() => {
            number.to_string().into_bytes()
        }
        _ => stored_bytes(encode(object, class.encoding), class),
    }
}

/// What `class` stores for bytes that are encoded already.
pub(super) fn stored_bytes(bytes: Vec<u8>, class: &Class) -> Vec<u8> {
    match class.compression {
        Some(compression) => compress(&bytes, compression),
        None => bytes,
    }
}

#[cfg(test)]
mod tests;
