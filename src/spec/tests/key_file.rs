use crate::spec::{PlanSpec, SpecError, parse_with_files};

const USERS: &str = "id,profile\nalice,{}\nbob,[]\ncarol,null\n";

fn read(class: &str, line: &str) -> Result<PlanSpec, SpecError> {
    let text = format!(
        "name = \"w\"\nload = {{}}\nobjective = {{ peak = \"1k/s\", p99 = \"2ms\" }}\ncapacity = {{}}\n\
         aws = {{ region = \"us-east-1\", engines = [\"redis-7.1\"] }}\n\
         class = [{{ name = \"c\", {class} }}]\n\
         traffic = [{{ class = \"c\", weight = 1, {line} }}]\n"
    );
    let files = |path: &str| match path {
        "users.csv" => Ok(USERS.as_bytes().to_vec()),
        "twice.csv" => Ok(b"id\nx\nx\n".to_vec()),
        _ => Err("no such file".to_owned()),
    };
    parse_with_files("w.toml", &text, &files)
}

fn problems(class: &str, line: &str) -> Vec<String> {
    let error = read(class, line).expect_err("a bad file");
    let place = |p: &crate::spec::Problem| match &p.file {
        Some(file) => format!("{file}:{}: {}", p.line, p.message),
        None => p.message.clone(),
    };
    error.problems.iter().map(place).collect()
}

const GET: &str = "command = \"get\"";
const KEYS: &str = "key = \"user:{id}\", key_file = \"users.csv\"";
const SIZE: &str = "size = \"10B\"";

#[test]
fn rows_spell_the_keys_of_a_class() {
    let plan = read(&format!("{KEYS}, {SIZE}"), GET).expect("complete");
    let class = &plan.classes[0];
    assert_eq!((class.keys, plan.capacity.keys[0]), (3, 3), "as many as there are rows");
    let key = |n| {
        let mut out = Vec::new();
        class.key.write(n, &mut out);
        String::from_utf8(out).unwrap()
    };
    assert_eq!((key(0), class.key.len(0)), ("user:alice".to_owned(), 10));
    assert_eq!(class.key.lengths(3), [(8, 1), (10, 2)]);
    assert_eq!(class.key.lengths(2), [(8, 1), (10, 1)], "of the first two");
    assert_eq!(class.key.lengths(30), [(8, 10), (10, 20)], "in proportion");
    assert_eq!(class.key.to_string(), "user:{id}");

    let fewer = read(&format!("keys = 2, {KEYS}, {SIZE}"), GET).expect("complete");
    assert_eq!(fewer.classes[0].keys, 2);
    let line = format!("{GET}, key = \"profile:{{id}}\", key_file = \"users.csv\"");
    let other = read(&format!("{KEYS}, {SIZE}"), &line).expect("complete");
    assert_eq!(other.traffic[0].key.as_ref().unwrap().to_string(), "profile:{id}");
}

#[test]
fn what_a_file_cannot_spell_is_refused() {
    let of_class = |class: &str| problems(&format!("{class}, {SIZE}"), GET);
    assert_eq!(
        of_class(&format!("keys = 4, {KEYS}")),
        ["the class has 4 keys, and `users.csv` spells 3"]
    );
    assert_eq!(
        of_class("key = \"user:{idd}\", key_file = \"users.csv\""),
        ["`user:{idd}` names no column of `users.csv`, did you mean `{id}`?"]
    );
    assert_eq!(
        of_class("key = \"{id}\", key_file = \"gone.csv\""),
        ["cannot read `gone.csv`: no such file"]
    );
    assert_eq!(
        of_class("key = \"{id}\", key_file = \"twice.csv\""),
        ["twice.csv:3: this is the same key as in line 2"]
    );
    assert_eq!(
        of_class("key = \"{id}\", key_file = \"users.txt\"").len(),
        1,
        "a file that is not there"
    );
    let set = "type = \"set\", members = 2, member = \"{key}:{n}\"";
    let named = problems(&format!("{KEYS}, {set}"), "command = \"smembers\"");
    assert!(named[0].contains("keys of a file have none"), "{named:?}");
    let class = format!("{KEYS}, {SIZE}");
    assert_eq!(
        problems(&class, &format!("{GET}, key_file = \"users.csv\"")),
        ["`key_file` goes with `key`"]
    );
    let line = format!("{GET}, key = \"{{id}}\", key_file = \"few.csv\"");
    assert_eq!(problems(&class, &line), ["cannot read `few.csv`: no such file"]);
}

/// Names that two classes would both write, by their numbers or by their files.
#[test]
fn classes_must_not_share_names() {
    let (alice, user) = (format!("{KEYS}, {SIZE}"), "key = \"{id}\", key_file = \"users.csv\"");
    let both = |other: &str| read(&format!("{alice} }}, {{ name = \"d\", {other}, {SIZE}"), GET);
    assert!(both(user).is_ok(), "user:alice is not alice");
    let shared = both("key = \"user:{id}\", key_file = \"users.csv\"").expect_err("the same");
    assert_eq!(shared.problems[0].message, "classes `c` and `d` share their keys");
    assert!(both("keys = 9, key = \"user:{n}\"").is_ok());
}
