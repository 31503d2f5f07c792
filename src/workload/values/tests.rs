use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::*;
use crate::artifact::{Artifact, Kind};
use crate::spec::{Encoding, PlanSpec, SpecError, identity_cache, parse_with_files};
use crate::workload::{POOL_BYTES, POOL_VALUES, RestockError, restock, stock};

#[track_caller]
fn check(class: usize, encoding: Encoding, expected: usize) {
    let mut class = identity_cache().classes[class].clone();
    class.encoding = encoding;
    assert_eq!(Values::of(&class).get(0).len(), expected);
}

/// The tutorial's sizes, read off a run of its own code.
#[test]
fn built_in_objects_have_the_tutorials_sizes() {
    check(0, Encoding::PickleLiteral, 303);
    check(0, Encoding::Pickle, 306);
    check(0, Encoding::PickleUnshared, 386);
    check(0, Encoding::JsonCompact, 365);
    check(0, Encoding::Json, 397);
    check(1, Encoding::PickleLiteral, 1337);
    check(1, Encoding::Pickle, 1337);
    check(1, Encoding::JsonCompact, 1320);
    check(1, Encoding::Json, 1327);
}

/// A workload of one class, with what makes its values.
fn text(values: &str) -> String {
    format!(
        r#"
        name = "one"
        class = [{{ name = "c", keys = 50_000, key = "c:{{n}}", {values} }}]
        traffic = [{{ class = "c", command = "get", weight = 1 }}]
        load = {{}}
        objective = {{ peak = "1k/s", p99 = "2ms" }}
        capacity = {{}}
        aws = {{ region = "eu-west-1", engines = ["redis-7.1"] }}
        "#
    )
}

/// Files of this content for whatever name.
fn plan(values: &str, content: &str) -> Result<PlanSpec, SpecError> {
    parse_with_files("w.toml", &text(values), &|_| Ok(content.into()))
}

fn only_class(values: &str, content: &str) -> Class {
    let spec = stock(plan(values, content).unwrap_or_else(|error| panic!("{error}")));
    spec.classes.into_iter().next().unwrap()
}

