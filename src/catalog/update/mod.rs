//! Another catalog out of the present one and what was read since.
//!
//! Readings replace rows of the files, each with its source and day; what they do not tell stays as it
//! is. The new text is parsed like any catalog before anything else sees it. How the two differ, and
//! what of that looks wrong, is calculated from the two catalogs, not from how one was made.

mod diff;
mod files;
mod sheet;
mod warning;

#[cfg(test)]
mod tests;

pub use diff::{Change, Diff, Edition, FigureKey};
pub use files::{Figures, Files, MaxMemory, Update, updated};
pub use warning::Warning;
