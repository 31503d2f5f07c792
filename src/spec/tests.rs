#[path = "tests/production.rs"]
mod production;

use super::*;
use crate::spec::IDENTITY_CACHE;

/// The problems of `text`, one line each.
fn problems_of(text: &str) -> Vec<String> {
    let error = parse("w.toml", text).expect_err("a bad file");
    let show = |p: &Problem| match &p.suggestion {
        Some(help) => format!("{}:{}: {} ({help})", p.line, p.column, p.message),
        None => format!("{}:{}: {}", p.line, p.column, p.message),
    };
    error.problems.iter().map(show).collect()
}

/// The built-in file with `from` replaced by `to` has exactly this problem, where `to`'s `^` stood.
#[track_caller]
fn check(from: &str, to: &str, expected: &str) {
    assert!(IDENTITY_CACHE.contains(from), "nothing to replace");
    let marked = IDENTITY_CACHE.replacen(from, to, 1);
    let at = marked.find('^').expect("a mark");
    let (line, column) = locate(&marked, &(at..at));
    assert_eq!(problems_of(&marked.replace('^', "")), [format!("{line}:{column}: {expected}")]);
}

#[test]
fn keys_may_be_given_as_arrivals() {
    let from = "keys = { claims = 5_000_000, m2m = 400_000 }";
    let text = |to: &str| IDENTITY_CACHE.replacen(from, to, 1);
    let spec = parse("w.toml", &text("arrivals = { claims = \"5k/s\" }")).expect("it is complete");
    assert_eq!(spec.capacity.keys, [3_667_500, 200_000]);

    let both = "keys = { claims = 5 }\narrivals = { ^claims = \"5/s\" }";
    check(from, both, "`claims` has a number of `keys` and a rate of `arrivals`: give one");
    let unknown = "arrivals = { ^claim = \"5/s\" }";
    check(from, unknown, "no class is called `claim`, did you mean `claims`?");
    check(from, "arrivals = { claims = ^5 }", "`claims` must be a rate like \"500/s\"");
    check(from, "arrivals = ^5", "`arrivals` must be a table: { sessions = \"500/s\" }");
    let stays = text("arrivals = { m2m = \"5/s\" }").replace("ttl = \"10m\"", "");
    let message = "`arrivals` of `m2m` need its `ttl`: keys that stay have no steady number";
    assert!(problems_of(&stays)[0].ends_with(message));
}

#[test]
fn misspelled_words_are_met_with_the_right_one() {
    check("ttl =", "^tll =", "[[class]] has no `tll` (did you mean `ttl`?)");
    check("[load]", "[^laod]\n[load]", "the file has no `laod` (did you mean `load`?)");
    check(
        "\"claims\"\nencoding",
        "^\"clams\"\nencoding",
        "`payload` cannot be `clams` (did you mean `claims`?)",
    );
    check(
        "\"valkey-8.1\"",
        "^\"valkey-8.11\"",
        "`engines` cannot be `valkey-8.11` (did you mean `valkey-8.1`?)",
    );
    check("claims = 5", "^claim = 5", "no class is called `claim`, did you mean `claims`?");
}

#[test]
fn impossible_values_are_refused() {
    check("200_000", "^0", "`keys` must be at least 1, found 0");
    check(
        "200_000",
        "^-5",
        "`keys`: `-5` is not a whole number: write it like `200_000`, `40k` or `5M`",
    );
    check("weight = 60", "weight = ^nan", "`weight` must be a number above zero");
    check(
        "\"5k/s\"",
        "^\"5k\"",
        "`peak`: `5k` is not a rate: write it like `5k/s`, `250/s` or `1.2M/s`",
    );
    check("\"20%\"", "^\"99%\"", "`headroom` must stay below 95%");
    check("replicas = 1", "replicas = ^9", "ElastiCache allows at most 5 replicas per shard");
    check("\"12 months\"", "^\"soon\"", "`horizon` is written like \"12 months\", at most 120");
    check(
        "\"TESTING_PURPOSE_KEY_M2M_{n}\"",
        "^\"M2M\"",
        "`M2M` must hold `{n}`, the key's number, exactly once, or `{n+1000}` where the first is \
         1000",
    );
}

const HASH: &str = "type = \"hash\"\nmembers = 5\nmember = \"f{n}\"\nfield_ttl = \"2h\"\n";

