//! What the models say of the layout that runs today, beside what was observed of it. Source:
//! MODEL.md §3.9.

use serde::{Deserialize, Serialize};

use crate::model::Estimate;
use crate::model::memory::overhead;
use crate::spec::{Observed, PlanSpec};
use crate::units::{Bytes, BytesPerSec, Fraction, num};

use super::constraint::{Case, Rules};
use super::demand::Ask;
use super::flips::Subject;
use super::{Caveat, Resource, State};

/// Memory beyond its interval by more than this is doubted. Chosen: the law meets servers whose data it
/// knows within 1 %, and a sizing with the usual headroom of 20 % survives this much.
const MEMORY_BAR: f64 = 0.05;

/// One prediction of what runs today, and what was observed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// Of what; decides the unit, that of its check.
    pub resource: Resource,
    /// What the models say of its fullest or busiest primary.
    pub predicted: Estimate,
    /// What monitoring says.
    pub observed: f64,
}

impl Tested {
    /// Predicted ÷ observed − 1; `None` where nothing was used.
    pub fn error(&self) -> Option<f64> {
        (self.observed > 0.0).then(|| self.predicted.value / self.observed - 1.0)
    }

    /// Whether what was observed lies in the prediction's interval.
    pub fn is_within(&self) -> bool {
        (self.predicted.low..=self.predicted.high).contains(&self.observed)
    }

    /// Whether it is held against a bar. Network is not: a host's bytes hold handshakes, TLS and packets
    /// that were sent again, which no model counts.
    pub fn is_judged(&self) -> bool {
        matches!(self.resource, Resource::Memory | Resource::EngineCpu)
    }

    /// Whether it is so far off that the sizing is to be doubted.
    pub fn is_doubtful(&self) -> bool {
        let bar = if self.resource == Resource::Memory { MEMORY_BAR } else { 0.0 };
        let is_off = self.error().is_some_and(|error| error.abs() > bar);
        self.is_judged() && is_off && !self.is_within()
    }
}

/// Every prediction for which there is an observation, in the order of [`Resource`].
///
/// * `today`: what runs, at the plan's own figures.
pub(super) fn back_test(today: &Subject<'_>, observed: &Observed) -> Vec<Tested> {
    let spec = at_connections(today.rules.spec, observed);
    let subject = Subject { rules: Rules { spec: &spec, ..today.rules }, ..*today };
    let rules = &subject.rules;
    let planned = spec.capacity.keys.iter().fold(0, |sum: u64, keys| sum.saturating_add(*keys));
    let growth = observed.keys.map_or(1.0, |keys| num::float(keys) / num::float(planned.max(1)));
    let ask = Ask::at(rules.prepared, growth, 1.0);
    let ask = observed.rate.map_or(ask.clone(), |rate| ask.with_peak(rate));
    let case = commands_as_observed(subject.case(&ask, State::Steady));
    let (wire_in, wire_out) = rules.wire(&case);
    let tested = |resource, predicted: Option<Estimate>, observed: Option<f64>| {
        Some(Tested { resource, predicted: predicted?, observed: observed? })
    };
    [
        tested(
            Resource::Memory,
            Some(memory(&case, &spec)),
            observed.used_memory_bytes.map(Bytes::float),
        ),
        tested(Resource::EngineCpu, rules.cpu(&case), observed.engine_cpu.map(Fraction::get)),
        tested(
            Resource::NetworkIn,
            wire_in.map(Estimate::exact),
            observed.network_in.map(BytesPerSec::per_sec),
        ),
        tested(
            Resource::NetworkOut,
            wire_out.map(Estimate::exact),
            observed.network_out.map(BytesPerSec::per_sec),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A doubt for each prediction that is too far off.
pub(super) fn doubts(tested: &[Tested]) -> impl Iterator<Item = Caveat> {
    tested
        .iter()
        .filter(|one| one.is_doubtful())
        .filter_map(|one| Some(Caveat::BackTestMissed { of: one.resource, error: one.error()? }))
}

/// The plan with the connections that were observed.
fn at_connections(spec: &PlanSpec, observed: &Observed) -> PlanSpec {
    let mut spec = spec.clone();
    spec.production.connections = observed.connections.or(spec.production.connections);
    spec
}

/// Monitoring counts commands, so that those of clients which split them are counted already.
fn commands_as_observed(case: Case<'_>) -> Case<'_> {
    Case { commands: case.served, ..case }
}

/// `used_memory` with tables at rest and connections at work. At least, all connections are idle; at
/// most, the fullest table is moving as well.
fn memory(case: &Case<'_>, spec: &PlanSpec) -> Estimate {
    let demand = case.memory;
    let most = demand.total();
    let settled = most.saturating_sub(demand.rehash_bytes);
    let clients = spec.production.connections.unwrap_or(spec.load.connections);
    let idle = overhead::connection(case.engine).idle * u64::from(clients);
    let least = settled.saturating_sub(demand.connections_bytes.saturating_sub(idle));
    Estimate::new(settled.float(), least.float(), most.float())
}
