//! Whether a target that is not ours may be filled and put under load.

use std::fmt;

use crate::measurement::{self, TargetFacts};
use crate::spec::{PlanSpec, Traffic};
use crate::workload::SlotCounter;

use super::Survey;

/// `ElastiCache` itself holds four to six connections for monitoring (limits.csv,
/// `monitoring_connections_used_by_elasticache`); an operator may have a few more open.
const BYSTANDERS: u64 = 10;

/// Why a target must not be filled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unsafe {
    /// It cannot be written to.
    #[error("{endpoint} is a replica{}", of(primary.as_deref()))]
    Replica {
        /// Host and port.
        endpoint: String,
        /// Its primary's.
        primary: Option<String>,
    },
    /// It still reads its data set.
    #[error("{endpoint} is still loading its data set")]
    Loading {
        /// Host and port.
        endpoint: String,
    },
    /// A command of the mix names keys of several slots, which a cluster refuses.
    #[error("{endpoint} is a cluster, and `{label}` asks for keys of several slots at once")]
    SeveralSlots {
        /// Host and port.
        endpoint: String,
        /// Line of the mix, as in `claims mget 20`.
        label: String,
    },
    /// Servers of one cluster that cannot be told by one law.
    #[error("the servers of the cluster differ: {one}, {other}")]
    Mixed {
        /// Host, port, engine, version and allocator of one.
        one: String,
        /// Of another.
        other: String,
    },
    /// Keys of the plan's names that are not the plan's.
    #[error(
        "{endpoint} holds {keys} key(s) with the plan's names but other values, such as `{first}`"
    )]
    NamesTaken {
        /// Host and port.
        endpoint: String,
        /// How many.
        keys: u64,
        /// One of them.
        first: String,
    },
    /// Keys of other names.
    #[error("{endpoint} holds {keys} key(s) that are not the plan's ({by_database})")]
    NotEmpty {
        /// Host and port.
        endpoint: String,
        /// How many.
        keys: u64,
        /// As in `db0: 12, db3: 4`.
        by_database: String,
    },
    /// Somebody uses it.
    #[error("{endpoint} serves others: {traffic}")]
    InUse {
        /// Host and port.
        endpoint: String,
        /// What was seen.
        traffic: measurement::Traffic,
    },
    /// Somebody is connected to it.
    #[error("{endpoint} has {clients} other clients")]
    Connected {
        /// Host and port.
        endpoint: String,
        /// How many.
        clients: u64,
    },
    /// Filling it might cost others their keys.
    #[error("{endpoint} holds keys of others and may drop any key for memory ({policy})")]
    MayDropForeign {
        /// Host and port.
        endpoint: String,
        /// `maxmemory-policy`.
        policy: String,
    },
}

/// What a user should know of a target that may be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concern {
    /// Keys of a run that was killed.
    Leftovers(u64),
    /// It holds keys of others, and that was allowed.
    NotEmpty(u64),
    /// Others use it, and that was allowed.
    InUse(String),
    /// `maxmemory-policy` drops any key for memory.
    DropsAnyKey(String),
    /// Facts that it does not tell.
    NotTold(Vec<String>),
}

impl Unsafe {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Replica { .. } => "point --target at the primary",
            Self::Loading { .. } => "wait until INFO shows loading:0, then start again",
            Self::SeveralSlots { .. } => {
                "ask for one key at a time, give the class keys with a common hash tag, or measure on \
                 a server with cluster mode disabled"
            }
            Self::Mixed { .. } => "finish the upgrade of the cluster, then measure",
            Self::NamesTaken { .. } => {
                "give the plan other key names; if these keys are left from a run with another \
                 version of the plan, remove them with `cachefit clean` and that version"
            }
            Self::NotEmpty { .. } => {
                "measure on a target of your own; --allow-nonempty goes ahead, touches none of \
                 these keys, and puts full load on the server that holds them"
            }
            Self::InUse { .. } | Self::Connected { .. } => {
                "measure on a target that nobody uses; --allow-nonempty goes ahead, and its users \
                 will feel the load"
            }
            Self::MayDropForeign { .. } => {
                "use an empty target, or one with a policy that spares them, such as volatile-lru"
            }
        }
    }
}

