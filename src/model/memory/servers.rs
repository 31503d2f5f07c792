//! All servers of a target together.

use crate::engine::SlotRange;
use crate::units::Bytes;

use super::class::StringClass;
use super::cluster::{ClassSlots, ClusterFootprint, Detail};
use super::footprint::{ClassFootprint, Footprint, Layout, footprint};

/// What the classes cost on each of the servers that own `shards`, in their order.
///
/// * `layout`: of each; its slots do not matter.
pub fn by_shard(
    classes: &[StringClass],
    layout: &Layout,
    shards: &[Vec<SlotRange>],
) -> Vec<Footprint> {
    let names: Vec<ClassSlots> = classes.iter().map(ClassSlots::new).collect();
    let layout = Layout { slots: Some(SlotRange::ALL), ..*layout };
    let whole = ClusterFootprint::new(classes, &names, &layout, Detail::Fine);
    shards.iter().map(|slots| whole.server(slots)).collect()
}

/// What the classes cost on all servers of a target together.
///
/// * `layout`: of each, with the baselines of all in one.
/// * `shards`: what each of them owns; none for a server by itself.
pub fn together(classes: &[StringClass], layout: &Layout, shards: &[Vec<SlotRange>]) -> Footprint {
    if shards.is_empty() {
        return footprint(classes, layout);
    }
    let one = Layout { baseline: Bytes::ZERO, ..*layout };
    let sum = by_shard(classes, &one, shards).into_iter().reduce(Footprint::and);
    Footprint { baseline: layout.baseline, ..sum.expect("there are shards") }
}

impl Footprint {
    /// Two servers' together, of the same classes.
    fn and(mut self, other: Self) -> Self {
        for (class, more) in self.classes.iter_mut().zip(other.classes) {
            let ClassFootprint { keys, expiring, tracked, parts, .. } = more;
            class.keys += keys;
            class.expiring += expiring;
            class.tracked += tracked;
            class.parts = class.parts + parts;
        }
        self.baseline += other.baseline;
        self.main_table += other.main_table;
        self.expiry_table += other.expiry_table;
        self.rehash += other.rehash;
        self.slots += other.slots;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EngineVersion;
    use crate::model::string_classes;
    use crate::spec::identity_cache;

    fn range(first: u16, past: u16) -> SlotRange {
        SlotRange { first, past }
    }

    /// Tables apart, what three shards hold is what one would hold of all slots; and a shard of two
    /// pieces has one table, not two.
    #[test]
    fn shards_hold_together_what_there_is() {
        let spec = identity_cache();
        let keys: Vec<u64> = spec.classes.iter().map(|class| class.keys).collect();
        let classes = string_classes(&spec.classes, &keys);
        let shards = [
            vec![range(0, 3_000), range(9_000, 12_000)],
            vec![range(3_000, 9_000)],
            vec![range(12_000, 16_384)],
        ];
        for engine in
            [EngineVersion::redis(6, 2), EngineVersion::redis(7, 0), EngineVersion::valkey(8, 1)]
        {
            let layout = Layout::in_cluster(engine, SlotRange::ALL);
            let (all, sum) = (footprint(&classes, &layout), together(&classes, &layout, &shards));
            assert_eq!((sum.keys(), sum.baseline), (all.keys(), all.baseline));
            let off = sum.records().float() / all.records().float() - 1.0;
            assert!(off.abs() < 1e-6, "{engine:?} {off}");
            let each = by_shard(&classes, &layout, &shards);
            let alike = by_shard(&classes, &layout, &[vec![range(0, 6_000)]]);
            let (split, whole) = (each[0].tables().float(), alike[0].tables().float());
            assert!((split / whole - 1.0).abs() < 0.05, "{engine:?} {split} {whole}");
        }
    }
}
