//! What a snapshot says of itself.

use crate::engine::Product;
use crate::units::Bytes;

/// The marks of a snapshot that belong to no key. What the file does not tell is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// The version of the format.
    pub version: u32,
    /// Whether the format is Valkey's own, which it is from Valkey 9 on.
    pub is_valkey_format: bool,
    /// Who wrote it by its own account; Valkey may say Redis where it keeps compatible with it.
    pub product: Option<Product>,
    /// The version of the engine that wrote it, as in `7.0.15`.
    pub engine_version: Option<String>,
    /// When it was begun, in seconds since 1970.
    pub created_s: Option<u64>,
    /// `used_memory` of the server at that time.
    pub used_memory: Option<Bytes>,
    /// Libraries of functions.
    pub n_functions: u64,
    /// Their text, together.
    pub function_bytes: Bytes,
    /// Keys that the databases say they hold, which is meant for sizing tables.
    pub announced_keys: u64,
    /// Whether it begins an append-only file: commands follow it, which are not read.
    pub begins_aof: bool,
    /// Whether its bytes were compared with a checksum; servers can be told to write none.
    pub is_checked: bool,
}

impl About {
    /// Takes in one mark of the head; what is unknown is passed over, as engines do.
    pub(super) fn take(&mut self, name: &[u8], value: &[u8]) {
        let text = str::from_utf8(value).unwrap_or_default();
        match name {
            b"redis-ver" | b"valkey-ver" => {
                let is_valkey = name == b"valkey-ver";
                self.product = Some(if is_valkey { Product::Valkey } else { Product::Redis });
                let is_version = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
                if is_version && (1..=32).contains(&text.len()) {
                    self.engine_version = Some(text.to_owned());
                }
            }
            b"ctime" => self.created_s = text.parse().ok(),
            b"used-mem" => self.used_memory = text.parse().ok().map(Bytes::new),
            b"aof-preamble" | b"aof-base" => self.begins_aof |= text == "1",
            _ => {}
        }
    }
}
