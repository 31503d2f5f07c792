//! The layout that runs today: whether it still fits, until when, what it costs, and whether the
//! chosen one is worth the change. Source: MODEL.md §3.9.

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, NodeType, Price, Purchase, Region};
use crate::engine::EngineVersion;
use crate::model::memory::Detail;
use crate::spec::{Incumbent, PlanSpec, Reservation};
use crate::units::Fraction;

use super::back_test::back_test;
use super::constraint::Rules;
use super::cost::bill;
use super::demand::Ask;
use super::flips::Subject;
use super::migration::{Burden, Migration, Place, migration};
use super::saving::{Commitment, Saving, saving};
use super::search::{Horizon, binding, loses_a_node, worst_failure};
use super::{
    Bill, Check, Choice, Layout, NotOffered, Resource, SizeError, State, Tested, layouts,
    policy_rules,
};

/// Months beyond which nothing is foretold: ten years.
const MOST_MONTHS: u32 = 120;

/// What runs today, against what was chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Running {
    /// As in `cache.r7g.large`.
    pub node_type: String,
    /// What it runs.
    pub engine: EngineVersion,
    /// How many of it.
    pub layout: Layout,
    /// What the models say of it beside what was observed; empty where nothing was.
    #[serde(default)]
    pub back_test: Vec<Tested>,
    /// On demand. `None`: no price of it is known.
    pub bill: Option<Bill>,
    /// What pays for it until a term ends; `None` on demand.
    pub commitment: Option<Commitment>,
    /// Per shard today; in the order of [`Resource`].
    pub checks_today: Vec<Check>,
    /// Per shard at the horizon.
    pub checks: Vec<Check>,
    /// Per shard at the horizon with a node lost; empty where that is not asked for.
    pub checks_node_lost: Vec<Check>,
    /// The check of the horizon that is nearest to, or farthest beyond, what it allows.
    pub binding: Resource,
    /// The worst check of today that fails; `None`: it fits today.
    pub short_today: Option<Check>,
    /// The worst check of the horizon that fails; `None`: it fits until then.
    pub short: Option<Check>,
    /// The first month in which growth has used up the headroom's limit; 0: it has. `None`: not
    /// within ten years.
    pub outgrown_in_months: Option<u32>,
    /// The first month in which a limit itself is passed; `None`: not within ten years.
    pub exhausted_in_months: Option<u32>,
    /// Rules of the plan and the policy that it breaks.
    pub breaks: Vec<Broken>,
    /// What the chosen layout saves; `None` where nothing was chosen or one of them has no price.
    pub saving: Option<Saving>,
    /// The way to the chosen layout; `None` where nothing was chosen, or it runs already.
    pub migration: Option<Migration>,
    /// What to do.
    pub advice: Advice,
}

/// A rule that what runs today breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Broken {
    /// It would not be offered.
    NotOffered(NotOffered),
    /// It has fewer replicas than the plan asks for.
    FewReplicas {
        /// It has.
        has: u32,
        /// The plan asks for.
        wants: u32,
    },
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// What runs is what would be chosen.
    Same,
    /// It fits, and the change saves too little.
    Stay,
    /// It fits, and the change saves enough.
    Change,
    /// It fits; a change pays once the reservation has ended.
    ChangeAfterTerm {
        /// Months from now.
        month: u32,
    },
    /// It is outgrown before the horizon, or breaks a rule: the change is needed by then.
    ChangeBy {
        /// Months from now; 0: now.
        month: u32,
    },
    /// It does not fit to the horizon, and nothing was chosen to change to.
    NothingBetter,
}

/// Whether `[incumbent]` names what ElastiCache can run.
pub(super) fn check(spec: &PlanSpec, catalog: &Catalog) -> Result<(), SizeError> {
    let Some(incumbent) = &spec.incumbent else { return Ok(()) };
    let Some(node) = catalog.node_type(&incumbent.node_type) else {
        let names = catalog.node_types().iter().map(|node| node.name.as_str());
        let nearest = policy_rules::nearest(&incumbent.node_type, names);
        return Err(SizeError::UnknownIncumbent {
            node_type: incumbent.node_type.clone(),
            nearest,
        });
    };
    node.supports(incumbent.engine).map_err(|why| SizeError::IncumbentUnsupported { why })?;
    let (nodes, most) = (layout(incumbent).nodes, catalog.limits.nodes_per_cluster_max.value);
    if nodes > most {
        return Err(SizeError::IncumbentTooLarge { nodes, most });
    }
    Ok(())
}

