//! Bytes of a file in order: where they stand, and their sum.

use std::io::{ErrorKind, Read};

use crate::units::num;

use super::crc64::Crc64;
use super::{Fault, RdbError};

/// The most bytes of one key or of one packed collection that are held. Engines pack up to 64 KiB
/// as they are set by default, and 1 GiB whatever they are told (`LISTPACK_MAX_SAFETY_SIZE`).
pub const MOST_HELD: u64 = 64 << 20;

/// Bytes that are asked of the file at a time.
const CHUNK: usize = 256 << 10;

/// A file that is read from its beginning to its end.
#[derive(Debug)]
pub(super) struct Source<R> {
    from: R,
    buffer: Box<[u8]>,
    /// What of the buffer is read on next, and where it ends.
    at: usize,
    end: usize,
    /// What of the buffer is in the sum.
    summed: usize,
    /// Bytes of the file before the buffer.
    before: u64,
    crc: Crc64,
    /// Whole keys so far.
    pub(super) keys: u64,
}

impl<R: Read> Source<R> {
    pub(super) fn new(from: R) -> Self {
        let buffer = vec![0; CHUNK].into_boxed_slice();
        Self { from, buffer, at: 0, end: 0, summed: 0, before: 0, crc: Crc64::default(), keys: 0 }
    }

    /// How many bytes were read.
    pub(super) fn offset(&self) -> u64 {
        self.before + num::count(self.at)
    }

    /// An error at `offset`.
    pub(super) fn error_at(&self, offset: u64, fault: Fault) -> RdbError {
        RdbError { offset, keys: self.keys, fault }
    }

    /// The sum of all bytes that were read.
    pub(super) fn sum(&mut self) -> u64 {
        self.crc.add(&self.buffer[self.summed..self.at]);
        self.summed = self.at;
        self.crc.value()
    }

    /// What is at hand, at least one byte; nothing at the end of the file.
    fn fill(&mut self) -> Result<&[u8], RdbError> {
        if self.at == self.end {
            self.sum();
            self.before += num::count(self.end);
            (self.at, self.end, self.summed) = (0, 0, 0);
            self.end = loop {
                match self.from.read(&mut self.buffer) {
                    Ok(n) => break n,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => {
                        let fault = Fault::Unreadable { cause: error.to_string() };
                        return Err(self.error_at(self.offset(), fault));
                    }
                }
            };
        }
        Ok(&self.buffer[self.at..self.end])
    }

    /// Whether nothing is left.
    pub(super) fn has_ended(&mut self) -> Result<bool, RdbError> {
        Ok(self.fill()?.is_empty())
    }

    /// Passes the next `n` bytes to `take`, piece by piece.
    fn each_piece(&mut self, n: u64, mut take: impl FnMut(&[u8])) -> Result<(), RdbError> {
        let begin = self.offset();
        let mut left = n;
        while left > 0 {
            let ready = self.fill()?;
            if ready.is_empty() {
                return Err(self.error_at(begin, Fault::Ended { claimed: n }));
            }
            let taken = usize::try_from(left).map_or(ready.len(), |left| left.min(ready.len()));
            take(&ready[..taken]);
            self.at += taken;
            left -= num::count(taken);
        }
        Ok(())
    }

    pub(super) fn byte(&mut self) -> Result<u8, RdbError> {
        Ok(self.array::<1>()?[0])
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], RdbError> {
        if let Some(ready) = self.buffer[self.at..self.end].first_chunk::<N>() {
            let bytes = *ready;
            self.at += N;
            return Ok(bytes);
        }
        let mut bytes = [0; N];
        self.fill_in(&mut bytes)?;
        Ok(bytes)
    }

    /// Fills `bytes` with the next ones.
    pub(super) fn fill_in(&mut self, bytes: &mut [u8]) -> Result<(), RdbError> {
        let mut at = 0;
        self.each_piece(num::count(bytes.len()), |piece| {
            bytes[at..at + piece.len()].copy_from_slice(piece);
            at += piece.len();
        })
    }

    /// Passes `n` bytes over.
    pub(super) fn skip(&mut self, n: u64) -> Result<(), RdbError> {
        self.each_piece(n, |_| {})
    }

    /// Puts the next `n` bytes, which are `what`, in place of what `into` held. It grows as bytes
    /// come, not as they are promised.
    pub(super) fn copy(
        &mut self,
        what: &'static str,
        n: u64,
        into: &mut Vec<u8>,
    ) -> Result<(), RdbError> {
        into.clear();
        if n > MOST_HELD {
            return Err(self.error_at(self.offset(), Fault::TooLong { what, claimed: n }));
        }
        self.each_piece(n, |piece| into.extend_from_slice(piece))
    }
}
