//! What a node of a cluster says of the others: `CLUSTER SLOTS`, which every engine answers and
//! `ElastiCache` allows.

use std::collections::BTreeMap;

use redis::Value;

use crate::engine::{SLOTS, SlotRange};
use crate::measurement::Info;

use super::{Control, Endpoint, TargetError};

/// Where a node listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub host: String,
    pub port: u16,
}

/// A primary, its slots, ascending, and its replicas.
pub(super) type Primary = (Place, Vec<SlotRange>, Vec<Place>);

/// The primaries of a cluster in the order of their first slots.
///
/// * `entry`: where `control` is connected to; nodes that do not name their host are there.
///
/// # Errors
/// When the node is gone, or refuses or answers something else.
pub(super) async fn ask(control: &Control, entry: &Endpoint) -> Result<Vec<Primary>, TargetError> {
    let answer: Value = control.greet("CLUSTER SLOTS", redis::cmd("CLUSTER").arg("SLOTS")).await?;
    read(&answer, &entry.host).ok_or_else(|| TargetError::Unexpected {
        endpoint: control.endpoint().to_owned(),
        command: "CLUSTER SLOTS",
        message: "not ranges of slots and their nodes".into(),
    })
}

/// Whether a node takes the cluster for whole.
///
/// # Errors
/// When it does not, or is gone.
pub(super) async fn check(control: &Control) -> Result<(), TargetError> {
    let text: String = control.greet("CLUSTER INFO", redis::cmd("CLUSTER").arg("INFO")).await?;
    match Info::parse(&text).text("cluster_state") {
        Some("fail") => Err(TargetError::NotWhole {
            endpoint: control.endpoint().to_owned(),
            message: "cluster_state:fail".into(),
        }),
        _ => Ok(()),
    }
}

/// Reads `[[first, last, [host, port, id, …], replica…]…]`.
fn read(answer: &Value, asked: &str) -> Option<Vec<Primary>> {
    let mut primaries: BTreeMap<Place, (Vec<SlotRange>, Vec<Place>)> = BTreeMap::new();
    for entry in array(answer)? {
        let [first, last, primary, replicas @ ..] = array(entry)? else { return None };
        let past = number(last)?.checked_add(1).filter(|past| *past <= SLOTS)?;
        let slots = SlotRange { first: number(first)?, past };
        let replicas = replicas.iter().map(|node| place(node, asked)).collect::<Option<_>>()?;
        let known = primaries.entry(place(primary, asked)?).or_default();
        known.0.push(slots);
        known.1 = replicas;
    }
    let mut primaries: Vec<Primary> = primaries
        .into_iter()
        .map(|(place, (mut slots, replicas))| {
            slots.sort_unstable();
            (place, slots, replicas)
        })
        .collect();
    primaries.sort_by_key(|(_, slots, _)| slots.first().copied());
    Some(primaries)
}

/// `[host, port, …]`; a host that is empty or null is the one that was asked.
fn place(node: &Value, asked: &str) -> Option<Place> {
    let [host, port, ..] = array(node)? else { return None };
    let host = match host {
        Value::Nil => asked.to_owned(),
        Value::BulkString(bytes) => match std::str::from_utf8(bytes).ok()? {
            "" => asked.to_owned(),
            host => host.to_owned(),
        },
        Value::SimpleString(host) => host.clone(),
        _ => return None,
    };
    Some(Place { host, port: number(port)? })
}

fn array(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(values) => Some(values),
        _ => None,
    }
}

fn number(value: &Value) -> Option<u16> {
    match value {
        Value::Int(n) => u16::try_from(*n).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(host: &str, port: i64) -> Value {
        let id = Value::BulkString(b"07c37df".to_vec());
        Value::Array(vec![Value::BulkString(host.as_bytes().to_vec()), Value::Int(port), id])
    }

    fn slots(first: i64, last: i64, nodes: Vec<Value>) -> Value {
        Value::Array([Value::Int(first), Value::Int(last)].into_iter().chain(nodes).collect())
    }

    #[test]
    fn a_primary_may_own_several_ranges() {
        let answer = Value::Array(vec![
            slots(10_923, 16_383, vec![node("10.0.0.3", 6379)]),
            slots(100, 200, vec![node("", 6381), node("10.0.0.9", 6379)]),
            slots(0, 99, vec![node("10.0.0.2", 6379)]),
            slots(201, 10_922, vec![node("10.0.0.2", 6379)]),
        ]);
        let range = |first, past| SlotRange { first, past };
        let found = read(&answer, "asked").unwrap();
        let hosts: Vec<&str> = found.iter().map(|(place, ..)| place.host.as_str()).collect();
        assert_eq!(hosts, ["10.0.0.2", "asked", "10.0.0.3"]);
        assert_eq!(found[0].1, [range(0, 100), range(201, 10_923)]);
        assert_eq!(found[1].2, [Place { host: "10.0.0.9".into(), port: 6379 }]);
        assert_eq!(read(&Value::Array(vec![]), "asked"), Some(vec![]), "nobody owns any");
    }

    #[test]
    fn what_is_no_topology_is_refused() {
        let odd = [
            Value::Nil,
            Value::Array(vec![Value::Int(1)]),
            Value::Array(vec![slots(0, 16_384, vec![node("a", 1)])]),
            Value::Array(vec![slots(0, 5, vec![node("a", 70_000)])]),
            Value::Array(vec![slots(0, 5, vec![])]),
        ];
        for answer in odd {
            assert_eq!(read(&answer, "asked"), None, "{answer:?}");
        }
    }
}
