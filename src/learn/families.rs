//! Which classes there are: keys of one template that hold the same.

use crate::units::num;

use super::gathered::{Gathered, Group, Place};
use super::naming::Naming;
use super::popularity::Popularity;
use super::skew::{Skew, skew};
use super::spread::Spread;
use super::values::{Held, Values};

/// Classes of a learned file, at most; keys of others make one class for each type.
const MOST_CLASSES: usize = 24;
/// Keys whose value was seen, at least, and their share of all keys, for a class of their own: what is
/// rarer may not be a template but somebody's name.
const FEWEST_SEEN: u64 = 16;
const LEAST_SHARE: f64 = 0.001;

/// Keys of one template that hold the same.
#[derive(Debug, Clone)]
pub(super) struct Family {
    /// How they are spelled; `None` for what is left over.
    pub naming: Option<Naming>,
    /// What they hold.
    pub held: Held,
    /// Of all keys that were seen, the share that is theirs, 0 to 1.
    pub share: f64,
    /// Lengths of the names.
    pub lengths: Spread,
    /// What fills the places of the template.
    pub places: Vec<Place>,
    /// What they hold, of those that were looked at.
    pub values: Values,
    /// Commands that were seen on keys of the template, and how often: its part of them by its keys.
    pub asked: Vec<(String, f64)>,
    /// How those are spread over its keys.
    pub popularity: Popularity,
}

/// All families, those with the most keys first and left-overs last.
#[derive(Debug, Clone)]
pub(super) struct Families {
    pub all: Vec<Family>,
    /// Keys that were seen.
    pub keys: u64,
    /// Keys that were looked at.
    pub looked_at: u64,
    /// Templates that share the left-over classes.
    pub rare_templates: u64,
    /// Share of keys whose type nobody looked at.
    pub unknown: f64,
}

impl Families {
    /// Of everything that was seen.
    pub(super) fn of(gathered: Gathered) -> Self {
        let gathered = gathered.settled();
        let (keys, looked_at) = (gathered.keys(), gathered.keys_with_values());
        let total = num::float(keys.max(1));
        let mut own = Vec::new();
        let mut rare: Vec<Family> = Vec::new();
        let mut rare_templates = 0;
        let mut unknown = 0.0;
        for (naming, group) in gathered.all().filter(|(_, group)| group.keys > 0) {
            if group.looked_at() == 0 {
                unknown += num::float(group.keys) / total;
                continue;
            }
            for family in of_group(naming, group, total) {
                let is_rare = family.values.keys < FEWEST_SEEN || family.share < LEAST_SHARE;
                if naming.is_none() || is_rare { rare.push(family) } else { own.push(family) }
            }
        }
        own.sort_by(|a, b| b.share.total_cmp(&a.share));
        if own.len() > MOST_CLASSES {
            rare.extend(own.split_off(MOST_CLASSES));
        }
        let mut left: Vec<Family> = Vec::new();
        for family in rare {
            rare_templates += 1;
            match left.iter_mut().find(|one| one.held == family.held) {
                Some(one) => one.merge(&family),
                None => left.push(Family { naming: None, places: Vec::new(), ..family }),
            }
        }
        own.extend(left);
        // Types that were seen stand for those that were not.
        if unknown < 1.0 {
            for family in &mut own {
                family.share /= 1.0 - unknown;
            }
        }
        Self { all: own, keys, looked_at, rare_templates, unknown }
    }
}

/// The families of one template.
fn of_group(naming: Option<&Naming>, group: &Group, total: f64) -> Vec<Family> {
    let looked_at = num::float(group.looked_at());
    let part = |values: &Values| num::float(values.keys) / looked_at;
    let asked = |part: f64| {
        group.asked.iter().map(|(command, n)| (command.clone(), num::float(*n) * part)).collect()
    };
    let family = |(held, values): (&Held, &Values)| Family {
        naming: naming.cloned(),
        held: *held,
        share: num::float(group.keys) / total * part(values),
        lengths: group.lengths.clone(),
        places: group.places.clone(),
        values: values.clone(),
        asked: asked(part(values)),
        popularity: group.popularity.clone(),
    };
    group.values.iter().map(family).collect()
}

