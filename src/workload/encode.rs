//! Objects to bytes, as an application's serialiser would write them.

use std::io::Write;

use serde_json::Value;
use serde_json::ser::Formatter;

use crate::spec::Encoding;

use super::pickle::{self, Sharing};

/// The bytes of `object`.
///
/// # Panics
/// For [`Encoding::Raw`], which has no objects; a resolved plan never asks for it.
pub fn encode(object: &Value, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::JsonCompact => serde_json::to_vec(object).expect("JSON values serialise"),
        Encoding::Json => {
            let mut out = Vec::new();
            let mut serializer = serde_json::Serializer::with_formatter(&mut out, PythonDefault);
            serde::Serialize::serialize(object, &mut serializer).expect("JSON values serialise");
            out
        }
        Encoding::Pickle => pickle::dumps(object, Sharing::Keys),
        Encoding::PickleLiteral => pickle::dumps(object, Sharing::Equal),
        Encoding::Raw => panic!("an object has no raw bytes"),
    }
}

/// Python's default separators, `", "` and `": "`.
struct PythonDefault;

impl Formatter for PythonDefault {
    fn begin_array_value<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(b": ")
    }
}
