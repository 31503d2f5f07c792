//! What a target holds and does when a run begins.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::units::{Bytes, Micros, num};

use super::Info;

/// Commands of monitoring, replication and logging in: they say nothing about users.
/// `ElastiCache` sends such ones to every node all the time.
const HOUSEKEEPING: [&str; 25] = [
    "acl", "auth", "client", "cluster", "command", "config", "dbsize", "echo", "hello", "info",
    "lastsave", "latency", "memory", "module", "ping", "psync", "quit", "readonly", "replconf",
    "role", "select", "slowlog", "sync", "time", "wait",
];
/// Where the target does not count by command, housekeeping is in the total. Monitoring sends a
/// few commands each second; a server in use answers many more.
const HOUSEKEEPING_PER_SEC: f64 = 5.0;

/// What a target held and did before anything was written to it. What it does not tell is `None`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TargetState {
    /// `master` or `slave`, as INFO prints it.
    pub role: Option<String>,
    /// Host and port of a replica's primary.
    pub primary: Option<String>,
    /// Whether it still reads its data set.
    pub is_loading: Option<bool>,
    /// Keys stored in each database that holds any, by number.
    pub keys_by_database: Option<BTreeMap<u32, u64>>,
    /// Memory in use.
    pub used_memory_bytes: Option<Bytes>,
    /// Memory of the machine it runs on.
    pub system_memory_bytes: Option<Bytes>,
    /// Connected clients beside this program.
    pub other_clients: Option<u64>,
    /// Its own figure of commands per second on arrival.
    pub ops_per_sec_on_arrival: Option<u64>,
    /// What others asked of it while it was watched.
    pub traffic: Option<Traffic>,
    /// Commands of facts that were refused, as in `MEMORY MALLOC-STATS`.
    pub refused: Vec<String>,
    /// Fields of INFO that this program reads and that were not printed, in its own order.
    pub not_collected: Vec<String>,
}

/// Commands that others sent during an observation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Traffic {
    /// How long was watched.
    pub span_us: Micros,
    /// Commands, housekeeping left out where they are counted by name.
    pub commands: u64,
    /// Those by name, most frequent first; `None` where the target does not tell.
    pub by_command: Option<Vec<(String, u64)>>,
}

impl TargetState {
    /// Fields that the state, sizing and load levels are read from.
    const FIELDS: [&str; 14] = [
        "role",
        "loading",
        "connected_clients",
        "instantaneous_ops_per_sec",
        "maxmemory",
        "maxmemory_policy",
        "mem_allocator",
        "used_memory",
        "used_memory_peak",
        "used_memory_rss",
        "used_cpu_user_main_thread",
        "total_net_input_bytes",
        "keyspace_hits",
        "evicted_keys",
    ];

    /// What one INFO tells; `has_keyspace` when it printed that section, be it empty.
    pub fn of(info: &Info, has_keyspace: bool) -> Self {
        let primary = info.text("master_host").zip(info.text("master_port"));
        let mut not_collected: Vec<String> = Self::FIELDS
            .iter()
            .filter(|field| info.text(field).is_none())
            .map(|field| (*field).to_owned())
            .collect();
        if !has_keyspace {
            not_collected.push("keyspace".into());
        }
        if info.command_calls().is_empty() {
            not_collected.push("commandstats".into());
        }
        Self {
            role: info.text("role").map(str::to_owned),
            primary: primary.map(|(host, port)| format!("{host}:{port}")),
            is_loading: info.count("loading").map(|loading| loading != 0),
            keys_by_database: has_keyspace.then(|| info.keys_by_database()),
            used_memory_bytes: info.bytes("used_memory"),
            system_memory_bytes: info.bytes("total_system_memory"),
            other_clients: info.count("connected_clients").map(|clients| clients.saturating_sub(1)),
            ops_per_sec_on_arrival: info.count("instantaneous_ops_per_sec"),
            traffic: None,
            refused: Vec::new(),
            not_collected,
        }
    }
}

