//! The growth clock and what would have to change.

use super::fixture::{answer, cheapest, sharded};
use crate::engine::EngineVersion;
use crate::size::{Outcome, Quantity, TableOf};
use crate::spec::{Families, identity_cache};
use crate::units::{Fraction, num};

/// The first headroom to be used up is the month in which the layout is outgrown.
#[test]
fn the_clock_agrees_with_the_flip_points() {
    for spec in [identity_cache(), sharded()] {
        let choice = answer(&spec).chosen.expect("something fits");
        let first = |pick: fn(&crate::size::Reached) -> Option<u32>| {
            choice.clock.limits.iter().filter_map(pick).min()
        };
        assert_eq!(first(|it| it.headroom.early), choice.flips.outgrown_in_months);
        assert_eq!(first(|it| it.limit.early), choice.flips.exhausted_in_months);
        for reached in &choice.clock.limits {
            let band = reached.limit;
            let late = |month: Option<u32>| month.unwrap_or(u32::MAX);
            assert!(late(band.early) <= late(band.likely), "{reached:?}");
            assert!(late(band.likely) <= late(band.late), "{reached:?}");
            assert!(late(reached.headroom.early) <= late(band.early), "{reached:?}");
            assert!(reached.path.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1), "{reached:?}");
        }
    }
}

/// 5,400,000 keys that grow by 4 % a month pass `7 · 2^20` in the eighth.
#[test]
fn tables_double_when_growth_gets_there() {
    let mut spec = identity_cache();
    spec.aws.engines = vec![EngineVersion::valkey(8, 1)];
    let choice = answer(&spec).chosen.expect("something fits");
    let first = choice.clock.doublings.first().expect("ten years double it");
    assert_eq!((first.table, first.keys, first.month), (TableOf::AllKeys, 7 << 20, 8));
    assert!(choice.clock.doublings.len() >= 2 * 6, "1.04^120 is 110 times as many, in both tables");
}

#[test]
fn a_lower_end_of_growth_makes_the_band() {
    let mut spec = identity_cache();
    spec.production.least.growth_per_month = Fraction::from_percent(2);
    let choice = answer(&spec).chosen.expect("something fits");
    let memory = &choice.clock.limits[0];
    let (early, late) = (memory.limit.early.expect("grows"), memory.limit.late.expect("grows"));
    assert!(late * 2 > early * 3, "2 % takes about twice as long as 4 %: {early} {late}");
}

#[test]
fn a_type_that_is_too_small_would_fit_with_what_is_said_and_not_with_more() {
    let mut spec = identity_cache();
    spec.aws.engines = vec![EngineVersion::valkey(8, 1)];
    spec.aws.families = Families::All;
    let answered = answer(&spec);
    let mut seen = 0;
    for candidate in &answered.candidates {
        let Some(would) = candidate.would_fit else { continue };
        let fits = |share: f64| {
            let now = spec.growth_factor();
            let (keys, peak) = match would.of {
                Quantity::Keys => (now * share, now),
                Quantity::Peak | Quantity::Headroom => (now, now * share),
            };
            let mut less = spec.clone();
            less.capacity.growth_per_month = Fraction::ZERO;
            less.capacity.keys = spec.keys_times(keys);
            less.objective.peak = spec.objective.peak.scale(peak);
            let answered = answer(&less);
            let it = answered.candidate(&candidate.node_type, candidate.engine).expect("listed");
            matches!(it.outcome, Outcome::Fits { .. } | Outcome::FitsUnpriced { .. })
        };
        if seen < 6 {
            assert!(fits(would.share), "{}: {would:?}", candidate.node_type);
            assert!(!fits(would.share + 1.0 / 32.0), "{}: {would:?}", candidate.node_type);
        }
        seen += 1;
    }
    assert!(seen > 3, "several types are too small");
}

#[test]
fn the_next_step_is_the_answer_to_twice_as_much() {
    let spec = sharded();
    let choice = answer(&spec).chosen.expect("something fits");
    let both = choice.next.iter().find(|step| step.keys > 1.0 && step.peak > 1.0).expect("asked");
    let mut twice = spec.clone();
    twice.capacity.keys.iter_mut().for_each(|keys| *keys *= 2);
    twice.objective.peak = spec.objective.peak.scale(2.0);
    assert_eq!(both.becomes, cheapest(&twice));
    assert!(num::float(both.becomes.as_ref().expect("fits").monthly.nanos()) > 0.0);
}
