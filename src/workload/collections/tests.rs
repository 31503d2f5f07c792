use std::collections::BTreeMap;

use super::*;
use crate::spec::parse;

/// The first class of a workload, and its collections.
fn class(lines: &str) -> (Class, CollectionPlan) {
    let text = format!(
        r#"
        name = "one"
        class = [{{ name = "c", keys = 50_000, key = "c:{{n}}", {lines} }},
                 {{ name = "s", keys = 1, key = "s:{{n}}", size = "1B" }}]
        traffic = [{{ class = "s", command = "get", weight = 1 }}]
        load = {{}}
        objective = {{ peak = "1k/s", p99 = "2ms" }}
        capacity = {{}}
        aws = {{ region = "eu-west-1", engines = ["redis-7.1"] }}
        "#
    );
    let spec = parse("w.toml", &text).unwrap_or_else(|error| panic!("{error}"));
    let class = spec.classes[0].clone();
    let plan = class.collection.clone().unwrap();
    (class, plan)
}

/// What a key holds, spelled out.
fn content(values: &CollectionValues, key: u64) -> Vec<(Vec<u8>, Vec<u8>)> {
    (0..values.n_elements(key))
        .map(|element| {
            let (mut member, mut value) = (Vec::new(), Vec::new());
            values.write_member(key, element, &mut member);
            values.write_value(key, element, &mut value);
            (member, value)
        })
        .collect()
}

fn kind_of(bytes: &[u8]) -> Spelled {
    Spelled::Value(StoredAs::of(bytes))
}

/// Counts and shapes are those of the keys looked at one by one.
#[track_caller]
fn check(lines: &str) {
    let (class, plan) = class(lines);
    let values = CollectionValues::of(&class, &plan);
    let counts = CollectionCounts::of(&class, &plan);
    let keys = 100..1000;
    let mut counted: BTreeMap<Vec<(usize, usize)>, u64> = BTreeMap::new();
    for key in keys.clone() {
        let lens = content(&values, key).iter().map(|(m, v)| (m.len(), v.len())).collect();
        *counted.entry(lens).or_default() += 1;
    }
    let len = |spelled: Spelled| num::index(spelled.n_bytes());
    let mut told: BTreeMap<Vec<(usize, usize)>, u64> = BTreeMap::new();
    for (variant, count) in counts.of_keys(keys).into_iter().enumerate() {
        if count > 0 {
            let lens = counts
                .elements(variant, 555)
                .map(|(member, value)| (len(member), value.map_or(0, len)));
            *told.entry(lens.collect()).or_default() += count;
        }
    }
    assert_eq!(told, counted, "{lines}");
}

#[test]
fn what_keys_hold_is_known_without_looking_at_them() {
    check(r#"type = "hash", members = 20, member = "field_{n}", size = "100B""#);
    check(
        r#"type = "hash", members = { uniform = { min = 1, max = 9 } }, member = "f{n}",
           size = { uniform = { min = "1B", max = "90B" } }"#,
    );
    check(r#"type = "set", members = 300, member = "{n}""#);
    check(r#"type = "set", members = 30, member = "m:{key}:{n}""#);
    check(
        r#"type = "sorted-set", score = "fraction", member = "m{n}",
           members = { lognormal = { median = 20, sigma = 1.0, max = 500 } }"#,
    );
    check(
        r#"type = "list", members = { choices = [{ members = 1, weight = 3 },
           { members = 40, weight = 1 }] }, payload = "claims-varied", encoding = "pickle""#,
    );
}

#[test]
fn elements_are_spelled_as_the_workload_says() {
    let (one, plan) =
        class(r#"type = "sorted-set", members = 2, member = "m{n}", score = "fraction""#);
    let values = CollectionValues::of(&one, &plan);
    let spelled: Vec<(String, String)> = content(&values, 7)
        .into_iter()
        .map(|(m, v)| (String::from_utf8(m).unwrap(), String::from_utf8(v).unwrap()))
        .collect();
    let expected = [("m0", "1700000000.5"), ("m1", "1700000001.5")];
    assert_eq!(spelled, expected.map(|(m, v)| (m.to_owned(), v.to_owned())));
    let (list, plan) = class(r#"type = "list", members = 3, size = "5B""#);
    let values = CollectionValues::of(&list, &plan);
    assert_eq!(content(&values, 0)[2], (b"cache".to_vec(), Vec::new()));
    assert_eq!(kind_of(values.value(0, 2)), Spelled::Value(StoredAs::Text(5)));
}

#[test]
fn laws_of_counts_keep_their_mean() {
    let sizes = |lines: &str| {
        let (class, plan) = class(&format!(r#"type = "set", member = "{{n}}", members = {lines}"#));
        CollectionCounts::of(&class, &plan).sizes()
    };
    assert_eq!(sizes("20"), (20.0, 20..20));
    let (mean, range) = sizes("{ uniform = { min = 1, max = 99 } }");
    assert!((mean - 50.0).abs() < 0.5 && range == (1..99), "{mean} {range:?}");
    // median · e^(sigma² / 2)
    let (mean, range) = sizes("{ lognormal = { median = 20, sigma = 1.0, max = 1_000_000 } }");
    assert!((mean / 32.97 - 1.0).abs() < 0.01 && range.start >= 1, "{mean} {range:?}");
    let (mean, _) =
        sizes("{ choices = [{ members = 10, weight = 3 }, { members = 50, weight = 1 }] }");
    assert!((mean - 20.0).abs() < 0.01, "{mean}");
}
