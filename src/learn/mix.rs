//! The command mix of a workload file from what was asked of a server.

use crate::engine::CollectionKind;
use crate::units::num;

use super::watched::Watched;

/// Lines of the mix that are rarer, as a share of all commands, are left out and told.
const LEAST_SHARE: f64 = 0.0005;

/// What a class is to commands.
#[derive(Debug, Clone)]
pub(super) struct Asked<'a> {
    /// As `[[traffic]]` refers to it.
    pub name: &'a str,
    /// `None` for strings.
    pub collection: Option<CollectionKind>,
    pub is_number: bool,
    pub expires: bool,
    /// All its keys.
    pub keys: u64,
    /// Those that are seeded.
    pub seeded: u64,
    /// The first member of a collection.
    pub member: Option<&'a str>,
    /// Commands that were seen on its keys.
    pub seen: &'a [(String, f64)],
}

/// One line of the mix.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// Place of the class.
    pub class: usize,
    /// As the file spells it: `get`, or `raw`.
    pub command: &'static str,
    /// Keys of one mget or mset.
    pub batch: Option<u64>,
    /// The words of a raw command.
    pub raw: Option<String>,
    /// Share of all commands that were seen.
    pub share: f64,
}

/// What was asked, as far as a workload file can say it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mix {
    /// Most frequent first.
    pub lines: Vec<Line>,
    /// Commands that the file does not say, with their shares, most frequent first.
    pub left_out: Vec<(String, f64)>,
    /// Whether it is known which class a command went to.
    pub is_by_class: bool,
}

/// What has to stand under a key.
#[derive(Clone, Copy, PartialEq)]
enum Needs {
    Anything,
    String,
    Number,
    Volatile,
    Kind(CollectionKind),
}

