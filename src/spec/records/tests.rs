use serde_json::json;

use super::*;

/// The problems of a file, one line each.
#[track_caller]
fn problems(path: &str, content: &[u8]) -> Vec<String> {
    match Records::read(path, None, content.to_vec()) {
        Err(Unusable::Content(problems)) => problems
            .iter()
            .map(|p| {
                format!("{}:{}:{}: {}", p.file.as_deref().unwrap(), p.line, p.column, p.message)
            })
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn lines_are_values() {
    let text = "\u{feff}{\"a\":1}\r\n\n  \"text\"  \n 12.50 \n";
    let records = Records::read("x.ndjson", None, text.into()).unwrap();
    assert_eq!(records.len(), 3);
    assert_eq!(records.value(0), json!({"a": 1}));
    assert_eq!(records.value(1), json!("text"));
    let raw: Vec<Vec<u8>> = (0..3).map(|index| records.raw(index)).collect();
    assert_eq!(raw, [&b"{\"a\":1}"[..], b"text", b"12.50"]);
}

#[test]
fn rows_are_objects_and_columns_are_texts() {
    let text = "id,name\r\n1,\"Doe, J\"\r\n2,Ana\r\n";
    let records = Records::read("x.csv", None, text.into()).unwrap();
    assert_eq!(records.value(0), json!({"id": "1", "name": "Doe, J"}));
    let column = Records::read("x.CSV", Some("id"), text.into()).unwrap();
    assert_eq!(column, Records::Column(vec!["1".into(), "2".into()]));
    let missing = Records::read("x.csv", Some("nane"), text.into());
    let message = "no column is called `nane`, did you mean `name`?".to_owned();
    assert_eq!(missing, Err(Unusable::Name(message)));
}

#[test]
fn every_bad_line_is_reported_with_its_place() {
    assert_eq!(
        problems(
            "x.jsonl",
            "{\"ä\":1,}\n1\n[\"é\" 2]\n{\"n\":[1,-99999999999999999999]}\n".as_bytes()
        ),
        [
            "x.jsonl:1:8: trailing comma",
            "x.jsonl:3:6: expected `,` or `]`",
            "x.jsonl:4:9: this integer does not fit 64 bits",
        ]
    );
    assert_eq!(
        problems("x.csv", "a,b,a\n1,2,3\n1,2\n1,2,3,4\n".as_bytes()),
        [
            "x.csv:1:5: two columns are called `a`",
            "x.csv:3:4: 2 fields where the header names 3",
            "x.csv:4:7: 4 fields where the header names 3",
        ]
    );
    assert_eq!(problems("x.ndjson", b"1\n\"ab\xff\"\n"), ["x.ndjson:2:4: this is not UTF-8 text"]);
    assert_eq!(problems("x.csv", b"a,b\n"), ["x.csv:1:1: the file holds no record"]);
    assert_eq!(problems("x.ndjson", b"\n"), ["x.ndjson:1:1: the file holds no record"]);
}

#[test]
fn only_the_first_problems_are_listed() {
    let problems = problems("x.ndjson", "?\n".repeat(133).as_bytes());
    assert_eq!(problems.len(), 21);
    assert_eq!(problems[19], "x.ndjson:20:1: expected value");
    assert_eq!(problems[20], "x.ndjson:20:1: and 113 more problems after this one");
}

#[test]
fn integers_of_64_bits_and_large_floats_are_kept() {
    let text = "18446744073709551615\n-9223372036854775808\n1e300\n\"99999999999999999999\"\n";
    assert_eq!(Records::read("x.ndjson", None, text.into()).unwrap().len(), 4);
}
