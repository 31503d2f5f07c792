//! Cost against load: nodes keep their price, serverless follows the load.

use crate::catalog::{Payment, Purchase, Term};
use crate::report::{Axis, ChartSpec, Height, Mark, Marker, Point, Role, Series, TickFormat};
use crate::size::{Costs, MonthlyUse};
use crate::units::OpsPerSec;

use super::Evidence;
use super::costs::words;
use super::serverless::at_load;

/// Points along a curve.
const STEPS: u32 = 60;
/// Serverless is drawn up to so many times the nodes' highest price.
const HIGHEST: f64 = 2.5;

pub(super) fn chart(evidence: &Evidence<'_>, costs: &Costs) -> ChartSpec {
    let (first, last) = loads(evidence, costs);
    let mut series = nodes(costs, first, held(evidence, costs).unwrap_or(last).min(last));
    series.extend(serverless(costs, first, last));
    let mut markers = vec![Marker::vertical(costs.load.mean_now.per_sec(), "today", Role::Guide)];
    if costs.load.mean_at_horizon > costs.load.mean_now {
        let month = format!("month {}", evidence.recommendation.horizon.month);
        markers.push(Marker::vertical(costs.load.mean_at_horizon.per_sec(), month, Role::Guide));
    }
    ChartSpec {
        id: "cost-load".into(),
        title: "Cost against load: nodes and serverless".into(),
        caption: "Nodes cost the same until they no longer fit, where their lines end; serverless \
                  costs its data and every command. Where lines cross, the cheaper one changes."
            .into(),
        height: Height::Full,
        x: Axis::log10("mean load of a day (operations/s)", TickFormat::Count),
        y: Axis::linear("cost (USD a month)", TickFormat::Usd),
        series,
        markers,
        note_when_empty: "No price is known in this Region.".into(),
    }
}

/// The mean load up to which the layout fits at the horizon's keys.
fn held(evidence: &Evidence<'_>, costs: &Costs) -> Option<f64> {
    let peak = evidence.recommendation.chosen.as_ref()?.flips.peak?;
    Some(peak.per_sec() * costs.load.mean_share.get())
}

/// First and last load that are drawn: a decade around today, wider where lines cross or nodes end.
fn loads(evidence: &Evidence<'_>, costs: &Costs) -> (f64, f64) {
    let now = costs.load.mean_now.per_sec();
    let crossings = || costs.break_even.iter().filter_map(|line| line.load).map(OpsPerSec::per_sec);
    let first = crossings().fold(now, f64::min) / 3.0;
    let last = crossings()
        .chain(held(evidence, costs))
        .chain([costs.load.mean_at_horizon.per_sec()])
        .fold(now, f64::max);
    (first.max(now / 1e3).max(1e-3), last.min(now * 1e3) * 1.5)
}

/// On demand and the two ends of what can be reserved.
fn nodes(costs: &Costs, first: f64, last: f64) -> Vec<Series> {
    let ways = [
        (Purchase::OnDemand, Role::First),
        (Purchase::Reserved(Term::OneYear, Payment::NoUpfront), Role::Second),
        (Purchase::Reserved(Term::ThreeYears, Payment::AllUpfront), Role::Third),
    ];
    let series = |(purchase, role)| {
        let monthly = costs.bought(purchase)?.monthly.usd();
        let name = format!("nodes {}", words(purchase));
        Some(Series::new(name, Mark::Line, role, [(first, monthly), (last, monthly)]))
    };
    ways.into_iter().filter_map(series).collect()
}

/// With today's data and, where it grows, with the horizon's.
fn serverless(costs: &Costs, first: f64, last: f64) -> Vec<Series> {
    let Some(ecpu) = &costs.load.ecpu else { return Vec::new() };
    let Some(offer) =
        costs.serverless.iter().find(|offer| Some(offer.engine.product) == costs.versus)
    else {
        return Vec::new();
    };
    let dearest = costs.nodes.iter().filter_map(|offer| offer.bill.as_ref());
    let dearest = dearest.map(|bill| bill.monthly.usd() * HIGHEST).fold(0.0, f64::max);
    let curve = |month: &MonthlyUse| -> Vec<Point> {
        let step = (last / first).powf(1.0 / f64::from(STEPS));
        let at = |i: u32| first * step.powf(f64::from(i));
        let point = |x: f64| Some(Point::new(x, at_load(offer, month, ecpu, OpsPerSec::new(x)?)?));
        let points = (0..=STEPS).filter_map(|i| point(at(i)));
        points.take_while(|point| point.y <= dearest).collect()
    };
    let name = format!("serverless, {}", offer.engine.product);
    let now = Series {
        name: format!("{name}, today's data"),
        mark: Mark::Line,
        role: Role::Fourth,
        points: curve(&offer.now),
    };
    let mut series = vec![now];
    if offer.at_horizon.data_bytes > offer.now.data_bytes {
        series.push(Series {
            name: format!("{name}, the horizon's data"),
            mark: Mark::Line,
            role: Role::Muted,
            points: curve(&offer.at_horizon),
        });
    }
    series
}
