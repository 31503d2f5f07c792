//! Why a level does not count.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::spec::{Command, PlanSpec, Traffic};
use crate::units::{Fraction, Micros, num};

use super::Level;

/// A level with fewer operations says nothing about a 99th percentile: below 1,000 its 95 %
/// interval reaches from the 98.4th to the 99.6th.
const MIN_SAMPLES: u64 = 1000;
/// Dispatch lag up to this share of response time, or of the objective, leaves a level valid.
const LAG_SHARE: f64 = 0.1;

/// A reason not to draw conclusions from a level; each says what was wrong and what to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VoidReason {
    /// The generator noticed due operations late: it, not the server, was the limit.
    GeneratorLagged {
        /// 99th percentile of enqueued − due.
        p99_lag_us: Micros,
        /// What was tolerated at this level.
        limit_us: Micros,
    },
    /// Keys that were seeded were not found.
    UnexpectedMisses {
        /// Line of the mix, as in `claims get`.
        label: String,
        /// Keys asked for in the window.
        asked: u64,
        /// Of those, missing.
        missed: u64,
    },
    /// Traffic spells keys otherwise than seeding did, and so never finds one.
    KeysNeverWritten {
        /// Line of the mix.
        label: String,
        /// As traffic spells them.
        asked: String,
        /// As they were seeded.
        seeded: String,
        /// Share of keys missing.
        missed: Fraction,
    },
    /// The server dropped keys to stay within its memory limit.
    Evictions(u64),
    /// Keys outlived their lifetime during the window.
    Expiries(u64),
    /// The server answered with errors.
    Errors {
        /// How many.
        count: u64,
        /// The first one.
        first: String,
    },
    /// Too few operations completed for the percentiles that bind.
    TooFewSamples(u64),
    /// Slots of the cluster moved during the level: so many operations took two servers to answer.
    Redirected(u64),
    /// Connections broke during the level.
    ConnectionsLost {
        /// How many.
        count: u32,
        /// The first cause.
        cause: String,
    },
}

/// What a level's record does not hold but its judgement needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VoidEvidence {
    /// The first error reply.
    pub first_error: Option<String>,
    /// Connections that broke, and the first cause.
    pub connections_lost: Option<(u32, String)>,
}

/// Every reason not to draw conclusions from `level`.
///
/// Dispatch lag voids when its 99th percentile exceeds a tenth of the level's own p99 and of the
/// objective: it is part of response time, so less than that cannot turn the verdict.
pub fn void_reasons(spec: &PlanSpec, level: &Level, evidence: VoidEvidence) -> Vec<VoidReason> {
    let mut reasons = Vec::new();
    let lag = level.dispatch_lag.quantile(0.99).unwrap_or(Micros::ZERO);
    let p99 = level.response().quantile(0.99).unwrap_or(Micros::ZERO);
    let limit = Micros::of(p99.get().max(spec.objective.p99_us.get()) * LAG_SHARE);
    if lag > limit {
        reasons.push(VoidReason::GeneratorLagged { p99_lag_us: lag, limit_us: limit });
    }
    for (line, command) in spec.traffic.iter().zip(&level.commands) {
        let (asked, missed) = (command.keys_asked, command.keys_missed);
        let share = if asked == 0 { 0.0 } else { num::float(missed) / num::float(asked) };
        // A key that is deleted and written anew may be asked for just in between.
        let lines = || spec.traffic.iter().zip(&level.commands);
        let is_delete =
            |(other, _): &(&Traffic, _)| other.class == line.class && other.command == Command::Del;
        let deleted: u64 = lines().filter(is_delete).map(|(_, record)| record.replies).sum();
        if missed <= deleted.div_ceil(100) {
            continue;
        }
        let class = &spec.classes[line.class];
        let label = command.label.clone();
        reasons.push(if line.reads_seeded_keys(class) {
            VoidReason::UnexpectedMisses { label, asked, missed }
        } else {
            VoidReason::KeysNeverWritten {
                label,
                asked: line.key_template(class).to_string(),
                seeded: class.key.to_string(),
                missed: Fraction::new(share).unwrap_or(Fraction::ONE),
            }
        });
    }
    if let Some(n) = level.server.evicted_keys.filter(|n| *n > 0) {
        reasons.push(VoidReason::Evictions(n));
    }
    if let Some(n) = level.server.expired_keys.filter(|n| *n > 0) {
        reasons.push(VoidReason::Expiries(n));
    }
    let errors: u64 = level.commands.iter().map(|command| command.errors).sum();
    if errors > 0 {
        let first = evidence.first_error.unwrap_or_default();
        reasons.push(VoidReason::Errors { count: errors, first });
    }
    if level.redirected > 0 {
        reasons.push(VoidReason::Redirected(level.redirected));
    }
    if let Some((count, cause)) = evidence.connections_lost {
        reasons.push(VoidReason::ConnectionsLost { count, cause });
    }
    let samples = level.completed();
    if samples < MIN_SAMPLES {
        reasons.push(VoidReason::TooFewSamples(samples));
    }
    reasons
}

