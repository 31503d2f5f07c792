//! What can be wrong with a snapshot, and where.

use crate::units::Bytes;

use super::MOST_HELD;

/// A snapshot that cannot be read on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}, after {keys} whole keys: {fault}")]
pub struct RdbError {
    /// Where in the file, from 0.
    pub offset: u64,
    /// Keys that were read before.
    pub keys: u64,
    /// What is there.
    pub fault: Fault,
}

/// What is wrong at one place of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It does not begin as snapshots do.
    #[error("this is no RDB file: it begins neither with REDIS nor with VALKEY and a number")]
    NotRdb,
    /// A version whose format this program does not know.
    #[error("RDB version {name}{version} is not read: REDIS 6 to 12 and VALKEY 80 are")]
    Version {
        /// The word before the number.
        name: &'static str,
        /// The number.
        version: u32,
    },
    /// The file is cut off.
    #[error("the file ends within {claimed} bytes that it says begin here")]
    Ended {
        /// How many there should be.
        claimed: u64,
    },
    /// The file system's error.
    #[error("{cause}")]
    Unreadable {
        /// Its words.
        cause: String,
    },
    /// More than is held in memory.
    #[error(
        "{what} of {claimed} bytes; {} are the most that is read, which no engine reaches with \
         sensible settings",
        Bytes::new(MOST_HELD)
    )]
    TooLong {
        /// A key, a packed collection.
        what: &'static str,
        /// Its length in the file.
        claimed: u64,
    },
    /// No type of value of this version.
    #[error("0x{code:02x} is neither a type of value nor a mark of this version of the format")]
    UnknownType {
        /// The byte.
        code: u8,
    },
    /// Written by a release candidate, in a format that was given up.
    #[error("{what} of a pre-release is not read")]
    PreRelease {
        /// What.
        what: &'static str,
    },
    /// A form of a number or of a string that does not exist.
    #[error("0x{byte:02x} begins no {what}")]
    Form {
        /// What should begin.
        what: &'static str,
        /// What is there.
        byte: u8,
    },
    /// A packed collection whose content contradicts its head, or itself.
    #[error("a broken {packed}: {why}")]
    Packed {
        /// Which kind.
        packed: &'static str,
        /// What does not fit.
        why: &'static str,
    },
    /// Compressed bytes that do not come to what they should.
    #[error("a string of {length} bytes cannot come of {packed} compressed ones")]
    Compressed {
        /// What the file says.
        length: u64,
        /// What it has for it.
        packed: u64,
    },
    /// The sum at the end is another one.
    #[error(
        "the checksum is {found:016x} and should be {expected:016x}: the file was damaged on its way"
    )]
    Checksum {
        /// Of what was read.
        expected: u64,
        /// In the file.
        found: u64,
    },
    /// Something follows the end.
    #[error("the file goes on after its end")]
    GoesOn,
}
