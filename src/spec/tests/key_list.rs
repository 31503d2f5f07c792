use super::*;

#[track_caller]
fn list(template: &str, path: &str, content: &str) -> KeyList {
    KeyList::read(template, path, content.into()).unwrap_or_else(|error| panic!("{error:?}"))
}

fn names(list: &KeyList) -> Vec<String> {
    let name = |n| String::from_utf8(list.name(n).to_vec()).unwrap();
    (0..list.n_keys()).map(name).collect()
}

#[test]
fn rows_spell_keys() {
    let csv = "id,tenant\n7,acme\n123,\"a, b\"\n";
    assert_eq!(names(&list("u:{id}:p", "x.csv", csv)), ["u:7:p", "u:123:p"]);
    assert_eq!(names(&list("{{tenant}}:{id}", "x.csv", csv)), ["{acme}:7", "{a, b}:123"]);
    assert_eq!(names(&list("{tag}:{id}{", "x.csv", csv)), ["{tag}:7{", "{tag}:123{"]);
    let lines = "{\"id\": \"é\", \"n\": 5}\n{\"n\": 1.5, \"id\": \"b\"}\n";
    let of_lines = list("{id}-{n}", "x.ndjson", lines);
    assert_eq!(names(&of_lines), ["é-5", "b-1.5"]);
    assert_eq!((of_lines.lengths(), of_lines.name_len()), (&[4, 5][..], 1));
    let prefixed = of_lines.with_prefix(":1:");
    assert_eq!(names(&prefixed), [":1:é-5", ":1:b-1.5"]);
    assert_eq!((prefixed.written().as_str(), prefixed.name_len()), (":1:{id}-{n}", 4));
    assert_eq!(prefixed.slots(), [slot_of(":1:é-5".as_bytes()), slot_of(b":1:b-1.5")]);
}

#[test]
fn each_bad_row_is_reported_without_its_text() {
    let problems = |template: &str, path: &str, content: &str| match KeyList::read(
        template,
        path,
        content.into(),
    ) {
        Err(Unusable::Content(problems)) => problems
            .iter()
            .map(|p| format!("{}:{}: {}", p.line, p.column, p.message))
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        problems("{id}", "x.csv", "id,b\nsecret,1\n,2\nsecret,3\n"),
        ["3:1: `id`, part of a key, is empty", "4:1: this is the same key as in line 2"]
    );
    assert_eq!(
        problems("{id}", "x.ndjson", "{\"id\": 1}\n\n{\"id\": [1]}\n{\"ID\": 2}\n7\n"),
        ["3", "4", "5"]
            .map(|line| format!("{line}:1: `id`, part of a key, is no text or number here"))
    );
    let name =
        |template: &str, content: &str| match KeyList::read(template, "x.csv", content.into()) {
            Err(Unusable::Name(message)) => message,
            other => panic!("{other:?}"),
        };
    assert_eq!(
        name("user:{nane}", "id,name\n1,a\n"),
        "`user:{nane}` names no column of `x.csv`, did you mean `{name}`?"
    );
    assert_eq!(
        name("user:", "id,name\n1,a\n"),
        "`user:` names no column of `x.csv`, which has {id}, {name}"
    );
}

/// An artifact keeps lengths and slots, and no name; the file brings the names back, and another file
/// does not.
#[test]
fn names_stay_out_of_artifacts() {
    let csv = "id\nalice\nbob\ncarol\n";
    let list = list("user:{id}", "x.csv", csv).with_prefix("p:");
    let json = serde_json::to_string(&list).unwrap();
    assert!(json.contains("\"12*1 10*1 12*1\"") && !json.contains("alice"), "{json}");
    let read: KeyList = serde_json::from_str(&json).unwrap();
    assert_eq!(read, list);
    assert_eq!(read.slots()[1], slot_of(b"p:user:bob"));
    let again = read.loaded(csv.into()).unwrap();
    assert_eq!(names(&again), ["p:user:alice", "p:user:bob", "p:user:carol"]);
    assert!(read.loaded("id\nalice\nbob\ncarla\n".into()).is_none());
    for (part, bad) in [
        ("12*1 10*1 12*1", "12*1 10*1"),
        ("12*1 10*1 12*1", "12*1 10*9000000000000"),
        ("12*1 10*1 12*1", "12*1 10*1 1*1"),
        ("12*1 10*1 12*1", "12*1 10*x"),
        ("\"head_len\":7", "\"head_len\":8000"),
        ("\"slots\":\"", "\"slots\":\"/////w"),
    ] {
        assert!(json.contains(part), "{part}: {json}");
        let bad = json.replace(part, bad);
        assert!(serde_json::from_str::<KeyList>(&bad).is_err(), "{bad}");
    }
}

/// A million lines that are wrong take no longer than one: only the first are looked up.
#[test]
fn only_the_first_bad_rows_are_listed() {
    let lines = "{\"id\":1}\n".repeat(200_000);
    let error = KeyList::read("{id}", "x.ndjson", lines.into());
    let Err(Unusable::Content(problems)) = error else { panic!("{error:?}") };
    assert_eq!(problems.len(), 21);
    assert_eq!(problems[0].message, "this is the same key as in line 1");
    assert!(problems[20].message.starts_with("and 199979 more"), "{:?}", problems[20]);
}
