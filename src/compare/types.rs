//! Node types side by side, for one run's plan and measurement.

use serde::Serialize;

use crate::catalog::{Catalog, NodeType, Region};
use crate::engine::EngineVersion;
use crate::measurement::TargetFacts;
use crate::model::Models;
use crate::size::{
    Bill, Candidate, Check, Layout, Moment, NotChosen, NotOffered, Outcome, Resource, SizeError,
    Sized,
};
use crate::spec::{Families, PlanSpec};

use super::significance::winner;
use super::{Better, Figure, Winner};

/// Names offered in place of one that is not known.
const NEAREST: usize = 3;

/// Node types, constraint by constraint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TypesComparison {
    /// The plan's name.
    pub name: String,
    /// Where the prices are from.
    pub region: Region,
    /// What production asks for at the horizon.
    pub horizon: Moment,
    /// In the order they were named, each with every engine.
    pub types: Vec<TypeView>,
    /// Every resource that one of them has a check of.
    pub margins: Vec<Margin>,
    /// The cheapest layout that fits.
    pub cost: Winner,
    /// The fewest shards that fit.
    pub shards: Winner,
}

/// One node type with one engine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TypeView {
    /// As in `cache.r7g.large`.
    pub node_type: String,
    /// What it would run.
    pub engine: EngineVersion,
    /// Whether the plan would choose from it: of a family and with an engine it asks for.
    pub is_considered: bool,
    /// The fewest shards that fit, or those that come nearest; `None` where nothing was sized.
    pub layout: Option<Layout>,
    /// Whether that layout fits.
    pub fits: bool,
    /// What it costs, where it fits and has a price.
    pub bill: Option<Bill>,
    /// What rejects it at any number of shards.
    pub rejected_by: Option<Check>,
    /// What rejects one shard of it.
    pub one_shard_rejected_by: Option<Check>,
    /// Why it cannot be had at all, in words.
    pub unavailable: Option<String>,
    /// Of each shard of the layout at the horizon.
    pub checks: Vec<Check>,
}

/// One resource of all types.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Margin {
    /// Which.
    pub resource: Resource,
    /// Of each type, what is left of what it may use; negative where it is short.
    pub margins: Vec<Option<f64>>,
    /// Which has most left.
    pub winner: Winner,
}

/// Why types cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum TypesError {
    /// Not in the catalog.
    #[error("the catalog has no node type `{name}`")]
    Unknown {
        /// As it was typed.
        name: String,
        /// The names that are most like it.
        nearest: Vec<String>,
    },
    /// Nothing can be sized.
    #[error(transparent)]
    Size(#[from] SizeError),
}

/// Sizes a plan on the named types alone, previous generations among them where they are named.
///
/// * `names`: `cache.r7g.large` or `r7g.large`.
/// * `engines`: to size for; none for the engine of the answer, or the plan's first.
///
/// # Errors
/// When a type is not known, or the plan cannot be sized.
pub fn compare_types(
    sized: &Sized,
    models: &Models,
    target: &TargetFacts,
    catalog: &Catalog,
    names: &[String],
    engines: &[EngineVersion],
) -> Result<TypesComparison, TypesError> {
    let names: Vec<String> =
        names.iter().map(|name| known(catalog, name)).collect::<Result<_, _>>()?;
    let asked = &sized.plan;
    let mut plan = asked.clone();
    plan.aws.families = Families::All;
    plan.aws.engines = if engines.is_empty() {
        let chosen = sized.recommendation.chosen.as_ref().map(|choice| choice.engine);
        vec![chosen.unwrap_or(asked.aws.engines[0])]
    } else {
        engines.to_vec()
    };
    let engines = plan.aws.engines.clone();
    let fresh = Sized::new(plan, models, target, catalog)?.recommendation;
    let mut types = Vec::new();
    for name in &names {
        let found = engines.iter().filter_map(|engine| fresh.candidate(name, *engine));
        types.extend(found.map(|candidate| view(candidate, asked, catalog)));
    }
    let bills: Vec<Option<Figure>> =
        types.iter().map(|one| Some(Figure::exact(one.bill.as_ref()?.monthly.usd()))).collect();
    let shards: Vec<Option<Figure>> = types
        .iter()
        .map(|one| one.layout.filter(|_| one.fits).map(|l| Figure::exact(f64::from(l.shards))))
        .collect();
    Ok(TypesComparison {
        name: asked.name.clone(),
        region: fresh.region.clone(),
        horizon: fresh.horizon.clone(),
        margins: margins(&types),
        cost: winner(&bills, Better::Less),
        shards: winner(&shards, Better::Less),
        types,
    })
}

