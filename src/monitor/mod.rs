//! Captures of `redis-cli MONITOR`: one line per command that a server executed.
//!
//! A [`Capture`] yields one [`Asked`] per line: when, which command, which keys, how long the values
//! are that it writes. It holds one line at a time; what is kept of it is up to the reader. Lines
//! that cannot be read are counted and listed, because a capture is cut at both ends by nature.
//! This module opens no file.

mod asked;
mod capture;
mod commands;
mod line;

pub use asked::{Asked, Lifetime, Stored};
pub use capture::{Calls, Capture, Malformed, Totals};
pub use line::NotALine;
