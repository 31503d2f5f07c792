use super::*;
use crate::learn::{Kind, SeenValue};

fn string(len: u64) -> SeenValue<'static> {
    let encoding = Some(if len > 44 { "raw" } else { "embstr" });
    SeenValue { encoding, bytes: Some(len), ..SeenValue::of(Kind::String) }
}

fn spelled(gathered: &Gathered) -> Vec<(String, u64)> {
    let all = gathered.all().filter(|(_, group)| group.keys > 0);
    all.map(|(it, group)| (it.map_or("other".into(), ToString::to_string), group.keys)).collect()
}

#[test]
fn keys_of_a_template_are_counted_together() {
    let mut gathered = Gathered::new();
    for n in 0..1_000 {
        let key = format!(":1:user:{n}:M2M");
        let value = (n % 2 == 0).then(|| string(n));
        gathered.add(&SeenKey { value, ..SeenKey::named(key.as_bytes()) });
    }
    gathered.asked(b":1:user:5000:M2M", "get", 3);
    assert_eq!(gathered.looked_at(b":1:user:9999:M2M"), 500);
    assert_eq!(gathered.looked_at(b":1:group:9999:M2M"), 0);
    let gathered = gathered.settled();
    assert_eq!(spelled(&gathered), [(":1:user:{n}:M2M".to_owned(), 1_000)]);
    let (_, group) = gathered.all().next().unwrap();
    assert_eq!((group.looked_at(), group.places.len(), group.asked["get"]), (500, 1, 3));
    let numbers = &group.places[0].numbers;
    assert_eq!((numbers.least(), numbers.most(), numbers.count()), (Some(0), Some(999), 1_000));
}

/// Names of people are no part of a template, however often each comes.
#[test]
fn words_that_differ_become_places() {
    let mut gathered = Gathered::new();
    let name = |mut n: u32| {
        let mut name = String::from("x");
        for _ in 0..4 {
            name.push(char::from(b"ghijklmnop"[num::index(u64::from(n % 10))]));
            n /= 10;
        }
        name
    };
    for n in 0..3_000u32 {
        let key = format!("cart:{}:items", name(n));
        gathered.add(&SeenKey::named(key.as_bytes()));
        gathered.add(&SeenKey::named(format!("page:{}:{n}", name(n % 30)).as_bytes()));
        gathered.add(&SeenKey::named(b"config"));
        assert!(gathered.groups.len() <= MOST_NAMINGS);
    }
    let expected = [("cart:{word}:items", 3_000), ("config", 3_000), ("page:{word}:{n}", 3_000)];
    let gathered = gathered.settled();
    assert_eq!(spelled(&gathered), expected.map(|(text, keys)| (text.to_owned(), keys)));
    let (_, cart) = gathered.all().next().unwrap();
    assert_eq!(cart.places[0].lengths.mean(), Some(5.0));
}

#[test]
fn hashes_of_numerals_are_hashes() {
    let mut gathered = Gathered::new();
    (0..100).for_each(|n| gathered.add(&SeenKey::named(format!("e:{n:07}a").as_bytes())));
    gathered.add(&SeenKey::named(b"e:12345678"));
    assert_eq!(spelled(&gathered.settled()), [("e:{hex}".to_owned(), 101)]);
}

/// Memory stays bounded whatever the keys are called.
#[test]
fn templates_without_number_are_thrown_together() {
    let mut gathered = Gathered::new();
    for n in 0..4_000u32 {
        let key: String = format!("{n:b}").replace('0', ".").replace('1', "-");
        gathered.add(&SeenKey::named(key.as_bytes()));
    }
    assert!(gathered.groups.len() <= MOST_NAMINGS);
    assert_eq!(gathered.keys(), 4_000);
}
