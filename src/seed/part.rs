//! One server of a target, and the plan's keys that lie on it.

use redis::Pipeline;

use crate::spec::KeyTemplate;
use crate::target::{Control, Target};

use super::keys::{key, with_keys};

/// Keys named by one command; the server works on nothing else meanwhile.
const KEYS_PER_COMMAND: usize = 100;

/// What one of a target's servers holds.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    target: &'a Target,
    place: usize,
}

impl<'a> Part<'a> {
    /// Every server of a target.
    pub(super) fn all(target: &'a Target) -> impl Iterator<Item = Self> {
        (0..target.shards().len()).map(move |place| Self { target, place })
    }

    /// The connection to it.
    pub(super) fn control(self) -> &'a Control {
        &self.target.shards()[self.place].control
    }

    /// Whether it holds key number `n`, if anybody does.
    pub(super) fn owns(self, template: &KeyTemplate, n: u64) -> bool {
        !self.target.is_cluster() || self.target.shard_of(&key(template, n)) == self.place
    }

    /// Of the keys 0…`keys`, the first that it holds.
    pub(super) fn first(self, template: &KeyTemplate, keys: u64) -> Option<u64> {
        (0..keys).find(|n| self.owns(template, *n))
    }

    /// How many keys one command may name: a cluster takes several only where they share a slot.
    pub(super) fn keys_per_command(self) -> usize {
        if self.target.is_cluster() { 1 } else { KEYS_PER_COMMAND }
    }

    /// Commands that together name these keys, which must be its own.
    pub(super) fn commands(
        self,
        command: &str,
        template: &KeyTemplate,
        numbers: &[u64],
    ) -> Pipeline {
        let mut batch = Pipeline::new();
        for numbers in numbers.chunks(self.keys_per_command()) {
            batch.add_command(with_keys(command, template, numbers.iter().copied()));
        }
        batch
    }
}