#[test]
fn fields_may_have_a_time_to_live() {
    let hashes = |ttl: &str, engines: &str| {
        IDENTITY_CACHE
            .replacen("name = \"claims\"\n", &format!("name = \"claims\"\n{ttl}"), 1)
            .replace("command = \"get\"", "command = \"hget\"")
            .replace("command = \"set\"", "command = \"hgetall\"")
            .replace("engines = [\"valkey-8.1\"", &format!("engines = [{engines}"))
    };
    let engines = hashes(HASH, "\"valkey-9.0\", \"valkey-8.2\"");
    let lacks = "the fields of `claims` have a time to live, which valkey-8.2 cannot give them";
    let problems = problems_of(&engines);
    assert!(problems.iter().any(|problem| problem.contains(lacks)), "{problems:#?}");
    assert!(!problems.iter().any(|problem| problem.contains("valkey-9.0 cannot")));
    for (wrong, message) in [
        (HASH.replace("2h", "1500ms"), "`field_ttl` must be one or more whole seconds"),
        (HASH.replace("hash", "set"), "`field_ttl` goes with type = \"hash\", not with set"),
        ("field_ttl = \"2h\"\n".into(), "`field_ttl` goes with type = \"hash\""),
    ] {
        let problems = problems_of(&hashes(&wrong, "\"valkey-9.0\""));
        assert!(problems.iter().any(|problem| problem.contains(message)), "{problems:#?}");
    }
}

#[test]
fn contradictions_are_refused() {
    check(
        "[[class]]\nname = \"claims\"\nkeys = 200_000\nkey = \"TESTING_PURPOSE_KEY_CLAIMS_{n}\"\n\
         payload = \"claims\"\nencoding = \"pickle-literal\"\nttl = \"10m\"",
        "^[[class]]\nname = \"claims\"\nkeys = 200_000\nkey = \"TESTING_PURPOSE_KEY_CLAIMS_{n}\"\n\
         payload = \"claims\"\nencoding = \"pickle-literal\"\nttl = \"30s\"",
        "keys of class `claims` live 30 s, but up to 23 levels take 115 s: \
         the run would end on an empty cache",
    );
    check(
        "[[traffic]]\nclass = \"m2m\"\ncommand = \"mget\"\nbatch = 20",
        "^[[traffic]]\nclass = \"m2m\"\ncommand = \"mget\"\nbatch = 200_001",
        "mget of 200001 keys, but class `m2m` has 200000",
    );
    check(
        "[[traffic]]\nclass = \"m2m\"\ncommand = \"mget\"\nbatch = 20",
        "^[[traffic]]\nclass = \"m2m\"\ncommand = \"mget\"",
        "[[traffic]] lacks `batch` (write batch = 20)",
    );
    check("multi_az = true", "multi_az = ^1", "`multi_az` must be true or false");
    check(
        "replicas = 1\nmulti_az = ",
        "replicas = 0\nmulti_az = ^",
        "`multi_az` needs at least one replica",
    );
}

#[test]
fn every_problem_is_reported_at_once_in_the_order_of_the_file() {
    let text = IDENTITY_CACHE
        .replacen("200_000", "\"many\"", 1)
        .replacen("weight = 60", "weight = 0", 1)
        .replacen("\"5ms\"", "\"5\"", 1)
        .replacen("region", "regoin", 1);
    let problems = problems_of(&text);
    let lines: Vec<u32> =
        problems.iter().map(|p| p.split(':').next().unwrap().parse().unwrap()).collect();
    assert_eq!(lines.len(), 5, "{problems:#?}");
    assert!(lines.is_sorted());
}

#[test]
fn a_syntax_error_has_a_place_too() {
    assert!(problems_of("name = \n")[0].starts_with("1:8: "));
}

#[test]
fn a_file_of_the_same_form_replaces_the_workload() {
    let spec = parse(
        "tiny.toml",
        r#"
        name = "tiny"
        class = [{ name = "s", keys = "10k", key = "s:{n}", size = "1KiB" }]
        traffic = [{ class = "s", command = "get", weight = 1, key = ":1:s:{n}" }]
        load = { levels = ["1k/s", "2k/s"], step = "2s", arrivals = "paced" }
        objective = { peak = "1k/s", p99 = "2ms" }
        capacity = { horizon = "2 years", growth = "10%" }
        aws = { region = "eu-west-1", engines = ["redis-7.1"] }
        "#,
    )
    .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(spec.capacity.keys, [10_000], "as many as are seeded");
    assert_eq!(spec.capacity.horizon_months, 24);
    assert!(!spec.traffic[0].reads_seeded_keys(&spec.classes[0]));
    assert_eq!(spec.classes[0].ttl_secs, None);
}

