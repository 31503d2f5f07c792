//! Everything after the measurement, calculated again.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::artifact::{Artifact, ArtifactError, Changes, Digest, Kind, PRODUCER, changes};
use crate::catalog::Catalog;
use crate::measurement::{Seeded, Steps};
use crate::model::Models;
use crate::provision::{Tfvars, tfvars};
use crate::report::{Evidence, FACTS_OF_CATALOG, Report, build};
use crate::size::Sized;
use crate::spec::PlanSpec;
use crate::units::num;

use super::chain::broken_links;
use super::{Checked, Difference, measured};

/// What a plan says of the measurement; `size` cannot change it.
const MEASURED_PARTS: [&str; 5] = ["$.name", "$.classes", "$.traffic", "$.load", "$.framework"];
/// Parts of a report that are made without the catalog.
const WITHOUT_CATALOG: [&str; 4] = ["caveats", "workload", "latency", "method"];

/// What follows from a run's measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Recomputed {
    /// The six artifacts in order, as far as something could be said of them.
    pub checked: Vec<Checked>,
    /// What the reader has to know to read the findings: another catalog, another version of the
    /// program, what `size` was told to change.
    pub remarks: Vec<String>,
    /// The report that the renderings have to show; `None` where 05 or 06 is missing.
    pub report: Option<Report>,
    /// Why renderings may differ without being at fault.
    pub excuse: Option<String>,
    /// The variables that provision the answer; `None` where there is no answer.
    pub tfvars: Option<Tfvars>,
    /// The plan that was measured.
    pub plan: PlanSpec,
    /// What was measured.
    pub steps: Steps,
}

/// Why nothing can be calculated from a run.
#[derive(Debug)]
pub struct Unusable {
    /// The artifact.
    pub kind: Kind,
    /// What is wrong with it; `None` when it is missing.
    pub cause: Option<ArtifactError>,
}

/// Calculates models, recommendation and report again and compares them with what is stored.
///
/// Each is made from what the one before should be, so that a figure that was altered is found in
/// its own file and nowhere else; what is named by another digest is found as well.
///
/// * `texts`: of the artifacts that are there.
///
/// # Errors
/// When a measurement is missing, or an artifact is not what it should be.
pub fn recompute(
    texts: &BTreeMap<Kind, String>,
    catalog: &Catalog,
) -> Result<Recomputed, Unusable> {
    let digests = texts.iter().map(|(kind, text)| (*kind, Digest::of(text))).collect();
    let mut run = Run { texts, digests, followed: BTreeMap::new(), remarks: Vec::new() };
    let (spec, spec_digest) = run.needed::<PlanSpec>(Kind::Spec)?;
    let (seeded, _) = run.needed::<Seeded>(Kind::Seed)?;
    let (steps, _) = run.needed::<Steps>(Kind::Steps)?;
    let mut checked = vec![Checked::new(
        Kind::Spec.file_name(),
        format!("nothing: it is what was asked ({})", spec_digest.short()),
        0,
        Vec::new(),
    )];
    checked.push(run.measured(Kind::Seed, &seeded, measured::seeded(&spec.body, &seeded.body)));
    checked.push(run.measured(Kind::Steps, &steps, measured::steps(&spec.body, &steps.body)));

    let learned = Models::learn(&spec.body, &seeded.body, &steps.body);
    let models = if let Some(stored) = run.stored::<Models>(Kind::Models)? {
        let excuse = run.other_version(Kind::Models, &stored.producer);
        let (one, models) = run.follow(stored, learned, excuse.as_deref(), everything);
        checked.push(one);
        models
    } else {
        checked.push(missing(Kind::Models));
        learned
    };

    let mut all = Recomputed {
        checked,
        remarks: Vec::new(),
        report: None,
        excuse: None,
        tfvars: None,
        plan: spec.body.clone(),
        steps: steps.body.clone(),
    };
    if let Some(stored) = run.stored::<Sized>(Kind::Recommendation)? {
        let (one, sized, another) = run.sized(stored, &spec.body, &seeded.body, &models, catalog);
        all.checked.push(one);
        all.tfvars = tfvars(&sized.plan, &sized.recommendation, catalog);
        let mut fresh = build(&Evidence {
            spec: &sized.plan,
            seeded: &seeded.body,
            steps: &steps.body,
            models: &models,
            recommendation: &sized.recommendation,
            catalog,
            sized_with: sized.catalog.as_ref(),
            digests: &run.followed,
        });
        if let Some(stored) = run.stored::<Report>(Kind::Report)? {
            // How it is set does not follow from anything.
            fresh.setting.clone_from(&stored.body.setting);
            let version = run.other_version(Kind::Report, &stored.producer);
            let part =
                if another.is_some() && version.is_none() { without_catalog } else { everything };
            let excuse = version.clone().or(another);
            let (one, report) = run.follow(stored, fresh, excuse.as_deref(), part);
            all.checked.push(one);
            all.report = Some(report);
            all.excuse = version;
        } else {
            all.checked.push(missing(Kind::Report));
            all.report = Some(fresh);
        }
    } else {
        all.checked.push(missing(Kind::Recommendation));
        all.checked.push(if texts.contains_key(&Kind::Report) {
            let why = "its recommendation is missing";
            Checked::not_compared(Kind::Report.file_name(), why)
        } else {
            missing(Kind::Report)
        });
    }
    all.remarks = run.remarks;
    Ok(all)
}