/// Refuses what a run could not write to, by facts alone: nothing has been asked of its keys yet.
///
/// # Errors
/// When the target is a replica or still loads.
pub fn check_kind(facts: &TargetFacts) -> Result<(), Unsafe> {
    let endpoint = facts.address.clone().unwrap_or_default();
    let state = &facts.state;
    if state.is_loading == Some(true) {
        return Err(Unsafe::Loading { endpoint });
    }
    if state.role.as_deref().is_some_and(|role| role == "slave" || role == "replica") {
        return Err(Unsafe::Replica { endpoint, primary: state.primary.clone() });
    }
    Ok(())
}

/// Refuses a plan that a cluster would not serve, and a cluster whose servers differ.
///
/// * `servers`: the facts of each; one for a server by itself.
///
/// # Errors
/// The first command over keys of several slots, or two servers that are not alike.
pub fn check_cluster(spec: &PlanSpec, servers: &[TargetFacts]) -> Result<(), Unsafe> {
    let first = &servers[0];
    if first.mode.as_deref() != Some("cluster") {
        return Ok(());
    }
    let name = |facts: &TargetFacts| {
        let address = facts.address.as_deref().unwrap_or_default();
        format!("{address} is {} {} ({})", facts.engine.product, facts.version, facts.allocator)
    };
    let is_alike = |other: &&TargetFacts| {
        (&other.version, other.allocator) == (&first.version, first.allocator)
    };
    if let Some(other) = servers.iter().find(|other| !is_alike(other)) {
        return Err(Unsafe::Mixed { one: name(first), other: name(other) });
    }
    let spreads = |line: &&Traffic| {
        let class = &spec.classes[line.class];
        let slots = SlotCounter::new(line.key_template(class));
        let keys = class.keys.min(1_000);
        line.command.keys_named() > 1 && (0..keys).any(|n| slots.slot(n) != slots.slot(0))
    };
    match spec.traffic.iter().find(spreads) {
        Some(line) => Err(Unsafe::SeveralSlots {
            endpoint: first.address.clone().unwrap_or_default(),
            label: spec.label(line),
        }),
        None => Ok(()),
    }
}

/// Refuses a target that others store keys on or use, unless that is allowed; their keys of the
/// plan's names are never allowed.
///
/// # Errors
/// The gravest reason against it.
pub fn check_use(
    facts: &TargetFacts,
    survey: &Survey,
    allows_nonempty: bool,
) -> Result<Vec<Concern>, Unsafe> {
    let endpoint = facts.address.clone().unwrap_or_default();
    let state = &facts.state;
    if let Some(first) = survey.first_foreign.clone() {
        return Err(Unsafe::NamesTaken { endpoint, keys: survey.foreign, first });
    }
    let foreign = foreign_keys(facts, survey);
    let (keys, by_database) = (foreign.total(), foreign.to_string());
    if keys > 0 && !allows_nonempty {
        return Err(Unsafe::NotEmpty { endpoint, keys, by_database });
    }
    let policy = facts.maxmemory_policy.clone().filter(|policy| policy.starts_with("allkeys"));
    if let Some(policy) = policy.clone().filter(|_| keys > 0) {
        return Err(Unsafe::MayDropForeign { endpoint, policy });
    }
    let traffic = state.traffic.clone().filter(measurement::Traffic::is_use);
    if let Some(traffic) = traffic.clone().filter(|_| !allows_nonempty) {
        return Err(Unsafe::InUse { endpoint, traffic });
    }
    let clients = state.other_clients.filter(|clients| *clients > BYSTANDERS);
    if let Some(clients) = clients.filter(|_| !allows_nonempty) {
        return Err(Unsafe::Connected { endpoint, clients });
    }
    let mut concerns = Vec::new();
    concerns.extend(Some(survey.own).filter(|own| *own > 0).map(Concern::Leftovers));
    concerns.extend(Some(keys).filter(|keys| *keys > 0).map(Concern::NotEmpty));
    concerns.extend(traffic.map(|traffic| Concern::InUse(traffic.to_string())));
    concerns.extend(policy.map(Concern::DropsAnyKey));
    let untold: Vec<String> = state.refused.iter().chain(&state.not_collected).cloned().collect();
    concerns.extend(Some(untold).filter(|untold| !untold.is_empty()).map(Concern::NotTold));
    Ok(concerns)
}

/// Foreign keys by database; only those that hold any.
struct Foreign(Vec<(u32, u64)>);

/// The selected database was asked; INFO tells of the others, where it does.
fn foreign_keys(facts: &TargetFacts, survey: &Survey) -> Foreign {
    let selected = (survey.database, survey.stored.saturating_sub(survey.own));
    let others = facts.state.keys_by_database.iter().flatten();
    let others = others.map(|(number, keys)| (*number, *keys)).filter(|(n, _)| *n != selected.0);
    Foreign(std::iter::once(selected).chain(others).filter(|(_, keys)| *keys > 0).collect())
}

