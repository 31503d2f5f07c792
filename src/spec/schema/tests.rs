use std::collections::BTreeSet;

use regex_lite::Regex;
use serde_json::{Value, json};
use toml::de::{DeTable, DeValue};

use super::SCHEMA;
use crate::spec::{EXAMPLE, IDENTITY_CACHE, parse};

fn schema() -> Value {
    serde_json::from_str(SCHEMA).expect("the schema is JSON")
}

/// A TOML document as JSON.
fn document(text: &str) -> Value {
    table(DeTable::parse(text).unwrap().get_ref())
}

fn table(table: &DeTable<'_>) -> Value {
    let field =
        |(key, value): (&toml::Spanned<std::borrow::Cow<'_, str>>, &toml::Spanned<DeValue<'_>>)| {
            (key.get_ref().to_string(), json_of(value.get_ref()))
        };
    Value::Object(table.iter().map(field).collect())
}

fn json_of(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(n) => Value::from(n.as_str().parse::<i64>().unwrap()),
        DeValue::Float(x) => Value::from(x.as_str().parse::<f64>().unwrap()),
        DeValue::Boolean(flag) => Value::from(*flag),
        DeValue::Array(items) => items.iter().map(|item| json_of(item.get_ref())).collect(),
        DeValue::Table(entries) => table(entries),
        DeValue::Datetime(_) => panic!("workload files have no dates"),
    }
}