impl Traffic {
    /// What others sent between two INFO replies read `span` apart by a client that sent nothing
    /// else; `None` where the target counts no commands.
    pub fn between(before: &Info, after: &Info, span: Micros) -> Option<Self> {
        let earlier = before.command_calls();
        let calls = after.command_calls();
        if calls.is_empty() {
            let total = |info: &Info| info.count("total_commands_processed");
            // One of the two readings falls between them.
            let commands = total(after)?.checked_sub(total(before)?)?.saturating_sub(1);
            return Some(Self { span_us: span, commands, by_command: None });
        }
        let mut by_command: BTreeMap<String, u64> = BTreeMap::new();
        for (name, (count, _)) in calls {
            let before = earlier.get(&name).map_or(0, |(count, _)| *count);
            let command = name.split('|').next().unwrap_or_default().to_owned();
            let sent = count.saturating_sub(before);
            if sent > 0 && !HOUSEKEEPING.contains(&command.as_str()) {
                *by_command.entry(command).or_default() += sent;
            }
        }
        let mut by_command: Vec<(String, u64)> = by_command.into_iter().collect();
        by_command.sort_by_key(|(_, sent)| std::cmp::Reverse(*sent));
        let commands = by_command.iter().map(|(_, sent)| sent).sum();
        Some(Self { span_us: span, commands, by_command: Some(by_command) })
    }

    /// Whether others use the target.
    pub fn is_use(&self) -> bool {
        match self.by_command {
            Some(_) => self.commands > 0,
            None => num::float(self.commands) > HOUSEKEEPING_PER_SEC * self.span_us.secs(),
        }
    }
}

/// `12 commands in 1.0 s (get 8, set 4)`.
impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} commands in {:.1} s", self.commands, self.span_us.secs())?;
        let Some(by_command) = self.by_command.as_deref().filter(|by| !by.is_empty()) else {
            return Ok(());
        };
        let names: Vec<String> =
            by_command.iter().take(4).map(|(name, sent)| format!("{name} {sent}")).collect();
        write!(f, " ({})", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traffic(before: &str, after: &str) -> Option<Traffic> {
        Traffic::between(&Info::parse(before), &Info::parse(after), Micros::of(1e6))
    }

    #[test]
    fn housekeeping_is_no_traffic() {
        let before = "cmdstat_info:calls=1,usec=1\r\n";
        let after = "cmdstat_info:calls=9,usec=9\r\ncmdstat_client|list:calls=3,usec=9\r\n\
                     cmdstat_ping:calls=3,usec=9\r\n";
        let seen = traffic(before, after).unwrap();
        assert_eq!(seen.commands, 0);
        assert!(!seen.is_use());
    }

    #[test]
    fn one_read_is_traffic() {
        let before = "cmdstat_info:calls=1,usec=1\r\ncmdstat_get:calls=7,usec=1\r\n";
        let after = "cmdstat_info:calls=2,usec=1\r\ncmdstat_get:calls=8,usec=1\r\n\
                     cmdstat_set:calls=2,usec=1\r\n";
        let seen = traffic(before, after).unwrap();
        assert!(seen.is_use());
        assert_eq!(seen.to_string(), "3 commands in 1.0 s (set 2, get 1)");
    }

    #[test]
    fn without_names_a_few_commands_may_be_housekeeping() {
        let total = |n| format!("total_commands_processed:{n}\r\n");
        assert!(!traffic(&total(100), &total(104)).unwrap().is_use());
        let seen = traffic(&total(100), &total(201)).unwrap();
        assert!(seen.is_use());
        assert_eq!(seen.to_string(), "100 commands in 1.0 s");
        assert_eq!(traffic("", ""), None);
    }

    #[test]
    fn what_is_not_printed_is_listed() {
        let state = TargetState::of(&Info::parse("role:slave\r\nmaster_host:a\r\n"), false);
        assert_eq!(state.role.as_deref(), Some("slave"));
        assert_eq!((state.primary, state.keys_by_database), (None, None));
        assert_eq!(state.other_clients, None);
        assert!(state.not_collected.contains(&"used_memory".into()));
        assert!(state.not_collected.contains(&"keyspace".into()));
        assert!(!state.not_collected.contains(&"role".into()));
    }
}
