//! Snapshots that engines have just written: what is read of them is what the engine says, and
//! whatever happens to their bytes ends in an error or in an answer.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ::cachefit::rdb::{Entry, RdbError, Reader, ValueType};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Server, engines};

/// What has every type, in every encoding that engines choose by default.
const KEYS: &str = "
    local function many(command, key, n, of)
        local words = {}
        for i = 1, n do for _, word in ipairs(of(i)) do words[#words + 1] = word end end
        redis.call(command, key, unpack(words))
    end
    redis.call('SET', 'string:int', '-70000')
    redis.call('SET', 'string:long', '1234567890123')
    redis.call('SET', 'string:short', 'hello', 'EX', 1000)
    redis.call('SET', 'string:compressed', string.rep('abc', 1000))
    redis.call('SET', 'string:empty', '')
    redis.call('RPUSH', 'list:small', 'a', 'bb', 3)
    many('RPUSH', 'list:large', 2000, function(i) return {'element-' .. i} end)
    redis.call('RPUSH', 'list:alone', string.rep('q', 100000), 'z')
    redis.call('SADD', 'set:numbers', 1, 2, -70000)
    redis.call('SADD', 'set:small', 'a', 'b', 7)
    many('SADD', 'set:large', 1000, function(i) return {'m' .. i} end)
    redis.call('ZADD', 'zset:small', 1, 'a', 2.5, 'b')
    many('ZADD', 'zset:large', 500, function(i) return {i + 0.5, 'm' .. i} end)
    redis.call('HSET', 'hash:small', 'f1', 'v1', 'f2', 2)
    many('HSET', 'hash:large', 600, function(i) return {'f' .. i, string.rep('v', i)} end)
    for i = 1, 300 do redis.call('XADD', 'stream', '*', 'field', i) end
    redis.call('XGROUP', 'CREATE', 'stream', 'group', '0')
    redis.call('XREADGROUP', 'GROUP', 'group', 'consumer', 'COUNT', 10, 'STREAMS', 'stream', '>')
";

/// The command that counts, by type.
const COUNTS: [(&str, &str); 6] = [
    ("string", "STRLEN"),
    ("list", "LLEN"),
    ("set", "SCARD"),
    ("zset", "ZCARD"),
    ("hash", "HLEN"),
    ("stream", "XLEN"),
];

/// A server with those keys, and the snapshot it has written of them.
fn saved(engine: &Path, settings: &[&str]) -> (Server, Vec<u8>) {
    let server = Server::start_engine(engine, settings);
    server.ask::<()>(&["EVAL", KEYS, "0"]);
    server.ask_in::<()>(3, &["SET", "elsewhere", "x"]);
    server.ask::<()>(&["SAVE"]);
    let directory: Vec<String> = server.ask(&["CONFIG", "GET", "dir"]);
    let file = fs::read(PathBuf::from(&directory[1]).join("dump.rdb")).unwrap();
    (server, file)
}

fn read(file: &[u8]) -> Result<Vec<Entry>, RdbError> {
    let mut reader = Reader::new(file)?;
    let mut entries = Vec::new();
    while reader.advance()? {
        entries.push(reader.entry().clone());
    }
    Ok(entries)
}

#[test]
fn a_snapshot_says_what_the_server_says() {
    for engine in engines() {
        let (server, file) = saved(&engine, &["--maxmemory-policy", "allkeys-lru"]);
        let entries = read(&file).unwrap();
        let here: BTreeMap<String, &Entry> = entries
            .iter()
            .filter(|entry| entry.database == 0)
            .map(|entry| (String::from_utf8(entry.key.clone()).unwrap(), entry))
            .collect();
        let keys: Vec<String> = server.ask(&["KEYS", "*"]);
        assert_eq!((here.len(), entries.len()), (keys.len(), keys.len() + 1));
        for key in &keys {
            let entry = here[key];
            let answer: String = server.ask(&["TYPE", key]);
            assert_eq!(entry.value_type.answer(), answer, "{key}");
            let encoding: String = server.ask(&["OBJECT", "ENCODING", key]);
            assert_eq!(entry.encoding.answer(), encoding, "{key} on {}", engine.display());
            let (_, count) = COUNTS.iter().find(|(of, _)| *of == answer).unwrap();
            let count: u64 = server.ask(&[count, key]);
            let counted = match entry.value_type {
                ValueType::String => entry.bytes,
                ValueType::Stream => entry.n_entries,
                _ => Some(entry.elements.count()),
            };
            assert_eq!(counted, Some(count), "{key}");
            let expires: i64 = server.ask(&["PTTL", key]);
            assert_eq!(entry.expires_at_ms.is_some(), expires > 0, "{key}");
            assert!(entry.idle_seconds.is_some(), "{key}");
        }
        let large = here["hash:large"].elements.values();
        assert_eq!((large.total, large.least, large.most), (600 * 601 / 2, 1, 600));
        let database: u64 = entries.iter().map(|entry| entry.database).max().unwrap();
        assert_eq!(database, 3);
    }
}

/// Bytes altered, cut out, repeated or lost at the end: always an answer, seldom the right one, and
/// never more keys than there are bytes.
#[test]
fn damaged_snapshots_end_in_an_error_or_in_what_they_say() {
    let engine = &engines()[0];
    let files = [
        saved(engine, &["--rdbchecksum", "no"]).1,
        saved(engine, &["--rdbchecksum", "no", "--rdbcompression", "no"]).1,
    ];
    let damages = (any::<bool>(), prop::collection::vec((any::<Index>(), any::<Damage>()), 1..4));
    let mut runner =
        TestRunner::new(Config { cases: 2_000, failure_persistence: None, ..Config::default() });
    let ended = std::cell::RefCell::new([0, 0]);
    runner
        .run(&damages, |(which, damages)| {
            let mut file = files[usize::from(which)].clone();
            for (at, damage) in damages {
                damage.apply(&mut file, at);
            }
            let outcome = read(&file);
            ended.borrow_mut()[usize::from(outcome.is_ok())] += 1;
            match outcome {
                Ok(entries) => prop_assert!(entries.len() <= file.len()),
                Err(error) => {
                    let len = u64::try_from(file.len()).unwrap();
                    prop_assert!(error.offset <= len, "{error}");
                    prop_assert!(!error.to_string().is_empty());
                }
            }
            Ok(())
        })
        .unwrap();
    let [errors, answers] = ended.into_inner();
    assert!(errors > 500 && answers > 50, "{errors} errors and {answers} answers");
}

/// What happens to a file.
#[derive(Debug, Clone, Copy)]
enum Damage {
    Set(u8),
    Remove(u8),
    Repeat(u8),
    Cut,
    /// The longest length there is.
    Lie,
}

impl Arbitrary for Damage {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        prop_oneof![
            6 => any::<u8>().prop_map(Self::Set),
            2 => any::<u8>().prop_map(Self::Remove),
            2 => any::<u8>().prop_map(Self::Repeat),
            1 => Just(Self::Cut),
            3 => Just(Self::Lie),
        ]
        .boxed()
    }
}

impl Damage {
    fn apply(self, file: &mut Vec<u8>, at: Index) {
        const LIE: [u8; 9] = [0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        if file.is_empty() {
            return;
        }
        let at = at.index(file.len());
        let upto = |n: u8| at..(at + usize::from(n)).min(file.len());
        match self {
            Self::Set(byte) => file[at] = byte,
            Self::Remove(n) => drop(file.drain(upto(n))),
            Self::Repeat(n) => {
                let again = file[upto(n)].to_vec();
                file.splice(at..at, again);
            }
            Self::Cut => file.truncate(at),
            Self::Lie => drop(file.splice(at..=at, LIE)),
        }
    }
}