/// The problems of a class whose values come from `values`; `^` marks where the only one stands.
#[track_caller]
fn check_class(values: &str, expected: &str) {
    let file = |path: &str| match path {
        "a.csv" => Ok(b"id,name\n1,Ana\n".to_vec()),
        "a.ndjson" => Ok(b"{}\n".to_vec()),
        _ => Err("no such file".to_owned()),
    };
    let class =
        format!("[[class]]\nname = \"x\"\nkeys = 10\nkey = \"x:{{n}}\"\n{values}\n\n[[traffic]]");
    let marked = IDENTITY_CACHE.replacen("[[traffic]]", &class, 1);
    let at = marked.find('^').expect("a mark");
    let (line, column) = locate(&marked, &(at..at));
    let error = parse_with_files("w.toml", &marked.replace('^', ""), &file).expect_err(values);
    let problems: Vec<String> =
        error.problems.iter().map(|p| format!("{}:{}: {}", p.line, p.column, p.message)).collect();
    assert_eq!(problems, [format!("{line}:{column}: {expected}")]);
}

#[test]
fn values_that_cannot_be_made_are_refused() {
    check_class("file = ^\"b.csv\"\nencoding = \"json\"", "cannot read `b.csv`: no such file");
    check_class(
        "file = \"a.csv\"\ncolumn = ^\"nmae\"",
        "no column is called `nmae`, did you mean `name`?",
    );
    check_class(
        "file = \"a.csv\"\nencoding = ^\"raw\"",
        "`raw` stores one field: name a `column`, or encode the rows with json, json-compact, \
         pickle or msgpack",
    );
    check_class(
        "file = \"a.ndjson\"\ncolumn = ^\"a\"\nencoding = \"json\"",
        "`column` goes with a .csv file",
    );
    check_class(
        "file = \"a.csv\"\nencoding = \"json\"\nrows = ^\"once\"",
        "`rows` = \"once\" gives each key a record of its own: the class has 10 keys, and `a.csv` 1 records",
    );
    check_class(
        "file = \"a.csv\"\ncolumn = \"name\"\nrows = ^\"once\"\ntype = \"list\"\nmembers = 3",
        "`rows` = \"once\" is for strings: collections share their values",
    );
    check_class("size = \"1KiB\"\nrows = ^\"once\"", "`rows` goes with `file`");
    check_class(
        "payload = \"claims\"\nencoding = ^\"raw\"",
        "`raw` is for `size`, `file` and payload = \"counter\": an object needs json, json-compact, \
         pickle or msgpack",
    );
    check_class(
        "payload = \"counter\"\nencoding = ^\"json\"",
        "counters are numbers to an engine: use encoding = \"raw\"",
    );
    check_class(
        "payload = \"counter\"\ncompression = ^\"zlib\"",
        "counters are numbers: there is nothing to compress",
    );
    check_class(
        "payload = \"claims\"\nfile = ^\"a.csv\"\nencoding = \"json\"",
        "`payload`, `file` and `size` exclude each other",
    );
    check_class(
        "size = \"1KiB\"\ncompression = ^\"zlib\"",
        "`size` is the length as stored: there is nothing to compress",
    );
    check_class(
        "payload = \"claims\"\nencoding = \"json\"\ncompression = { zlib = ^10 }",
        "`zlib` has levels 1 to 9",
    );
    check_class(
        "payload = \"claims\"\nencoding = \"json\"\ncompression = ^{ zlib = 1, zstd = 1 }",
        "`compression` is one of { zlib = 6 } and { zstd = 3 }",
    );
}

#[test]
fn laws_of_sizes_that_cannot_be_are_refused() {
    check_class("size = { uniform = { min = \"2KiB\", max = ^\"1KiB\" } }", "`max` is below `min`");
    let lognormal = |rest: &str| format!("size = {{ lognormal = {{ {rest} }} }}");
    check_class(
        &lognormal("median = \"1KiB\", sigma = 1, max = ^\"1B\""),
        "`max` is below the median",
    );
    check_class(&lognormal("median = ^\"0B\", sigma = 1"), "`median` must be at least 1B");
    check_class(&lognormal("median = \"1KiB\", sigma = ^2.5"), "`sigma` must be at most 2");
    check_class(
        &lognormal("median = ^\"1TiB\", sigma = 1"),
        "`median` exceeds 512 MB, the most an engine stores in a value",
    );
    check_class(
        "size = { choices = [{ size = \"1B\", weight = 9999 }, ^{ size = \"2B\", weight = 1 }] }",
        "this size would be drawn less than once in 4,096 values: leave it out, or give it a class \
         of its own",
    );
    check_class(
        "size = ^{ }",
        "`size` is a length, or one of { lognormal = { … } }, { uniform = { … } } and \
         { choices = [ … ] }",
    );
}

