//! The commands of the mix.
//!
//! Each leaves behind what it found, so that memory and hits stay those of the seeded keys: what is
//! written is what stands there already, and what is taken away is put back by the same operation.

use serde::{Deserialize, Serialize};

use crate::engine::CollectionKind;

/// What has to stand under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Under {
    /// Whatever it is.
    Anything,
    /// A string.
    String,
    /// A collection of this kind.
    Collection(CollectionKind),
}

impl Under {
    /// Whether it may be this: a collection, or none for a string.
    pub fn allows(self, stored: Option<CollectionKind>) -> bool {
        match self {
            Self::Anything => true,
            Self::String => stored.is_none(),
            Self::Collection(kind) => stored == Some(kind),
        }
    }

    /// As the workload file spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Collection(kind) => kind.word(),
            Self::Anything | Self::String => "string",
        }
    }
}

/// A command of the mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// `GET key`.
    Get,
    /// `SET key value [EX ttl]`, with a value of the class.
    Set,
    /// `MGET` of this many keys of the class; at least 1.
    Mget(u32),
    /// `MSET` of this many keys of the class, each with its value; at least 1.
    Mset(u32),
    /// `DEL key`, and the SET that brings it back, in one write: two commands, one operation.
    Del,
    /// `EXPIRE key ttl`, with the lifetime of the class.
    Expire,
    /// `INCRBY key 0`: what INCR does, without another number.
    Incr,
    /// `HGET key field`, any of its fields alike.
    Hget,
    /// `HGETALL key`.
    Hgetall,
    /// `HSET key field value`, any of its fields with the value it has.
    Hset,
    /// `SMEMBERS key`.
    Smembers,
    /// `SADD key member`, any that is there.
    Sadd,
    /// `ZRANGE key 0 …`: so many members from the lowest score on, or all.
    Zrange(Option<u32>),
    /// `ZADD key score member`, any that is there with the score it has.
    Zadd,
    /// `LRANGE key 0 …`: so many elements from the first on, or all.
    Lrange(Option<u32>),
    /// `LPUSH key element` and LPOP of the same, in one write: two commands, one operation.
    Lpush,
    /// A command of [`Raw`].
    Raw,
}

impl Command {
    /// Its name, as the workload file spells it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Set => "set",
            Self::Mget(_) => "mget",
            Self::Mset(_) => "mset",
            Self::Del => "del",
            Self::Expire => "expire",
            Self::Incr => "incr",
            Self::Hget => "hget",
            Self::Hgetall => "hgetall",
            Self::Hset => "hset",
            Self::Smembers => "smembers",
            Self::Sadd => "sadd",
            Self::Zrange(_) => "zrange",
            Self::Zadd => "zadd",
            Self::Lrange(_) => "lrange",
            Self::Lpush => "lpush",
            Self::Raw => "raw",
        }
    }

    /// Keys that one operation reads, each of which is there or missing. A raw command's reply does not
    /// tell.
    pub const fn keys_read(self) -> u64 {
        match self {
            Self::Mget(batch) => batch as u64,
            Self::Raw => 0,
            _ if self.writes() => 0,
            _ => 1,
        }
    }

    /// Keys that one command names.
    pub const fn keys_named(self) -> u64 {
        match self {
            Self::Mget(batch) | Self::Mset(batch) => batch as u64,
            _ => 1,
        }
    }

    /// Commands that one operation takes.
    pub const fn n_commands(self) -> u64 {
        match self {
            Self::Del | Self::Lpush => 2,
            _ => 1,
        }
    }

    /// Whether it has to go to a primary, and on to its replicas.
    pub const fn writes(self) -> bool {
        matches!(
            self,
            Self::Set
                | Self::Mset(_)
                | Self::Del
                | Self::Expire
                | Self::Incr
                | Self::Hset
                | Self::Sadd
                | Self::Zadd
                | Self::Lpush
        )
    }

    /// Keys whose value one operation writes anew; EXPIRE writes none.
    pub const fn keys_rewritten(self) -> u64 {
        if self.writes() && !matches!(self, Self::Expire) { self.keys_named() } else { 0 }
    }

    /// What has to stand under a key it is sent to.
    pub const fn asks_for(self) -> Under {
        match self {
            Self::Get | Self::Set | Self::Mget(_) | Self::Mset(_) | Self::Del | Self::Incr => {
                Under::String
            }
            Self::Hget | Self::Hgetall | Self::Hset => Under::Collection(CollectionKind::Hash),
            Self::Smembers | Self::Sadd => Under::Collection(CollectionKind::Set),
            Self::Zrange(_) | Self::Zadd => Under::Collection(CollectionKind::SortedSet),
            Self::Lrange(_) | Self::Lpush => Under::Collection(CollectionKind::List),
            Self::Expire | Self::Raw => Under::Anything,
        }
    }
}

