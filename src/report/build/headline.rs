//! The answer as a reviewer with one minute reads it.

use crate::evidence::Grade;
use crate::measurement::Level;
use crate::report::numbers;
use crate::report::{Fact, Headline, Outcome};
use crate::size::{Candidate, Check, Choice, Layout, Outcome as Fate, Quantity, Resource, Side};
use crate::units::{Bytes, Micros, OpsPerSec, num};

use super::amount::{amount, shortfall};
use super::{Evidence, costs, growth, incumbent, sure};

pub(super) fn headline(evidence: &Evidence<'_>) -> Headline {
    match &evidence.recommendation.chosen {
        Some(choice) => chosen(evidence, choice),
        None => nothing_fits(evidence),
    }
}

fn chosen(evidence: &Evidence<'_>, choice: &Choice) -> Headline {
    let Evidence { steps, recommendation, models, spec, .. } = evidence;
    let is_doubtful = steps.levels.iter().any(|level| !level.is_valid())
        || (models.memory.correction - 1.0).abs() > f64::EPSILON;
    let horizon = &recommendation.horizon;
    let binding = choice.checks.iter().find(|check| check.resource == choice.binding);
    let mut reasons = Vec::new();
    if let Some(binding) = binding {
        reasons.push(format!(
            "What binds is {}: one shard asks for {} at the horizon, {} of the {} it has.",
            binding.resource,
            shown(binding, binding.demand),
            binding.utilisation.map_or("an unknown share".into(), numbers::percent),
            shown(binding, binding.limit)
        ));
    }
    reasons.push(why_not_smaller(choice));
    reasons.push(holds_while(choice, horizon.month));
    reasons.extend(recommendation.uncertainty.as_ref().map(sure::sentence));
    reasons.extend(sure::cheaper(recommendation));
    reasons.extend(incumbent::sentence(evidence));
    reasons.extend(costs::cheaper(evidence));
    Headline {
        outcome: if is_doubtful { Outcome::MetWithDoubts } else { Outcome::Met },
        verdict: format!(
            "Provision {} with {}: {}, {} a month {} in {}.",
            choice.node_type,
            choice.engine,
            layout(choice.layout, spec.capacity.multi_az),
            numbers::bill(choice.bill.monthly),
            costs::words(choice.bill.price.purchase),
            recommendation.region
        ),
        reasons,
        facts: facts(evidence, choice),
    }
}

/// `1 shard with 1 replica (2 nodes, Multi-AZ)`.
pub(super) fn layout(layout: Layout, multi_az: bool) -> String {
    let plural = |n: u32, word: &str| {
        if n == 1 { format!("{n} {word}") } else { format!("{n} {word}s") }
    };
    let az = if multi_az { ", Multi-AZ" } else { "" };
    let each = if layout.shards > 1 { " each" } else { "" };
    format!(
        "{} with {}{each} ({}{az})",
        plural(layout.shards, "shard"),
        plural(layout.replicas, "replica"),
        plural(layout.nodes, "node")
    )
}

fn shown(check: &Check, value: Option<f64>) -> String {
    value.map_or_else(|| "an unknown amount".into(), |value| amount(check.resource, value))
}

/// The next smaller node type in the same layout, and the number it fails by.
fn why_not_smaller(choice: &Choice) -> String {
    match &choice.undersized {
        Some(undersized) => {
            let of = if choice.layout.shards > 1 { "of the fullest shard, " } else { "" };
            format!(
                "Not the smaller {} ({} a month with as many nodes): {of}{}.",
                undersized.node_type,
                numbers::bill(undersized.monthly),
                shortfall(&undersized.failed)
            )
        }
        None => "No node type whose price is known costs less with as many nodes.".into(),
    }
}

/// `It holds while keys stay between 5.2M and 9.1M and the peak below 31k/s at the horizon; at the
/// growth given …`
fn holds_while(choice: &Choice, horizon: u32) -> String {
    let range = |of: Quantity, show: &dyn Fn(f64) -> String| {
        let end = |side| choice.bounds.iter().find(|b| b.of == of && b.side == side);
        let shown = |side| end(side).map(|bound| show(bound.at));
        match (shown(Side::Least), shown(Side::Most)) {
            (Some(least), Some(most)) => Some(format!("between {least} and {most}")),
            (Some(least), None) => Some(format!("above {least}")),
            (None, Some(most)) => Some(format!("below {most}")),
            (None, None) => None,
        }
    };
    let keys = range(Quantity::Keys, &|at| numbers::count(num::round(at)));
    let rate = |at| OpsPerSec::new(at).unwrap_or(OpsPerSec::ZERO).to_string();
    let peak = range(Quantity::Peak, &rate);
    let limits: Vec<String> = [("keys stay", keys), ("the peak", peak)]
        .into_iter()
        .filter_map(|(what, range)| Some(format!("{what} {}", range?)))
        .collect();
    let holds = if limits.is_empty() {
        "No number of keys and no peak was found that changes the answer".into()
    } else {
        format!("It holds while {} at the horizon", limits.join(" and "))
    };
    match choice.flips.outgrown_in_months {
        Some(months) => format!(
            "{holds}; at the growth given the headroom is used up in month {months} (planned for \
             month {horizon})."
        ),
        None => format!("{holds}; at the growth given it is not outgrown within ten years."),
    }
}