impl Foreign {
    fn total(&self) -> u64 {
        self.0.iter().map(|(_, keys)| keys).sum()
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<String> =
            self.0.iter().map(|(number, keys)| format!("db{number}: {keys}")).collect();
        f.write_str(&named.join(", "))
    }
}

fn of(primary: Option<&str>) -> String {
    primary.map_or(String::new(), |primary| format!(" of {primary}"))
}

impl fmt::Display for Concern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leftovers(keys) => write!(
                f,
                "{keys} keys are left from an earlier run of this plan; they are removed first"
            ),
            Self::NotEmpty(keys) => {
                write!(f, "{keys} keys of others are on the target; they are not touched")
            }
            Self::InUse(traffic) => {
                write!(f, "others use the target ({traffic}); figures include what they cause")
            }
            Self::DropsAnyKey(policy) => write!(
                f,
                "the target may drop any key for memory ({policy}); levels that lose keys are void"
            ),
            Self::NotTold(facts) => {
                write!(f, "the target does not tell: {}; not collected", facts.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::engine::{Allocator, EngineVersion};
    use crate::measurement::{AllocatorEvidence, Host, TargetState};

    fn facts(policy: &str, keys: &[(u32, u64)], clients: u64) -> TargetFacts {
        TargetFacts {
            engine: EngineVersion::valkey(8, 1),
            version: "8.1.1".into(),
            allocator: Allocator::JemallocQ8,
            allocator_evidence: AllocatorEvidence::InfoOnly,
            maxmemory_bytes: None,
            maxmemory_policy: Some(policy.into()),
            mode: Some("standalone".into()),
            is_private: false,
            address: Some("cache:6379".into()),
            state: TargetState {
                keys_by_database: Some(keys.iter().copied().collect::<BTreeMap<_, _>>()),
                other_clients: Some(clients),
                ..TargetState::default()
            },
            host: Host {
                processor: None,
                processors: 2,
                architecture: "x86_64".into(),
                system: "linux".into(),
            },
        }
    }

    fn survey(stored: u64, own: u64) -> Survey {
        Survey { database: 0, stored, own, ..Survey::default() }
    }

    #[track_caller]
    fn refused(facts: &TargetFacts, survey: &Survey, allows_nonempty: bool, part: &str) {
        let error = check_use(facts, survey, allows_nonempty).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }

    #[test]
    fn keys_of_others_are_counted_in_every_database() {
        let facts = facts("noeviction", &[(0, 12), (3, 4)], 0);
        refused(
            &facts,
            &survey(12, 5),
            false,
            "11 key(s) that are not the plan's (db0: 7, db3: 4)",
        );
        let concerns = check_use(&facts, &survey(12, 5), true).unwrap();
        assert_eq!(concerns[..2], [Concern::Leftovers(5), Concern::NotEmpty(11)]);
    }

    #[test]
    fn leftovers_alone_are_no_reason() {
        let facts = facts("noeviction", &[(0, 5)], 0);
        assert_eq!(check_use(&facts, &survey(5, 5), false), Ok(vec![Concern::Leftovers(5)]));
    }

    #[test]
    fn a_policy_that_drops_any_key_is_refused_only_beside_keys_of_others() {
        let some = facts("allkeys-lru", &[(0, 1)], 0);
        refused(&some, &survey(1, 0), true, "may drop any key for memory (allkeys-lru)");
        let none = facts("allkeys-lru", &[], 0);
        let concern = Concern::DropsAnyKey("allkeys-lru".into());
        assert_eq!(check_use(&none, &survey(0, 0), false), Ok(vec![concern]));
    }

    #[test]
    fn the_clients_of_monitoring_are_no_reason() {
        let check = |clients| check_use(&facts("noeviction", &[], clients), &survey(0, 0), false);
        assert!(check(10).is_ok());
        assert!(matches!(check(11), Err(Unsafe::Connected { clients: 11, .. })));
    }

    #[test]
    fn names_that_others_use_are_never_allowed() {
        let survey =
            Survey { foreign: 2, first_foreign: Some("s:7".into()), stored: 2, ..survey(2, 0) };
        refused(&facts("noeviction", &[(0, 2)], 0), &survey, true, "such as `s:7`");
    }
}
