use super::*;
use crate::spec::identity_cache;
use crate::workload::Contents;

#[test]
fn requests_are_well_formed_and_repeatable() {
    let spec = identity_cache();
    let mut requests = Requests::new(&spec, 1);
    let each = requests.one_of_each();
    let text: Vec<String> =
        each.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
    assert!(text[0].starts_with("*2\r\n$3\r\nGET\r\n$"), "{}", text[0]);
    assert!(text[1].starts_with("*5\r\n$3\r\nSET\r\n$"));
    assert!(text[1].ends_with("\r\n$2\r\nEX\r\n$3\r\n600\r\n"));
    assert!(text[2].starts_with("*21\r\n$4\r\nMGET\r\n$"));
    assert_eq!(text[2].matches("TESTING_PURPOSE_KEY_M2M_").count(), 20);
    assert_eq!(each, Requests::new(&spec, 1).one_of_each());
}

#[test]
fn collections_are_asked_for_by_their_own_commands() {
    let text = r#"
        name = "collections"
        class = [
            { name = "h", keys = 1, key = "h:{n}", type = "hash", members = 1, member = "f{n}", size = "9B" },
            { name = "s", keys = 1, key = "s:{n}", type = "set", members = 3, member = "{n}" },
            { name = "z", keys = 1, key = "z:{n}", type = "sorted-set", members = 3, member = "m{n}" },
            { name = "l", keys = 1, key = "l:{n}", type = "list", members = 3, size = "9B" },
        ]
        traffic = [
            { class = "h", command = "hget", weight = 1 },
            { class = "h", command = "hgetall", weight = 1 },
            { class = "s", command = "smembers", weight = 1 },
            { class = "z", command = "zrange", weight = 1, batch = 10 },
            { class = "l", command = "lrange", weight = 1 },
        ]
        load = {}
        objective = { peak = "1k/s", p99 = "2ms" }
        capacity = {}
        aws = { region = "eu-west-1", engines = ["redis-7.1"] }
    "#;
    let spec = crate::spec::parse("w.toml", text).unwrap_or_else(|error| panic!("{error}"));
    let each = Requests::new(&spec, 1).one_of_each();
    let expected: [&[u8]; 5] = [
        b"*3\r\n$4\r\nHGET\r\n$3\r\nh:0\r\n$2\r\nf0\r\n",
        b"*2\r\n$7\r\nHGETALL\r\n$3\r\nh:0\r\n",
        b"*2\r\n$8\r\nSMEMBERS\r\n$3\r\ns:0\r\n",
        b"*4\r\n$6\r\nZRANGE\r\n$3\r\nz:0\r\n$1\r\n0\r\n$1\r\n9\r\n",
        b"*4\r\n$6\r\nLRANGE\r\n$3\r\nl:0\r\n$1\r\n0\r\n$2\r\n-1\r\n",
    ];
    assert_eq!(each, expected);
    assert_eq!(spec.label(&spec.traffic[3]), "z zrange 10");
}

/// What is written is what is there, and what is taken away comes back.
#[test]
fn commands_that_write_leave_what_they_found() {
    let text = r#"
        name = "writes"
        class = [
            { name = "c", keys = 1, key = "c:{n}", size = "3B", ttl = "1h" },
            { name = "m", keys = 1, key = "m:{n}", size = "3B" },
            { name = "h", keys = 1, key = "h:{n}", type = "hash", members = 1, member = "f{n}", size = "3B" },
            { name = "s", keys = 1, key = "s:{n}", type = "set", members = 1, member = "{n}" },
            { name = "z", keys = 1, key = "z:{n}", type = "sorted-set", members = 1, member = "m{n}" },
            { name = "l", keys = 1, key = "l:{n}", type = "list", members = 1, size = "3B" },
        ]
        traffic = [
            { class = "c", command = "del", weight = 1 },
            { class = "c", command = "expire", weight = 1 },
            { class = "m", command = "mset", weight = 1, batch = 1 },
            { class = "h", command = "hset", weight = 1 },
            { class = "s", command = "sadd", weight = 1 },
            { class = "z", command = "zadd", weight = 1 },
            { class = "l", command = "lpush", weight = 1 },
            { class = "c", command = "raw", raw = "getrange {key} 0 1", weight = 1 },
        ]
        load = {}
        objective = { peak = "1k/s", p99 = "2ms" }
        capacity = {}
        aws = { region = "eu-west-1", engines = ["redis-7.1"] }
    "#;
    let spec = crate::spec::parse("w.toml", text).unwrap_or_else(|error| panic!("{error}"));
    let mut requests = Requests::new(&spec, 1);
    let each = requests.one_of_each();
    let words = |bytes: &[u8]| -> String {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let words = text.split("\r\n").filter(|word| !word.starts_with(['*', '$']));
        words.collect::<Vec<_>>().join(" ").trim().to_owned()
    };
    let Contents::Strings(values) = Contents::of(&spec.classes[0]) else { panic!() };
    let value = |values: &[u8]| String::from_utf8_lossy(values).into_owned();
    let each: Vec<String> = each.iter().map(|bytes| words(bytes)).collect();
    let set = format!("DEL c:0 SET c:0 {} EX 3600", value(values.get(0)));
    assert_eq!(each[0], set);
    assert_eq!(each[1], "EXPIRE c:0 3600");
    assert!(each[2].starts_with("MSET m:0 ") && each[2].len() == 12, "{}", each[2]);
    assert!(each[3].starts_with("HSET h:0 f0 ") && each[3].len() == 15, "{}", each[3]);
    assert_eq!(each[4..6], ["SADD s:0 0", "ZADD z:0 1700000000 m0"]);
    assert!(each[6].starts_with("LPUSH l:0 ") && each[6].ends_with(" LPOP l:0"), "{}", each[6]);
    assert_eq!(each[7], "GETRANGE c:0 0 1");
    let replies = |line| requests.n_replies(Drawn { line, key: 0 });
    assert_eq!((replies(0), replies(1), replies(6)), (2, 1, 2));
    assert_eq!(spec.label(&spec.traffic[7]), "c getrange");
}

#[test]
fn lines_come_in_proportion_to_their_weights() {
    let mut requests = Requests::new(&identity_cache(), 5);
    let mut counts = [0u32; 3];
    let mut out = Vec::new();
    for _ in 0..100_000 {
        out.clear();
        counts[requests.write_next(&mut out)] += 1;
    }
    assert!(counts[0].abs_diff(60_000) < 800, "{counts:?}");
    assert!(counts[1].abs_diff(20_000) < 600 && counts[2].abs_diff(20_000) < 600, "{counts:?}");
}
