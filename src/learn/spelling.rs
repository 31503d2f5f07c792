//! How the keys of a class are spelled in a workload file: by one number, with as many characters as
//! the keys that were seen.
//!
//! A workload file numbers keys one after the other. Where the numbers that were seen are such, they are
//! kept; hashes, UUIDs, words and scattered numbers become zeros and a number that begins where it has
//! the digits it needs. So names have the lengths that were seen, on which memory depends, and none of
//! their text.

use crate::units::num;

use super::gathered::Place;
use super::naming::{Naming, Piece};
use super::spread::Spread;

/// Digits that a number in place of a longer text has, at most.
const MOST_DIGITS: u64 = 15;
/// Of the numbers from the least to the most, the share that exists where they are taken for a sequence.
const DENSE: f64 = 0.85;

/// What a class of keys is called where it is a left-over.
const OTHER: &str = "other:";

/// The template of `keys` keys.
///
/// * `naming`: how they are spelled; `None` for left-overs.
/// * `places`: what fills its places.
/// * `lengths`: of the whole names.
/// * `name`: tells left-overs of different types apart.
pub(super) fn template(
    naming: Option<&Naming>,
    places: &[Place],
    lengths: &Spread,
    keys: u64,
    name: &str,
) -> Numbered {
    let mean = lengths.mean().unwrap_or(0.0);
    let Some((naming, chosen)) = naming.and_then(|it| Some((it, chosen(it, places)?))) else {
        let prefix = if naming.is_some() { String::new() } else { format!("{OTHER}{name}:") };
        let digits = mean - num::float_len(prefix.len());
        return Numbered::of_digits(prefix, String::new(), digits, keys);
    };
    let (mut prefix, mut suffix) = (String::new(), String::new());
    let mut fillings = places.iter();
    for (at, piece) in naming.pieces().iter().enumerate() {
        let side = if at < chosen { &mut prefix } else { &mut suffix };
        match piece {
            Piece::Text(text) => side.push_str(text),
            place => {
                let len = fillings.next().and_then(|place| place.lengths.mean()).unwrap_or(1.0);
                if at != chosen {
                    side.push_str(&filler(place, num::index(num::round(len).max(1))));
                }
            }
        }
    }
    // What a workload file would take for the place of the number.
    for text in [&mut prefix, &mut suffix] {
        *text = text.replace("{n", "(n");
    }
    let numbers: Vec<usize> = naming.places().collect();
    let place = numbers.iter().position(|at| *at == chosen).and_then(|at| places.get(at));
    if numbers.len() == 1
        && let Some(first) = place.and_then(|place| sequence(place, keys))
    {
        return Numbered { prefix, suffix, first };
    }
    let digits = mean - num::float_len(prefix.len() + suffix.len());
    Numbered::of_digits(prefix, suffix, digits, keys)
}

/// A template that counts from some number on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbered {
    prefix: String,
    suffix: String,
    first: u64,
}

impl Numbered {
    /// Numbers of so many digits on average: of two lengths where that is no whole number.
    fn of_digits(mut prefix: String, suffix: String, digits: f64, keys: u64) -> Self {
        let needed = u64::from(keys.max(1).ilog10()) + 1;
        let whole = num::round((digits + 0.02).floor());
        let shorter = (1.0 - (digits - num::float(whole)).clamp(0.0, 1.0)) * num::float(keys);
        let len = whole.clamp(1, MOST_DIGITS);
        prefix.extend(std::iter::repeat_n('0', num::index(whole.saturating_sub(len))));
        if len < needed {
            return Self { prefix, suffix, first: 0 };
        }
        let power = |digits: u64| 10u64.pow(u32::try_from(digits).expect("at most 16"));
        let (least, past) = (power(len - 1), power(len));
        // All of one length begin with a 1; of two lengths they begin before the next power of ten.
        let is_even = shorter >= num::float(keys) * 0.98 && keys <= past - least;
        let first = if is_even { least } else { past.saturating_sub(num::round(shorter)) };
        Self { prefix, suffix, first }
    }

    /// The template that goes on after `keys` keys of this one.
    pub(super) fn after(&self, keys: u64) -> Self {
        Self { first: self.first + keys, ..self.clone() }
    }

    /// The same for `keys` keys that are none of the others': beyond them where they would be.
    ///
    /// * `others`: templates and how many keys each has.
    pub(super) fn apart<'a>(
        mut self,
        keys: u64,
        others: impl Iterator<Item = (&'a Self, u64)>,
    ) -> Self {
        let is_alike = |other: &Self| other.prefix == self.prefix && other.suffix == self.suffix;
        let mut taken: Vec<(u64, u64)> = others
            .filter(|(other, _)| is_alike(other))
            .map(|(other, n)| (other.first, other.first + n))
            .collect();
        taken.sort_unstable();
        for (first, past) in taken {
            if self.first < past && first < self.first + keys {
                self.first = past;
            }
        }
        self
    }
}

/// As a workload file spells it.
impl std::fmt::Display for Numbered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.first {
            0 => write!(f, "{}{{n}}{}", self.prefix, self.suffix),
            first => write!(f, "{}{{n+{first}}}{}", self.prefix, self.suffix),
        }
    }
}

