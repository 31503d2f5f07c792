//! What is kept of all keys that were seen: counts and spreads by template, in bounded memory.

use std::collections::BTreeMap;

use crate::engine::CollectionKind;
use crate::units::num;

use super::naming::{Filled, Naming, Piece};
use super::seen::{Kind, Life, SeenElement, SeenKey, SeenValue, Used};
use super::spread::Spread;

/// Templates that are told apart while keys come in; with more of them, words that differ become
/// places, and what is rare then is thrown together.
const MOST_NAMINGS: usize = 512;
/// Templates that differ in one word only and are taken for one template: while there are too many,
/// and in the end.
const ALIKE_WHEN_FULL: usize = 8;
const ALIKE_IN_THE_END: usize = 24;
/// A hash of numerals only looks like a number: such keys are so few beside the others of their
/// template, as a share.
const NUMERALS_ONLY: u64 = 10;

/// All keys of a source. Takes some hundred kB, however many keys there are.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    groups: BTreeMap<Naming, Group>,
    /// Templates with words as places, which further keys are compared with.
    general: Vec<Naming>,
    /// Keys of templates beyond the limit.
    other: Group,
}

/// The keys of one template.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    /// How many were seen.
    pub keys: u64,
    /// Lengths of their names.
    pub lengths: Spread,
    /// What fills the places of the template, in order.
    pub places: Vec<Place>,
    /// Those whose value was seen, by what they hold.
    pub values: BTreeMap<Held, Values>,
    /// Commands that were seen on them, in lower case.
    pub asked: BTreeMap<String, u64>,
}

/// What fills one place of a template.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub lengths: Spread,
    /// Values of those that are numbers.
    pub numbers: Spread,
}

/// What keys hold. Strings that are numbers, and sets of numbers, are apart from others: an engine
/// stores them otherwise. Further encodings follow from lengths and counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Held {
    /// The type.
    pub kind: Kind,
    /// Whether it is stored as a number, or as a set of numbers.
    pub is_integer: bool,
}

/// What is known of the values of some keys.
#[derive(Debug, Clone, Default)]
pub struct Values {
    /// How many keys.
    pub keys: u64,
    /// Keys by encoding, as `OBJECT ENCODING` names them.
    pub encodings: BTreeMap<String, u64>,
    /// Lengths of strings.
    pub bytes: Spread,
    /// Elements of collections.
    pub elements: Spread,
    /// Fields of hashes, members of sets and sorted sets.
    pub members: Texts,
    /// Values of fields, elements of lists.
    pub items: Texts,
    /// Scores.
    pub scores: Texts,
    /// Keys whose lifetime is known.
    pub lives: u64,
    /// Seconds left to those of them that expire.
    pub left: Spread,
    /// What `MEMORY USAGE` said of some.
    pub memory_usage: Spread,
    /// Seconds since their last use.
    pub idle: Spread,
    /// Keys by the engine's logarithmic counter of uses.
    pub frequencies: BTreeMap<u8, u64>,
}

/// Texts within collections.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    /// Their lengths.
    pub lengths: Spread,
    /// How many of them are numbers.
    pub integers: u64,
}

impl Gathered {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a key; nothing of its name or value stays but lengths.
    pub fn add(&mut self, seen: &SeenKey<'_>) {
        let (group, filled) = self.group_of(seen.key);
        group.keys += 1;
        group.lengths.add(num::count(seen.key.len()));
        for (place, filled) in group.places.iter_mut().zip(&filled) {
            place.lengths.add(filled.len);
            filled.number.into_iter().for_each(|number| place.numbers.add(number));
        }
        if let Some(value) = &seen.value {
            group.values.entry(Held::of(value)).or_default().add(seen, value);
        }
        if self.groups.len() > MOST_NAMINGS {
            self.unite(ALIKE_WHEN_FULL);
            self.drop_rare();
        }
    }

    /// Counts `times` commands of that name, in lower case, on a key. The key itself is not counted:
    /// whoever captures commands sees the keys that are asked for, not those that there are.
    pub fn asked(&mut self, key: &[u8], command: &str, times: u64) {
        let (group, _) = self.group_of(key);
        match group.asked.get_mut(command) {
            Some(count) => *count += times,
            None => {
                group.asked.insert(command.to_owned(), times);
            }
        }
    }

    /// How many keys of the template of `key` have been seen with their value.
    pub fn looked_at(&self, key: &[u8]) -> u64 {
        let (naming, filled) = Naming::of(key);
        let known = self.groups.get(&naming).or_else(|| {
            let general = self.general.iter().find(|it| naming.filling(it, &filled).is_some());
            general.and_then(|general| self.groups.get(general))
        });
        known.map_or(0, Group::looked_at)
    }

    /// Keys that were seen.
    pub fn keys(&self) -> u64 {
        self.all().map(|(_, group)| group.keys).sum()
    }

