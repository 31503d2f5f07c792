//! The mix and the rates of a Locust run, from its `_stats.csv`.
//!
//! Locust knows requests by a type and a name that people choose. The command is the first word of the
//! type, or else of the name, that is one: of Redis, or of Django's and redis-py's clients
//! (`set_many`, `delete`, `touch`). The other words of the name tell the class. What is named otherwise
//! is a request nobody can assign, and reported. How many keys a request of several names, how even
//! access is, and how many keys there are, the file does not say. Columns: locust/stats.py of Locust 2.

use crate::spec::{Problem, SpecError};
use crate::units::{Micros, num};

use super::watched::Watched;

/// Words that stand for a command, longest first where one begins another.
const COMMANDS: [(&str, &str); 49] = [
    ("get_many", "mget"),
    ("set_many", "mset"),
    ("delete_many", "del"),
    ("delete", "del"),
    ("add", "set"),
    ("touch", "expire"),
    ("get_or_set", "get"),
    ("append", "append"),
    ("decr", "decr"),
    ("decrby", "decrby"),
    ("del", "del"),
    ("exists", "exists"),
    ("expire", "expire"),
    ("get", "get"),
    ("getdel", "getdel"),
    ("getex", "getex"),
    ("getrange", "getrange"),
    ("getset", "getset"),
    ("hdel", "hdel"),
    ("hexists", "hexists"),
    ("hget", "hget"),
    ("hgetall", "hgetall"),
    ("hincrby", "hincrby"),
    ("hmget", "hmget"),
    ("hset", "hset"),
    ("incr", "incr"),
    ("incrby", "incrby"),
    ("llen", "llen"),
    ("lpop", "lpop"),
    ("lpush", "lpush"),
    ("lrange", "lrange"),
    ("mget", "mget"),
    ("mset", "mset"),
    ("psetex", "psetex"),
    ("rpop", "rpop"),
    ("rpush", "rpush"),
    ("sadd", "sadd"),
    ("scard", "scard"),
    ("set", "set"),
    ("setex", "setex"),
    ("setnx", "setnx"),
    ("sismember", "sismember"),
    ("smembers", "smembers"),
    ("srem", "srem"),
    ("ttl", "ttl"),
    ("unlink", "unlink"),
    ("zadd", "zadd"),
    ("zrange", "zrange"),
    ("zscore", "zscore"),
];

/// The columns that are read; all others may be missing.
const TYPE: &str = "Type";
const NAME: &str = "Name";
const COUNT: &str = "Request Count";
const FAILURES: &str = "Failure Count";
const RATE: &str = "Requests/s";
const SIZE: &str = "Average Content Size";

/// What a Locust run asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LocustStats {
    /// One for each type and name, in the order of the file.
    pub requests: Vec<LocustRequests>,
    /// Seconds of the run: of the row that has most requests, its number over its rate. `None` where
    /// the file has no rate.
    pub seconds: Option<f64>,
}

/// The requests of one name.
#[derive(Debug, Clone, PartialEq)]
pub struct LocustRequests {
    /// Type and name as the file has them.
    pub label: String,
    /// The command; `None` where neither says one.
    pub command: Option<&'static str>,
    /// The words that may name a class, in lower case.
    pub words: Vec<String>,
    /// How many.
    pub count: u64,
    /// How many of them failed.
    pub failures: u64,
    /// Mean length of what they brought; `None` where the run did not record it, which Locust
    /// writes as zero.
    pub mean_bytes: Option<f64>,
}

/// Reads a `_stats.csv`; `file` is how messages name it.
///
/// # Errors
/// Every line that is wrong, or why it is another file.
pub fn locust(file: &str, content: &[u8]) -> Result<LocustStats, SpecError> {
    let mut problems = Vec::new();
    let stats = read(content, &mut problems);
    if problems.is_empty() {
        return Ok(stats);
    }
    let problem = |(line, message)| Problem {
        file: None,
        line: num::index(line),
        column: 1,
        message,
        suggestion: None,
    };
    Err(SpecError { file: file.to_owned(), problems: problems.into_iter().map(problem).collect() })
}