fn missing(kind: Kind) -> Checked {
    Checked::missing(kind.file_name(), "what it would be made from")
}

/// The texts of a run, and what they should be as far as that is known.
struct Run<'a> {
    texts: &'a BTreeMap<Kind, String>,
    /// Of the texts.
    digests: BTreeMap<Kind, Digest>,
    /// Of what each artifact should be.
    followed: BTreeMap<Kind, Digest>,
    remarks: Vec<String>,
}

/// Which of the differences between a stored and a recomputed body an excuse leaves standing.
type Part = fn(&Value, &str) -> bool;

/// An excuse covers the whole body.
fn everything(_stored: &Value, _path: &str) -> bool {
    false
}

/// Another catalog excuses only the parts of a report that are made with it.
fn without_catalog(stored: &Value, path: &str) -> bool {
    let Some(rest) = path.strip_prefix("$.body.sections[") else {
        return ["$.body.title", "$.body.subtitle", "$.body.footer"].contains(&path);
    };
    let index = rest.split_once(']').and_then(|(index, _)| index.parse::<usize>().ok());
    let id = index.and_then(|index| stored["sections"][index]["id"].as_str());
    id.is_some_and(|id| WITHOUT_CATALOG.contains(&id)) && !is_of_catalog(stored, path)
}

/// Whether the path leads into a fact that tells which catalog it was.
fn is_of_catalog(stored: &Value, path: &str) -> bool {
    let pointer = path.replace('[', "/").replace([']', '$'], "").replace('.', "/");
    let Some(at) = pointer.strip_prefix("/body") else { return false };
    let fact = at.rsplit_once('/').map_or("", |(fact, _)| fact);
    let label = stored.pointer(fact).and_then(|fact| fact["label"].as_str());
    label.is_some_and(|label| FACTS_OF_CATALOG.contains(&label))
}