fn layout(incumbent: &Incumbent) -> Layout {
    let layout = Layout::new(incumbent.shards, incumbent.replicas);
    Layout { cluster_mode: incumbent.cluster_mode, ..layout }
}

/// What runs today beside what was chosen; `None` where the plan names nothing that runs.
pub(super) fn running(
    horizon: &Horizon<'_>,
    today: &Ask,
    catalog: &Catalog,
    region: &Region,
    chosen: Option<&Choice>,
) -> Option<Running> {
    let rules = horizon.rules;
    let incumbent = rules.spec.incumbent.as_ref()?;
    let node = catalog.node_type(&incumbent.node_type)?;
    let (engine, layout) = (incumbent.engine, layout(incumbent));
    let subject = Subject { rules, node, engine, layout, detail: Detail::Fine };
    let now = subject.case(today, State::Steady);
    let checks_of = |ask: &Ask, state| rules.checks(&subject.case(ask, state));
    let lost = |ask: &Ask| {
        if loses_a_node(&rules, layout) { checks_of(ask, State::NodeLost) } else { Vec::new() }
    };
    let (checks_today, checks) = (rules.checks(&now), checks_of(&horizon.ask, State::Steady));
    let (lost_today, checks_node_lost) = (lost(today), lost(&horizon.ask));
    let worst = |steady: &[Check], lost: &[Check]| {
        let both: Vec<Check> = steady.iter().chain(lost).cloned().collect();
        worst_failure(&both).cloned()
    };
    let price = |purchase| catalog.prices.price(region, engine.product, &node.name, purchase).ok();
    let bill_of = |price: Price| bill(layout, price);
    let bill = price(Purchase::OnDemand).map(bill_of);
    let commitment = incumbent.reserved.and_then(|reservation| {
        let Reservation { purchase, months_left } = reservation;
        let price = price(super::saving::purchase(purchase))?;
        Some(Commitment { bill: bill_of(price), months_left })
    });
    let breaks = breaks(&rules, node, engine, layout);
    let place = Place { node, engine, layout };
    let is_same = chosen.is_some_and(|choice| {
        (choice.node_type.as_str(), choice.engine, choice.layout)
            == (node.name.as_str(), engine, layout)
    });
    let to = chosen.and_then(|choice| {
        let node = catalog.node_type(&choice.node_type)?;
        Some((choice, Place { node, engine: choice.engine, layout: choice.layout }))
    });
    let months = rules.spec.capacity.horizon_months.max(1);
    let saving = to.as_ref().and_then(|(choice, to)| {
        saving(place, bill.as_ref()?, commitment.as_ref(), *to, &choice.bill, months)
    });
    let burden = Burden {
        used: now.memory.total(),
        usable: node.usable_memory(rules.reserved(&now)),
        engine_cpu: checks_today
            .iter()
            .find(|check| check.resource == Resource::EngineCpu)
            .and_then(|check| check.demand),
    };
    let default = rules.limits.reserved_memory_default.value;
    let migration = to.filter(|_| !is_same).map(|(choice, to)| {
        let reserved = Some(choice.reserved).filter(|reserved| *reserved > default);
        migration(place, to, burden, reserved)
    });
    let headroom = rules.spec.capacity.headroom;
    let outgrown = first_month(&subject, headroom);
    let short = worst(&checks, &checks_node_lost);
    let advice = advise(Facts {
        is_same,
        has_choice: chosen.is_some(),
        needed_by: needed_by(&breaks, short.is_some(), outgrown, rules.spec),
        saving: saving.as_ref(),
        months_left: commitment.as_ref().map_or(0, |commitment| commitment.months_left),
        worthwhile: rules.spec.policy.worthwhile_saving,
    });
    Some(Running {
        node_type: node.name.clone(),
        engine,
        layout,
        back_test: back_test(&subject, &incumbent.observed),
        bill,
        commitment,
        binding: binding(checks.iter().chain(&checks_node_lost)),
        short_today: worst(&checks_today, &lost_today),
        short,
        checks_today,
        checks,
        checks_node_lost,
        outgrown_in_months: outgrown,
        exhausted_in_months: first_month(&subject, Fraction::ZERO),
        breaks,
        saving,
        migration,
        advice,
    })
}

