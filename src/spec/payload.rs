//! Where values come from and how they become bytes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::Bytes;

use super::DataFile;

/// Where values come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payload {
    /// The tutorial's user claims, the same object under every key.
    Claims,
    /// The tutorial's OAuth M2M token, the same object under every key.
    M2mToken,
    /// User claims of the same form, each with contents and addresses of its own.
    ClaimsVaried,
    /// OAuth M2M tokens of the same form, each with an identity, scopes and signature of its own.
    M2mTokenVaried,
    /// Whole numbers of five or six digits, as counters are; goes with [`Encoding::Raw`].
    Counter,
    /// That many opaque bytes; goes with [`Encoding::Raw`].
    Size(u32),
    /// Opaque bytes of many lengths; goes with [`Encoding::Raw`].
    Sizes(SizeLaw),
    /// The records of a file.
    File(DataFile),
}

/// How long opaque values are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SizeLaw {
    /// The logarithm of the length is normally distributed.
    Lognormal {
        /// Half of the values are shorter; above zero.
        median: Bytes,
        /// Standard deviation of the natural logarithm; above zero, at most 2.
        sigma: f64,
        /// Longer values are cut to this; not below the median.
        max: Bytes,
    },
    /// Every length from `min` to `max` as often as any other.
    Uniform {
        /// Shortest.
        min: Bytes,
        /// Longest; not below `min`.
        max: Bytes,
    },
    /// A few lengths; at least one.
    Choices(Vec<Choice>),
}

/// One length of [`SizeLaw::Choices`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The length.
    pub size: Bytes,
    /// How often, relative to the others; above zero, finite.
    pub weight: f64,
}

/// How an object becomes bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Python's `json.dumps` as it comes: `", "` and `": "`, everything beyond ASCII escaped.
    Json,
    /// JSON without white space, text as UTF-8.
    JsonCompact,
    /// Python pickle, protocol 5, strings shared as `json.loads` shares them (keys, not values).
    Pickle,
    /// Python pickle, protocol 5, equal strings shared as constants of one source file are.
    PickleLiteral,
    /// Python pickle, protocol 5, no strings shared, as after reading a database row by row.
    PickleUnshared,
    /// `MessagePack` as `msgpack-python` packs it.
    Msgpack,
    /// Bytes as they are.
    Raw,
}

/// What is done to encoded bytes before they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Compression {
    /// Python's `zlib.compress(data, level)`; level 1–9.
    Zlib(u32),
    /// One Zstandard frame that states its content's length, without checksum; level 1–19.
    Zstd(i32),
}

impl Encoding {
    /// As a workload file spells them.
    pub(crate) const WORDS: [(&'static str, Self); 7] = [
        ("json", Self::Json),
        ("json-compact", Self::JsonCompact),
        ("pickle", Self::Pickle),
        ("pickle-literal", Self::PickleLiteral),
        ("pickle-unshared", Self::PickleUnshared),
        ("msgpack", Self::Msgpack),
        ("raw", Self::Raw),
    ];

    /// Whether Python's pickle makes the bytes.
    pub const fn is_pickle(self) -> bool {
        matches!(self, Self::Pickle | Self::PickleLiteral | Self::PickleUnshared)
    }
}

impl Payload {
    /// Whether it is a length and nothing else.
    pub const fn is_opaque(&self) -> bool {
        matches!(self, Self::Size(_) | Self::Sizes(_))
    }
}

/// As a workload file spells it.
impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, _) = Self::WORDS
            .into_iter()
            .find(|(_, encoding)| encoding == self)
            .expect("every encoding has a word");
        f.write_str(word)
    }
}

/// `zlib level 6`.
impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zlib(level) => write!(f, "zlib level {level}"),
            Self::Zstd(level) => write!(f, "zstd level {level}"),
        }
    }
}
