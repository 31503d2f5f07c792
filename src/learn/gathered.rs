//! What is kept of all keys that were seen: counts and spreads by template, in bounded memory.

use std::collections::BTreeMap;

use crate::units::num;

use super::naming::{Filled, Naming, Piece};
use super::popularity::Popularity;
use super::seen::SeenKey;
use super::spread::Spread;
use super::values::{Held, Values};

/// Templates that are told apart while keys come in; with more of them, words that differ become
/// places, and what is rare then is thrown together.
const MOST_NAMINGS: usize = 512;
/// Templates that differ in one word only and are taken for one template: while there are too many,
/// and in the end.
const ALIKE_WHEN_FULL: usize = 8;
const ALIKE_IN_THE_END: usize = 24;
/// Keys of a template whose values were seen, after which all others hold the same as far as they did.
const ENOUGH: u64 = 2_500;
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
    /// How those are spread over the keys.
    pub popularity: Popularity,
}

/// What fills one place of a template.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub lengths: Spread,
    /// Values of those that are numbers.
    pub numbers: Spread,
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
        group.add_value(seen);
        if self.groups.len() > MOST_NAMINGS {
            self.unite(ALIKE_WHEN_FULL);
            self.drop_rare();
        }
    }

    /// Takes in the value of a key that was taken in without one.
    pub(super) fn add_value(&mut self, seen: &SeenKey<'_>) {
        self.group_of(seen.key).0.add_value(seen);
    }

    /// Counts `times` commands of that name, in lower case, on a key. The key itself is not counted:
    /// whoever captures commands sees the keys that are asked for, not those that there are.
    pub fn asked(&mut self, key: &[u8], command: &str, times: u64) {
        let (group, _) = self.group_of(key);
        group.popularity.add(key, times);
        match group.asked.get_mut(command) {
            Some(count) => *count += times,
            None => {
                group.asked.insert(command.to_owned(), times);
            }
        }
    }

    /// How many keys of the template of `key` have been seen with their value.
    pub fn looked_at(&self, key: &[u8]) -> u64 {
        self.known(key).map_or(0, Group::looked_at)
    }

    /// What the keys of this key's template hold, once so many were seen, all alike, that of further
    /// ones only the length need be asked.
    pub fn surely(&self, key: &[u8]) -> Option<Held> {
        let group = self.known(key)?;
        let mut held = group.values.iter();
        match (held.next(), held.next()) {
            (Some((held, values)), None) if values.keys >= ENOUGH => Some(*held),
            _ => None,
        }
    }

    fn known(&self, key: &[u8]) -> Option<&Group> {
        let (naming, filled) = Naming::of(key);
        self.groups.get(&naming).or_else(|| {
            let general = self.general.iter().find(|it| naming.filling(it, &filled).is_some());
            general.and_then(|general| self.groups.get(general))
        })
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
            let (naming, group) = with_fixed_numbers(&naming, group);
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

    fn add_value(&mut self, seen: &SeenKey<'_>) {
        if let Some(value) = &seen.value {
            self.values.entry(Held::of(value)).or_default().add(seen, value);
        }
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
        self.popularity.merge(&other.popularity);
    }
}

/// A place where every key has the same number is no place.
fn with_fixed_numbers(naming: &Naming, mut group: Group) -> (Naming, Group) {
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

#[cfg(test)]
mod tests;