/// The piece that becomes the number: the numbers that go farthest, or else the longest text.
fn chosen(naming: &Naming, places: &[Place]) -> Option<usize> {
    let weight = |(at, place): (usize, &Place)| {
        let is_number = naming.pieces()[at] == Piece::Number;
        let range = place.numbers.most().filter(|_| is_number).unwrap_or(0);
        (range, num::round(place.lengths.mean().unwrap_or(0.0)), at)
    };
    naming.places().zip(places).map(weight).max().map(|(_, _, at)| at)
}

/// The first of numbers that follow each other; `None` where they have gaps or leading zeros.
fn sequence(place: &Place, keys: u64) -> Option<u64> {
    let (least, most, seen) =
        (place.numbers.least()?, place.numbers.most()?, place.numbers.count());
    if seen < place.lengths.count() {
        return None;
    }
    let digits = |n: u64| num::float_len(n.to_string().len());
    let is_plain = place.lengths.most().map(num::float) == Some(digits(most))
        && place.lengths.least().map(num::float) == Some(digits(least));
    // Of numbers drawn at random the least and the most lie a gap inside the ends.
    let range = num::float(most - least + 1);
    let gap = range / num::float(seen.max(1));
    let is_dense = num::float(keys) / (range + 2.0 * gap) >= DENSE;
    if !is_plain || !is_dense {
        return None;
    }
    // The roundest number that the first may be.
    let rounded =
        (0..=MOST_DIGITS).rev().map(|digits| 10u64.pow(u32::try_from(digits).unwrap_or(0)));
    rounded.map(|unit| least / unit * unit).find(|first| num::float(least - first) <= 8.0 * gap)
}

fn filler(piece: &Piece, len: usize) -> String {
    let one = match piece {
        Piece::Number | Piece::Hex | Piece::Uuid => '0',
        Piece::Opaque | Piece::Word | Piece::Text(_) => 'x',
    };
    match piece {
        Piece::Uuid => "00000000-0000-4000-8000-000000000000".into(),
        _ => std::iter::repeat_n(one, len).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{Gathered, SeenKey};
    use crate::spec::KeyTemplate;

    /// The template of these keys, of which there are `keys`, and how far its mean length is off.
    #[track_caller]
    fn check(seen: impl Iterator<Item = String>, keys: u64, expected: &str) {
        let mut gathered = Gathered::new();
        seen.for_each(|key| gathered.add(&SeenKey::named(key.as_bytes())));
        let gathered = gathered.settled();
        let (naming, group) = gathered.all().next().unwrap();
        let template = template(naming, &group.places, &group.lengths, keys, "string").to_string();
        assert_eq!(template, expected);
        let lengths = KeyTemplate::parse(&template).unwrap().lengths(keys);
        let sum: f64 = lengths.iter().map(|(len, n)| num::float_len(*len) * num::float(*n)).sum();
        let (mean, seen) = (sum / num::float(keys), group.lengths.mean().unwrap());
        assert!((mean - seen).abs() < 0.03, "{template}: {mean} for {seen}");
    }

    /// Every seventh of the numbers, as a sample finds them.
    fn sample(keys: std::ops::Range<u64>) -> impl Iterator<Item = u64> {
        keys.step_by(7)
    }

    #[test]
    fn braces_that_hold_an_n_are_no_place() {
        check((0..5_000u64).map(|n| format!("a{{n}}:{n}")), 5_000, "a(n}:{n}");
    }

    #[test]
    fn sequences_are_kept() {
        check(sample(1_000_003..1_099_999).map(|n| format!("a:{n}")), 100_000, "a:{n+1000000}");
        check(sample(3..200_000).map(|n| format!("a:{n}:b")), 200_000, "a:{n}:b");
        check(sample(1_000_000..1_100_000).map(|n| format!("a:{n}")), 100_000, "a:{n+1000000}");
    }

    #[test]
    fn keys_of_two_classes_are_not_the_same() {
        let of = |first| Numbered { prefix: "a:".into(), suffix: String::new(), first };
        let taken = [(of(50), 100), (of(0), 30)];
        let others = || taken.iter().map(|(one, keys)| (one, *keys));
        assert_eq!(of(10).apart(15, others()), of(30));
        assert_eq!(of(10).apart(40, others()), of(150));
        assert_eq!(of(200).apart(40, others()), of(200));
        let other = Numbered { prefix: "b:".into(), ..of(10) };
        assert_eq!(other.clone().apart(40, others()), other);
    }

    #[test]
    fn what_is_no_sequence_keeps_its_length() {
        let hash = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let scattered = (1..5_000u64).map(|n| format!("u:{}", hash(n) % 100_000_000));
        check(scattered, 1_000_000, "u:{n+9887978}");
        let padded = (1..5_000u64).map(|n| format!("p:{:012}", hash(n) % 100_000_000));
        check(padded, 1_000_000, "p:{n+100000000000}");
        let uuid = |n: u64| {
            let hex = format!("{:016x}{:016x}", hash(n), hash(hash(n)));
            let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
            format!("session:{}", parts.join("-"))
        };
        let zeros = "0".repeat(21);
        let expected = format!("session:{zeros}{{n+100000000000000}}");
        check((0..1_000).map(uuid), 5_000_000, &expected);
        let two = (0..5_000u64).map(|n| format!("u:{}:{}", hash(n) % 90 + 10, 100_000 + n % 1_000));
        check(two, 80_000, "u:00:{n+100000}");
    }
}
