//! Series of several nodes put together, period by period.

use super::metric::{Metric, Statistic};
use super::usage::{NodeUsage, Usage};

/// A value of each period from the start on; `None` where it is not known.
pub(super) type Line = Vec<Option<f64>>;

/// Which nodes count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nodes {
    Primaries,
    All,
}

impl Usage {
    /// Periods.
    pub(super) fn slots(&self) -> usize {
        let series = self.nodes.iter().flat_map(|node| &node.series);
        series.map(|series| series.values.len()).max().unwrap_or(0)
    }

    /// Whether the primaries can be told: by `IsMaster`, or because there is only one node.
    pub(super) fn has_roles(&self) -> bool {
        let told = |node: &NodeUsage| node.value(Metric::IsMaster, Statistic::Average).is_some();
        self.nodes.len() <= 1 || self.nodes.iter().all(told)
    }

    fn is_primary(&self, node: &NodeUsage, slot: usize) -> bool {
        match node.value(Metric::IsMaster, Statistic::Average) {
            Some(values) => values.get(slot).copied().flatten().is_some_and(|share| share >= 0.5),
            None => self.nodes.len() == 1,
        }
    }

    /// The nodes that count in a period, with their values; `None` where one of them has none. A primary
    /// that was replaced within the period makes it unknown, too.
    pub(super) fn at(
        &self,
        slot: usize,
        of: (Metric, Statistic),
        nodes: Nodes,
    ) -> Option<Vec<(&NodeUsage, f64)>> {
        let counts = |node: &&NodeUsage| nodes == Nodes::All || self.is_primary(node, slot);
        let value = |node| Some((node, NodeUsage::value(node, of.0, of.1)?.get(slot).copied()??));
        let found: Option<Vec<_>> = self.nodes.iter().filter(counts).map(value).collect();
        found.filter(|found| !found.is_empty())
    }

    /// Their sum in each period.
    pub(super) fn sum(&self, metric: Metric, statistic: Statistic, nodes: Nodes) -> Line {
        let at = |slot| self.at(slot, (metric, statistic), nodes);
        let sum = |all: Vec<(&NodeUsage, f64)>| all.iter().map(|(_, value)| value).sum();
        (0..self.slots()).map(|slot| at(slot).map(sum)).collect()
    }

    /// All that was counted of a metric; `None` where nothing was.
    pub(super) fn total(&self, metric: Metric, nodes: Nodes) -> Option<f64> {
        total(&self.sum(metric, Statistic::Sum, nodes))
    }
}

/// The sum of what is known; `None` where nothing is.
pub(super) fn total(line: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = line.iter().copied().flatten().collect();
    (!known.is_empty()).then(|| known.iter().sum())
}

/// The period with the largest value, and the value; the first of equals.
pub(super) fn largest(line: &[Option<f64>]) -> Option<(usize, f64)> {
    let known = line.iter().enumerate().filter_map(|(slot, value)| Some((slot, (*value)?)));
    known.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// The sum of two lines where both are known.
pub(super) fn plus(a: &[Option<f64>], b: &[Option<f64>]) -> Line {
    a.iter().zip(b).map(|(a, b)| Some((*a)? + (*b)?)).collect()
}

impl NodeUsage {
    /// A series of this node.
    pub(super) fn value(&self, metric: Metric, statistic: Statistic) -> Option<&[Option<f64>]> {
        let is_it = |one: &&super::Series| (one.metric, one.statistic) == (metric, statistic);
        self.series.iter().find(is_it).map(|series| series.values.as_slice())
    }

    /// Which shard it belongs to: its name without the number of the node.
    pub(super) fn shard(&self) -> &str {
        let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty();
        self.id.rsplit_once('-').filter(|(_, n)| is_number(n)).map_or(&self.id, |(shard, _)| shard)
    }
}
