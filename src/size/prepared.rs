//! What of a plan does not depend on its growth, worked out once for every moment that is tried.

use crate::model::ClassShapes;
use crate::model::memory::StringClass;
use crate::spec::{Command, MOST_KEYS, PlanSpec, Traffic};
use crate::units::{Bytes, num};
use crate::workload::CollectionCounts;

use super::cluster::Names;

/// Command, lengths and line ends around a key and a value, bytes.
const AROUND: u64 = 64;

/// A plan on its way to any size.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    pub(super) spec: &'a PlanSpec,
    pub(super) names: Names,
    /// For any number of keys that is ever tried.
    pub(super) shapes: ClassShapes,
    /// See [`commands_per_operation`].
    pub(super) commands_per_operation: f64,
    /// Of each class, the largest collection's members and values; 0 for strings.
    longest_collections: Vec<u64>,
}

/// The longest request and reply of a mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Messages {
    pub(super) request: Bytes,
    pub(super) reply: Bytes,
}

impl<'a> Prepared<'a> {
    pub(super) fn of(spec: &'a PlanSpec) -> Self {
        let longest = |class: &crate::spec::Class| {
            let plan = class.collection.as_ref()?;
            CollectionCounts::of(class, plan).content_lengths().into_iter().max()
        };
        Self {
            spec,
            names: Names::of(spec),
            shapes: ClassShapes::up_to(&spec.classes, &vec![MOST_KEYS; spec.classes.len()]),
            commands_per_operation: commands_per_operation(spec),
            longest_collections: spec
                .classes
                .iter()
                .map(|class| longest(class).unwrap_or(0))
                .collect(),
        }
    }

    /// What the mix sends and receives at most when these are the plan's classes.
    pub(super) fn messages(&self, classes: &[StringClass]) -> Messages {
        let longest = |class: &StringClass| {
            let key = class.shapes.iter().map(|shape| shape.key_len).max().map_or(0, u64::from);
            let values = class.shapes.iter().filter_map(|shape| shape.value.longest());
            (key, values.max().unwrap_or(0))
        };
        let longest: Vec<(u64, u64)> = classes.iter().map(longest).collect();
        let (mut request, mut reply) = (0, 0);
        for line in &self.spec.traffic {
            let (key, value) = longest[line.class];
            match line.command {
                Command::Get => reply = reply.max(value + AROUND),
                Command::Set | Command::Del => request = request.max(key + value + AROUND),
                Command::Mget(batch) => {
                    reply = reply.max(u64::from(batch) * (value + AROUND));
                    request = request.max(u64::from(batch) * (key + AROUND));
                }
                Command::Mset(batch) => {
                    request = request.max(u64::from(batch) * (key + value + AROUND));
                }
                Command::Expire | Command::Incr => request = request.max(key + AROUND),
                // All of the largest one, whatever part of it is asked for or written.
                Command::Hset | Command::Sadd | Command::Zadd | Command::Lpush => {
                    request = request.max(key + self.longest_collections[line.class] + AROUND);
                }
                Command::Hget
                | Command::Hgetall
                | Command::Smembers
                | Command::Zrange(_)
                | Command::Lrange(_) => {
                    reply = reply.max(self.longest_collections[line.class] + AROUND);
                }
                Command::Raw => {
                    reply = reply.max(value.max(self.longest_collections[line.class]) + AROUND);
                }
            }
        }
        Messages { request: Bytes::new(request), reply: Bytes::new(reply) }
    }
}

/// Commands that an operation of the mix becomes in cluster mode: a command takes keys of one slot
/// only, and the keys of a batch lie in as many slots, so clients send each on its own. Each is
/// taken to cost as much as the mean operation measured, which is on the safe side.
///
/// Source: the cluster specification; MODEL.md §3.2.
fn commands_per_operation(spec: &PlanSpec) -> f64 {
    let total: f64 = spec.traffic.iter().map(|line| line.weight).sum();
    let commands = |line: &Traffic| line.weight * num::float(line.command.keys_named());
    spec.traffic.iter().map(commands).sum::<f64>() / total
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::size::demand::Ask;
    use crate::size::tests::fixture::sharded;
    use crate::spec::parse;

    /// Claims keys of 34 characters with 303 bytes, twenty tokens of 1,337 at once.
    #[test]
    fn the_longest_messages_of_the_built_in_mix() {
        let spec = sharded();
        let prepared = Prepared::of(&spec);
        let messages = prepared.messages(&Ask::in_months(&prepared, 0).classes);
        assert_eq!(messages.reply, Bytes::new(20 * (1_337 + AROUND)));
        assert_eq!(messages.request, Bytes::new(20 * (30 + AROUND)));
    }

    #[test]
    fn a_collection_is_as_long_as_all_it_holds() {
        let text = r#"
            name = "one"
            class = [{ name = "c", keys = 10, key = "c:{n}", type = "set", members = 100, member = "m{n}" }]
            traffic = [{ class = "c", command = "smembers", weight = 1 }]
            load = {}
            objective = { peak = "1k/s", p99 = "2ms" }
            capacity = {}
            aws = { region = "eu-west-1", engines = ["redis-7.1"] }
        "#;
        let spec = parse("w.toml", text).expect("a workload");
        let prepared = Prepared::of(&spec);
        // m0 to m9, m10 to m99.
        let reply = prepared.messages(&Ask::in_months(&prepared, 0).classes).reply;
        assert_eq!(reply, Bytes::new(10 * 2 + 90 * 3 + AROUND));
    }

    /// Made once for any number of keys or anew for this one: the same shapes.
    #[test]
    fn shapes_are_those_of_the_keys_alone() {
        let spec = sharded();
        let prepared = Prepared::of(&spec);
        let ask = Ask::at(&prepared, 3.7, 1.0);
        let anew = crate::model::string_classes(&spec.classes, &ask.keys);
        assert_eq!(ask.classes[..], anew[..]);
    }
}