impl Run<'_> {
    /// An artifact that was read, if it is there.
    fn stored<T: DeserializeOwned>(&self, kind: Kind) -> Result<Option<Artifact<T>>, Unusable> {
        let Some(text) = self.texts.get(&kind) else { return Ok(None) };
        let artifact = Artifact::from_text(kind, text);
        artifact.map(Some).map_err(|cause| Unusable { kind, cause: Some(cause) })
    }

    /// A measurement, which nothing replaces, and its digest.
    fn needed<T: DeserializeOwned>(
        &mut self,
        kind: Kind,
    ) -> Result<(Artifact<T>, Digest), Unusable> {
        let artifact = self.stored(kind)?.ok_or(Unusable { kind, cause: None })?;
        let digest = self.digests[&kind].clone();
        self.followed.insert(kind, digest.clone());
        Ok((artifact, digest))
    }

    /// Says so when another version of this program wrote an artifact, and returns what that
    /// excuses.
    fn other_version(&mut self, kind: Kind, producer: &str) -> Option<String> {
        if producer == PRODUCER {
            return None;
        }
        let excuse = format!("written by {producer}, this is {PRODUCER}");
        self.remarks.push(format!("{} was {excuse}.", kind.file_name()));
        Some(excuse)
    }

    /// A measurement: the digests it names, and what it says of itself.
    fn measured<T>(&mut self, kind: Kind, stored: &Artifact<T>, found: measured::Found) -> Checked {
        let excuse = self.other_version(kind, &stored.producer);
        let (figures, differences) = found;
        let against = "itself and the digests it names";
        let one = Checked::new(kind.file_name(), against, figures, differences);
        let broken = broken_links(kind, &stored.inputs, &self.digests);
        with_broken_links(one.excused(excuse.as_deref()), kind, broken)
    }

    /// Compares a body with what follows from the artifacts before it, and returns what it should
    /// be: as stored where it agrees or its differences are excused.
    fn follow<T: Serialize>(
        &mut self,
        stored: Artifact<T>,
        fresh: T,
        excuse: Option<&str>,
        standing: Part,
    ) -> (Checked, T) {
        let kind = stored.kind;
        let raw = json_body(&self.texts[&kind]);
        let value = serde_json::to_value(&fresh).expect("artifacts serialise");
        let mut found = changes("$.body", &raw, &value);
        let n_found = found.found.len();
        if excuse.is_some() && found.found.iter().any(|change| standing(&raw, &change.path)) {
            found.found.retain(|change| standing(&raw, &change.path));
        }
        let Changes { compared, .. } = found;
        let is_standing = n_found > 0 && found.found.iter().any(|c| standing(&raw, &c.path));
        let differences = Difference::of_changes(found);
        let one = Checked::new(kind.file_name(), against(kind), compared, differences);
        let one = one.excused(excuse.filter(|_| !is_standing));
        let keeps = n_found == 0 || (excuse.is_some() && !is_standing);
        let broken = broken_links(kind, &stored.inputs, &self.digests);
        let body = if keeps {
            self.followed.insert(kind, self.digests[&kind].clone());
            stored.body
        } else {
            let inputs = self.followed.clone();
            let remade = Artifact { inputs, body: fresh, ..stored };
            self.followed.insert(kind, Digest::of(&remade.to_text()));
            remade.body
        };
        (with_broken_links(one, kind, broken), body)
    }

    /// The recommendation, with the plan as it was sized. Returns what another catalog excuses.
    fn sized(
        &mut self,
        mut stored: Artifact<Sized>,
        spec: &PlanSpec,
        seeded: &Seeded,
        models: &Models,
        catalog: &Catalog,
    ) -> (Checked, Sized, Option<String>) {
        let kind = Kind::Recommendation;
        let version = self.other_version(kind, &stored.producer);
        let replanned = self.replanned(spec, &stored.body.plan);
        let plan = &mut stored.body.plan;
        plan.name.clone_from(&spec.name);
        plan.classes.clone_from(&spec.classes);
        plan.traffic.clone_from(&spec.traffic);
        plan.load.clone_from(&spec.load);
        plan.framework.clone_from(&spec.framework);
        let mut fresh = match Sized::new(plan.clone(), models, &seeded.target, catalog) {
            Ok(fresh) => fresh,
            Err(error) => {
                let error = Difference::new("$.body.plan", None, Some(&error.to_string()));
                let differences = replanned.into_iter().chain([error]).collect();
                let one = Checked::new(kind.file_name(), against(kind), 0, differences);
                self.followed.insert(kind, self.digests[&kind].clone());
                return (one, stored.body, None);
            }
        };
        let other = stored.body.catalog.as_ref().filter(|_| fresh.catalog != stored.body.catalog);
        let another = other.zip(fresh.catalog.as_ref()).map(|(was, is)| {
            format!("sized with catalog {}, compared with {}", was.short(), is.short())
        });
        self.remarks.extend(another.iter().map(|another| {
            format!(
                "{} was {another}: prices, node types and limits may be others. `cachefit size` \
                 sizes again with this one.",
                kind.file_name()
            )
        }));
        fresh.catalog.clone_from(&stored.body.catalog);
        let excuse = version.or(another.clone());
        let (mut one, sized) = self.follow(stored, fresh, excuse.as_deref(), everything);
        // What is wrong with the plan is said once, as such.
        one.differences.retain(|difference| {
            !MEASURED_PARTS.iter().any(|part| difference.at.starts_with(&in_body(part)))
        });
        (before(one, replanned), sized, another)
    }

    /// Remarks what `size` was told to change; returns what it cannot have changed.
    fn replanned(&mut self, spec: &PlanSpec, plan: &PlanSpec) -> Vec<Difference> {
        let json = |plan: &PlanSpec| serde_json::to_value(plan).expect("plans serialise");
        let mut found = changes("$", &json(plan), &json(spec));
        let is_measured = |path: &str| MEASURED_PARTS.iter().any(|part| path.starts_with(part));
        found.found.retain_mut(|change| {
            if is_measured(&change.path) {
                change.path = in_body(&change.path);
                return true;
            }
            let shown = |value: &Option<Value>| {
                value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string)
            };
            let (key, a, b) = (&change.path[2..], shown(&change.a), shown(&change.b));
            self.remarks.push(format!(
                "{} was sized with `{key}` = {a}, where {} has {b}.",
                Kind::Recommendation.file_name(),
                Kind::Spec.file_name()
            ));
            false
        });
        Difference::of_changes(found)
    }
}

/// `$.name` of a plan as a path of the artifact.
fn in_body(path: &str) -> String {
    format!("$.body.plan{}", &path[1..])
}

/// Puts the digests that are wrong before the figures that are.
fn with_broken_links(mut one: Checked, kind: Kind, broken: Vec<Difference>) -> Checked {
    one.figures += num::count(kind.inputs().count());
    before(one, broken)
}

/// Puts more differences before those found.
fn before(mut one: Checked, mut more: Vec<Difference>) -> Checked {
    if more.is_empty() {
        return one;
    }
    more.append(&mut one.differences);
    Checked::new(one.file, one.against, one.figures, more)
}

fn against(kind: Kind) -> &'static str {
    match kind {
        Kind::Spec | Kind::Seed => "01",
        Kind::Steps => "01 and 02",
        Kind::Models => "the models learned again from 01 to 03",
        Kind::Recommendation => "the plan sized again with the models of 01 to 03",
        Kind::Report => "the report built again from all of these",
    }
}

/// The body of an artifact's text that has been read before.
fn json_body(text: &str) -> Value {
    let mut artifact: Value = serde_json::from_str(text).unwrap_or_default();
    artifact.get_mut("body").map(Value::take).unwrap_or_default()
}