/// The catalog's name, with `cache.` in front where that was left out.
fn known(catalog: &Catalog, name: &str) -> Result<String, TypesError> {
    let long = format!("cache.{name}");
    for spelled in [name, &long] {
        if catalog.node_type(spelled).is_some() {
            return Ok(spelled.to_owned());
        }
    }
    let full = if name.starts_with("cache.") { name } else { &long };
    let mut near: Vec<(f64, &str)> = catalog
        .node_types()
        .iter()
        .map(|node| (strsim::jaro_winkler(full, &node.name), node.name.as_str()))
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let nearest = near.into_iter().take(NEAREST).map(|(_, name)| name.to_owned()).collect();
    Err(TypesError::Unknown { name: name.to_owned(), nearest })
}

fn view(candidate: &Candidate, asked: &PlanSpec, catalog: &Catalog) -> TypeView {
    let checks = match &candidate.outcome {
        Outcome::Fits { checks, .. }
        | Outcome::FitsUnpriced { checks, .. }
        | Outcome::TooSmall { checks, .. } => checks.clone(),
        Outcome::Unsupported(_) | Outcome::NotOffered(_) => Vec::new(),
    };
    let unavailable = match &candidate.outcome {
        Outcome::Unsupported(reason) => Some(reason.to_string()),
        Outcome::NotOffered(reason) => Some(reason.to_string()),
        Outcome::FitsUnpriced { unpriced, .. } => Some(unpriced.to_string()),
        Outcome::Fits { .. } | Outcome::TooSmall { .. } => None,
    };
    let rejected_by = match &candidate.not_chosen {
        Some(NotChosen::TooSmall { check }) => Some(check.clone()),
        _ => None,
    };
    let is_current = catalog.node_type(&candidate.node_type).is_some_and(NodeType::is_current);
    let closed = matches!(candidate.outcome, Outcome::NotOffered(NotOffered::ClosedToNewClusters));
    TypeView {
        node_type: candidate.node_type.clone(),
        engine: candidate.engine,
        is_considered: !closed
            && (is_current || asked.aws.families == Families::All)
            && asked.aws.engines.contains(&candidate.engine),
        layout: candidate.layout(),
        fits: matches!(candidate.outcome, Outcome::Fits { .. } | Outcome::FitsUnpriced { .. }),
        bill: candidate.bill().cloned(),
        rejected_by,
        one_shard_rejected_by: candidate.first_shortfall.clone(),
        unavailable,
        checks,
    }
}

/// Of each resource that any type has a check of, in the order of [`Resource::ALL`].
fn margins(types: &[TypeView]) -> Vec<Margin> {
    let of = |resource| {
        let margin = |one: &TypeView| {
            let check = one.checks.iter().find(|check| check.resource == resource)?;
            Some(1.0 - check.pressure()?)
        };
        let margins: Vec<Option<f64>> = types.iter().map(margin).collect();
        let figures: Vec<Option<Figure>> =
            margins.iter().map(|margin| margin.map(Figure::exact)).collect();
        Margin { resource, winner: winner(&figures, Better::More), margins }
    };
    let has_any = |resource: &Resource| {
        types.iter().any(|one| one.checks.iter().any(|check| check.resource == *resource))
    };
    Resource::ALL.into_iter().filter(has_any).map(of).collect()
}
