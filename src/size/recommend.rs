//! The question put to the whole catalog.

use crate::catalog::{Catalog, Limits, NodeType, Price, Region, Unpriced};
use crate::engine::{EngineVersion, Product};
use crate::measurement::TargetFacts;
use crate::model::Models;
use crate::model::memory::Detail;
use crate::spec::PlanSpec;
use crate::units::{Fraction, Usd};

use super::bills::{self, Ground};
use super::bounds::bounds;
use super::change::{explain, next_steps};
use super::clock::clock;
use super::constraint::Rules;
use super::cost::{bill, rank};
use super::demand::Ask;
use super::doubts::doubts;
use super::flips::Subject;
use super::market::Market;
use super::prepared::Prepared;
use super::response;
use super::search::{Horizon, binding, loses_a_node, offered, worst_failure};
use super::smaller::misses;
use super::transfer::Measured;
use super::what_if::what_if;
use super::worlds::uncertainty;
use super::{
    Candidate, Caveat, Choice, NotChosen, NotOffered, Outcome, Recommendation, RunnerUp, SizeError,
    State, Uncertainty, back_test, incumbent, policy_rules,
};

/// Valkey has durable clusters from this major version on. Source: L14.
const DURABLE_FROM: u16 = 9;
/// Share of the worlds in which an answer has to fit before nothing is said about it.
const SURE: f64 = 0.9;
/// How many runners-up are kept.
const RUNNERS_UP: usize = 5;

/// The cheapest cluster that carries the plan at its horizon, and what became of every other.
///
/// The same inputs give the same result, whatever the order of the catalog's rows.
///
/// # Errors
/// When the plan names a Region without prices or more replicas than a shard can have. That no
/// node type fits is a result: [`Recommendation::chosen`] is `None` then.
pub fn recommend(
    spec: &PlanSpec,
    models: &Models,
    target: &TargetFacts,
    catalog: &Catalog,
) -> Result<Recommendation, SizeError> {
    let region = region(spec, catalog)?;
    policy_rules::check_names(spec, catalog)?;
    let (unruled, all_prices) = (spec, catalog);
    let (effective, current) =
        (spec.as_ruled(), policy_rules::current_prices(catalog, &spec.policy));
    let (spec, catalog) = (&*effective, &*current);
    spec.aws.engines.iter().try_for_each(|engine| spec.check_engine(*engine))?;
    let prepared = Prepared::of(spec);
    let rules = Rules {
        spec,
        models,
        limits: &catalog.limits,
        measured: measured(spec, catalog)?,
        is_private: target.is_private,
        prepared: &prepared,
    };
    let ask = Ask::in_months(&prepared, spec.capacity.horizon_months);
    let today = Ask::in_months(&prepared, 0);
    let horizon = Horizon::new(rules, ask, Detail::Fine);
    let mut candidates = Vec::new();
    for node in catalog.node_types() {
        for &engine in &spec.aws.engines {
            candidates.push(candidate(&horizon, catalog, &region, node, engine));
        }
    }
    explain(&horizon, catalog, &mut candidates);
    policy_rules::name_old_prices(&mut candidates, &spec.policy, all_prices);
    let ranking = ranking(&candidates, spec, catalog);
    let chosen = ranking.first().map(|&best| &candidates[best]).and_then(|best| {
        let node = catalog.node_type(&best.node_type)?;
        Some((choice(&rules, node, best, &today, &horizon.ask)?, node))
    });
    let market = Market::of(&horizon, catalog, &region);
    let chosen = chosen.map(|(mut choice, node)| {
        choice.bounds = bounds(&horizon, &market, &choice);
        choice.undersized = market.undersized(&horizon, &choice.alternative());
        choice.next = next_steps(&horizon, &market);
        (choice, node)
    });
    let sure = chosen.as_ref().map(|(choice, _)| choice);
    let as_planned = sure.map(Choice::alternative);
    let what_if = what_if(&horizon, &market, as_planned.as_ref());
    let uncertainty = uncertainty(&horizon, &market, catalog, sure, &mut candidates);
    let cheapest = chosen.as_ref().map(|(choice, _)| choice.bill.monthly);
    let runners_up = runners_up(&ranking, &candidates);
    let best = ranking.first().copied();
    for (index, candidate) in candidates.iter_mut().enumerate() {
        candidate.not_chosen =
            if best == Some(index) { None } else { Some(not_chosen(&candidate.outcome, cheapest)) };
    }
    let mut caveats =
        doubts(&rules, catalog, &candidates, chosen.as_ref().map(|(choice, node)| (choice, *node)));
    caveats.extend(uncertainty.as_ref().and_then(seldom_sure));
    let misses =
        misses(&horizon, catalog, &region, chosen.as_ref().map(|(choice, node)| (choice, *node)));
    policy_rules::caveats(unruled, &mut caveats);
    let running =
        incumbent::running(&horizon, &today, all_prices, &region, chosen.as_ref().map(|(c, _)| c));
    let back_tested = running.iter().flat_map(|running| back_test::doubts(&running.back_test));
    caveats.splice(0..0, back_tested);
    let ground = Ground {
        rules: &rules,
        catalog,
        region: &region,
        horizon: &horizon.ask,
        candidates: &candidates,
        runners_up: &runners_up,
    };
    let costs = bills::costs(&ground, chosen.as_ref().map(|(choice, _)| choice));
    Ok(Recommendation {
        costs: Some(costs),
        region,
        misses,
        today: today.moment(0),
        horizon: horizon.ask.moment(spec.capacity.horizon_months),
        chosen: chosen.map(|(choice, _)| choice),
        runners_up,
        candidates,
        uncertainty,
        what_if: Some(what_if),
        caveats,
        incumbent: running,
    })
}

