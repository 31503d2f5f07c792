//! `cachefit spec feed`: what the Redis Data Set of `JMeter` does, and a clear word for each thing that can be
//! set wrongly.

use std::fs;
use std::net::TcpListener;

use crate::support::{Cachefit, Finished, Server, Workdir, alone};

/// A test's server, directory and file.
struct Feeding {
    server: Server,
    workdir: Workdir,
}

impl Feeding {
    /// With 2,500 rows in a list, as many in a set and a hash, and three strings.
    fn new() -> Self {
        let server = Server::start(&[]);
        let fill = "
            for n = 1, 2500 do
                redis.call('RPUSH', 'rows', n .. ';name-' .. n)
                redis.call('SADD', 'members', n .. ';name-' .. n)
                redis.call('HSET', 'fields', 'user:' .. n, n .. ';name-' .. n)
            end
            for n = 1, 3 do redis.call('SET', 'user:' .. n, 'value-' .. n) end
            redis.call('RPUSH', 'broken', '1;a', 'one-part', '1;secret;c')
            redis.call('RPUSH', 'binary', string.char(255))";
        server.ask::<()>(&["EVAL", fill, "0"]);
        Self { server, workdir: Workdir::new() }
    }

    fn run(&self, arguments: &[&str]) -> Finished {
        let url = self.server.url("");
        let arguments = [&["spec", "feed", "--target", &url], arguments].concat();
        Cachefit::start(&self.workdir.tmp(), &arguments).finish()
    }

    /// The rows of a run that ends well, without their header, and what that is.
    fn rows(&self, name: &str, arguments: &[&str]) -> (String, Vec<String>) {
        let out = self.workdir.path(name);
        let finished = self.run(&[arguments, &["--out", out.to_str().unwrap()]].concat());
        assert_eq!(finished.code, Some(0), "{finished:?}");
        let text = fs::read_to_string(out).unwrap();
        let mut lines = text.lines().map(str::to_owned);
        (lines.next().unwrap(), lines.collect())
    }

    fn left(&self, command: &str, key: &str) -> u64 {
        self.server.ask(&[command, key])
    }
}

/// J1: rows of a list, from its head on; recycled as they are, or consumed.
#[test]
fn a_list_is_kept_or_consumed() {
    let feeding = Feeding::new();
    let fields = ["--list", "rows", "--fields", "id,name", "--delimiter", ";"];
    let (header, rows) = feeding.rows("kept.csv", &fields);
    assert_eq!((header.as_str(), rows.len()), ("id,name", 2500));
    assert_eq!((rows[0].as_str(), rows[2499].as_str()), ("1,name-1", "2500,name-2500"));
    assert_eq!(feeding.left("LLEN", "rows"), 2500);

    let consumed = [&fields[..], &["--rows", "1500", "--consume"]].concat();
    let (_, rows) = feeding.rows("first.csv", &consumed);
    assert_eq!((rows.len(), rows[1499].as_str()), (1500, "1500,name-1500"));
    assert_eq!(feeding.left("LLEN", "rows"), 1000);
    let (_, rows) = feeding.rows("rest.csv", &consumed);
    assert_eq!((rows.len(), rows[0].as_str()), (1000, "1501,name-1501"));
    let out = feeding.workdir.path("none.csv");
    let finished = feeding.run(&[&consumed[..], &["--out", out.to_str().unwrap()]].concat());
    assert_eq!((finished.code, out.exists()), (Some(4), false), "all consumed: {finished:?}");
}

