//! A workload file from saved replies of INFO, which tell how many keys there are and how much memory they
//! take, but neither types nor names nor lengths.

use crate::engine::Allocator;
use crate::measurement::Info;
use crate::units::num;

use super::back_test::{Sampled, beside_keys};
use super::gathered::Gathered;
use super::learned::{LearnError, Learned, Source, learn};
use super::seen::{Kind, Life, SeenKey, SeenValue};
use super::watched::Watched;

/// Keys that stand for all.
const STAND_INS: u64 = 1_000;
/// Spreads the longer ones among those that expire and those that do not; has no factor of the former.
const LONGER_STEP: u64 = 377;
/// The longest value that is tried.
const LONGEST: u64 = 64 << 20;

/// The workload of a server from what it printed at two times: strings under invented names, with the
/// length that meets its memory, or two lengths: an allocator's blocks are far apart.
///
/// # Errors
/// When a reply lacks engine, memory or number of keys.
pub fn learn_from_info(before: &Info, after: &Info) -> Result<Learned, LearnError> {
    let engine = after.engine().ok_or(LearnError::NoInfo("engine and version"))?;
    let used_memory = after.bytes("used_memory").ok_or(LearnError::NoInfo("used_memory"))?;
    let stored = Keyspace::of(after);
    if stored.keys == 0 {
        return Err(LearnError::NoInfo("any keys (section Keyspace)"));
    }
    let is_jemalloc = after.text("mem_allocator").is_none_or(|name| name.starts_with("jemalloc"));
    let policy = after.text("maxmemory_policy").unwrap_or_default();
    let is_limited = after.count("maxmemory").is_some_and(|limit| limit > 0);
    let server = Sampled {
        engine,
        allocator: if is_jemalloc { Allocator::JemallocQ8 } else { Allocator::Libc },
        shares_integers: !(is_limited && (policy.ends_with("lru") || policy.ends_with("lfu"))),
        slots: Vec::new(),
        used_memory,
        beside_keys: beside_keys(after, engine),
    };
    let watched = Watched::between(before, after, None);
    let mut not_collected = vec![
        ("types, templates, lengths and encodings of keys".to_owned(), NOT_IN_INFO.to_owned()),
        ("skew of access".into(), "INFO does not tell".into()),
    ];
    if watched.is_none() {
        let reason = "the two replies tell neither commands nor the time between them".into();
        not_collected.push(("command mix and rate".into(), reason));
    }
    let source = Source {
        name: "two replies of INFO".into(),
        keys: Some(stored.keys),
        servers: vec![server],
        watched,
        without_skew: Some("INFO does not tell".into()),
        not_collected,
        ..Source::default()
    };
    // Lengths grow by a sixteenth; between the last that takes no more than the server has and the next
    // lie shares of both.
    let takes_more = |len: u64, longer: u64| {
        let test = learn(stored.gathered(len, longer), &source)?.back_test;
        Ok::<bool, LearnError>(test.is_some_and(|test| test.predicted > test.measured))
    };
    let mut len = 1;
    while len < LONGEST && !takes_more(next(len), 0)? {
        len = next(len);
    }
    let (mut least, mut most) = (0, STAND_INS);
    while most - least > 1 {
        let middle = least.midpoint(most);
        *(if takes_more(len, middle)? { &mut most } else { &mut least }) = middle;
    }
    learn(stored.gathered(len, least), &source)
}

/// The next length that is tried.
const fn next(len: u64) -> u64 {
    len + 1 + len / 16
}

const NOT_IN_INFO: &str = "INFO does not tell; strings are assumed whose length meets its memory, under \
                           invented names";

/// What all databases hold.
struct Keyspace {
    keys: u64,
    expiring: u64,
    /// Milliseconds they have left on average.
    mean_left_ms: u64,
}

impl Keyspace {
    /// Of `dbN:keys=…,expires=…,avg_ttl=…`.
    fn of(info: &Info) -> Self {
        let mut all = Self { keys: 0, expiring: 0, mean_left_ms: 0 };
        let mut left = 0.0;
        for (database, keys) in info.keys_by_database() {
            let text = info.text(&format!("db{database}")).unwrap_or_default();
            let field = |name: &str| -> u64 {
                let value = text.split(',').find_map(|part| part.strip_prefix(name));
                value.and_then(|value| value.strip_prefix('=')?.parse().ok()).unwrap_or(0)
            };
            let expiring = field("expires");
            all.keys += keys;
            all.expiring += expiring;
            left += num::float(expiring) * num::float(field("avg_ttl"));
        }
        all.mean_left_ms = num::round(left / num::float(all.expiring.max(1)));
        all
    }

    /// Keys that stand for all, with values of this length and `longer` with the next. What is left to
    /// keys is half of what they are given, on average.
    fn gathered(&self, len: u64, longer: u64) -> Gathered {
        let share = num::float(self.expiring) / num::float(self.keys);
        let expiring = num::round(share * num::float(STAND_INS));
        let mut gathered = Gathered::new();
        for n in 0..STAND_INS {
            let at = n * self.keys.max(STAND_INS) / STAND_INS;
            let key = format!("key:{at}");
            let len = if n * LONGER_STEP % STAND_INS < longer { next(len) } else { len };
            let encoding = Some(if len > 44 { "raw" } else { "embstr" });
            let value = SeenValue { encoding, bytes: Some(len), ..SeenValue::of(Kind::String) };
            let left = Life::LeftMs(self.mean_left_ms.saturating_mul(2).max(1_000));
            let life = if n < expiring { left } else { Life::Stays };
            let seen = SeenKey::named(key.as_bytes());
            gathered.add(&SeenKey { value: Some(value), life: Some(life), ..seen });
        }
        gathered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(calls: u64, secs: u64) -> Info {
        Info::parse(&format!(
            "redis_version:7.0.15\r\nuptime_in_seconds:{secs}\r\nused_memory:120000000\r\n\
             used_memory_startup:900000\r\nmem_allocator:jemalloc-5.3.0\r\n\
             cmdstat_get:calls={calls},usec=1\r\ncmdstat_set:calls={},usec=1\r\n\
             db0:keys=60000,expires=60000,avg_ttl=300000\r\ndb3:keys=40000,expires=0,avg_ttl=0\r\n",
            calls / 4
        ))
    }

    #[test]
    fn two_replies_make_a_file_that_meets_the_memory() {
        let learned = learn_from_info(&info(0, 100), &info(8_000, 110)).unwrap();
        let test = learned.back_test.unwrap();
        assert!(test.error().abs() < 0.02, "{test:?}");
        assert_eq!(learned.plan.capacity.keys, [60_000, 40_000]);
        assert_eq!(learned.plan.classes[0].ttl_secs, Some(600));
        assert_eq!(learned.plan.objective.peak.per_sec().to_string(), "1000");
        assert!(learned.text.contains("Not collected: types, templates"), "{}", learned.text);
        let words: Vec<&str> = learned.plan.traffic.iter().map(|l| l.command.word()).collect();
        assert_eq!(words, ["get", "get", "set", "set"]);
        let none = learn_from_info(&Info::parse(""), &Info::parse("redis_version:7.0.15\r\n"));
        assert_eq!(none.unwrap_err(), LearnError::NoInfo("used_memory"));
    }
}