fn region(spec: &PlanSpec, catalog: &Catalog) -> Result<Region, SizeError> {
    let name = &spec.aws.region;
    let region =
        Region::parse(name).ok_or_else(|| SizeError::NotARegion { region: name.clone() })?;
    if !catalog.prices.regions().any(|known| *known == region) {
        let known = catalog.prices.regions().cloned().collect();
        return Err(SizeError::NoPrices { region, known });
    }
    let (replicas, most) = (spec.capacity.replicas, catalog.limits.replicas_per_shard_max.value);
    if replicas > most {
        return Err(SizeError::TooManyReplicas { replicas, most });
    }
    Ok(region)
}

fn candidate(
    horizon: &Horizon<'_>,
    catalog: &Catalog,
    region: &Region,
    node: &NodeType,
    engine: EngineVersion,
) -> Candidate {
    let mut candidate = Candidate {
        node_type: node.name.clone(),
        engine,
        outcome: Outcome::NotOffered(super::NotOffered::ClosedToNewClusters),
        single_shard: Vec::new(),
        first_shortfall: None,
        would_fit: None,
        fits_probability: None,
        not_chosen: None,
    };
    let spec = horizon.rules.spec;
    let limits = horizon.rules.limits;
    if let Err(reason) = offer(spec, limits, node, engine) {
        candidate.outcome = Outcome::NotOffered(reason);
        return candidate;
    }
    if let Err(reason) = node.supports(engine) {
        candidate.outcome = Outcome::Unsupported(reason);
        return candidate;
    }
    let found = horizon.search(node, engine);
    let (Ok(answer) | Err(answer)) = &found;
    candidate.single_shard.clone_from(&answer.single_shard);
    candidate.first_shortfall = worst_failure(&answer.single_shard).cloned();
    candidate.outcome = match found {
        Ok(fit) => match price(horizon.rules.spec, catalog, region, node, engine) {
            Ok(price) => Outcome::Fits {
                layout: fit.layout,
                checks: fit.checks,
                bill: bill(fit.layout, price),
            },
            Err(unpriced) => {
                Outcome::FitsUnpriced { layout: fit.layout, checks: fit.checks, unpriced }
            }
        },
        Err(nearest) => match policy_rules::refused_layout(horizon, node, engine) {
            Some(refused) => Outcome::NotOffered(refused),
            None => Outcome::TooSmall {
                layout: nearest.layout,
                rejected_by: worst_failure(&nearest.checks)
                    .or_else(|| worst_failure(&nearest.node_lost))
                    .expect("a layout that does not fit fails a check")
                    .clone(),
                checks: nearest.checks,
            },
        },
    };
    candidate
}

/// A doubt where a limit is passed in more than one of ten worlds.
fn seldom_sure(sure: &Uncertainty) -> Option<Caveat> {
    let fits = Fraction::new(sure.fits.value)?;
    (fits.get() < SURE).then_some(Caveat::SeldomSure { fits })
}

/// Whether a node type with an engine is asked at all.
pub(super) fn is_considered(
    spec: &PlanSpec,
    limits: &Limits,
    node: &NodeType,
    engine: EngineVersion,
) -> bool {
    offer(spec, limits, node, engine).is_ok() && node.supports(engine).is_ok()
}

/// Whether AWS and the policy let the plan have the type with the engine.
fn offer(
    spec: &PlanSpec,
    limits: &Limits,
    node: &NodeType,
    engine: EngineVersion,
) -> Result<(), NotOffered> {
    offered(node, spec.aws.families, &spec.policy)?;
    policy_rules::engine(engine, &spec.policy)?;
    durable(spec, limits, node, engine)
}

/// Whether writes can be made durable as the plan asks. Source: limits.csv, `durability_…`, L14.
fn durable(
    spec: &PlanSpec,
    limits: &Limits,
    node: &NodeType,
    engine: EngineVersion,
) -> Result<(), NotOffered> {
    if spec.production.durability.is_none() {
        return Ok(());
    }
    let is_possible = engine.product == Product::Valkey
        && engine.major >= DURABLE_FROM
        && spec.capacity.replicas > 0
        && spec.capacity.multi_az
        && spec.production.tls;
    if !is_possible {
        return Err(NotOffered::NotDurable);
    }
    let families = &limits.durable_families.value;
    if families.contains(&node.family) {
        Ok(())
    } else {
        Err(NotOffered::NotDurableFamily { families: families.clone() })
    }
}

