//! Digests of artifacts, to notice inputs that changed.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// SHA-256 of a text or of bytes, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of `text`.
    pub fn of(text: &str) -> Self {
        Self::of_bytes([text])
    }

    /// The digest of bytes in several pieces, as if they stood one after the other.
    pub fn of_bytes<B: AsRef<[u8]>>(pieces: impl IntoIterator<Item = B>) -> Self {
        let mut hasher = Sha256::new();
        pieces.into_iter().for_each(|piece| hasher.update(piece));
        let mut hex = String::new();
        for byte in hasher.finalize() {
            write!(hex, "{byte:02x}").expect("text can always grow");
        }
        Self(hex)
    }

    /// The first 12 digits, enough to tell runs apart.
    pub fn short(&self) -> &str {
        &self.0[..self.0.len().min(12)]
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
