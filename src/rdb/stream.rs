//! Streams, and values of modules, which are passed over.
//!
//! Source: `rdbLoadObject` and `rdbLoadCheckModuleValue`, src/rdb.c of Redis 7.4.

use std::io::Read;

use super::source::Source;
use super::{Entry, Fault, RdbError};

/// What was added to streams since they exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum StreamForm {
    /// Redis 5.
    First,
    /// Redis 7.0: the first entry, the greatest that was deleted, and counts.
    Second,
    /// Redis 7.2: when a consumer was last active.
    Third,
}

/// Bytes of an entry's identifier.
const ID: u64 = 16;
/// Bytes of a time.
const TIME: u64 = 8;

/// Reads a stream.
pub(super) fn stream<R: Read>(
    source: &mut Source<R>,
    form: StreamForm,
    entry: &mut Entry,
) -> Result<(), RdbError> {
    let mut bytes = 0_u64;
    for _ in 0..source.length()? {
        let offset = source.offset();
        if source.string_length()? != ID {
            let why = "a node's name is no identifier";
            return Err(source.error_at(offset, Fault::Packed { packed: "stream", why }));
        }
        bytes = bytes.saturating_add(source.string_length()?);
    }
    entry.bytes = Some(bytes);
    entry.n_entries = Some(source.length()?);
    // The last identifier; then the first, the greatest deleted one, and how many were ever added.
    lengths(source, if form == StreamForm::First { 2 } else { 7 })?;
    for _ in 0..source.length()? {
        group(source, form)?;
    }
    Ok(())
}

/// Passes a group of consumers over.
fn group<R: Read>(source: &mut Source<R>, form: StreamForm) -> Result<(), RdbError> {
    source.string_length()?;
    lengths(source, if form == StreamForm::First { 2 } else { 3 })?;
    for _ in 0..source.length()? {
        source.skip(ID + TIME)?;
        source.length()?;
    }
    for _ in 0..source.length()? {
        source.string_length()?;
        source.skip(if form == StreamForm::Third { 2 * TIME } else { TIME })?;
        for _ in 0..source.length()? {
            source.skip(ID)?;
        }
    }
    Ok(())
}

/// Passes `n` numbers over.
pub(super) fn lengths<R: Read>(source: &mut Source<R>, n: u32) -> Result<(), RdbError> {
    for _ in 0..n {
        source.length()?;
    }
    Ok(())
}

/// Passes over what a module wrote, up to its end: numbers and strings, each behind a mark of its kind.
pub(super) fn module<R: Read>(source: &mut Source<R>) -> Result<(), RdbError> {
    loop {
        let offset = source.offset();
        match source.length()? {
            0 => return Ok(()),
            1 | 2 => source.length().map(drop)?,
            3 => source.skip(4)?,
            4 => source.skip(8)?,
            5 => source.string_length().map(drop)?,
            other => {
                let byte = u8::try_from(other).unwrap_or(u8::MAX);
                let fault = Fault::Form { what: "value of a module", byte };
                return Err(source.error_at(offset, fault));
            }
        }
    }
}