/// J1: members of a set at random, and fields of a hash, kept or consumed; J2: strings by a scan.
#[test]
fn sets_hashes_and_strings_are_fed_alike() {
    let feeding = Feeding::new();
    let split = ["--fields", "id,name", "--delimiter", ";"];
    let of_set = [&["--set", "members"], &split[..]].concat();
    let sorted = |mut rows: Vec<String>| {
        rows.sort();
        rows.dedup();
        rows.len()
    };
    assert_eq!(sorted(feeding.rows("all.csv", &of_set).1), 2500);
    let some = [&of_set[..], &["--rows", "40", "--consume"]].concat();
    assert_eq!(sorted(feeding.rows("some.csv", &some).1), 40);
    assert_eq!(feeding.left("SCARD", "members"), 2460);

    let of_hash = ["--hash", "fields", "--fields", "key,id,name", "--delimiter", ";", "--consume"];
    let (header, rows) = feeding.rows("hash.csv", &of_hash);
    assert_eq!(header, "key,id,name");
    assert!(rows.contains(&"user:7,7,name-7".to_owned()));
    assert_eq!((sorted(rows), feeding.left("HLEN", "fields")), (2500, 0));

    let (header, rows) = feeding.rows("strings.csv", &["--strings", "user:*"]);
    assert_eq!((header.as_str(), sorted(rows)), ("key,value", 3));
}

/// J2: what was fed is what a workload stores, each row once or over and over.
#[test]
fn a_workload_file_takes_the_rows() {
    let feeding = Feeding::new();
    feeding.rows("rows.csv", &["--list", "rows", "--fields", "id,name", "--delimiter", ";"]);
    let workload = |keys: u64| {
        format!(
            "name = \"fed\"\n\
             class = [{{ name = \"c\", keys = {keys}, key = \"c:{{n}}\", file = \"rows.csv\", column = \
             \"name\", rows = \"once\" }}]\n\
             traffic = [{{ class = \"c\", command = \"get\", weight = 1 }}]\n\
             load = {{}}\nobjective = {{ peak = \"1k/s\", p99 = \"2ms\" }}\ncapacity = {{}}\n\
             aws = {{ region = \"us-east-1\", engines = [\"redis-7.1\"] }}\n"
        )
    };
    for (keys, code) in [(2500, 0), (2501, 3)] {
        let file = feeding.workdir.file("w.toml", &workload(keys));
        let arguments = ["spec", "check", file.to_str().unwrap()];
        let finished = Cachefit::start(&feeding.workdir.tmp(), &arguments).finish();
        assert_eq!(finished.code, Some(code), "{finished:?}");
        let refused =
            finished.stderr.contains("the class has 2501 keys, and `rows.csv` 2500 records");
        assert_eq!(refused, code == 3, "{finished:?}");
    }
}

/// J2: keys as well as values. What the strings of one server were fed to is stored on another one, each
/// key with its own value.
#[test]
fn keys_and_values_are_copied_to_another_server() {
    let _alone = alone();
    let feeding = Feeding::new();
    feeding.server.ask::<()>(&["SET", "user:ann, the \"first\"", "12"]);
    feeding.rows("users.csv", &["--strings", "user:*", "--fields", "name,profile"]);
    let text = "name = \"fed\"\n\
        class = [{ name = \"c\", key = \"copy:{name}\", key_file = \"users.csv\", file = \"users.csv\", column = \
        \"profile\", rows = \"once\" }]\n\
        traffic = [{ class = \"c\", command = \"get\", weight = 1 }]\n\
        load = { levels = [\"1k/s\"], step = \"1s\", connections = 2 }\n\
        objective = { peak = \"1k/s\", p99 = \"2s\" }\ncapacity = {}\n\
        aws = { region = \"us-east-1\", engines = [\"redis-7.1\"] }\n";
    let spec = feeding.workdir.file("w.toml", text);
    let other = Server::start(&[]);
    let (url, out) = (other.url(""), feeding.workdir.path("run"));
    let (spec, out) = (spec.to_str().unwrap(), out.to_str().unwrap());
    let run = |arguments: &[&str]| {
        let finished = Cachefit::start(&feeding.workdir.tmp(), arguments).finish();
        assert!(finished.concluded(), "{finished:?}");
    };
    run(&["plan", spec, "--target", &url, "--out", out, "--keep-keys"]);
    assert_eq!(other.ask::<u64>(&["DBSIZE"]), 4);
    for name in ["user:1", "user:2", "user:3", "user:ann, the \"first\""] {
        let copy: String = other.ask(&["GET", &format!("copy:{name}")]);
        assert_eq!(copy, feeding.server.ask::<String>(&["GET", name]));
    }
    run(&["clean", spec, "--target", &url]);
    assert_eq!(other.ask::<u64>(&["DBSIZE"]), 0);
}