impl fmt::Display for VoidReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GeneratorLagged { p99_lag_us, limit_us } => write!(
                f,
                "the generator was the limit, not the server: it noticed due operations \
                 {p99_lag_us} late at p99 (tolerated: {limit_us}); give it a core of its own"
            ),
            Self::UnexpectedMisses { label, asked, missed } => write!(
                f,
                "`{label}` missed {missed} of {asked} keys that were seeded; \
                 something else removes or replaces them"
            ),
            Self::KeysNeverWritten { label, asked, seeded, missed } => write!(
                f,
                "`{label}` reads keys that were never written: it asks for `{asked}`, seeding \
                 wrote `{seeded}`, and {missed} of its reads miss; what was measured is the cost \
                 of misses, so spell both alike"
            ),
            Self::Evictions(n) => {
                write!(f, "the server evicted {n} keys to stay within maxmemory; raise the limit")
            }
            Self::Expiries(n) => {
                write!(f, "{n} keys expired during the level; give them a longer ttl")
            }
            Self::Errors { count, first } => {
                write!(f, "the server answered {count} requests with errors, first: {first}")
            }
            Self::TooFewSamples(n) => write!(
                f,
                "only {n} operations completed in the window, too few for a 99th percentile"
            ),
            Self::Redirected(n) => write!(
                f,
                "{n} operations were sent on to another server: slots of the cluster moved during \
                 the level; measure when none is moved"
            ),
            Self::ConnectionsLost { count, cause } => {
                write!(f, "{count} connections broke, first cause: {cause}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::Histogram;
    use crate::measurement::fixture::level;
    use crate::spec::{KeyTemplate, identity_cache};

    /// The built-in plan with its first line only, as the fixture's levels have it.
    fn plan() -> PlanSpec {
        let mut plan = identity_cache();
        plan.traffic.truncate(1);
        plan
    }

    fn reasons(change: impl FnOnce(&mut PlanSpec, &mut Level)) -> Vec<VoidReason> {
        let (mut plan, mut level) = (plan(), level(5_000.0, 400));
        change(&mut plan, &mut level);
        void_reasons(&plan, &level, VoidEvidence::default())
    }

    fn lag(us: u64) -> Histogram {
        let mut lag = Histogram::new();
        (0..2000).for_each(|_| lag.record(us * 1000));
        lag
    }

    #[test]
    fn a_clean_level_is_valid() {
        assert_eq!(reasons(|_, _| {}), []);
    }

    /// A tenth of the 5 ms objective is tolerated, or a tenth of the level's own p99.
    #[test]
    fn lag_voids_when_it_could_turn_the_verdict() {
        assert_eq!(reasons(|_, level| level.dispatch_lag = lag(490)), []);
        let late = reasons(|_, level| level.dispatch_lag = lag(520));
        assert!(matches!(late[..], [VoidReason::GeneratorLagged { .. }]), "{late:?}");
        let slow = reasons(|_, level| {
            level.dispatch_lag = lag(520);
            level.commands[0].response = lag(9_000);
        });
        assert_eq!(slow, []);
    }

    #[test]
    fn connection_wait_never_voids() {
        assert_eq!(reasons(|_, level| level.connection_wait = lag(900_000)), []);
    }

    #[test]
    fn misses_are_told_apart_by_whose_fault_they_are() {
        let missing = reasons(|_, level| level.commands[0].keys_missed = 1);
        assert!(matches!(missing[..], [VoidReason::UnexpectedMisses { missed: 1, .. }]));
        let prefixed = reasons(|plan, level| {
            let other = KeyTemplate::parse(":1:TESTING_PURPOSE_KEY_CLAIMS_{n}").unwrap();
            plan.traffic[0].key = Some(other);
            level.commands[0].keys_missed = 2000;
        });
        let [reason @ VoidReason::KeysNeverWritten { .. }] = &prefixed[..] else {
            panic!("{prefixed:?}")
        };
        let text = reason.to_string();
        assert!(text.contains("keys that were never written") && text.contains("100%"), "{text}");
    }

    #[test]
    fn what_the_server_dropped_and_what_was_not_collected() {
        let dropped = reasons(|_, level| {
            level.server.evicted_keys = Some(7);
            level.server.expired_keys = Some(2);
            level.commands[0].errors = 1;
            level.commands[0].replies = 900;
        });
        let expected = [
            VoidReason::Evictions(7),
            VoidReason::Expiries(2),
            VoidReason::Errors { count: 1, first: String::new() },
            VoidReason::TooFewSamples(900),
        ];
        assert_eq!(dropped, expected);
        assert_eq!(reasons(|_, level| level.server.evicted_keys = None), []);
    }
}