#[test]
fn collections_that_cannot_be_are_refused() {
    let hash = |rest: &str| format!("type = \"hash\"\nsize = \"9B\"\n{rest}");
    check_class(
        "size = \"9B\"\nmembers = ^20",
        "`members` goes with type = \"hash\", \"set\", \"sorted-set\" or \"list\"",
    );
    check_class("size = \"9B\"\ntype = ^\"hsah\"", "`type` cannot be `hsah`");
    check_class(
        &hash("members = 5\nmember = ^\"f\""),
        "`f` must hold `{n}`, the element's number, exactly once",
    );
    check_class(
        &hash("members = 5\nmember = ^\"{key}{n}\""),
        "`{key}{n}` would be numbers of any size: begin it with 1, or add a letter",
    );
    check_class(&hash("members = ^0\nmember = \"f{n}\""), "`members` must be at least 1, found 0");
    check_class(
        &hash("members = ^\"2M\"\nmember = \"f{n}\""),
        "`members` must be at most 1,000,000 elements",
    );
    check_class(
        &hash("members = { uniform = { min = 9, max = ^3 } }\nmember = \"f{n}\""),
        "`max` is below `min`",
    );
    check_class(
        &hash(
            "members = { choices = [{ members = 1, weight = 99 }, ^{ members = 2, weight = 1 }] }\nmember = \"f{n}\"",
        ),
        "less than one in 32 collections would have so many: leave it out, or give it a class of its own",
    );
    check_class(
        &hash("members = 5\nmember = \"f{n}\"\nscore = ^\"integer\""),
        "`score` goes with type = \"sorted-set\", not with hash",
    );
    check_class(
        "type = \"set\"\nmembers = 5\nmember = \"m{n}\"\nsize = ^\"9B\"",
        "`size` is for values: a set holds its members only",
    );
    check_class(
        "type = \"list\"\nmembers = 5\nsize = \"9B\"\nmember = ^\"m{n}\"",
        "`member` is not for lists: their elements are values",
    );
}

#[test]
fn commands_of_another_type_are_refused() {
    check(
        "[[traffic]]\nclass = \"claims\"\ncommand = \"get\"",
        "^[[traffic]]\nclass = \"claims\"\ncommand = \"hgetall\"",
        "hgetall is for type = \"hash\", but class `claims` has type = \"string\" (use get, set, mget, mset, del or incr)",
    );
    let set = "[[class]]\nname = \"x\"\nkeys = 10\nkey = \"x:{n}\"\ntype = \"set\"\nmembers = 3\n\
               member = \"{n}\"\n\n^[[traffic]]\nclass = \"x\"\ncommand = \"set\"\nweight = 1\n\n[[traffic]]";
    check(
        "[[traffic]]",
        set,
        "set is for type = \"string\", but class `x` has type = \"set\" (use smembers or sadd)",
    );
}

#[test]
fn laws_of_access_that_cannot_be_are_refused() {
    check(
        "{ zipf = 0.99 }",
        "{ hot = { keys = \"50%\", traffic = ^\"40%\" } }",
        "hot keys would be asked for less often than the others",
    );
    check(
        "{ zipf = 0.99 }",
        "{ hot = { keys = ^\"100%\", traffic = \"40%\" } }",
        "`keys` must lie between 0% and 100%",
    );
    check(
        "{ zipf = 0.99 }",
        "^\"sequental\"",
        "`access` cannot be `sequental` (did you mean `sequential`?)",
    );
}

#[test]
fn profiles_and_purchases_that_cannot_be_are_refused() {
    let peak = "peak = \"5k/s\"";
    let day = |first: &str, rest: &str| {
        format!("{peak}\nprofile = {first}{}]", format!(", {rest}").repeat(23))
    };
    check(
        peak,
        &day("^[0.5", "0.5"),
        "the greatest share of `profile` must be 1: `peak` is the load of that hour",
    );
    check(
        peak,
        &format!("{peak}\nprofile = ^[1, 0.5]"),
        "`profile` has a share for each of 24 hours, found 2",
    );
    check(peak, &day("[^1.5", "1"), "shares of `profile` are numbers from 0 to 1, as in 0.35");
    check(
        peak,
        &format!("{peak}\nprofile = ^\"flta\""),
        "`profile` cannot be `flta` (did you mean `flat`?)",
    );
    check(
        "families = \"current\"",
        "families = \"current\"\npurchase = ^\"reserved-1y-noupfront\"",
        "`purchase` cannot be `reserved-1y-noupfront` (did you mean `reserved-1y-no-upfront`?)",
    );
    let replicas = "replicas = 1";
    check(
        replicas,
        "replicas = 1\nbackups_kept_days = ^36",
        "ElastiCache keeps backups for at most 35 days",
    );
    check(
        replicas,
        "replicas = 1\ncross_az_share = ^\"150%\"",
        "`cross_az_share`: `150%` is not a share: write it like `20%` or `0.2`",
    );
}
