//! Keys that the rows of a file spell: `user:{id}` with the column `id` of a CSV file.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::artifact::Digest;
use crate::engine::{SLOTS, slot_of};
use crate::units::num;

use super::pool::PoolValues;
use super::reader::nearest;
use super::records::{LISTED, Problems, Records, Unusable};
use super::{Loaded, Numbered};

/// The keys of a file, one for each of its rows and in their order, no two alike.
///
/// The names are no part of the plan: they may be somebody's data. What is kept of them in artifacts is
/// what memory and shards depend on, their lengths and slots; [`Self::digest`] notices when the file is
/// another one the next time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Kept", into = "Kept")]
pub struct KeyList {
    /// What a framework puts before each.
    prefix: String,
    /// As the workload file spells it.
    template: String,
    /// The file as the workload file names it, relative to that file.
    pub path: String,
    /// Of the file's content.
    pub digest: Digest,
    /// Bytes of a key beside what stands in columns, and those before the first column.
    name_len: u32,
    head_len: u32,
    /// Length of each key in bytes, at least `head_len`.
    lengths: Vec<u32>,
    /// Hash slot of each key; as many as lengths.
    slots: Vec<u16>,
    /// Gone after a detour through an artifact.
    names: Loaded<PoolValues>,
}

/// As artifacts hold it.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    prefix: String,
    template: String,
    path: String,
    digest: Digest,
    name_len: u32,
    head_len: u32,
    /// As runs, `36*1000 35*7`.
    lengths: String,
    /// In base64, two bytes each, the lower first.
    slots: String,
}

/// A piece of a template.
enum Piece<'t> {
    Text(&'t str),
    Column(&'t str),
}

impl KeyList {
    /// The keys that `template` makes of the rows of the file called `path`.
    ///
    /// # Errors
    /// When no column is named, the file cannot be read, a row lacks what is named, or rows spell the same
    /// key.
    pub(crate) fn read(template: &str, path: &str, content: Vec<u8>) -> Result<Self, Unusable> {
        let digest = Digest::of_bytes([&content]);
        let records = Records::read(path, None, content)?;
        let columns = columns(&records);
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let pieces = pieces(template, &columns);
        if !pieces.iter().any(|piece| matches!(piece, Piece::Column(_))) {
            return Err(Unusable::Name(no_column(template, path, &columns)));
        }
        let names = spelled(path, &records, &pieces)?;
        let around = |piece: &Piece<'_>| match piece {
            Piece::Text(text) => text.len(),
            Piece::Column(_) => 0,
        };
        let name_len: usize = pieces.iter().map(around).sum();
        let is_text = |piece: &&Piece<'_>| matches!(piece, Piece::Text(_));
        let head_len: usize = pieces.iter().take_while(is_text).map(around).sum();
        let short = |len| u32::try_from(len).expect("a template is short");
        let list = Self {
            prefix: String::new(),
            template: template.to_owned(),
            path: path.to_owned(),
            digest,
            name_len: short(name_len),
            head_len: short(head_len),
            lengths: Vec::new(),
            slots: Vec::new(),
            names: Loaded::default(),
        };
        Ok(list.of(names))
    }

    /// The same with these names.
    fn of(mut self, names: Vec<Vec<u8>>) -> Self {
        let len = |name: &Vec<u8>| u32::try_from(name.len()).expect("files are below 4 GiB");
        self.lengths = names.iter().map(len).collect();
        self.slots = names.iter().map(|name| slot_of(name)).collect();
        self.names = Loaded::new(PoolValues::of(names));
        self
    }

    /// The same keys after `prefix`.
    pub(super) fn with_prefix(&self, prefix: &str) -> Self {
        let names = self.names().iter().map(|name| [prefix.as_bytes(), name].concat()).collect();
        let longer = u32::try_from(prefix.len()).expect("a prefix is short");
        let prefix = format!("{prefix}{}", self.prefix);
        let (name_len, head_len) = (self.name_len + longer, self.head_len + longer);
        Self { prefix, name_len, head_len, ..self.clone() }.of(names)
    }

    /// The same with its names, from the content of its file; `None` when it is another file.
    pub(crate) fn loaded(&self, content: Vec<u8>) -> Option<Self> {
        let list = Self::read(&self.template, &self.path, content).ok()?;
        let list = if self.prefix.is_empty() { list } else { list.with_prefix(&self.prefix) };
        (list == *self).then_some(list)
    }

    /// How many keys there are; at least one.
    pub fn n_keys(&self) -> u64 {
        num::count(self.lengths.len())
    }

    /// Length of each key in bytes, in their order.
    pub fn lengths(&self) -> &[u32] {
        &self.lengths
    }

    /// Hash slot of each key, in their order.
    pub fn slots(&self) -> &[u16] {
        &self.slots
    }

    /// Bytes of a key beside what stands in columns.
    pub fn name_len(&self) -> u32 {
        self.name_len
    }

    /// Appends a text to `out` that branches off others where key number `n` would if what stands in
    /// columns were random: its template's first bytes, and made-up digits for the rest of its length.
    pub fn write_stand_in(&self, n: u64, out: &mut Vec<u8>) {
        let head = num::index(u64::from(self.head_len));
        out.extend_from_slice(&self.written().as_bytes()[..head]);
        let rest = num::index(u64::from(self.lengths[num::index(n)])) - head;
        let mut rng = ChaCha8Rng::seed_from_u64(n);
        out.extend((0..rest).map(|_| b"0123456789abcdef"[rng.random_range(0..16)]));
    }

    /// Key number `n`.
    ///
    /// # Panics
    /// When there are not that many, and in a plan that was read from an artifact: the file has to be
    /// read again first.
    pub fn name(&self, n: u64) -> &[u8] {
        self.names().get(num::index(n))
    }

    /// Whether one of the first `keys` keys is one of the first `other_keys` of `other`.
    pub(super) fn overlaps(&self, keys: u64, other: &Self, other_keys: u64) -> bool {
        let own: HashSet<&[u8]> = self.names().iter().take(num::index(keys)).collect();
        other.names().iter().take(num::index(other_keys)).any(|name| own.contains(name))
    }

    /// Whether one of the first `keys` keys is one of the first `others` with numbers.
    pub(super) fn overlaps_numbered(&self, keys: u64, numbered: &Numbered, others: u64) -> bool {
        let mut own = self.names().iter().take(num::index(keys));
        own.any(|name| numbered.is_among(others, name))
    }

    fn names(&self) -> &PoolValues {
        self.names.get().expect("the file's keys were read")
    }

    /// As it is written, with columns in braces.
    pub fn written(&self) -> String {
        format!("{}{}", self.prefix, self.template)
    }
}

