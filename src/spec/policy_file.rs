//! A company's own rules in a file of their own, laid over those of a workload file; and what rules
//! make of a plan.

use std::borrow::Cow;

use toml::de::DeTable;

use crate::artifact::Digest;

use super::policy::policy;
use super::problem::{Problem, SpecError, locate};
use super::reader::Reader;
use super::stored::plain_name;
use super::{PlanSpec, Policy, PolicyFile, Rule, SetBy};

/// What a policy file changed of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overruled {
    /// Which rule.
    pub rule: Rule,
    /// As it was.
    pub from: String,
    /// As it is.
    pub to: String,
}

/// What a rule changed of `[capacity]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// Which rule.
    pub rule: Rule,
    /// The plan's key.
    pub key: &'static str,
    /// What the plan says.
    pub from: String,
    /// What it is sized with.
    pub to: String,
}

/// A policy file that shows and explains every rule.
pub const POLICY_EXAMPLE: &str = include_str!("policy.toml");

impl PlanSpec {
    /// The plan with the rules of a policy file over its own; another file's rules are taken off.
    ///
    /// * `path`: how messages name it; `text`: the keys of `[policy]`, and a `name`.
    ///
    /// # Errors
    /// Every problem of the file at once, each with line and column.
    pub fn under_policy(mut self, path: &str, text: &str) -> Result<Self, SpecError> {
        let own = match self.policy_origin.file.take() {
            Some(file) => *file.over,
            None => self.policy,
        };
        let fail = |problems| SpecError { file: path.to_owned(), problems };
        let (document, syntax) = DeTable::parse_recoverable(text);
        if !syntax.is_empty() {
            let problem = |error: &toml::de::Error| {
                let (line, column) = locate(text, &error.span().unwrap_or(0..0));
                let message = error.message().to_owned();
                Problem { file: None, line, column, message, suggestion: None }
            };
            return Err(fail(syntax.iter().map(problem).collect()));
        }
        let reader = Reader::new(text, &|_| Err("a policy names no files".into()));
        let root = reader.root(&document);
        let name =
            root.require("name", "\"my-company\"").and_then(|value| plain_name(&root, value));
        let read = policy(&root, &own);
        root.finish();
        drop(root);
        let problems = reader.into_problems();
        let (Some(name), Some((rules, sets)), true) = (name, read, problems.is_empty()) else {
            return Err(fail(problems));
        };
        self.policy = rules;
        self.policy_origin.file = Some(PolicyFile {
            name,
            path: path.to_owned(),
            digest: Digest::of(text),
            sets,
            over: Box::new(own),
        });
        Ok(self)
    }

    /// What its policy file says otherwise than its workload file, in the order of [`Rule`].
    pub fn overruled(&self) -> Vec<Overruled> {
        let changed = |rule| match self.policy_origin.set_by(&self.policy, rule) {
            SetBy::PolicyFile { instead_of: Some(from) } => {
                Some(Overruled { rule, from, to: self.policy.shown(rule) })
            }
            _ => None,
        };
        Rule::ALL.into_iter().filter_map(changed).collect()
    }

    /// The plan with replicas, zones and headroom no less than its policy asks for.
    pub fn as_ruled(&self) -> Cow<'_, Self> {
        if self.raised().is_empty() {
            return Cow::Borrowed(self);
        }
        let mut ruled = self.clone();
        let capacity = &mut ruled.capacity;
        capacity.replicas = capacity.replicas.max(self.policy.least_replicas());
        capacity.multi_az |= self.policy.multi_az;
        if capacity.headroom < self.policy.min_headroom {
            capacity.headroom = self.policy.min_headroom;
        }
        Cow::Owned(ruled)
    }

    /// What [`Self::as_ruled`] changes.
    pub fn raised(&self) -> Vec<Raised> {
        let Policy { min_headroom, min_replicas, multi_az, .. } = &self.policy;
        let (capacity, mut raised) = (&self.capacity, Vec::new());
        let least = self.policy.least_replicas();
        let mut raise =
            |rule, key, from: String, to: String| raised.push(Raised { rule, key, from, to });
        if capacity.replicas < least {
            let rule =
                if capacity.replicas < *min_replicas { Rule::MinReplicas } else { Rule::MultiAz };
            raise(rule, "replicas", capacity.replicas.to_string(), least.to_string());
        }
        if *multi_az && !capacity.multi_az {
            raise(Rule::MultiAz, "multi_az", "false".into(), "true".into());
        }
        if capacity.headroom < *min_headroom {
            let (from, to) = (capacity.headroom.to_string(), min_headroom.to_string());
            raise(Rule::MinHeadroom, "headroom", from, to);
        }
        raised
    }
}

#[cfg(test)]
#[path = "tests/policy_file.rs"]
mod tests;
