//! Answers to the questions of `constraint`, each with its grade and a note.

use crate::evidence::Grade;
use crate::model::memory::{Basis, law_for};

use super::constraint::{Case, Need, Rules};
use super::{Check, Resource, note};

impl Rules<'_> {
    /// What one node needs, as checks with their notes.
    pub(super) fn checks(&self, case: &Case<'_>) -> Vec<Check> {
        self.needs(case).into_iter().map(|need| self.check(case, need)).collect()
    }

    fn check(&self, case: &Case<'_>, need: Need) -> Check {
        let demand = need.demand.map(|demand| demand.high);
        let is_known = demand.is_some() && need.limit.is_some();
        Check {
            resource: need.resource,
            state: case.state,
            demand,
            interval: need.demand.filter(|demand| demand.low < demand.high),
            limit: need.limit,
            allowed: need.limit.map(|limit| limit * self.spec.capacity.headroom.rest().get()),
            utilisation: match (demand, need.limit) {
                (Some(demand), Some(limit)) if limit > 0.0 => Some(demand / limit),
                _ => None,
            },
            grade: if is_known { self.grade(case, need.resource) } else { Grade::NotCollected },
            note: note::note(self, case, need),
        }
    }

    fn grade(&self, case: &Case<'_>, resource: Resource) -> Grade {
        let transferred = || self.transfer(case.node).grade.max(Grade::Calculated);
        match resource {
            Resource::Memory if law_for(case.engine).basis == Basis::Assumed => Grade::Assumed,
            // Its limit rests on the speed of saves then, which is assumed.
            Resource::Memory if self.is_reserve_raised(case) => Grade::Assumed,
            // How long a burst lasts is published as a span.
            Resource::NetworkIn | Resource::NetworkOut if self.is_burst() => Grade::Assumed,
            Resource::Memory
            | Resource::NetworkIn
            | Resource::NetworkOut
            | Resource::Packets
            | Resource::DurableWrites => Grade::Calculated,
            Resource::Throughput => Grade::Published,
            Resource::EngineCpu | Resource::CpuCredits => {
                let tls = self.tls(case.node, case.engine).high;
                transferred().max(if tls > 0.0 { Grade::Assumed } else { Grade::Calculated })
            }
            Resource::ResponseTime => {
                let path = self.path(case.node, case.engine);
                let is_given = self.spec.production.round_trip.is_some();
                let network = path.round_trip.high > 0.0 && !is_given;
                transferred().max(if network { Grade::Assumed } else { Grade::Calculated })
            }
            // What the plan gives is production's; the measurement's pool stands for it otherwise.
            Resource::Connections if self.spec.production.connections.is_some() => {
                Grade::Calculated
            }
            // Which values are in use is the plan's word.
            Resource::Connections | Resource::Ssd => Grade::Assumed,
        }
    }
}
