//! What a change from one layout to another saves, with a reservation that runs on. Source: MODEL.md
//! §3.9.

use serde::{Deserialize, Serialize};

use crate::catalog::{NodeSize, Purchase};
use crate::engine::Product;
use crate::spec::ReservedAs;
use crate::units::{Usd, num};

use super::Bill;
use super::migration::Place;

/// A reservation that is paid until its term ends, whatever runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    /// All nodes at the reserved price, what was paid upfront spread over the term.
    pub bill: Bill,
    /// Months until the term ends.
    pub months_left: u32,
}

/// What one bill is less, or more, than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// The change saves this.
    #[serde(rename = "less_nano_usd")]
    Less(Usd),
    /// The change costs this more.
    #[serde(rename = "more_nano_usd")]
    More(Usd),
}

/// What a change saves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Saving {
    /// Per month, both on demand.
    pub per_month: Difference,
    /// Of today's bill on demand, negative where the change costs more.
    pub share_on_demand: f64,
    /// Months to the horizon, at least one.
    pub months: u32,
    /// Over these months, with the reservation paid to its end either way.
    pub over_horizon: Difference,
    /// Of what staying costs over these months.
    pub share: f64,
    /// What is still paid for the reservation, whatever is chosen: sunk.
    #[serde(rename = "sunk_nano_usd")]
    pub sunk: Usd,
    /// Share of the new layout that the reservation covers while it runs.
    pub covered: f64,
    /// The first month at whose end the change has saved more than it has cost; `None`: not by the
    /// horizon.
    pub pays_from_month: Option<u32>,
}

/// How the catalog names a reservation.
pub(super) const fn purchase(reserved: ReservedAs) -> Purchase {
    use crate::catalog::{Payment, Term};
    match reserved {
        ReservedAs::OneYearNoUpfront => Purchase::Reserved(Term::OneYear, Payment::NoUpfront),
        ReservedAs::OneYearPartialUpfront => {
            Purchase::Reserved(Term::OneYear, Payment::PartialUpfront)
        }
        ReservedAs::OneYearAllUpfront => Purchase::Reserved(Term::OneYear, Payment::AllUpfront),
        ReservedAs::ThreeYearsNoUpfront => Purchase::Reserved(Term::ThreeYears, Payment::NoUpfront),
        ReservedAs::ThreeYearsPartialUpfront => {
            Purchase::Reserved(Term::ThreeYears, Payment::PartialUpfront)
        }
        ReservedAs::ThreeYearsAllUpfront => {
            Purchase::Reserved(Term::ThreeYears, Payment::AllUpfront)
        }
    }
}

/// What the change from one place to another saves over so many months. `None` where the old bill
/// is nothing.
///
/// * `old`, `new`: on demand.
pub(super) fn saving(
    from: Place<'_>,
    old: &Bill,
    commitment: Option<&Commitment>,
    to: Place<'_>,
    new: &Bill,
    months: u32,
) -> Option<Saving> {
    let covered = commitment.map_or(0.0, |_| covered(from, to));
    let committed = commitment.map_or(0, |commitment| commitment.months_left.min(months));
    let paid = commitment.map_or(Usd::ZERO, |commitment| commitment.bill.monthly);
    let sunk = times(paid, committed);
    let uncovered = Usd::from_nanos(num::round(num::float(new.monthly.nanos()) * (1.0 - covered)));
    let stay = |month: u32| {
        let reserved = month.min(committed);
        times(paid, reserved) + times(old.monthly, month - reserved)
    };
    let change = |month: u32| {
        let reserved = month.min(committed);
        times(paid, reserved) + times(uncovered, reserved) + times(new.monthly, month - reserved)
    };
    if stay(months) == Usd::ZERO || old.monthly == Usd::ZERO {
        return None;
    }
    Some(Saving {
        per_month: Difference::of(old.monthly, new.monthly),
        share_on_demand: share(old.monthly, new.monthly),
        months,
        over_horizon: Difference::of(stay(months), change(months)),
        share: share(stay(months), change(months)),
        sunk,
        covered,
        pays_from_month: (1..=months).find(|month| change(*month) < stay(*month)),
    })
}

/// Share of the new layout's hours that a reservation of the old one pays for: any size of the same
/// family, and Redis OSS reservations pay for Valkey as well. Source: L22.
fn covered(from: Place<'_>, to: Place<'_>) -> f64 {
    let is_same_family = from.node.family == to.node.family;
    let pays = from.engine.product == to.engine.product || from.engine.product == Product::Redis;
    if !is_same_family || !pays {
        return 0.0;
    }
    let units = |place: Place<'_>| {
        units(place.node.size, place.engine.product) * f64::from(place.layout.nodes)
    };
    (units(from) / units(to)).min(1.0)
}

/// Normalized units of one node. Source: L22.
fn units(size: NodeSize, product: Product) -> f64 {
    let of_redis = match size {
        NodeSize::Micro => 0.5,
        NodeSize::Small => 1.0,
        NodeSize::Medium => 2.0,
        NodeSize::Large => 4.0,
        NodeSize::Xlarge(times) => 8.0 * f64::from(times),
    };
    match product {
        Product::Redis => of_redis,
        Product::Valkey => of_redis * 0.8,
    }
}

impl Difference {
    fn of(old: Usd, new: Usd) -> Self {
        if new <= old {
            Self::Less(Usd::from_nanos(old.nanos() - new.nanos()))
        } else {
            Self::More(Usd::from_nanos(new.nanos() - old.nanos()))
        }
    }

    /// In dollars; negative where the change costs more.
    pub const fn usd(self) -> f64 {
        match self {
            Self::Less(usd) => usd.usd(),
            Self::More(usd) => -usd.usd(),
        }
    }
}

fn share(old: Usd, new: Usd) -> f64 {
    Difference::of(old, new).usd() / old.usd()
}

fn times(usd: Usd, months: u32) -> Usd {
    Usd::from_nanos(usd.nanos().saturating_mul(u64::from(months)))
}