/// Lines that are wrong go to `problems`.
fn read(content: &[u8], problems: &mut Vec<(u64, String)>) -> LocustStats {
    let content = content.strip_prefix("\u{feff}".as_bytes()).unwrap_or(content);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(content);
    let header = reader.headers().cloned().unwrap_or_default();
    let mut stats = LocustStats::default();
    let columns = match Columns::of(&header) {
        Ok(columns) => columns,
        Err(message) => {
            problems.push((1, message));
            return stats;
        }
    };
    let mut most = 0;
    for record in reader.records() {
        let row = match &record {
            Ok(record) => {
                let line = record.position().map_or(1, csv::Position::line);
                columns.read(record).map_err(|message| (line, message))
            }
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                Err((line, "this line is not text in UTF-8".into()))
            }
        };
        match row {
            Ok(row) => {
                if let Some(seconds) = row.seconds.filter(|_| row.requests.count > most) {
                    (most, stats.seconds) = (row.requests.count, Some(seconds));
                }
                if !row.is_sum {
                    stats.requests.push(row.requests);
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() && stats.requests.iter().all(|requests| requests.count == 0) {
        problems.push((1, "no request was counted".into()));
    }
    stats
}

/// Where the figures stand.
struct Columns {
    kind: usize,
    name: usize,
    count: usize,
    failures: Option<usize>,
    rate: Option<usize>,
    size: Option<usize>,
}

struct Row {
    requests: LocustRequests,
    seconds: Option<f64>,
    is_sum: bool,
}

impl Columns {
    /// Or why it is another file.
    fn of(header: &csv::StringRecord) -> Result<Self, String> {
        let column = |name: &str| header.iter().position(|known| known == name);
        if column("Timestamp").is_some() {
            return Err("this is a `_stats_history.csv`: name the `_stats.csv` beside it".into());
        }
        let (Some(kind), Some(name), Some(count)) = (column(TYPE), column(NAME), column(COUNT))
        else {
            return Err(format!(
                "a `_stats.csv` of Locust has the columns `{TYPE}`, `{NAME}` and `{COUNT}`"
            ));
        };
        let [failures, rate, size] = [FAILURES, RATE, SIZE].map(column);
        Ok(Self { kind, name, count, failures, rate, size })
    }

    fn read(&self, record: &csv::StringRecord) -> Result<Row, String> {
        let (kind, name) = (record.get(self.kind), record.get(self.name));
        let name = name.ok_or_else(|| format!("the line ends before `{NAME}`"))?;
        let kind = kind.unwrap_or_default();
        let number = |column: Option<usize>, what: &str| -> Result<Option<f64>, String> {
            let Some(text) = column.and_then(|column| record.get(column)) else { return Ok(None) };
            if text.is_empty() || text == "N/A" {
                return Ok(None);
            }
            let number: Option<f64> = text.parse().ok();
            let valid = number.filter(|number| number.is_finite() && *number >= 0.0);
            valid.map(Some).ok_or_else(|| format!("`{what}` is no number above zero"))
        };
        let count = number(Some(self.count), COUNT)?;
        let count = num::round(count.ok_or_else(|| format!("`{COUNT}` is missing"))?);
        let rate = number(self.rate, RATE)?.filter(|rate| *rate > 0.0);
        let (command, words) = named(kind, name);
        let requests = LocustRequests {
            label: [kind, name].join(" ").trim().to_owned(),
            command,
            words,
            count,
            failures: num::round(number(self.failures, FAILURES)?.unwrap_or(0.0)),
            mean_bytes: number(self.size, SIZE)?.filter(|bytes| *bytes > 0.0),
        };
        let seconds = rate.map(|rate| num::float(count) / rate);
        Ok(Row { requests, seconds, is_sum: kind.is_empty() && name == "Aggregated" })
    }
}

/// The command that a type and a name say, and the words of the name that are left.
fn named(kind: &str, name: &str) -> (Option<&'static str>, Vec<String>) {
    let of_kind = words(kind).iter().find_map(|word| command(word));
    let mut left = words(name);
    let at = left.iter().position(|word| command(word).is_some());
    // A name that says a command beside the type's repeats it.
    let of_name = at.map(|at| left.remove(at)).and_then(|word| command(&word));
    (of_kind.or(of_name), left)
}

fn command(word: &str) -> Option<&'static str> {
    COMMANDS.iter().find(|(known, _)| *known == word).map(|(_, command)| *command)
}

/// Words in lower case; those that are one command with a line between them stay together.
fn words(text: &str) -> Vec<String> {
    // This program's own files say at which load.
    let text = text.split(" at ").next().unwrap_or_default().to_lowercase();
    let mut parts: Vec<String> = Vec::new();
    for part in text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
        let joined = parts.last().map(|last| format!("{last}_{part}"));
        match joined
            .filter(|joined| COMMANDS.iter().any(|(known, _)| known.starts_with(joined.as_str())))
        {
            Some(joined) => *parts.last_mut().expect("there is a last one") = joined,
            None => parts.push(part.to_owned()),
        }
    }
    parts
}

impl LocustRequests {
    /// Whether it names this class: the words of one stand in the other, side by side.
    pub(super) fn is_of(&self, class: &str) -> bool {
        let within = |few: &[String], many: &[String]| {
            !few.is_empty() && many.windows(few.len()).any(|window| window == few)
        };
        let class = words(class);
        within(&class, &self.words) || within(&self.words, &class)
    }
}

impl LocustStats {
    /// The same as what was watched of a server; `None` without a rate or without a command.
    pub fn watched(&self) -> Option<Watched> {
        let mut commands: Vec<(String, u64)> = Vec::new();
        for LocustRequests { command, count, .. } in &self.requests {
            let Some(command) = command else { continue };
            match commands.iter_mut().find(|(known, _)| known == command) {
                Some((_, n)) => *n += count,
                None => commands.push(((*command).to_owned(), *count)),
            }
        }
        commands.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let total = commands.iter().map(|(_, n)| n).sum();
        Some(Watched {
            span: Micros::of(self.seconds.filter(|_| total > 0)? * 1e6),
            commands: Some(commands),
            total,
            keys_named: None,
            lookups: None,
            network: None,
            gone: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: &str, name: &str, expected: Option<&str>, words: &str) {
        let (command, left) = named(kind, name);
        assert_eq!((command, left.join(" ").as_str()), (expected, words), "{kind}, {name}");
    }

    #[test]
    fn commands_and_classes_are_found_in_names() {
        check("GET", "claims", Some("get"), "claims");
        check("redis", "GET claims", Some("get"), "claims");
        check("redis", "get_claims", Some("get"), "claims");
        check("Django’s cache framework (Redis)", "get_many", Some("mget"), "");
        check(
            "Django’s cache framework (Redis)",
            "set many m2m tokens",
            Some("mset"),
            "m2m tokens",
        );
        check("Django’s cache framework (Redis)", "delete", Some("del"), "");
        check("MGET", "MGET m2m at 5,000/s", Some("mget"), "m2m");
        check("HGETALL", "user-profiles", Some("hgetall"), "user profiles");
        check("POST", "/login", None, "login");
        check("", "", None, "");
    }

    const STATS: &str = "Type,Name,Request Count,Failure Count,Average Content Size,Requests/s\n\
        GET,claims,6000,10,0,200.0\n\
        redis,set user claims,2000,0,812.5,66.7\n\
        POST,/login,50,0,N/A,N/A\n\
        ,Aggregated,8050,10,200,268.3333\n";

    #[test]
    fn counts_and_rates_are_those_of_the_file() {
        let stats = locust("run_stats.csv", STATS.as_bytes()).unwrap();
        let [get, set, login] = &stats.requests[..] else { panic!("{stats:?}") };
        assert_eq!((get.command, get.count, get.failures), (Some("get"), 6000, 10));
        assert_eq!((get.mean_bytes, set.mean_bytes), (None, Some(812.5)));
        assert_eq!((login.command, login.label.as_str()), (None, "POST /login"));
        assert!((stats.seconds.unwrap() - 30.0).abs() < 0.01);
        assert!(get.is_of("claims") && set.is_of("claims") && set.is_of("user-claims"));
        assert!(get.is_of("my-claims-cache") && !get.is_of("claim") && !get.is_of(""));
        assert!(!login.is_of("claims"));
        let watched = stats.watched().unwrap();
        assert_eq!((watched.total, watched.commands.unwrap()[0].1), (8000, 6000));
    }

    #[track_caller]
    fn refuses(content: &str, expected: &[(usize, &str)]) {
        let error = locust("x.csv", content.as_bytes()).unwrap_err();
        let found: Vec<(usize, &str)> =
            error.problems.iter().map(|problem| (problem.line, problem.message.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn every_wrong_line_is_reported() {
        let other = "a `_stats.csv` of Locust has the columns `Type`, `Name` and `Request Count`";
        refuses("", &[(1, other)]);
        refuses("Method,Name,Error,Occurrences\n", &[(1, other)]);
        refuses(
            "Timestamp,User Count,Type,Name,Request Count\n",
            &[(1, "this is a `_stats_history.csv`: name the `_stats.csv` beside it")],
        );
        refuses("Type,Name,Request Count\n", &[(1, "no request was counted")]);
        refuses(
            "Type,Name,Request Count,Requests/s\nGET,a,many,1\nGET,b\nGET,c,5,-1\nGET,d,5,1\n",
            &[
                (2, "`Request Count` is no number above zero"),
                (3, "`Request Count` is missing"),
                (4, "`Requests/s` is no number above zero"),
            ],
        );
    }
}