/// Whether `value` is of the form `schema` describes; knows the keywords this schema uses.
fn fits(value: &Value, schema: &Value, root: &Value) -> Result<(), String> {
    let Some(keywords) = schema.as_object() else {
        return if schema == &json!(true) { Ok(()) } else { Err("is not allowed".into()) };
    };
    for (keyword, wanted) in keywords {
        let holds = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "examples" | "default" | "then"
            | "else" => true,
            "$ref" => {
                let path = wanted.as_str().unwrap().strip_prefix('#').unwrap();
                fits(value, root.pointer(path).expect(path), root)?;
                true
            }
            "type" => match wanted.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "boolean" => value.is_boolean(),
                "number" => value.is_number(),
                "integer" => value.is_i64() || value.is_u64(),
                other => panic!("{other}"),
            },
            "enum" => wanted.as_array().unwrap().contains(value),
            "const" => value == wanted,
            "pattern" => value
                .as_str()
                .is_none_or(|text| Regex::new(wanted.as_str().unwrap()).unwrap().is_match(text)),
            "minLength" => {
                value.as_str().is_none_or(|t| t.len() as u64 >= wanted.as_u64().unwrap())
            }
            "maxLength" => {
                value.as_str().is_none_or(|t| t.len() as u64 <= wanted.as_u64().unwrap())
            }
            "minimum" => value.as_f64().is_none_or(|x| x >= wanted.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|x| x <= wanted.as_f64().unwrap()),
            "exclusiveMinimum" => value.as_f64().is_none_or(|x| x > wanted.as_f64().unwrap()),
            "maxItems" => value.as_array().is_none_or(|a| Some(a.len() as u64) <= wanted.as_u64()),
            "minItems" => {
                value.as_array().is_none_or(|a| a.len() as u64 >= wanted.as_u64().unwrap())
            }
            "minProperties" => {
                value.as_object().is_none_or(|o| o.len() as u64 >= wanted.as_u64().unwrap())
            }
            "maxProperties" => {
                value.as_object().is_none_or(|o| o.len() as u64 <= wanted.as_u64().unwrap())
            }
            "required" => has_all(value, wanted),
            "dependentRequired" => wanted
                .as_object()
                .unwrap()
                .iter()
                .all(|(key, others)| value.get(key).is_none() || has_all(value, others)),
            "items" => value
                .as_array()
                .into_iter()
                .flatten()
                .try_for_each(|v| fits(v, wanted, root))
                .map(|()| true)?,
            "properties" => {
                for (key, schema) in wanted.as_object().unwrap() {
                    if let Some(value) = value.get(key) {
                        fits(value, schema, root).map_err(|error| format!("{key}: {error}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = keywords.get("properties").and_then(Value::as_object);
                for (key, value) in value.as_object().into_iter().flatten() {
                    if !known.is_some_and(|known| known.contains_key(key)) {
                        fits(value, wanted, root).map_err(|error| format!("{key}: {error}"))?;
                    }
                }
                true
            }
            "allOf" => {
                let all = wanted.as_array().unwrap();
                all.iter().try_for_each(|one| fits(value, one, root)).map(|()| true)?
            }
            "anyOf" => wanted.as_array().unwrap().iter().any(|one| fits(value, one, root).is_ok()),
            "oneOf" => {
                wanted
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|one| fits(value, one, root).is_ok())
                    .count()
                    == 1
            }
            "if" => {
                let branch = if fits(value, wanted, root).is_ok() { "then" } else { "else" };
                keywords.get(branch).map_or(Ok(()), |schema| fits(value, schema, root))?;
                true
            }
            other => panic!("the schema uses `{other}`, which this checker does not know"),
        };
        if !holds {
            return Err(format!("{value} against {keyword} {wanted}"));
        }
    }
    Ok(())
}

fn has_all(value: &Value, keys: &Value) -> bool {
    let Some(fields) = value.as_object() else { return true };
    keys.as_array().unwrap().iter().all(|key| fields.contains_key(key.as_str().unwrap()))
}

#[test]
fn the_files_that_come_with_the_program_fit() {
    let schema = schema();
    for text in [IDENTITY_CACHE, EXAMPLE] {
        assert_eq!(fits(&document(text), &schema, &schema), Ok(()));
    }
}

/// The example with `from` replaced by `to`.
fn edited(from: &str, to: &str) -> String {
    assert!(EXAMPLE.contains(from), "nothing to replace: {from}");
    EXAMPLE.replacen(from, to, 1)
}

/// Alternatives that the example only shows in comments, and a few that are wrong: schema and
/// reader agree on all of them.
#[test]
fn schema_and_reader_agree() {
    let schema = schema();
    let lognormal = "{ lognormal = { median = \"800B\", sigma = 0.6, max = \"64KiB\" } }";
    let agree = |from: &str, to: &str, is_valid: bool| {
        let text = edited(from, to);
        assert_eq!(parse("w.toml", &text).is_ok(), is_valid, "{to}: {:?}", parse("w.toml", &text));
        let fit = fits(&document(&text), &schema, &schema);
        assert_eq!(fit.is_ok(), is_valid, "{to}: {fit:?}");
    };
    for size in [
        "\"1337B\"",
        "{ uniform = { min = \"100B\", max = \"2KiB\" } }",
        "{ choices = [{ size = \"200B\", weight = 9 }, { size = \"4KiB\", weight = 1 }] }",
    ] {
        agree(lognormal, size, true);
    }
    for size in ["\"1337\"", "1337", "{}", "{ uniform = { min = \"1B\" } }", "{ choices = [] }"] {
        agree(lognormal, size, false);
    }
    agree("encoding = \"pickle\"", "encoding = \"msgpack\"\ncompression = \"zlib\"", true);
    agree("encoding = \"pickle\"", "encoding = \"json\"\ncompression = { zstd = 9 }", true);
    agree("encoding = \"pickle\"", "encoding = \"json\"\ncompression = \"gzip\"", false);
    let members = "{ uniform = { min = 5, max = 30 } }";
    for law in [
        "20",
        "\"2k\"",
        "{ lognormal = { median = 20, sigma = 0.8, max = 5_000 } }",
        "{ choices = [{ members = 5, weight = 9 }, { members = 500, weight = 1 }] }",
    ] {
        agree(members, law, true);
    }
    for law in ["-1", "{}", "{ uniform = { min = 1 } }", "{ choices = [] }", "true"] {
        agree(members, law, false);
    }
    agree("member = \"field_{n}\"", "member = \"{n}\"", true);
    agree("member = \"field_{n}\"", "member = \"field\"", false);
    agree("member = \"field_{n}\"\n", "", false);
    agree("type = \"hash\"", "type = \"dict\"", false);
    agree("type = \"hash\"", "type = \"hash\"\nscore = \"integer\"", false);
    agree("name = \"sessions\"", "name = \"sessions\"\nmembers = 20", false);
    agree("name = \"sessions\"", "name = \"sessions\"\nfield_ttl = \"1h\"", false);
    agree("member = \"field_{n}\"", "member = \"field_{n}\"\nfield_ttl = \"one\"", false);
    agree("size = \"40B\"\n", "", false);
    agree("command = \"hgetall\"", "command = \"hget\"", true);
    agree("command = \"hgetall\"", "command = \"hdel\"", false);
    agree("command = \"hgetall\"", "command = \"hget\"\nbatch = 2", false);
    agree("# [framework]\n# django", "[framework]\ndjango", true);
    agree("# levels = [", "_ = [", false);
    agree("levels = \"auto\"\n", "levels = [\"1k/s\", \"5k/s\"]\n", true);
    agree("access = \"sequential\"", "access = { hot = { keys = \"10%\" } }", false);
    agree("batch = 20\n", "", false);
    agree("payload = \"claims-varied\"\n", "", false);
    agree("payload = \"claims-varied\"", "payload = \"claims\"\nsize = \"1KiB\"", false);
    agree("payload = \"claims-varied\"", "payload = \"claims\"\ncolumn = \"a\"", false);
    agree("payload = \"claims-varied\"", "payload = \"claims\"\nrows = \"once\"", false);
    agree("region = \"us-east-1\"", "region = \"US east\"", false);
}

#[test]
fn schema_and_reader_agree_on_what_costs_are_counted_over() {
    let schema = schema();
    let agree = |from: &str, to: &str, is_valid: bool| {
        let text = edited(from, to);
        assert_eq!(parse("w.toml", &text).is_ok(), is_valid, "{to}");
        assert_eq!(fits(&document(&text), &schema, &schema).is_ok(), is_valid, "{to}");
    };
    agree("horizon = \"12 months\"", "horizon = \"2 years\"", true);
    agree("growth = \"4%/month\"", "growth = \"0.04\"", true);
    let origin = |line: &str, is_valid| {
        agree("# [origin]\n", &format!("[origin]\n{line}\n"), is_valid);
    };
    for line in [
        "",
        "latency = \"8ms\"",
        "cost_per_million = \"$0.40\"",
        "cost_per_million = 0.4",
        "cost_per_million = 2",
        "capacity = \"2k/s\"",
        "min_hit_ratio = \"95%\"",
        "maxmemory_policy = \"allkeys-lru\"",
    ] {
        origin(line, true);
    }
    for line in [
        "latency = 8",
        "cost_per_million = \"0.40 EUR\"",
        "cost_per_million = -1",
        "capacity = \"2k\"",
        "min_hit_ratio = 95",
        "maxmemory_policy = \"lru\"",
    ] {
        origin(line, false);
    }
    let day = |hours: usize, least: f64| {
        format!("profile = {:?}", [vec![1.0], vec![least; hours - 1]].concat())
    };
    agree("profile = \"flat\"", &day(24, 0.25), true);
    agree("profile = \"flat\"", &day(23, 0.25), false);
    agree("profile = \"flat\"", &day(24, 1.25), false);
    agree("profile = \"flat\"", "profile = \"bursty\"", false);
    agree("purchase = \"on-demand\"", "purchase = \"reserved-3y-all-upfront\"", true);
    agree("purchase = \"on-demand\"", "purchase = \"reserved\"", false);
    agree("# cross_az_share = \"50%\"", "cross_az_share = \"66.7%\"", true);
    agree("backups_kept_days = 0", "backups_kept_days = -1", false);
}

/// The keys that the reader says a table has when it meets one it does not know.
fn known_to_the_reader(text: &str) -> BTreeSet<String> {
    let error = parse("w.toml", text).expect_err("an unknown key");
    let suggestion = error.problems.iter().find(|p| p.message.contains("zzzzzzzz")).unwrap();
    let list = suggestion.suggestion.as_ref().unwrap().strip_prefix("it has ").unwrap();
    list.split(", ").map(str::to_owned).collect()
}

#[test]
fn schema_and_reader_know_the_same_keys() {
    let schema = schema();
    let check = |definition: &str, from: &str, to: &str| {
        let described = schema.pointer(&format!("{definition}/properties")).expect(definition);
        let described: BTreeSet<String> = described.as_object().unwrap().keys().cloned().collect();
        assert_eq!(known_to_the_reader(&edited(from, to)), described, "{definition}");
        for key in described {
            let is_shown =
                EXAMPLE.contains(&format!("{key} =")) || EXAMPLE.contains(&format!("[{key}]"));
            assert!(is_shown, "the example does not show `{key}` of {definition}");
        }
    };
    check("", "name =", "zzzzzzzz = 1\nname =");
    for (definition, header) in [
        ("/$defs/class", "[[class]]\n"),
        ("/$defs/traffic", "[[traffic]]\n"),
        ("/$defs/load", "[load]\n"),
        ("/$defs/objective", "[objective]\n"),
        ("/$defs/capacity", "[capacity]\n"),
        ("/$defs/aws", "[aws]\n"),
        ("/$defs/framework", "# [framework]\n# "),
        ("/$defs/origin", "# [origin]\n# "),
        ("/$defs/policy", "[policy]\n"),
        ("/$defs/incumbent", "# [incumbent]\n# "),
    ] {
        let header_read = header.replace("# ", "");
        check(definition, header, &format!("{header_read}zzzzzzzz = 1\n"));
    }
    let reserved = "# [incumbent]\n";
    check("/$defs/reservation", reserved, "[incumbent]\nreserved = { zzzzzzzz = 1 }\n");
    check("/$defs/observed", reserved, "[incumbent]\nobserved = { zzzzzzzz = 1 }\n");
    check("/$defs/size_law", "lognormal = {", "zzzzzzzz = 1, lognormal = {");
    check("/$defs/lognormal", "lognormal = { ", "lognormal = { zzzzzzzz = 1, ");
    let lognormal = "lognormal = { median = \"800B\", sigma = 0.6, max = \"64KiB\" }";
    check("/$defs/uniform", lognormal, "uniform = { zzzzzzzz = 1 }");
    check("/$defs/choice", lognormal, "choices = [{ zzzzzzzz = 1 }]");
    let members = "{ uniform = { min = 5, max = 30 } }";
    check("/$defs/count_law", members, "{ zzzzzzzz = 1 }");
    check("/$defs/count_lognormal", members, "{ lognormal = { zzzzzzzz = 1 } }");
    check("/$defs/count_uniform", members, "{ uniform = { zzzzzzzz = 1 } }");
    check("/$defs/count_choice", members, "{ choices = [{ zzzzzzzz = 1 }] }");
    check("/$defs/compression_level", "seed = 0", "compression = { zzzzzzzz = 1 }");
    check("/$defs/access_law", "access = { zipf", "access = { zzzzzzzz = 1, zipf");
    check(
        "/$defs/hot",
        "hot = { keys = \"10%\", traffic = \"90%\" } }\n\n",
        "hot = { zzzzzzzz = 1 } }\n\n",
    );
    check("/$defs/django", "# [framework]\n# django = {", "[framework]\ndjango = { zzzzzzzz = 1,");
}
