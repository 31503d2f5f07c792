//! From the machine that was measured to the nodes of ElastiCache: the only place that says how.

use crate::evidence::Grade;
use crate::model::Estimate;

use super::Transfer;

/// Time on the node ÷ time on the measured machine: best figure, least, most.
///
/// Chosen, not measured: nobody publishes a ratio between an arbitrary machine and a node type.
/// Even with a published one the interval is no narrower than 15 % either way. A third faster to
/// half as slow again covers the single-thread spread between current laptops, build servers and
/// Graviton2 to Graviton4; AWS's own claims from one Graviton to the next are "up to" 28 % and
/// 47 % (limits.csv, `throughput_claim_graviton3` and `…4`). Source: MODEL.md §2.2.
const RATIO: Estimate = Estimate { value: 1.0, low: 0.67, high: 1.5 };

/// How engine-thread time is carried over.
///
/// The same for every node type and target: a larger size has no faster thread, and nothing a
/// target tells identifies its machine well enough to do better, private or not.
pub(super) const fn transfer() -> Transfer {
    Transfer { ratio: RATIO, grade: Grade::Assumed }
}
