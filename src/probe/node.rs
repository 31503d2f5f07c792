//! One server that is sampled.

use std::time::Duration;

use redis::Value;

use crate::engine::SlotRange;
use crate::learn::{Gathered, Sampled, SeenKey, Watched, beside_keys};
use crate::measurement::{Info, TargetFacts};
use crate::target::{Control, Endpoint, TargetError, read_facts};
use crate::units::{Bytes, Fraction, Micros, num};

use super::ask::Ask;
use super::link::Link;
use super::look::{Uses, look};
use super::pace::{Pace, Watch};

/// Keys that are looked at together: some 70 commands.
const LOOKED_AT: usize = 16;
/// Names that come with them, at most.
const MOST_NAMES: u64 = 64;
/// Answers whose median is a server's response time at first.
const PINGS: usize = 9;

/// A server and how far its sampling has come.
pub(super) struct Node {
    pub(super) link: Link,
    pub(super) endpoint: Endpoint,
    facts: TargetFacts,
    slots: Vec<SlotRange>,
    uses: Uses,
    /// Keys of the selected database.
    pub(super) keys: u64,
    cursor: u64,
    /// Whether every key has been seen.
    pub(super) is_done: bool,
    pub(super) names: u64,
    pub(super) before: Info,
    /// Share of the interval in which its engine thread was busy with what others asked.
    pub(super) busy: Option<Fraction>,
    pub(super) watched: Option<Watched>,
    pub(super) pace: Pace,
    pub(super) watch: Watch,
    pub(super) next_look: Duration,
}

impl Node {
    /// Connects and reads what the server is.
    pub(super) async fn connect(
        endpoint: Endpoint,
        slots: Vec<SlotRange>,
    ) -> Result<Self, TargetError> {
        let control = Control::connect(&endpoint).await?;
        let facts = read_facts(&control, Some(endpoint.to_string())).await?;
        if facts.state.is_loading == Some(true) {
            return Err(TargetError::Loading { endpoint: endpoint.to_string() });
        }
        let mut link = Link::new(control);
        for refused in &facts.state.refused {
            if refused == "MEMORY MALLOC-STATS" {
                let reason = "the allocator's quantum is taken for that of an official build";
                link.refused.insert("MEMORY MALLOC-STATS", reason.into());
            }
        }
        let is_replica = facts.state.role.as_deref() == Some("slave");
        if is_replica && !slots.is_empty() {
            link.ask(&[Ask::ReadOnly]).await?;
        }
        link.ask(&[Ask::NoTouch]).await?;
        let counts = |policy: &String| policy.contains("lfu");
        let uses = if facts.maxmemory_policy.as_ref().is_some_and(counts) {
            Uses::Frequency
        } else {
            Uses::Idle
        };
        let keys = link.control.dbsize().await?;
        Ok(Self {
            link,
            endpoint,
            facts,
            slots,
            uses,
            keys,
            cursor: 0,
            is_done: keys == 0,
            names: 0,
            before: Info::default(),
            busy: None,
            watched: None,
            pace: Pace::new(1.0, Duration::ZERO),
            watch: Watch::new(Duration::ZERO),
            next_look: Duration::ZERO,
        })
    }

    /// What the server is, in a line.
    pub(super) fn described(&self) -> String {
        let TargetFacts { engine, version, allocator, .. } = &self.facts;
        format!("{}: {} {version} ({allocator}), {} keys", self.endpoint, engine.product, self.keys)
    }

    /// Whether it keeps how often keys are used instead of when.
    pub(super) fn counts_uses(&self) -> bool {
        self.uses == Uses::Frequency
    }

    /// Median time of an answer.
    pub(super) async fn response_time(&mut self) -> Result<Duration, TargetError> {
        let mut spans = Vec::new();
        for _ in 0..PINGS {
            spans.push(self.ping().await?);
        }
        spans.sort();
        Ok(spans[PINGS / 2])
    }