#[test]
fn each_misconfiguration_has_one_clear_error() {
    let feeding = Feeding::new();
    let out = feeding.workdir.path("x.csv");
    let out = out.to_str().unwrap();
    let two = ["--fields", "id,name", "--delimiter", ";"];
    let with = |of: &[&'static str], more: &[&'static str]| [of, more].concat();
    for (arguments, code, said) in [
        (with(&["--list", "nothing"], &[]), 4, "has no key `nothing` in database 0"),
        (with(&["--list", "members"], &[]), 4, "is a set, not a list"),
        (with(&["--set", "rows"], &[]), 4, "is a list, not a set"),
        (with(&["--hash", "rows"], &[]), 4, "is a list, not a hash"),
        (with(&["--strings", "nobody:*"], &[]), 3, "there are no rows"),
        (with(&["--list", "rows", "--rows", "0"], &[]), 3, "there are no rows"),
        (with(&["--list", "broken"], &two), 3, "2 of the rows cannot be split:\n  row 2: 1 parts"),
        (with(&["--list", "binary"], &[]), 3, "row 1: it is not text in UTF-8"),
        (with(&["--list", "rows", "--fields", "a,a"], &[]), 3, "two fields are called `a`"),
        (with(&["--list", "rows", "--fields", "a,"], &[]), 3, "field number 2 has no name"),
        (with(&["--hash", "fields", "--fields", "a"], &[]), 3, "name two fields"),
        (
            with(&["--list", "rows", "--fields", "a,b", "--delimiter", ""], &[]),
            3,
            "the delimiter is empty, and the rows have 2 fields",
        ),
        (with(&["--list", "rows", "--set", "members"], &[]), 2, "cannot be used with"),
        (with(&[], &[]), 2, "--list <KEY>"),
        (with(&["--strings", "user:*", "--consume"], &[]), 2, "cannot be used with"),
        (with(&["--list", "rows", "--timeout", "soon"], &[]), 2, "--timeout"),
    ] {
        let finished = feeding.run(&[&arguments[..], &["--out", out]].concat());
        assert_eq!(finished.code, Some(code), "{arguments:?}: {finished:?}");
        assert!(finished.stderr.contains(said), "{said}: {}", finished.stderr);
        assert!(!finished.stderr.contains("secret"), "{}", finished.stderr);
        assert!(!fs::exists(out).unwrap(), "{arguments:?}");
    }
    let text = feeding.workdir.path("x.txt");
    let finished = feeding.run(&["--list", "rows", "--out", text.to_str().unwrap()]);
    assert!(finished.stderr.contains("does not end in .csv"), "{finished:?}");
    feeding.workdir.file("x.csv", "mine");
    let finished = feeding.run(&["--list", "rows", "--consume", "--out", out]);
    assert_eq!((finished.code, feeding.left("LLEN", "rows")), (Some(7), 2500), "{finished:?}");
}

/// J1: its timeout. A server that never answers.
#[test]
fn a_silent_server_is_given_up_in_time() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let workdir = Workdir::new();
    let (url, out) = (format!("redis://{}", silent.local_addr().unwrap()), workdir.path("x.csv"));
    let arguments =
        ["spec", "feed", "--target", &url, "--list", "rows", "--timeout", "300ms", "--out"];
    let arguments = [&arguments[..], &[out.to_str().unwrap()]].concat();
    let finished = Cachefit::start(&workdir.tmp(), &arguments).finish();
    assert_eq!(finished.code, Some(4), "{finished:?}");
    assert!(finished.stderr.contains("within 300ms"), "{finished:?}");
}
