//! Counting by digits against spelling every key.

use proptest::prelude::*;

use super::*;
use crate::engine::slot_of;
use crate::spec::KeyList;

fn template(text: &str) -> KeyTemplate {
    KeyTemplate::parse(text).expect("one number")
}

fn spelled(template: &KeyTemplate, id: u64) -> Vec<u8> {
    let mut key = Vec::new();
    template.write(id, &mut key);
    key
}

fn by_spelling(template: &KeyTemplate, keys: u64) -> Vec<u64> {
    let mut counts = vec![0; usize::from(SLOTS)];
    for id in 0..keys {
        counts[usize::from(slot_of(&spelled(template, id)))] += 1;
    }
    counts
}

#[test]
fn the_slot_of_a_number_is_that_of_its_key() {
    for text in TEMPLATES {
        let template = template(text);
        let counter = SlotCounter::new(&template);
        for id in [0, 1, 9, 10, 4_711, 1_234_567, 98_765_432_109] {
            assert_eq!(counter.slot(id), slot_of(&spelled(&template, id)), "{text} {id}");
        }
    }
}

const TEMPLATES: [&str; 15] = [
    "TESTING_PURPOSE_KEY_CLAIMS_{n}",
    "{n}",
    "k{n}:suffix",
    "user:{{n}}:profile",
    "{tenant}:{n}",
    "{n}:{tenant}",
    "{}{n}",
    "{{n}",
    "a{b{n}c}d{e}",
    "}{n}{",
    "{n}{}",
    "k{n}7",
    "k:{n+7}",
    "k:{n+9990}:s",
    "{k}:{n+123456}",
];

#[test]
fn counting_by_digits_is_counting_every_key() {
    for text in TEMPLATES {
        let template = template(text);
        let counter = SlotCounter::new(&template);
        for keys in [0, 1, 7, 10, 11, 100, 12_345, 100_000, 123_456] {
            assert_eq!(counter.count(keys).0, by_spelling(&template, keys), "{text} {keys}");
        }
    }
}

#[test]
fn any_number_of_keys_is_counted_whole() {
    let counter = SlotCounter::new(&template("session:{n}"));
    for keys in [1_000_000_000_000, 999_999_999_999, 1 << 60, u64::MAX] {
        assert_eq!(counter.count(keys).0.iter().sum::<u64>(), keys);
    }
    // The difference of two counts is what lies between them, far beyond what can be spelled.
    let from = 987_654_321_000;
    let [below, above] = [from, from + 5_000].map(|keys| counter.count(keys).0);
    let mut between = vec![0; usize::from(SLOTS)];
    for id in from..from + 5_000 {
        between[usize::from(slot_of(&spelled(&template("session:{n}"), id)))] += 1;
    }
    let difference: Vec<u64> = above.iter().zip(&below).map(|(a, b)| a - b).collect();
    assert_eq!(difference, between);
}

#[test]
fn the_ids_of_a_slot_are_those_that_hash_to_it() {
    for text in TEMPLATES {
        let template = template(text);
        let counter = SlotCounter::new(&template);
        for keys in [9, 10_000, 10_001, 234_567] {
            let wanted = [0, 1, 5_461, 12_182, 16_383];
            let mut expected = vec![Vec::new(); wanted.len()];
            for id in 0..keys {
                let slot = slot_of(&spelled(&template, id));
                if let Some(at) = wanted.iter().position(|wanted| *wanted == slot) {
                    expected[at].push(id);
                }
            }
            assert_eq!(counter.ids_in(keys, &wanted), expected, "{text} {keys}");
        }
    }
}

/// Keys of a file: those of its rows as they are spelled, more of them in the same proportions.
#[test]
fn keys_of_a_file_are_counted_as_they_are_spelled() {
    let rows = (0..3_000).map(|n| format!("x{},t{}\n", n * n, n % 3));
    let csv: String = std::iter::once("id,tenant\n".to_owned()).chain(rows).collect();
    for (text, slots) in [("user:{id}", 2_700..3_000), ("{{tenant}}:{id}", 3..4)] {
        let list = KeyList::read(text, "x.csv", csv.clone().into()).expect("rows");
        let template = KeyTemplate::listed(list);
        let counter = SlotCounter::new(&template);
        for keys in [0, 1, 1_000, 3_000] {
            assert_eq!(counter.count(keys).0, by_spelling(&template, keys), "{text} {keys}");
        }
        let more = counter.count(30_000).0;
        assert_eq!(more.iter().sum::<u64>(), 30_000);
        let filled = more.iter().filter(|count| **count > 0).count();
        assert!(slots.contains(&filled), "{text}: {filled}");
        assert_eq!(counter.slot(7), slot_of(&spelled(&template, 7)));
        assert_eq!(counter.slot(3_007), counter.slot(7));
        let wanted = counter.slot(7);
        let ids = counter.ids_in(3_000, &[wanted]).remove(0);
        assert!(ids.contains(&7) && ids.iter().all(|id| counter.slot(*id) == wanted), "{ids:?}");
    }
}

#[test]
fn unknown_names_spread_evenly() {
    let counts = SlotCounts::even(20_000);
    assert_eq!(counts.by_slot().iter().sum::<u64>(), 20_000);
    assert_eq!((counts.0[0], counts.0[3_616], counts.0[16_383]), (2, 1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn any_template_is_counted_as_it_is_spelled(
        prefix in "[a-z{}:0-9]{0,12}", suffix in "[a-z{}:0-9]{0,6}", keys in 0u64..30_000,
    ) {
        let text = format!("{prefix}{{n}}{suffix}");
        prop_assume!(KeyTemplate::parse(&text).is_ok());
        let template = template(&text);
        prop_assert_eq!(SlotCounter::new(&template).count(keys).0, by_spelling(&template, keys));
    }
}
