//! Runs side by side, or node types in one run: what differs, by how much, and whether the
//! difference is shown or may be chance.
//!
//! Pure: measured and sized values in, comparisons out. It knows nothing of reports. Source of the
//! intervals: MODEL.md §4.

mod difference;
mod levels;
mod paired;
mod runs;
mod significance;
mod types;

pub use difference::{Difference, differences};
pub use levels::{Curve, CurvePoint};
pub use runs::{Answer, Criterion, RunView, RunsComparison, Unit, Verdict, compare_runs};
pub use significance::{Basis, Better, Figure, Winner};
pub use types::{Margin, TypeView, TypesComparison, TypesError, compare_types};
