//! All results to a [`Report`]: the only place that decides what is said.

mod amount;
mod back_test;
mod bounds;
mod candidates;
mod compare;
mod cost_chart;
mod costs;
mod course;
mod failure;
mod glossary;
mod growth;
mod headline;
mod hits;
mod incumbent;
mod level_charts;
mod levels;
mod memory;
mod method;
mod migration;
mod misses;
mod network;
mod nodes;
mod per_key_chart;
mod reserve;
mod rules;
mod serverless;
mod sure;
mod utilisation;
mod verdict;
mod what_if;
mod workload;

use std::collections::BTreeMap;

use crate::artifact::{Digest, Kind};
use crate::catalog::Catalog;
use crate::measurement::{Seeded, Steps, TargetFacts};
use crate::model::Models;
use crate::size::Recommendation;
use crate::spec::PlanSpec;

use super::{Report, Section, Setting};

pub use compare::{compared_runs, compared_types};
pub use method::FACTS_OF_CATALOG;

/// Everything a report speaks of.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What was asked.
    pub spec: &'a PlanSpec,
    /// What seeding measured.
    pub seeded: &'a Seeded,
    /// What each level measured.
    pub steps: &'a Steps,
    /// What was learned.
    pub models: &'a Models,
    /// What to provision.
    pub recommendation: &'a Recommendation,
    /// Node types and prices.
    pub catalog: &'a Catalog,
    /// The digest of the catalog that the recommendation was made with; `None`: not kept.
    pub sized_with: Option<&'a Digest>,
    /// Of the artifacts the report is made from.
    pub digests: &'a BTreeMap<Kind, Digest>,
}

/// The report. The same evidence gives the same report: nothing here knows what time it is.
pub fn build(evidence: &Evidence<'_>) -> Report {
    // As it was sized: with what its policy asks for.
    let ruled = evidence.spec.as_ruled();
    let evidence = &Evidence { spec: &ruled, ..*evidence };
    let Evidence { spec, seeded, recommendation, digests, .. } = evidence;
    let target = &seeded.target;
    let run = digests.get(&Kind::Steps).map_or("", Digest::short);
    Report {
        title: format!("ElastiCache sizing: {}", spec.name),
        subtitle: format!(
            "Measured {} on {}, planned for {} in {}",
            seeded.started,
            place(target),
            engines(spec),
            recommendation.region
        ),
        headline: headline::headline(evidence),
        sections: sections(evidence),
        footer: format!(
            "cachefit {} · measurement {run} · every number carries its grade: measured, \
             calculated, published or assumed",
            env!("CARGO_PKG_VERSION")
        ),
        setting: Setting::default(),
    }
}

fn sections(evidence: &Evidence<'_>) -> Vec<Section> {
    let sections = [
        Some(verdict::section(evidence)),
        incumbent::section(evidence),
        Some(verdict::caveats(evidence)),
        sure::section(evidence),
        growth::section(evidence),
        what_if::section(evidence),
        costs::section(evidence),
        Some(rules::section(evidence)),
        Some(workload::section(evidence)),
        Some(memory::section(evidence)),
        Some(levels::section(evidence)),
        Some(network::section(evidence)),
        Some(candidates::section(evidence)),
        misses::section(evidence),
        Some(method::section(evidence)),
        Some(glossary::section()),
    ];
    sections.into_iter().flatten().collect()
}

/// `a private valkey 8.1.1`, or `redis 7.1.0 at cache.internal:6379`.
fn place(target: &TargetFacts) -> String {
    let engine = format!("{} {}", target.engine.product, target.version);
    match target.address.as_ref().filter(|_| !target.is_private) {
        Some(address) => format!("{engine} at {address}"),
        None => format!("a private {engine}"),
    }
}

/// `valkey-8.1 or redis-7.1`.
fn engines(spec: &PlanSpec) -> String {
    let names: Vec<String> = spec.aws.engines.iter().map(ToString::to_string).collect();
    names.join(" or ")
}
