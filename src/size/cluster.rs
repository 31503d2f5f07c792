//! How keys and load spread over the shards of a cluster: by the hash slots of the real keys.

use crate::engine::{EngineVersion, SlotRange};
use crate::model::memory::{ClassSlots, ClusterFootprint, Detail, Footprint, Layout};
use crate::spec::PlanSpec;
use crate::workload::SlotCounts;

use super::demand::Ask;
use super::hot_slots::{HotSlots, largest, load_by_slot, up_to};

/// The names of a plan's keys, which decide their slots; worked out once for every number of keys.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) classes: Vec<ClassSlots>,
    /// Of the lines of traffic that have names of their own.
    pub(super) lines: Vec<Option<ClassSlots>>,
    /// Of the lines of traffic whose keys are not asked for alike.
    pub(super) hot: Vec<Option<HotSlots>>,
}

/// Keys of one moment over all slots.
#[derive(Debug)]
pub(super) struct Spread<'a> {
    ask: &'a Ask,
    names: &'a Names,
    /// Of each class.
    counts: Vec<SlotCounts>,
    /// Of the whole load, what the slots before this one take; one more than slots.
    load: Vec<f64>,
}

impl Names {
    pub(super) fn of(spec: &PlanSpec) -> Self {
        let line = |line: &crate::spec::Traffic| line.key.as_ref().map(ClassSlots::of_template);
        let classes: Vec<ClassSlots> =
            spec.classes.iter().map(|class| ClassSlots::of_template(&class.key)).collect();
        let lines: Vec<Option<ClassSlots>> = spec.traffic.iter().map(line).collect();
        let hot = HotSlots::of_lines(spec, &classes, &lines);
        Self { classes, lines, hot }
    }
}

impl<'a> Spread<'a> {
    pub(super) fn of(spec: &PlanSpec, names: &'a Names, ask: &'a Ask) -> Self {
        let counts: Vec<SlotCounts> =
            names.classes.iter().zip(&ask.keys).map(|(names, keys)| names.count(*keys)).collect();
        let load = up_to(&load_by_slot(spec, names, &ask.keys, &counts));
        Self { ask, names, counts, load }
    }

    /// What these keys cost on any of the shards, on `engine`.
    pub(super) fn costs(&self, engine: EngineVersion, detail: Detail) -> ClusterFootprint {
        let layout = Layout::in_cluster(engine, SlotRange::ALL);
        let Self { ask, names, counts, .. } = self;
        ClusterFootprint::of_counts(&ask.classes, &names.classes, counts, &layout, detail)
    }

    /// Of `shards` shards, the largest share of the load that one of them takes, hot keys counted
    /// where they lie. It need not be the one with the most memory.
    pub(super) fn largest_load(&self, shards: u32) -> f64 {
        largest(&self.load, shards).get()
    }
}

/// Of `shards` shards, what the one holds whose memory is the largest.
///
/// * `correction`: factor on the bytes of keys and values.
pub(super) fn fullest(costs: &ClusterFootprint, shards: u32, correction: f64) -> Footprint {
    costs.server(&[costs.fullest(shards, correction)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size::prepared::Prepared;
    use crate::size::tests::fixture::sharded;
    use crate::spec::KeyTemplate;

    fn largest_load(spec: &PlanSpec, shards: u32) -> f64 {
        let prepared = Prepared::of(spec);
        let ask = Ask::in_months(&prepared, 0);
        Spread::of(spec, &prepared.names, &ask).largest_load(shards)
    }

    #[test]
    fn many_keys_asked_for_alike_spread_almost_evenly() {
        let spec = sharded();
        assert!((largest_load(&spec, 1) - 1.0).abs() < 1e-9);
        for shards in [2, 3, 10, 90] {
            let over = largest_load(&spec, shards) * f64::from(shards);
            assert!((1.0..1.05).contains(&over), "{shards}: {over}");
        }
    }

    #[test]
    fn few_keys_do_not() {
        let mut spec = sharded();
        spec.capacity.keys = vec![1; spec.classes.len()];
        // The one claim takes 60 % and 20 % of the mix.
        assert!(largest_load(&spec, 90) > 0.799);
    }

    /// A tag keeps what it names on one shard: 60 % of the mix reads claims.
    #[test]
    fn a_line_with_a_tag_of_its_own_stays_on_one_shard() {
        let mut spec = sharded();
        let all: f64 = spec.traffic.iter().map(|line| line.weight).sum();
        spec.traffic[0].key = Some(KeyTemplate::parse("{claims}:{n}").unwrap());
        assert!(largest_load(&spec, 10) > spec.traffic[0].weight / all);
    }
}
