//! The text of `INFO`, parsed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::{EngineVersion, Product};
use crate::units::{Bytes, Micros};

/// Every field of an `INFO` reply by name, kept whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Info(BTreeMap<String, String>);

impl Info {
    /// Reads `name:value` lines; section headers and blank lines carry nothing.
    pub fn parse(text: &str) -> Self {
        let field = |line: &str| {
            let (name, value) = line.trim_end().split_once(':')?;
            Some((name.to_owned(), value.to_owned()))
        };
        Self(text.lines().filter(|line| !line.starts_with('#')).filter_map(field).collect())
    }

    /// A field as text; `None` when the target did not print it.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A field as a whole number.
    pub fn count(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }

    /// A field as a size.
    pub fn bytes(&self, name: &str) -> Option<Bytes> {
        self.count(name).map(Bytes::new)
    }

    /// A field in seconds, as `used_cpu_user_main_thread` is.
    pub fn seconds(&self, name: &str) -> Option<Micros> {
        Micros::from_secs(self.text(name)?.parse().ok()?)
    }

    /// Which engine answers. Valkey prints `redis_version` for old clients and its own beside it.
    pub fn engine(&self) -> Option<EngineVersion> {
        let (product, version) = match self.text("valkey_version") {
            Some(version) => (Product::Valkey, version),
            None => (Product::Redis, self.text("redis_version")?),
        };
        EngineVersion::parse(&format!("{product}-{version}"))
    }

    /// The full version, as in `7.0.15`.
    pub fn version_text(&self) -> Option<&str> {
        self.text("valkey_version").or_else(|| self.text("redis_version"))
    }

    /// CPU time of the thread that executes commands, user and system.
    pub fn main_thread_cpu(&self) -> Option<Micros> {
        let user = self.seconds("used_cpu_user_main_thread")?;
        let system = self.seconds("used_cpu_sys_main_thread")?;
        Micros::new(user.get() + system.get())
    }

    /// Calls and execution time of each command, from `commandstats`, by command name.
    pub fn command_calls(&self) -> BTreeMap<String, (u64, Micros)> {
        let mut calls = BTreeMap::new();
        for (name, value) in &self.0 {
            let Some(command) = name.strip_prefix("cmdstat_") else { continue };
            let part = |key: &str| {
                value.split(',').find_map(|part| part.strip_prefix(key)?.strip_prefix('='))
            };
            let count = part("calls").and_then(|n| n.parse().ok());
            let spent = part("usec").and_then(|us| us.parse().ok()).and_then(Micros::new);
            if let (Some(count), Some(spent)) = (count, spent) {
                calls.insert(command.to_owned(), (count, spent));
            }
        }
        calls
    }

    /// Keys stored in each database, by number, from the `keyspace` section.
    pub fn keys_by_database(&self) -> BTreeMap<u32, u64> {
        let database = |(name, value): (&String, &String)| {
            let number = name.strip_prefix("db")?.parse().ok()?;
            let keys = value.split(',').find_map(|part| part.strip_prefix("keys="))?;
            Some((number, keys.parse().ok()?))
        };
        self.0.iter().filter_map(database).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "# Server\r\nredis_version:7.0.15\r\n\r\n# Memory\r\n\
        used_memory:428693248\r\nmem_allocator:jemalloc-5.3.0\r\n# CPU\r\n\
        used_cpu_sys_main_thread:0.250000\r\nused_cpu_user_main_thread:1.500000\r\n\
        # Commandstats\r\ncmdstat_set:calls=400000,usec=812000,usec_per_call=2.03,\
        rejected_calls=0,failed_calls=0\r\n# Keyspace\r\ndb0:keys=12,expires=3,avg_ttl=5\r\n";

    #[test]
    fn fields_are_typed_on_demand() {
        let info = Info::parse(SAMPLE);
        assert_eq!(info.engine(), Some(EngineVersion::redis(7, 0)));
        assert_eq!(info.bytes("used_memory"), Some(Bytes::new(428_693_248)));
        assert_eq!(info.main_thread_cpu(), Micros::new(1_750_000.0));
        assert_eq!(info.command_calls()["set"], (400_000, Micros::of(812_000.0)));
        assert_eq!(info.keys_by_database()[&0], 12);
    }

    #[test]
    fn what_is_not_printed_is_not_collected() {
        let info = Info::parse("");
        assert_eq!(info.engine(), None);
        assert_eq!(info.main_thread_cpu(), None);
        assert_eq!(info.count("evicted_keys"), None);
        assert_eq!(Info::parse("used_memory:lots\r\n").bytes("used_memory"), None);
    }

    #[test]
    fn valkey_is_not_taken_for_the_redis_it_claims_to_be() {
        let info =
            Info::parse("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\n");
        assert_eq!(info.engine(), Some(EngineVersion::valkey(8, 1)));
    }
}
