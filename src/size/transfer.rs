//! From the machine that was measured to the nodes of ElastiCache: the only place that says how.
//! Source: MODEL.md §2.2.

use crate::catalog::{NodeType, Processor};
use crate::evidence::Grade;
use crate::model::Estimate;

use super::Transfer;

/// Time on Graviton2 ÷ time on a machine of which nothing is known: best figure, least, most.
///
/// Chosen, not measured: nobody publishes a ratio between an arbitrary machine and a node type. A
/// third faster to half as slow again covers the single-thread spread of current laptops and build
/// servers.
pub(super) const UNKNOWN: Estimate = Estimate { value: 1.0, low: 0.67, high: 1.5 };

/// Two machines with one processor differ by up to 15 % either way, and so do two of which nothing
/// but their age is known to differ. Chosen: clock, neighbours and build flags.
const ALIKE: Estimate = Estimate { value: 1.0, low: 0.85, high: 1.0 / 0.85 };

/// Operations per second against the Graviton before: nothing gained at the least, the published "up
/// to" at the most, half of that as the best figure. Source: limits.csv,
/// `throughput_claim_graviton3` and `…4`.
const GRAVITON3_GAIN: Estimate = Estimate { value: 1.14, low: 1.0, high: 1.28 };
/// See [`GRAVITON3_GAIN`].
const GRAVITON4_GAIN: Estimate = Estimate { value: 1.235, low: 1.0, high: 1.47 };

/// What was measured on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Measured<'a> {
    /// A machine that nothing is published about.
    AnyMachine,
    /// A node of ElastiCache.
    Node(&'a NodeType),
}

/// How engine-thread time is carried over to a node.
///
/// The processor alone decides: a larger size of a family has no faster thread.
pub(super) fn transfer(from: Measured<'_>, node: &NodeType) -> Transfer {
    let to = against_graviton2(node.processor);
    match from {
        Measured::AnyMachine => Transfer { ratio: UNKNOWN.times(to), grade: Grade::Assumed },
        Measured::Node(measured) if measured.name == node.name => {
            Transfer { ratio: Estimate::exact(1.0), grade: Grade::Measured }
        }
        Measured::Node(measured) if measured.processor == node.processor => {
            Transfer { ratio: ALIKE, grade: Grade::Calculated }
        }
        Measured::Node(measured) => {
            let back = against_graviton2(measured.processor).inverse();
            Transfer { ratio: back.times(to).times(ALIKE), grade: Grade::Published }
        }
    }
}

/// Time on a processor ÷ time on Graviton2.
fn against_graviton2(processor: Processor) -> Estimate {
    match processor {
        Processor::Graviton2 => Estimate::exact(1.0),
        // Nothing is published about these.
        Processor::Intel => ALIKE,
        Processor::Graviton3 | Processor::Graviton3e => GRAVITON3_GAIN.inverse(),
        Processor::Graviton4 => GRAVITON3_GAIN.times(GRAVITON4_GAIN).inverse(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn ratio(from: Option<&str>, to: &str) -> Transfer {
        let catalog = Catalog::builtin();
        let node = |name| catalog.node_type(name).expect(name);
        transfer(from.map_or(Measured::AnyMachine, |name| Measured::Node(node(name))), node(to))
    }

    #[test]
    fn the_nearer_the_measured_node_the_narrower_and_the_better_graded() {
        let cases = [
            (Some("cache.r7g.large"), Grade::Measured),
            (Some("cache.m7g.xlarge"), Grade::Calculated),
            (Some("cache.r6g.large"), Grade::Published),
            (None, Grade::Assumed),
        ];
        let mut width = -1.0;
        for (from, grade) in cases {
            let Transfer { ratio, grade: found } = ratio(from, "cache.r7g.large");
            assert_eq!(found, grade, "{from:?}");
            assert!(ratio.high - ratio.low > width, "{from:?}: {ratio:?}");
            width = ratio.high - ratio.low;
        }
    }

    /// Graviton2 to Graviton4: 28 % and 47 % at the most, nothing at the least, 15 % either way.
    #[test]
    fn claims_multiply_from_one_generation_to_the_next() {
        let found = ratio(Some("cache.r6g.large"), "cache.r8g.large").ratio;
        assert!((found.low - 0.85 / 1.28 / 1.47).abs() < 1e-12, "{found:?}");
        assert!((found.high - 1.0 / 0.85).abs() < 1e-12, "{found:?}");
        assert!((found.value - 1.0 / 1.14 / 1.235).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn an_unknown_machine_is_never_assumed_to_be_slower_than_the_oldest_graviton_allows() {
        for to in ["cache.r6g.large", "cache.r7g.large", "cache.r8g.large"] {
            let high = ratio(None, to).ratio.high;
            assert!((high - UNKNOWN.high).abs() < 1e-12, "{to}: {high}");
        }
    }
}