fn facts(evidence: &Evidence<'_>, choice: &Choice) -> Vec<Fact> {
    let Evidence { models, spec, recommendation, .. } = evidence;
    let memory = choice.checks.iter().find(|check| check.resource == Resource::Memory);
    let usable = memory.and_then(|check| check.limit).map_or_else(
        || Fact::missing("Usable memory per shard"),
        |limit| {
            let usable = Bytes::from_float(limit).to_string();
            Fact::new("Usable memory per shard", usable, Grade::Published)
        },
    );
    let grade = if choice.bill.price.is_published() { Grade::Published } else { Grade::Calculated };
    let mut facts = vec![
        Fact::new("Monthly cost", numbers::bill(choice.bill.monthly), grade),
        Fact::new(
            "Memory per shard at the horizon",
            choice.memory.total().to_string(),
            Grade::Calculated,
        ),
        usable,
        Fact::new(
            "Memory: law against measurement",
            format!("{:+.3}%", models.memory.deviation * 100.0),
            Grade::Measured,
        ),
        capacity(evidence),
    ];
    facts.extend(recommendation.uncertainty.as_ref().map(sure::fact));
    facts.push(growth::fact(evidence, choice));
    facts.push(match models.capacity.near_peak {
        Some((offered, p99)) => {
            Fact::new(format!("p99 at {offered}"), p99.to_string(), Grade::Measured)
        }
        None => Fact::missing(format!("p99 near {}", spec.objective.peak)),
    });
    facts.extend(choice.p99_us.map(|p99| {
        let shown = |us| Micros::new(us).map_or("–".into(), |us| us.to_string());
        let range = format!("{} to {}", shown(p99.low), shown(p99.high));
        let grade = choice.transfer.grade.max(Grade::Calculated);
        Fact::new("p99 on the node at the horizon's peak", range, grade)
    }));
    facts
}

/// The largest offered load within the objective.
fn capacity(evidence: &Evidence<'_>) -> Fact {
    let label = format!("Capacity at p99 ≤ {}", evidence.spec.objective.p99_us);
    let capacity = &evidence.models.capacity;
    match capacity.met_at {
        Some(_) => Fact::new(label, capacity.to_string(), Grade::Measured),
        None => Fact::missing(label),
    }
}

fn nothing_fits(evidence: &Evidence<'_>) -> Headline {
    let Evidence { steps, spec, .. } = evidence;
    let mut reasons = Vec::new();
    if steps.levels.iter().all(|level| !level.is_valid()) {
        reasons.push("Every level is void, so the capacity is not known.".into());
        reasons.extend(first_reasons(&steps.levels));
    } else if evidence.models.capacity.met_at.is_none() {
        let lowest = steps
            .levels
            .iter()
            .filter(|level| level.is_valid())
            .filter_map(|level| level.response().quantile(0.99))
            .fold(None, |least: Option<Micros>, p99| match least {
                Some(least) if least <= p99 => Some(least),
                _ => Some(p99),
            });
        reasons.push(format!(
            "No valid level met p99 ≤ {}; the lowest p99 was {}.",
            spec.objective.p99_us,
            lowest.map_or("not collected".into(), |p99| p99.to_string())
        ));
    }
    if reasons.is_empty() {
        reasons.extend(what_rejects(evidence));
        if spec.allows_shards() {
            reasons.extend(evidence.recommendation.caveats.first().map(ToString::to_string));
        } else {
            reasons.push(
                "Only one shard was considered, because of `cluster_mode`: \"auto\" with commands over \
                 several keys, or \"disabled\"; \"enabled\" spreads keys, where clients split commands."
                    .into(),
            );
        }
    }
    reasons.extend(incumbent::sentence(evidence));
    reasons.extend(costs::serverless_instead(evidence));
    Headline {
        outcome: Outcome::NotMet,
        verdict: format!("No node type can be recommended for {}.", spec.name),
        reasons,
        facts: vec![capacity(evidence)],
    }
}

/// What rejects most node types, and the type that comes nearest to it.
fn what_rejects(evidence: &Evidence<'_>) -> Option<String> {
    let rejected: Vec<(&Candidate, &Check)> = evidence
        .recommendation
        .candidates
        .iter()
        .filter_map(|candidate| match &candidate.outcome {
            Fate::TooSmall { rejected_by, .. } => Some((candidate, rejected_by)),
            _ => None,
        })
        .collect();
    let of = |resource| rejected.iter().filter(move |(_, check)| check.resource == resource);
    let resource = Resource::ALL.into_iter().max_by_key(|resource| of(*resource).count())?;
    let (nearest, check) = of(resource)
        .min_by(|(_, a), (_, b)| a.pressure().partial_cmp(&b.pressure()).expect("numbers"))?;
    Some(format!(
        "{} of {} node types and engines that were sized fail on {resource}; nearest is {} with {}: \
         {}.",
        of(resource).count(),
        rejected.len(),
        nearest.node_type,
        nearest.engine,
        shortfall(check)
    ))
}

/// Each distinct kind of reason once, as the first level that has it says it.
fn first_reasons(levels: &[Level]) -> Vec<String> {
    let mut seen = Vec::new();
    let mut reasons = Vec::new();
    for reason in levels.iter().flat_map(|level| &level.void) {
        let kind = std::mem::discriminant(reason);
        if !seen.contains(&kind) {
            seen.push(kind);
            reasons.push(format!("At the first such level, {reason}."));
        }
    }
    reasons
}
