//! Whether a run directory says what follows from its own measurement.
//!
//! Everything after the measurement is calculated again from the artifacts' texts and compared with
//! what is stored, figure by figure; what was measured is held against the digests that name it
//! and against what it says of itself. Pure: texts and bytes in, findings out. It knows no file and
//! no format's rules; who renders hands the renderings in.
//!
//! It guards against slips and stale files, not against a forger: who alters a measurement and
//! everything that follows from it has made another run.

mod chain;
mod checked;
mod measured;
mod recompute;
mod renderings;

pub use checked::{Checked, Difference, Finding, Verdict, verdict};
pub use recompute::{Recomputed, Unusable, recompute};
pub use renderings::compare_rendering;