/// Commands that name one key first and change nothing, and what has to stand under it.
const READING: [(&str, Under); 29] = {
    use CollectionKind::{Hash, List, Set, SortedSet};
    use Under::{Anything, Collection, String};
    [
        ("EXISTS", Anything),
        ("TTL", Anything),
        ("PTTL", Anything),
        ("TYPE", Anything),
        ("TOUCH", Anything),
        ("STRLEN", String),
        ("GETRANGE", String),
        ("GETBIT", String),
        ("BITCOUNT", String),
        ("HLEN", Collection(Hash)),
        ("HEXISTS", Collection(Hash)),
        ("HKEYS", Collection(Hash)),
        ("HVALS", Collection(Hash)),
        ("HSTRLEN", Collection(Hash)),
        ("HMGET", Collection(Hash)),
        ("SCARD", Collection(Set)),
        ("SISMEMBER", Collection(Set)),
        ("SMISMEMBER", Collection(Set)),
        ("SRANDMEMBER", Collection(Set)),
        ("ZCARD", Collection(SortedSet)),
        ("ZSCORE", Collection(SortedSet)),
        ("ZMSCORE", Collection(SortedSet)),
        ("ZRANK", Collection(SortedSet)),
        ("ZCOUNT", Collection(SortedSet)),
        ("ZREVRANGE", Collection(SortedSet)),
        ("ZRANGEBYSCORE", Collection(SortedSet)),
        ("LLEN", Collection(List)),
        ("LINDEX", Collection(List)),
        ("LPOS", Collection(List)),
    ]
};

/// A command as its words, the second of which stands for the key: `GETRANGE {key} 0 99`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Raw {
    words: Vec<String>,
}

impl Raw {
    /// Reads the words.
    ///
    /// # Errors
    /// When the command is not one of those that name a key first and change nothing, or the key is not
    /// where it belongs.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        if let Some(command) = words.first_mut() {
            *command = command.to_uppercase();
        }
        let known = |word: &String| READING.iter().any(|(name, _)| name == word);
        if !words.first().is_some_and(known) {
            let names: Vec<&str> = READING.iter().map(|(name, _)| *name).collect();
            return Err(format!(
                "`{text}` must begin with a command that changes nothing and names one key first: {}",
                names.join(", ")
            ));
        }
        let is_key = |word: &String| word == "{key}";
        if !words.get(1).is_some_and(is_key) || words.iter().filter(|word| is_key(word)).count() > 1
        {
            return Err(format!("`{text}` must name `{{key}}` once, right after the command"));
        }
        Ok(Self { words })
    }

    /// The command's name.
    pub fn command(&self) -> &str {
        &self.words[0]
    }

    /// What follows the key.
    pub fn arguments(&self) -> &[String] {
        &self.words[2..]
    }

    /// As [`Command::asks_for`].
    pub fn asks_for(&self) -> Under {
        let known = READING.iter().find(|(name, _)| *name == self.command());
        known.map_or(Under::Anything, |(_, under)| *under)
    }
}

impl TryFrom<String> for Raw {
    type Error = String;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Raw> for String {
    fn from(raw: Raw) -> String {
        raw.words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_commands_read_one_key() {
        let raw = Raw::parse("getrange {key} 0 99").unwrap();
        assert_eq!((raw.command(), raw.arguments()), ("GETRANGE", &["0".into(), "99".into()][..]));
        assert_eq!(raw.asks_for(), Under::String);
        assert_eq!(String::from(raw), "GETRANGE {key} 0 99");
        assert_eq!(Raw::parse("TTL {key}").unwrap().asks_for(), Under::Anything);
        for bad in [
            "",
            "FLUSHALL",
            "FLUSHALL {key}",
            "EVAL {key} 0",
            "GETRANGE",
            "TTL a {key}",
            "EXISTS {key} {key}",
        ] {
            assert!(Raw::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_writes_reads_nothing() {
        let all = [Command::Set, Command::Mset(3), Command::Del, Command::Expire, Command::Lpush];
        assert!(all.iter().all(|command| command.writes() && command.keys_read() == 0));
        assert_eq!((Command::Mget(3).keys_read(), Command::Hget.keys_read()), (3, 1));
        assert_eq!((Command::Mset(3).keys_rewritten(), Command::Expire.keys_rewritten()), (3, 0));
        assert_eq!((Command::Get.keys_rewritten(), Command::Del.n_commands()), (0, 2));
    }

    /// What a mix of one line is refused with.
    #[track_caller]
    fn check(class: &str, line: &str, expected: &str) {
        let text = format!(
            r#"
            name = "one"
            class = [{{ name = "c", keys = 10, key = "c:{{n}}", {class} }}]
            traffic = [{{ class = "c", weight = 1, {line} }}]
            load = {{}}
            objective = {{ peak = "1k/s", p99 = "2ms" }}
            capacity = {{}}
            aws = {{ region = "eu-west-1", engines = ["redis-7.1"] }}
            "#
        );
        let error = crate::spec::parse("w.toml", &text).expect_err(line);
        let problems: Vec<&str> = error.problems.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(problems, [expected]);
    }

    #[test]
    fn commands_that_would_change_what_is_stored_are_refused() {
        let text = r#"size = "9B""#;
        check(
            &format!(r#"{text}, ttl = "1h""#),
            r#"command = "mset", batch = 2"#,
            "mset takes the lifetime off the keys of class `c`: use set",
        );
        check(text, r#"command = "mset", batch = 20"#, "mset of 20 keys, but class `c` has 10");
        check(text, r#"command = "expire""#, "expire gives the `ttl` of class `c`, which has none");
        check(
            text,
            r#"command = "incr""#,
            "incr is for numbers: class `c` needs payload = \"counter\", or a `file` with one in each \
             record",
        );
        check(
            text,
            r#"command = "del", key = "d:{n}""#,
            "del writes to the keys that were seeded: leave `key` out",
        );
        check(
            text,
            r#"command = "get", raw = "TTL {key}""#,
            "`raw` goes with command = \"raw\", not with get",
        );
        check(
            text,
            r#"command = "raw", raw = "HLEN {key}""#,
            "raw is for type = \"hash\", but class `c` has type = \"string\"",
        );
    }
}