impl Family {
    /// How unevenly its `keys` keys are used: from the commands that were seen on them, or else from
    /// the time since their last use; `None` where neither tells.
    pub(super) fn skew(&self, keys: u64) -> Option<Skew> {
        // A source that knows no other keys than those that were asked for has not counted them.
        let counted = Some(keys).filter(|keys| *keys > self.popularity.distinct());
        self.popularity.skew(counted).or_else(|| skew(&self.values.idle, keys))
    }

    fn merge(&mut self, other: &Self) {
        self.share += other.share;
        self.lengths.merge(&other.lengths);
        self.values.merge(&other.values);
        self.popularity.merge(&other.popularity);
    }

    /// A name for it, of the words of its template.
    pub(super) fn word(&self) -> String {
        let Some(naming) = &self.naming else {
            return format!("other-{}", self.held.word());
        };
        let words: Vec<String> =
            naming.words().map(|at| naming.pieces()[at].spelled().to_lowercase()).collect();
        let name = if words.is_empty() { self.held.word().to_owned() } else { words.join("-") };
        name.chars().filter(char::is_ascii_graphic).take(40).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Kind, SeenKey, SeenValue};

    fn add(gathered: &mut Gathered, key: &str, kind: Option<Kind>) {
        let value = kind.map(SeenValue::of);
        gathered.add(&SeenKey { value, ..SeenKey::named(key.as_bytes()) });
    }

    /// Whoever looks closer at some keys only counts all.
    #[test]
    fn shares_are_those_of_all_keys_and_types_those_of_the_keys_looked_at() {
        let mut gathered = Gathered::new();
        for n in 0..8_000 {
            let kind = if n % 4 == 0 { Kind::Other } else { Kind::String };
            add(&mut gathered, &format!("a:{n}"), (n < 400).then_some(kind));
        }
        for n in 0..2_000 {
            add(&mut gathered, &format!("b:{n}"), (n < 1_000).then_some(Kind::String));
        }
        let found = Families::of(gathered);
        let shares: Vec<(String, f64)> =
            found.all.iter().map(|family| (family.word(), family.share)).collect();
        assert_eq!((found.keys, found.looked_at), (10_000, 1_400));
        for ((name, share), (expected, of)) in
            shares.iter().zip([("a", 0.6), ("a", 0.2), ("b", 0.2)])
        {
            assert!(name == expected && (share - of).abs() < 1e-9, "{name} {share}");
        }
    }

    #[test]
    fn what_is_rare_is_left_over_and_names_nobody() {
        let mut gathered = Gathered::new();
        (0..10_000).for_each(|n| add(&mut gathered, &format!("a:{n}"), Some(Kind::String)));
        (0..9).for_each(|n| add(&mut gathered, &format!("alice:{n}"), Some(Kind::String)));
        add(&mut gathered, "bob", None);
        let found = Families::of(gathered);
        let words: Vec<String> = found.all.iter().map(Family::word).collect();
        assert_eq!(words, ["a", "other-string"]);
        assert_eq!(found.rare_templates, 1);
        assert!((found.unknown - 1.0 / 10_010.0).abs() < 1e-12);
    }

    #[test]
    fn a_file_has_a_bounded_number_of_classes() {
        let mut gathered = Gathered::new();
        // Templates that differ in how many numbers they have, not in a word.
        for n in 0..40 * 100 {
            let numbers = ":7".repeat(n % 40);
            add(&mut gathered, &format!("a:{n}{numbers}:b"), Some(Kind::String));
        }
        let found = Families::of(gathered);
        assert_eq!(found.all.len(), MOST_CLASSES + 1);
        let shares: f64 = found.all.iter().map(|family| family.share).sum();
        assert!((shares - 1.0).abs() < 1e-9, "{shares}");
    }
}