    /// Time of one answer.
    pub(super) async fn ping(&mut self) -> Result<Duration, TargetError> {
        let sent = std::time::Instant::now();
        self.link.ask(&[Ask::Ping]).await?;
        Ok(sent.elapsed())
    }

    /// Reads some names and looks at some of the keys: those whose templates were looked at least.
    /// How many were looked at.
    ///
    /// * `wanted`: keys to look at of this server altogether.
    pub(super) async fn sample(
        &mut self,
        wanted: u64,
        gathered: &mut Gathered,
    ) -> Result<u64, TargetError> {
        // Of a small server all keys are looked at.
        let most = num::count(LOOKED_AT);
        let count = (most * self.keys / wanted.max(1)).clamp(most, MOST_NAMES);
        let answer = self.link.ask(&[Ask::Scan { cursor: self.cursor, count }]).await?;
        let Some((cursor, mut keys)) = answer.into_iter().next().flatten().and_then(page) else {
            let message = self.link.refused.get("SCAN").cloned().unwrap_or_default();
            let endpoint = self.endpoint.to_string();
            return Err(TargetError::Denied { endpoint, command: "SCAN", message });
        };
        self.cursor = cursor;
        self.is_done = cursor == 0;
        self.names += num::count(keys.len());
        keys.sort_by_cached_key(|key| gathered.looked_at(key));
        let looks = if count == most { keys.len() } else { keys.len().min(LOOKED_AT) };
        let rest = keys.split_off(looks);
        for some in keys.chunks(LOOKED_AT) {
            look(&mut self.link, some, self.uses, gathered).await?;
        }
        for key in &rest {
            gathered.add(&SeenKey::named(key));
        }
        Ok(num::count(looks))
    }

    /// What the memory law is compared with.
    pub(super) fn sampled(&self, info: &Info) -> Option<Sampled> {
        Some(Sampled {
            engine: self.facts.engine,
            allocator: self.facts.allocator,
            shares_integers: self.facts.shares_integers(),
            slots: self.slots.clone(),
            used_memory: info.bytes("used_memory")?,
            beside_keys: beside_keys(info, self.facts.engine),
        })
    }

    /// Keys of other databases, which are not sampled.
    pub(super) fn keys_elsewhere(&self) -> u64 {
        let own = self.link.control.database();
        let databases = self.facts.state.keys_by_database.iter().flatten();
        databases.filter(|(database, _)| **database != own).map(|(_, keys)| keys).sum()
    }

    /// Used memory at first.
    pub(super) fn used_at_first(&self) -> Option<Bytes> {
        self.facts.state.used_memory_bytes
    }

    /// Takes what others asked since `before`.
    pub(super) fn watch_others(&mut self, after: &Info, span: Duration) {
        self.watched = Watched::between(&self.before, after, Some(Micros::from(span)));
        self.busy = busy(&self.before, after, span);
    }
}

/// Share of a span in which an engine's thread was busy; `None` where the engine does not tell, as those up
/// to Redis 6.0 do not.
pub(super) fn busy(before: &Info, after: &Info, span: Duration) -> Option<Fraction> {
    let used = after.main_thread_cpu()?.get() - before.main_thread_cpu()?.get();
    Fraction::new((used / Micros::from(span).get()).clamp(0.0, 1.0))
}

/// A cursor and names.
fn page(answer: Value) -> Option<(u64, Vec<Vec<u8>>)> {
    redis::from_redis_value(answer).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_is_busy_for_a_share_of_a_span() {
        let info = |user: f64| {
            let user = format!("used_cpu_user_main_thread:{user}\r\n");
            Info::parse(&format!("{user}used_cpu_sys_main_thread:1.5\r\n"))
        };
        let share = busy(&info(2.0), &info(2.25), Duration::from_secs(10));
        assert_eq!(share.map(Fraction::get), Some(0.025));
        assert_eq!(busy(&Info::default(), &info(1.0), Duration::from_secs(1)), None);
    }
}
