//! What is asked, from a capture of MONITOR; and, where nothing else tells, what is stored.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use crate::monitor::{Asked, Calls, Capture, Lifetime, Malformed, Stored, Totals};
use crate::units::Micros;

use super::Gathered;
use super::popularity::hash;
use super::seen::{Kind, Life, SeenKey, SeenValue};
use super::watched::Watched;

/// Keys that are told apart; further ones are counted as asked for, and not as keys.
const MOST_KEYS: usize = 4 << 20;

/// What a capture says beside what it says of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// Commands, rates and batches.
    pub totals: Totals,
    /// Lines, whether they could be read or not.
    pub n_lines: u64,
    /// Those that could not.
    pub malformed: Malformed,
}

impl Captured {
    /// The same as what was watched of a server; `None` of less than two moments.
    pub fn watched(&self) -> Option<Watched> {
        let of = |calls: fn(&Calls) -> u64| {
            self.totals.commands.iter().map(move |(name, all)| (name.clone(), calls(all)))
        };
        let mut commands: Vec<(String, u64)> = of(|calls| calls.calls).collect();
        commands.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        Some(Watched {
            span: Micros::of(self.totals.seconds()? * 1e6),
            commands: Some(commands),
            total: self.totals.calls(),
            keys_named: Some(of(|calls| calls.keys).collect()),
            lookups: None,
            network: None,
            gone: None,
        })
    }
}

/// Where the keys of a workload come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysFrom {
    /// Another source: the capture tells only what is asked of them.
    Elsewhere,
    /// The capture: keys that are asked for stand for those that there are, and of each the first
    /// string that is written, with its lifetime.
    Capture,
}

/// Takes in a capture. Commands of scripts are on keys like all others.
///
/// # Errors
/// When the file cannot be read on.
pub fn capture(
    from: impl BufRead,
    keys: KeysFrom,
    gathered: &mut Gathered,
) -> io::Result<Captured> {
    let mut capture = Capture::new(from);
    let mut known = Known::default();
    while let Some(asked) = capture.next_asked()? {
        for key in asked.keys() {
            gathered.asked(key, asked.command(), 1);
        }
        if keys == KeysFrom::Capture {
            known.take(&asked, gathered);
        }
    }
    let (totals, malformed) = (capture.totals().clone(), capture.malformed().clone());
    Ok(Captured { totals, n_lines: capture.n_lines(), malformed })
}

/// Keys of a capture by their hash, and whether their value was seen.
#[derive(Debug, Default)]
struct Known(BTreeMap<u64, bool>);

impl Known {
    fn take(&mut self, asked: &Asked<'_>, gathered: &mut Gathered) {
        let life = asked.lifetime().map(|lifetime| match lifetime {
            Lifetime::Ms(ms) => Life::LeftMs(ms),
            Lifetime::Stays => Life::Stays,
        });
        for (key, bytes) in asked.strings() {
            let value = SeenValue { bytes: Some(bytes), ..SeenValue::of(Kind::String) };
            let seen = SeenKey { value: Some(value), life, ..SeenKey::named(key) };
            self.valued(&seen, gathered);
        }
        for key in asked.keys() {
            match asked.stored() {
                Some(Stored::Collection(kind)) => {
                    let value = Some(SeenValue::of(Kind::Collection(kind)));
                    self.valued(&SeenKey { value, ..SeenKey::named(key) }, gathered);
                }
                Some(Stored::Other) => {
                    let value = Some(SeenValue::of(Kind::Other));
                    self.valued(&SeenKey { value, ..SeenKey::named(key) }, gathered);
                }
                Some(Stored::String) | None => {
                    if self.is_new(hash(key), false) {
                        gathered.add(&SeenKey::named(key));
                    }
                }
            }
        }
    }

    /// Takes in a value, if it is the first of its key.
    fn valued(&mut self, seen: &SeenKey<'_>, gathered: &mut Gathered) {
        let hash = hash(seen.key);
        if self.is_new(hash, true) {
            gathered.add(seen);
        } else if let Some(has_value @ false) = self.0.get_mut(&hash) {
            *has_value = true;
            gathered.add_value(seen);
        }
    }

    fn is_new(&mut self, hash: u64, has_value: bool) -> bool {
        let is_new = self.0.len() < MOST_KEYS && !self.0.contains_key(&hash);
        if is_new {
            self.0.insert(hash, has_value);
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::CollectionKind;
    use crate::learn::values::Held;

    const CAPTURE: &[u8] = b"OK\n\
        1.000000 [0 a:1] \"get\" \"user:1\"\n\
        1.100000 [0 a:1] \"set\" \"user:1\" \"12345\" \"EX\" \"60\"\n\
        1.200000 [0 a:1] \"set\" \"user:1\" \"1234567890\" \"EX\" \"90\"\n\
        1.300000 [0 a:1] \"mset\" \"user:2\" \"1\" \"user:3\" \"333\"\n\
        1.400000 [0 a:1] \"hget\" \"cart:9\" \"item\"\n\
        nonsense\n\
        1.500000 [0 a:1] \"mget\" \"user:1\" \"user:7\"\n";

    #[test]
    fn a_capture_alone_tells_keys_sizes_and_lifetimes() {
        let mut gathered = Gathered::new();
        let captured = capture(CAPTURE, KeysFrom::Capture, &mut gathered).unwrap();
        assert_eq!((captured.n_lines, captured.malformed.count), (8, 1));
        assert_eq!((captured.totals.calls(), captured.totals.commands["mget"].keys), (6, 2));
        assert_eq!((gathered.keys(), gathered.keys_with_values()), (5, 4));
        let groups: Vec<_> = gathered.all().filter(|(_, group)| group.keys > 0).collect();
        let [(_, carts), (_, users)] = &groups[..] else { panic!("{groups:?}") };
        let kind = Kind::Collection(CollectionKind::Hash);
        assert_eq!(carts.values[&Held { kind, is_integer: false }].keys, 1);
        let strings = &users.values[&Held { kind: Kind::String, is_integer: false }];
        assert_eq!((strings.bytes.count(), strings.bytes.sum()), (3, 5 + 1 + 3));
        assert_eq!((strings.left.most(), strings.lives), (Some(60), 3));
        assert_eq!((users.asked["mget"], users.asked["set"]), (2, 2));
        let watched = captured.watched().unwrap();
        assert_eq!((watched.total, watched.keys_per("mget")), (6, Some(2)));
        assert!((watched.rate() - 12.0).abs() < 1e-9);
    }

    #[test]
    fn beside_another_source_it_tells_only_what_is_asked() {
        let mut gathered = Gathered::new();
        capture(CAPTURE, KeysFrom::Elsewhere, &mut gathered).unwrap();
        assert_eq!(gathered.keys(), 0);
        let asked: u64 = gathered.all().flat_map(|(_, group)| group.asked.values()).sum();
        assert_eq!(asked, 8);
    }
}
