//! What was asked of a server between two INFO replies.

use std::collections::BTreeMap;

use crate::measurement::{Info, Traffic};
use crate::units::{Micros, num};

/// What others asked of the servers while nobody sampled them. What a server does not tell is `None`.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// How long was watched.
    pub span: Micros,
    /// Commands by name, in lower case, most frequent first, monitoring left out; `None` where the
    /// server does not tell them apart.
    pub commands: Option<Vec<(String, u64)>>,
    /// Commands altogether.
    pub total: u64,
    /// Keys that those commands named, by name; `None` where nobody counted.
    pub keys_named: Option<BTreeMap<String, u64>>,
    /// Reads that found their key, and reads that did not.
    pub lookups: Option<(u64, u64)>,
    /// Bytes that came in and went out.
    pub network: Option<(u64, u64)>,
    /// Keys that were evicted, and keys that expired.
    pub gone: Option<(u64, u64)>,
}

impl Watched {
    /// What happened between two replies of one server; `None` where it counts nothing, was started
    /// anew in between, or the time that passed is not known.
    ///
    /// * `span`: the time between them; `None` to take it from the replies.
    pub fn between(before: &Info, after: &Info, span: Option<Micros>) -> Option<Self> {
        let span = span.or_else(|| elapsed(before, after)).filter(|span| span.get() > 0.0)?;
        let Traffic { commands: total, by_command, .. } = Traffic::between(before, after, span)?;
        let delta = |field: &str| after.count(field)?.checked_sub(before.count(field)?);
        Some(Self {
            span,
            commands: by_command,
            total,
            keys_named: None,
            lookups: delta("keyspace_hits").zip(delta("keyspace_misses")),
            network: delta("total_net_input_bytes").zip(delta("total_net_output_bytes")),
            gone: delta("evicted_keys").zip(delta("expired_keys")),
        })
    }

    /// The same of two servers together.
    pub fn and(self, other: Self) -> Self {
        let pair = |a: Option<(u64, u64)>, b: Option<(u64, u64)>| {
            a.zip(b).map(|((a, b), (c, d))| (a + c, b + d))
        };
        let commands = self.commands.zip(other.commands).map(|(mut all, more)| {
            for (name, n) in more {
                match all.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, count)) => *count += n,
                    None => all.push((name, n)),
                }
            }
            all.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
            all
        });
        Self {
            span: Micros::of(self.span.get().max(other.span.get())),
            commands,
            total: self.total + other.total,
            keys_named: None,
            lookups: pair(self.lookups, other.lookups),
            network: pair(self.network, other.network),
            gone: pair(self.gone, other.gone),
        }
    }

    /// Commands per second.
    pub fn rate(&self) -> f64 {
        num::float(self.total) / self.span.secs()
    }

    /// Keys that one command of this name names on average; `None` where nobody counted.
    pub(super) fn keys_per(&self, command: &str) -> Option<u64> {
        let keys = *self.keys_named.as_ref()?.get(command)?;
        let (_, n) = self.commands.as_ref()?.iter().find(|(name, _)| name == command)?;
        Some(num::round(num::float(keys) / num::float((*n).max(1))).max(1))
    }

    /// Share of reads that found their key; `None` without reads.
    pub fn hit_ratio(&self) -> Option<f64> {
        let (hits, misses) = self.lookups.filter(|(hits, misses)| hits + misses > 0)?;
        Some(num::float(hits) / num::float(hits + misses))
    }
}

/// The time between two replies by the server's own clock.
fn elapsed(before: &Info, after: &Info) -> Option<Micros> {
    let by = |field: &str, micros: f64| {
        let passed = after.count(field)?.checked_sub(before.count(field)?)?;
        Micros::new(num::float(passed) * micros)
    };
    by("server_time_usec", 1.0).or_else(|| by("uptime_in_seconds", 1e6))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "uptime_in_seconds:100\r\nkeyspace_hits:10\r\nkeyspace_misses:0\r\n\
        total_net_input_bytes:5\r\ntotal_net_output_bytes:5\r\ncmdstat_get:calls=10,usec=1\r\n";
    const AFTER: &str = "uptime_in_seconds:110\r\nkeyspace_hits:40\r\nkeyspace_misses:10\r\n\
        total_net_input_bytes:105\r\ntotal_net_output_bytes:1005\r\n\
        cmdstat_get:calls=50,usec=1\r\ncmdstat_set:calls=20,usec=1\r\ncmdstat_info:calls=9,usec=1\r\n";

    #[test]
    fn saved_replies_tell_the_time_between_them() {
        let (before, after) = (Info::parse(BEFORE), Info::parse(AFTER));
        let seen = Watched::between(&before, &after, None).unwrap();
        assert_eq!(seen.commands, Some(vec![("get".into(), 40), ("set".into(), 20)]));
        assert!((seen.rate() - 6.0).abs() < 1e-9 && seen.hit_ratio() == Some(0.75));
        assert_eq!((seen.network, seen.gone), (Some((100, 1_000)), None));
        let twice = seen.clone().and(seen);
        assert_eq!(twice.commands, Some(vec![("get".into(), 80), ("set".into(), 40)]));
        assert_eq!((twice.total, twice.gone), (120, None));
        assert_eq!(Watched::between(&after, &before, None), None, "in the wrong order");
    }
}