/// The node type that the plan says was measured.
fn measured<'c>(spec: &PlanSpec, catalog: &'c Catalog) -> Result<Measured<'c>, SizeError> {
    let Some(name) = &spec.production.measured_on else { return Ok(Measured::AnyMachine) };
    let node = catalog.node_type(name);
    node.map(Measured::Node).ok_or_else(|| SizeError::NotANodeType { node_type: name.clone() })
}

/// A node's price, bought as the plan says.
pub(super) fn price(
    spec: &PlanSpec,
    catalog: &Catalog,
    region: &Region,
    node: &NodeType,
    engine: EngineVersion,
) -> Result<Price, Unpriced> {
    let purchase = bills::purchase(spec.aws.purchase);
    catalog.prices.price(region, engine.product, &node.name, purchase)
}

/// Indices of the candidates that fit and have a price, best first.
fn ranking(candidates: &[Candidate], spec: &PlanSpec, catalog: &Catalog) -> Vec<usize> {
    let mut ranked: Vec<_> = candidates
        .iter()
        .enumerate()
        .filter_map(|(index, candidate)| {
            let family = &catalog.node_type(&candidate.node_type)?.family;
            let engine_index = spec.aws.engines.iter().position(|e| *e == candidate.engine)?;
            Some((rank(candidate, family, engine_index)?, index))
        })
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, index)| index).collect()
}

fn choice(
    rules: &Rules<'_>,
    node: &NodeType,
    candidate: &Candidate,
    today: &Ask,
    horizon: &Ask,
) -> Option<Choice> {
    let Outcome::Fits { layout, checks, bill } = &candidate.outcome else {
        return None;
    };
    let subject = Subject {
        rules: *rules,
        node,
        engine: candidate.engine,
        layout: *layout,
        detail: Detail::Fine,
    };
    let (now, then) = (subject.case(today, State::Steady), subject.case(horizon, State::Steady));
    let node_lost = if loses_a_node(rules, *layout) {
        rules.checks(&subject.case(horizon, State::NodeLost))
    } else {
        Vec::new()
    };
    let path = rules.path(node, candidate.engine);
    Some(Choice {
        node_type: candidate.node_type.clone(),
        engine: candidate.engine,
        layout: *layout,
        bill: bill.clone(),
        checks_today: rules.checks(&now),
        binding: binding(checks.iter().chain(&node_lost)),
        checks: checks.clone(),
        checks_node_lost: node_lost,
        memory: then.memory,
        memory_today: now.memory,
        reserved: rules.reserved(&then),
        transfer: rules.transfer(node),
        p99_us: response::p99(&rules.models.capacity, path, then.commands),
        flips: subject.flips(),
        bounds: Vec::new(),
        undersized: None,
        next: Vec::new(),
        clock: clock(&subject),
    })
}

/// The next best candidates of other node types, each type once.
fn runners_up(ranking: &[usize], candidates: &[Candidate]) -> Vec<RunnerUp> {
    let Some((&best, rest)) = ranking.split_first() else {
        return Vec::new();
    };
    let cheapest = candidates[best].bill().map_or(Usd::ZERO, |bill| bill.monthly);
    let mut seen = vec![candidates[best].node_type.as_str()];
    let mut runners_up = Vec::new();
    for candidate in rest.iter().map(|&index| &candidates[index]) {
        let Outcome::Fits { layout, checks, bill } = &candidate.outcome else {
            continue;
        };
        if runners_up.len() == RUNNERS_UP {
            break;
        }
        if seen.contains(&candidate.node_type.as_str()) {
            continue;
        }
        seen.push(&candidate.node_type);
        runners_up.push(RunnerUp {
            node_type: candidate.node_type.clone(),
            engine: candidate.engine,
            layout: *layout,
            bill: bill.clone(),
            binding: binding(checks.iter()),
            dearer_by: less(bill.monthly, cheapest),
        });
    }
    runners_up
}

fn not_chosen(outcome: &Outcome, cheapest: Option<Usd>) -> NotChosen {
    match outcome {
        Outcome::Fits { bill, .. } => match less(bill.monthly, cheapest.unwrap_or(Usd::ZERO)) {
            Usd::ZERO => NotChosen::SamePrice,
            by => NotChosen::Dearer { by },
        },
        Outcome::FitsUnpriced { .. } => NotChosen::Unpriced,
        Outcome::TooSmall { rejected_by, .. } => NotChosen::TooSmall { check: rejected_by.clone() },
        Outcome::Unsupported(reason) => NotChosen::Unsupported(reason.clone()),
        Outcome::NotOffered(reason) => NotChosen::NotOffered(reason.clone()),
    }
}

fn less(more: Usd, less: Usd) -> Usd {
    Usd::from_nanos(more.nanos().saturating_sub(less.nanos()))
}
