//! Sizes from records of real values: a CSV or NDJSON file.
//!
//! Records with a `key` and a `value` are keys as they are stored, with a `ttl` in seconds where they
//! have one. Any other record is the value of a key that the file does not name: as a line of JSON, or
//! as the object that a row makes; those keys are spelled by the file's name and a number.

use serde_json::Value;

use crate::engine::is_integer;
use crate::spec::{Problem, Records, SpecError, Unusable};
use crate::units::num;

use super::Gathered;
use super::seen::{Kind, Life, SeenKey, SeenValue};

const KEY: &str = "key";
const VALUE: &str = "value";
const TTL: &str = "ttl";
/// Records that are wrong, of which one run tells.
const LISTED: usize = 20;

/// What a file of records is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// How many.
    pub n_records: u64,
    /// Whether they name their keys.
    pub has_keys: bool,
}

/// Takes in the records of the file called `path`.
///
/// # Errors
/// The first twenty records that are wrong; nothing has been taken in then.
pub fn payloads(
    path: &str,
    content: Vec<u8>,
    gathered: &mut Gathered,
) -> Result<Recorded, SpecError> {
    let fail = |problems| SpecError { file: path.to_owned(), problems };
    let at = |line, message: &str| Problem {
        file: None,
        line,
        column: 1,
        message: message.to_owned(),
        suggestion: None,
    };
    let records = Records::read(path, None, content).map_err(|unusable| match unusable {
        Unusable::Name(message) => fail(vec![at(1, &message)]),
        Unusable::Content(problems) => fail(problems),
    })?;
    let has_keys = records.value(0).get(KEY).is_some() && records.value(0).get(VALUE).is_some();
    let stem = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let stem = stem.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or("sample");
    let (mut read, mut problems) = (Vec::new(), Vec::new());
    for index in 0..records.len() {
        let record = records.value(index);
        let one = if has_keys { keyed(&record) } else { Ok(unkeyed(stem, index, &record)) };
        match one {
            Ok(one) => read.push(one),
            Err(message) => problems.push(at(records.line(index), message)),
        }
        if problems.len() == LISTED {
            break;
        }
    }
    if !problems.is_empty() {
        return Err(fail(problems));
    }
    for Record { key, len, is_integer, life } in &read {
        let value = SeenValue {
            bytes: Some(*len),
            encoding: is_integer.then_some("int"),
            ..SeenValue::of(Kind::String)
        };
        let key = SeenKey::named(key.as_bytes());
        gathered.add(&SeenKey { value: Some(value), life: *life, ..key });
    }
    Ok(Recorded { n_records: num::count(read.len()), has_keys })
}

/// What is taken of a record.
struct Record {
    key: String,
    len: u64,
    is_integer: bool,
    life: Option<Life>,
}

impl Record {
    fn new(key: String, value: &Value, life: Option<Life>) -> Self {
        let text = stored(value);
        Self { key, len: num::count(text.len()), is_integer: is_integer(text.as_bytes()), life }
    }
}

fn unkeyed(stem: &str, index: usize, record: &Value) -> Record {
    Record::new(format!("{stem}:{index}"), record, None)
}

fn keyed(record: &Value) -> Result<Record, &'static str> {
    let key = match record.get(KEY) {
        Some(Value::String(key)) => key.clone(),
        Some(Value::Number(key)) => key.to_string(),
        Some(_) => return Err("`key` is neither a text nor a number"),
        None => return Err("this record has no `key`, as the first one has"),
    };
    let value = record.get(VALUE).ok_or("this record has no `value`, as the first one has")?;
    let life = match record.get(TTL) {
        None => None,
        Some(Value::Null) => Some(Life::Stays),
        Some(Value::String(text)) if text.is_empty() => Some(Life::Stays),
        Some(ttl) => {
            let seconds: Option<u64> = stored(ttl).parse().ok();
            let seconds = seconds.ok_or("`ttl` is no whole number of seconds")?;
            Some(Life::LeftMs(seconds.saturating_mul(1000)))
        }
    };
    Ok(Record::new(key, value, life))
}

/// As it would be stored: a text as it is, anything else as JSON without white space.
fn stored(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(path: &str, content: &str) -> Result<(Gathered, Recorded), SpecError> {
        let mut gathered = Gathered::new();
        let sampled = payloads(path, content.as_bytes().to_vec(), &mut gathered)?;
        Ok((gathered, sampled))
    }

    /// Template, keys, bytes of values, keys whose lifetime is known, longest lifetime in seconds.
    #[track_caller]
    fn check(path: &str, content: &str, expected: (&str, u64, u64, u64, Option<u64>)) {
        let (gathered, sampled) = take(path, content).unwrap();
        let (naming, group) = gathered.all().find(|(_, group)| group.keys > 0).unwrap();
        let sum = |of: fn(&crate::learn::Values) -> u64| group.values.values().map(of).sum();
        let most = group.values.values().filter_map(|values| values.left.most()).max();
        let bytes: u64 = sum(|values| values.bytes.sum());
        let found = (naming.unwrap().to_string(), group.keys, bytes, sum(|values| values.lives));
        assert_eq!((found.0.as_str(), found.1, found.2, found.3, most), expected);
        assert_eq!(sampled.n_records, group.keys);
    }

    #[test]
    fn records_are_values_or_keys_with_values() {
        check(
            "a/claims.ndjson",
            "{\"a\": 1}\n\"text\"\n42\n",
            ("claims:{n}", 3, 7 + 4 + 2, 0, None),
        );
        check("claims.csv", "a,b\n1,two\n", ("claims:{n}", 1, 19, 0, None));
        check("x.csv", "key,value\nuser:1,abc\nuser:2,\"d,e\"\n", ("user:{n}", 2, 6, 0, None));
        let lines = "{\"key\":\"user:1\",\"value\":{\"a\": [1]},\"ttl\":60}\n\
                     {\"key\":\"user:2\",\"value\":\"abc\",\"ttl\":null}\n";
        check("x.jsonl", lines, ("user:{n}", 2, 9 + 3, 2, Some(60)));
        check("x.csv", "key,value,ttl\nuser:1,5,90\nuser:2,6,\n", ("user:{n}", 2, 2, 2, Some(90)));
    }

    #[track_caller]
    fn refuses(path: &str, content: &str, expected: &[(usize, &str)]) {
        let error = take(path, content).unwrap_err();
        let found: Vec<(usize, &str)> =
            error.problems.iter().map(|problem| (problem.line, problem.message.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn every_wrong_record_is_reported_by_line() {
        refuses(
            "x.ndjson",
            "{\"key\":\"a\",\"value\":1}\n\n{\"value\":1}\n{\"key\":\"a\"}\n{\"key\":[],\"value\":1}\n",
            &[
                (3, "this record has no `key`, as the first one has"),
                (4, "this record has no `value`, as the first one has"),
                (5, "`key` is neither a text nor a number"),
            ],
        );
        refuses(
            "x.csv",
            "key,value,ttl\na,1,soon\n",
            &[(2, "`ttl` is no whole number of seconds")],
        );
        refuses("x.csv", "", &[(1, "the file holds no record")]);
        let known = "files end in .ndjson or .jsonl (a JSON value per line), or in .csv";
        refuses("x.txt", "a\n", &[(1, known)]);
    }
}
