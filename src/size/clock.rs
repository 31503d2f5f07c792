//! When growth reaches each limit of the chosen layout, and each doubling of its tables.
//! Source: MODEL.md §3.7.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Estimate;
use crate::model::memory::Detail;
use crate::model::memory::Layout as Server;
use crate::units::{Bytes, Fraction, num};

use super::demand::Ask;
use super::flips::Subject;
use super::search::loses_a_node;
use super::{Resource, State};

/// Months that are looked ahead: ten years.
const MOST_MONTHS: u32 = 120;
/// Months from one point of a path to the next.
const STEP: u32 = 6;

/// When growth uses up the chosen layout.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// Each resource whose limit is known, in the order of [`Resource`].
    pub limits: Vec<Reached>,
    /// Doublings of the engine's tables, ascending month; empty in cluster mode, where the tables of
    /// slots double one by one.
    pub doublings: Vec<DoublingAt>,
}

/// When one limit is reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reached {
    /// Whose.
    pub resource: Resource,
    /// First month from now in which less than the headroom is left.
    pub headroom: Months,
    /// First month in which the limit itself is passed.
    pub limit: Months,
    /// Demand ÷ limit, upper end, in months from now.
    pub path: Vec<(u32, f64)>,
}

/// A month with its band; `None`: not within ten years.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Months {
    /// At the upper ends of growth and demand.
    pub early: Option<u32>,
    /// At the middle of growth and the best figure of demand.
    pub likely: Option<u32>,
    /// At the lower ends.
    pub late: Option<u32>,
}

/// A table becomes twice as large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoublingAt {
    /// Which.
    pub table: TableOf,
    /// With so many keys in it.
    pub keys: u64,
    /// First month with as many, at the plan's growth.
    pub month: u32,
    /// What it adds to `used_memory` for good.
    pub adds: Bytes,
}

/// Of which keys a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableOf {
    /// All.
    AllKeys,
    /// Those with a time to live.
    Expiring,
}

/// Demand and limit of every resource in one month, the worse state of each.
type Needs = BTreeMap<Resource, (Estimate, f64)>;

/// One growth of the plan, with what was calculated of it.
struct Growth<'a> {
    subject: Subject<'a>,
    per_month: f64,
    months: RefCell<BTreeMap<u32, Needs>>,
}

/// The clock of a layout.
pub(super) fn clock(subject: &Subject<'_>) -> Clock {
    let subject = Subject { detail: Detail::Coarse, ..*subject };
    let spec = subject.rules.spec;
    let most = spec.capacity.growth_per_month;
    let least = spec.production.least.growth_per_month.unwrap_or(most);
    let middle = Fraction::new(f64::midpoint(most.get(), least.get())).unwrap_or(most);
    let of =
        |growth: Fraction| Growth { subject, per_month: growth.get(), months: RefCell::default() };
    // A single figure is calculated once for all three.
    let upper = of(most);
    let [middle, lower] = [middle, least].map(|growth| (growth != most).then(|| of(growth)));
    let (middle, lower) = (middle.as_ref().unwrap_or(&upper), lower.as_ref().unwrap_or(&upper));
    let headroom = spec.capacity.headroom;
    let band = |resource, headroom| Months {
        early: upper.first_month(resource, headroom, |demand| demand.high),
        likely: middle.first_month(resource, headroom, |demand| demand.value),
        late: lower.first_month(resource, headroom, |demand| demand.low),
    };
    let resources: Vec<Resource> = upper.with(0, |needs| needs.keys().copied().collect());
    let limits = resources
        .into_iter()
        .map(|resource| Reached {
            resource,
            headroom: band(resource, headroom),
            limit: band(resource, Fraction::ZERO),
            path: upper.path(resource),
        })
        .collect();
    Clock { limits, doublings: doublings(&subject) }
}

impl Growth<'_> {
    fn with<T>(&self, month: u32, read: impl FnOnce(&Needs) -> T) -> T {
        let mut months = self.months.borrow_mut();
        read(months.entry(month).or_insert_with(|| self.needs(month)))
    }

    fn needs(&self, month: u32) -> Needs {
        let factor = (1.0 + self.per_month).powi(i32::try_from(month).unwrap_or(i32::MAX));
        let ask = Ask::at(self.subject.rules.prepared, factor, factor);
        let held = self.subject.held(&ask);
        let lost = loses_a_node(&self.subject.rules, self.subject.layout);
        let states = if lost { &[State::Steady, State::NodeLost][..] } else { &[State::Steady] };
        let mut needs = Needs::new();
        for state in states {
            let case = self.subject.carrying(&held, &ask, *state);
            for need in self.subject.rules.needs(&case) {
                let (Some(demand), Some(limit)) = (need.demand, need.limit) else { continue };
                let known = needs.entry(need.resource).or_insert((demand, limit));
                if demand.high / limit > known.0.high / known.1 {
                    *known = (demand, limit);
                }
            }
        }
        needs
    }

    /// The first month in which a demand passes its limit less headroom. Demand grows with time.
    fn first_month(
        &self,
        resource: Resource,
        headroom: Fraction,
        end: impl Fn(Estimate) -> f64,
    ) -> Option<u32> {
        let passes = |month| {
            self.with(month, |needs| {
                let (demand, limit) = needs[&resource];
                end(demand) > limit * headroom.rest().get()
            })
        };
        if passes(0) {
            return Some(0);
        }
        if self.per_month <= 0.0 || !passes(MOST_MONTHS) {
            return None;
        }
        let (mut fits, mut failing) = (0, MOST_MONTHS);
        while failing - fits > 1 {
            let middle = fits + (failing - fits) / 2;
            if passes(middle) {
                failing = middle;
            } else {
                fits = middle;
            }
        }
        Some(failing)
    }

    /// Demand ÷ limit until twice the limit or ten years.
    fn path(&self, resource: Resource) -> Vec<(u32, f64)> {
        let mut path = Vec::new();
        for month in (0..=MOST_MONTHS).step_by(num::index(u64::from(STEP))) {
            let used = self.with(month, |needs| needs[&resource].0.high / needs[&resource].1);
            path.push((month, used));
            if used > 2.0 {
                break;
            }
        }
        path
    }
}

/// The doublings within ten years of the plan's growth, ascending month.
fn doublings(subject: &Subject<'_>) -> Vec<DoublingAt> {
    let (rules, mut found) = (subject.rules, Vec::new());
    if subject.layout.cluster_mode || rules.spec.capacity.growth_per_month <= Fraction::ZERO {
        return found;
    }
    let server = Server::on_elasticache(subject.engine);
    for table in [TableOf::AllKeys, TableOf::Expiring] {
        let total = |month| {
            let ask = Ask::in_months(rules.prepared, month);
            let classes = rules.spec.classes.iter().zip(ask.keys);
            let counted =
                classes.filter(|(class, _)| table == TableOf::AllKeys || class.ttl_secs.is_some());
            counted.fold(0_u64, |sum, (_, keys)| sum.saturating_add(keys))
        };
        let (mut keys, last) = (total(0), total(MOST_MONTHS));
        while keys > 0 {
            let next = server.next_doubling(keys);
            if next.at_keys > last {
                break;
            }
            let month = (0..=MOST_MONTHS).find(|month| total(*month) >= next.at_keys);
            found.extend(month.map(|month| DoublingAt {
                table,
                keys: next.at_keys,
                month,
                adds: next.permanent,
            }));
            keys = next.at_keys + 1;
        }
    }
    found.sort_by_key(|doubling| (doubling.month, doubling.table));
    found
}
