//! One command of a capture.

use crate::engine::CollectionKind;
use crate::units::num;

use super::commands::{self, Keys};
use super::line::Line;

/// What a command stores or reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stored {
    /// Strings.
    String,
    /// A collection of this kind.
    Collection(CollectionKind),
    /// Streams.
    Other,
}

/// The lifetime that a command gives a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// So many milliseconds from then on.
    Ms(u64),
    /// None: the key stays until it is deleted.
    Stays,
}

/// One command that a server has executed.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'l> {
    line: &'l Line,
    keys: Keys,
}

impl<'l> Asked<'l> {
    pub(super) fn new(line: &'l Line) -> Self {
        Self { line, keys: commands::keys(&line.name) }
    }

    /// When, in microseconds since 1970.
    pub fn at_us(&self) -> u64 {
        self.line.at_us
    }

    /// In which database.
    pub fn database(&self) -> u32 {
        self.line.database
    }

    /// Whether a script executed it, for whose sake one EVAL stands in the capture as well.
    pub fn is_from_script(&self) -> bool {
        self.line.is_from_script
    }

    /// The command's name in lower case.
    pub fn command(&self) -> &'l str {
        &self.line.name
    }

    /// What has to stand under its keys; `None` where any type may.
    pub fn stored(&self) -> Option<Stored> {
        commands::stored(&self.line.name)
    }

    /// The keys it names. A command that is not known is taken to name one, its first argument.
    pub fn keys(&self) -> impl Iterator<Item = &'l [u8]> + use<'l> {
        let line = self.line;
        let n = line.n_arguments();
        let (lead, first, step, end) = match self.keys {
            Keys::None => (0, 0, 1, 0),
            Keys::Range { first, step, last } => (0, first, step, n.saturating_sub(last)),
            Keys::Fixed { first, count } => (0, first, 1, first + count),
            Keys::Counted { at, before } => {
                let count = line.argument(at).and_then(integer).unwrap_or(0);
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                (before, at + 1, 1, count.saturating_add(at + 1))
            }
            Keys::Streams => {
                let is_word = |index: &usize| {
                    let argument = line.argument(*index);
                    argument.is_some_and(|word| word.eq_ignore_ascii_case(b"streams"))
                };
                match (0..n).find(is_word) {
                    Some(word) => (0, word + 1, 1, word + 1 + (n - word - 1) / 2),
                    None => (0, 0, 1, 0),
                }
            }
        };
        let named = (0..lead).chain((first..end.min(n)).step_by(step));
        named.filter_map(|index| line.argument(index))
    }

    /// Keys with the length of the string that is stored under each; nothing for commands that store
    /// no whole strings.
    pub fn strings(&self) -> impl Iterator<Item = (&'l [u8], u64)> + use<'l> {
        let line = self.line;
        let (value, pairs) = match line.name.as_str() {
            "set" | "setnx" | "getset" => (1, 1),
            "setex" | "psetex" => (2, 1),
            "mset" | "msetnx" => (1, line.n_arguments() / 2),
            _ => (0, 0),
        };
        (0..pairs).filter_map(move |pair| {
            let key = line.argument(2 * pair)?;
            Some((key, num::count(line.argument(2 * pair + value)?.len())))
        })
    }

    /// The lifetime it gives its keys; `None` where it leaves it as it is, or gives none to read.
    pub fn lifetime(&self) -> Option<Lifetime> {
        let line = self.line;
        let number = |index: usize| line.argument(index).and_then(integer);
        let now_ms = line.at_us / 1000;
        let left = |until_ms: u64| Lifetime::Ms(until_ms.saturating_sub(now_ms));
        let seconds = |n: u64| n.saturating_mul(1000);
        match line.name.as_str() {
            "setex" | "expire" => number(1).map(|n| Lifetime::Ms(seconds(n))),
            "psetex" | "pexpire" => number(1).map(Lifetime::Ms),
            "expireat" => number(1).map(|n| left(seconds(n))),
            "pexpireat" => number(1).map(left),
            "persist" | "mset" | "msetnx" | "getset" | "setnx" => Some(Lifetime::Stays),
            "set" | "getex" => {
                let options = if line.name == "set" { 2 } else { 1 };
                for index in options..line.n_arguments() {
                    let word = line.argument(index)?.to_ascii_lowercase();
                    match word.as_slice() {
                        b"ex" => return number(index + 1).map(|n| Lifetime::Ms(seconds(n))),
                        b"px" => return number(index + 1).map(Lifetime::Ms),
                        b"exat" => return number(index + 1).map(|n| left(seconds(n))),
                        b"pxat" => return number(index + 1).map(left),
                        b"persist" => return Some(Lifetime::Stays),
                        b"keepttl" => return None,
                        _ => {}
                    }
                }
                (line.name == "set").then_some(Lifetime::Stays)
            }
            _ => None,
        }
    }
}