/// What the plan and the policy would not choose about it; being of an older generation, or closed
/// to new clusters, does not stop what runs.
fn breaks(
    rules: &Rules<'_>,
    node: &NodeType,
    engine: EngineVersion,
    layout: Layout,
) -> Vec<Broken> {
    let policy = &rules.spec.policy;
    let offered = [policy_rules::node_type(node, policy), policy_rules::engine(engine, policy)];
    let mut breaks: Vec<Broken> =
        offered.into_iter().filter_map(Result::err).map(Broken::NotOffered).collect();
    if let Some((rule, allowed)) = policy_rules::refuses(policy, layout) {
        breaks.push(Broken::NotOffered(NotOffered::LayoutRefused { rule, allowed, layout }));
    } else if !layouts::suits(layout, node, policy) {
        breaks.push(Broken::NotOffered(NotOffered::Burstable));
    }
    let (has, wants) = (layout.replicas, rules.spec.capacity.replicas);
    if has < wants {
        breaks.push(Broken::FewReplicas { has, wants });
    }
    breaks
}

/// The month by which it has to change; `None`: it may stay to the horizon.
fn needed_by(
    breaks: &[Broken],
    is_short: bool,
    outgrown: Option<u32>,
    spec: &PlanSpec,
) -> Option<u32> {
    let horizon = spec.capacity.horizon_months;
    if !breaks.is_empty() {
        return Some(0);
    }
    let within = outgrown.filter(|month| *month <= horizon);
    within.or(is_short.then_some(horizon))
}

/// The first month from now on that fails with that much headroom. Growth only adds, so that what
/// fails stays failing.
fn first_month(subject: &Subject<'_>, headroom: Fraction) -> Option<u32> {
    let coarse = Subject { detail: Detail::Coarse, ..*subject };
    let rules = &coarse.rules;
    let fails = |month| {
        let ask = Ask::in_months(rules.prepared, month);
        let beyond = |state| rules.worst(&coarse.case(&ask, state), headroom).1 > 1.0;
        beyond(State::Steady) || (loses_a_node(rules, coarse.layout) && beyond(State::NodeLost))
    };
    if fails(0) {
        return Some(0);
    }
    if !fails(MOST_MONTHS) {
        return None;
    }
    let (mut fits, mut failing) = (0, MOST_MONTHS);
    while failing - fits > 1 {
        let middle = fits + (failing - fits) / 2;
        if fails(middle) {
            failing = middle;
        } else {
            fits = middle;
        }
    }
    Some(failing)
}

/// What advice rests on.
#[derive(Debug, Clone, Copy)]
struct Facts<'a> {
    is_same: bool,
    has_choice: bool,
    needed_by: Option<u32>,
    saving: Option<&'a Saving>,
    months_left: u32,
    worthwhile: Fraction,
}

fn advise(facts: Facts<'_>) -> Advice {
    if facts.is_same {
        return Advice::Same;
    }
    match (facts.needed_by, facts.has_choice) {
        (Some(month), true) => return Advice::ChangeBy { month },
        (Some(_), false) => return Advice::NothingBetter,
        (None, false) => return Advice::Stay,
        (None, true) => {}
    }
    let Some(saving) = facts.saving else { return Advice::Stay };
    let is_worth_it = |share: f64| share > 0.0 && share >= facts.worthwhile.get();
    if is_worth_it(saving.share) {
        Advice::Change
    } else if facts.months_left > 0 && is_worth_it(saving.share_on_demand) {
        Advice::ChangeAfterTerm { month: facts.months_left }
    } else {
        Advice::Stay
    }
}