/// How a workload file says a command.
#[derive(Clone, Copy)]
enum Says {
    Word(&'static str),
    Batch(&'static str),
    /// What follows the key; `{m}` is a member.
    Raw(&'static str),
}

/// How a command is said.
fn known(command: &str) -> Option<(Needs, Says)> {
    use CollectionKind::{Hash, List, Set, SortedSet};
    use Needs::{Anything, Kind, Number, String, Volatile};
    use Says::{Batch, Raw, Word};
    Some(match command {
        "get" | "getex" => (String, Word("get")),
        "set" | "setex" | "psetex" | "setnx" | "getset" => (String, Word("set")),
        "mget" => (String, Batch("mget")),
        "mset" | "msetnx" => (String, Batch("mset")),
        "del" | "unlink" => (String, Word("del")),
        "incr" | "incrby" | "decr" | "decrby" => (Number, Word("incr")),
        "expire" | "pexpire" | "expireat" | "pexpireat" => (Volatile, Word("expire")),
        "hget" => (Kind(Hash), Word("hget")),
        "hgetall" => (Kind(Hash), Word("hgetall")),
        "hset" | "hmset" | "hsetnx" => (Kind(Hash), Word("hset")),
        "smembers" => (Kind(Set), Word("smembers")),
        "sadd" => (Kind(Set), Word("sadd")),
        "zrange" => (Kind(SortedSet), Word("zrange")),
        "zadd" | "zincrby" => (Kind(SortedSet), Word("zadd")),
        "lrange" => (Kind(List), Word("lrange")),
        "lpush" | "rpush" => (Kind(List), Word("lpush")),
        "exists" | "ttl" | "pttl" | "type" | "touch" => (Anything, Raw("")),
        "strlen" => (String, Raw("")),
        "getrange" => (String, Raw(" 0 99")),
        "hlen" | "hkeys" | "hvals" => (Kind(Hash), Raw("")),
        "hexists" | "hstrlen" | "hmget" => (Kind(Hash), Raw(" {m}")),
        "scard" | "srandmember" => (Kind(Set), Raw("")),
        "sismember" | "smismember" => (Kind(Set), Raw(" {m}")),
        "zcard" => (Kind(SortedSet), Raw("")),
        "zscore" | "zmscore" | "zrank" => (Kind(SortedSet), Raw(" {m}")),
        "zcount" => (Kind(SortedSet), Raw(" -inf +inf")),
        "zrevrange" => (Kind(SortedSet), Raw(" 0 9")),
        "zrangebyscore" => (Kind(SortedSet), Raw(" -inf +inf LIMIT 0 10")),
        "llen" => (Kind(List), Raw("")),
        "lindex" => (Kind(List), Raw(" 0")),
        _ => return None,
    })
}

/// Whether a command reads one key, which is there or missing.
fn reads_one(command: &str) -> bool {
    matches!(
        command,
        "get"
            | "getex"
            | "hget"
            | "hgetall"
            | "hmget"
            | "hlen"
            | "hkeys"
            | "hvals"
            | "hexists"
            | "hstrlen"
            | "smembers"
            | "sismember"
            | "smismember"
            | "scard"
            | "srandmember"
            | "zrange"
            | "zscore"
            | "zmscore"
            | "zrank"
            | "zcard"
            | "zcount"
            | "zrevrange"
            | "zrangebyscore"
            | "lrange"
            | "llen"
            | "lindex"
            | "strlen"
            | "getrange"
            | "exists"
            | "ttl"
            | "pttl"
            | "type"
            | "touch"
            | "getdel"
    )
}

/// The mix of these classes; `None` where commands were not told apart, or there were none.
pub(super) fn mix(watched: &Watched, classes: &[Asked<'_>]) -> Option<Mix> {
    let commands = watched.commands.as_ref().filter(|commands| !commands.is_empty())?;
    let total = num::float(commands.iter().map(|(_, n)| n).sum());
    let batch = batch(watched, commands);
    // An engine does not count how many keys an MSET names.
    let batch_of_sets = watched.keys_per("mset").unwrap_or(2);
    let is_by_class = classes.iter().any(|class| !class.seen.is_empty());
    let mut found = Mix { lines: Vec::new(), left_out: Vec::new(), is_by_class };
    for (command, n) in commands {
        let share = num::float(*n) / total;
        let Some((needs, says)) = known(command) else {
            found.left_out.push((command.clone(), share));
            continue;
        };
        let fitting: Vec<usize> = (0..classes.len())
            .filter(|at| classes[*at].fits(needs, says, (batch, batch_of_sets)))
            .collect();
        if fitting.is_empty() {
            found.left_out.push((command.clone(), share));
        }
        for (class, part) in divided(command, &fitting, classes) {
            found.add(class, command, says, share * part, (&classes[class], batch, batch_of_sets));
        }
    }
    found.without_own_sets();
    let (lines, rare): (Vec<Line>, Vec<Line>) =
        found.lines.into_iter().partition(|line| line.share >= LEAST_SHARE);
    let name =
        |line: Line| (format!("{} of {}", line.command, classes[line.class].name), line.share);
    found.left_out.extend(rare.into_iter().filter(|line| line.share > 0.0).map(name));
    found.lines = lines;
    found.lines.sort_by(|a, b| b.share.total_cmp(&a.share));
    found.left_out.sort_by(|a, b| b.1.total_cmp(&a.1));
    Some(found)
}

/// Keys of one MGET on average: as many as were named, or what lookups the other reads leave over; at
/// least 1.
fn batch(watched: &Watched, commands: &[(String, u64)]) -> u64 {
    if let Some(named) = watched.keys_per("mget") {
        return named;
    }
    let count = |is_such: &dyn Fn(&str) -> bool| -> u64 {
        commands.iter().filter(|(name, _)| is_such(name)).map(|(_, n)| n).sum()
    };
    let (many, single) = (count(&|name| name == "mget"), count(&reads_one));
    let lookups = watched.lookups.map_or(0, |(hits, misses)| hits + misses);
    let of_many = num::float(lookups.saturating_sub(single));
    num::round(of_many / num::float(many.max(1))).max(1)
}

/// How a command is divided among the classes it fits: as it was seen on their keys, or else by their
/// numbers of keys.
fn divided(command: &str, fitting: &[usize], classes: &[Asked<'_>]) -> Vec<(usize, f64)> {
    let seen = |at: &usize| {
        let of_class = classes[*at].seen.iter().find(|(name, _)| name == command);
        of_class.map_or(0.0, |(_, n)| *n)
    };
    let keys = |at: &usize| num::float(classes[*at].keys);
    let is_seen = fitting.iter().any(|at| seen(at) > 0.0);
    let weight = |at: &usize| if is_seen { seen(at) } else { keys(at) };
    let total: f64 = fitting.iter().map(weight).sum();
    fitting.iter().map(|at| (*at, weight(at) / total)).filter(|(_, part)| *part > 0.0).collect()
}

impl Asked<'_> {
    fn fits(&self, needs: Needs, says: Says, (batch, batch_of_sets): (u64, u64)) -> bool {
        let is_text = self.collection.is_none();
        let stored = match needs {
            Needs::Anything => true,
            Needs::String => is_text,
            Needs::Number => is_text && self.is_number,
            Needs::Volatile => self.expires,
            Needs::Kind(kind) => self.collection == Some(kind),
        };
        let said = match says {
            Says::Batch("mset") => !self.expires && self.seeded >= batch_of_sets,
            Says::Batch(_) => self.seeded >= batch,
            Says::Raw(" {m}") => self.member.is_some(),
            Says::Word(_) | Says::Raw(_) => true,
        };
        stored && said
    }
}

impl Mix {
    fn add(
        &mut self,
        class: usize,
        command: &str,
        says: Says,
        share: f64,
        (of, batch, batch_of_sets): (&Asked<'_>, u64, u64),
    ) {
        let (word, batch, raw) = match says {
            Says::Word(word) => (word, None, None),
            Says::Batch("mset") => ("mset", Some(batch_of_sets), None),
            Says::Batch(word) => (word, Some(batch), None),
            Says::Raw(rest) => {
                let rest = rest.replace("{m}", of.member.unwrap_or_default());
                ("raw", None, Some(format!("{} {{key}}{rest}", command.to_uppercase())))
            }
        };
        let same = self
            .lines
            .iter_mut()
            .find(|line| line.class == class && line.command == word && line.raw == raw);
        match same {
            Some(line) => line.share += share,
            None => self.lines.push(Line { class, command: word, batch, raw, share }),
        }
    }

    /// Takes off the SETs that come with `del`, which brings back what it deletes.
    fn without_own_sets(&mut self) {
        let deleted: Vec<(usize, f64)> = self
            .lines
            .iter()
            .filter(|line| line.command == "del")
            .map(|line| (line.class, line.share))
            .collect();
        for (class, share) in deleted {
            let set = |line: &&mut Line| line.class == class && line.command == "set";
            if let Some(line) = self.lines.iter_mut().find(set) {
                line.share = (line.share - share).max(0.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Micros;

    fn watched(commands: &[(&str, u64)], lookups: u64) -> Watched {
        let commands: Vec<(String, u64)> =
            commands.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
        Watched {
            span: Micros::of(1e6),
            total: commands.iter().map(|(_, n)| n).sum(),
            commands: Some(commands),
            keys_named: None,
            lookups: Some((lookups, 0)),
            network: None,
            gone: None,
        }
    }

    fn strings(name: &str, keys: u64) -> Asked<'_> {
        Asked {
            name,
            collection: None,
            is_number: false,
            expires: true,
            keys,
            seeded: keys,
            member: None,
            seen: &[],
        }
    }

    fn lines(mix: &Mix) -> Vec<(usize, &str, u64)> {
        let one = |line: &Line| (line.class, line.command, num::round(line.share * 1e4));
        mix.lines.iter().map(one).collect()
    }

    #[test]
    fn commands_go_to_the_classes_that_they_fit() {
        let profiles = Asked {
            collection: Some(CollectionKind::Hash),
            member: Some("f0"),
            ..strings("profiles", 10)
        };
        let classes = [strings("a", 300), strings("b", 100), profiles];
        let seen = [("get", 40), ("hgetall", 20), ("setex", 20), ("hmget", 10), ("xadd", 10)];
        let mix = mix(&watched(&seen, 70), &classes).unwrap();
        assert_eq!(
            lines(&mix),
            [
                (0, "get", 3_000),
                (2, "hgetall", 2_000),
                (0, "set", 1_500),
                (1, "get", 1_000),
                (2, "raw", 1_000),
                (1, "set", 500)
            ]
        );
        assert_eq!(mix.lines[4].raw.as_deref(), Some("HMGET {key} f0"));
        assert_eq!(mix.left_out, [("xadd".to_owned(), 0.1)]);
    }

    #[test]
    fn lookups_tell_how_many_keys_an_mget_has() {
        let classes = [strings("a", 300)];
        let mix = mix(&watched(&[("get", 80), ("mget", 20)], 480), &classes).unwrap();
        assert_eq!((mix.lines[1].command, mix.lines[1].batch), ("mget", Some(20)));
        assert!(super::mix(&watched(&[], 0), &classes).is_none());
    }

    #[test]
    fn commands_seen_on_keys_are_theirs() {
        let seen = [("get".to_owned(), 30.0)];
        let hot = Asked { seen: &seen, ..strings("hot", 10) };
        let classes = [strings("cold", 1_000), hot];
        let mix = mix(&watched(&[("get", 90), ("del", 4), ("set", 6)], 90), &classes).unwrap();
        assert!(mix.is_by_class);
        let hot: Vec<_> = lines(&mix).into_iter().filter(|line| line.0 == 1).collect();
        assert_eq!(hot, [(1, "get", 9_000)]);
        let sets: f64 =
            mix.lines.iter().filter(|line| line.command == "set").map(|line| line.share).sum();
        assert!((sets - 0.02).abs() < 1e-3, "del brings its own: {sets}");
    }
}