fn integer(text: &[u8]) -> Option<u64> {
    str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(arguments: &str) -> Line {
        let quoted: Vec<String> = arguments.split(' ').map(|word| format!("\"{word}\"")).collect();
        let mut line = Line::default();
        line.read(format!("100.000000 [0 x:1] {}", quoted.join(" ")).as_bytes()).unwrap();
        line
    }

    #[track_caller]
    fn keys(arguments: &str, expected: &str) {
        let line = line(arguments);
        let keys: Vec<&str> = line.asked().keys().map(|key| str::from_utf8(key).unwrap()).collect();
        assert_eq!(keys.join(" "), expected, "{arguments}");
    }

    #[test]
    fn keys_are_found_where_commands_have_them() {
        keys("GET a", "a");
        keys("get", "");
        keys("MGET a b c", "a b c");
        keys("mset a 1 b 2", "a b");
        keys("hset h field value", "h");
        keys("BLPOP a b 0", "a b");
        keys("bitop AND d a b", "d a b");
        keys("rename a b", "a b");
        keys("object encoding a", "a");
        keys("zunionstore d 2 a b WEIGHTS 1 2", "d a b");
        keys("zinter 2 a b", "a b");
        keys("eval script 1 a argument", "a");
        keys("eval script 9 a b", "a b");
        keys("eval script 18446744073709551615 a", "a");
        keys("eval script -1 a", "");
        keys("xread COUNT 5 STREAMS a b 0 0", "a b");
        keys("xread COUNT 5", "");
        keys("config GET maxmemory", "");
        keys("json.get a .", "a");
    }

    #[track_caller]
    fn written(arguments: &str, strings: &[(&str, u64)], lifetime: Option<Lifetime>) {
        let line = line(arguments);
        let asked = line.asked();
        let found: Vec<(&str, u64)> =
            asked.strings().map(|(key, len)| (str::from_utf8(key).unwrap(), len)).collect();
        assert_eq!((&found[..], asked.lifetime()), (strings, lifetime), "{arguments}");
    }

    #[test]
    fn what_is_written_and_for_how_long() {
        let ms = |ms| Some(Lifetime::Ms(ms));
        written("SET a four", &[("a", 4)], Some(Lifetime::Stays));
        written("set a four EX 10 NX", &[("a", 4)], ms(10_000));
        written("set a four nx px 10", &[("a", 4)], ms(10));
        written("set a ex EXAT 160", &[("a", 2)], ms(60_000));
        written("set a four PXAT 100500", &[("a", 4)], ms(500));
        written("set a four PXAT 1", &[("a", 4)], ms(0));
        written("set a four KEEPTTL", &[("a", 4)], None);
        written("set a four EX", &[("a", 4)], None);
        written("setex a 5 four", &[("a", 4)], ms(5000));
        written("psetex a 5 four", &[("a", 4)], ms(5));
        written("mset a 1 b 22 c", &[("a", 1), ("b", 2)], Some(Lifetime::Stays));
        written("expire a 7", &[], ms(7000));
        written("pexpireat a 100700", &[], ms(700));
        written("getex a EX 7", &[], ms(7000));
        written("getex a", &[], None);
        written("get a", &[], None);
    }

    #[test]
    fn commands_tell_types() {
        let stored = |arguments: &str| line(arguments).asked().stored();
        assert_eq!(stored("hgetall a"), Some(Stored::Collection(CollectionKind::Hash)));
        assert_eq!(stored("zadd a 1 b"), Some(Stored::Collection(CollectionKind::SortedSet)));
        assert_eq!(stored("xadd a * f v"), Some(Stored::Other));
        assert_eq!(stored("mget a"), Some(Stored::String));
        assert_eq!(stored("del a"), None);
        assert_eq!(stored("hello 3"), None);
    }
}
