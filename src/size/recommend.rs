//! The question put to the whole catalog.

use crate::catalog::{Catalog, NodeType, Region};
use crate::engine::EngineVersion;
use crate::measurement::TargetFacts;
use crate::model::Models;
use crate::model::memory::Detail;
use crate::spec::{EngineLacks, PlanSpec};
use crate::units::Usd;

use super::constraint::Rules;
use super::cost::{bill, rank};
use super::demand::Ask;
use super::doubts::doubts;
use super::flips::Subject;
use super::prepared::Prepared;
use super::search::{Horizon, binding, offered, worst_failure};
use super::transfer::transfer;
use super::{Candidate, Choice, NotChosen, Outcome, Recommendation, RunnerUp};

/// How many runners-up are kept.
const RUNNERS_UP: usize = 5;

/// Why no recommendation can be made. That nothing fits is none of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// The plan names something else than a Region.
    #[error("`{region}` is not the name of a Region")]
    NotARegion {
        /// As in the plan.
        region: String,
    },
    /// The catalog has no price in that Region.
    #[error("the catalog has no price in {region}")]
    NoPrices {
        /// As in the plan.
        region: Region,
        /// Where it has some, ascending.
        known: Vec<Region>,
    },
    /// ElastiCache does not give a shard that many replicas.
    #[error("{replicas} replicas per shard, where ElastiCache allows {most}")]
    TooManyReplicas {
        /// As in the plan.
        replicas: u32,
        /// The most.
        most: u32,
    },
    /// An engine of the plan cannot hold what it stores.
    #[error(transparent)]
    Lacks(#[from] EngineLacks),
}

impl SizeError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NotARegion { .. } => "write it like us-east-1".into(),
            Self::NoPrices { known, .. } => {
                let known: Vec<&str> = known.iter().map(Region::as_str).collect();
                format!("import a price list, or choose one of {}", known.join(", "))
            }
            Self::Lacks(_) => EngineLacks::HINT.into(),
            Self::TooManyReplicas { most, .. } => format!("set `replicas` to {most} or fewer"),
        }
    }
}

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
    spec.aws.engines.iter().try_for_each(|engine| spec.check_engine(*engine))?;
    let prepared = Prepared::of(spec);
    let rules = Rules {
        spec,
        models,
        limits: &catalog.limits,
        transfer: transfer(),
        is_private: target.is_private,
        prepared: &prepared,
    };
    let ask = Ask::in_months(&prepared, spec.capacity.horizon_months);
    let today = Ask::in_months(&prepared, 0);
    let horizon = Horizon::new(rules, ask);
    let mut candidates = Vec::new();
    for node in catalog.node_types() {
        for &engine in &spec.aws.engines {
            candidates.push(candidate(&horizon, catalog, &region, node, engine));
        }
    }
    let ranking = ranking(&candidates, spec, catalog);
    let chosen = ranking.first().map(|&best| &candidates[best]).and_then(|best| {
        let node = catalog.node_type(&best.node_type)?;
        Some((choice(&rules, node, best, &today, &horizon.ask)?, node))
    });
    let cheapest = chosen.as_ref().map(|(choice, _)| choice.bill.monthly);
    let runners_up = runners_up(&ranking, &candidates);
    let best = ranking.first().copied();
    for (index, candidate) in candidates.iter_mut().enumerate() {
        candidate.not_chosen =
            if best == Some(index) { None } else { Some(not_chosen(&candidate.outcome, cheapest)) };
    }
    let caveats =
        doubts(&rules, catalog, &candidates, chosen.as_ref().map(|(choice, node)| (choice, *node)));
    Ok(Recommendation {
        region,
        today: today.moment(0),
        horizon: horizon.ask.moment(spec.capacity.horizon_months),
        chosen: chosen.map(|(choice, _)| choice),
        runners_up,
        candidates,
        caveats,
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
        not_chosen: None,
    };
    if let Err(reason) = offered(node, horizon.rules.spec.aws.families) {
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
        Ok(fit) => match catalog.prices.on_demand(region, engine.product, &node.name) {
            Ok(price) => Outcome::Fits {
                layout: fit.layout,
                checks: fit.checks,
                bill: bill(fit.layout, price),
            },
            Err(unpriced) => {
                Outcome::FitsUnpriced { layout: fit.layout, checks: fit.checks, unpriced }
            }
        },
        Err(nearest) => Outcome::TooSmall {
            layout: nearest.layout,
            rejected_by: worst_failure(&nearest.checks)
                .expect("a layout that does not fit fails a check")
                .clone(),
            checks: nearest.checks,
        },
    };
    candidate
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
    let (now, then) = (subject.case(today), subject.case(horizon));
    Some(Choice {
        node_type: candidate.node_type.clone(),
        engine: candidate.engine,
        layout: *layout,
        bill: bill.clone(),
        checks_today: rules.checks(&now),
        binding: binding(checks),
        checks: checks.clone(),
        memory: then.memory,
        memory_today: now.memory,
        reserved: rules.reserved(&then),
        transfer: rules.transfer,
        flips: subject.flips(),
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
            binding: binding(checks),
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
        Outcome::NotOffered(reason) => NotChosen::NotOffered(*reason),
    }
}

fn less(more: Usd, less: Usd) -> Usd {
    Usd::from_nanos(more.nanos().saturating_sub(less.nanos()))
}