/// What a template is made of: what stands in braces and is a column, and the text around it.
fn pieces<'t>(template: &'t str, columns: &[&str]) -> Vec<Piece<'t>> {
    let (mut pieces, mut from) = (Vec::new(), 0);
    for (at, _) in template.match_indices('{') {
        let inside = template[at + 1..].split_once('}').map(|(inside, _)| inside);
        let Some(column) = inside.filter(|inside| columns.contains(inside)) else { continue };
        if at > from {
            pieces.push(Piece::Text(&template[from..at]));
        }
        pieces.push(Piece::Column(column));
        from = at + column.len() + 2;
    }
    if from < template.len() {
        pieces.push(Piece::Text(&template[from..]));
    }
    pieces
}

fn no_column(template: &str, path: &str, columns: &[&str]) -> String {
    let inside = |at: usize| template[at + 1..].split_once('}').map(|(inside, _)| inside);
    let written = template.match_indices('{').find_map(|(at, _)| inside(at));
    match written.and_then(|written| nearest(written, columns)) {
        Some(word) => {
            format!("`{template}` names no column of `{path}`, did you mean `{{{word}}}`?")
        }
        None => format!(
            "`{template}` names no column of `{path}`, which has {}",
            columns.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(", ")
        ),
    }
}

/// The keys of all rows.
fn spelled(path: &str, records: &Records, pieces: &[Piece<'_>]) -> Result<Vec<Vec<u8>>, Unusable> {
    let mut flaws: BTreeMap<usize, Flaw<'_>> = BTreeMap::new();
    let mut names = Vec::with_capacity(records.len());
    for index in 0..records.len() {
        let mut name = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => name.extend_from_slice(text.as_bytes()),
                Piece::Column(column) => match text(records, index, column).as_deref() {
                    None => drop(flaws.insert(index, Flaw::NoText(column))),
                    Some("") => drop(flaws.insert(index, Flaw::Empty(column))),
                    Some(text) => name.extend_from_slice(text.as_bytes()),
                },
            }
        }
        names.push(name);
    }
    let mut first: HashMap<&[u8], usize> = HashMap::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        if flaws.contains_key(&index) {
            continue;
        }
        match first.entry(name) {
            Entry::Vacant(free) => drop(free.insert(index)),
            Entry::Occupied(before) => drop(flaws.insert(index, Flaw::SameAs(*before.get()))),
        }
    }
    let mut problems = Problems::of(path);
    for (at, (index, flaw)) in flaws.into_iter().enumerate() {
        // Looking a line up takes as long as reading up to it; those that are only counted need none.
        let line = |index| if at < LISTED { records.line(index) } else { 0 };
        let message = match flaw {
            Flaw::NoText(column) => {
                format!("`{column}`, part of a key, is no text or number here")
            }
            Flaw::Empty(column) => format!("`{column}`, part of a key, is empty"),
            Flaw::SameAs(before) => format!("this is the same key as in line {}", line(before)),
        };
        problems.add(line(index), 1, message);
    }
    problems.none_or_unusable(names)
}