#[test]
fn records_that_are_used_once_are_all_there() {
    let rows: Vec<String> = (0..50_000).map(|n| n.to_string()).collect();
    let content = format!("id\n{}\n", rows.join("\n"));
    let distinct = |more: &str| {
        let class = only_class(&format!(r#"file = "a.csv", column = "id"{more}"#), &content);
        let values = Values::of(&class);
        (0..50_000).map(|n| values.get(n).to_vec()).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(distinct(r#", rows = "once""#), 50_000);
    assert_eq!(distinct(r#", rows = "recycle""#), POOL_VALUES);
    assert_eq!(distinct(""), POOL_VALUES);
}

/// What the keys store, looked at one by one.
fn counted(class: &Class, keys: Range<u64>) -> BTreeMap<StoredAs, u64> {
    let values = Values::of(class);
    let mut counts = BTreeMap::new();
    keys.for_each(|n| *counts.entry(StoredAs::of(values.get(n))).or_default() += 1);
    counts
}

#[track_caller]
fn check_counts(values: &str, content: &str) -> Class {
    let class = only_class(values, content);
    let counts = ValueCounts::of(&class);
    for keys in [0..0, 0..1, 0..10, 90..100, 1000..10_000, 0..50_000, 4095..8193] {
        let quick: BTreeMap<StoredAs, u64> = counts.of_keys(keys.clone()).into_iter().collect();
        assert_eq!(quick, counted(&class, keys), "{values}");
    }
    class
}

#[test]
fn counts_are_exact_for_every_kind_of_value() {
    check_counts(r#"payload = "claims", encoding = "json""#, "");
    check_counts(r#"payload = "claims-varied", encoding = "pickle""#, "");
    check_counts(r#"payload = "m2m-token-varied", encoding = "msgpack", compression = "zstd""#, "");
    check_counts(r#"size = { uniform = { min = "0B", max = "90B" } }"#, "");
    check_counts(r#"size = { lognormal = { median = "800B", sigma = 0.6, max = "64KiB" } }"#, "");
    let choices = r#"choices = [{ size = "10B", weight = 1 }, { size = "1KiB", weight = 9 }]"#;
    check_counts(&format!("size = {{ {choices} }}"), "");
    let class = check_counts(r#"file = "x.ndjson", encoding = "raw""#, "12\n123456\n\"x\"\n1.5\n");
    let kinds = ValueCounts::of(&class).of_keys(0..4);
    let expected = [
        (StoredAs::Text(1), 1),
        (StoredAs::Text(3), 1),
        (StoredAs::Integer { len: 2, small: true }, 1),
        (StoredAs::Integer { len: 6, small: false }, 1),
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn values_depend_on_class_key_and_seed_only() {
    let first = |values: &str| only_class(values, "");
    let claims = r#"payload = "claims-varied", encoding = "json""#;
    let (class, again) = (first(claims), first(claims));
    let (values, others) = (Values::of(&class), Values::of(&again));
    assert!((0..10_000).all(|n| values.get(n) == others.get(n)));
    let unstocked = Values::of(&Class { pool: None, ..class.clone() });
    assert!((0..10_000).all(|n| values.get(n) == unstocked.get(n)));
    let seeded = Values::of(&first(&format!("{claims}, seed = 1")));
    assert!((0..1000).filter(|n| values.get(*n) == seeded.get(*n)).count() < 10);
    let renamed = Class { name: "other".into(), pool: None, ..class };
    let renamed = Values::of(&renamed);
    assert!((0..1000).filter(|n| values.get(*n) == renamed.get(*n)).count() < 10);
}

#[test]
fn pools_are_bounded() {
    let values = |class: &Class| ValueCounts::of(class).pool.shares.n_values();
    let class = only_class(r#"payload = "m2m-token-varied", encoding = "json""#, "");
    assert_eq!(values(&class), POOL_VALUES);
    // 20,000 records of 1 to 200 bytes: the part that is taken has their mean.
    let lines: Vec<String> = (0..20_000).map(|n| format!("\"{}\"", "x".repeat(n % 200))).collect();
    let class = only_class(r#"file = "x.jsonl", encoding = "raw""#, &lines.join("\n"));
    assert_eq!(values(&class), POOL_VALUES);
    let (mean, range) = ValueCounts::of(&class).lengths();
    assert!((mean - 99.5).abs() < 0.1, "{mean}");
    assert_eq!(range, 0..199);
    // Each is a megabyte long.
    let lines: Vec<String> = (0..50).map(|n| format!("\"{n}{}\"", "y".repeat(1 << 20))).collect();
    let class = only_class(r#"file = "x.jsonl", encoding = "raw""#, &lines.join("\n"));
    assert!((30..=32).contains(&values(&class)), "{}", values(&class));
    let (mean, _) = ValueCounts::of(&class).lengths();
    assert!(mean * 32.0 <= POOL_BYTES.float() * 1.01);
}

#[test]
fn files_give_objects_rows_and_fields() {
    let csv = "id,name\n7,Ana\n8,Jo\n";
    let distinct = |class: &Class| {
        let values = Values::of(class);
        let mut all: Vec<String> =
            (0..2).map(|n| String::from_utf8(values.get(n).to_vec()).unwrap()).collect();
        all.sort();
        all
    };
    let class = only_class(r#"file = "x.csv", encoding = "json-compact""#, csv);
    assert_eq!(distinct(&class), [r#"{"id":"7","name":"Ana"}"#, r#"{"id":"8","name":"Jo"}"#]);
    let class = only_class(r#"file = "x.csv", column = "name""#, csv);
    assert_eq!(distinct(&class), ["Ana", "Jo"]);
    let class = only_class(r#"file = "x.csv", column = "name", encoding = "json""#, csv);
    assert_eq!(distinct(&class), ["\"Ana\"", "\"Jo\""]);
}

/// `RedisSerializer` in Django 5: `int` as it is, `bool` and everything else pickled.
#[test]
fn django_stores_integers_as_text_and_prefixes_every_key() {
    let records = "41\ntrue\n1.5\n\"41\"\n";
    let values = r#"file = "x.ndjson", encoding = "pickle", compression = "zlib""#;
    let django = "framework = { django = { key_prefix = \"app\", version = 2 } }";
    let text =
        format!("{}\n{django}", text(values).replace("weight = 1", "weight = 1, key = \"d:{n}\""));
    let spec = parse_with_files("w.toml", &text, &|_| Ok(records.into())).unwrap();
    assert_eq!(spec.classes[0].key.to_string(), "app:2:c:{n}");
    assert_eq!(spec.traffic[0].key.as_ref().unwrap().to_string(), "app:2:d:{n}");
    let class = &stock(spec).classes[0];
    let values = Values::of(class);
    let integers = (0..4).filter(|n| values.get(*n) == b"41").count();
    assert_eq!(integers, 1, "the string and the boolean are pickled");
    assert_eq!((0..4).filter(|n| values.get(*n)[0] == 0x78).count(), 3, "and compressed");
}

#[test]
fn a_plan_knows_its_lengths_without_its_files() {
    let records = "{\"a\":1}\n{\"bcd\":[1,2,3]}\n";
    let values = r#"file = "x.ndjson", encoding = "pickle""#;
    let spec = stock(plan(values, records).unwrap());
    let text = Artifact::new(Kind::Spec, BTreeMap::new(), spec.clone()).to_text();
    assert!(!text.contains("bcd"), "the records are not in the artifact");
    let read = Artifact::<PlanSpec>::from_text(Kind::Spec, &text).unwrap().body;
    assert_eq!(read, spec);
    let counts = |spec: &PlanSpec| ValueCounts::of(&spec.classes[0]).of_keys(0..1_000_000_000);
    assert_eq!(counts(&read), counts(&spec));

    let again = restock(read.clone(), &|_| Ok(records.into())).unwrap();
    let (before, after) = (Values::of(&spec.classes[0]), Values::of(&again.classes[0]));
    assert!((0..100).all(|n| before.get(n) == after.get(n)));
    let (class, path) = ("c".to_owned(), "x.ndjson".to_owned());
    let changed = restock(read.clone(), &|_| Ok(b"{\"a\":2}\n".to_vec()));
    assert_eq!(changed, Err(RestockError::FileChanged { class, path: path.clone() }));
    let gone = restock(read, &|_| Err("gone".into()));
    assert_eq!(gone, Err(RestockError::Unreadable { path, cause: "gone".into() }));
}

#[test]
fn a_generator_that_changed_is_noticed() {
    let mut spec = stock(plan(r#"payload = "claims-varied", encoding = "json""#, "").unwrap());
    assert_eq!(restock(spec.clone(), &|_| Err(String::new())), Ok(spec.clone()));
    spec.classes[0].seed += 1;
    let changed = restock(spec, &|_| Err(String::new()));
    assert_eq!(changed, Err(RestockError::ValuesChanged { class: "c".into() }));
}

/// What varied objects weigh, for the documentation; a change of the generators changes it.
#[test]
fn varied_objects_are_about_as_long_as_the_fixed_ones() {
    let mean = |payload: &str| {
        let class = only_class(&format!("payload = \"{payload}\", encoding = \"pickle\""), "");
        ValueCounts::of(&class).lengths()
    };
    let (claims, claims_range) = mean("claims-varied");
    let (tokens, token_range) = mean("m2m-token-varied");
    println!("claims {claims:.1} {claims_range:?}, tokens {tokens:.1} {token_range:?}");
    assert!((250.0..400.0).contains(&claims), "{claims}");
    assert!((1100.0..1500.0).contains(&tokens), "{tokens}");
    let class = only_class("payload = \"claims-varied\", encoding = \"json\"", "");
    let value: Value = serde_json::from_slice(Values::of(&class).get(7)).unwrap();
    assert!(value["addresses"].is_array());
}
