//! Keys from a snapshot file: all that are stored, and what under each.

use std::io::Read;

use crate::engine::{Allocator, EngineVersion};
use crate::model::memory::law_for;
use crate::rdb::{About, Element, Entry, RdbError, Reader, Text, ValueType};

use super::Gathered;
use super::back_test::Sampled;
use super::seen::{Kind, Life, SeenElement, SeenKey, SeenText, SeenValue, Used};

/// What a snapshot says beside what it says of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRead {
    /// What the file says of itself.
    pub about: About,
    /// Whether keys have a time or a count of uses, which they have where the server evicts by it.
    pub has_uses: bool,
}

impl SnapshotRead {
    /// The engine that wrote it; `None` where the file does not say one that is known.
    pub fn engine(&self) -> Option<EngineVersion> {
        let About { product, engine_version, .. } = &self.about;
        EngineVersion::parse(&format!("{}-{}", (*product)?, engine_version.as_ref()?))
    }

    /// The server that wrote it, to compare the memory law with: built as official packages are, without
    /// clients. `None` where the file does not tell its engine and memory.
    pub(super) fn server(&self) -> Option<Sampled> {
        let engine = self.engine()?;
        Some(Sampled {
            engine,
            allocator: Allocator::JemallocQ8,
            shares_integers: !self.has_uses,
            slots: Vec::new(),
            used_memory: self.about.used_memory?,
            beside_keys: law_for(engine).baseline,
        })
    }
}

/// Takes in every key of a snapshot.
///
/// Lifetimes count from when the file was begun: what is left to a key was left to it then.
///
/// # Errors
/// Where the file cannot be read on; the keys before that have been taken in.
pub fn snapshot(from: impl Read, gathered: &mut Gathered) -> Result<SnapshotRead, RdbError> {
    let mut reader = Reader::new(from)?;
    let (mut sample, mut has_uses) = (Vec::new(), false);
    while reader.advance()? {
        let (entry, about) = (reader.entry(), reader.about());
        has_uses |= entry.frequency.is_some() || entry.idle_seconds.is_some();
        sample.clear();
        sample.extend(entry.elements.sample().iter().map(element));
        let value = SeenValue {
            kind: kind(entry.value_type),
            encoding: Some(entry.encoding.answer()),
            bytes: entry.bytes.filter(|_| entry.value_type == ValueType::String),
            elements: match entry.value_type {
                ValueType::Collection(_) => Some(entry.elements.count()),
                _ => None,
            },
            sample: &sample,
        };
        gathered.add(&SeenKey {
            value: Some(value),
            life: life(entry, about),
            used: entry.frequency.map(Used::Frequency).or(entry.idle_seconds.map(Used::IdleSecs)),
            ..SeenKey::named(&entry.key)
        });
    }
    Ok(SnapshotRead { about: reader.about().clone(), has_uses })
}

fn kind(value_type: ValueType) -> Kind {
    match value_type {
        ValueType::String => Kind::String,
        ValueType::Collection(kind) => Kind::Collection(kind),
        ValueType::Stream | ValueType::Module => Kind::Other,
    }
}

/// `None` for a key that expires where the file does not say when it was written.
fn life(entry: &Entry, about: &About) -> Option<Life> {
    let Some(at_ms) = entry.expires_at_ms else { return Some(Life::Stays) };
    // The file tells the second: at its end nothing has longer to live than it was given.
    let begun_ms = about.created_s?.saturating_mul(1000).saturating_add(999);
    Some(Life::LeftMs(at_ms.saturating_sub(begun_ms)))
}

fn element(element: &Element) -> SeenElement {
    let text = |text: Text| SeenText { len: text.len, is_integer: text.is_integer };
    SeenElement {
        member: element.member.map(text),
        value: element.value.map(text),
        score: element.score.map(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::CollectionKind;
    use crate::learn::values::Held;

    /// Two strings of which one expires after ten seconds, and a hash of two fields.
    const FILE: &[u8] = b"REDIS0009\xfa\x05ctime\xc1\x64\x00\
        \xfc\xb0\xad\x01\x00\x00\x00\x00\x00\xf8\x07\x00\x03a:1\x03one\
        \x00\x03a:2\xc0\x07\
        \xf9\x05\x04\x03h:1\x02\x02f1\x03one\x02f2\x04four\
        \xff\0\0\0\0\0\0\0\0";

    #[test]
    fn keys_come_with_all_that_the_file_tells() {
        let mut gathered = Gathered::new();
        let read = snapshot(FILE, &mut gathered).unwrap();
        assert_eq!((read.about.created_s, read.has_uses), (Some(100), true));
        assert_eq!((read.engine(), read.server()), (None, None));
        assert_eq!((gathered.keys(), gathered.keys_with_values()), (3, 3));
        let groups: Vec<_> = gathered.all().filter(|(_, group)| group.keys > 0).collect();
        assert_eq!(groups.len(), 2, "a:{{n}} and h:{{n}}");

        let strings = groups[0].1;
        let of = |is_integer| &strings.values[&Held { kind: Kind::String, is_integer }];
        let (text, number) = (of(false), of(true));
        assert_eq!((text.bytes.sum(), text.left.most(), text.idle.sum()), (3, Some(10), 7));
        assert_eq!((number.bytes.sum(), number.lives, number.left.count()), (1, 1, 0));

        let kind = Kind::Collection(CollectionKind::Hash);
        let hash = &groups[1].1.values[&Held { kind, is_integer: false }];
        assert_eq!((hash.elements.sum(), hash.members.lengths.sum()), (2, 4));
        assert_eq!((hash.items.lengths.sum(), hash.frequencies[&5]), (7, 1));
        assert_eq!(hash.encodings["hashtable"], 1);
    }

    #[test]
    fn a_broken_file_says_where() {
        let error = snapshot(&FILE[..FILE.len() - 20], &mut Gathered::new()).unwrap_err();
        assert!(error.offset > 50 && error.keys == 2, "{error}");
    }
}