    /// Keys that were seen with their value.
    pub fn keys_with_values(&self) -> u64 {
        self.all().map(|(_, group)| group.looked_at()).sum()
    }

    /// All templates with their keys; `None` for what fits none.
    pub(super) fn all(&self) -> impl Iterator<Item = (Option<&Naming>, &Group)> {
        let groups = self.groups.iter().map(|(naming, group)| (Some(naming), group));
        groups.chain([(None, &self.other)])
    }

    /// The same once all keys are in: words that differ are places then, and numbers that do not are
    /// text.
    pub(super) fn settled(mut self) -> Self {
        self.unite(ALIKE_IN_THE_END);
        self.absorb_numerals();
        let groups = std::mem::take(&mut self.groups);
        for (naming, group) in groups {
            let (naming, group) = with_fixed_numbers(naming, group);
            self.groups.entry(naming).or_default().merge(&group);
        }
        self
    }

    fn group_of(&mut self, key: &[u8]) -> (&mut Group, Vec<Filled>) {
        let (mut naming, mut filled) = Naming::of(key);
        if !self.groups.contains_key(&naming) {
            let of_general =
                |general: &Naming| Some((general.clone(), naming.filling(general, &filled)?));
            if let Some(found) = self.general.iter().find_map(of_general) {
                (naming, filled) = found;
            }
        }
        (self.groups.entry(naming).or_default().with_places(filled.len()), filled)
    }

    /// Makes one template of those that differ in one word only where there are at least so many.
    fn unite(&mut self, at_least: usize) {
        loop {
            let mut alike: BTreeMap<Naming, usize> = BTreeMap::new();
            for naming in self.groups.keys() {
                for at in naming.words() {
                    *alike.entry(naming.with(at, Piece::Word)).or_default() += 1;
                }
            }
            let most = alike.into_iter().max_by_key(|(_, count)| *count);
            let Some((general, _)) = most.filter(|(_, count)| *count >= at_least) else { return };
            let groups = std::mem::take(&mut self.groups);
            let mut united = Group::default();
            for (naming, group) in groups {
                match group.within(&naming, &general) {
                    Some(group) => united.merge(&group),
                    None => {
                        self.groups.insert(naming, group);
                    }
                }
            }
            self.groups.entry(general.clone()).or_default().merge(&united);
            self.general.push(general);
        }
    }

    /// Throws the rarest half of the templates together while there are too many.
    fn drop_rare(&mut self) {
        if self.groups.len() <= MOST_NAMINGS {
            return;
        }
        let mut counts: Vec<u64> = self.groups.values().map(|group| group.keys).collect();
        counts.sort_unstable();
        let limit = counts[counts.len() / 2];
        let groups = std::mem::take(&mut self.groups);
        for (naming, group) in groups {
            if group.keys <= limit {
                self.other.merge(&Group { places: Vec::new(), ..group });
            } else {
                self.groups.insert(naming, group);
            }
        }
    }

    /// Counts keys whose hash has no letter with those whose hash has some.
    fn absorb_numerals(&mut self) {
        let hashes: Vec<Naming> = self.groups.keys().cloned().collect();
        for naming in hashes {
            for at in naming.places() {
                let as_number = naming.with(at, Piece::Number);
                let is_hash = naming.pieces()[at] == Piece::Hex;
                let (Some(few), Some(many)) =
                    (self.groups.get(&as_number), self.groups.get(&naming))
                else {
                    continue;
                };
                if is_hash && few.keys * NUMERALS_ONLY < many.keys {
                    let few = self.groups.remove(&as_number).expect("it was there");
                    self.groups.entry(naming.clone()).or_default().merge(&few);
                }
            }
        }
    }
}

impl Group {
    /// Keys whose value was seen.
    pub(super) fn looked_at(&self) -> u64 {
        self.values.values().map(|values| values.keys).sum()
    }

    fn with_places(&mut self, places: usize) -> &mut Self {
        if self.places.len() < places {
            self.places.resize(places, Place::default());
        }
        self
    }

    /// The same keys under a more general template; `None` where that does not include theirs.
    fn within(&self, naming: &Naming, general: &Naming) -> Option<Self> {
        let blank = vec![Filled { len: 0, number: None }; self.places.len()];
        naming.filling(general, &blank)?;
        let mut own = self.places.iter();
        let place = |at: usize| match &naming.pieces()[at] {
            Piece::Text(word) => {
                let mut lengths = Spread::default();
                lengths.add_times(num::count(word.len()), self.keys);
                Place { lengths, numbers: Spread::default() }
            }
            _ => own.next().cloned().unwrap_or_default(),
        };
        let places = general.places().map(place).collect();
        Some(Self { places, ..self.clone() })
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.keys += other.keys;
        self.lengths.merge(&other.lengths);
        self.with_places(other.places.len());
        for (place, more) in self.places.iter_mut().zip(&other.places) {
            place.lengths.merge(&more.lengths);
            place.numbers.merge(&more.numbers);
        }
        for (held, values) in &other.values {
            self.values.entry(*held).or_default().merge(values);
        }
        for (command, times) in &other.asked {
            *self.asked.entry(command.clone()).or_default() += times;
        }
    }
}

