//! Reads a TOML document key by key and collects every problem instead of stopping at the first.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::units::Parse;

use super::problem::{Problem, locate};
use super::resolve::ReadFile;

/// Something is wrong with an optional part; its problems have been recorded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flawed;

/// One document and the problems found in it so far.
pub(super) struct Reader<'t> {
    text: &'t str,
    files: ReadFile<'t>,
    problems: RefCell<Vec<Problem>>,
}

/// A table of the document; remembers which keys were asked for.
pub(super) struct Table<'r, 't> {
    reader: &'r Reader<'t>,
    entries: &'r DeTable<'t>,
    span: Range<usize>,
    /// How the table is called in messages: `[load]`.
    name: &'static str,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, files: ReadFile<'t>) -> Self {
        Self { text, files, problems: RefCell::default() }
    }

    /// The content of a file that the document names, or why there is none.
    pub(super) fn read_file(&self, path: &str) -> Result<Vec<u8>, String> {
        (self.files)(path)
    }

    /// Adds the problems of a file that the document names.
    pub(super) fn add(&self, problems: Vec<Problem>) {
        self.problems.borrow_mut().extend(problems);
    }

    pub(super) fn problem(
        &self,
        span: &Range<usize>,
        message: impl Into<String>,
        suggestion: Option<String>,
    ) {
        let (line, column) = locate(self.text, span);
        let message = message.into();
        self.problems.borrow_mut().push(Problem { file: None, line, column, message, suggestion });
    }

    pub(super) fn table<'r>(
        &'r self,
        name: &'static str,
        value: &'r Spanned<DeValue<'t>>,
    ) -> Option<Table<'r, 't>> {
        let Some(entries) = value.get_ref().as_table() else {
            let found = value.get_ref().type_str();
            self.problem(&value.span(), format!("{name} must be a table, found {found}"), None);
            return None;
        };
        Some(Table { reader: self, entries, span: value.span(), name, asked: RefCell::default() })
    }

    pub(super) fn root<'r>(&'r self, document: &'r Spanned<DeTable<'t>>) -> Table<'r, 't> {
        Table {
            reader: self,
            entries: document.get_ref(),
            span: 0..0,
            name: "the file",
            asked: RefCell::default(),
        }
    }

    /// The problems in the order of the document, then those of the files it names.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        problems
    }
}

impl<'r, 't> Table<'r, 't> {
    /// The reader of the whole document.
    pub(super) fn reader(&self) -> &'r Reader<'t> {
        self.reader
    }

    /// Records a problem with the table or one of its values.
    pub(super) fn problem(&self, span: &Range<usize>, message: impl Into<String>) {
        self.reader.problem(span, message, None);
    }

    /// The value under `key`, if it is there.
    pub(super) fn get(&self, key: &'static str) -> Option<&'r Spanned<DeValue<'t>>> {
        self.asked.borrow_mut().insert(key);
        self.entries.get(key)
    }

    /// The value under `key`; its absence is a problem.
    pub(super) fn require(
        &self,
        key: &'static str,
        example: &str,
    ) -> Option<&'r Spanned<DeValue<'t>>> {
        let value = self.get(key);
        if value.is_none() {
            self.reader.problem(
                &self.span,
                format!("{} lacks `{key}`", self.name),
                Some(format!("write {key} = {example}")),
            );
        }
        value
    }

    /// A string under `value`.
    pub(super) fn text(&self, key: &str, value: &'r Spanned<DeValue<'t>>) -> Option<&'r str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            let found = value.get_ref().type_str();
            self.problem(&value.span(), format!("`{key}` must be a string, found {found}"));
        }
        text
    }

    /// A quantity written as a string.
    pub(super) fn quantity<T: Parse>(
        &self,
        key: &'static str,
        value: &'r Spanned<DeValue<'t>>,
    ) -> Option<(T, Range<usize>)> {
        let text = self.text(key, value)?;
        match T::parse(text) {
            Ok(quantity) => Some((quantity, value.span())),
            Err(error) => {
                self.problem(&value.span(), format!("`{key}`: {error}"));
                None
            }
        }
    }

    /// A whole number, bare (`200_000`) or as a string (`"200k"`), not below `least`.
    pub(super) fn count(
        &self,
        key: &str,
        value: &'r Spanned<DeValue<'t>>,
        least: u64,
    ) -> Option<u64> {
        let text = match value.get_ref() {
            DeValue::Integer(n) if n.radix() == 10 => n.as_str().to_owned(),
            DeValue::String(text) => text.to_string(),
            other => {
                let found = other.type_str();
                self.problem(&value.span(), format!("`{key}` must be a count, found {found}"));
                return None;
            }
        };
        match u64::parse(&text) {
            Ok(n) if n >= least => Some(n),
            Ok(n) => {
                self.problem(&value.span(), format!("`{key}` must be at least {least}, found {n}"));
                None
            }
            Err(error) => {
                self.problem(&value.span(), format!("`{key}`: {error}"));
                None
            }
        }
    }

    /// A count that fits 32 bits.
    pub(super) fn small_count(
        &self,
        key: &str,
        value: &'r Spanned<DeValue<'t>>,
        least: u64,
    ) -> Option<u32> {
        let n = self.count(key, value, least)?;
        u32::try_from(n)
            .map_err(|_| self.problem(&value.span(), format!("`{key}` is too large: {n}")))
            .ok()
    }

    /// A number above zero, whole or not.
    pub(super) fn positive(&self, key: &str, value: &'r Spanned<DeValue<'t>>) -> Option<f64> {
        let number = match value.get_ref() {
            DeValue::Integer(n) if n.radix() == 10 => n.as_str().parse::<f64>().ok(),
            DeValue::Float(x) => x.as_str().parse::<f64>().ok(),
            _ => None,
        };
        let number = number.filter(|x| x.is_finite() && *x > 0.0);
        if number.is_none() {
            self.problem(&value.span(), format!("`{key}` must be a number above zero"));
        }
        number
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(
        &self,
        key: &str,
        value: &'r Spanned<DeValue<'t>>,
        words: &[(&str, T)],
    ) -> Option<T> {
        let text = self.text(key, value)?;
        if let Some((_, chosen)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*chosen);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.reader.problem(
            &value.span(),
            format!("`{key}` cannot be `{text}`"),
            Some(match nearest(text, &known) {
                Some(word) => format!("did you mean `{word}`?"),
                None => format!("one of {}", known.join(", ")),
            }),
        );
        None
    }

    /// Every key of the table that was never asked for is a problem.
    pub(super) fn finish(&self) {
        let asked = self.asked.borrow();
        let known: Vec<&str> = asked.iter().copied().collect();
        for key in self.entries.keys() {
            let name: &str = key.get_ref();
            if !asked.contains(name) {
                self.reader.problem(
                    &key.span(),
                    format!("{} has no `{name}`", self.name),
                    Some(match nearest(name, &known) {
                        Some(word) => format!("did you mean `{word}`?"),
                        None => format!("it has {}", known.join(", ")),
                    }),
                );
            }
        }
    }
}

/// The known word closest to `text`, if one is close enough to be what was meant.
pub(super) fn nearest<'w>(text: &str, words: &[&'w str]) -> Option<&'w str> {
    words
        .iter()
        .map(|word| (strsim::osa_distance(text, word), *word))
        .filter(|(distance, word)| *distance <= 1 + word.len() / 4)
        .min()
        .map(|(_, word)| word)
}
