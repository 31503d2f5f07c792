//! A snapshot from its first byte to its last.

use std::io::Read;

use crate::units::Bytes;

use super::source::Source;
use super::stream::{lengths, module};
use super::value::{Scratch, value};
use super::{About, Entry, Fault, RdbError, ValueType};

/// Reads a snapshot, one key at a time.
///
/// Memory stays bounded whatever the file says: a chunk of the file, one key and one packed
/// collection of at most [`MOST_HELD`](super::MOST_HELD) bytes are held.
#[derive(Debug)]
pub struct Reader<R> {
    source: Source<R>,
    about: About,
    entry: Entry,
    scratch: Scratch,
    has_ended: bool,
}

/// What stands where the type of a key's value could stand. Source: src/rdb.h of Redis 7.4 and
/// Valkey 9.1.
mod mark {
    pub(super) const SLOT_IMPORT: u8 = 243;
    pub(super) const SLOT_INFO: u8 = 244;
    pub(super) const FUNCTION: u8 = 245;
    pub(super) const FUNCTION_PRE_GA: u8 = 246;
    pub(super) const MODULE_AUX: u8 = 247;
    pub(super) const IDLE: u8 = 248;
    pub(super) const FREQUENCY: u8 = 249;
    pub(super) const AUX: u8 = 250;
    pub(super) const RESIZE: u8 = 251;
    pub(super) const EXPIRY_MS: u8 = 252;
    pub(super) const EXPIRY_S: u8 = 253;
    pub(super) const DATABASE: u8 = 254;
    pub(super) const END: u8 = 255;
}

impl<R: Read> Reader<R> {
    /// Begins with the file's head.
    ///
    /// # Errors
    /// When it is no snapshot, or of a version that is not known.
    pub fn new(from: R) -> Result<Self, RdbError> {
        let mut source = Source::new(from);
        let head: [u8; 9] = source.array().map_err(|error| match error.fault {
            Fault::Ended { .. } => RdbError { offset: 0, keys: 0, fault: Fault::NotRdb },
            _ => error,
        })?;
        let (name, digits) = match &head {
            [b'R', b'E', b'D', b'I', b'S', digits @ ..] => ("REDIS", &digits[..]),
            [b'V', b'A', b'L', b'K', b'E', b'Y', digits @ ..] => ("VALKEY", &digits[..]),
            _ => ("", &head[..0]),
        };
        let number = digits.iter().try_fold(0, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
        });
        let Some(version) = number.filter(|_| !digits.is_empty()) else {
            return Err(source.error_at(0, Fault::NotRdb));
        };
        let is_valkey_format = name == "VALKEY";
        let is_known = if is_valkey_format { version == 80 } else { (6..=12).contains(&version) };
        if !is_known {
            return Err(source.error_at(0, Fault::Version { name, version }));
        }
        let about = About { version, is_valkey_format, ..About::default() };
        let (entry, scratch) = (Entry::new(), Scratch::default());
        Ok(Self { source, about, entry, scratch, has_ended: false })
    }

    /// What the file says of itself; complete once the last key was read.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// Bytes of the file that were read.
    pub fn offset(&self) -> u64 {
        self.source.offset()
    }

    /// The key that was read last.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Goes on to the next key; `false` after the last, when the checksum was found right. Collections
    /// without elements, which a fault of old engines left in files, are passed over as engines do.
    ///
    /// # Errors
    /// Where the file is cut off, damaged or of an unknown form. It cannot be read on after that.
    pub fn advance(&mut self) -> Result<bool, RdbError> {
        self.entry.clear();
        while !self.has_ended {
            let offset = self.source.offset();
            let code = self.source.byte()?;
            if self.take_mark(code, offset)? {
                continue;
            }
            let spare = &mut self.scratch.packed;
            self.source.string("a key", &mut self.entry.key, spare)?;
            let (entry, scratch) = (&mut self.entry, &mut self.scratch);
            value(&mut self.source, (code, offset), &self.about, entry, scratch)?;
            self.source.keys += 1;
            if self.entry.elements.count() == 0
                && matches!(self.entry.value_type, ValueType::Collection(_))
            {
                self.entry.clear();
                continue;
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// Takes in what is no key; `false` when `code` is the type of a value.
    fn take_mark(&mut self, code: u8, offset: u64) -> Result<bool, RdbError> {
        let (source, entry, about) = (&mut self.source, &mut self.entry, &mut self.about);
        match code {
            mark::END => self.end()?,
            mark::EXPIRY_MS => {
                // Negative times exist: they are long gone.
                let at_ms = i64::from_le_bytes(source.array()?);
                entry.expires_at_ms = Some(u64::try_from(at_ms).unwrap_or(0));
            }
            mark::EXPIRY_S => {
                let at_s = i64::from(i32::from_le_bytes(source.array()?));
                entry.expires_at_ms = Some(u64::try_from(at_s * 1000).unwrap_or(0));
            }
            mark::IDLE => entry.idle_seconds = Some(source.length()?),
            mark::FREQUENCY => entry.frequency = Some(source.byte()?),
            mark::DATABASE => entry.database = source.length()?,
            mark::RESIZE => {
                about.announced_keys = about.announced_keys.saturating_add(source.length()?);
                source.length()?;
            }
            mark::AUX => {
                source.string("a mark's name", &mut entry.key, &mut self.scratch.packed)?;
                let name = std::mem::take(&mut entry.key);
                source.string("a mark's value", &mut entry.key, &mut self.scratch.packed)?;
                about.take(&name, &entry.key);
            }
            mark::SLOT_INFO => lengths(source, 3)?,
            mark::SLOT_IMPORT if about.is_valkey_format => {
                source.string_length()?;
                for _ in 0..source.length()? {
                    lengths(source, 2)?;
                }
            }
            mark::FUNCTION => {
                about.n_functions += 1;
                about.function_bytes += Bytes::new(source.string_length()?);
            }
            mark::FUNCTION_PRE_GA => {
                return Err(source.error_at(offset, Fault::PreRelease { what: "functions" }));
            }
            mark::MODULE_AUX => {
                // Which module, and when it wants to load this: a mark and a number.
                lengths(source, 3)?;
                module(source)?;
            }
            0..=242 => return Ok(false),
            _ => return Err(source.error_at(offset, Fault::UnknownType { code })),
        }
        Ok(true)
    }

    /// Compares the checksum, after which nothing follows unless commands of an append-only file do.
    fn end(&mut self) -> Result<(), RdbError> {
        let expected = self.source.sum();
        let offset = self.source.offset();
        let found = u64::from_le_bytes(self.source.array()?);
        // Servers that are told to write no checksum write 0.
        self.about.is_checked = found != 0;
        if self.about.is_checked && found != expected {
            return Err(self.source.error_at(offset, Fault::Checksum { expected, found }));
        }
        if !self.about.begins_aof && !self.source.has_ended()? {
            return Err(self.source.error_at(self.source.offset(), Fault::GoesOn));
        }
        self.has_ended = true;
        Ok(())
    }
}