/// A place where every key has the same number is no place.
fn with_fixed_numbers(naming: Naming, mut group: Group) -> (Naming, Group) {
    let places: Vec<usize> = naming.places().collect();
    let mut pieces = naming.pieces().to_vec();
    let mut kept = Vec::new();
    for (at, place) in places.into_iter().zip(std::mem::take(&mut group.places)) {
        let number = place.numbers.least().filter(|_| place.numbers.is_fixed());
        let is_fixed = place.lengths.is_fixed() && group.keys > 1 && pieces[at] == Piece::Number;
        match (number, place.lengths.least()) {
            (Some(number), Some(len)) if is_fixed => {
                pieces[at] = Piece::Text(format!("{number:0len$}", len = num::index(len)));
            }
            _ => kept.push(place),
        }
    }
    group.places = kept;
    (Naming::new(pieces), group)
}

impl Held {
    fn of(value: &SeenValue<'_>) -> Self {
        let is_integer = match value.kind {
            Kind::String => value.encoding == Some("int"),
            Kind::Collection(CollectionKind::Set) => value.encoding == Some("intset"),
            Kind::Collection(_) | Kind::Other => false,
        };
        Self { kind: value.kind, is_integer }
    }
}

impl Values {
    fn add(&mut self, seen: &SeenKey<'_>, value: &SeenValue<'_>) {
        self.keys += 1;
        if let Some(encoding) = value.encoding {
            match self.encodings.get_mut(encoding) {
                Some(count) => *count += 1,
                None => {
                    self.encodings.insert(encoding.to_owned(), 1);
                }
            }
        }
        value.bytes.into_iter().for_each(|bytes| self.bytes.add(bytes));
        value.elements.into_iter().for_each(|elements| self.elements.add(elements));
        for SeenElement { member, value, score } in value.sample {
            for (texts, text) in
                [(&mut self.members, member), (&mut self.items, value), (&mut self.scores, score)]
            {
                if let Some(text) = text {
                    texts.lengths.add(text.len);
                    texts.integers += u64::from(text.is_integer);
                }
            }
        }
        match seen.life {
            None => {}
            Some(Life::Stays) => self.lives += 1,
            Some(Life::LeftMs(ms)) => {
                self.lives += 1;
                self.left.add(ms.div_ceil(1000));
            }
        }
        seen.memory_usage.into_iter().for_each(|usage| self.memory_usage.add(usage.get()));
        match seen.used {
            None => {}
            Some(Used::IdleSecs(secs)) => self.idle.add(secs),
            Some(Used::Frequency(counter)) => *self.frequencies.entry(counter).or_default() += 1,
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.keys += other.keys;
        for (encoding, keys) in &other.encodings {
            *self.encodings.entry(encoding.clone()).or_default() += keys;
        }
        self.lives += other.lives;
        for (own, more) in [
            (&mut self.bytes, &other.bytes),
            (&mut self.elements, &other.elements),
            (&mut self.left, &other.left),
            (&mut self.memory_usage, &other.memory_usage),
            (&mut self.idle, &other.idle),
        ] {
            own.merge(more);
        }
        for (own, more) in [
            (&mut self.members, &other.members),
            (&mut self.items, &other.items),
            (&mut self.scores, &other.scores),
        ] {
            own.lengths.merge(&more.lengths);
            own.integers += more.integers;
        }
        for (counter, keys) in &other.frequencies {
            *self.frequencies.entry(*counter).or_default() += keys;
        }
    }

    /// The share of keys that expire; `None` where no lifetime is known.
    pub fn volatile_share(&self) -> Option<f64> {
        (self.lives > 0).then(|| num::float(self.left.count()) / num::float(self.lives))
    }
}

impl Texts {
    /// The share of them that are numbers; `None` without any.
    pub fn integer_share(&self) -> Option<f64> {
        let count = self.lengths.count();
        (count > 0).then(|| num::float(self.integers) / num::float(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(len: u64) -> SeenValue<'static> {
        let encoding = Some(if len > 44 { "raw" } else { "embstr" });
        SeenValue { encoding, bytes: Some(len), ..SeenValue::of(Kind::String) }
    }

    fn spelled(gathered: &Gathered) -> Vec<(String, u64)> {
        let all = gathered.all().filter(|(_, group)| group.keys > 0);
        all.map(|(it, group)| (it.map_or("other".into(), ToString::to_string), group.keys))
            .collect()
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
        let expected =
            [("cart:{word}:items", 3_000), ("config", 3_000), ("page:{word}:{n}", 3_000)];
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
}
