use proptest::prelude::*;

use super::*;
use crate::engine::CollectionKind;
use crate::learn::{Kind, Life, SeenElement, SeenKey, SeenText, SeenValue, Used};
use crate::spec::Payload;
use crate::units::Micros;

fn string(len: u64) -> SeenValue<'static> {
    SeenValue { encoding: Some("raw"), bytes: Some(len), ..SeenValue::of(Kind::String) }
}

fn add(gathered: &mut Gathered, key: &str, value: SeenValue<'_>, life: Life) {
    let seen = SeenKey::named(key.as_bytes());
    gathered.add(&SeenKey { value: Some(value), life: Some(life), ..seen });
}

#[track_caller]
fn learned(gathered: Gathered, source: &Source) -> Learned {
    learn(gathered, source).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn two_types_under_one_template_are_two_classes_without_common_keys() {
    let mut gathered = Gathered::new();
    for n in 0..1_000 {
        let value = if n % 4 == 0 {
            let element = SeenElement { value: Some(SeenText::of(b"abc")), ..Default::default() };
            SeenValue {
                elements: Some(3),
                sample: &[element],
                ..SeenValue::of(Kind::Collection(CollectionKind::List))
            }
        } else {
            string(100)
        };
        add(&mut gathered, &format!("a:{n}"), value, Life::Stays);
    }
    let learned = learned(gathered, &Source::default());
    let keys: Vec<String> =
        learned.plan.classes.iter().map(|class| class.key.to_string()).collect();
    assert_eq!(keys, ["a:{n}", "a:{n+750}"], "{}", learned.text);
    assert_eq!(learned.plan.capacity.keys, [750, 250]);
    assert_eq!(learned.plan.classes[0].payload, Payload::Size(100));
}

#[test]
fn short_lives_make_a_short_run() {
    let mut gathered = Gathered::new();
    (0..900).for_each(|n| add(&mut gathered, &format!("a:{n}"), string(9), Life::LeftMs(n * 3)));
    (0..900).for_each(|n| add(&mut gathered, &format!("b:{n}"), string(9), Life::LeftMs(60_000)));
    let learned = learned(gathered, &Source::default());
    let lives: Vec<Option<u64>> = learned.plan.classes.iter().map(|class| class.ttl_secs).collect();
    assert_eq!(lives, [Some(16), Some(60)], "{}", learned.text);
    assert!(learned.text.contains("taken for 16s, because"), "{}", learned.text);
}

#[test]
fn what_a_file_cannot_say_is_said_in_a_comment() {
    let mut gathered = Gathered::new();
    (0..900).for_each(|n| add(&mut gathered, &format!("a:{n}"), string(9), Life::Stays));
    let stream = SeenValue { encoding: Some("stream"), ..SeenValue::of(Kind::Other) };
    for n in 0..100 {
        let seen = SeenKey::named(b"s:1");
        let memory_usage = Some(Bytes::new(1_000 + n));
        gathered.add(&SeenKey { value: Some(stream), memory_usage, ..seen });
    }
    let watched = Watched {
        span: Micros::of(1e6),
        commands: Some(vec![("get".into(), 90), ("xadd".into(), 10)]),
        total: 100,
        keys_named: None,
        lookups: Some((80, 10)),
        network: None,
        gone: None,
    };
    let not_collected = vec![("MEMORY USAGE".to_owned(), "NOPERM\nname = \"x\"".to_owned())];
    let source = Source { watched: Some(watched), not_collected, ..Source::default() };
    let text = learned(gathered, &source).text;
    for line in [
        "# Left out: 100 keys, 102 KiB in memory, s:1: streams or types of modules, which a workload \
         file cannot say.",
        "# Left out: xadd, 10.0 % of the commands.",
        "# Not collected: MEMORY USAGE: NOPERM name = \"x\"",
        "# Hit ratio 88.9 %.",
    ] {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
    assert_eq!(learn(Gathered::new(), &source).unwrap_err(), LearnError::NoKeys);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// Whatever is stored, the file that says so is read again, and holds no name that came once.
    #[test]
    fn what_is_written_is_valid(
        names in prop::collection::vec(("[ -~]{0,9}", 0usize..5), 1..9),
        sizes in prop::collection::vec(0u64..100_000, 1..5),
        left in 0u64..10_000_000,
    ) {
        let mut gathered = Gathered::new();
        let kinds = [None, Some(CollectionKind::Hash), Some(CollectionKind::Set),
            Some(CollectionKind::SortedSet), Some(CollectionKind::List)];
        for n in 0..400u64 {
            let at = num::index(n) % names.len();
            let (name, kind) = &names[at];
            let size = sizes[num::index(n) % sizes.len()];
            let text = Some(SeenText { len: size % 300, is_integer: n % 3 == 0 });
            let element = [SeenElement { member: text, value: text, score: text }];
            let value = match kinds[*kind] {
                None => string(size),
                Some(kind) => SeenValue {
                    elements: Some(size % 1_000),
                    sample: &element,
                    ..SeenValue::of(Kind::Collection(kind))
                },
            };
            let key = format!("{name}{n}");
            let life = if n % 3 == 0 { Life::Stays } else { Life::LeftMs(left) };
            gathered.add(&SeenKey {
                key: key.as_bytes(),
                value: Some(value),
                life: Some(life),
                used: Some(Used::IdleSecs(n % 50)),
                memory_usage: None,
            });
        }
        gathered.add(&SeenKey { value: Some(string(1)), ..SeenKey::named(b"Zebedee-unique") });
        let learned = learn(gathered, &Source { keys: Some(1_000_000), ..Source::default() });
        let learned = learned.map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(!learned.text.contains("Zebedee"));
        prop_assert!(learned.plan.capacity.keys.iter().sum::<u64>().abs_diff(1_000_000) < 50);
    }
}