/// Why a row spells no key.
enum Flaw<'t> {
    NoText(&'t str),
    Empty(&'t str),
    /// That row spells it already.
    SameAs(usize),
}

/// Names of columns: of a CSV file its header's, otherwise those of the first object.
fn columns(records: &Records) -> Vec<String> {
    match records {
        Records::Rows { header, .. } => header.clone(),
        Records::Lines { .. } | Records::Column(_) => match records.value(0) {
            Value::Object(fields) => fields.into_iter().map(|(name, _)| name).collect(),
            _ => Vec::new(),
        },
    }
}

/// What stands in a column of record number `index`; `None` where that is no text and no number.
fn text<'r>(records: &'r Records, index: usize, column: &str) -> Option<Cow<'r, str>> {
    if let Records::Rows { header, rows } = records {
        let at = header.iter().position(|name| name == column)?;
        return rows[index].get(at).map(Cow::Borrowed);
    }
    match records.value(index).get(column)? {
        Value::String(text) => Some(Cow::Owned(text.clone())),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

impl From<KeyList> for Kept {
    fn from(list: KeyList) -> Self {
        let runs = list.lengths.chunk_by(|a, b| a == b);
        let runs: Vec<String> = runs.map(|run| format!("{}*{}", run[0], run.len())).collect();
        let slots: Vec<u8> = list.slots.iter().flat_map(|slot| slot.to_le_bytes()).collect();
        Self {
            lengths: runs.join(" "),
            slots: STANDARD.encode(slots),
            prefix: list.prefix,
            template: list.template,
            path: list.path,
            digest: list.digest,
            name_len: list.name_len,
            head_len: list.head_len,
        }
    }
}

impl TryFrom<Kept> for KeyList {
    type Error = &'static str;

    fn try_from(kept: Kept) -> Result<Self, Self::Error> {
        let bytes = STANDARD.decode(kept.slots).map_err(|_| "slots of keys are no base64")?;
        let slots: Vec<u16> =
            bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        if slots.is_empty() || bytes.len() % 2 > 0 || slots.iter().any(|slot| *slot >= SLOTS) {
            return Err("slots of keys are cut or too large");
        }
        let mut lengths = Vec::new();
        for word in kept.lengths.split_whitespace() {
            let run = word.split_once('*').and_then(|(len, count)| {
                let run: (u32, usize) = (len.parse().ok()?, count.parse().ok()?);
                Some(run).filter(|(len, _)| *len >= kept.head_len)
            });
            // No more than there are slots, whatever a run claims.
            let room = slots.len() - lengths.len();
            let Some((len, count)) = run.filter(|(_, count)| *count <= room) else {
                return Err("lengths of keys are not those of as many slots, like `36*1000 35*7`");
            };
            lengths.extend(std::iter::repeat_n(len, count));
        }
        if lengths.len() < slots.len() {
            return Err("there are fewer lengths of keys than slots");
        }
        let Kept { prefix, template, path, digest, name_len, head_len, .. } = kept;
        if num::index(head_len.into()) > prefix.len() + template.len() {
            return Err("a template of keys is cut");
        }
        let names = Loaded::default();
        Ok(Self { prefix, template, path, digest, name_len, head_len, lengths, slots, names })
    }
}

#[cfg(test)]
#[path = "tests/key_list.rs"]
mod tests;
